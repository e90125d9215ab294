"""Reading clocks, notices and the call sheet."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import F, Prefetch, QuerySet

from yangcheng_ec.clock import database_now
from yangcheng_ec.deadlines.choices import BY_HAND, OPEN, TOLD_UPWARD, DeliveryState, StepState
from yangcheng_ec.deadlines.models import Deadline, Delivery, Heartbeat, HeartbeatGap, Notice, Step

__all__ = [
    "call_sheet",
    "deadlines_of",
    "deadlines_open",
    "gaps_during",
    "heartbeat_state",
    "inbox_of",
    "rungs_told",
    "unread_count",
]


def rungs_told() -> Prefetch[str]:
    """Return the prefetch that puts on each clock, as ``rungs``, what was told upward, in the order of time."""
    told = Step.objects.filter(state=StepState.FIRED, kind__in=TOLD_UPWARD).exclude(audience=[])
    return Prefetch("steps", queryset=told.order_by("deadline_id", "fire_at", "sequence"), to_attr="rungs")


def deadlines_open() -> QuerySet[Deadline]:
    """Return every running or overdue clock, most urgent first; those without a due time come last, oldest first."""
    return (
        Deadline.objects.filter(state__in=OPEN)
        .prefetch_related("addressees")
        .order_by(F("due_at").asc(nulls_last=True), "starts_at", "id")
    )


def deadlines_of(subject_type: str, subject_id: int) -> QuerySet[Deadline]:
    """Return a subject's clocks, open ones first."""
    return (
        Deadline.objects.filter(subject_type=subject_type, subject_id=subject_id)
        .prefetch_related("addressees")
        .order_by("id")
    )


def inbox_of(user: Any) -> QuerySet[Notice]:
    """Return a user's notices, newest first."""
    return Notice.objects.filter(recipient=user).order_by("-created_at", "-id")


def unread_count(user: Any) -> int:
    """Return how many notices the user has not opened."""
    return Notice.objects.filter(recipient=user, opened_at__isnull=True).count()


def call_sheet() -> QuerySet[Delivery]:
    """Return the calls and faxes still to be made: urgent first, then the oldest due for a try."""
    return (
        Delivery.objects.filter(channel__in=BY_HAND, state=DeliveryState.QUEUED)
        .select_related("notice", "notice__head")
        .prefetch_related("calls")
        .order_by("-notice__urgent", "next_try_at", "id")
    )


def heartbeat_state() -> str:
    """Return ``ok``, ``red`` (nobody swept for 5 s) or ``unknown`` (never swept)."""
    row = Heartbeat.objects.filter(name="sweep").first()
    if row is None:
        return "unknown"
    silent = database_now() - row.beat_at
    return "ok" if silent <= timedelta(seconds=settings.SWEEP_HEARTBEAT_RED_SECONDS) else "red"


def gaps_during(start: Any, end: Any) -> QuerySet[HeartbeatGap]:
    """Return the stretches between two times in which nobody swept."""
    return HeartbeatGap.objects.filter(name="sweep", to_at__gte=start, from_at__lte=end).order_by("from_at")
