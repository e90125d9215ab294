"""The clocks of a case, and all open clocks a user may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable
from django.db.models.lookups import IsNull

from directory.models import Unit
from directory.rules import appointments_in_force
from incidents.models import Incident
from incidents.registry import clock_heads
from incidents.selectors.cases import incidents_visible_to
from yangcheng_ec.deadlines.choices import OPEN
from yangcheng_ec.deadlines.models import Deadline
from yangcheng_ec.deadlines.selectors import rungs_told
from yangcheng_ec.permissions import Page, may_open

__all__ = [
    "OFFICE_ITSELF", "ClockFilter", "clocks_mine_first", "clocks_of_case", "clocks_running", "most_urgent",
    "units_owing",
]  # fmt: skip

# How the filter names clocks that no unit of the case owes: the command's office does.
OFFICE_ITSELF = "office"


def clocks_of_case(incident: Incident, *, with_superseded: bool = False) -> list[Deadline]:
    """Return every clock of the case: late, then running by due time, then those that only count up, then the rest."""
    rows = Deadline.objects.filter(head_id=incident.head_id).prefetch_related("addressees", rungs_told())
    if not with_superseded:
        rows = rows.exclude(state="superseded")
    return sorted(rows, key=_urgency)


def _urgency(clock: Deadline) -> tuple[Any, ...]:
    if clock.is_open and clock.due_at is not None:
        return (0, clock.due_at.timestamp(), clock.pk)
    if clock.is_open:
        return (1, clock.starts_at.timestamp(), clock.pk)
    return (2, 0 if clock.needs_reason else 1, clock.pk)


def most_urgent(clocks: list[Deadline]) -> Deadline | None:
    """Return the clock to show largest, or None when nothing runs."""
    return clocks[0] if clocks and clocks[0].is_open else None


@dataclass(frozen=True)
class ClockFilter:
    """What the list of running clocks is narrowed to; empty words narrow nothing. ``order``: mine first, or urgent."""

    plan: str = ""
    state: str = ""
    unit: str = ""
    drill: str = ""
    order: str = ""


def clocks_running(user: Any, wanted: ClockFilter) -> QuerySet[Deadline]:
    """Return the running and overdue clocks of everything the user may see, the most urgent first.

    Cases and, with the upper apps, warnings. For a unit its own alone: those it owes. Late ones come first, longest
    late before others, then by what is left; 立即、及时 last, the longest running first. Mine first unless asked for
    the most urgent.
    """
    rows = _narrowed(Deadline.objects.filter(_visible(user), state__in=OPEN), wanted)
    if not may_open(user, Page.CASES_ALL):
        rows = rows.filter(owed_by_unit=user.unit.code if user.unit_id else "-")
    order: list[str | Combinable] = [IsNull(F("due_at"), True), F("due_at").asc(nulls_last=True), "starts_at", "id"]
    if wanted.order != "urgent":
        order.insert(1, "others")
    return rows.annotate(others=_others(user)).prefetch_related("addressees", rungs_told()).order_by(*order)


def _visible(user: Any) -> Q:
    """Return the clocks of cases, warnings and whatever else upper apps registered that the user may see."""
    seen = Q(head_id__in=incidents_visible_to(user).values("head_id"))
    for heads in clock_heads():
        seen |= Q(head_id__in=heads(user))
    return seen


def _narrowed(rows: QuerySet[Deadline], wanted: ClockFilter) -> QuerySet[Deadline]:
    if wanted.plan:
        rows = rows.filter(plan_code=wanted.plan)
    if wanted.state in OPEN:
        rows = rows.filter(state=wanted.state)
    if wanted.unit:
        rows = rows.filter(owed_by_unit="" if wanted.unit == OFFICE_ITSELF else wanted.unit)
    if wanted.drill in ("0", "1"):
        rows = rows.filter(drill=wanted.drill == "1")
    return rows


def units_owing() -> list[tuple[str, str]]:
    """Return the units that owe a running clock, code and name: what the list can be narrowed to."""
    codes = Deadline.objects.filter(state__in=OPEN).exclude(owed_by_unit="").values("owed_by_unit")
    rows = Unit.objects.filter(code__in=codes).order_by("order", "code").values_list("code", "short_name", "name")
    return [(code, short or name) for code, short, name in rows]


def _others(user: Any) -> Case:
    """Return 0 for clocks of the plan the user holds a post in, or that the user's own unit owes; 1 for others."""
    own_plans = appointments_in_force().filter(user=user).order_by().values("post__version_id")
    mine = Q(plan_version_id__in=own_plans)
    if user.unit_id:
        mine |= Q(owed_by_unit=user.unit.code)
    return Case(When(mine, then=Value(0)), default=Value(1), output_field=IntegerField())


def clocks_mine_first(user: Any, state: str = "") -> QuerySet[Deadline]:
    """Return the open clocks (or those in one state) of cases the user may see.

    Those with minutes come before 立即/及时; within each, those of the plan the user holds a post in, or that the
    user's own unit owes, come first; then the most urgent.
    """
    heads = incidents_visible_to(user).values("head_id")
    return (
        Deadline.objects.filter(head_id__in=heads, state__in=[state] if state else OPEN)
        .annotate(others=_others(user))
        .prefetch_related("addressees")
        .order_by(IsNull(F("due_at"), True), "others", F("due_at").asc(nulls_last=True), "starts_at", "id")
    )
