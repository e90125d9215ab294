"""Starting call-outs: the first wave goes out, and the next step is written, in the caller's transaction."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from yangcheng_ec.bulk import rows_insert, rows_insert_new
from yangcheng_ec.callout.choices import CalloutState, CalloutStepState
from yangcheng_ec.callout.models import Callout, CalloutCause, CalloutStep
from yangcheng_ec.callout.registry import Target, line_of, policy_of, reached
from yangcheng_ec.callout.services.telling import Wave, told_tell
from yangcheng_ec.clock import database_now
from yangcheng_ec.deadlines.registry import Recipient
from yangcheng_ec.deadlines.services import Message
from yangcheng_ec.record.models import CaseHead

__all__ = ["callouts_start", "callouts_start_each", "steps_insert"]

Ask = tuple[Message, Sequence[Target]]
TITLE_LIMIT = 300


def callouts_start(
    *,
    head: CaseHead,
    message: Message,
    targets: Sequence[Target],
    plan_version_id: int = 0,
    wants_measures: bool = True,
    at: datetime | None = None,
) -> list[int]:
    """Call out targets for one cause (叫应): tell the first in each line now, and write when the next step is due.

    The head is locked; the caller's record line says what happened. A target already called out for this cause
    (``message.dedupe``) is left as it is. ``at`` is the moment of the act that causes it, where that has one; nobody
    can confirm before. Returns the ids of the new call-outs.
    """
    return callouts_start_each(
        head=head, asks=[(message, targets)], plan_version_id=plan_version_id, wants_measures=wants_measures, at=at
    )


@transaction.atomic(savepoint=False)  # only ever rolled back together with its caller
def callouts_start_each(
    *,
    head: CaseHead,
    asks: Sequence[Ask],
    plan_version_id: int = 0,
    wants_measures: bool = True,
    at: datetime | None = None,
) -> list[int]:
    """Call out for several messages at once, each with a ``dedupe`` of its own; as ``callouts_start``.

    A dozen statements however many targets there are.
    """
    now = at or database_now()
    causes = _causes(head, asks, plan_version_id, wants_measures, now)
    wanted = [(causes[message.dedupe], target) for message, targets in asks for target in targets]
    groups = line_of(list({target.key: target for _, target in wanted}.values()), plan_version_id)
    firsts = {key: line[0] if line else [] for key, line in groups.items()}
    made = _insert(wanted, firsts, now)
    if not made:
        return []
    policies = {level: policy_of(plan_version_id, level) for level in {cause.level for cause in causes.values()}}
    told_tell([Wave(row, row.cause, firsts[row.target_key], policies[row.cause.level]) for row in made], now)
    steps_insert([(row, 1, now + timedelta(minutes=policies[row.cause.level].minutes)) for row in made])
    reached([row for row in made if row.sent_at is not None])
    return [row.pk for row in made]


def _causes(
    head: CaseHead, asks: Sequence[Ask], plan_version_id: int, wants_measures: bool, now: datetime
) -> dict[str, CalloutCause]:
    """Return the causes by their name, the new ones inserted: the head's lock keeps others out."""
    names = [message.dedupe for message, _ in asks]
    found = CalloutCause.objects.in_bulk(names, field_name="dedupe")
    fresh = {
        message.dedupe: _cause(head, message, plan_version_id, wants_measures, now)
        for message, _ in asks
        if message.dedupe not in found
    }
    CalloutCause.objects.bulk_create(list(fresh.values()))
    causes = {**found, **fresh}
    for cause in causes.values():
        cause.head = head
    return causes


def _cause(head: CaseHead, message: Message, plan_version_id: int, wants_measures: bool, now: datetime) -> CalloutCause:
    return CalloutCause(
        head=head,
        dedupe=message.dedupe,
        kind=message.kind,
        subject_type=message.subject[0],
        subject_id=message.subject[1] or 0,
        title=message.title[:TITLE_LIMIT],
        body=message.body,
        script=message.script,
        url=message.url,
        clause=message.clause,
        urgent=message.urgent,
        call=message.call,
        drill=message.drill,
        level=message.level,
        plan_version_id=plan_version_id,
        wants_measures=wants_measures,
        created_at=now,
    )


def _insert(
    wanted: Sequence[tuple[CalloutCause, Target]], firsts: dict[str, list[Recipient]], now: datetime
) -> list[Callout]:
    """Insert the call-outs that are not there yet. The inbox counts as a channel: it has the notice at once."""
    rows = [_row(cause, target, firsts[target.key], now) for cause, target in wanted]
    ids = rows_insert_new(Callout, rows, key="key")
    causes = {cause.pk: cause for cause, _ in wanted}
    made = []
    for row in rows:
        pk = ids.get(row["key"])
        if pk is not None:
            made.append(Callout(pk=pk, cause=causes[row["cause_id"]], **_without(row, "cause_id")))
    return made


def _without(row: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != name}


def _row(cause: CalloutCause, target: Target, first: Sequence[Recipient], now: datetime) -> dict[str, Any]:
    return {
        "key": str(uuid.uuid4()),
        "cause_id": cause.pk,
        "target_key": target.key,
        "label": target.label[:200],
        "unit_code": target.unit_code,
        "user_id": target.user_id,
        "state": CalloutState.OPEN.value,
        "sent_at": now if any(person.user_id for person in first) else None,
        "delivered_at": None,
        "confirmed_at": None,
        "confirmed_by": "",
        "confirmed_how": "",
        "leader_at": None,
        "leader_name": "",
        "measures_at": None,
        "ended_at": None,
        "ended_by": "",
        "reason": "",
        "created_at": now,
    }


def steps_insert(steps: Sequence[tuple[Callout, int, datetime]]) -> None:
    """Write the next step of call-outs: (call-out, sequence, when it fires)."""
    rows_insert(
        CalloutStep,
        [
            {
                "callout_id": callout.pk,
                "sequence": sequence,
                "fire_at": fire_at,
                "state": CalloutStepState.PENDING.value,
                "kind": "",
                "told": [],
                "fired_at": None,
            }
            for callout, sequence, fire_at in steps
        ],
    )
