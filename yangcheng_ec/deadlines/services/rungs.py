"""A ladder under way: rungs acknowledged by whom they were told, and a running clock put on another ladder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from yangcheng_ec.actors import SYSTEM, Actor
from yangcheng_ec.clock import database_now, local_text
from yangcheng_ec.deadlines.choices import StepKind, StepState
from yangcheng_ec.deadlines.models import Deadline, Step
from yangcheng_ec.deadlines.registry import actor_to_acknowledge
from yangcheng_ec.deadlines.services.notices import notices_settle_own
from yangcheng_ec.deadlines.services.starting import Rung, clock_line, ladder_rows, rungs_timed
from yangcheng_ec.errors import NotVisible, WrongState
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import case_lock, record_append

__all__ = ["deadline_relay", "step_acknowledge"]

BY_LIMIT = 260


@transaction.atomic
def step_acknowledge(*, step_id: int, user: Any, noted_by: Actor | None = None) -> Step:
    """已知悉: note that one whom a rung told upward knows of it; it enters the record. Opening a notice does not do it.

    ``noted_by`` is who noted it down when the person said so on the phone. A second time by the same person changes
    nothing. Raises NotVisible, Forbidden (told somebody else), WrongState (not told yet, nothing to acknowledge, or
    another person has acknowledged it).
    """
    head_id = Step.objects.filter(pk=step_id).values_list("deadline__head_id", flat=True).first()
    if head_id is None:
        raise NotVisible()
    head = case_lock(head_id)
    clock = Deadline.objects.select_for_update().get(steps=step_id)
    step = Step.objects.select_for_update().get(pk=step_id)
    actor = actor_to_acknowledge(step, clock, user)
    who = f"{actor.post} {actor.name}".strip()[:BY_LIMIT]
    if step.acknowledged_at is not None:
        if step.acknowledged_by == who:
            return step
        words = f"这一级已由{step.acknowledged_by}于{local_text(step.acknowledged_at)}确认知悉。"
        raise WrongState(words, clause=clock.clause)
    if not step.wants_acknowledging:
        raise WrongState("这一级还没有告知，或不需要确认知悉。", clause=clock.clause)
    now = database_now()
    step.acknowledged_at, step.acknowledged_by = now, who
    step.save(update_fields=["acknowledged_at", "acknowledged_by"])
    notices_settle_own(step_id=step.pk, user=user)
    told = f"{local_text(step.fired_at)}，{step.get_kind_display()}告知"
    text = f"已知悉：{clock.title}（{told}），{who}{'（电话复诵确认）' if noted_by else ''}。"
    record_append(head, clock_line(clock, "deadline.acknowledged", text, noted_by or actor), now=now)
    return step


@transaction.atomic
def deadline_relay(
    *, head: CaseHead, deadline: Deadline, ladder: Sequence[Rung], edition: int, actor: Actor = SYSTEM
) -> bool:
    """Put an open clock on another edition of its plan's ladder; return whether it was taken over.

    What has fired stays fired and is not fired again; what is still to come and stands in both ladders stays as it
    is. A new reminder whose time has gone by is left out; a new escalation that is past due and has not been told is
    told by the next sweep. The record says so. A closed clock, or one that has this edition, is left alone.
    """
    case_lock(head.pk)
    clock = Deadline.objects.select_for_update().get(pk=deadline.pk)
    if not clock.is_open or clock.ladder_edition >= edition:
        return False
    now = database_now()
    old = list(clock.steps.select_for_update().order_by("sequence"))
    wanted = _still_wanted(clock, ladder, old, now)
    pending = Counter(_rung_key(step) for step in old if step.state == StepState.PENDING)
    fresh = [(at, rung) for at, rung in wanted if not _taken(pending, (rung.kind, at, tuple(rung.audience)))]
    gone = [step.pk for step in old if step.state == StepState.PENDING and _taken(pending, _rung_key(step))]
    Step.objects.filter(pk__in=gone).update(state=StepState.REPLACED)
    last = max((step.sequence for step in old), default=0)
    Step.objects.bulk_create(
        Step(deadline=clock, sequence=number, kind=rung.kind, audience=list(rung.audience), note=rung.note, fire_at=at)
        for number, (at, rung) in enumerate(fresh, start=last + 1)
    )
    clock.ladder, clock.ladder_edition = ladder_rows(ladder), edition
    clock.save(update_fields=["ladder", "ladder_edition"])
    text = f"提醒与升级阶梯改按第{edition}次调整（非预案规定）：{clock.title}，取消{len(gone)}级，新增{len(fresh)}级。"
    record_append(head, clock_line(clock, "deadline.relaid", text, actor), now=now)
    return True


def _rung_key(step: Step) -> tuple[str, datetime, tuple[str, ...]]:
    return step.kind, step.fire_at, tuple(step.audience)


def _taken(left: Counter[tuple[str, datetime, tuple[str, ...]]], key: tuple[str, datetime, tuple[str, ...]]) -> bool:
    """Take one of these off the list; return whether there was one."""
    if left[key] <= 0:
        return False
    left[key] -= 1
    return True


def _still_wanted(
    clock: Deadline, ladder: Sequence[Rung], old: Sequence[Step], now: datetime
) -> list[tuple[datetime, Rung]]:
    """Return the rungs of the new ladder that are still to fire: none that told the same people already."""
    told = Counter((step.kind, tuple(step.audience)) for step in old if step.state == StepState.FIRED)
    found = []
    for at, rung in rungs_timed(clock, ladder):
        key = (str(rung.kind), tuple(rung.audience))
        if rung.kind == StepKind.REMIND:
            wanted = at > now
        elif rung.kind == StepKind.OVERDUE:
            wanted = not any(kind == StepKind.OVERDUE for kind, _audience in told)
        else:
            wanted = told[key] <= 0
            told[key] -= 1
        if wanted:
            found.append((at, rung))
    return found
