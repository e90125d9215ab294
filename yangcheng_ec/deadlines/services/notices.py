"""The outbox: one path for reminders, escalations, warnings, tasks and approvals."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from yangcheng_ec.actors import Actor
from yangcheng_ec.bulk import bulk_insert, bulk_insert_new
from yangcheng_ec.clock import database_now
from yangcheng_ec.deadlines.choices import Channel, DeliveryState
from yangcheng_ec.deadlines.models import Delivery, Notice, Step
from yangcheng_ec.deadlines.registry import Recipient
from yangcheng_ec.errors import NotVisible
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line, case_lock, record_append

__all__ = ["Message", "insert_notices", "notice_open", "notice_queue", "notices_settle"]

DEDUPE_LIMIT = 160
# A mail address longer than the column holds cannot be written to: the notice is telephoned instead.
ADDRESS_LIMIT = 200


@dataclass(frozen=True)
class Message:
    """What is told. ``dedupe`` names the cause (unique with the recipient); ``call`` puts it on the call sheet too."""

    kind: str
    title: str
    dedupe: str
    body: str = ""
    script: str = ""
    url: str = ""
    clause: str = ""
    urgent: bool = False
    call: bool = False
    drill: bool = False
    subject: tuple[str, int | None] = ("", None)


def notice_queue(*, head: CaseHead | None, message: Message, recipients: Iterable[Recipient]) -> list[Notice]:
    """Queue a message to recipients, each once, in the caller's transaction; return the new notices."""
    return insert_notices([(head, None, message, recipient) for recipient in recipients])


@transaction.atomic(savepoint=False)  # only ever rolled back together with its caller
def insert_notices(
    rows: Sequence[tuple[CaseHead | None, Step | None, Message, Recipient]], now: datetime | None = None
) -> list[Notice]:
    """Insert notices and their deliveries with three statements, leaving out those already there.

    The database decides which are new, so that two transactions with the same cause never collide.
    """
    moment = now or database_now()
    fresh = {notice.dedupe_key: (notice, message, recipient) for notice, message, recipient in _built(rows, moment)}
    if not fresh:
        return []
    inserted = {notice.key for notice in bulk_insert_new([notice for notice, _, _ in fresh.values()], key="key")}
    new = [triple for triple in fresh.values() if triple[0].key in inserted]
    bulk_insert([delivery for triple in new for delivery in _deliveries(*triple, moment)])
    return [notice for notice, _, _ in new]


def _dedupe_key(message: Message, recipient: Recipient) -> str:
    """Return «cause|recipient»; a long one becomes its hash, since a cut would merge recipients."""
    key = f"{message.dedupe}|{recipient.key}"
    return key if len(key) <= DEDUPE_LIMIT else hashlib.sha256(key.encode()).hexdigest()


def _built(
    rows: Sequence[tuple[CaseHead | None, Step | None, Message, Recipient]], now: datetime
) -> Iterable[tuple[Notice, Message, Recipient]]:
    for head, step, message, recipient in rows:
        prefix = "【演练】" if message.drill else ""
        notice = Notice(
            dedupe_key=_dedupe_key(message, recipient),
            kind=message.kind,
            head_id=head.pk if head else None,
            step_id=step.pk if step else None,
            recipient_id=recipient.user_id,
            recipient_label=recipient.label[:200],
            unit_code=recipient.unit_code,
            subject_type=message.subject[0],
            subject_id=message.subject[1],
            title=(prefix + message.title)[:300],
            body=message.body,
            script=prefix + (message.script or message.title),
            url=message.url,
            clause=message.clause,
            urgent=message.urgent,
            drill=message.drill,
            created_at=now,
        )
        yield notice, message, recipient


def _deliveries(notice: Notice, message: Message, recipient: Recipient, now: datetime) -> list[Delivery]:
    found = []
    reachable = 0 < len(recipient.email) <= ADDRESS_LIMIT
    if reachable:
        found.append(Delivery(notice_id=notice.pk, channel=Channel.EMAIL, address=recipient.email, next_try_at=now))
    if message.call or recipient.user_id is None or (recipient.email and not reachable):
        found.append(Delivery(notice_id=notice.pk, channel=Channel.PHONE, address=recipient.phone, next_try_at=now))
    return found


@transaction.atomic
def notices_settle(*, subject: tuple[str, int], kinds: Sequence[str] = (), unit_code: str = "") -> int:
    """Settle the notices of a cause that is over: nobody is called or alarmed for it any more; return how many.

    ``kinds`` narrows it to what was asked for (empty: everything), ``unit_code`` to one unit that has answered.
    Letters not yet sent are still sent: they tell what happened. In the caller's transaction, the head locked.
    """
    wanted = Notice.objects.filter(subject_type=subject[0], subject_id=subject[1], settled_at__isnull=True)
    if kinds:
        wanted = wanted.filter(kind__in=list(kinds))
    if unit_code:
        wanted = wanted.filter(unit_code=unit_code)
    ids = list(wanted.values_list("pk", flat=True))
    if ids:
        Notice.objects.filter(pk__in=ids).update(settled_at=database_now())
        calls = Delivery.objects.filter(notice__in=ids, channel=Channel.PHONE, state=DeliveryState.QUEUED)
        calls.update(state=DeliveryState.SETTLED)
    return len(ids)


@transaction.atomic
def notice_open(*, notice_id: int, user: Any, actor: Actor) -> Notice:
    """Note when a recipient first opened a notice; that enters the record. Only their own (404 otherwise)."""
    notice = Notice.objects.filter(Q(recipient=user), pk=notice_id).first()
    if notice is None:
        raise NotVisible()
    if notice.opened_at is not None:
        return notice
    head = case_lock(notice.head_id) if notice.head_id else None
    now = database_now()
    if not Notice.objects.filter(pk=notice.pk, opened_at__isnull=True).update(opened_at=now):
        return Notice.objects.get(pk=notice.pk)
    notice.opened_at = now
    if head is not None:
        text = f"{notice.recipient_label}打开通知：{notice.title}"
        line = Line("notice.opened", text, actor=actor, clause=notice.clause, subject=("notice", notice.pk))
        record_append(head, line, now=now)
    return notice
