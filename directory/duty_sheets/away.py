"""Lists as a person types them: who takes turns, one name a line; who is away on which days."""

from __future__ import annotations

import re
from datetime import date, timedelta

from directory.duty_sheets.dates import date_read
from directory.duty_sheets.names import NameBook, NameProblem
from directory.models import User

__all__ = ["away_read", "people_read"]

LONGEST = timedelta(days=366)
_TO = re.compile(r"\s*(?:至|到|~|～|—+|–|(?<=[日号])-)\s*")
_BETWEEN = re.compile(r"[、，,;；:：\s]+")


def people_read(text: str, names: NameBook, problems: list[str]) -> list[User]:
    """Return the persons of a list in its order, each once; what is wrong is added to ``problems``."""
    found: list[User] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            person = names.find(line)
        except NameProblem as problem:
            problems.append(f"第 {number} 行：{problem}")
            continue
        if person not in found:
            found.append(person)
    return found


def away_read(text: str, month: date, names: NameBook, problems: list[str]) -> dict[int, set[date]]:
    """Return the days each person is away, from lines such as 「王晓东 12月5日至8日、12月20日」."""
    found: dict[int, set[date]] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        name, *spans = [part for part in _BETWEEN.split(_TO.sub("至", line.strip())) if part] or [""]
        if not name:
            continue
        try:
            person = names.find(name)
            days = found.setdefault(person.pk, set())
            for span in spans:
                days |= _days(span, month)
        except (NameProblem, ValueError) as problem:
            problems.append(f"第 {number} 行：{problem}")
        else:
            if not spans:
                problems.append(f"第 {number} 行：请写明{person}哪几天不在，例如「{person} {month.month}月5日至8日」")
    return found


def _days(span: str, month: date) -> set[date]:
    """Return the days of 「5日」 or 「12月5日至8日」. Raises ValueError with words."""
    first, _to, last = span.partition("至")
    begin = date_read(first, month)
    end = date_read(last, begin or month) if last else begin
    if begin is None or end is None or not timedelta() <= end - begin <= LONGEST:
        raise ValueError(f"看不懂「{span[:30]}」；可写 {month.month}月5日，或 {month.month}月5日至8日")
    return {begin + timedelta(days=number) for number in range((end - begin).days + 1)}
