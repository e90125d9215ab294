"""Warning actions at the addressed units (cyber 3.2.3; comms 3.5): assigned, signed for, reported, returned, chased."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from directory.audience import unit_recipients
from directory.choices import Act
from directory.models import Unit
from directory.rules import actor_for, actor_of_unit
from directory.selectors.units import term_units
from early_warning.choices import ACTIVE, TASK_OPEN, WarningTaskState
from early_warning.models import EarlyWarning, WarningTask
from early_warning.rules import action_clause, actions_of
from early_warning.selectors import warnings_visible_to
from early_warning.services.common import need_state, note, warning_lock
from early_warning.services.telling import tell_people
from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import database_now
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, StaleVersion, WrongState
from yangcheng_ec.permissions import Page, may_open

__all__ = [
    "tasks_assign",
    "tasks_end",
    "warning_chase",
    "warning_task_acknowledge",
    "warning_task_complete",
    "warning_task_return",
]


def tasks_assign(warning: EarlyWarning, units: Sequence[Unit], now: datetime) -> None:
    """Give the plan's actions to the addressed units, one statement; the caller's transaction and lock."""
    version = warning.plan_version
    clause, operators = action_clause(version), {unit.pk for unit in term_units(version)}
    WarningTask.objects.bulk_create(
        WarningTask(
            warning=warning, unit=unit, ordinal=action.ordinal, quote=action.quote, non_plan=action.non_plan,
            clause=clause, assigned_at=now, due_at=warning.respond_by,
        )
        for action in actions_of(version)
        for unit in units
        if not action.operators or unit.pk in operators
    )  # fmt: skip


def tasks_end(warning: EarlyWarning, now: datetime) -> None:
    """End what is still open: 「终止相关措施」 (comms 3.6), or the new version has its own."""
    rows = WarningTask.objects.filter(warning=warning, state__in=TASK_OPEN)
    rows.update(state=WarningTaskState.ENDED, finished_at=now)


@transaction.atomic
def warning_task_acknowledge(*, task_id: int, version: int, user: Any, person: str = "") -> WarningTask:
    """Sign for an action: the unit, or the office for a unit that said so by phone (代录, with the name).

    Raises NotVisible, StaleVersion, WrongState, Forbidden, BadInput.
    """
    task, actor, who, now = _locked(task_id, version, user, person)
    _must_be(task, [WarningTaskState.ASSIGNED, WarningTaskState.RETURNED], "签收")
    task.state, task.acknowledged_at, task.acknowledged_by = WarningTaskState.ACKNOWLEDGED, now, who
    return _saved(task, "task_acknowledged", f"{task.unit}签收预警行动：{task.quote}（{who}）", actor, now)


@transaction.atomic
def warning_task_complete(*, task_id: int, version: int, text: str, user: Any, person: str = "") -> WarningTask:
    """Report an action as done, in words; one not signed for yet is signed for at once.

    Raises NotVisible, StaleVersion, WrongState, Forbidden, BadInput without words.
    """
    task, actor, who, now = _locked(task_id, version, user, person)
    _must_be(task, list(TASK_OPEN), "报告完成")
    task.report = _written(text, "请写明落实情况。")
    task.state, task.finished_at, task.finished_by = WarningTaskState.DONE, now, who
    if task.acknowledged_at is None:
        task.acknowledged_at, task.acknowledged_by = now, who
    return _saved(task, "task_done", f"{task.unit}完成预警行动：{task.quote}。{task.report}（{who}）", actor, now)


@transaction.atomic
def warning_task_return(*, task_id: int, version: int, text: str, user: Any, person: str = "") -> WarningTask:
    """Return an action the unit cannot carry out, with the reason; it stays open and the office is told.

    Raises NotVisible, StaleVersion, WrongState, Forbidden, BadInput without a reason.
    """
    task, actor, who, now = _locked(task_id, version, user, person)
    _must_be(task, [WarningTaskState.ASSIGNED, WarningTaskState.ACKNOWLEDGED], "退回")
    task.report = _written(text, "请写明不能落实的理由。")
    task.state = WarningTaskState.RETURNED
    saved = _saved(
        task, "task_returned", f"{task.unit}退回预警行动：{task.quote}。理由：{task.report}（{who}）", actor, now
    )
    warning = task.warning
    office = warning.plan_version.office_unit
    people = unit_recipients([office], warning.plan_version_id).get(office.pk, []) if office else []
    title = f"{task.unit}退回预警行动：{warning.title}"
    tell_people(warning, people, f"task_returned#{task.pk}.{task.version}", title, task.clause)
    return saved


@transaction.atomic
def warning_chase(*, warning_id: int, user: Any, units: Sequence[Unit] = ()) -> list[Unit]:
    """催办: tell the units whose actions are still open, all or these; return whom. The office; 「非预案规定」.

    Raises Forbidden, WrongState (not in force, nothing open), BadInput for a unit with nothing open.
    """
    warning = warning_lock(warning_id, user=user)
    actor = actor_for(user, warning.plan_version, Act.OFFICE)
    need_state(warning, ACTIVE, "催办")
    rows = warning.tasks.filter(state__in=TASK_OPEN).select_related("unit")
    open_by = {row.unit_id: row.unit for row in rows}
    wrong = [str(unit) for unit in units if unit.pk not in open_by]
    if wrong:
        text = f"没有未完成的预警行动：{'、'.join(wrong)}。"
        raise BadInput(text, fields={"units": [text]})
    if not open_by:
        raise WrongState("各单位的预警行动都已完成，不需要催办。")
    chased = list(units) or list(open_by.values())
    now = database_now()
    tasks = list(rows.filter(unit__in=chased))
    for task in tasks:
        task.chased_at, task.chased = now, task.chased + 1
    WarningTask.objects.bulk_update(tasks, ["chased_at", "chased"])
    clause = action_clause(warning.plan_version)
    names = "、".join(str(unit) for unit in chased)
    note(warning, "chased", f"催办预警行动（非预案规定）：{names}。", actor, clause=clause, now=now, versioned=False)
    found = unit_recipients(chased, warning.plan_version_id)
    people = [one for rows_of in found.values() for one in rows_of]
    tell_people(warning, people, f"chased#{int(now.timestamp())}", f"请落实并报告预警行动：{warning.title}", clause)
    return chased


def _locked(task_id: int, version: int, user: Any, person: str) -> tuple[WarningTask, Actor, str, datetime]:
    """Lock the warning's case; return the task, who acts, the name for the record and the time."""
    found = WarningTask.objects.filter(pk=task_id, warning__in=warnings_visible_to(user)).first()
    if found is None or not (found.unit_id == user.unit_id or _may_see_all(user)):
        raise NotVisible()
    warning = warning_lock(found.warning_id, user=user)
    task = WarningTask.objects.select_related("unit").get(pk=task_id)
    task.warning = warning
    actor, who = _actor(task, user, person)
    if task.version != version:
        raise StaleVersion(f"这项行动已被更新，现在是「{task.state_choice.label}」，请核对后再提交。")
    need_state(warning, ACTIVE, "办理预警行动")
    return task, actor, who, database_now()


