"""A case's responses and tasks as they stood at a moment, by what had been recorded until then."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from incidents.models import Incident
from incidents.registry import ThenLine, ThenPart
from response.choices import TASK_EVENTS_BESIDE, ResponseState, TaskEventKind, TaskState
from response.models import Response, Task, TaskEvent
from yangcheng_ec.clock import local_text
from yangcheng_ec.record.models import RecordEntry

__all__ = ["responses_then", "tasks_then"]

# What a task is after each thing that happened to it.
STATE_AFTER = {
    TaskEventKind.ASSIGNED: TaskState.ASSIGNED,
    TaskEventKind.ACKNOWLEDGED: TaskState.ACKNOWLEDGED,
    TaskEventKind.FEEDBACK: TaskState.IN_PROGRESS,
    TaskEventKind.DONE: TaskState.DONE,
    TaskEventKind.RETURNED: TaskState.RETURNED,
    TaskEventKind.REASSIGNED: TaskState.ASSIGNED,
    TaskEventKind.CARRIED_OVER: TaskState.CARRIED_OVER,
}


def responses_then(incident: Incident, at: datetime) -> ThenPart | None:
    """Return the responses proposed by then, in the state the record gives them at that moment."""
    rows = incident.responses.filter(created_at__lte=at).select_related("level").order_by("created_at", "id")
    found = list(rows)
    if not found:
        return None
    states = _states(incident, at)
    return ThenPart(_("当时的响应"), [_response(row, states.get(row.pk, ResponseState.PROPOSED), at) for row in found])


def _states(incident: Incident, at: datetime) -> dict[int, str]:
    entries = RecordEntry.objects.filter(head_id=incident.head_id, subject_type="response", recorded_at__lte=at)
    lines = entries.order_by("seq").values_list("subject_id", "data")
    return {pk: data["state"] for pk, data in lines if pk is not None and "state" in data}


def _response(row: Response, state: str, at: datetime) -> ThenLine:
    started = row.activated_at is not None and row.activated_at <= at
    note = _("%(time)s启动") % {"time": local_text(row.activated_at)} if started else _("当时还没有启动")
    return ThenLine(f"{row.number} {row.level}", reverse("response", args=[row.number]), ResponseState(state), note)


def tasks_then(incident: Incident, at: datetime) -> ThenPart | None:
    """Return how many tasks given by then stood in which state, and for whom those not signed for were."""
    events = TaskEvent.objects.filter(task__response__incident=incident, recorded_at__lte=at).order_by("id")
    moving = events.exclude(kind__in=TASK_EVENTS_BESIDE).values_list("task_id", "kind")
    after = {pk: STATE_AFTER[TaskEventKind(kind)] for pk, kind in moving}
    if not after:
        return None
    counted = Counter(after.values())
    waiting = _names([pk for pk, state in after.items() if state == TaskState.ASSIGNED])
    lines = [
        ThenLine(
            _("%(n)d 项") % {"n": counted[state]},
            reverse("tasks"),
            state,
            waiting if state == TaskState.ASSIGNED else "",
        )
        for state in TaskState
        if counted[state]
    ]
    return ThenPart(_("当时的任务"), lines)


def _names(ids: list[int]) -> str:
    labels = Task.objects.filter(pk__in=ids).order_by("id").values_list("assignee_label", flat=True)
    return "、".join(dict.fromkeys(labels))
