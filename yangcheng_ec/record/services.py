"""Appending to the record. Nothing else writes to it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from yangcheng_ec.actors import SYSTEM, Actor
from yangcheng_ec.bulk import bulk_insert, bulk_update
from yangcheng_ec.clock import database_now
from yangcheng_ec.record.hashing import entry_hash
from yangcheng_ec.record.models import CaseHead, RecordEntry

__all__ = ["Line", "case_lock", "head_create", "head_named", "record_append", "record_append_many"]


@dataclass(frozen=True)
class Line:
    """What one entry will say. ``subject`` is (type, id); ``done_at`` None means now."""

    kind: str
    text: str
    actor: Actor = SYSTEM
    clause: str = ""
    subject: tuple[str, int | None] = ("", None)
    data: dict[str, Any] = field(default_factory=dict)
    done_at: datetime | None = None
    late_entry: bool = False


def head_create(*, kind: str, key: str, now: datetime | None = None) -> CaseHead:
    """Create the chain of a new case."""
    return CaseHead.objects.create(kind=kind, key=key, created_at=now or database_now())


def head_named(key: str, *, kind: str = "system") -> CaseHead:
    """Return the locked head of a standing chain such as ``directory`` or ``system``, made on first use."""
    CaseHead.objects.get_or_create(key=key, defaults={"kind": kind, "created_at": database_now()})
    return CaseHead.objects.select_for_update().get(key=key)


def case_lock(head_id: int) -> CaseHead:
    """Lock and return a case's head. The first statement of every transition; needs a transaction."""
    return CaseHead.objects.select_for_update().get(pk=head_id)


def record_append(head: CaseHead, line: Line, *, now: datetime | None = None) -> RecordEntry:
    """Append one line to a locked head and return the entry."""
    return record_append_many([(head, line)], now=now)[0]


@transaction.atomic(savepoint=False)  # only ever rolled back together with its caller
def record_append_many(
    lines: Sequence[tuple[CaseHead, Line]], *, now: datetime | None = None, ends: dict[int, CaseHead] | None = None
) -> list[RecordEntry]:
    """Append lines in order, each to its own head, with three statements however many there are.

    The caller has locked the heads (``case_lock``). Their ends are read again here all the same: the caller's
    object may be stale, after a second lock of the same case or a savepoint that was rolled back. ``ends``
    (id → head) spares that: only for heads locked and read by the same service in this very transaction.
    """
    if not lines:
        return []
    moment = now or database_now()
    if ends is None:
        ends = CaseHead.objects.order_by("pk").select_for_update().in_bulk({head.pk for head, _ in lines})
    entries = [_build(ends[head.pk], line, moment) for head, line in lines]
    bulk_insert(entries)
    bulk_update(list({head.pk: ends[head.pk] for head, _ in lines}.values()), ["seq", "hash"])
    for head, _ in lines:
        head.seq, head.hash = ends[head.pk].seq, ends[head.pk].hash
    return entries


def _plain(data: dict[str, Any]) -> dict[str, Any]:
    """Return the data as plain JSON, exactly as it will come back from the database.

    Figures with a point are kept as text: databases give 1e16 and -0.0 back in another form, and the hash would break.
    """
    result: dict[str, Any] = json.loads(json.dumps(data, cls=DjangoJSONEncoder), parse_float=str, parse_constant=str)
    return result


def _build(head: CaseHead, line: Line, now: datetime) -> RecordEntry:
    head.seq += 1
    entry = RecordEntry(
        head_id=head.pk,
        seq=head.seq,
        kind=line.kind,
        done_at=line.done_at or now,
        recorded_at=now,
        late_entry=line.late_entry,
        actor_id=line.actor.user_id,
        actor_name=line.actor.name,
        actor_post=line.actor.post,
        clause=line.clause,
        subject_type=line.subject[0],
        subject_id=line.subject[1],
        text=line.text,
        data=_plain(line.data),
        prev_hash=head.hash,
    )
    entry.hash = entry_hash(entry, head.key)
    head.hash = entry.hash
    return entry
