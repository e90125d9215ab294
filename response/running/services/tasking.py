"""Tasks of a running response: parts of a task, due times of ours, chasing, what the sweep finds overdue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from directory.models import Unit
from directory.rules import actor_of_unit
from response.choices import RUNNING, TASK_OPEN, TaskEventKind, TaskState
from response.models import Task
from response.running.services.common import units_people
from response.services.common import (
    check_version,
    command_or_office,
    message_of,
    people_of,
    required,
    response_lock,
    state_in,
    task_lock,
    tell,
)
from response.services.tasks import HandTask, due_checked, task_event, task_write
from yangcheng_ec.actors import SYSTEM, Actor
from yangcheng_ec.clock import database_now, local_text
from yangcheng_ec.errors import Forbidden, WrongState
from yangcheng_ec.record.models import CaseHead

__all__ = ["task_chase", "task_due_set", "task_split", "tasks_chase", "tasks_overdue_round"]

BATCH = 50
OFFICE = ("office_director", "office_staff", "duty_officer")
NON_PLAN = "（非预案规定）"


@transaction.atomic
def task_split(
    *, task_id: int, version: int, title: str, text: str, user: Any, unit: Unit | None = None, label: str = "",
    due_at: datetime | None = None,
) -> Task:  # fmt: skip
    """Make a part of an open task (子任务, 非预案规定): the office or command for any unit; a unit for its own people.

    ``label`` names whom inside the unit (「网安大队」). Holds: the task is open, runs, and is no part itself. Raises
    NotVisible, Forbidden, StaleVersion, WrongState, BadInput.
    """
    head, task = task_lock(task_id, user=user)
    check_version(task, version)
    actor, unit = _splitter(task, user, unit)
    _open(task, "不能分解")
    if task.parent_id is not None:
        raise WrongState("子任务不能再分解。", clause=task.clause)
    name = unit.name if unit else task.response.plan_version.office_name
    given = HandTask(
        title=title, text=text, unit=unit, label=f"{name}（{label.strip()}）" if label.strip() else name,
        due_at=due_at, clause=task.clause, parent=task, call=unit is None or unit.pk != user.unit_id,
    )  # fmt: skip
    return task_write(head, task.response, given, actor)


def _splitter(task: Task, user: Any, unit: Unit | None) -> tuple[Actor, Unit | None]:
    """The unit that holds a task divides it among its own people; the command and its office among all."""
    if task.unit_id is not None and task.unit_id == user.unit_id:
        if unit is not None and unit.pk != task.unit_id:
            raise Forbidden(
                "本单位的任务只能分给本单位的人员；需要其他单位承担的，请退回或报办公室。", clause=task.clause
            )
        return actor_of_unit(user, task.unit_id), task.unit
    return command_or_office(user, task.response), unit


@transaction.atomic
def task_due_set(*, task_id: int, version: int, due_at: datetime, user: Any, reason: str = "") -> Task:
    """Set or move an open task's local due time (非预案规定: the plans set none). Raises as ``task_reassign``."""
    head, task = task_lock(task_id, user=user)
    check_version(task, version)
    actor = command_or_office(user, task.response)
    _open(task, "不能定时限")
    was = task.due_at
    task.due_at, task.overdue_at = due_checked(due_at), None
    if was is not None:
        required(reason, "reason", "改动时限须写明理由。", task.clause)
    words = f"完成时限{local_text(task.due_at)}{NON_PLAN}" + (f"（原{local_text(was)}）" if was else "")
    task_event(head, task, TaskEventKind.DUE_SET, f"{words}。{reason.strip()}", actor)
    _tell_unit(head, task, "task_due", f"任务时限：{task.title}", words)
    return task


@transaction.atomic
def task_chase(*, task_id: int, version: int, text: str, user: Any) -> Task:
    """Chase an open task (催办): its unit is told loudly and stands on the call sheet. Raises as ``task_reassign``."""
    head, task = task_lock(task_id, user=user)
    check_version(task, version)
    actor = command_or_office(user, task.response)
    _open(task, "不能催办")
    if task.unit is None:
        raise WrongState("这项任务由指挥部办公室自己承担，不用催办。", clause=task.clause)
    words = required(text, "text", "请写明催办内容。", task.clause)
    _chased(head, [task], words, actor)
    return task


