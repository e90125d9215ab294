"""Reading the training log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from directory.choices import Act
from directory.models import PlanVersion, Training
from directory.rules import may
from directory.selectors.plans import plans_in_force
from directory.selectors.standing_duties import training_duty
from yangcheng_ec.errors import NotVisible
from yangcheng_ec.permissions import Page, may_open
from yangcheng_ec.record.models import RecordEntry

__all__ = [
    "TrainingFilter",
    "may_change_training",
    "plans_trained",
    "training_get",
    "training_history",
    "trainings_found",
    "trainings_visible_to",
]


@dataclass(frozen=True)
class TrainingFilter:
    """What the log is narrowed to; empty narrows nothing. ``unit``: a code, or «office» for the offices' own."""

    q: str = ""
    plan: str = ""
    unit: str = ""
    since: date | None = None
    until: date | None = None


def trainings_visible_to(user: Any) -> QuerySet[Training]:
    """Return the trainings the user may read: all, or those of the own unit and the offices'."""
    rows = Training.objects.select_related("plan", "unit", "entered_by")
    if may_open(user, Page.RESOURCES_ALL):
        return rows
    if may_open(user, Page.RESOURCES_OWN) and user.unit_id is not None:
        return rows.filter(unit_id=user.unit_id)
    return rows.none()


def trainings_found(user: Any, wanted: TrainingFilter) -> QuerySet[Training]:
    """Return what matches, the newest first; entries taken back are left out."""
    rows = trainings_visible_to(user).filter(void_reason="")
    if wanted.q:
        rows = rows.filter(Q(subject__icontains=wanted.q) | Q(attendees__icontains=wanted.q))
    if wanted.unit == "office":
        rows = rows.filter(unit__isnull=True)
    elif wanted.unit:
        rows = rows.filter(unit__code=wanted.unit)
    exact = {"plan__code": wanted.plan, "held_on__gte": wanted.since, "held_on__lte": wanted.until}
    return rows.filter(**{name: value for name, value in exact.items() if value}).order_by("-held_on", "-id")


def training_get(user: Any, pk: int) -> Training:
    """Return one entry. Raises NotVisible."""
    found = trainings_visible_to(user).filter(pk=pk).first()
    if found is None:
        raise NotVisible()
    return found


def training_history(row: Training) -> QuerySet[RecordEntry]:
    """Return the record's lines about an entry, newest first."""
    return RecordEntry.objects.filter(subject_type="training", subject_id=row.pk).order_by("-id")


def plans_trained(user: Any) -> list[PlanVersion]:
    """Return the plans whose log the user may add to: an office its own, a unit those it is a member of."""
    asking = [version for version in plans_in_force() if training_duty(version) is not None]
    found = [version for version in asking if may(user, version, Act.OFFICE)]
    if found or user.unit_id is None or not may_open(user, Page.RESOURCES_OWN):
        return found
    own = set(user.unit.memberships.filter(version__in=asking).values_list("version_id", flat=True))
    return [version for version in asking if version.pk in own]


def may_change_training(user: Any, row: Training, version: PlanVersion) -> bool:
    """Return whether the user may correct an entry: for buttons; the service asks again."""
    if row.unit_id is not None and row.unit_id == user.unit_id:
        return may_open(user, Page.RESOURCES_OWN)
    return may(user, version, Act.OFFICE)
