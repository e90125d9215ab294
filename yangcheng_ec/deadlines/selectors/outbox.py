"""The outbox as the office looks at it: each channel, dead letters, one cause's progress, everything pending."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min, Q, QuerySet

from yangcheng_ec.clock import database_now
from yangcheng_ec.deadlines.channels import DRILLS, channel_ready, keeps_key
from yangcheng_ec.deadlines.choices import BY_HAND, BY_MACHINE, Channel, DeliveryState
from yangcheng_ec.deadlines.models import ChannelHealth, Delivery, Notice, Switch

__all__ = [
    "CauseProgress", "ChannelLine", "OutboxAlarm", "cause_progress", "dead_letters", "outbox_alarm", "outbox_overview",
    "pending_everything",
]  # fmt: skip

DAY = timedelta(days=1)
# The rate shown is that of the last so many minutes.
RATE_MINUTES = 10
# A sheet of paper has an end.
SHEET_LIMIT = 1000


@dataclass
class ChannelLine:
    """One channel of the outbox. ``sent``, ``doubtful`` and ``rate`` (a minute) are of the last day and minutes."""

    channel: Channel
    ready: bool
    switch: Switch | None = None
    health: ChannelHealth | None = None
    queued: int = 0
    oldest: datetime | None = None
    sent: int = 0
    rate: float = 0.0
    doubtful: int = 0
    dead: int = 0

    @property
    def on(self) -> bool:
        """Return whether nobody has switched it off."""
        return self.switch is None or self.switch.on

    @property
    def by_machine(self) -> bool:
        """Return whether a machine sends it."""
        return self.channel in BY_MACHINE

    @property
    def keyed(self) -> bool:
        """Return whether a second copy is dropped by the receiver, as the settings say."""
        return keeps_key(self.channel)

    @property
    def down(self) -> bool:
        """Return whether it does not work now."""
        return self.on and self.health is not None and self.health.failures > 0

    @property
    def state(self) -> tuple[str, str]:
        """Return (what to call its state, colour token)."""
        if not self.ready:
            return "未设置", "muted"
        if not self.on:
            return "已停用", "late"
        if self.down:
            return "不通", "late"
        return ("可用", "done") if self.by_machine else ("人工办理", "neutral")


def outbox_overview() -> list[ChannelLine]:
    """Return a line per channel, with seven statements whatever the outbox holds."""
    now = database_now()
    lines = {channel.value: ChannelLine(channel, channel_ready(channel)) for channel in Channel}
    for switch in Switch.objects.filter(name__in=lines):
        lines[switch.name].switch = switch
    for health in ChannelHealth.objects.filter(name__in=lines):
        lines[health.name].health = health
    waiting = Delivery.objects.filter(state=DeliveryState.QUEUED)
    for channel, count, oldest in _by_channel(waiting, Count("pk"), Min("notice__created_at")):
        lines[channel].queued, lines[channel].oldest = count, oldest
    sent = Delivery.objects.filter(state=DeliveryState.SENT, channel__in=list(lines))
    for channel, count in _by_channel(sent.filter(sent_at__gt=now - DAY), Count("pk")):
        lines[channel].sent = count
    lately = now - timedelta(minutes=RATE_MINUTES)
    for channel, count in _by_channel(sent.filter(sent_at__gt=lately), Count("pk")):
        lines[channel].rate = count / RATE_MINUTES
    doubtful = Delivery.objects.filter(Q(sent_at__gt=now - DAY) | Q(sent_at__isnull=True), in_doubt=True)
    for channel, count in _by_channel(doubtful, Count("pk")):
        lines[channel].doubtful = count
    for channel, count in _by_channel(Delivery.objects.filter(state=DeliveryState.GIVEN_UP), Count("pk")):
        lines[channel].dead = count
    return list(lines.values())


def _by_channel(rows: QuerySet[Delivery], *facts: Any) -> list[tuple[Any, ...]]:
    named = {f"fact_{number}": fact for number, fact in enumerate(facts)}
    return list(rows.order_by().values("channel").annotate(**named).values_list("channel", *named))


def dead_letters(channel: str = "") -> QuerySet[Delivery]:
    """Return what was given up, of one channel or all, the latest first."""
    rows = Delivery.objects.filter(state=DeliveryState.GIVEN_UP).select_related("notice__head")
    return (rows.filter(channel=channel) if channel else rows).order_by("-id")


def pending_everything() -> list[Delivery]:
    """Return all that has reached nobody yet, for the sheet of paper: urgent first, then by addressee.

    Dead letters whose cause is not over are on it, too. At most 1,000.
    """
    states = [DeliveryState.QUEUED, DeliveryState.GIVEN_UP]
    rows = Delivery.objects.filter(state__in=states, notice__settled_at__isnull=True)
    return list(
        rows.select_related("notice__head", "notice__recipient").order_by(
            "-notice__urgent", "notice__recipient_label", "notice_id", "id"
        )[:SHEET_LIMIT]
    )


@dataclass(frozen=True)
class OutboxAlarm:
    """What the desk has to know: channels that do not work or are switched off while letters wait, dead letters."""

    down: list[Channel] = field(default_factory=list)
    off: list[Channel] = field(default_factory=list)
    dead: int = 0

    def __bool__(self) -> bool:
        return bool(self.down or self.off or self.dead)


def outbox_alarm() -> OutboxAlarm:
    """Return what is wrong with the outbox now: three statements. Dead letters of a cause that is over do not count."""
    off = set(Switch.objects.filter(on=False).exclude(name=DRILLS).values_list("name", flat=True))
    failing = ChannelHealth.objects.filter(failures__gt=0, name__in=BY_MACHINE).values_list("name", flat=True)
    dead = Delivery.objects.filter(state=DeliveryState.GIVEN_UP, notice__settled_at__isnull=True)
    return OutboxAlarm(
        down=[Channel(name) for name in failing if name not in off],
        off=[channel for channel in BY_MACHINE if channel in off],
        dead=dead.count(),
    )


@dataclass
class CauseProgress:
    """How far the notices of one cause have come. ``reached``: opened in the inbox, or by hand told to a person."""

    notices: int = 0
    opened: int = 0
    first_at: datetime | None = None
    lines: list[dict[str, Any]] = field(default_factory=list)

    @property
    def deliveries(self) -> int:
        """Return how many deliveries there are."""
        return sum(line["total"] for line in self.lines)

    @property
    def out(self) -> int:
        """Return how many have gone out."""
        return sum(line["sent"] for line in self.lines)

    @property
    def under_way(self) -> bool:
        """Return whether machines still have something to send: the fragment is asked for again."""
        return any(line["queued"] for line in self.lines if line["channel"] in BY_MACHINE)


def cause_progress(subject: tuple[str, int], kinds: Sequence[str] = ()) -> CauseProgress:
    """Return the progress of a cause's notices, of some kinds or all, with two statements."""
    told = Notice.objects.filter(subject_type=subject[0], subject_id=subject[1])
    if kinds:
        told = told.filter(kind__in=list(kinds))
    whole = told.aggregate(
        notices=Count("pk"), opened=Count("pk", filter=Q(opened_at__isnull=False)), first_at=Min("created_at")
    )
    rows = Delivery.objects.filter(notice__in=told).order_by().values("channel")
    lines = rows.annotate(
        total=Count("pk"),
        queued=Count("pk", filter=Q(state=DeliveryState.QUEUED)),
        sent=Count("pk", filter=Q(state=DeliveryState.SENT)),
        dead=Count("pk", filter=Q(state=DeliveryState.GIVEN_UP)),
        settled=Count("pk", filter=Q(state=DeliveryState.SETTLED)),
        doubtful=Count("pk", filter=Q(in_doubt=True)),
    )
    shown = [{**line, "label": Channel(line["channel"]).label} for line in lines]
    order = {channel.value: place for place, channel in enumerate((*BY_MACHINE, *BY_HAND))}
    return CauseProgress(lines=sorted(shown, key=lambda line: order[str(line["channel"])]), **whole)
