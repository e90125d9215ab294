"""Reading clocks, notices and the call sheet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, F, Min, Prefetch, Q, QuerySet

from yangcheng_ec.clock import database_now
from yangcheng_ec.deadlines.channels import DRILL
from yangcheng_ec.deadlines.choices import BY_HAND, BY_MACHINE, OPEN, TOLD_UPWARD, Channel, DeliveryState, StepState
from yangcheng_ec.deadlines.models import (
    ChannelState,
    Deadline,
    Delivery,
    Heartbeat,
    HeartbeatGap,
    Notice,
    Step,
)
from yangcheng_ec.deadlines.services.deliver import channels_in_use

__all__ = [
    "ChannelLine",
    "call_sheet",
    "channel_lines",
    "channel_troubles",
    "dead_letters",
    "deadlines_of",
    "deadlines_open",
    "drill_state",
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
    """Return the phone deliveries still to be made: urgent first, then the oldest due for a try."""
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


# How far back the rate of a channel, and what it has sent, are counted.
RATE_MINUTES = 5
COUNTED = timedelta(hours=24)


@dataclass(frozen=True)
class ChannelLine:
    """A channel as the page of the outbox shows it. ``rate``: sent per minute, over the last five."""

    channel: Channel
    state: ChannelState
    in_use: bool
    queued: int
    oldest: datetime | None
    sent: int
    in_doubt: int
    dead: int
    rate: float

    @property
    def is_down(self) -> bool:
        """Return whether it failed when last tried."""
        return self.state.failures > 0

    @property
    def health(self) -> tuple[str, str]:
        """Return the word for its health, and the colour token."""
        if not self.state.enabled:
            return "已关闭", "late"
        if self.is_down:
            return "送不出", "late"
        if not self.in_use:
            return "未配置", "muted"
        return "正常", "done"


def channel_lines(now: datetime) -> list[ChannelLine]:
    """Return every machine channel with what waits, what went out in a day and what did not; three statements."""
    sent = Q(state=DeliveryState.SENT, sent_at__gt=now - COUNTED)
    recent = Q(state=DeliveryState.SENT, sent_at__gt=now - timedelta(minutes=RATE_MINUTES))
    queued = Q(state=DeliveryState.QUEUED)
    rows = Delivery.objects.filter(queued | Q(state=DeliveryState.GIVEN_UP) | sent, channel__in=BY_MACHINE)
    counted: dict[str, Any] = {
        row["channel"]: row
        for row in rows.order_by().values("channel").annotate(
            waiting=Count("id", filter=queued), oldest=Min("notice__created_at", filter=queued),
            gone=Count("id", filter=sent), doubted=Count("id", filter=sent & Q(in_doubt=True)),
            dead=Count("id", filter=Q(state=DeliveryState.GIVEN_UP)), just=Count("id", filter=recent),
        )
    }  # fmt: skip
    states = {row.channel: row for row in ChannelState.objects.all()}
    usable = set(channels_in_use())
    return [_line(channel, counted.get(channel.value, {}), states, channel.value in usable) for channel in BY_MACHINE]


def _line(channel: Channel, row: dict[str, Any], states: dict[str, ChannelState], in_use: bool) -> ChannelLine:
    state = states.get(channel.value) or ChannelState(channel=channel.value, version=0)
    return ChannelLine(
        channel=channel,
        state=state,
        in_use=in_use,
        queued=row.get("waiting", 0),
        oldest=row.get("oldest"),
        sent=row.get("gone", 0),
        in_doubt=row.get("doubted", 0),
        dead=row.get("dead", 0),
        rate=row.get("just", 0) / RATE_MINUTES,
    )


def drill_state() -> ChannelState:
    """Return the switch that lets drill notices leave the inboxes; on where nobody has touched it."""
    return ChannelState.objects.filter(channel=DRILL).first() or ChannelState(channel=DRILL, version=0)


def dead_letters(channel: str = "") -> QuerySet[Delivery]:
    """Return what was given up, the latest first."""
    rows = Delivery.objects.filter(state=DeliveryState.GIVEN_UP, channel__in=[channel] if channel else BY_MACHINE)
    return rows.select_related("notice__head", "notice__recipient").order_by("-next_try_at", "-id")


def channel_troubles() -> list[str]:
    """Return in words which channels are off or fail, and whether letters are dead: one line each on the desk."""
    bad = ChannelState.objects.filter(Q(enabled=False) | Q(failures__gt=0)).exclude(channel=DRILL).order_by("channel")
    words = [
        f"{Channel(row.channel).label}{f'送不出：{row.error}' if row.enabled else f'已关闭：{row.reason}'}"
        for row in bad
    ]
    dead = Delivery.objects.filter(state=DeliveryState.GIVEN_UP, channel__in=BY_MACHINE).count()
    return [*words, *([f"有 {dead} 条通知没有送出，需要重发或改用电话"] if dead else [])]
