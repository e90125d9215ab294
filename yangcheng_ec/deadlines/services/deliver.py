"""Sending what is queued: small leased batches per channel, then marked; retried with back-off, given up loudly.

A channel that is down is left alone for a while and tried with one sending at a time: the others go on, and what waits
costs no tries. What is urgent and cannot leave is telephoned.
"""

from __future__ import annotations

import logging
import random
import time
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from yangcheng_ec.clock import database_now
from yangcheng_ec.deadlines.channels.outcome import ChannelError
from yangcheng_ec.deadlines.channels.robots import PER_MINUTE, robots
from yangcheng_ec.deadlines.channels.senders import Sender, sender_of
from yangcheng_ec.deadlines.choices import BY_MACHINE, KEYED, ROBOTS, Channel, DeliveryState
from yangcheng_ec.deadlines.models import ChannelState, Delivery
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line, case_lock, record_append

__all__ = ["MAX_ATTEMPTS", "channels_in_use", "deliver_all", "deliver_batch"]

logger = logging.getLogger(__name__)
LEASE = timedelta(seconds=60)
# A batch stops sending after half its lease.
SEND_SECONDS = 30.0
MAX_ATTEMPTS = 6
# An urgent notice that has not left by any channel for so long is telephoned (「非预案规定」).
URGENT_WAITS = timedelta(minutes=2)
# A channel that failed rests 2 s, 4 s, 8 s … at most a minute, with jitter.
REST_FIRST, REST_MOST = 2.0, 60.0


def channels_in_use() -> list[str]:
    """Return the machine channels that have something to send with: mail always, the others when configured."""
    speaking = {robot.channel for robot in robots().values()}
    return [
        channel.value
        for channel in BY_MACHINE
        if channel == Channel.EMAIL or (channel == Channel.SMS and settings.SMS_GATEWAY_URL) or channel in speaking
    ]


def deliver_all(*, budget_seconds: float = 10.0, channel: str = "") -> int:
    """Send batch after batch until nothing is queued or the budget is used; return how many were tried.

    ``channel`` narrows it to one, so that each can have a worker of its own and none waits for another.
    """
    total, until = 0, time.monotonic() + budget_seconds
    for name in [channel] if channel else channels_in_use():
        while tried := deliver_batch(channel=name):
            total += tried
            if time.monotonic() > until:
                return total
    return total


def deliver_batch(*, channel: str = Channel.EMAIL, limit: int = 50) -> int:
    """Lease up to ``limit`` queued deliveries of a channel, send them, mark them; return how many were tried.

    A kill between sending and marking may send one again: with the same key, and marked as in doubt where the
    receiver keeps none. Nothing is lost.
    """
    leased, probing = _lease(channel, limit)
    if not leased:
        return 0
    sender, until = sender_of(channel), time.monotonic() + SEND_SECONDS
    try:
        for place, delivery in enumerate(leased):
            if time.monotonic() > until:
                _release(leased[place:])
                return place
            if not _send_one(delivery, sender, probing):
                _release(leased[place + 1 :])
                return place + 1
    finally:
        sender.close()
    return len(leased)


def _release(deliveries: Sequence[Delivery]) -> None:
    """Give back what there was no time for, before the lease ends and somebody else sends it too."""
    rows = Delivery.objects.filter(pk__in=[row.pk for row in deliveries], begun_at__isnull=True)
    rows.update(leased_until=None, lease=None)


@transaction.atomic
def _lease(channel: str, limit: int) -> tuple[list[Delivery], bool]:
    """Lease what is due; also return whether the channel failed last time and is only being tried."""
    now = database_now()
    state = _state(channel)
    failing = state is not None and state.failures > 0
    if state is not None and (failing or not state.enabled):
        _call_instead(channel, now)
    if state is not None and (not state.enabled or (state.rest_until is not None and state.rest_until > now)):
        return [], False
    limit = 1 if failing else limit
    due = (
        Delivery.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(channel=channel, state=DeliveryState.QUEUED, next_try_at__lte=now)
        .filter(Q(leased_until__isnull=True) | Q(leased_until__lt=now))
        .order_by("next_try_at", "id")
        .select_related("notice__recipient")
    )
    rows = _allowed(list(due[:limit]), now) if channel in ROBOTS else list(due[:limit])
    _mark_leased(rows, channel, now)
    return rows, failing


def _state(channel: str) -> ChannelState | None:
    """Return the channel's state; robots' is locked, so that two workers never count the same minute together."""
    rows = ChannelState.objects.filter(channel=channel)
    if channel not in ROBOTS:
        return rows.first()
    ChannelState.objects.get_or_create(channel=channel)
    return rows.select_for_update().get()


def _allowed(rows: Sequence[Delivery], now: datetime) -> list[Delivery]:
    """Leave out what a robot may not say within this minute: twenty, those being said included."""
    found: list[Delivery] = []
    left: dict[str, int] = {}
    for row in rows:
        if row.address not in left:
            said = Q(begun_at__gt=now - timedelta(minutes=1)) | Q(leased_until__gt=now)
            counted = Delivery.objects.filter(said, channel=row.channel, address=row.address).count()
            left[row.address] = PER_MINUTE - counted
        if left[row.address] > 0:
            left[row.address] -= 1
            found.append(row)
    return found


