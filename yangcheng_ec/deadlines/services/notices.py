"""The outbox: one path for reminders, escalations, warnings, tasks and approvals."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from yangcheng_ec.actors import Actor
from yangcheng_ec.bulk import rows_insert, rows_insert_missing, rows_insert_new
from yangcheng_ec.clock import database_now
from yangcheng_ec.deadlines.channels.texts import drilled
from yangcheng_ec.deadlines.channels.ways import Book, Way, book
from yangcheng_ec.deadlines.choices import BY_HAND, BY_MACHINE, Channel, DeliveryState
from yangcheng_ec.deadlines.models import Delivery, Notice, Step
from yangcheng_ec.deadlines.registry import Recipient, confinements, settled
from yangcheng_ec.errors import NotVisible
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line, case_lock, record_append

__all__ = [
    "Message", "deliveries_add", "insert_notices", "notice_open", "notice_queue", "notices_settle",
    "notices_settle_own",
]  # fmt: skip

DEDUPE_LIMIT = 160


@dataclass(frozen=True)
class Message:
    """What is told. ``dedupe`` names the cause (unique with the recipient); ``call`` puts it on the call sheet too.

    ``urgent`` goes out by every machine at once and knows no quiet hours; the rest by the first that leads there.
    ``confirm`` asks for a confirmation (叫应): it goes by the first way at once, by the others when the call-out says
    so (``deliveries_add``); ``chosen``: the call-out adds the first way, too, by its policy. ``level`` is how grave it
    is, 1 the gravest, 0 without one.
    """

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
    confirm: bool = False
    level: int = 0
    chosen: bool = False


def notice_queue(*, head: CaseHead | None, message: Message, recipients: Iterable[Recipient]) -> list[int]:
    """Queue a message to recipients, each once, in the caller's transaction; return the ids of the new notices."""
    return insert_notices([(head, None, message, recipient) for recipient in recipients])


@transaction.atomic(savepoint=False)  # only ever rolled back together with its caller
def insert_notices(
    rows: Sequence[tuple[CaseHead | None, Step | None, Message, Recipient]], now: datetime | None = None
) -> list[int]:
    """Insert notices and their deliveries with three statements, leaving out those already there; return their ids.

    The rules about channels cost two more, every few seconds. The database decides which notices are new, so that
    two transactions with the same cause never collide.
    """
    rows = _confined(rows)
    if not rows:
        return []
    moment = now or database_now()
    fresh = {}
    for head, step, message, recipient in rows:
        notice = _row(head, step, message, recipient, moment)
        fresh[notice["dedupe_key"]] = (notice, message, recipient)
    ids = rows_insert_new(Notice, [notice for notice, _, _ in fresh.values()], key="key")
    rules = book()
    deliveries = []
    for notice, message, recipient in fresh.values():
        pk = ids.get(notice["key"])
        if pk is not None:
            deliveries += _deliveries(pk, message, recipient, rules, moment)
    rows_insert(Delivery, deliveries)
    return sorted(ids.values())


def _confined(
    rows: Sequence[tuple[CaseHead | None, Step | None, Message, Recipient]],
) -> Sequence[tuple[CaseHead | None, Step | None, Message, Recipient]]:
    """Leave out who may not be told of a confined drill; a real case costs nothing."""
    drills = {head.pk for head, _, message, _ in rows if message.drill and head is not None}
    told = confinements(drills) if drills else {}
    if not told:
        return rows
    return [row for row in rows if row[0] is None or row[0].pk not in told or told[row[0].pk](row[3])]


def _dedupe_key(message: Message, recipient: Recipient) -> str:
    """Return «cause|recipient»; a long one becomes its hash, since a cut would merge recipients."""
    key = f"{message.dedupe}|{recipient.key}"
    return key if len(key) <= DEDUPE_LIMIT else hashlib.sha256(key.encode()).hexdigest()


