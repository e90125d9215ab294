"""The work flow chart laid out for A4 landscape: the head in a row, the levels below it, the tail in a row."""

from __future__ import annotations

from directory.charts.flow import Flow, flow_drawing, level_lines, step_lines
from directory.charts.svg import Box, Drawing, Line

__all__ = ["draw_flow_wide"]

WIDTH = 1550
FALL = 40
GAP = 16
LANE_WIDTH = 260
# Widths of start, report, analysis, question.
HEAD = (230, 180, 260, 320)
# Widths of expansion, control, end, aftermath.
TAIL = (330, 320, 330, 300)


def draw_flow_wide(flow: Flow) -> Drawing:
    """Draw the chart from left to right and top to bottom."""
    drawing = flow_drawing(flow, WIDTH)
    left = LANE_WIDTH + 60 if flow.watched else 26
    boxes, low = _head(drawing, flow, left)
    question = boxes[-1]
    if flow.watched:
        lane = _lane(drawing, flow, 26)
        _up_to(drawing, lane[0], boxes)
        low = max(low, lane[-1].bottom)
    else:
        lane = _lane(drawing, flow, WIDTH - LANE_WIDTH)
    bus = low + FALL
    drawing.line((question.middle, question.bottom), (question.middle, bus))
    drawing.label(question.middle + 8, question.bottom + 20, "是")
    right = WIDTH if flow.watched or not lane else lane[0].x - 40
    if flow.warning_on_no and lane:
        _no(drawing, question, lane, bus)
    low = _levels(drawing, flow, bus, right)
    drawing.line((10, bus), (question.middle, bus))
    _tail(drawing, flow, low, bus, lane[-1].bottom + GAP if lane else 0.0)
    return drawing


def _head(drawing: Drawing, flow: Flow, x: float) -> tuple[list[Box], float]:
    """Draw start, report, analysis and question in a row; what leaves the flow hangs below the analysis."""
    boxes: list[Box] = []
    for step, width in zip(flow.main, HEAD, strict=False):
        box = drawing.box(x, 2, width, step_lines(step), strong=not boxes)
        if boxes:
            drawing.arrow((boxes[-1].right, 26), (box.x, 26))
        boxes.append(box)
        x = box.right + FALL
    question = drawing.question(x, 2, HEAD[-1], step_lines(flow.question))
    drawing.arrow((boxes[-1].right, question.centre), (question.x, question.centre))
    low = _asides(drawing, flow, boxes[-1])
    return [*boxes, question], max(low, question.bottom, *(box.bottom for box in boxes))


def _asides(drawing: Drawing, flow: Flow, analysis: Box) -> float:
    """Draw the asides in a row that ends below the analysis."""
    width, y = 225.0, analysis.bottom + FALL
    x = analysis.right - len(flow.asides) * (width + GAP) + GAP
    boxes = [
        drawing.box(x + index * (width + GAP), y, width, step_lines(aside)) for index, aside in enumerate(flow.asides)
    ]
    for box in boxes:
        fork = y - FALL / 2
        drawing.arrow((analysis.middle, analysis.bottom), (analysis.middle, fork), (box.middle, fork), (box.middle, y))
    return max((box.bottom for box in boxes), default=0.0)


def _lane(drawing: Drawing, flow: Flow, x: float) -> list[Box]:
    boxes: list[Box] = []
    for step in flow.warning:
        y = boxes[-1].bottom + FALL if boxes else 2.0
        box = drawing.box(x, y, LANE_WIDTH, step_lines(step))
        if boxes:
            drawing.arrow((box.middle, boxes[-1].bottom), (box.middle, box.y))
        boxes.append(box)
    return boxes


def _up_to(drawing: Drawing, watch: Box, head: list[Box]) -> None:
    """Draw the line from monitoring to the report, below the first box of the head."""
    start, report = head[:2]
    y, turn, x = max(start.bottom, report.bottom) + GAP, watch.right + 18, report.middle
    drawing.arrow((watch.right, watch.centre), (turn, watch.centre), (turn, y), (x, y), (x, report.bottom))


def _no(drawing: Drawing, question: Box, lane: list[Box], bus: float) -> None:
    """Draw the question's 「否」 into the warning lane, and the way back when a warning is raised."""
    drawing.arrow((question.right, question.centre), (lane[0].x, question.centre))
    drawing.label(question.right + 8, question.centre - 8, "否")
    if len(lane) > 1:
        second, turn = lane[1], lane[1].x - 24
        drawing.arrow((second.x, second.centre), (turn, second.centre), (turn, bus), (turn - 30, bus))
        drawing.label(turn - 72, bus - 10, "预警升级")
        drawing.line((turn - 30, bus), (question.middle, bus))
        drawing.label(lane[-1].middle + 8, lane[-1].y - 14, "风险消除")


def _levels(drawing: Drawing, flow: Flow, bus: float, right: float) -> float:
    """Draw the levels side by side; return where their lines meet again."""
    count = max(len(flow.levels), 1)
    width, y = (right - 26 - GAP * (count - 1)) / count, bus + 28
    boxes = [
        drawing.box(26 + index * (width + GAP), y, width, level_lines(level), strong=True)
        for index, level in enumerate(flow.levels)
    ]
    if not boxes:
        return bus
    low = max(box.bottom for box in boxes) + 18
    drawing.line((10, bus), (boxes[-1].middle, bus))
    for box in boxes:
        drawing.arrow((box.middle, bus), (box.middle, box.y))
        drawing.line((box.middle, box.bottom), (box.middle, low))
    drawing.line((boxes[0].middle, low), (boxes[-1].middle, low))
    return low


def _tail(drawing: Drawing, flow: Flow, low: float, bus: float, floor: float) -> None:
    """Draw expansion, control, end and aftermath in a row, not above ``floor``."""
    x, y = 26 + TAIL[0] + 60, low + FALL - 10
    middle = x + TAIL[1] / 2
    if flow.readiness:
        ready = drawing.box(x - 20, y, TAIL[1] + 40, [Line("、".join(flow.readiness))])
        drawing.arrow((middle, low), (middle, ready.y))
        low, y = ready.bottom, ready.bottom + FALL - 10
    control = drawing.question(x, max(y, floor), TAIL[1], step_lines(flow.control))
    drawing.arrow((middle, low), (middle, control.y))
    expand = drawing.box(26, control.y, TAIL[0], step_lines(flow.expand))
    drawing.arrow((control.x, control.centre), (expand.right, control.centre))
    drawing.label(control.x - 32, control.centre - 8, "否")
    drawing.line((expand.x, expand.centre), (10, expand.centre), (10, bus))
    last = control
    for step, width in ((flow.end, TAIL[2]), (flow.aftermath, TAIL[3])):
        box = drawing.box(last.right + 60, control.y, width, step_lines(step), strong=step is flow.aftermath)
        drawing.arrow((last.right, control.centre), (box.x, control.centre))
        last = box
    drawing.label(control.right + 8, control.centre - 8, "是")
