"""What a shift hands over of the upper floors: responses that run or wait, warnings in force, tasks not done."""

from __future__ import annotations

from django.db.models import Q

from directory.models import Roster
from directory.registry import HandoffItem, HandoffSection
from early_warning.choices import WarningState
from early_warning.models import EarlyWarning
from response.choices import RUNNING, TASK_OPEN, UNDECIDED
from response.models import OrderReceipt, Response, Task
from response.running.choices import OrderState, ReceiptState

__all__ = ["responses_warnings_tasks"]

ITEMS_SHOWN = 20
# A level Ⅰ makes a task for every member: the hand-off counts them and shows the newest.
TASKS_SHOWN = 8
WARNINGS_OPEN = (WarningState.PROPOSED, WarningState.APPROVED, WarningState.PUBLISHED, WarningState.LIFT_PROPOSED)


def responses_warnings_tasks(roster: Roster) -> list[HandoffSection]:
    """Return what a plan's office has running, or what a unit was given and has not done."""
    if roster.unit_id is not None:
        own = Q(unit_id=roster.unit_id)
        return [_tasks(own), *_orders(own), _warnings(Q(addressees__unit_id=roster.unit_id))]
    plan = Q(plan_version__plan_id=roster.plan_id)
    rows = Response.objects.filter(plan, state__in=[*RUNNING, *UNDECIDED]).select_related("incident", "level")
    items = [
        HandoffItem(
            row.number, f"{row.level} {row.incident.title}", f"/response/{row.number}/", str(row.state_choice.label)
        )
        for row in rows[:ITEMS_SHOWN]
    ]
    return [
        HandoffSection("进行中、待批准的响应", rows.count(), "/response/", items),
        _warnings(plan),
        _tasks(Q(response__plan_version__plan_id=roster.plan_id)),
        *_orders(Q(order__response__plan_version__plan_id=roster.plan_id)),
    ]


def _orders(own: Q) -> list[HandoffSection]:
    """The orders that are not signed for or reported on; no section where there are none."""
    rows = OrderReceipt.objects.filter(own, order__state=OrderState.ISSUED, order__response__state__in=RUNNING)
    rows = rows.exclude(state=ReceiptState.REPORTED).select_related("unit", "order").order_by("-state", "-id")
    items = [
        HandoffItem(row.unit.name, row.order.title, f"/response/instructions/{row.pk}/", row.get_state_display())
        for row in rows[:ITEMS_SHOWN]
    ]
    return [HandoffSection("未办结的应急指令", rows.count(), "/response/instructions/", items)] if items else []


def _warnings(own: Q) -> HandoffSection:
    rows = EarlyWarning.objects.filter(own, state__in=WARNINGS_OPEN).order_by("-created_at", "-id")
    items = [
        HandoffItem(row.number, row.title, f"/warnings/{row.number}/", str(WarningState(row.state).label))
        for row in rows[:ITEMS_SHOWN]
    ]
    return HandoffSection("生效、待办的预警", rows.count(), "/warnings/", items)


def _tasks(own: Q) -> HandoffSection:
    rows = Task.objects.filter(own, state__in=TASK_OPEN).order_by("-assigned_at", "id")
    items = [
        HandoffItem(row.assignee_label, row.title, f"/response/tasks/{row.pk}/", row.get_state_display())
        for row in rows[:TASKS_SHOWN]
    ]
    return HandoffSection("未办结的任务", rows.count(), "/response/tasks/?state=open", items)
