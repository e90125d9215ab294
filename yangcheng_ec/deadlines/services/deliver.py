"""Sending what is queued: small leased batches, then marked; retried with back-off, given up loudly."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import Q

from yangcheng_ec.clock import database_now
from yangcheng_ec.deadlines.channels import delivery_text, subject_line
from yangcheng_ec.deadlines.choices import Channel, DeliveryState
from yangcheng_ec.deadlines.models import Delivery
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line, case_lock, record_append

__all__ = ["MAX_ATTEMPTS", "deliver_all", "deliver_batch"]

logger = logging.getLogger(__name__)
LEASE = timedelta(seconds=60)
# A batch stops sending after half its lease.
SEND_SECONDS = 30.0
MAX_ATTEMPTS = 6


def deliver_all(*, budget_seconds: float = 10.0) -> int:
    """Send batch after batch until nothing is queued or the budget is used; return how many were tried."""
    total, until = 0, time.monotonic() + budget_seconds
    while True:
        tried = deliver_batch()
        total += tried
        if tried == 0 or time.monotonic() > until:
            return total


def deliver_batch(*, limit: int = 50) -> int:
    """Lease up to ``limit`` queued e-mails, send them, mark them; return how many were tried.

    A kill between sending and marking may send one again: the Message-ID carries the notice's key, so a
    receiver can tell. Nothing is lost.
    """
    leased = _lease(limit)
    if not leased:
        return 0
    connection = get_connection(timeout=settings.EMAIL_TIMEOUT)
    until = time.monotonic() + SEND_SECONDS
    try:
        for place, delivery in enumerate(leased):
            if time.monotonic() > until:
                _release(leased[place:])
                return place
            _send_one(delivery, connection)
    finally:
        connection.close()
    return len(leased)


def _release(deliveries: Sequence[Delivery]) -> None:
    """Give back what a slow server left no time for, before the lease ends and somebody else sends it too."""
    Delivery.objects.filter(pk__in=[delivery.pk for delivery in deliveries]).update(leased_until=None)


@transaction.atomic
def _lease(limit: int) -> list[Delivery]:
    now = database_now()
    due = (
        Delivery.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(channel=Channel.EMAIL, state=DeliveryState.QUEUED, next_try_at__lte=now)
        .filter(Q(leased_until__isnull=True) | Q(leased_until__lt=now))
        .order_by("next_try_at", "id")
        .select_related("notice")[:limit]
    )
    rows = list(due)
    Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(leased_until=now + LEASE)
    return rows


def _send_one(delivery: Delivery, connection: BaseEmailBackend) -> None:
    try:
        connection.open()  # once per batch: an open one is used again
        connection.send_messages([_email(delivery)])
    except Exception as error:  # any failure of a channel is retried and shown, never raised
        logger.warning("delivery %s failed: %s", delivery.pk, error)
        with suppress(Exception):
            connection.close()  # the next one opens a fresh connection
        _failed(delivery, error)
    else:
        now = database_now()
        Delivery.objects.filter(pk=delivery.pk).update(
            state=DeliveryState.SENT, sent_at=now, leased_until=None, attempts=delivery.attempts + 1, error=""
        )


def _email(delivery: Delivery) -> EmailMessage:
    headers = {"Message-ID": f"<{delivery.key}@yangcheng-ec>", "X-Notice-Key": str(delivery.notice.key)}
    title = subject_line(delivery.notice.title)
    return EmailMessage(title, delivery_text(delivery), to=[delivery.address], headers=headers)


def _failed(delivery: Delivery, error: Exception) -> None:
    """Retry after 10 s, 20 s, 40 s… with jitter; after the last attempt the notice goes to the call sheet."""
    now = database_now()
    attempts = delivery.attempts + 1
    given_up = attempts >= MAX_ATTEMPTS
    wait = min(600, 10 * 2 ** (attempts - 1)) * random.uniform(0.8, 1.2)  # noqa: S311
    with transaction.atomic():
        head = case_lock(delivery.notice.head_id) if given_up and delivery.notice.head_id else None
        Delivery.objects.filter(pk=delivery.pk).update(
            state=DeliveryState.GIVEN_UP if given_up else DeliveryState.QUEUED,
            attempts=attempts,
            leased_until=None,
            next_try_at=now + timedelta(seconds=wait),
            error=str(error)[:500],
        )
        if given_up:
            _to_call_sheet(delivery, head, now)


def _to_call_sheet(delivery: Delivery, head: CaseHead | None, now: datetime) -> None:
    """Put the notice on the call sheet and say so in the record."""
    notice = delivery.notice
    number = getattr(notice.recipient, "mobile", "")
    Delivery.objects.get_or_create(
        notice=notice, channel=Channel.PHONE, defaults={"next_try_at": now, "address": number}
    )
    if head is not None:
        text = f"邮件{MAX_ATTEMPTS}次未能送出，转电话叫应：{notice.recipient_label}，{notice.title}"
        record_append(head, Line("notice.given_up", text, clause=notice.clause, subject=("notice", notice.pk)), now=now)
