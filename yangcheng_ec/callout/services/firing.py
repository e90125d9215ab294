"""The ladder of call-outs, fired by the sweep: next channel → next person → call sheet, until a human has answered.

What a step does, and who the next person is, is decided when it fires: by the channels, roster and appointments of
that moment and by the policy in force then. The next step is written in the same transaction, so the ladder can
neither stop nor fork; the case's lock keeps every other sweep and every confirmation out.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from yangcheng_ec.bulk import bulk_update
from yangcheng_ec.callout.choices import CalloutState, CalloutStepKind, CalloutStepState
from yangcheng_ec.callout.models import Callout, CalloutCause, CalloutNotice, CalloutStep
from yangcheng_ec.callout.registry import Target, line_of, policy_of
from yangcheng_ec.callout.services.starting import steps_insert
from yangcheng_ec.callout.services.telling import Wave, told_tell
from yangcheng_ec.clock import database_now
from yangcheng_ec.deadlines.channels import Way, ways_of
from yangcheng_ec.deadlines.choices import Channel
from yangcheng_ec.deadlines.models import Delivery
from yangcheng_ec.deadlines.registry import Recipient
from yangcheng_ec.deadlines.services import deliveries_add
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line, record_append_many

__all__ = ["callouts_fire", "fire_batch"]

BATCH = 500
# A sweep has clocks to look after: it gives the call-outs at most so many seconds.
BUDGET_SECONDS = 3.0
# Who is on duty changes: a call-out that has told everybody looks again after so many minutes.
LOOK_AGAIN = timedelta(minutes=10)
NAMES_SHOWN = 30


def callouts_fire() -> int:
    """Fire every step that is due, batch after batch; return how many. Any number of sweeps may do so at once."""
    total, until = 0, time.monotonic() + BUDGET_SECONDS
    while True:
        fired = fire_batch()
        total += fired
        if fired == 0 or time.monotonic() > until:
            return total


@transaction.atomic
def fire_batch(*, limit: int = BATCH) -> int:
    """Fire up to ``limit`` due steps of the cases whose head can be locked; all or nothing. Return how many."""
    now = database_now()
    heads = _lock_heads(now, limit)
    if not heads:
        return 0
    steps = _due(heads, now, limit)
    _cancel([step for step in steps if step.callout.state != CalloutState.OPEN])
    live = [step for step in steps if step.callout.state == CalloutState.OPEN]
    for step in live:
        step.callout.cause.head = heads[step.callout.cause.head_id]
    _carry_out(_decide(live), heads, now)
    return len(steps)


def _lock_heads(now: datetime, limit: int) -> dict[int, CaseHead]:
    due = CalloutStep.objects.filter(state=CalloutStepState.PENDING, fire_at__lte=now).order_by("fire_at")
    ids = list(dict.fromkeys(due.values_list("callout__cause__head_id", flat=True)[:limit]))
    return (
        CaseHead.objects.filter(pk__in=ids).order_by("pk").select_for_update(skip_locked=True).in_bulk() if ids else {}
    )


def _due(heads: dict[int, CaseHead], now: datetime, limit: int) -> list[CalloutStep]:
    """Read the due steps again after the heads are locked: what happened meanwhile counts."""
    rows = CalloutStep.objects.filter(
        state=CalloutStepState.PENDING, fire_at__lte=now, callout__cause__head__in=list(heads)
    )
    return list(rows.select_related("callout__cause").order_by("fire_at", "pk")[:limit])


def _cancel(steps: Sequence[CalloutStep]) -> None:
    if steps:
        ids = [step.pk for step in steps]
        CalloutStep.objects.filter(pk__in=ids).update(state=CalloutStepState.CANCELLED)


@dataclass
class _Turn:
    """What one due step does: new ways to people told before, or people not told yet; neither: it looks again later."""

    step: CalloutStep
    kind: str = ""
    ways: list[tuple[int, Way]] = field(default_factory=list)
    people: list[Recipient] = field(default_factory=list)
    names: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Seen:
    """What is known about the call-outs of a batch: who has been told through which channels, and who is next."""

    told: dict[int, dict[str, int]]
    channels: dict[int, set[str]]
    lines: dict[tuple[int, str], list[list[Recipient]]]
    ways: dict[tuple[str, str], list[Way]]


def _decide(steps: Sequence[CalloutStep]) -> list[_Turn]:
    """Decide for each step, with a few statements for all of them."""
    if not steps:
        return []
    callouts = [step.callout for step in steps]
    told, channels = _told(callouts)
    lines = _lines(callouts)
    people: dict[str, dict[str, Recipient]] = {}
    for callout in callouts:
        for group in lines[callout.cause.plan_version_id, callout.target_key]:
            people.setdefault(callout.cause.kind, {}).update({person.key: person for person in group})
    ways = {
        (kind, key): found for kind, rows in people.items() for key, found in ways_of(kind, list(rows.values())).items()
    }
    seen = _Seen(told, channels, lines, ways)
    return [_turn(step, seen) for step in steps]


def _told(callouts: Sequence[Callout]) -> tuple[dict[int, dict[str, int]], dict[int, set[str]]]:
    told: dict[int, dict[str, int]] = {callout.pk: {} for callout in callouts}
    rows = CalloutNotice.objects.filter(callout__in=list(told)).values_list("callout_id", "person", "notice_id")
    for callout_id, person, notice_id in rows:
        told[callout_id][person] = notice_id
    channels: dict[int, set[str]] = {}
    sent = Delivery.objects.filter(notice__asks__callout__in=list(told)).values_list("notice_id", "channel")
    for notice_id, channel in sent:
        channels.setdefault(notice_id, set()).add(channel)
    return told, channels


def _lines(callouts: Sequence[Callout]) -> dict[tuple[int, str], list[list[Recipient]]]:
    by_plan: dict[int, dict[str, Target]] = {}
    for row in callouts:
        target = Target(row.target_key, row.label, row.unit_code, row.user_id)
        by_plan.setdefault(row.cause.plan_version_id, {})[row.target_key] = target
    return {
        (plan, key): groups
        for plan, targets in by_plan.items()
        for key, groups in line_of(list(targets.values()), plan).items()
    }


def _turn(step: CalloutStep, seen: _Seen) -> _Turn:
    """Next channel for those told; else the next person; else the call sheet; else nothing is left to do by itself."""
    callout, turn = step.callout, _Turn(step)
    told = seen.told[callout.pk]
    line = seen.lines[callout.cause.plan_version_id, callout.target_key]
    known = [person for group in line for person in group if person.key in told]
    by_machine = [(p, w) for p in known for w in _missing(p, callout.cause, seen, told) if w.channel != Channel.PHONE]
    if by_machine:
        return _by(turn, CalloutStepKind.CHANNEL, by_machine, told)
    fresh = next((new for group in line if (new := [person for person in group if person.key not in told])), [])
    if fresh:
        turn.kind, turn.people, turn.names = CalloutStepKind.PERSON, fresh, [person.label for person in fresh]
        return turn
    by_phone = [(p, w) for p in known for w in _missing(p, callout.cause, seen, told)]
    return _by(turn, CalloutStepKind.SHEET, by_phone, told) if by_phone else turn


def _missing(person: Recipient, cause: CalloutCause, seen: _Seen, told: dict[str, int]) -> list[Way]:
    used = seen.channels.get(told[person.key], set())
    return [way for way in seen.ways.get((cause.kind, person.key), []) if way.channel not in used]


def _by(turn: _Turn, kind: str, found: Sequence[tuple[Recipient, Way]], told: dict[str, int]) -> _Turn:
    turn.kind = kind
    turn.ways = [(told[person.key], way) for person, way in found]
    turn.names = [f"{person.label} {Channel(way.channel).label}" for person, way in found]
    return turn


def _carry_out(turns: Sequence[_Turn], heads: dict[int, CaseHead], now: datetime) -> None:
    """Send what was decided, flip the steps, write the next ones and one line per cause and kind."""
    acts = [turn for turn in turns if turn.kind]
    rest = [turn.step for turn in turns if not turn.kind]
    if rest:
        CalloutStep.objects.filter(pk__in=[step.pk for step in rest]).update(fire_at=now + LOOK_AGAIN)
    if not acts:
        return
    deliveries_add([pair for turn in acts for pair in turn.ways], now)
    told_tell([Wave(t.step.callout, t.step.callout.cause, t.people) for t in acts if t.people], now)
    for turn in acts:
        turn.step.state, turn.step.kind, turn.step.fired_at = CalloutStepState.FIRED, turn.kind, now
        turn.step.told = turn.names
    bulk_update([turn.step for turn in acts], ["state", "kind", "fired_at", "told"])
    steps_insert(_next([turn.step for turn in acts], now))
    record_append_many(_lines_of_record(acts, heads), now=now, ends=heads)


def _next(steps: Sequence[CalloutStep], now: datetime) -> list[tuple[Callout, int, datetime]]:
    """Return the steps to come, by the policies in force now: each is read once."""
    levels = {(step.callout.cause.plan_version_id, step.callout.cause.level) for step in steps}
    waits = {level: timedelta(minutes=policy_of(*level).minutes) for level in levels}
    return [
        (step.callout, step.sequence + 1, now + waits[step.callout.cause.plan_version_id, step.callout.cause.level])
        for step in steps
    ]


def _lines_of_record(turns: Sequence[_Turn], heads: dict[int, CaseHead]) -> list[tuple[CaseHead, Line]]:
    """Return one line for each cause and kind of step: with two thousand addressees, two thousand lines say nothing."""
    groups: dict[tuple[int, str], list[_Turn]] = {}
    for turn in turns:
        groups.setdefault((turn.step.callout.cause_id, turn.kind), []).append(turn)
    return [_line(heads, rows) for rows in groups.values()]


def _line(heads: dict[int, CaseHead], turns: Sequence[_Turn]) -> tuple[CaseHead, Line]:
    cause = turns[0].step.callout.cause
    kind = CalloutStepKind(turns[0].kind)
    told = "；".join(f"{turn.step.callout.label}：{'、'.join(turn.names)}" for turn in turns[:NAMES_SHOWN])
    more = f"等{len(turns)}个" if len(turns) > NAMES_SHOWN else ""
    line = Line(
        kind=f"callout.{kind}",
        text=f"叫应未确认，{kind.label}：{told}{more}（{cause.title}；非预案规定）。",
        clause=cause.clause,
        subject=(cause.subject_type, cause.subject_id),
        data={"callouts": [turn.step.callout_id for turn in turns], "kind": kind.value},
    )
    return heads[cause.head_id], line
