"""The clocks of a case, and all open clocks a user may see."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.lookups import IsNull

from directory.rules import appointments_in_force
from incidents.models import Incident
from incidents.selectors.cases import incidents_visible_to
from yangcheng_ec.deadlines.choices import OPEN
from yangcheng_ec.deadlines.models import Deadline

__all__ = ["clocks_mine_first", "clocks_of_case", "most_urgent"]


def clocks_of_case(incident: Incident, *, with_superseded: bool = False) -> list[Deadline]:
    """Return every clock of the case: late, then running by due time, then those that only count up, then the rest."""
    rows = Deadline.objects.filter(head_id=incident.head_id).prefetch_related("addressees")
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


def clocks_mine_first(user: Any, state: str = "") -> QuerySet[Deadline]:
    """Return the open clocks (or those in one state) of cases the user may see.

    Those with minutes come before 立即/及时; within each, those of the plan the user holds a post in, or that the
    user's own unit owes, come first; then the most urgent.
    """
    heads = incidents_visible_to(user).values("head_id")
    own_plans = appointments_in_force().filter(user=user).order_by().values("post__version_id")
    mine = Q(plan_version_id__in=own_plans)
    if user.unit_id:
        mine |= Q(owed_by_unit=user.unit.code)
    return (
        Deadline.objects.filter(head_id__in=heads, state__in=[state] if state else OPEN)
        .annotate(others=Case(When(mine, then=Value(0)), default=Value(1), output_field=IntegerField()))
        .prefetch_related("addressees")
        .order_by(IsNull(F("due_at"), True), "others", F("due_at").asc(nulls_last=True), "starts_at", "id")
    )
