"""Reading tasks, already scoped to the user."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, Exists, IntegerField, OuterRef, Q, QuerySet, Value, When

from directory.choices import ActorKind
from directory.models import Unit, WorkGroup
from incidents.models import Incident
from response.choices import RUNNING, TASK_OPEN, TaskState
from response.models import Response, Task, TaskGroupObjectPermission
from yangcheng_ec.errors import NotVisible
from yangcheng_ec.permissions import VIEW_TASK, Page, may_open

__all__ = [
    "TaskFilter",
    "led_groups",
    "task_counts",
    "task_for",
    "task_list",
    "tasks_led_by",
    "tasks_readable_by",
    "tasks_visible_to",
    "unit_has_task",
    "units_with_tasks",
    "unsigned_by_response",
]

RELATED = ("response__incident", "response__level", "response__plan_version__plan", "unit", "group")


@dataclass(frozen=True)
class TaskFilter:
    """What a list is narrowed to; empty words narrow nothing. ``state`` may be «open»."""

    state: str = ""
    unit: str = ""
    response: str = ""


def tasks_visible_to(user: Any) -> QuerySet[Task]:
    """Return the tasks the user may see: all, those of their unit, or none."""
    if may_open(user, Page.TASKS_ALL):
        return Task.objects.all()
    if not may_open(user, Page.TASKS_OWN):
        return Task.objects.none()
    label, codename = VIEW_TASK.split(".")
    granted = TaskGroupObjectPermission.objects.filter(
        content_object=OuterRef("pk"),
        permission__codename=codename,
        permission__content_type__app_label=label,
        group__user=user,
    )
    return Task.objects.filter(Exists(granted))


def tasks_led_by(user: Any) -> QuerySet[Task]:
    """Return the tasks that other units got through a work group that the user's unit leads (牵头部门): to read."""
    if user.unit_id is None or not may_open(user, Page.TASKS_OWN):
        return Task.objects.none()
    return Task.objects.filter(group__lead_id=user.unit_id).exclude(unit_id=user.unit_id)


def tasks_readable_by(user: Any) -> QuerySet[Task]:
    """Return the tasks whose page the user may open: those that are visible, and those of the groups it leads."""
    if user.unit_id is None or may_open(user, Page.TASKS_ALL) or not may_open(user, Page.TASKS_OWN):
        return tasks_visible_to(user)
    return Task.objects.filter(Q(pk__in=tasks_visible_to(user).values("pk")) | Q(group__lead_id=user.unit_id))


def led_groups(user: Any) -> list[tuple[WorkGroup, list[Task]]]:
    """Return the open tasks of the groups that the user's unit leads, by group, what waits first. One statement."""
    rows = tasks_led_by(user).filter(state__in=TASK_OPEN, response__state__in=RUNNING).select_related(*RELATED)
    found: dict[int, tuple[WorkGroup, list[Task]]] = {}
    for task in rows.annotate(rank=_rank()).order_by("group__number", "rank", "-assigned_at", "id"):
        if task.group is not None:
            found.setdefault(task.group.pk, (task.group, []))[1].append(task)
    return list(found.values())


def task_list(user: Any, wanted: TaskFilter | None = None) -> QuerySet[Task]:
    """Return visible tasks, narrowed; what waits comes first: returned or overdue, unsigned, working, then done. Among
    those what the clause names somebody for comes before what it asks of all.
    """
    wanted = wanted or TaskFilter()
    rows = tasks_visible_to(user).select_related(*RELATED)
    if wanted.state == "open":
        rows = rows.filter(state__in=TASK_OPEN)
    elif wanted.state:
        rows = rows.filter(state=wanted.state)
    if wanted.unit == "office":
        rows = rows.filter(unit__isnull=True)
    elif wanted.unit:
        rows = rows.filter(unit__code=wanted.unit)
    if wanted.response:
        rows = rows.filter(response__number=wanted.response)
    return rows.annotate(rank=_rank(), of_all=_of_all()).order_by("rank", "of_all", "-assigned_at", "id")


def _of_all() -> Case:
    everybody = [ActorKind.ALL_MEMBERS, ActorKind.TOWNSHIP_COMMANDS]
    return Case(When(kind__in=everybody, then=Value(1)), default=Value(0), output_field=IntegerField())


def _rank() -> Case:
    return Case(
        When(state=TaskState.RETURNED, then=Value(0)),
        When(overdue_at__isnull=False, state__in=TASK_OPEN, then=Value(0)),
        When(state=TaskState.ASSIGNED, then=Value(1)),
        When(state__in=TASK_OPEN, then=Value(2)),
        default=Value(3),
        output_field=IntegerField(),
    )


def task_for(user: Any, pk: int) -> Task:
    """Return one visible task with its events. Raises NotVisible."""
    related = (*RELATED, "actor__measure", "parent", "resource")
    rows = tasks_readable_by(user).select_related(*related).prefetch_related("events__user", "parts")
    task = rows.filter(pk=pk).first()
    if task is None:
        raise NotVisible()
    return task


def task_counts(response: Response) -> dict[str, int]:
    """Return how many tasks a response has in all, signed for and done, with one statement."""
    signed = ~Q(state__in=[TaskState.ASSIGNED, TaskState.RETURNED])
    done = Q(state__in=[TaskState.DONE, TaskState.CARRIED_OVER])
    return response.tasks.aggregate(
        total=Count("pk"),
        signed=Count("pk", filter=signed),
        done=Count("pk", filter=done),
        open=Count("pk", filter=Q(state__in=TASK_OPEN)),
    )


def unsigned_by_response(user: Any) -> list[dict[str, Any]]:
    """Return, for each response, how many tasks wait for the signature of the user's own unit. One statement."""
    rows = tasks_visible_to(user).filter(unit_id=user.unit_id, unit__isnull=False, state=TaskState.ASSIGNED)
    named = rows.values("response__number", "response__incident__title", "response__drill")
    return [dict(row) for row in named.annotate(n=Count("pk")).order_by("-response__activated_at", "response__number")]


def unit_has_task(incident: Incident, unit: Unit) -> bool:
    """Return whether the unit was ever given a task on this case: then it keeps seeing it."""
    return Task.objects.filter(response__incident=incident, unit=unit).exists()


def units_with_tasks(user: Any) -> list[tuple[str, str]]:
    """Return (code, name) of the units that have visible tasks, for a filter."""
    rows = tasks_visible_to(user).filter(unit__isnull=False)
    return list(rows.order_by("unit__order").values_list("unit__code", "unit__name").distinct())
