"""Dates and turns as offices write them: 12月1日, 2026-12-01, 1日, an Excel date; 白班, 夜, 全天."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta

from directory.choices import Shift

__all__ = ["date_read", "month_named", "plain", "shift_read"]

EXCEL_FIRST = date(1899, 12, 30)
_TAIL = r"(?:[(\[]?(?:星期|周|礼拜).{1,3})?(?:\d{1,2}:\d{2}(?::\d{2})?)?$"
_WHOLE = re.compile(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})[日号]?" + _TAIL)
_SOLID = re.compile(r"^(20\d{2})(\d{2})(\d{2})$")
_SHORT = re.compile(r"^(\d{1,2})[-/.月](\d{1,2})[日号]?" + _TAIL)
_DAY = re.compile(r"^(\d{1,2})[日号]?" + _TAIL)
_SERIAL = re.compile(r"^\d{5}$")
_MONTH = re.compile(r"(?:(\d{4})年)?(\d{1,2})月")
_SHIFTS = ((Shift.WHOLE, r"全天|24"), (Shift.NIGHT, r"夜|晚"), (Shift.DAY, r"白|^日班"))


def plain(text: str) -> str:
    """Return a text without spaces, with half-width letters and brackets."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


def date_read(text: str, month: date) -> date | None:
    """Return the day a cell means; what it leaves out (year, month) is the month's. None: it is no date."""
    words = plain(text)
    if _SERIAL.match(words):
        return EXCEL_FIRST + timedelta(days=int(words))
    if found := _WHOLE.match(words) or _SOLID.match(words):
        return _day(int(found[1]), int(found[2]), int(found[3]))
    if found := _SHORT.match(words):
        return _day(month.year, int(found[1]), int(found[2]))
    if found := _DAY.match(words):
        return _day(month.year, month.month, int(found[1]))
    return None


def month_named(text: str, month: date) -> date | None:
    """Return the month a title names (「2026年12月值班表」); without a year it is the month's year."""
    found = _MONTH.search(plain(text))
    return _day(int(found[1] or month.year), int(found[2]), 1) if found else None


def shift_read(text: str) -> Shift | None:
    """Return the turn a cell or a header names."""
    words = plain(text)
    return next((shift for shift, pattern in _SHIFTS if re.search(pattern, words)), None)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
