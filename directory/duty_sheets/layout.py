"""Where an office's sheet keeps what: title, one or two header rows, the columns of one or several date blocks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from openpyxl.utils import get_column_letter

from directory.choices import DutyRole, Shift
from directory.duty_sheets.dates import date_read, month_named, plain, shift_read
from directory.sheets.mapping import headers_of
from directory.sheets.reading import Row, SheetGrid

__all__ = ["Block", "DutyLayout", "layout_found", "sheet_best"]

SEARCHED_ROWS = 20
HEADER_LIMIT = 20
DATE, WEEKDAY, SHIFT, NOTE, PHONE = "date", "weekday", "shift", "note", "phone"
# The first pattern that fits wins: 「值班员及电话」 is a person, 「值班电话」 a number, 「带班领导」 no officer.
_WORDS: tuple[tuple[str, str], ...] = (
    (DutyRole.LEADER, r"(带班|领导).*[及和与、/(].*(电话|手机)"),
    (DutyRole.OFFICER, r"值班.*[及和与、/(].*(电话|手机)"),
    (PHONE, r"电话|手机|号码|联系方式"),
    (WEEKDAY, r"星期|^周[次几]?$|礼拜"),
    (NOTE, r"备注|说明"),
    (DATE, r"日期|^日$|^(值班)?时间$|^月[/.、]?日$"),
    (SHIFT, r"^班[次别]$|^值班班次$"),
    (DutyRole.LEADER, r"带班|领导"),
    (DutyRole.OFFICER, r"值班|^人员$|在岗|^([白日夜晚]班|全天班?)$"),
)


@dataclass(frozen=True)
class Block:
    """The columns of one group that begins with a date, by letter. ``people``: (letter, role, turn or nothing)."""

    date: str
    shift: str = ""
    note: str = ""
    people: tuple[tuple[str, str, Shift | None], ...] = ()


@dataclass(frozen=True)
class DutyLayout:
    """How a sheet is read: the row its header begins in, how many it takes, its blocks, the month its title names."""

    header_row: int
    header_rows: int
    blocks: tuple[Block, ...]
    month: date | None = None


def sheet_best(book: Sequence[SheetGrid], month: date) -> SheetGrid | None:
    """Return the sheet with most days of the month among those that are rosters at all; the first of equals."""
    scored = [(_days_within(grid, month), -place, grid) for place, grid in enumerate(book) if layout_found(grid, month)]
    return max(scored, key=lambda one: one[:2])[2] if scored else None


def layout_found(grid: SheetGrid, month: date) -> DutyLayout | None:
    """Return the layout with most columns we know; None where there is no date beside a person."""
    best: DutyLayout | None = None
    most = 0
    for index, row in enumerate(grid.rows[:SEARCHED_ROWS]):
        for height in (1, 2):
            if height == 2 and not _is_second_header(grid.rows, index):
                continue
            blocks = _blocks(headers_of(grid, row.number, height))
            score = sum(len(block.people) + bool(block.shift) + bool(block.note) for block in blocks)
            if score > most:
                titles = [cell for above in grid.rows[:index] for cell in above.cells]
                best = DutyLayout(row.number, height, blocks, _month(titles, grid.name, month))
                most = score
    return best


def _month(titles: Iterable[str], sheet_name: str, month: date) -> date | None:
    named = (month_named(text, month) for text in (*titles, sheet_name))
    return next((found for found in named if found), None)


def _is_second_header(rows: Sequence[Row], index: int) -> bool:
    """Return whether the row below holds header words and nothing else: 白班, 夜班 under 值班员."""
    if index + 1 >= len(rows) or rows[index + 1].number != rows[index].number + 1:
        return False
    here, below = set(rows[index].cells), {cell for cell in rows[index + 1].cells if cell}
    return bool(below - here) and all(cell in here or _role_of(cell) for cell in below)


def _role_of(text: str) -> str:
    words = plain(text)
    if not words or len(words) > HEADER_LIMIT:
        return ""
    return next((str(role) for role, pattern in _WORDS if re.search(pattern, words)), "")


def _blocks(headers: dict[str, str]) -> tuple[Block, ...]:
    roles = {letter: _role_of(text) for letter, text in headers.items()}
    exact = any(role == DATE and re.search(r"日期|^日$", plain(headers[at])) for at, role in roles.items())
    found: list[dict[str, str]] = []
    for letter, role in roles.items():
        if role == DATE and (not exact or re.search(r"日期|^日$", plain(headers[letter]))):
            found.append({letter: DATE})
        elif found and role in (SHIFT, NOTE, *DutyRole.values):
            found[-1][letter] = role
    blocks = [_block(columns, headers) for columns in found]
    return tuple(block for block in blocks if block.people)


def _block(columns: dict[str, str], headers: dict[str, str]) -> Block:
    at = {role: letter for letter, role in reversed(columns.items())}
    people: list[tuple[str, str, Shift | None]] = []
    for letter, role in columns.items():
        turn = (role, shift_read(headers[letter]))
        if role in DutyRole.values and turn not in [one[1:] for one in people]:
            people.append((letter, *turn))
    return Block(at[DATE], at.get(SHIFT, ""), at.get(NOTE, ""), tuple(people))


def _days_within(grid: SheetGrid, month: date) -> int:
    layout = layout_found(grid, month)
    if layout is None:
        return 0
    base = layout.month or month
    letters = {block.date for block in layout.blocks}
    days = set()
    for row in grid.rows:
        for index, cell in enumerate(row.cells, start=1):
            found = date_read(cell, base) if get_column_letter(index) in letters else None
            if found and (found.year, found.month) == (month.year, month.month):
                days.add(found)
    return len(days)
