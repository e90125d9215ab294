"""Reading call-outs: how far a cause has come, who has not answered, what comes next."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, F, Max, Prefetch, Q, QuerySet

from yangcheng_ec.callout.choices import CalloutState, CalloutStepState
from yangcheng_ec.callout.models import Callout, CalloutStep
from yangcheng_ec.deadlines.choices import BY_HAND, DeliveryState
from yangcheng_ec.deadlines.models import Delivery

__all__ = ["Progress", "callouts_of", "pending_steps", "progress_mark", "progress_of"]

SHOWN = 60


def callouts_of(subject: tuple[str, int], kinds: Sequence[str] = ()) -> QuerySet[Callout]:
    """Return the call-outs of a subject, those not confirmed first."""
    rows = Callout.objects.filter(cause__subject_type=subject[0], cause__subject_id=subject[1])
    if kinds:
        rows = rows.filter(cause__kind__in=list(kinds))
    return rows.select_related("cause").order_by(F("confirmed_at").asc(nulls_first=True), "pk")


def pending_steps() -> Prefetch[str]:
    """Return the prefetch that puts on each call-out, as ``ahead``, the step that is to come."""
    rows = CalloutStep.objects.filter(state=CalloutStepState.PENDING)
    return Prefetch("steps", queryset=rows, to_attr="ahead")


@dataclass(frozen=True)
class Progress:
    """How far the call-outs of a subject have come, in numbers of targets; ``queued`` in notices still to leave."""

    addressed: int = 0
    sent: int = 0
    delivered: int = 0
    confirmed: int = 0
    leader: int = 0
    measures: int = 0
    given_up: int = 0
    settled: int = 0
    queued: int = 0
    calls: int = 0
    asked_measures: int = 0
    waiting: list[Callout] = field(default_factory=list)

    @property
    def open(self) -> int:
        """Return how many are still being called out."""
        return self.addressed - self.confirmed - self.given_up - self.settled

    @property
    def undelivered(self) -> int:
        """Return how many nothing shows to have got it: neither delivered nor answered."""
        return max(self.addressed - max(self.delivered, self.confirmed) - self.settled, 0)

    @property
    def more(self) -> int:
        """Return how many wait beyond those named."""
        return self.open + self.given_up - len(self.waiting)


_COUNTS = {
    "addressed": Count("pk"),
    "sent": Count("sent_at"),
    "delivered": Count("delivered_at"),
    "confirmed": Count("confirmed_at"),
    "leader": Count("leader_at"),
    "measures": Count("measures_at"),
    "asked_measures": Count("pk", filter=Q(cause__wants_measures=True)),
    "given_up": Count("pk", filter=Q(state=CalloutState.GIVEN_UP)),
    "settled": Count("pk", filter=Q(state=CalloutState.SETTLED)),
}


def progress_of(subject: tuple[str, int], kinds: Sequence[str] = ()) -> Progress:
    """Return how far a subject's call-outs have come, with four statements however many there are."""
    rows = callouts_of(subject, kinds)
    counts: dict[str, Any] = rows.order_by().aggregate(**_COUNTS)
    if not counts["addressed"]:
        return Progress()
    waiting = rows.filter(state__in=[CalloutState.OPEN, CalloutState.GIVEN_UP]).prefetch_related(pending_steps())
    shown = list(waiting[:SHOWN])
    return Progress(
        **counts,
        **_queued(rows),
        waiting=shown,
    )


def _queued(rows: QuerySet[Callout]) -> dict[str, int]:
    waiting = Delivery.objects.filter(
        notice__asks__callout__in=rows.order_by().values("pk"), state=DeliveryState.QUEUED
    )
    by_hand = Q(channel__in=BY_HAND)
    found: dict[str, int] = waiting.aggregate(queued=Count("pk", filter=~by_hand), calls=Count("pk", filter=by_hand))
    return found


def progress_mark(subject: tuple[str, int], kinds: Sequence[str] = ()) -> str:
    """Return what changes whenever the progress does: the entity tag of its fragment, two statements."""
    rows = callouts_of(subject, kinds).order_by()
    counts = rows.aggregate(**_COUNTS, last=Max("ended_at"), fired=Max("steps__fired_at"), ahead=Max("steps__fire_at"))
    facts = [counts, _queued(rows)]
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:32]
