"""The sweep: one transaction of a few set-wise statements per batch (DESIGN §6).

Celery's tick and ``manage.py sweep`` call it; any number may run at once, on any number of machines.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction

from yangcheng_ec.actors import SYSTEM
from yangcheng_ec.clock import database_now, local_text
from yangcheng_ec.deadlines.choices import TOLD_UPWARD, DeadlineState, StepKind, StepState
from yangcheng_ec.deadlines.models import Deadline, Heartbeat, HeartbeatGap, Step
from yangcheng_ec.deadlines.registry import Recipient, audience_of, rounds
from yangcheng_ec.deadlines.services.notices import Message, insert_notices
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line, head_named, record_append, record_append_many

__all__ = ["SweepResult", "heartbeat_touch", "sweep_all", "sweep_batch"]

logger = logging.getLogger(__name__)
# How many due steps per case of a batch are looked at: what other sweeps hold is passed over.
LOOK_AHEAD = 4


@dataclass
class SweepResult:
    """What one sweep did, in numbers of steps."""

    fired: int = 0
    skipped: int = 0
    cancelled: int = 0
    notices: int = 0

    @property
    def total(self) -> int:
        """Return how many steps were taken off the list."""
        return self.fired + self.skipped + self.cancelled

    def add(self, other: SweepResult) -> None:
        """Add another result's numbers."""
        self.fired += other.fired
        self.skipped += other.skipped
        self.cancelled += other.cancelled
        self.notices += other.notices


@dataclass
class _Batch:
    """The due steps of one sweep, sorted into what happens to them."""

    fire: list[tuple[Step, Deadline]] = field(default_factory=list)
    skip: list[Step] = field(default_factory=list)
    cancel: list[Step] = field(default_factory=list)
    overdue: list[Deadline] = field(default_factory=list)


def sweep_all(*, budget_seconds: float = 20.0) -> SweepResult:
    """Sweep batch after batch until nothing is due or the budget is used.

    The heartbeat is touched after each batch that went well, so it says that clocks are swept, not merely tried.
    """
    total = SweepResult()
    until = time.monotonic() + budget_seconds
    _rounds()
    while True:
        result = _batch_or_each()
        heartbeat_touch("sweep")
        total.add(result)
        if result.total == 0 or time.monotonic() > until:
            return total


def _rounds() -> None:
    """Do what the apps registered for each sweep; a fault of one keeps neither the others nor the clocks back."""
    for act in rounds():
        try:
            act()
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            logger.exception("a registered round failed")


def _batch_or_each() -> SweepResult:
    """Sweep one batch; when a fault of one case breaks it, sweep its cases one by one, so that the others run on."""
    try:
        return sweep_batch()
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("a batch failed: sweeping its cases one by one")
        return _each()


def _each() -> SweepResult:
    total = SweepResult()
    for head_id in _due_heads(database_now(), settings.SWEEP_BATCH):
        try:
            total.add(sweep_batch(head_ids=[head_id]))
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            logger.exception("the clocks of case head %s cannot be swept", head_id)
    return total


@transaction.atomic
def sweep_batch(*, limit: int | None = None, head_ids: Sequence[int] | None = None) -> SweepResult:
    """Take the due steps of up to ``limit`` cases whose head can be locked, and fire them; all or nothing.

    ``head_ids`` names the cases instead. A step fires exactly once: it is flipped in the transaction that writes
    its record line and its notices, and the head's lock keeps every other sweep and every submission out.
    """
    now = database_now()
    limit = limit or settings.SWEEP_BATCH
    heads = _lock_heads(_due_heads(now, limit) if head_ids is None else head_ids, limit)
    if not heads:
        return SweepResult()
    batch = _sort(_due_steps(heads, now), now)
    unknowing = _unacknowledged(batch.fire)
    _flip(batch, now)
    audiences = audience_of(batch.fire)
    texts = {step.pk: _text(step, clock, now) + unknowing.get(step.pk, "") for step, clock in batch.fire}
    lines = [_line(heads, step, deadline, audiences[step.pk], texts[step.pk]) for step, deadline in batch.fire]
    record_append_many(lines, now=now, ends=heads)
    notices = _tell(heads, batch.fire, audiences, texts, now)
    return SweepResult(len(batch.fire), len(batch.skip), len(batch.cancel), notices)


