"""Tasks: a unit signs for, reports on, completes or returns its own; the office reassigns, adds, enters calls."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from directory.choices import Act, ActorKind
from directory.models import Resource, Unit
from directory.rules import actor_for, actor_of_unit, clause_label
from incidents.services.common import LATE_ENTRY_AFTER, TOLERANCE, check_lengths
from response.choices import RUNNING, TASK_EVENTS_BESIDE, TASK_OPEN, ResponseState, TaskEventKind, TaskState
from response.models import Response, Task, TaskEvent, TaskGroupObjectPermission
from response.selectors.tasks import tasks_visible_to
from response.services.approve import tasks_grant, tasks_tell
from response.services.common import (
    ACTIVATED,
    check_version,
    command_or_office,
    entry_write,
    message_of,
    people_of,
    required,
    response_lock,
    state_in,
    task_lock,
    tell,
)
from yangcheng_ec.actors import Actor
from yangcheng_ec.callout.choices import CalloutRung, ConfirmedHow
from yangcheng_ec.callout.services import Said, callouts_confirm, callouts_rung
from yangcheng_ec.clock import database_now, local_text
from yangcheng_ec.deadlines.services import notices_settle
from yangcheng_ec.errors import BadInput, Forbidden, WrongState
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line

__all__ = [
    "Behalf", "HandTask", "due_checked", "instruction_clause", "task_acknowledge", "task_add", "task_complete",
    "task_event", "task_feedback", "task_reassign", "task_return", "task_tell", "task_write", "tasks_acknowledge_all",
]  # fmt: skip

FARTHEST = timedelta(days=366)
CALLED = (ACTIVATED,)
TO_THE_ASSIGNEE = (TaskEventKind.ASSIGNED, TaskEventKind.REASSIGNED, *TASK_EVENTS_BESIDE)
WORKING = (TaskState.ACKNOWLEDGED, TaskState.IN_PROGRESS)


@dataclass(frozen=True)
class Behalf:
    """What a unit said by phone and the office enters for it (代录): who said it, and when."""

    said_by: str = ""
    done_at: datetime | None = None


NOBODY = Behalf()


@dataclass(frozen=True, kw_only=True)
class HandTask:
    """A task that no row of the plan makes. ``label`` names an assignee that is no unit; ``call``: the unit is told."""

    title: str
    text: str
    unit: Unit | None = None
    label: str = ""
    due_at: datetime | None = None
    clause: str = ""
    parent: Task | None = None
    resource: Resource | None = None
    call: bool = True


@transaction.atomic
def task_acknowledge(*, task_id: int, version: int, user: Any, behalf: Behalf = NOBODY) -> Task:
    """Sign for a task (签收). Holds: it is assigned; the unit's own people, or the office for it (代录).

    Raises NotVisible, Forbidden, WrongState, StaleVersion, BadInput.
    """
    head, task = task_lock(task_id, user=user)
    check_version(task, version)
    state_in(task, [TaskState.ASSIGNED], "不能签收", task.clause)
    behalf = _timed(task, behalf)
    task.state, task.acknowledged_at = TaskState.ACKNOWLEDGED, behalf.done_at or database_now()
    actor = _write(head, task, TaskEventKind.ACKNOWLEDGED, "", user, behalf)
    if task.unit is not None:
        said = Said(ConfirmedHow.TASK, person=behalf.said_by.strip(), done_at=behalf.done_at)
        subject, code = ("response", task.response_id), task.unit.code
        callouts_confirm(head=head, said=said, actor=actor, subject=subject, kinds=CALLED, unit_code=code)
        notices_settle(subject=subject, kinds=CALLED, unit_code=code)
    return task


@transaction.atomic
def tasks_acknowledge_all(*, user: Any, response: str = "") -> int:
    """Sign for every task assigned to the user's own unit, or those of one response (its number); return how many.

    Raises Forbidden for anybody else.
    """
    actor_of_unit(user, user.unit_id)
    rows = tasks_visible_to(user).filter(unit_id=user.unit_id, state=TaskState.ASSIGNED)
    rows = rows.filter(response__number=response) if response else rows
    found = list(rows.order_by("response__incident__head_id", "pk").values_list("pk", "version"))
    for pk, version in found:
        task_acknowledge(task_id=pk, version=version, user=user)
    return len(found)


@transaction.atomic
def task_feedback(*, task_id: int, version: int, text: str, user: Any, behalf: Behalf = NOBODY) -> Task:
    """Report progress (反馈) on a task that was signed for. Raises as ``task_acknowledge``."""
    head, task = task_lock(task_id, user=user)
    check_version(task, version)
    _working(task, "不能反馈")
    words = required(text, "text", "请写明进展情况。", task.clause)
    if task.state == TaskState.ACKNOWLEDGED:
        task.state = TaskState.IN_PROGRESS
    _write(head, task, TaskEventKind.FEEDBACK, words, user, behalf)
    return task


@transaction.atomic
def task_complete(*, task_id: int, version: int, text: str, user: Any, behalf: Behalf = NOBODY) -> Task:
    """Complete a task (办结) with what was done; without it there is no completion. Raises as ``task_acknowledge``."""
    head, task = task_lock(task_id, user=user)
    check_version(task, version)
    _working(task, "不能办结")
    if task.parts.filter(state__in=TASK_OPEN).exists():
        raise WrongState("还有子任务没有办结，请先办结子任务，再办结本任务。", clause=task.clause)
    words = required(text, "text", "办结须写明完成情况。", task.clause)
    behalf = _timed(task, behalf)
    task.state, task.completed_at = TaskState.DONE, behalf.done_at or database_now()
    _write(head, task, TaskEventKind.DONE, words, user, behalf)
    return task


@transaction.atomic
def task_return(*, task_id: int, version: int, reason: str, user: Any, behalf: Behalf = NOBODY) -> Task:
    """Return a task to the office with a reason; the office is told loudly. Raises as ``task_acknowledge``."""
    head, task = task_lock(task_id, user=user)
    check_version(task, version)
    state_in(task, [TaskState.ASSIGNED, *WORKING], "不能退回", task.clause)
    words = required(reason, "reason", "请写明退回理由。", task.clause)
    task.state = TaskState.RETURNED
    _write(head, task, TaskEventKind.RETURNED, words, user, behalf)
    title = f"任务被退回：{task.title}（{task.assignee_label}）"
    message = message_of(
        task.response,
        "task_returned",
        title,
        words,
        urgent=True,
        clause=task.clause,
        url=f"/response/tasks/{task.pk}/",
        dedupe=f"task:{task.pk}:returned:{task.version}",
    )
    tell(head, message, people_of(task.response, ["office_director", "office_staff", "duty_officer"]))
    return task


@transaction.atomic
def task_reassign(*, task_id: int, version: int, unit: Unit | None, reason: str, user: Any) -> Task:
    """Give an open task to another unit, or (None) to the office itself, with a reason: 非预案规定.

    The former unit no longer sees it; the new one is told. Raises BadInput when the unit has the same task already.
    """
    head, task = task_lock(task_id, user=user)
    check_version(task, version)
    actor = command_or_office(user, task.response)
    state_in(task, TASK_OPEN, "不能改派", task.clause)
    words = required(reason, "reason", "请写明改派理由。", task.clause)
    label = unit.name if unit is not None else task.response.plan_version.office_name
    if label == task.assignee_label or _has_same(task, label):
        text = f"{label}已经承担这项任务。"
        raise BadInput(text, fields={"unit": [text]}, clause=task.clause)
    former = task.assignee_label
    TaskGroupObjectPermission.objects.filter(content_object=task).delete()
    task.unit, task.assignee_label, task.group, task.non_plan = unit, label, None, True
    task.state, task.assigned_at, task.acknowledged_at = TaskState.ASSIGNED, database_now(), None
    task.duty = task_duty(task.response, unit)
    task.overdue_at = task.chased_at = None
    if task.due_at is not None and task.due_at <= task.assigned_at:
        task.due_at = None
    task_event(head, task, TaskEventKind.REASSIGNED, f"由{former}改派{label}。{words}", actor, NOBODY)
    tasks_grant(task.response.incident, [task])
    task_tell(head, task)
    return task


@transaction.atomic
def task_add(
    *,
    response_id: int,
    version: int,
    unit: Unit | None,
    title: str,
    text: str,
    user: Any,
    due_at: datetime | None = None,
) -> Task:
    """Give a task by hand, also to a unit the plan does not list (cyber 2.3: 「根据县指挥部指令」).

    Holds: the response runs; a post that may start the level, or the office. Raises BadInput, Forbidden, WrongState.
    """
    head, response = response_lock(response_id, user=user)
    check_version(response, version)
    actor = command_or_office(user, response)
    state_in(response, [ResponseState.ACTIVE], "不能增加任务", instruction_clause(response))
    given = HandTask(title=title, text=text, unit=unit, due_at=due_at)
    return task_write(head, response, given, actor)


def task_write(head: CaseHead, response: Response, given: HandTask, actor: Actor) -> Task:
    """Write a task by hand, let its unit see it, call the unit out. The case is locked, the authority was asked.

    Raises BadInput for a missing word, or a due time that is over.
    """
    unit = given.unit
    task = Task(
        response=response,
        kind=ActorKind.UNIT if unit else ActorKind.OFFICE,
        unit=unit,
        version=0,
        parent=given.parent,
        resource=given.resource,
        assignee_label=given.label or (unit.name if unit else response.plan_version.office_name),
        title=required(given.title, "title", "请写明任务名称。"),
        quote=required(given.text, "text", "请写明任务内容。"),
        duty=task_duty(response, unit),
        clause=given.clause or instruction_clause(response),
        non_plan=True,
        drill=response.drill,
        due_at=due_checked(given.due_at),
        assigned_at=database_now(),
    )
    check_lengths(task)
    task.save()
    task_event(head, task, TaskEventKind.ASSIGNED, task.quote, actor, NOBODY)
    tasks_grant(response.incident, [task])
    if given.call:
        task_tell(head, task)
    return task


def due_checked(due_at: datetime | None) -> datetime | None:
    """Return a local due time (非预案规定). Raises BadInput when it is over, or more than a year away."""
    now = database_now()
    if due_at is not None and not now < due_at <= now + FARTHEST:
        text = "完成时限须晚于现在，一年以内。"
        raise BadInput(text, fields={"due_at": [text]})
    return due_at


def _working(task: Task, what: str) -> None:
    """Signed for and not done; or carried over to the aftermath, where it is still to be finished."""
    states: list[str] = [*WORKING]
    if task.response.state == ResponseState.ENDED:
        states.append(TaskState.CARRIED_OVER)
    hint = "（请先签收）" if task.state == TaskState.ASSIGNED else ""
    state_in(task, states, f"{what}{hint}", task.clause)


def _write(head: CaseHead, task: Task, kind: TaskEventKind, text: str, user: Any, behalf: Behalf) -> Actor:
    actor, behalf = _who(task, user, behalf)
    task_event(head, task, kind, text, actor, behalf)
    _settle(task)
    if kind in (TaskEventKind.FEEDBACK, TaskEventKind.DONE) and task.unit is not None:
        callouts_rung(
            subject=("response", task.response_id), kinds=CALLED, unit_code=task.unit.code,
            rung=CalloutRung.MEASURES, at=behalf.done_at or database_now(),
        )  # fmt: skip
    return actor


def _settle(task: Task) -> None:
    """Nobody is called any more for what the unit has answered: what was chased, what was overdue."""
    if task.unit is None or not (task.chased_at or task.overdue_at):
        return
    mine = task.response.tasks.filter(unit=task.unit, state__in=TASK_OPEN)
    over = [] if mine.filter(chased_at__isnull=False, state=TaskState.ASSIGNED).exists() else ["response.task_chased"]
    over += [] if mine.filter(overdue_at__isnull=False).exists() else ["response.task_overdue"]
    if over:
        notices_settle(subject=("response", task.response_id), kinds=over, unit_code=task.unit.code)


def _who(task: Task, user: Any, behalf: Behalf) -> tuple[Actor, Behalf]:
    """The unit's own people act for it; the office may enter what the unit said, naming who said it."""
    if task.unit_id is None:
        return command_or_office(user, task.response), _timed(task, behalf)
    try:
        return actor_of_unit(user, task.unit_id), _timed(task, Behalf("", behalf.done_at))
    except Forbidden:
        actor = actor_for(user, task.response.plan_version, Act.OFFICE)
    text = "代录须写明是该单位何人所说。"
    required(behalf.said_by, "said_by", text, task.clause)
    return actor, _timed(task, behalf)


