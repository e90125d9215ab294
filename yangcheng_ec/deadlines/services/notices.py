"""The outbox: one path for reminders, escalations, warnings, tasks and approvals."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from yangcheng_ec.actors import Actor
from yangcheng_ec.bulk import rows_insert, rows_insert_new
from yangcheng_ec.clock import database_now
from yangcheng_ec.deadlines.channels import DRILL, Way, robots_told, switched_off, ways_of
from yangcheng_ec.deadlines.choices import BY_HAND, BY_MACHINE, Channel, DeliveryState
from yangcheng_ec.deadlines.models import Delivery, Notice, Step
from yangcheng_ec.deadlines.quiet import quiet_until
from yangcheng_ec.deadlines.registry import Recipient, confinements, settled
from yangcheng_ec.errors import NotVisible
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line, case_lock, record_append

__all__ = [
    "Message", "deliveries_add", "insert_notices", "notice_open", "notice_queue", "notices_settle",
    "notices_settle_own",
]  # fmt: skip

DEDUPE_LIMIT = 160
Row = tuple[CaseHead | None, Step | None, "Message", Recipient]


@dataclass(frozen=True)
class Message:
    """What is told. ``dedupe`` names the cause (unique with the recipient); ``call`` puts it on the call sheet too.

    ``confirm``: a call-out asks somebody to confirm it and chooses the channels itself, wave after wave; ``level`` is
    the ordinal of the level it is about, 1 the gravest, 0 none.
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


def notice_queue(*, head: CaseHead | None, message: Message, recipients: Iterable[Recipient]) -> list[int]:
    """Queue a message to recipients, each once, in the caller's transaction; return the ids of the new notices."""
    return insert_notices([(head, None, message, recipient) for recipient in recipients])


@transaction.atomic(savepoint=False)  # only ever rolled back together with its caller
def insert_notices(rows: Sequence[Row], now: datetime | None = None) -> list[int]:
    """Insert notices and their deliveries set-wise, leaving out those already there; return their ids.

    The database decides which are new, so that two transactions with the same cause never collide.
    """
    rows = _confined(rows)
    if not rows:
        return []
    moment = now or database_now()
    fresh = {}
    for head, step, message, recipient in [*rows, *_spoken(rows)]:
        notice = _row(head, step, message, recipient, moment)
        fresh[notice["dedupe_key"]] = (notice, message, recipient)
    ids = rows_insert_new(Notice, [notice for notice, _, _ in fresh.values()], key="key")
    made = [(ids[notice["key"]], message, to) for notice, message, to in fresh.values() if notice["key"] in ids]
    rows_insert(Delivery, _first_deliveries(made, moment))
    return sorted(ids.values())


def _confined(rows: Sequence[Row]) -> Sequence[Row]:
    """Leave out who may not be told of a confined drill; a real case costs nothing."""
    drills = {head.pk for head, _, message, _ in rows if message.drill and head is not None}
    told = confinements(drills) if drills else {}
    if not told:
        return rows
    return [row for row in rows if row[0] is None or row[0].pk not in told or told[row[0].pk](row[3])]


def _spoken(rows: Sequence[Row]) -> list[Row]:
    """Return the rows of the robots: one for each message, however many people of a robot's unit are told."""
    told: dict[str, list[Row]] = {}
    for row in rows:
        message = row[2]
        cause = _words_key(message) if message.confirm else message.dedupe
        told.setdefault(cause, []).append(row)
    found: list[Row] = []
    for cause, group in told.items():
        head, step, message, _ = group[0]
        spoken = replace(message, dedupe=cause, call=False, confirm=False)
        found += [(head, step, spoken, one) for one in robots_told([row[3] for row in group], urgent=message.urgent)]
    return found


def _words_key(message: Message) -> str:
    """Return a cause by its words: each call-out has one of its own, and a group need not hear it from each."""
    words = "|".join((message.kind, *map(str, message.subject), message.title, message.body))
    return hashlib.sha256(words.encode()).hexdigest()


def _first_deliveries(made: Sequence[tuple[int, Message, Recipient]], now: datetime) -> list[dict[str, Any]]:
    """Return what leaves at once: every machine's way, those of channels switched off too (they wait), and calls.

    A call-out chooses its ways itself; a drill that is confined to the inboxes has none.
    """
    if not made:
        return []
    confined = any(message.drill for _, message, _ in made) and DRILL in switched_off()
    people: dict[str, dict[str, Recipient]] = {}
    for _, message, to in made:
        people.setdefault(message.kind, {})[to.key] = to
    ways = {kind: ways_of(kind, list(rows.values()), off_too=True) for kind, rows in people.items()}
    found = []
    for pk, message, to in made:
        if not (confined and message.drill):
            found += [_delivery(pk, way, message, now) for way in _first_ways(message, to, ways[message.kind][to.key])]
    return found


def _first_ways(message: Message, to: Recipient, ways: Sequence[Way]) -> list[Way]:
    machine = [way for way in ways if way.channel in BY_MACHINE]
    if to.robot:
        return machine
    unwritable = bool(to.email) and not any(way.channel == Channel.EMAIL for way in machine)
    called = message.call or to.user_id is None or unwritable
    by_hand = [way for way in ways if way.channel in BY_HAND] if called else []
    return by_hand if message.confirm else [*machine, *by_hand]


def _dedupe_key(message: Message, recipient: Recipient) -> str:
    """Return «cause|recipient»; a long one becomes its hash, since a cut would merge recipients."""
    key = f"{message.dedupe}|{recipient.key}"
    return key if len(key) <= DEDUPE_LIMIT else hashlib.sha256(key.encode()).hexdigest()


def _row(
    head: CaseHead | None, step: Step | None, message: Message, recipient: Recipient, now: datetime
) -> dict[str, Any]:
    """Return a notice as its row: a sweep makes thousands at once and looks at none of them again."""
    prefix = "【演练】" if message.drill else ""
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
        "title": (prefix + message.title)[:300],
        "body": message.body,
        "script": prefix + (message.script or message.title),
        "url": message.url,
        "clause": message.clause,
        "urgent": message.urgent,
        "drill": message.drill,
        "created_at": now,
        "opened_at": None,
        "settled_at": None,
    }


def _delivery(notice_id: int, way: Way, message: Message | None, now: datetime) -> dict[str, Any]:
    """Return a delivery as its row; what is not urgent waits for the end of the quiet hours."""
    machine = way.channel in BY_MACHINE
    later = quiet_until(now) if machine and message is not None and not message.urgent else None
    return {
        "notice_id": notice_id,
        "channel": str(way.channel),
        "address": way.address,
        "state": DeliveryState.QUEUED.value,
        "attempts": 0,
        "next_try_at": later or now,
        "lease": None,
        "leased_until": None,
        "begun_at": None,
        "in_doubt": False,
        "reference": "",
        "sent_at": None,
        "error": "",
    }


@transaction.atomic(savepoint=False)  # only ever rolled back together with its caller
def deliveries_add(rows: Sequence[tuple[int, Way]], now: datetime) -> int:
    """Add deliveries to notices that exist (a later wave of a call-out); return how many are new.

    One that is there already changes nothing. In the caller's transaction, the head locked.
    """
    if not rows:
        return 0
    there = set(Delivery.objects.filter(notice__in={pk for pk, _ in rows}).values_list("notice_id", "channel"))
    fresh = {(pk, str(way.channel)): way for pk, way in rows if (pk, str(way.channel)) not in there}
    made = [Delivery(**_delivery(pk, way, None, now)) for (pk, _), way in fresh.items()]
    Delivery.objects.bulk_create(made, ignore_conflicts=True)
    return len(made)


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