def _due_heads(now: datetime, limit: int) -> list[int]:
    """Return the cases with due steps, the longest due first; more than ``limit``, since others may hold some."""
    due = Step.objects.filter(state=StepState.PENDING, fire_at__lte=now).order_by("fire_at", "deadline_id")
    return list(dict.fromkeys(due.values_list("deadline__head_id", flat=True)[: limit * LOOK_AHEAD]))


def _lock_heads(head_ids: Sequence[int], limit: int) -> dict[int, CaseHead]:
    """Lock the first ``limit`` cases that nobody else holds; where others hold all of them, the next ones."""
    for start in range(0, len(head_ids), limit):
        heads = CaseHead.objects.filter(pk__in=head_ids[start : start + limit]).order_by("pk")
        locked = heads.select_for_update(skip_locked=True).in_bulk()
        if locked:
            return locked
    return {}


def _due_steps(heads: dict[int, CaseHead], now: datetime) -> list[tuple[Step, Deadline]]:
    """Read the due steps again after the heads are locked: what happened meanwhile counts."""
    steps = list(
        Step.objects.filter(state=StepState.PENDING, fire_at__lte=now, deadline__head__in=list(heads)).order_by(
            "deadline__head_id", "fire_at", "deadline_id", "sequence"
        )
    )
    ids = {step.deadline_id for step in steps}
    deadlines = Deadline.objects.filter(pk__in=ids).order_by("pk").select_for_update().in_bulk()
    return [(step, deadlines[step.deadline_id]) for step in steps]


def _sort(pairs: Sequence[tuple[Step, Deadline]], now: datetime) -> _Batch:
    """Sort steps: of a closed clock → cancelled; a stale reminder → skipped; the rest fire."""
    batch = _Batch()
    last_reminder = {s.deadline_id: s.pk for s, _ in pairs if s.kind == StepKind.REMIND}
    for step, deadline in pairs:
        if not deadline.is_open:
            batch.cancel.append(step)
        elif step.kind == StepKind.REMIND and (
            last_reminder[step.deadline_id] != step.pk or (deadline.due_at is not None and deadline.due_at <= now)
        ):
            batch.skip.append(step)
        else:
            batch.fire.append((step, deadline))
            if step.kind == StepKind.OVERDUE and deadline.state == DeadlineState.RUNNING:
                deadline.state, deadline.overdue_at = DeadlineState.OVERDUE, now
                batch.overdue.append(deadline)
    return batch


def _flip(batch: _Batch, now: datetime) -> None:
    for steps, state in (
        ([step for step, _ in batch.fire], StepState.FIRED),
        (batch.skip, StepState.SKIPPED),
        (batch.cancel, StepState.CANCELLED),
    ):
        if steps:
            fired_at = now if state == StepState.FIRED else None
            Step.objects.filter(pk__in=[step.pk for step in steps]).update(state=state, fired_at=fired_at)
    if batch.overdue:
        ids = [deadline.pk for deadline in batch.overdue]
        Deadline.objects.filter(pk__in=ids).update(state=DeadlineState.OVERDUE, overdue_at=now)


def _unacknowledged(fire: Sequence[tuple[Step, Deadline]]) -> dict[int, str]:
    """Say, for each escalation about to fire, which earlier rung nobody has acknowledged: one statement for all."""
    upward = [(step, deadline) for step, deadline in fire if step.kind == StepKind.ESCALATE]
    if not upward:
        return {}
    ids = {deadline.pk for _, deadline in upward}
    told = Step.objects.filter(deadline__in=ids, state=StepState.FIRED, kind__in=TOLD_UPWARD)
    last = {row.deadline_id: row for row in told.order_by("fired_at", "sequence")}
    return {
        step.pk: _not_known(last[deadline.pk])
        for step, deadline in upward
        if deadline.pk in last and last[deadline.pk].wants_acknowledging
    }


def _not_known(step: Step) -> str:
    who = step.note or "已告知的人员"
    return f"上一级（{local_text(step.fired_at)}，{step.get_kind_display()}告知：{who}）尚未确认知悉。"


