"""Rebuilding: the plan is the unit's where it happened, with milestones; the office asks for it (F2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

from directory.models import Unit
from directory.services.plan_revisions import today
from incidents.models import Incident
from incidents.services import view_grant
from response.aftermath.choices import RebuildState
from response.aftermath.models import RebuildPlan, RebuildStep
from response.aftermath.rules import rebuild_duty, state_of_case
from response.aftermath.services.common import (
    address,
    begin,
    cleaned,
    office_actor,
    own_or_office,
    row_begun,
    row_lock,
    row_write,
    tell_posts,
    tell_unit,
)
from response.services.common import check_version, state_in
from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import database_now
from yangcheng_ec.deadlines.services import Message
from yangcheng_ec.errors import BadInput, NotVisible, WrongState
from yangcheng_ec.permissions import Page, may_open
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line

__all__ = [
    "RebuildWords",
    "Step",
    "rebuild_ask",
    "rebuild_finish",
    "rebuild_return",
    "rebuild_step_done",
    "rebuild_submit",
]

MOST_STEPS = 30


@dataclass(frozen=True)
class Step:
    """A milestone as typed: what, and by when."""

    title: str
    due_on: date


@dataclass(frozen=True)
class RebuildWords:
    """The unit's plan: what can still be used, how it will recover, its milestones; ``said_by`` when entered for it."""

    resources: str
    text: str
    steps: tuple[Step, ...] = ()
    said_by: str = ""


@transaction.atomic
def rebuild_ask(*, incident_id: int, user: Any, unit: Unit | None = None, due_on: date | None = None) -> RebuildPlan:
    """Ask the unit where it happened for its plan of rebuilding (cyber 5.3), by a day of the office's choice.

    ``unit`` only where the case names none. The unit sees the case from now on and is told. Raises NotVisible,
    Forbidden, WrongState (asked before), BadInput (no unit, or a day gone by).
    """
    incident, head, actor = begin(incident_id, user=user)
    duty = rebuild_duty(incident.plan_version)
    state_of_case(incident, "begin", "布置恢复重建", duty.label)
    if RebuildPlan.objects.filter(incident=incident).exists():
        raise WrongState("已经布置过恢复重建计划。", clause=duty.label)
    owner = incident.incident_unit or unit
    label = owner.name if owner is not None else incident.incident_unit_text
    if not label:
        raise BadInput(
            "请选择事发单位。", fields={"unit": ["恢复重建由事发单位负责，请选择事发单位。"]}, clause=duty.label
        )
    _not_gone(due_on, "due_on")
    plan = RebuildPlan(
        incident=incident, unit=owner, unit_label=label, clause=duty.label, non_plan=duty.non_plan, due_on=due_on,
        asked_by=user, asked_at=database_now(),
    )  # fmt: skip
    by = f"，请于{due_on}前报送" if due_on else ""
    row_write(head, plan, _line("asked", f"请{label}制订重建和恢复计划{by}", actor, plan), new=True)
    if owner is not None:
        view_grant(incident, owner)
        tell_unit(head, incident, owner, _message(incident, plan, "asked", f"请制订重建和恢复计划：{incident.title}"))
    return plan


@transaction.atomic
def rebuild_submit(*, plan_id: int, version: int, user: Any, words: RebuildWords) -> RebuildPlan:
    """The unit hands its plan in, or a new one after a change: what it leaves out of the old milestones is struck.

    Holds: the unit's leader or liaison, or the office for it (代录). Raises NotVisible, Forbidden, StaleVersion,
    WrongState (finished), BadInput with fields.
    """
    incident, head, plan, actor, said = _of_unit(plan_id, version, user, words.said_by)
    states = [RebuildState.ASKED, RebuildState.RETURNED, RebuildState.SUBMITTED]
    state_in(plan, states, "不能提交恢复计划", plan.clause)
    plan.resources = cleaned(words.resources, "resources", "请写明对可利用资源的评估。")
    plan.text = cleaned(words.text, "text", "请写明恢复措施。")
    steps = _steps(words.steps)
    plan.said_by, plan.return_reason = said, ""
    plan.state, plan.submitted_at = RebuildState.SUBMITTED, database_now()
    count = f"，{len(steps)}个节点" if steps else ""
    spoken = f"（代录，{said}所说）" if said else ""
    row_write(head, plan, _line("submitted", f"{plan.unit_label}报送重建和恢复计划{count}{spoken}", actor, plan))
    _keep_steps(plan, steps)
    title = f"恢复计划已报送：{plan.unit_label}"
    tell_posts(head, incident, _message(incident, plan, "submitted", title, plan.text[:300]))
    return plan


@transaction.atomic
def rebuild_step_done(
    *, plan_id: int, version: int, user: Any, step_id: int, done_on: date, note: str = "", said_by: str = ""
) -> RebuildPlan:
    """Record that a milestone was reached. Raises as ``rebuild_submit``, NotVisible for a step of another plan."""
    _incident, head, plan, actor, said = _of_unit(plan_id, version, user, said_by)
    state_in(plan, [RebuildState.SUBMITTED], "不能登记节点完成", plan.clause)
    step = plan.steps.filter(pk=step_id, struck=False).first()
    if step is None:
        raise NotVisible()
    if step.done_on is not None:
        raise WrongState(f"节点「{step.title}」已于{step.done_on}完成。", clause=plan.clause)
    if done_on > today():
        raise BadInput("完成日期不能晚于今天。", fields={"done_on": ["完成日期不能晚于今天。"]})
    step.done_on, step.note = done_on, cleaned(note, "note", limit=500)
    step.save()
    late = f"，计划{step.due_on}" if done_on > step.due_on else ""
    spoken = f"（代录，{said}所说）" if said else ""
    words = f"恢复节点「{step.title}」于{done_on}完成{late}{spoken}" + (f"：{step.note}" if step.note else "")
    row_write(head, plan, _line("step_done", words, actor, plan))
    return plan


