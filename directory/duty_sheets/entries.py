"""From the rows of an office's sheet to what each turn shall be; what is wrong is said at its cell."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from directory.choices import Shift
from directory.duty_sheets.dates import date_read, plain, shift_read
from directory.duty_sheets.layout import Block, DutyLayout
from directory.duty_sheets.names import NameBook, NameProblem
from directory.duty_sheets.proposals import Item, Wish
from directory.models import Roster
from directory.sheets.choices import ItemState
from directory.sheets.mapping import headers_of
from directory.sheets.reading import Row, SheetGrid

__all__ = ["NOTE_LIMIT", "VACANT", "DutyReader"]

# An empty cell leaves what stands there; these take the person off.
VACANT = frozenset({"空缺", "无", "—", "-", "——", "/", "暂缺"})
NOTE_LIMIT = 200


class DutyReader:
    """Reads one sheet for one month of one roster."""

    def __init__(self, grid: SheetGrid, layout: DutyLayout, roster: Roster, month: date, names: NameBook) -> None:
        self.grid, self.layout, self.roster, self.month, self.names = grid, layout, roster, month, names
        self.base = layout.month or month
        heads = (headers_of(grid, layout.header_row + extra, 1) for extra in range(layout.header_rows))
        self.heads = {text for head in heads for text in head.values()} - {""}
        self.last: dict[str, str] = {}

    def read(self) -> list[Wish | Item]:
        """Return the sheet's turns in order, and a line for what cannot be read."""
        return [found for row in self._rows() for block in self.layout.blocks for found in self._turns(row, block)]

    def _rows(self) -> Iterator[Row]:
        """Yield the rows below the header, without a header repeated for the next page and lines of remarks."""
        first = self.layout.header_row + self.layout.header_rows
        for row in self.grid.rows:
            texts = {" ".join(cell.split()) for cell in row.cells if cell}
            dates = {_cell(row, block.date) for block in self.layout.blocks} - {""}
            remark = len(texts) == 1 and bool(dates) and date_read(next(iter(texts)), self.base) is None
            if row.number >= first and not texts <= self.heads and not remark:
                yield row

    def _turns(self, row: Row, block: Block) -> list[Wish | Item]:
        letters = [letter for letter, _, _ in block.people] + [at for at in (block.shift, block.note) if at]
        texts = {letter: _cell(row, letter) for letter in (block.date, *letters)}
        if not any(texts[letter] for letter in letters):
            return []
        written = texts[block.date] or (self.last.get(block.date, "") if texts.get(block.shift) else "")
        self.last[block.date] = written
        errors = self._faults(row, list(texts))
        day = self._day(row, block, written, errors)
        shifts = self._shifts(row, block, texts, errors)
        values = self._values(row, block, texts, errors)
        if errors or day is None:
            return [self._error(row, written, errors)]
        return [
            Wish(
                day=day,
                shift=shift,
                values=values.get(shift, {}) | values.get(None, {}),
                row=row.number,
                cells=_cells(row, block, shift),
            )
            for shift in shifts
        ]

    def _faults(self, row: Row, letters: list[str]) -> list[dict[str, str]]:
        names = [f"{letter}{row.number}" for letter in letters]
        return [_at(name, self.grid.faults[name]) for name in names if name in self.grid.faults]

    def _day(self, row: Row, block: Block, written: str, errors: list[dict[str, str]]) -> date | None:
        name = f"{block.date}{row.number}"
        if name in self.grid.faults:
            return None
        day = date_read(written, self.base) if written else None
        if day is None:
            words = f"看不懂日期「{written[:20]}」；可写 12月1日、2026-12-01 或 1日" if written else "没有写日期"
            errors.append(_at(name, words))
        elif (day.year, day.month) != (self.month.year, self.month.month):
            wanted = f"{self.month.year}年{self.month.month}月"
            errors.append(_at(name, f"是 {day.year}年{day.month}月{day.day}日，不在要导入的 {wanted}"))
        return day

    def _shifts(self, row: Row, block: Block, texts: dict[str, str], errors: list[dict[str, str]]) -> list[Shift]:
        """Return the turns a row is about: named in it, or by its columns, or all of the roster's day."""
        text = texts.get(block.shift, "")
        if text:
            shift = shift_read(text)
            if shift is None:
                errors.append(_at(f"{block.shift}{row.number}", f"看不懂班次「{text[:20]}」；可写白班、夜班、全天"))
            return [shift] if shift else []
        named = {of for letter, _, of in block.people if of is not None and texts[letter]}
        return [shift for shift in Shift if shift in named] or list(self.roster.shifts)

    def _values(
        self, row: Row, block: Block, texts: dict[str, str], errors: list[dict[str, str]]
    ) -> dict[Shift | None, dict[str, Any]]:
        """Return what the row says, by turn; under None what it says of all its turns."""
        found: dict[Shift | None, dict[str, Any]] = {}
        for letter, role, of in block.people:
            text, name = texts[letter], f"{letter}{row.number}"
            if not text or name in self.grid.faults:
                continue
            try:
                found.setdefault(of, {})[role] = None if plain(text) in VACANT else self.names.find(text)
            except NameProblem as problem:
                errors.append(_at(name, str(problem)))
        note = texts.get(block.note, "")
        if len(note) > NOTE_LIMIT:
            errors.append(_at(f"{block.note}{row.number}", f"备注最多 {NOTE_LIMIT} 个字"))
        elif note:
            found.setdefault(None, {})["note"] = note
        return found

    def _error(self, row: Row, written: str, errors: list[dict[str, str]]) -> Item:
        return {"state": str(ItemState.ERROR), "row": row.number, "label": written[:20], "errors": errors}


def _cells(row: Row, block: Block, shift: Shift) -> dict[str, str]:
    """Return where the date and each person of a turn stand."""
    people = {role: f"{at}{row.number}" for at, role, of in block.people if of in (None, shift)}
    return {"date": f"{block.date}{row.number}", **people}


def _at(cell: str, text: str) -> dict[str, str]:
    return {"cell": cell, "text": text}


def _cell(row: Row, letter: str) -> str:
    index = 0
    for character in letter:
        index = index * 26 + ord(character) - 64
    return row.cells[index - 1] if index <= len(row.cells) else ""
