"""The work flow chart (8.2): report, analysis, warning or response by level, expansion, end, aftermath."""

from __future__ import annotations

from dataclasses import dataclass

from directory.charts.svg import Box, Drawing, Line

__all__ = ["Flow", "FlowLevel", "Step", "draw_flow", "flow_drawing", "level_lines", "step_lines"]

WIDTH = 940
FALL = 40
GAP = 16
# Left lane (warning, expansion), main column, right lane (what leaves the flow).
LEFT, LEFT_WIDTH = 26, 244
MAIN, MAIN_WIDTH = 330, 330
RIGHT, RIGHT_WIDTH = 700, 240


@dataclass(frozen=True)
class Step:
    """A box of the chart: its words and the clauses they come from."""

    title: str
    refs: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()

    @property
    def cited(self) -> str:
        """Return 「4.1、4.2」."""
        return "、".join(self.refs)


@dataclass(frozen=True)
class FlowLevel:
    """A response level: who starts it, on which conditions, with which measures."""

    title: str
    ref: str
    starter: str
    conditions: tuple[str, ...]
    measures: str


@dataclass(frozen=True)
class Flow:
    """What the chart says, from plan rows.

    ``warning`` hangs on the question's 「否」 only where 8.2 says so (``warning_on_no``); ``watched``: its first step
    is the monitoring that reports an event.
    """

    title: str
    start: Step
    report: Step
    analysis: Step
    asides: tuple[Step, ...]
    question: Step
    warning: tuple[Step, ...]
    warning_on_no: bool
    watched: bool
    levels: tuple[FlowLevel, ...]
    readiness: tuple[str, ...]
    control: Step
    expand: Step
    end: Step
    aftermath: Step

    @property
    def main(self) -> tuple[Step, ...]:
        """Return the steps before the first question, in order."""
        return (self.start, self.report, self.analysis)


def flow_drawing(flow: Flow, width: float) -> Drawing:
    """Return the empty board with title and description."""
    levels = "、".join(level.title for level in flow.levels)
    description = (
        f"事件发生后报告、研判；达到启动条件的启动{levels}；事态未受控制的扩大应急，受控后应急结束，转入后期处置。"
        "图下有同样内容的文字。"
    )
    return Drawing(width, name="flow", title=flow.title, description=description)


def draw_flow(flow: Flow) -> Drawing:
    """Draw the chart from top to bottom."""
    drawing = flow_drawing(flow, WIDTH)
    report, question = _head(drawing, flow)
    lane = _warning(drawing, flow, question)
    if lane and flow.watched:
        first, turn = lane[0], (lane[0].right + MAIN) / 2
        drawing.arrow((first.right, first.centre), (turn, first.centre), (turn, report.centre), (MAIN, report.centre))
    bus = max(question.bottom, lane[-1].bottom if lane else 0, drawing.height) + FALL
    if flow.warning_on_no and len(lane) > 1:
        second, turn = lane[1], (lane[1].right + MAIN) / 2
        drawing.arrow((second.right, second.centre), (turn, second.centre), (turn, bus))
        drawing.label(turn + 6, second.centre + 6, "预警升级")
    drawing.line((question.middle, question.bottom), (question.middle, bus))
    drawing.label(question.middle + 8, question.bottom + 20, "是")
    low = _levels(drawing, flow, bus)
    _tail(drawing, flow, low, bus)
    return drawing


def step_lines(step: Step) -> list[Line]:
    """Return a step as the lines of its box."""
    cited = [Line(f"〔{step.cited}〕", quiet=True)] if step.refs else []
    return [Line(step.title, bold=True), *[Line(words) for words in step.lines], *cited]


def _head(drawing: Drawing, flow: Flow) -> tuple[Box, Box]:
    """Draw what comes before the question, and what leaves the flow there; return report and question."""
    boxes: list[Box] = []
    for step in flow.main:
        y = boxes[-1].bottom + FALL if boxes else 2.0
        box = drawing.box(MAIN, y, MAIN_WIDTH, step_lines(step), strong=not boxes)
        if boxes:
            drawing.arrow((box.middle, boxes[-1].bottom), (box.middle, box.y))
        boxes.append(box)
    last = boxes[-1]
    top = last.y
    for aside in flow.asides:
        box = drawing.box(RIGHT, top, RIGHT_WIDTH, step_lines(aside))
        middle = min(box.y + 24, last.bottom - 10)
        drawing.arrow((last.right, middle), (box.x, middle))
        top = box.bottom + GAP
    question = drawing.question(MAIN, last.bottom + FALL, MAIN_WIDTH, step_lines(flow.question))
    drawing.arrow((question.middle, last.bottom), (question.middle, question.y))
    return boxes[1], question


