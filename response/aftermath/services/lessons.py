"""Lessons and what becomes of them: an improvement, or a proposal to change the plan (F1, F3; cyber 7.1, comms 5.2)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from django.db import transaction

from directory.choices import Act
from directory.models import PlanVersion, Unit
from directory.rules import actor_for
from directory.services.plan_revisions import today
from incidents.models import Incident
from response.aftermath.choices import LessonState
from response.aftermath.models import Lesson
from response.aftermath.rules import cited, is_clause, state_of_case
from response.aftermath.services.common import begin, cleaned, office_actor, row_begun, row_lock, row_write, tell_unit
from response.services.common import state_in
from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import database_now
from yangcheng_ec.deadlines.services import Message
from yangcheng_ec.errors import BadInput
from yangcheng_ec.idempotency import fingerprint_of, once
from yangcheng_ec.record.services import Line

__all__ = ["Learnt", "lesson_add", "lesson_close", "proposal_decide"]


@dataclass(frozen=True)
class Learnt:
    """A lesson as typed; ``revises_plan`` with the clause it would change and the words proposed for it."""

    text: str
    unit: Unit | None = None
    due_on: date | None = None
    revises_plan: bool = False
    clause: str = ""
    wording: str = ""


@transaction.atomic
def lesson_add(*, incident_id: int, user: Any, learnt: Learnt, key: str = "") -> Lesson:
    """Enter a lesson, or a proposal to revise the plan, once per key (cyber 5.1; comms 5.2).

    Holds: the office; the response has ended, or none was needed. Raises NotVisible, Forbidden, WrongState, BadInput
    with fields: no words, no clause of this version, a proposal without its wording, a day gone by.
    """
    sent = {item.name: str(getattr(learnt, item.name)) for item in fields(learnt)}
    pk, _made = once(
        user=user, scope="lesson.add", key=key, fingerprint=fingerprint_of({"incident": incident_id, **sent}),
        act=lambda: str(_add(incident_id, user, learnt).pk),
    )  # fmt: skip
    return Lesson.objects.get(pk=pk)


def _add(incident_id: int, user: Any, learnt: Learnt) -> Lesson:
    incident, head, actor = begin(incident_id, user=user)
    rests = cited(incident.plan_version, "revision" if learnt.revises_plan else "lessons")
    state_of_case(incident, "report", "记录教训", rests.label)
    clause, wording = _checked(incident, learnt)
    lesson = Lesson(
        incident=incident, text=cleaned(learnt.text, "text", "请写明教训和改进措施。", limit=500), basis=rests.label,
        unit=learnt.unit, due_on=learnt.due_on, revises_plan=learnt.revises_plan, plan_version=incident.plan_version,
        clause=clause, wording=wording, created_by=user, created_post=actor.post, created_at=database_now(),
    )  # fmt: skip
    what = f"建议修订预案（{clause}）" if lesson.revises_plan else "记录教训和改进措施"
    row_write(head, lesson, _line("added", f"{what}：{lesson.text}", actor, lesson), new=True)
    if lesson.unit is not None and not lesson.revises_plan:
        tell_unit(head, incident, lesson.unit, _message(incident, lesson))
    return lesson


def _checked(incident: Incident, learnt: Learnt) -> tuple[str, str]:
    version = incident.plan_version
    clause, wording = cleaned(learnt.clause, "clause", limit=120), cleaned(learnt.wording, "wording")
    problems: dict[str, list[str]] = {}
    if clause and not is_clause(version, clause):
        problems["clause"] = [f"本预案没有「{clause[:40]}」这一条，请按「{version.cited_as} 4.1」填写。"]
    if learnt.revises_plan and not clause:
        problems["clause"] = ["建议修订预案的，请写明涉及的条款。"]
    if learnt.revises_plan and not wording:
        problems["wording"] = ["建议修订预案的，请写明建议的文字。"]
    if learnt.due_on is not None and learnt.due_on < today():
        problems["due_on"] = ["完成日期不能早于今天。"]
    if problems:
        raise BadInput("教训没有保存，请更正。", fields=problems)
    return clause, wording


@transaction.atomic
def lesson_close(*, lesson_id: int, version: int, user: Any, answer: str, declined: bool = False) -> Lesson:
    """The office records that an improvement was made, or why it will not be. Proposals go to who revises the plan.

    Raises NotVisible, Forbidden, StaleVersion, WrongState, BadInput.
    """
    incident, head, lesson = row_lock(Lesson, lesson_id, user=user)
    row_begun(lesson, user, version)
    actor = office_actor(incident, user)
    state_of_case(incident, "go_on", "办理改进措施", lesson.basis)
    state_in(lesson, [LessonState.OPEN], "不能再办", lesson.basis)
    if lesson.revises_plan:
        raise BadInput("修订预案的建议由负责修订的办公室在预案页面办理。", clause=lesson.basis)
    _decide(lesson, LessonState.DECLINED if declined else LessonState.DONE, answer, actor)
    what = "不采纳" if declined else "已落实"
    row_write(head, lesson, _line("closed", f"改进措施{what}「{lesson.text}」：{lesson.answer}", actor, lesson))
    return lesson


@transaction.atomic
def proposal_decide(
    *, lesson_id: int, version: int, user: Any, answer: str, revision: PlanVersion | None = None
) -> Lesson:
    """Who revises the plan takes a proposal into an open revision of it (``revision``), or declines it with a reason.

    Holds: the plan's ActRule «revise_plan» (cyber 7.1; comms 7.2). Raises NotVisible, Forbidden, StaleVersion,
    WrongState, BadInput (a revision of another plan, or one already in force or given up).
    """
    incident, head, lesson = row_lock(Lesson, lesson_id, user=user)
    row_begun(lesson, user, version)
    in_force = PlanVersion.objects.select_related("plan").get(plan=incident.plan_version.plan, in_force=True)
    actor = actor_for(user, in_force, Act.REVISE_PLAN)
    state_in(lesson, [LessonState.OPEN], "不能再办", lesson.basis)
    if not lesson.revises_plan:
        raise BadInput("这一条没有建议修订预案。")
    if revision is not None and (revision.plan_id != in_force.plan_id or not revision.stage):
        raise BadInput("请选择本预案正在进行的修订。", fields={"revision": ["请选择本预案正在进行的修订。"]})
    lesson.revision = revision
    _decide(lesson, LessonState.ADOPTED if revision else LessonState.DECLINED, answer, actor)
    what = f"采纳，列入修订{revision.number}" if revision else "不采纳"
    words = f"修订建议{what}（{lesson.clause}）：{lesson.answer}"
    row_write(head, lesson, _line("decided", words, actor, lesson))
    return lesson


def _decide(lesson: Lesson, state: LessonState, answer: str, actor: Actor) -> None:
    lesson.answer = cleaned(answer, "answer", "请写明办理结果或理由。", limit=500)
    lesson.state, lesson.decided_at, lesson.decided_post = state, database_now(), actor.post


def _message(incident: Incident, lesson: Lesson) -> Message:
    by = f"，请于{lesson.due_on}前完成" if lesson.due_on else ""
    return Message(
        kind="lesson.added", title=f"改进措施：{incident.title}", body=f"{lesson.text}{by}", url="/inbox/",
        dedupe=f"lesson:{lesson.pk}", clause=lesson.basis, drill=incident.drill, subject=("lesson", lesson.pk),
    )  # fmt: skip


def _line(verb: str, words: str, actor: Actor, lesson: Lesson) -> Line:
    return Line(f"lesson.{verb}", f"{words.rstrip('。')}。", actor=actor, clause=lesson.basis)
