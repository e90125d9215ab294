"""Reading warning actions: of one warning, and those still open for a reader on the page of tasks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, IntegerField, QuerySet, Value, When

from early_warning.choices import ACTIVE, TASK_OPEN, WarningTaskState
from early_warning.models import EarlyWarning, WarningTask
from early_warning.selectors import warnings_visible_to
from yangcheng_ec.clock import database_now
from yangcheng_ec.permissions import Page, may_open

__all__ = ["TaskBoard", "TaskRow", "open_actions", "task_board", "tasks_visible_to"]


@dataclass(frozen=True)
class TaskRow:
    """One action at one unit; ``late`` when its local target has passed."""

    task: WarningTask
    late: bool

    @property
    def open(self) -> bool:
        """Return whether something is still to be done."""
        return self.task.state in TASK_OPEN


@dataclass(frozen=True)
class TaskBoard:
    """A warning's actions with who has, and who has not."""

    rows: list[TaskRow]

    @property
    def done(self) -> int:
        """Return how many are done."""
        return sum(row.task.state == WarningTaskState.DONE for row in self.rows)

    @property
    def late(self) -> int:
        """Return how many are past their local target."""
        return sum(row.late for row in self.rows)

    @property
    def open_units(self) -> list[Any]:
        """Return the units with something open, once each."""
        return list({row.task.unit_id: row.task.unit for row in self.rows if row.open}.values())


def tasks_visible_to(user: Any) -> QuerySet[WarningTask]:
    """Return the actions this person may see: all of readable warnings, or those of their own unit."""
    rows = WarningTask.objects.filter(warning__in=warnings_visible_to(user).values("pk"))
    return rows if may_open(user, Page.WARNINGS_ALL) else rows.filter(unit_id=user.unit_id)


def task_board(user: Any, warning: EarlyWarning) -> TaskBoard:
    """Return a warning's actions, what waits first, with one statement."""
    rows = tasks_visible_to(user).filter(warning=warning).select_related("unit")
    now = database_now()
    return TaskBoard([_row(task, now) for task in rows.order_by(_rank(), "unit__order", "unit__code", "ordinal")])


def open_actions(user: Any) -> list[TaskRow]:
    """Return what is open for a unit's people of warnings in force, the gravest first, with one statement."""
    if not user.unit_id or may_open(user, Page.WARNINGS_ALL):
        return []
    rows = tasks_visible_to(user).filter(warning__state__in=ACTIVE, state__in=TASK_OPEN)
    related = ("unit", "warning__level", "warning__plan_version__plan")
    ordered = rows.select_related(*related).order_by("warning__level__ordinal", "warning_id", "ordinal")
    now = database_now()
    return [_row(task, now) for task in ordered]


def _row(task: WarningTask, now: datetime) -> TaskRow:
    late = task.state in TASK_OPEN and task.due_at is not None and task.due_at <= now
    return TaskRow(task, late)


def _rank() -> Case:
    return Case(
        When(state=WarningTaskState.RETURNED, then=Value(0)),
        When(state=WarningTaskState.ASSIGNED, then=Value(1)),
        When(state=WarningTaskState.ACKNOWLEDGED, then=Value(2)),
        default=Value(3),
        output_field=IntegerField(),
    )