def _line(
    heads: dict[int, CaseHead], step: Step, deadline: Deadline, told: Sequence[Recipient], text: str
) -> tuple[CaseHead, Line]:
    """Return the record line of a fired step, with everybody who is told."""
    nobody = "" if told or not step.audience else "名册上无人可告知。"
    line = Line(
        kind=f"deadline.{step.kind}",
        text=text + nobody,
        clause=deadline.clause,
        subject=("deadline", deadline.pk),
        data={"step": step.sequence, "rule": deadline.rule_code, "told": [recipient.label for recipient in told]},
    )
    return heads[deadline.head_id], line


def _text(step: Step, deadline: Deadline, now: datetime) -> str:
    """Say in one sentence what the step means, for the record and the notice alike."""
    who = deadline.owed_by
    if step.kind == StepKind.REMIND:
        if deadline.due_at is not None:
            left = max(0, int((deadline.due_at - now).total_seconds() + 59) // 60)
            return f"还剩{left}分钟：{deadline.title}（{who}），{local_text(deadline.due_at)}到期。"
        used = int((now - deadline.starts_at).total_seconds()) // 60
        return f"已用时{used}分钟：{deadline.title}（{who}），要求{deadline.wording}。"
    if step.kind == StepKind.OVERDUE:
        due = f"应于{local_text(deadline.due_at)}前完成" if deadline.due_at else f"要求{deadline.wording}"
        return f"已逾期：{deadline.title}（{who}），{due}。"
    late = int((now - (deadline.due_at or deadline.starts_at)).total_seconds()) // 60
    so_far = f"逾期{late}分钟" if deadline.due_at else f"已用时{late}分钟，"
    return f"{so_far}仍未完成，升级告知：{deadline.title}（{who}）。"


def _tell(
    heads: dict[int, CaseHead],
    fire: Sequence[tuple[Step, Deadline]],
    audiences: dict[int, list[Recipient]],
    texts: dict[int, str],
    now: datetime,
) -> int:
    rows: list[tuple[CaseHead | None, Step | None, Message, Recipient]] = []
    for step, deadline in fire:
        message = _message(step, deadline, texts[step.pk])
        rows.extend((heads[deadline.head_id], step, message, recipient) for recipient in audiences[step.pk])
    return len(insert_notices(rows, now))


def _message(step: Step, deadline: Deadline, text: str) -> Message:
    return Message(
        kind=f"deadline.{step.kind}",
        title=f"{deadline.case_title} {text}".strip(),
        dedupe=f"step:{step.pk}",
        body=f"{text}\n{deadline.quote}",
        script=f"这里是{SYSTEM_NAME}。{deadline.case_title}，{text}",
        url=deadline.url,
        clause=deadline.clause,
        urgent=step.kind != StepKind.REMIND,
        call=step.kind != StepKind.REMIND,
        drill=deadline.drill,
        subject=("deadline", deadline.pk),
    )


SYSTEM_NAME = "阳城县应急指挥系统"


@transaction.atomic
def heartbeat_touch(name: str) -> None:
    """Say that somebody sweeps. A gap over ``SWEEP_GAP_RECORD_SECONDS`` becomes a row and a record line."""
    now = database_now()
    row = Heartbeat.objects.select_for_update(skip_locked=True).filter(name=name).first()
    if row is None:
        if not Heartbeat.objects.filter(name=name).exists():
            Heartbeat.objects.get_or_create(name=name, defaults={"beat_at": now, "by": _who()})
        return
    silent = now - row.beat_at
    if silent < timedelta(seconds=1):
        return
    if silent > timedelta(seconds=settings.SWEEP_GAP_RECORD_SECONDS):
        HeartbeatGap.objects.create(name=name, from_at=row.beat_at, to_at=now)
        text = f"{local_text(row.beat_at)}至{local_text(now)}无人值守时限（{int(silent.total_seconds())}秒）。"
        record_append(head_named("system"), Line("heartbeat.gap", text, actor=SYSTEM), now=now)
    row.beat_at, row.by = now, _who()
    row.save(update_fields=["beat_at", "by"])


def _who() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"[:100]