def _row(
    head: CaseHead | None, step: Step | None, message: Message, recipient: Recipient, now: datetime
) -> dict[str, Any]:
    """Return a notice as its row: a sweep makes thousands at once and looks at none of them again."""
    return {
        "key": str(uuid.uuid4()),
        "dedupe_key": _dedupe_key(message, recipient),
        "kind": message.kind,
        "head_id": head.pk if head else None,
        "step_id": step.pk if step else None,
        "recipient_id": recipient.user_id,
        "recipient_label": recipient.label[:200],
        "unit_code": recipient.unit_code,
        "subject_type": message.subject[0],
        "subject_id": message.subject[1],
        "title": drilled(message.title, message.drill)[:300],
        "body": message.body,
        "script": drilled(message.script or message.title, message.drill),
        "url": message.url,
        "clause": message.clause,
        "urgent": message.urgent,
        "drill": message.drill,
        "confirm": message.confirm,
        "level": message.level,
        "created_at": now,
        "opened_at": None,
        "settled_at": None,
    }


def _deliveries(
    notice_id: int, message: Message, recipient: Recipient, rules: Book, now: datetime
) -> list[dict[str, Any]]:
    """Return the first deliveries of a notice: none for a drill that stays in the inboxes."""
    if message.drill and not rules.drills_leave:
        return []
    ways = _first_ways(message, recipient, rules.ways(message.kind, recipient))
    calm = ways and not (message.urgent or message.confirm)
    later = (rules.quiet_until(message.kind, recipient, now) or now) if calm else now
    return [_delivery(notice_id, way, now if way.channel in BY_HAND else later) for way in ways]


def _first_ways(message: Message, recipient: Recipient, ways: Sequence[Way]) -> list[Way]:
    """Return the ways a message goes at once (see Message); the phone also where nothing else leads to a unit."""
    machines = [way for way in ways if way.channel in BY_MACHINE]
    at_once = machines if message.urgent else machines[:1]
    first = [] if message.chosen else ways[:1] if message.confirm else at_once
    unusable = bool(recipient.email) and not machines
    if message.call or recipient.user_id is None or unusable:
        return [*first, *(way for way in ways if way.channel == Channel.PHONE and way not in first)]
    return list(first)


def _delivery(notice_id: int, way: Way, at: datetime) -> dict[str, Any]:
    return {
        "notice_id": notice_id,
        "channel": way.channel.value,
        "address": way.address,
        "state": DeliveryState.QUEUED.value,
        "attempts": 0,
        "next_try_at": at,
        "leased_until": None,
        "begun_at": None,
        "in_doubt": False,
        "sent_at": None,
        "error": "",
    }


@transaction.atomic(savepoint=False)  # only ever rolled back together with its caller
def deliveries_add(rows: Sequence[tuple[int, Way]], now: datetime) -> int:
    """Add deliveries to notices that exist (a later wave of a call-out); one that exists is left as it is.

    Returns how many are new. Settled notices get none, nor do drills that stay in the inboxes. Two statements and,
    where the database is SQLite, one more; any number may ask for the same at once.
    """
    if not rows:
        return 0
    ids = {notice_id for notice_id, _ in rows}
    open_ones = Notice.objects.filter(pk__in=ids, settled_at__isnull=True)
    if not book().drills_leave:
        open_ones = open_ones.filter(drill=False)
    wanted = set(open_ones.values_list("pk", flat=True))
    return rows_insert_missing(Delivery, [_delivery(pk, way, now) for pk, way in rows if pk in wanted])


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
    return _settle(wanted)


@transaction.atomic
def notices_settle_own(*, step_id: int, user: Any) -> int:
    """Settle what one person was told by a rung that this person has acknowledged; return how many.

    Others whom the rung told are still called.
    """
    return _settle(Notice.objects.filter(step=step_id, recipient=user, settled_at__isnull=True))


def _settle(wanted: QuerySet[Notice]) -> int:
    ids = list(wanted.values_list("pk", flat=True))
    if ids:
        now = database_now()
        Notice.objects.filter(pk__in=ids).update(settled_at=now)
        settled(ids, now)
        calls = Delivery.objects.filter(notice__in=ids, channel__in=BY_HAND, state=DeliveryState.QUEUED)
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
