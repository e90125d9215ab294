"""From the rows of a sheet to numbers of units, each checked by itself; what is wrong is said at its cell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from directory.choices import ContactKind
from directory.models import Unit
from directory.phones import is_mobile, number_problem, number_tidy
from directory.sheets.choices import NUMBER_ROLES, ColumnRole, ItemState
from directory.sheets.mapping import Layout, headers_of, kind_called
from directory.sheets.people import Holding
from directory.sheets.reading import Row, SheetGrid
from directory.sheets.snapshot import Snapshot

__all__ = ["KEPT_TEXTS", "Entry", "Found", "Item", "RowReader"]

Item = dict[str, Any]
KEPT_TEXTS = {"person": ("联系人", 60), "title": ("职务", 60), "printed_name": ("表上名称", 120), "note": ("备注", 300)}
_SEPARATORS = re.compile(r"[、，,;；/\n]+|\s{2,}")


@dataclass
class Entry:
    """One number of one row of the sheet, with what stands beside it. ``cells`` says where each text stands."""

    row: int
    unit: Unit
    value: str
    kind: str
    cell: str
    texts: dict[str, str]
    cells: dict[str, str]
    old: str = ""
    source: str = ""

    @property
    def meant_kind(self) -> str:
        """Return the kind the sheet names, else what the number looks like."""
        return self.kind or str(ContactKind.MOBILE if is_mobile(self.value) else ContactKind.DUTY)

    def item(self, state: ItemState, **more: Any) -> Item:
        """Return the preview's line."""
        kind = str(ContactKind(self.meant_kind).label)
        return {
            "row": self.row, "cell": self.cell, "state": str(state), "unit": self.unit.name, "kind": kind,
            "value": self.value, **more,
        }  # fmt: skip

    def error(self, text: str, where: str = "") -> Item:
        """Return the preview's line for a number that cannot be written."""
        return self.item(ItemState.ERROR, errors=[{"cell": where or self.cell, "text": text}])


Found = Entry | Holding | Item


class RowReader:
    """From the rows below the header to numbers and posts, or lines that say why a row is none."""

    def __init__(self, sheet: SheetGrid, layout: Layout, snapshot: Snapshot) -> None:
        self.sheet, self.snapshot = sheet, snapshot
        self.first = layout.header_row + layout.header_rows
        self.headers = set(headers_of(sheet, layout.header_row, 1).values()) - {""}
        self.roles = layout.columns
        self.letter_of = {role: letter for letter, role in layout.columns.items()}

    def rows(self) -> Iterator[Row]:
        """Yield the rows below the header, without headers repeated for another printed page."""
        for row in self.sheet.rows:
            texts = {" ".join(cell.split()) for cell in row.cells if cell}
            if row.number >= self.first and not (len(texts) > 1 and texts <= self.headers):
                yield row

    def entries(self, row: Row) -> list[Found]:
        """Return the row's numbers and its post; a fault of the row itself is one line."""
        texts = {role: self._cell(row, letter) for letter, role in self.roles.items()}
        if not any(texts.values()):
            return []
        errors = self._faults(row)
        unit = self.snapshot.unit(texts[ColumnRole.UNIT])
        numbers = [(role, letter) for letter, role in self.roles.items() if role in NUMBER_ROLES]
        given = [(role, letter) for role, letter in numbers if self._cell(row, letter)]
        post = bool(texts.get(ColumnRole.POST))
        unitless = post and not given and not texts[ColumnRole.UNIT]
        if unit is None and not errors and not unitless and (given or post):
            errors.append(self._at(row, ColumnRole.UNIT, self._unit_words(texts[ColumnRole.UNIT])))
        if errors:
            return [self._line(row, texts, ItemState.ERROR, errors=errors)]
        found: list[Found] = [Holding(row.number, unit, texts, self._cells(row))] if post else []
        if unit is not None:
            found += [entry for role, letter in given for entry in self._numbers(row, unit, role, letter, texts)]
        return found or [self._line(row, texts, ItemState.BLANK)]

    def _cells(self, row: Row) -> dict[str, str]:
        return {role: f"{letter}{row.number}" for letter, role in self.roles.items()}

    def _unit_words(self, text: str) -> str:
        return self.snapshot.unit_problem(text) if text else "没有写单位"

    def _cell(self, row: Row, letter: str) -> str:
        index = _index(letter)
        return row.cells[index] if index < len(row.cells) else ""

    def _faults(self, row: Row) -> list[dict[str, str]]:
        names = [f"{letter}{row.number}" for letter in self.roles]
        found = [{"cell": name, "text": self.sheet.faults[name]} for name in names if name in self.sheet.faults]
        for role, (label, limit) in KEPT_TEXTS.items():
            text = self._cell(row, self.letter_of[role]) if role in self.letter_of else ""
            if len(text) > limit and f"{self.letter_of[role]}{row.number}" not in self.sheet.faults:
                found.append(self._at(row, role, f"{label}最多 {limit} 个字"))
        kind = self._cell(row, self.letter_of["kind"]) if "kind" in self.letter_of else ""
        if kind and not kind_called(kind):
            known = "、".join(str(label) for label in ContactKind.labels)
            found.append(self._at(row, "kind", f"没有「{kind[:20]}」这个类型；可写：{known}"))
        return found

    def _at(self, row: Row, role: str, text: str) -> dict[str, str]:
        return {"cell": f"{self.letter_of[role]}{row.number}", "text": text}

    def _line(self, row: Row, texts: dict[str, str], state: ItemState, **more: Any) -> Item:
        values = [self._cell(row, letter) for letter, role in self.roles.items() if role in NUMBER_ROLES]
        at = self.letter_of[ColumnRole.UNIT]
        return {
            "row": row.number, "cell": more["errors"][0]["cell"] if more else f"{at}{row.number}", "state": str(state),
            "unit": texts[ColumnRole.UNIT], "kind": texts.get(ColumnRole.KIND, ""),
            "value": " ".join(value for value in values if value), **more,
        }  # fmt: skip

    def _numbers(self, row: Row, unit: Unit, role: str, letter: str, texts: dict[str, str]) -> list[Entry | Item]:
        """Return the numbers of one cell, checked; several may stand in it."""
        found: list[Entry | Item] = []
        for part in _parts(self._cell(row, letter)):
            kind = role if role != ColumnRole.NUMBER else kind_called(texts.get(ColumnRole.KIND, ""))
            checked_as = kind or (ContactKind.EMAIL if "@" in part else ContactKind.DUTY)
            entry = Entry(
                row=row.number, unit=unit, value=number_tidy(part, checked_as),
                kind=kind or (str(checked_as) if checked_as == ContactKind.EMAIL else ""), cell=f"{letter}{row.number}",
                texts={name: texts.get(name, "") for name in KEPT_TEXTS},
                cells=self._cells(row),
                old=number_tidy(texts.get(ColumnRole.OLD, ""), checked_as), source=texts.get(ColumnRole.SOURCE, ""),
            )  # fmt: skip
            problem = "" if "*" in entry.value else number_problem(entry.value, checked_as)
            found.append(entry.error(f"「{entry.value[:30]}」：{problem}") if problem else entry)
        return found


def _index(letter: str) -> int:
    number = 0
    for character in letter:
        number = number * 26 + ord(character) - 64
    return number - 1


def _parts(text: str) -> list[str]:
    return list(dict.fromkeys(part.strip() for part in _SEPARATORS.split(text) if part.strip()))
