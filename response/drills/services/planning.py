"""Planning a drill: the plan of it, its injects, the approval; before it starts nothing of it reaches the players."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from directory.choices import Act
from directory.models import Grade, PlanVersion, Unit
from directory.rules import actor_for, approver_kinds
from incidents.services.common import check_lengths
from incidents.services.intake_words import Problems, grade_named, plan_named
from response.drills.choices import BEFORE, DrillState, InjectTo
from response.drills.models import Drill, DrillInject
from response.drills.services.common import (
    act_clause,
    drill_lock,
    message_of,
    people_of,
    tell,
    units_told,
)
from response.services.common import check_version, entry_write, required, state_in
from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import database_now, local_text
from yangcheng_ec.deadlines.services import notices_settle
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible
from yangcheng_ec.idempotency import fingerprint_of, once
from yangcheng_ec.numbers import number_next
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line, head_create
from yangcheng_ec.text import LONG_TEXT_LIMIT, clean_text

__all__ = [
    "InjectWords",
    "Planned",
    "drill_approve",
    "drill_cancel",
    "drill_edit",
    "drill_plan",
    "drill_return",
    "inject_add",
    "inject_remove",
]

NUMBER_PREFIX = "YL"
LAST_MINUTE = 7 * 24 * 60
FURTHEST = timedelta(days=730)
MOST_INJECTS = 100
INJECT_LIMIT = 2000


@dataclass(frozen=True, kw_only=True)
class InjectWords:
    """An inject as it was typed: the minute, what is told, to whom."""

    minute: int
    text: str
    to: str = InjectTo.OFFICE
    unit: Unit | None = None


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A drill as it was typed. ``grade`` by code or name, empty: none; units as rows of the registry."""

    plan: str
    title: str
    scenario: str
    planned_at: datetime
    grade: str = ""
    place: str = ""
    incident_unit: Unit | None = None
    participants: tuple[Unit, ...] = ()
    confined: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return everything that was sent, for the fingerprint of a retry."""
        found = {item.name: getattr(self, item.name) for item in fields(self)}
        unit = self.incident_unit
        codes = sorted(one.code for one in self.participants)
        return {**found, "participants": codes, "incident_unit": unit.code if unit else ""}


@transaction.atomic
def drill_plan(*, user: Any, planned: Planned, injects: Sequence[InjectWords] = (), key: str = "") -> Drill:
    """Plan a drill (cyber 6.7; comms 6.1) with its injects, and ask for its approval; once per key.

    Holds: the plan's office director or staff. Raises Forbidden, BadInput with fields (no such plan or grade, a date
    gone by, nobody takes part, an empty scenario, an inject without words or recipient).
    """
    sent = {**planned.as_dict(), "injects": [(row.minute, row.text, row.to, str(row.unit)) for row in injects]}
    pk, _ = once(
        user=user, scope="drill.plan", key=key, fingerprint=fingerprint_of(sent),
        act=lambda: str(_create(user, planned, injects).pk),
    )  # fmt: skip
    return Drill.objects.select_related("plan_version__plan", "grade").get(pk=pk)


def _create(user: Any, planned: Planned, injects: Sequence[InjectWords]) -> Drill:
    version = plan_named(planned.plan)
    actor = actor_for(user, version, Act.ORGANISE_DRILL)
    drill = Drill(plan_version=version, version=0, planned_by=user, planned_post=actor.post)
    _fill(drill, planned)
    rows = [_inject(drill, words) for words in injects]
    if len(rows) > MOST_INJECTS:
        raise BadInput("注入过多。", fields={"injects": [f"最多 {MOST_INJECTS} 条。"]})
    now = database_now()
    drill.number, drill.created_at = number_next(NUMBER_PREFIX, at=now), now
    head = drill.head = head_create(kind="drill", key=drill.number, now=now)
    _write(head, drill, "drill.planned", f"拟定演练方案「{drill.title}」，{_words(drill, len(rows))}", actor)
    drill.participants.set(planned.participants)
    for row in rows:
        row.drill = drill
    DrillInject.objects.bulk_create(rows)
    _ask(head, drill)
    return drill


@transaction.atomic
def drill_edit(*, drill_id: int, version: int, user: Any, planned: Planned) -> Drill:
    """Change a drill before it starts; one that was approved needs its approval again.

    Raises NotVisible, Forbidden, StaleVersion, WrongState (begun, cancelled), BadInput.
    """
    head, drill, actor = _opened(drill_id, version, user)
    if planned.plan != drill.plan_version.plan.code:
        raise BadInput("没有保存。", fields={"plan": ["演练所属的预案不能更改，请取消后另拟。"]})
    _fill(drill, planned)
    drill.participants.set(planned.participants)
    count = drill.injects.count()
    _write(head, drill, "drill.edited", f"修改演练方案，{_words(drill, count)}{_again(drill)}", actor)
    _ask(head, drill)
    return drill


@transaction.atomic
def inject_add(*, drill_id: int, version: int, user: Any, words: InjectWords) -> DrillInject:
    """Add an inject: to a plan, which then needs its approval again, or to a drill that runs, for a minute to come.

    Raises NotVisible, Forbidden, StaleVersion, WrongState, BadInput.
    """
    head, drill, actor = _opened(drill_id, version, user, states=(*BEFORE, DrillState.RUNNING))
    row = _inject(drill, words)
    if drill.injects.count() >= MOST_INJECTS:
        raise BadInput("没有增加。", fields={"text": [f"一次演练最多 {MOST_INJECTS} 条注入。"]})
    if drill.started_at is not None:
        row.fire_at = drill.started_at + timedelta(minutes=row.minute)
        if row.fire_at <= database_now():
            raise BadInput("没有增加。", fields={"minute": ["这一分钟已经过去，请填以后的分钟。"]})
    row.save()
    again = _again(drill)
    _write(head, drill, "drill.inject_added", f"增加一条注入（第{row.minute}分钟，{row.told}）{again}", actor)
    if again:
        _ask(head, drill)
    return row


@transaction.atomic
def inject_remove(*, drill_id: int, version: int, user: Any, inject_id: int) -> Drill:
    """Take an inject out of a plan before the drill starts. Raises as ``inject_add``."""
    head, drill, actor = _opened(drill_id, version, user)
    row = drill.injects.select_related("unit").filter(pk=inject_id).first()
    if row is None:
        raise NotVisible()
    text = f"去掉一条注入（第{row.minute}分钟，{row.told}）"
    row.delete()
    again = _again(drill)
    _write(head, drill, "drill.inject_removed", f"{text}{again}", actor)
    if again:
        _ask(head, drill)
    return drill


@transaction.atomic
def drill_approve(*, drill_id: int, version: int, user: Any) -> Drill:
    """Approve the plan of a drill: office director, deputy or commander (「非预案规定」: the clause names nobody).

    Nobody approves the drill they planned. Participants are told its date, not its scenario. Raises NotVisible,
    Forbidden, StaleVersion, WrongState.
    """
    head, drill = drill_lock(drill_id, user=user)
    actor = actor_for(user, drill.plan_version, Act.APPROVE_DRILL)
    check_version(drill, version)
    clause = act_clause(drill.plan_version, Act.APPROVE_DRILL)
    state_in(drill, [DrillState.PLANNED], "不能批准", clause)
    if drill.planned_by_id == user.pk:
        raise Forbidden("不能批准自己拟定的演练方案，请由另一位有权的人批准。", clause=clause)
    drill.state, drill.reason = DrillState.APPROVED, ""
    drill.approved_at, drill.approved_post = database_now(), actor.post
    _write(head, drill, "drill.approved", f"批准演练方案「{drill.title}」（批准人：非预案规定）", actor)
    notices_settle(subject=("drill", drill.pk), kinds=["drill.approve"])
    title = f"演练通知：{drill.title}，{local_text(drill.planned_at)}"
    place = f"地点：{drill.place}。" if drill.place else ""
    tell(head, message_of(drill, "announced", title, f"{place}请按预案准备；情景在演练开始时公布。"), units_told(drill))
    return drill


@transaction.atomic
def drill_return(*, drill_id: int, version: int, user: Any, reason: str) -> Drill:
    """Send a plan back with a reason, to be changed. Raises as ``drill_approve``, BadInput without a reason."""
    head, drill = drill_lock(drill_id, user=user)
    actor = actor_for(user, drill.plan_version, Act.APPROVE_DRILL)
    check_version(drill, version)
    state_in(drill, [DrillState.PLANNED], "不能退回", act_clause(drill.plan_version, Act.APPROVE_DRILL))
    drill.reason = required(clean_text(reason), "reason", "请写明退回理由。")
    _write(head, drill, "drill.returned", f"退回演练方案：{drill.reason}", actor)
    notices_settle(subject=("drill", drill.pk), kinds=["drill.approve"])
    planners = people_of(drill.plan_version, approver_kinds(drill.plan_version, Act.ORGANISE_DRILL)[0])
    tell(head, message_of(drill, "returned", f"演练方案被退回：{drill.title}", drill.reason), planners)
    return drill


@transaction.atomic
def drill_cancel(*, drill_id: int, version: int, user: Any, reason: str) -> Drill:
    """Cancel a drill before it starts, with a reason; who was told of it is told. Raises as ``drill_edit``."""
    head, drill, actor = _opened(drill_id, version, user)
    drill.reason = required(clean_text(reason), "reason", "请写明取消理由。")
    known, drill.state = drill.state == DrillState.APPROVED, DrillState.CANCELLED
    _write(head, drill, "drill.cancelled", f"取消演练「{drill.title}」：{drill.reason}", actor)
    notices_settle(subject=("drill", drill.pk))
    if known:
        message = message_of(drill, "cancelled", f"演练取消：{drill.title}", drill.reason, url="/inbox/")
        tell(head, message, units_told(drill))
    return drill


def _opened(drill_id: int, version: int, user: Any, *, states: Sequence[str] = BEFORE) -> tuple[CaseHead, Drill, Actor]:
    head, drill = drill_lock(drill_id, user=user)
    actor = actor_for(user, drill.plan_version, Act.ORGANISE_DRILL)
    check_version(drill, version)
    state_in(drill, states, "不能更改演练方案", act_clause(drill.plan_version))
    return head, drill, actor


def _fill(drill: Drill, planned: Planned) -> None:
    """Set what was typed. Raises BadInput with every fault beside its field."""
    problems = Problems()
    with problems.gather():
        drill.grade = _grade(drill.plan_version, planned.grade)
    for name, words in (("title", "请写明演练名称。"), ("scenario", "请写明情景：发生了什么，参演人员从哪里得知。")):
        text = clean_text(getattr(planned, name)).strip()
        if not text:
            problems.add(name, words)
        setattr(drill, name, text)
    if len(drill.scenario) > LONG_TEXT_LIMIT:
        problems.add("scenario", f"最多 {LONG_TEXT_LIMIT} 个字。")
    if not database_now() - timedelta(minutes=1) <= planned.planned_at <= database_now() + FURTHEST:
        problems.add("planned_at", "计划时间须在现在以后、两年以内。")
    if not planned.participants:
        problems.add("participants", "请至少选择一个参演单位。")
    drill.planned_at, drill.place = planned.planned_at, clean_text(planned.place).strip()
    drill.incident_unit, drill.confined = planned.incident_unit, planned.confined
    with problems.gather():
        check_lengths(drill)
    problems.raise_any("演练方案没有保存，请更正标出的内容。", clause=act_clause(drill.plan_version))


def _grade(version: PlanVersion, text: str) -> Grade | None:
    """Return the grade the scenario stands for; a plan without grades has none (G9). Raises BadInput."""
    found = grade_named(version, text) if text else None
    if found is not None and not found.number:
        raise BadInput("情景须有级别。", fields={"grade": [f"情景不能设定为「{found}」，请选一个级别。"]})
    return found


def _inject(drill: Drill, words: InjectWords) -> DrillInject:
    """Return an inject, not yet saved. Raises BadInput."""
    text, problems = clean_text(words.text).strip(), Problems()
    if not text:
        problems.add("text", "请写明注入内容。")
    elif len(text) > INJECT_LIMIT:
        problems.add("text", f"最多 {INJECT_LIMIT} 个字。")
    if not 0 <= words.minute <= LAST_MINUTE:
        problems.add("minute", f"分钟须在 0 至 {LAST_MINUTE} 之间。")
    if words.to not in InjectTo.values:
        problems.add("to", "请选择发给谁。")
    elif (words.to == InjectTo.UNIT) != (words.unit is not None):
        problems.add("unit", "发给指定单位时须选择单位，发给其他人时不选。")
    problems.raise_any("注入没有保存，请更正。")
    return DrillInject(drill=drill, minute=words.minute, text=text, to=words.to, unit=words.unit)


def _again(drill: Drill) -> str:
    """Put an approved plan back to be approved once more; return the words for the record."""
    if drill.state != DrillState.APPROVED:
        return ""
    drill.state, drill.approved_at, drill.approved_post = DrillState.PLANNED, None, ""
    return "，须重新批准"


def _words(drill: Drill, injects: int) -> str:
    grade = f"，情景级别{drill.grade}" if drill.grade else ""
    return f"计划{local_text(drill.planned_at)}{grade}，{injects}条注入"


def _write(head: CaseHead, drill: Drill, kind: str, text: str, actor: Actor) -> None:
    entry_write(head, drill, Line(kind, f"{text}。", actor=actor, clause=act_clause(drill.plan_version)))


def _ask(head: CaseHead, drill: Drill) -> None:
    """Ask those who may approve, but for whoever planned it; an earlier request is over."""
    notices_settle(subject=("drill", drill.pk), kinds=["drill.approve"])
    kinds = approver_kinds(drill.plan_version, Act.APPROVE_DRILL)[0]
    people = [one for one in people_of(drill.plan_version, kinds) if one.user_id != drill.planned_by_id]
    message = message_of(drill, "approve", f"请批准演练方案：{drill.title}（{local_text(drill.planned_at)}）")
    tell(head, message, people)