def _timed(task: Task, behalf: Behalf) -> Behalf:
    """Refuse a time in the future, or before the task was given (to the minute); keep none that is ahead of now."""
    if behalf.done_at is None:
        return behalf
    now, problem = database_now(), ""
    if behalf.done_at > now + TOLERANCE:
        problem = "时间不能晚于现在。"
    elif behalf.done_at < task.assigned_at.replace(second=0, microsecond=0):
        problem = f"时间不能早于任务下达的时间（{local_text(task.assigned_at)}）。"
    if problem:
        raise BadInput(problem, fields={"done_at": [problem]}, clause=task.clause)
    return Behalf(behalf.said_by, min(behalf.done_at, now))


def task_event(
    head: CaseHead, task: Task, kind: TaskEventKind, text: str, actor: Actor, behalf: Behalf = NOBODY
) -> None:
    """Write what happened to a task: its event, its next version, its line of the record. The case is locked."""
    now = database_now()
    done_at = behalf.done_at or now
    said = behalf.said_by.strip()
    TaskEvent.objects.create(
        task=task,
        kind=kind,
        text=text,
        user=actor.user,
        post_label=actor.post,
        on_behalf=bool(said),
        said_by=said,
        done_at=done_at,
        recorded_at=now,
    )
    words = f"{task.assignee_label}{kind.label}任务「{task.title}」" + (f"：{text}" if text else "")
    if kind in TO_THE_ASSIGNEE:
        words = f"{kind.label}任务「{task.title}」（{task.assignee_label}）：{text}"
    words += f"（代录，{said}电话告知）" if said else ""
    late = now - done_at > LATE_ENTRY_AFTER
    line = Line(f"task.{kind}", words, actor=actor, clause=task.clause, done_at=done_at, late_entry=late)
    entry_write(head, task, line)


def _has_same(task: Task, label: str) -> bool:
    same = Task.objects.filter(response=task.response, actor=task.actor, assignee_label=label).exclude(pk=task.pk)
    return task.actor_id is not None and same.exists()


def task_duty(response: Response, unit: Unit | None) -> str:
    row = response.plan_version.memberships.filter(unit=unit).first() if unit is not None else None
    return (row.duty or "") if row is not None else ""


def instruction_clause(response: Response) -> str:
    """Return the clause on bodies the plan does not list, else the level's measures."""
    clause = response.plan_version.clauses.filter(text__contains="未列出的部门和单位").first()
    return clause_label(response.plan_version, clause.ref if clause else response.level.measures_clause)


def task_tell(head: CaseHead, task: Task) -> None:
    """Call the task's unit out while its response runs."""
    if task.unit is not None and task.response.state in RUNNING:
        tasks_tell(head, task.response, [task])
