"""A small SVG drawing board: boxes of wrapped Chinese text, lines and arrows.

Presentation attributes only: the content security policy forbids ``style``, and the same SVG goes into the PDF.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from django.utils.safestring import SafeString, mark_safe

__all__ = ["Box", "Drawing", "Line", "wrap"]

FONT = "Noto Sans CJK SC, Source Han Sans SC, PingFang SC, Microsoft YaHei, sans-serif"
SIZE = 16
LEADING = 24
PAD = 12
INK, GREY, RULE = "#1b2229", "#4a545e", "#8b949d"
# Closing marks never begin a line, opening ones never end one; runs of Latin letters and figures are never broken.
CLOSING = "，。；：、）〕」』”》！？"
OPENING = "（〔「『“《"
TOKEN = re.compile(r"[A-Za-z0-9.\-]+|.", re.DOTALL)


@dataclass(frozen=True)
class Line:
    """One text of a box; it is wrapped to the box's width."""

    text: str
    bold: bool = False
    quiet: bool = False


@dataclass(frozen=True)
class Box:
    """Where a box came to lie."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        """Return the x of its middle."""
        return self.x + self.width / 2

    @property
    def centre(self) -> float:
        """Return the y of its middle."""
        return self.y + self.height / 2

    @property
    def right(self) -> float:
        """Return the x of its right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Return the y of its lower edge."""
        return self.y + self.height


def text_width(text: str, size: float = SIZE) -> float:
    """Return the width of a text: a Chinese character is one em, a Latin one about 0.58."""
    return sum(size if ord(letter) > 0x2E7F or letter in "“”…—·ⅠⅡⅢⅣ①②③" else size * 0.58 for letter in text)


def wrap(text: str, width: float) -> list[str]:
    """Return the text in lines that fit the width (a closing mark may stand a little beyond)."""
    lines = [""]
    for token in TOKEN.findall(text):
        if lines[-1] and token not in CLOSING and text_width(lines[-1] + token) > width:
            carried = lines[-1][-1] if lines[-1][-1] in OPENING and len(lines[-1]) > 1 else ""
            lines[-1] = lines[-1].removesuffix(carried) if carried else lines[-1]
            lines.append(carried)
        lines[-1] += token
    return lines


class Drawing:
    """Collects shapes; ``svg()`` gives the picture with its title and description for screen readers."""

    def __init__(self, width: float, *, name: str, title: str, description: str) -> None:
        self.width, self.height = width, 0.0
        self.name, self.title, self.description = name, title, description
        self._parts: list[str] = []

    def box(self, x: float, y: float, width: float, lines: Sequence[Line], *, strong: bool = False) -> Box:
        """Draw a box as high as its text; ``strong`` has a heavier frame."""
        rows = self._rows(lines, width - 2 * PAD)
        box = Box(x, y, width, len(rows) * LEADING + 2 * PAD - 4)
        frame = f'stroke="{INK}" stroke-width="2"' if strong else f'stroke="{RULE}" stroke-width="1"'
        self._parts.append(
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{box.height:g}" rx="4" fill="#fff" {frame}/>'
        )
        self._write(rows, x + PAD, y + PAD + SIZE - 2)
        self._grow(box.bottom)
        return box

    def question(self, x: float, y: float, width: float, lines: Sequence[Line]) -> Box:
        """Draw a decision: a box with pointed sides, its text in the middle."""
        rows = self._rows(lines, width - 6 * PAD)
        box = Box(x, y, width, len(rows) * LEADING + 2 * PAD + 4)
        corners = (
            (x, box.centre), (x + 2 * PAD, y), (box.right - 2 * PAD, y),
            (box.right, box.centre), (box.right - 2 * PAD, box.bottom), (x + 2 * PAD, box.bottom),
        )  # fmt: skip
        points = " ".join(f"{px:g},{py:g}" for px, py in corners)
        self._parts.append(f'<polygon points="{points}" fill="#fff" stroke="{INK}" stroke-width="2"/>')
        self._write(rows, box.middle, y + PAD + SIZE, middle=True)
        self._grow(box.bottom)
        return box

    def line(self, *points: tuple[float, float]) -> None:
        """Draw a line through the points."""
        path = " ".join(f"{x:g},{y:g}" for x, y in points)
        self._parts.append(f'<polyline points="{path}" fill="none" stroke="{INK}" stroke-width="1.5"/>')

    def arrow(self, *points: tuple[float, float]) -> None:
        """Draw a line with a head at its end; its last stretch is upright or level."""
        self.line(*points)
        (fx, fy), (x, y) = points[-2:]
        dx, dy = (x > fx) - (x < fx), (y > fy) - (y < fy)
        wing = [(x - 9 * dx - 5 * dy, y - 9 * dy - 5 * dx), (x - 9 * dx + 5 * dy, y - 9 * dy + 5 * dx)]
        head = " ".join(f"{px:g},{py:g}" for px, py in [(x, y), *wing])
        self._parts.append(f'<polygon points="{head}" fill="{INK}"/>')

    def label(self, x: float, y: float, text: str) -> None:
        """Write a word beside an arrow."""
        self._write([(text, Line(text, bold=True))], x, y)

    def svg(self, width: str = "", height: str = "") -> SafeString:
        """Return the picture; ``width`` and ``height`` (with unit) override its natural size in pixels."""
        high = self.height + 10
        size = f'width="{width or f"{self.width:g}"}" height="{height or f"{high:g}"}"'
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width:g} {high:g}" {size} role="img" '
            f'aria-labelledby="{self.name}-title {self.name}-desc" font-family="{FONT}" font-size="{SIZE}">'
            f'<title id="{self.name}-title">{escape(self.title)}</title>'
            f'<desc id="{self.name}-desc">{escape(self.description)}</desc>'
        )
        return mark_safe(f"{head}{''.join(self._parts)}</svg>")  # noqa: S308  every text went through escape()

    def _rows(self, lines: Sequence[Line], width: float) -> list[tuple[str, Line]]:
        return [(row, line) for line in lines for row in wrap(line.text, width)]

    def _write(self, rows: Sequence[tuple[str, Line]], x: float, y: float, *, middle: bool = False) -> None:
        anchor = ' text-anchor="middle"' if middle else ""
        for number, (row, line) in enumerate(rows):
            weight = ' font-weight="700"' if line.bold else ""
            colour = GREY if line.quiet else INK
            self._parts.append(
                f'<text x="{x:g}" y="{y + number * LEADING:g}" fill="{colour}"{anchor}{weight}>{escape(row)}</text>'
            )

    def _grow(self, bottom: float) -> None:
        self.height = max(self.height, bottom)
