"""Taking deliveries off the queue and marking what became of them: compare-and-set, safe against any kill.

A delivery is leased (``leased_until``), then begun (``attempts`` goes up, ``begun_at`` stands), then marked. Whoever
began it last owns it: each mark asks for the number of attempts it began with, so that a process that was held up
past its lease can neither undo nor double what another one has done since.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Case, F, Q, QuerySet, Value, When

from yangcheng_ec.clock import database_now
from yangcheng_ec.deadlines.choices import BY_MACHINE, Channel, DeliveryState
from yangcheng_ec.deadlines.models import Delivery
from yangcheng_ec.record.services import Line, case_lock, record_append

__all__ = [
    "LEASE", "MAX_ATTEMPTS", "begin", "due", "give_up", "lease", "mark_sent", "put_off", "release",
    "retry", "take_back",
]  # fmt: skip

LEASE = timedelta(seconds=60)
# So many attempts, and as many again each time somebody has a dead letter sent again: the count never goes back.
MAX_ATTEMPTS = 6
RETRY_SECONDS, RETRY_LONGEST = 10.0, 600.0


def due(channel: str, now: datetime) -> QuerySet[Delivery]:
    """Return what of a channel waits to be sent now and is not in other hands."""
    free = Q(leased_until__isnull=True) | Q(leased_until__lt=now)
    return Delivery.objects.filter(free, channel=channel, state=DeliveryState.QUEUED, next_try_at__lte=now)


def lease(channel: str, limit: int) -> list[Delivery]:
    """Take up to ``limit`` due deliveries for ``LEASE``, the longest due first; what others hold is passed over.

    A send that was begun and never marked is in doubt from here on; the last one it had is given up instead.
    """
    kept = []
    for row, killed in _take(channel, limit):
        if killed and row.attempts % MAX_ATTEMPTS == 0:  # else what kills its worker would kill for ever
            give_up(row, row.error or "发送中断，结果不明")
        else:
            kept.append(row)
    return kept


@transaction.atomic
def _take(channel: str, limit: int) -> list[tuple[Delivery, bool]]:
    """Lease rows and return each with whether a send of it was killed."""
    now = database_now()
    locked = due(channel, now).select_for_update(skip_locked=True, of=("self",))
    rows = list(locked.order_by("next_try_at", "id").select_related("notice__recipient")[:limit])
    if not rows:
        return []
    until = now + LEASE
    begun = When(begun_at__isnull=False, then=Value(True))
    Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(
        leased_until=until, in_doubt=Case(begun, default=F("in_doubt")), begun_at=None
    )
    found = [(row, row.begun_at is not None) for row in rows]
    for row, killed in found:
        row.in_doubt, row.begun_at, row.leased_until = row.in_doubt or killed, None, until
    return found


def begin(rows: Sequence[Delivery]) -> list[Delivery]:
    """Note that sending begins; return those still ours to send: neither lost, sent nor settled meanwhile."""
    now = database_now()
    return [row for group in _alike(rows) for row in _begin(group, now)]


def _alike(rows: Sequence[Delivery]) -> list[list[Delivery]]:
    """Return the rows by how often they were tried: one statement each."""
    groups: dict[int, list[Delivery]] = {}
    for row in rows:
        groups.setdefault(row.attempts, []).append(row)
    return list(groups.values())


def _begin(rows: Sequence[Delivery], now: datetime) -> Sequence[Delivery]:
    ids, attempts, until = [row.pk for row in rows], rows[0].attempts, rows[0].leased_until
    queued = Delivery.objects.filter(pk__in=ids, state=DeliveryState.QUEUED, leased_until=until)
    begun = queued.filter(attempts=attempts).update(begun_at=now, attempts=attempts + 1)
    if begun < len(rows):
        held = set(queued.filter(attempts=attempts + 1, begun_at=now).values_list("pk", flat=True)) if begun else set()
        rows = [row for row in rows if row.pk in held]
    for row in rows:
        row.begun_at, row.attempts = now, attempts + 1
    return rows


def _begun(rows: Sequence[Delivery]) -> QuerySet[Delivery]:
    """Return the rows that nobody has begun again since we did."""
    ours = Q()
    for group in _alike(rows):
        ours |= Q(attempts=group[0].attempts, pk__in=[row.pk for row in group])
    return Delivery.objects.filter(ours, state=DeliveryState.QUEUED)


def mark_sent(rows: Sequence[Delivery], *, keyed: bool) -> int:
    """Mark as sent; return how many.

    ``keyed``: the receiver drops what it has had under the same key, so the doubt of an earlier attempt is over.
    """
    facts = {"in_doubt": False} if keyed else {}
    return _begun(rows).update(
        state=DeliveryState.SENT, sent_at=database_now(), leased_until=None, begun_at=None, error="", **facts
    )


def take_back(rows: Sequence[Delivery]) -> None:
    """Undo the beginning of a send in which nothing was handed over: no attempt is lost."""
    _begun(rows).update(leased_until=None, begun_at=None, attempts=F("attempts") - 1)


def release(rows: Sequence[Delivery]) -> None:
    """Give back what there was no time for, before the lease ends and somebody else takes it."""
    _unbegun(rows).update(leased_until=None)


def put_off(rows: Sequence[Delivery], until: datetime) -> None:
    """Give back what may not go out before a moment."""
    _unbegun(rows).update(leased_until=None, next_try_at=until)


def _unbegun(rows: Sequence[Delivery]) -> QuerySet[Delivery]:
    """Return the rows of one batch that are still leased to us and not begun."""
    untils = {row.leased_until for row in rows}
    return Delivery.objects.filter(pk__in=[row.pk for row in rows], leased_until__in=untils, begun_at__isnull=True)


def retry(rows: Sequence[Delivery], words: str, *, in_doubt: bool = False) -> None:
    """Try again after 10 s, 20 s, 40 s… with jitter; after the last attempt it is given up."""
    for row in rows:
        if row.attempts % MAX_ATTEMPTS == 0 and row.attempts:
            give_up(row, words, in_doubt=in_doubt)
            continue
        wait = min(RETRY_LONGEST, RETRY_SECONDS * 2 ** ((row.attempts - 1) % MAX_ATTEMPTS)) * random.uniform(0.8, 1.2)  # noqa: S311
        doubt = {"in_doubt": True} if in_doubt else {}
        _begun([row]).update(
            leased_until=None,
            begun_at=None,
            next_try_at=database_now() + timedelta(seconds=wait),
            error=words[:500],
            **doubt,
        )


def give_up(row: Delivery, words: str, *, in_doubt: bool = False) -> None:
    """Make it a dead letter; its notice goes on the call sheet where nothing else carries it, and into the record."""
    with transaction.atomic():
        head = case_lock(row.notice.head_id) if row.notice.head_id else None
        doubt = {"in_doubt": True} if in_doubt else {}
        state = DeliveryState.GIVEN_UP
        if not _begun([row]).update(state=state, leased_until=None, begun_at=None, error=words[:500], **doubt):
            return
        called = _to_call_sheet(row)
        if head is not None:
            text = f"{Channel(row.channel).label}未能送出（试过{row.attempts}次）"
            text += "，转电话叫应" if called else "，该通知另有渠道"
            line = Line(
                "notice.given_up",
                f"{text}：{row.notice.recipient_label}，{row.notice.title}",
                clause=row.notice.clause,
                subject=("notice", row.notice_id),
            )
            record_append(head, line)


def _to_call_sheet(row: Delivery) -> bool:
    """Put the notice on the call sheet unless another machine carries it or its cause is over; return whether."""
    others = row.notice.deliveries.exclude(pk=row.pk).exclude(state=DeliveryState.GIVEN_UP)
    if row.notice.settled_at is not None or others.filter(channel__in=[*BY_MACHINE, Channel.PHONE]).exists():
        return others.filter(channel=Channel.PHONE).exists()
    number = getattr(row.notice.recipient, "mobile", "")
    Delivery.objects.get_or_create(
        notice=row.notice, channel=Channel.PHONE, defaults={"next_try_at": database_now(), "address": number}
    )
    return True