@transaction.atomic
def rebuild_return(*, plan_id: int, version: int, user: Any, reason: str) -> RebuildPlan:
    """The office sends the plan back to the unit with a reason. Raises as ``rebuild_finish``, BadInput."""
    incident, head, plan, actor = _of_office(plan_id, version, user, "不能退回")
    plan.return_reason = cleaned(reason, "reason", "请写明退回理由。", limit=500)
    plan.state = RebuildState.RETURNED
    words = f"退回{plan.unit_label}的恢复计划。理由：{plan.return_reason}"
    row_write(head, plan, _line("returned", words, actor, plan))
    if plan.unit is not None:
        tell_unit(head, incident, plan.unit, _message(incident, plan, "returned", "恢复计划被退回", words))
    return plan


@transaction.atomic
def rebuild_finish(*, plan_id: int, version: int, user: Any, finding: str) -> RebuildPlan:
    """The office finds that the network and its services run again. Every milestone is reached.

    Raises NotVisible, Forbidden, StaleVersion, WrongState (not handed in, or open milestones), BadInput.
    """
    _incident, head, plan, actor = _of_office(plan_id, version, user, "不能认定恢复")
    left = list(plan.steps.filter(struck=False, done_on__isnull=True))
    if left:
        names = "、".join(step.title for step in left)
        raise WrongState(f"还有{len(left)}个节点没有完成：{names}。", clause=plan.clause)
    plan.finding = cleaned(finding, "finding", "请写明恢复情况。")
    plan.state, plan.finished_at = RebuildState.FINISHED, database_now()
    row_write(head, plan, _line("finished", f"{plan.unit_label}恢复重建完成：{plan.finding}", actor, plan))
    return plan


def _of_office(plan_id: int, version: int, user: Any, what: str) -> tuple[Incident, CaseHead, RebuildPlan, Actor]:
    incident, head, plan = row_lock(RebuildPlan, plan_id, user=user)
    row_begun(plan, user, version)
    actor = office_actor(incident, user)
    state_of_case(incident, "go_on", "办理恢复重建", plan.clause)
    state_in(plan, [RebuildState.SUBMITTED], what, plan.clause)
    return incident, head, plan, actor


def _of_unit(
    plan_id: int, version: int, user: Any, said_by: str
) -> tuple[Incident, CaseHead, RebuildPlan, Actor, str]:  # fmt: skip
    incident, head, plan = row_lock(RebuildPlan, plan_id, user=user)
    if plan.unit_id != user.unit_id and not may_open(user, Page.RESPONSES):
        raise NotVisible()
    actor, said = own_or_office(incident, plan.unit, user, said_by, plan.clause)
    check_version(plan, version)
    state_of_case(incident, "go_on", "办理恢复重建", plan.clause)
    return incident, head, plan, actor, said


def _not_gone(day: date | None, field: str) -> None:
    if day is not None and day < today():
        raise BadInput("日期不能早于今天。", fields={field: ["日期不能早于今天。"]})


def _steps(given: Sequence[Step]) -> list[Step]:
    if len(given) > MOST_STEPS:
        raise BadInput("节点过多。", fields={"steps": [f"最多 {MOST_STEPS} 个节点。"]})
    found = [Step(cleaned(row.title, "steps", "请写明每个节点的内容。", limit=200), row.due_on) for row in given]
    names = [row.title for row in found]
    if len(set(names)) < len(names):
        raise BadInput("节点重复。", fields={"steps": ["同一个节点写了两次。"]})
    return found


def _keep_steps(plan: RebuildPlan, wanted: Sequence[Step]) -> None:
    """Keep the milestones that go on (by title, reached ones as they are), strike the others, add the new."""
    standing = {row.title: row for row in plan.steps.filter(struck=False)}
    names = {row.title for row in wanted}
    for title, row in standing.items():
        if title not in names and row.done_on is None:
            row.struck = True
            row.save(update_fields=["struck"])
    number = plan.steps.count()
    for step in wanted:
        old = standing.get(step.title)
        if old is None:
            number += 1
            RebuildStep.objects.create(plan=plan, number=number, title=step.title, due_on=step.due_on)
        elif old.done_on is None and old.due_on != step.due_on:
            old.due_on = step.due_on
            old.save(update_fields=["due_on"])


def _line(verb: str, words: str, actor: Actor, plan: RebuildPlan) -> Line:
    return Line(f"rebuild.{verb}", f"{words}。", actor=actor, clause=plan.clause)


def _message(incident: Incident, plan: RebuildPlan, kind: str, title: str, body: str = "") -> Message:
    return Message(
        kind=f"rebuild.{kind}", title=title, body=body, dedupe=f"rebuild:{plan.pk}:{kind}:{plan.version}",
        url=address(incident), clause=plan.clause, drill=incident.drill, subject=("rebuildplan", plan.pk),
    )  # fmt: skip