def _mark_leased(rows: Sequence[Delivery], channel: str, now: datetime) -> None:
    """Write the lease; a row whose last try was begun and never ended may have arrived already."""
    token = uuid.uuid4()
    unknown = [row for row in rows if row.lease is not None and row.begun_at is not None and channel not in KEYED]
    Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(
        lease=token, leased_until=now + LEASE, begun_at=None
    )
    Delivery.objects.filter(pk__in=[row.pk for row in unknown]).update(in_doubt=True)
    for row in rows:
        row.lease = token


def _send_one(delivery: Delivery, sender: Sender, probing: bool) -> bool:
    """Send one; return whether the channel may go on."""
    held = Delivery.objects.filter(pk=delivery.pk, lease=delivery.lease, state=DeliveryState.QUEUED)
    if not held.update(begun_at=database_now()):
        return True  # somebody else holds it by now
    try:
        reference = sender.send(delivery)
    except Exception as error:  # any failure of a channel is retried and shown, never raised
        fault = error if isinstance(error, ChannelError) else ChannelError(str(error), doubtful=True)
        logger.warning("delivery %s failed: %s", delivery.pk, fault, exc_info=None if fault is error else error)
        _failed(delivery, fault)
        return not fault.down
    Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.QUEUED).update(
        state=DeliveryState.SENT, sent_at=database_now(), leased_until=None, lease=None, reference=reference,
        attempts=F("attempts") + 1, error="",
    )  # fmt: skip
    if probing:
        ChannelState.objects.filter(channel=delivery.channel).update(failures=0, rest_until=None, error="")
    return True


def _failed(delivery: Delivery, fault: ChannelError) -> None:
    """Retry after 10 s, 20 s, 40 s… with jitter; after the last attempt the notice goes to the call sheet."""
    now = database_now()
    attempts = delivery.attempts + 1
    given_up = fault.permanent or attempts >= MAX_ATTEMPTS
    wait = min(600, 10 * 2 ** (attempts - 1)) * random.uniform(0.8, 1.2)  # noqa: S311
    with transaction.atomic():
        head = case_lock(delivery.notice.head_id) if given_up and delivery.notice.head_id else None
        Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.QUEUED).update(
            state=DeliveryState.GIVEN_UP if given_up else DeliveryState.QUEUED,
            attempts=attempts,
            leased_until=None,
            lease=None,
            next_try_at=now + timedelta(seconds=wait),
            error=str(fault)[:500],
            in_doubt=delivery.in_doubt or (fault.doubtful and delivery.channel not in KEYED),
        )
        if given_up:
            why = str(fault)[:60] if fault.permanent else f"{MAX_ATTEMPTS}次未能送出"
            _to_call_sheet(delivery, head, f"{Channel(delivery.channel).label}{why}", now)
    if fault.down:
        _channel_failed(delivery.channel, fault, now)


def _channel_failed(channel: str, fault: ChannelError, now: datetime) -> None:
    state, _ = ChannelState.objects.get_or_create(channel=channel)
    rest = min(REST_MOST, REST_FIRST * 2 ** min(state.failures, 8)) * random.uniform(0.8, 1.2)  # noqa: S311
    ChannelState.objects.filter(pk=state.pk).update(
        failures=F("failures") + 1, failed_at=now, rest_until=now + timedelta(seconds=rest), error=str(fault)[:300]
    )


def _call_instead(channel: str, now: datetime) -> None:
    """Telephone what is urgent and has waited too long for a channel that is down or off; later it still leaves."""
    siblings = Delivery.objects.filter(notice=OuterRef("notice"))
    called_or_told = siblings.filter(Q(channel=Channel.PHONE) | Q(state=DeliveryState.SENT))
    waiting = Delivery.objects.filter(
        channel=channel, state=DeliveryState.QUEUED, notice__urgent=True, notice__settled_at__isnull=True,
        notice__created_at__lt=now - URGENT_WAITS, notice__recipient__isnull=False,
    ).exclude(Exists(called_or_told))  # fmt: skip
    for delivery in waiting.select_related("notice__recipient").order_by("notice__head_id", "id")[:50]:
        head = case_lock(delivery.notice.head_id) if delivery.notice.head_id else None
        _to_call_sheet(delivery, head, f"{Channel(channel).label}暂时送不出", now)


def _to_call_sheet(delivery: Delivery, head: CaseHead | None, why: str, now: datetime) -> None:
    """Put the notice on the call sheet and say so in the record. What a robot could not say nobody is called for."""
    notice = delivery.notice
    if delivery.channel not in ROBOTS:
        number = getattr(notice.recipient, "mobile", "")
        defaults = {"next_try_at": now, "address": number}
        Delivery.objects.get_or_create(notice=notice, channel=Channel.PHONE, defaults=defaults)
    if head is not None:
        what = "" if delivery.channel in ROBOTS else "，转电话叫应"
        text = f"{why}{what}：{notice.recipient_label}，{notice.title}"
        record_append(head, Line("notice.given_up", text, clause=notice.clause, subject=("notice", notice.pk)), now=now)
