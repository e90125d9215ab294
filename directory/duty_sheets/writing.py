"""A month of a roster as a workbook, with the headers that import reads back: importing an export changes nothing."""

from __future__ import annotations

from collections.abc import Iterator

from directory.duty_sheets.names import NameBook
from directory.models import DutySlot, User
from directory.selectors.roster_month import Month
from directory.sheets.writing import text_workbook

__all__ = ["COLUMNS", "month_workbook"]

# Header → width. The numbers are for reading; import leaves them out.
COLUMNS = {
    "日期": 14, "星期": 8, "班次": 8, "带班领导": 22, "带班领导电话": 18, "值班员": 22, "值班员电话": 18, "备注": 34,
}  # fmt: skip


def month_workbook(month: Month, names: NameBook) -> bytes:
    """Return the month, a row a turn, gaps empty. For readers of the whole roster, who see its people's mobiles."""
    return text_workbook(f"{month.first.year}年{month.first.month}月", COLUMNS, _rows(month, names))


def _rows(month: Month, names: NameBook) -> Iterator[tuple[str, ...]]:
    for day in month.days:
        for turn in day.turns:
            slot = turn.slot or DutySlot()
            people = [text for person in (slot.leader, slot.officer) for text in _person(person, names)]
            yield (day.date.isoformat(), day.weekday, str(turn.shift.label), *people, slot.note)


def _person(person: User | None, names: NameBook) -> tuple[str, str]:
    return (names.label(person), person.mobile) if person is not None else ("", "")