@transaction.atomic
def tasks_chase(*, response_id: int, version: int, text: str, user: Any, unit: Unit | None = None) -> int:
    """Chase every task that nobody has signed for, of one unit or of all; one notice for each unit. Returns how many.

    Raises NotVisible, StaleVersion, Forbidden, WrongState, BadInput (no words).
    """
    head, response = response_lock(response_id, user=user)
    check_version(response, version)
    actor = command_or_office(user, response)
    state_in(response, RUNNING, "不能催办")
    words = required(text, "text", "请写明催办内容。")
    rows = response.tasks.filter(state=TaskState.ASSIGNED, unit__isnull=False).select_related(*RELATED)
    tasks = list((rows.filter(unit=unit) if unit is not None else rows).order_by("pk"))
    if not tasks:
        raise WrongState("没有待签收的任务，不用催办。")
    by_unit: dict[int, list[Task]] = {}
    for task in tasks:
        by_unit.setdefault(task.unit_id or 0, []).append(task)
    for mine in by_unit.values():
        _chased(head, mine, words, actor)
    return len(tasks)


RELATED = ("unit", "response__incident", "response__level__version__plan", "response__plan_version__plan")


def _chased(head: CaseHead, tasks: Sequence[Task], words: str, actor: Actor) -> None:
    """Write one unit's tasks as chased, and tell it once."""
    now = database_now()
    for task in tasks:
        task.chased_at = now
        task_event(head, task, TaskEventKind.CHASED, words, actor)
    names = "；".join(task.title for task in tasks)
    title = f"催办：{tasks[0].title}" if len(tasks) == 1 else f"催办：{len(tasks)}项任务待签收"
    _tell_unit(head, tasks[0], "task_chased", title, f"{words}\n{names}", call=True)


def tasks_overdue_round() -> int:
    """Mark what has passed its local due time; return how many. Called by each sweep: one read when none has."""
    due = Task.objects.filter(due_at__lte=database_now(), overdue_at__isnull=True, completed_at__isnull=True)
    rows = due.filter(response__state__in=RUNNING).order_by("due_at", "pk")
    return sum(_overdue(pk) for pk in rows.values_list("pk", flat=True)[:BATCH])


@transaction.atomic
def _overdue(task_id: int) -> bool:
    """Mark one task unless somebody has just done it, or done it late: the case is locked, then the row read again."""
    task = Task.objects.select_related(*RELATED).get(pk=task_id)
    head = CaseHead.objects.select_for_update(skip_locked=True).filter(pk=task.response.incident.head_id).first()
    if head is None:
        return False
    task = Task.objects.select_related(*RELATED).get(pk=task_id)
    now = database_now()
    if task.state not in TASK_OPEN or task.overdue_at is not None or task.due_at is None or task.due_at > now:
        return False
    task.overdue_at = now
    words = f"超过完成时限{local_text(task.due_at)}{NON_PLAN}"
    task_event(head, task, TaskEventKind.OVERDUE, words, SYSTEM)
    _tell_unit(head, task, "task_overdue", f"任务逾期：{task.title}（{task.assignee_label}）", words, also=OFFICE)
    return True


def _open(task: Task, what: str) -> None:
    state_in(task, TASK_OPEN, what, task.clause)
    state_in(task.response, RUNNING, what, task.clause)


def _tell_unit(
    head: CaseHead, task: Task, kind: str, title: str, body: str, *, call: bool = False, also: Sequence[str] = ()
) -> None:
    message = message_of(
        task.response, kind, title, body, urgent=True, call=call, clause=task.clause,
        url=f"/response/tasks/{task.pk}/", dedupe=f"task:{task.pk}:{kind}:{task.version}",
    )  # fmt: skip
    people = units_people([task.unit], task.response) if task.unit is not None else []
    tell(head, message, [*people, *people_of(task.response, also)])