def _may_see_all(user: Any) -> bool:
    return may_open(user, Page.WARNINGS_ALL)


def _actor(task: WarningTask, user: Any, person: str) -> tuple[Actor, str]:
    if task.unit_id == user.unit_id:
        try:
            actor = actor_of_unit(user, task.unit_id)
        except Forbidden:
            pass  # an officer of the office, in the office's own unit
        else:
            return actor, actor.name
    actor = actor_for(user, task.warning.plan_version, Act.OFFICE)
    if not person.strip():
        raise BadInput("代录须写明对方姓名。", fields={"person": ["代录须写明对方姓名。"]})
    return actor, f"{person.strip()}，{actor.name}代录"


def _must_be(task: WarningTask, states: Sequence[str], doing: str) -> None:
    if task.state not in states:
        raise WrongState(f"这项行动现在是「{task.state_choice.label}」，不能{doing}。", clause=task.clause)


def _written(text: str, words: str) -> str:
    if not text.strip():
        raise BadInput(words, fields={"text": [words]})
    return text.strip()


def _saved(task: WarningTask, kind: str, text: str, actor: Actor, now: datetime) -> WarningTask:
    task.version += 1
    task.save()
    note(task.warning, kind, text, actor, clause=task.clause, now=now, versioned=False, unit=task.unit.code)
    return task
