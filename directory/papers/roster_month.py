"""A month of duty as a county office hangs it on the wall (值班表), with the numbers of its people underneath."""

from __future__ import annotations

from datetime import date
from typing import Any

from directory.choices import DutyRole
from directory.models import Roster, User
from directory.selectors.roster import body_number
from directory.selectors.roster_month import Day, Month, Turn, month_of
from yangcheng_ec.clock import database_now, local_text

__all__ = ["roster_paper"]


def roster_paper(user: Any, roster: Roster, first: date) -> dict[str, Any]:
    """Return what the paper says: a row a day, the turns beside each other, gaps left blank to be filled by hand."""
    month = month_of(roster, first, user)
    return {
        "title": f"{roster.name}{first.year}年{first.month}月值班表",
        "stamp": f"截至 {local_text(database_now())}",
        "author": user.display_name,
        "hours": _hours(roster),
        "number": body_number(roster),
        "shifts": [str(shift.label) for shift in roster.shifts] if len(roster.shifts) > 1 else [],
        "columns": range(len(roster.shifts) * 2),
        "days": [_day(roster, day) for day in month.days],
        "people": [(str(person), person.mobile or "—") for person in _people(month)],
        "gaps": month.gaps,
    }


def _hours(roster: Roster) -> str:
    day, night = f"{roster.day_at:%H:%M}", f"{roster.night_at:%H:%M}"
    return f"白班 {day}—{night}，夜班 {night}—次日 {day}" if len(roster.shifts) > 1 else f"每日 {day} 交接班"


def _day(roster: Roster, day: Day) -> dict[str, Any]:
    """Return a row: two cells a turn; turns arranged under another pattern take the row's whole width in words."""
    usual = [turn.shift for turn in day.turns] == list(roster.shifts)
    return {
        "date": f"{day.date.month}月{day.date.day}日",
        "weekday": day.weekday,
        "rest": day.rest,
        "cells": [_names(turn) for turn in day.turns] if usual else [],
        "words": "" if usual else "；".join(_words(turn) for turn in day.turns),
        "notes": "；".join(_notes(day)),
    }


def _names(turn: Turn) -> list[str]:
    return [str(getattr(turn.slot, role, None) or "") for role in DutyRole.values]


def _words(turn: Turn) -> str:
    pairs = zip(DutyRole, _names(turn), strict=True)
    return " ".join([str(turn.shift.label), *(f"{role.label} {name}" for role, name in pairs if name)])


def _notes(day: Day) -> list[str]:
    found = [f"{day.holiday.name}{'（上班）' if day.holiday.is_workday else ''}"] if day.holiday else []
    return found + [turn.slot.note for turn in day.turns if turn.slot and turn.slot.note]


def _people(month: Month) -> list[User]:
    """Return everybody on the month, leaders first, each once."""
    slots = [turn.slot for day in month.days for turn in day.turns if turn.slot]
    people = [getattr(slot, role) for role in DutyRole.values for slot in slots]
    return list(dict.fromkeys(person for person in people if person is not None))
