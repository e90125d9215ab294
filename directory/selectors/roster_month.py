"""One month of a roster: a grid of days with gaps, overloads, weekends and holidays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet

from directory.choices import DutyRole, Shift
from directory.models import DutySlot, Holiday, Roster
from directory.selectors.roster import own_people
from yangcheng_ec.clock import SHANGHAI, database_now

__all__ = [
    "YEARS",
    "Day",
    "Month",
    "Turn",
    "day_of",
    "holidays_between",
    "month_called",
    "month_of",
    "problems_of",
    "roles_missing",
    "shifts_arranged",
]

WEEKDAYS = "一二三四五六日"
FRIDAY = 4
# What is arranged at all; beyond it a page is not found.
YEARS = range(2000, 2100)


@dataclass
class Turn:
    """One turn of one day. ``gaps`` are missing persons from now on; ``problems`` are what ought to be looked at."""

    shift: Shift
    starts_at: datetime
    ends_at: datetime
    slot: DutySlot | None = None
    running: bool = False
    past: bool = False
    mine: bool = False
    gaps: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@dataclass
class Day:
    """One day with its turns. ``rest``: a weekend or a day off, unless it is worked (调休)."""

    date: date
    today: bool
    rest: bool
    holiday: Holiday | None
    turns: list[Turn] = field(default_factory=list)

    @property
    def weekday(self) -> str:
        """Return 周一 … 周日."""
        return f"周{WEEKDAYS[self.date.weekday()]}"


@dataclass
class Month:
    """A month. ``offset`` is the column of the first day, 1 for Monday."""

    first: date
    days: list[Day]

    @property
    def offset(self) -> int:
        """Return the column of the first day."""
        return self.first.weekday() + 1

    @property
    def previous(self) -> str:
        """Return the month before as 2026-10."""
        return f"{self.first - timedelta(days=1):%Y-%m}"

    @property
    def following(self) -> str:
        """Return the month after."""
        return f"{_next_month(self.first):%Y-%m}"

    @property
    def gaps(self) -> int:
        """Return how many turns from now on lack somebody."""
        return sum(1 for day in self.days for turn in day.turns if turn.gaps)

    @property
    def problems(self) -> int:
        """Return how many turns ought to be looked at."""
        return sum(1 for day in self.days for turn in day.turns if turn.problems)


def month_called(text: str) -> date:
    """Return the first day of a month written 2026-11; of this month when it is not written so."""
    try:
        found = datetime.strptime(text, "%Y-%m").replace(tzinfo=SHANGHAI).date()
    except ValueError:
        found = date.min
    return found if found.year in YEARS else database_now().astimezone(SHANGHAI).date().replace(day=1)


def month_of(roster: Roster, first: date, user: Any = None, *, proposed: Sequence[DutySlot] = ()) -> Month:
    """Return a month of a roster with a fixed number of statements, full or empty.

    ``proposed`` (turns not saved) take the place of those that stand: what the month would be.
    """
    last = _next_month(first) - timedelta(days=1)
    return Month(first, _days(roster, first, last, user, proposed))


def day_of(roster: Roster, day: date, user: Any = None) -> Day:
    """Return one day of a roster, with the turns around it looked at for overloads."""
    return _days(roster, day, day, user)[0]


def holidays_between(first: date, last: date) -> QuerySet[Holiday]:
    """Return the days entered as holidays or worked weekends."""
    return Holiday.objects.filter(date__gte=first, date__lte=last).order_by("date")


def problems_of(slot: DutySlot, roster: Roster) -> list[str]:
    """Return what ought to be looked at about one turn, as it stands now."""
    day = day_of(roster, slot.date)
    return [text for turn in day.turns if turn.slot and turn.slot.pk == slot.pk for text in turn.problems]


def _days(roster: Roster, first: date, last: date, user: Any, proposed: Sequence[DutySlot] = ()) -> list[Day]:
    around = timedelta(days=roster.most_in_row + 1)
    begin, end = _midnight(first - around), _midnight(last + around + timedelta(days=1))
    slots = list(
        DutySlot.objects.filter(roster=roster, starts_at__lt=end, ends_at__gt=begin)
        .select_related("leader__unit", "officer__unit")
        .order_by("starts_at", "id")
    )
    if proposed:
        merged = {(slot.date, slot.shift): slot for slot in (*slots, *proposed)}
        slots = sorted(merged.values(), key=lambda slot: slot.starts_at)
    problems = _problems(slots, roster)
    holidays = {row.date: row for row in holidays_between(first, last)}
    now = database_now()
    today = now.astimezone(SHANGHAI).date()
    by_day: dict[date, dict[str, DutySlot]] = {}
    for slot in slots:
        by_day.setdefault(slot.date, {})[slot.shift] = slot
    days = []
    for number in range((last - first).days + 1):
        current = first + timedelta(days=number)
        holiday = holidays.get(current)
        rest = (current.weekday() > FRIDAY or holiday is not None) and not (holiday and holiday.is_workday)
        day = Day(current, current == today, rest, holiday)
        day.turns = [
            _turn(roster, current, shift, slot, now, problems, user)
            for shift, slot in shifts_arranged(roster, by_day.get(current, {}))
        ]
        days.append(day)
    return days


def shifts_arranged(roster: Roster, known: dict[str, DutySlot]) -> list[tuple[Shift, DutySlot | None]]:
    """Return the turns of a day: those arranged under another pattern stand as they were arranged."""
    arranged = {shift: slot for shift, slot in known.items() if slot.people}
    shifts = [shift for shift in Shift if shift in arranged] if arranged else []
    if not shifts or all(shift in roster.shifts for shift in shifts):
        shifts = list(roster.shifts)
    return [(shift, known.get(shift)) for shift in shifts]


def _turn(
    roster: Roster,
    day: date,
    shift: Shift,
    slot: DutySlot | None,
    now: datetime,
    problems: dict[tuple[date, str], list[str]],
    user: Any,
) -> Turn:
    starts_at, ends_at = (slot.starts_at, slot.ends_at) if slot else roster.hours(day, shift)
    turn = Turn(shift, starts_at, ends_at, slot, running=starts_at <= now < ends_at, past=ends_at <= now)
    turn.problems = problems.get((day, shift), [])
    turn.mine = bool(slot and user and user.pk in slot.people)
    if not turn.past:
        turn.gaps = roles_missing(slot)
    return turn


def roles_missing(slot: DutySlot | None) -> list[str]:
    """Return as what nobody is on a turn: 带班领导, 值班员."""
    return [str(role.label) for role in DutyRole if slot is None or getattr(slot, f"{role.value}_id") is None]


def _problems(slots: Sequence[DutySlot], roster: Roster) -> dict[tuple[date, str], list[str]]:
    """Return, per turn, the warnings: a stranger, a closed account, two duties at once, too many turns in a row."""
    own = own_people(roster)
    found: dict[tuple[date, str], list[str]] = {}
    rows: dict[int, tuple[datetime, int]] = {}
    for slot in slots:
        texts = found.setdefault((slot.date, slot.shift), [])
        if slot.leader_id is not None and slot.leader_id == slot.officer_id:
            texts.append(f"{slot.leader}一人兼带班领导和值班员")
        for person in {one.pk: one for one in (slot.leader, slot.officer) if one is not None}.values():
            ended, count = rows.get(person.pk, (None, 0))
            count = count + 1 if ended == slot.starts_at else 1
            rows[person.pk] = (slot.ends_at, count)
            if count > roster.most_in_row:
                texts.append(f"{person}连续第{count}班")
            if not person.is_active:
                texts.append(f"{person}的账号已停用")
            elif person.pk not in own:
                texts.append(f"{person}不是本单位人员")
    return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=SHANGHAI)


def _next_month(first: date) -> date:
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1)