def _warning(drawing: Drawing, flow: Flow, question: Box) -> list[Box]:
    """Draw the warning lane: from the question's 「否」, or beside the flow where no clause links them."""
    y = question.y if flow.warning_on_no else 2.0
    boxes: list[Box] = []
    for step in flow.warning:
        box = drawing.box(LEFT, y, LEFT_WIDTH, step_lines(step))
        if boxes:
            drawing.arrow((box.middle, boxes[-1].bottom), (box.middle, box.y))
        boxes.append(box)
        y = box.bottom + FALL
    if boxes and flow.warning_on_no:
        level = min(question.centre, boxes[0].bottom - 12)
        drawing.arrow((question.x, level), (boxes[0].right, level))
        drawing.label(question.x - 32, level - 8, "否")
        if len(boxes) > 1:
            drawing.label(boxes[-1].middle + 8, boxes[-1].y - 14, "风险消除")
    return boxes


def _levels(drawing: Drawing, flow: Flow, bus: float) -> float:
    """Draw the levels side by side under a common line; return where the next part begins."""
    width = (WIDTH - LEFT - GAP * (len(flow.levels) - 1)) / max(len(flow.levels), 1)
    y = bus + FALL / 2 + 8
    boxes = [
        drawing.box(LEFT + index * (width + GAP), y, width, level_lines(level), strong=True)
        for index, level in enumerate(flow.levels)
    ]
    if not boxes:
        return bus
    drawing.line((min(boxes[0].middle, MAIN + MAIN_WIDTH / 2), bus), (boxes[-1].middle, bus))
    low = max(box.bottom for box in boxes) + 20
    for box in boxes:
        drawing.arrow((box.middle, bus), (box.middle, box.y))
        drawing.line((box.middle, box.bottom), (box.middle, low))
    drawing.line((boxes[0].middle, low), (boxes[-1].middle, low))
    return low


def level_lines(level: FlowLevel) -> list[Line]:
    """Return a level as the lines of its box."""
    return [
        Line(f"{level.title}〔{level.ref}〕", bold=True),
        Line(f"启动：{level.starter}", bold=True),
        Line("条件（符合其一）：", quiet=True),
        *[Line(f"（{number}）{words}") for number, words in enumerate(level.conditions, start=1)],
        Line(level.measures, quiet=True),
    ]


def _tail(drawing: Drawing, flow: Flow, low: float, bus: float) -> None:
    """Draw what follows the measures: under control or not, end, aftermath."""
    middle, y = MAIN + MAIN_WIDTH / 2, low + FALL - 12
    if flow.readiness:
        box = drawing.box(MAIN - 20, y, MAIN_WIDTH + 40, [Line("、".join(flow.readiness))])
        drawing.arrow((middle, low), (middle, box.y))
        low, y = box.bottom, box.bottom + FALL - 12
    control = drawing.question(MAIN, y, MAIN_WIDTH, step_lines(flow.control))
    drawing.arrow((middle, low), (middle, control.y))
    expand = drawing.box(LEFT, control.y, LEFT_WIDTH, step_lines(flow.expand))
    level = min(control.centre, expand.bottom - 12)
    drawing.arrow((control.x, level), (expand.right, level))
    drawing.label(control.x - 32, level - 8, "否")
    drawing.line((expand.x, expand.centre), (10, expand.centre), (10, bus))
    drawing.line((10, bus), (middle, bus))
    last, word = control, "是"
    for step in (flow.end, flow.aftermath):
        box = drawing.box(MAIN, last.bottom + FALL, MAIN_WIDTH, step_lines(step), strong=step is flow.aftermath)
        drawing.arrow((middle, last.bottom), (middle, box.y))
        if word:
            drawing.label(middle + 8, last.bottom + 20, word)
        last, word = box, ""
