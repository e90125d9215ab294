"""The organisation chart (8.1): command, its posts, its office, members, groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from directory.charts.svg import PAD, Box, Drawing, Line, text_width

__all__ = ["Body", "GroupBox", "OrgChart", "PostLine", "draw_org"]

WIDTH = 940
GAP = 16
FALL = 36
COLUMNS = 4
VACANT = "未任命"


@dataclass(frozen=True)
class PostLine:
    """A post with its printed title and who holds it; ``names`` None where the reader may not see names."""

    label: str
    title: str
    names: tuple[str, ...] | None = None

    @property
    def held_by(self) -> str:
        """Return the names, or that nobody holds it; empty where names are not shown."""
        return "" if self.names is None else "、".join(self.names) or VACANT

    @property
    def text(self) -> str:
        """Return 「指挥长：县人民政府…副县长」."""
        return f"{self.label}：{self.title}"


@dataclass(frozen=True)
class Body:
    """A body that a clause sets up beside the command or under its office."""

    name: str
    ref: str


@dataclass(frozen=True)
class GroupBox:
    """A work group: lead and the rest, as printed."""

    name: str
    lead: str
    members: str


@dataclass(frozen=True)
class OrgChart:
    """What the chart says, from plan rows."""

    title: str
    command: str
    posts: Sequence[PostLine]
    office: str
    host: str
    office_posts: Sequence[PostLine]
    under_command: Sequence[Body]
    under_office: Sequence[Body]
    members: Sequence[str]
    groups: Sequence[GroupBox]


def draw_org(chart: OrgChart, width: float = WIDTH) -> Drawing:
    """Draw the chart: bodies one below the other, the groups in a row, or in rows of four where they are many."""
    description = (
        f"{chart.command}之下设{chart.office}、{len(chart.members)}个成员单位和{len(chart.groups)}个应急工作组。"
        "图下有同样内容的文字。"
    )
    drawing = Drawing(width, name="org", title=chart.title, description=description)
    wide = width * 0.7
    lines = [Line(chart.command, bold=True), *_post_lines(chart.posts, wide)]
    command = drawing.box((width - wide) / 2, 2, wide, lines, strong=True)
    office = _office(drawing, chart, command)
    members = drawing.box(
        0,
        office.bottom + FALL,
        width,
        [Line(f"成员单位（{len(chart.members)}）", bold=True), Line("、".join(chart.members))],
    )
    drawing.arrow((width / 2, office.bottom), (width / 2, members.y))
    _groups(drawing, chart.groups, members.bottom)
    return drawing


def _post_lines(posts: Sequence[PostLine], width: float) -> list[Line]:
    """Return each post and its holder: on one line where both fit, else on two."""
    lines = []
    for post in posts:
        held = f"　现任：{post.held_by}" if post.held_by else ""
        if text_width(post.text + held) <= width - 2 * PAD:
            lines.append(Line(post.text + held))
        else:
            lines += [Line(post.text), Line(held)]
    return lines


def _office(drawing: Drawing, chart: OrgChart, command: Box) -> Box:
    """Draw the office below the command; bodies set up beside it stand at its right."""
    width = drawing.width * (0.68 if chart.under_command else 0.7)
    lines = [
        Line(chart.office, bold=True),
        Line(f"设在{chart.host}"),
        *_post_lines(chart.office_posts, width),
        *[Line(f"设立{body.name}（{body.ref}）") for body in chart.under_office],
    ]
    office = drawing.box(0 if chart.under_command else command.x, command.bottom + FALL, width, lines)
    drawing.arrow((drawing.width / 2, command.bottom), (drawing.width / 2, office.y))
    top, left = office.y, drawing.width * 0.71
    for body in chart.under_command:
        box = drawing.box(left, top, drawing.width - left, [Line(body.name, bold=True), Line(body.ref, quiet=True)])
        if top == office.y:
            turn = (left + command.right) / 2
            drawing.arrow((turn, command.bottom), (turn, box.y))
        top = box.bottom + GAP
    return Box(office.x, office.y, office.width, max(office.bottom, top - GAP) - office.y)


def _groups(drawing: Drawing, groups: Sequence[GroupBox], top: float) -> None:
    columns = min(len(groups), COLUMNS if len(groups) > COLUMNS + 1 and drawing.width < 1200 else len(groups)) or 1
    middle, width = drawing.width / 2, (drawing.width - GAP * (columns - 1)) / columns
    for start in range(0, len(groups), columns):
        row, y = groups[start : start + columns], top + FALL
        bus = top + FALL / 2
        boxes = [
            drawing.box(
                index * (width + GAP),
                y,
                width,
                [Line(group.name, bold=True), Line(f"牵头：{group.lead}"), Line(group.members, quiet=True)],
            )
            for index, group in enumerate(row)
        ]
        if start == 0:
            drawing.line((middle, top), (middle, bus))
            drawing.line((boxes[0].middle, bus), (boxes[-1].middle, bus))
            for box in boxes:
                drawing.arrow((box.middle, bus), (box.middle, box.y))
        top = max(box.bottom for box in boxes) - FALL + GAP
