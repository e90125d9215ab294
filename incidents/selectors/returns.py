"""每日零报告: who has returned on a day, who has not, and how many events the system knows of."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from directory.choices import Act
from directory.models import PlanVersion, Unit
from directory.rules import may
from directory.selectors.membership import member_units_of
from incidents.choices import IncidentState
from incidents.models import DailyReturn, Incident
from yangcheng_ec.clock import SHANGHAI, database_now
from yangcheng_ec.errors import NotVisible
from yangcheng_ec.permissions import Page, may_open

__all__ = [
    "ReturnLine",
    "day_shown",
    "known_on",
    "member_units_of",
    "own_returns_today",
    "return_by_id",
    "return_day",
    "return_lines",
    "return_plans",
]

NOT_COUNTED = (IncidentState.WITHDRAWN, IncidentState.MERGED, IncidentState.FALSE_ALARM)
OFFICE = None
FIRST_DAY = date(2020, 1, 1)


@dataclass(frozen=True)
class ReturnLine:
    """One line of the day: a unit, or the office (``unit`` None); what it returned, and what the system knows.

    ``mine``: this person's own; an officer may also take down what another unit phoned in (代录).
    """

    name: str
    unit: Unit | None
    filed: DailyReturn | None
    known: int
    mine: bool = False
    may_file: bool = False
    may_correct: bool = False


def return_day(now: datetime | None = None) -> date:
    """Return the day it is in Asia/Shanghai."""
    return (now or database_now()).astimezone(SHANGHAI).date()


def day_shown(wanted: date | None) -> date:
    """Return the day to look at: today where none is asked for, and never one ahead or before there were any."""
    today = return_day()
    return min(max(wanted or today, FIRST_DAY), today)


def return_plans(user: Any) -> list[PlanVersion]:
    """Return the plans in force whose returns the user may open: a unit's own, all for who sees all cases.

    The plan whose office the user is in comes first.
    """
    rows = PlanVersion.objects.select_related("plan").filter(in_force=True).order_by("plan__code")
    if may_open(user, Page.CASES_ALL):
        return sorted(rows, key=lambda row: not may(user, row, Act.OFFICE))
    if not may_open(user, Page.CASES_OWN):
        return []
    return list(rows.filter(memberships__unit=user.unit_id, memberships__unit__isnull=False).distinct())


def known_on(version: PlanVersion, day: date) -> Counter[int | None]:
    """Return how many events of a day the system knows of, by unit, and in all under None. One statement.

    Drills, false alarms and cases set aside do not count; a unit's are those where it happened or that it reported.
    """
    begin = datetime.combine(day, time(), tzinfo=SHANGHAI)
    rows = Incident.objects.filter(
        plan_version__plan=version.plan_id, drill=False, received_at__gte=begin,
        received_at__lt=begin + timedelta(days=1),
    ).exclude(state__in=NOT_COUNTED)  # fmt: skip
    found: Counter[int | None] = Counter()
    for pair in rows.values_list("incident_unit_id", "reporting_unit_id"):
        found[OFFICE] += 1
        found.update({pk for pk in pair if pk is not None})
    return found


def return_lines(user: Any, version: PlanVersion, day: date) -> list[ReturnLine]:
    """Return the day's lines: the office first, then the members who have not returned, then those who have.

    A unit sees its own line. A fixed number of statements.
    """
    filed = {row.unit_id: row for row in _returns(version, day)}
    known, office = known_on(version, day), may(user, version, Act.OFFICE)
    whole = may_open(user, Page.CASES_ALL)
    units = member_units_of(version) if whole else [user.unit]
    lines = [_line(version.office_name, OFFICE, filed, known, (office, office))] if whole else []
    own = [_line(row.name, row, filed, known, (_own(user, row, office), office)) for row in units]
    return [*lines, *sorted(own, key=lambda line: line.filed is not None)]


def _line(
    name: str,
    unit: Unit | None,
    filed: dict[int | None, DailyReturn],
    known: Counter[int | None],
    rights: tuple[bool, bool],
) -> ReturnLine:
    pk = unit.pk if unit else OFFICE
    row, may_act = filed.get(pk), any(rights)
    return ReturnLine(name, unit, row, known[pk], rights[0], may_act and row is None, may_act and row is not None)


def _own(user: Any, unit: Unit, office: bool) -> bool:
    return not office and unit.pk == user.unit_id


def _returns(version: PlanVersion, day: date) -> list[DailyReturn]:
    return list(DailyReturn.objects.filter(plan=version.plan_id, date=day).select_related("filed_by", "unit"))


def return_by_id(user: Any, return_id: int) -> DailyReturn:
    """Return one return the user may see. Raises NotVisible."""
    rows = DailyReturn.objects.select_related("plan", "unit", "filed_by")
    if not may_open(user, Page.CASES_ALL):
        own = user.unit_id if may_open(user, Page.CASES_OWN) else None
        rows = rows.filter(unit=own, unit__isnull=False)
    row = rows.filter(pk=return_id).first()
    if row is None:
        raise NotVisible()
    return row


def own_returns_today(user: Any) -> list[tuple[PlanVersion, bool]]:
    """Return the plans that ask the user's unit for a return, and whether today's is there. Two statements."""
    if not user.unit_id:
        return []
    rows = DailyReturn.objects.filter(unit=user.unit_id, date=return_day())
    done = set(rows.values_list("plan_id", flat=True))
    return [(version, version.plan_id in done) for version in return_plans(user)]
