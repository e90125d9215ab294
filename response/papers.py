"""What a case's file (卷宗) and its export hold of responses, tasks and releases; registered when the app starts."""

from __future__ import annotations

from collections import defaultdict
from itertools import groupby
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from directory.models import Signature
from incidents.models import Incident
from incidents.registry import CasePart
from response.models import InformationRelease, Response, Task, TaskEvent

__all__ = ["response_parts", "response_rows"]


def response_parts(incident: Incident) -> list[CasePart]:
    """Return the responses with their decisions and tasks, and the releases; nothing where there were none."""
    return [*_responses(incident), *_releases(incident)]


def _responses(incident: Incident) -> list[CasePart]:
    rows = (
        Response.objects.filter(incident=incident)
        .select_related("level", "condition", "proposed_by", "end_proposed_by", "replaces")
        .prefetch_related("tasks__events__user")
        .order_by("proposed_at", "id")
    )
    signed: dict[int, list[Signature]] = defaultdict(list)
    decisions = Signature.objects.filter(head_id=incident.head_id, subject_type="response").select_related("signer")
    for signature in decisions.order_by("signed_at", "id"):
        signed[signature.subject_id].append(signature)
    told: list[dict[str, Any]] = [
        {
            "response": row,
            "anchor": f"response-{row.pk}",
            "signatures": signed[row.pk],
            "measures": _measures(sorted(row.tasks.all(), key=lambda task: task.pk)),
        }
        for row in rows
    ]
    headings = [(f"response-{row['response'].pk}", f"{row['response']}") for row in told]
    part = CasePart(_("应急响应与任务"), "response/papers/responses.html", {"responses": told}, headings)
    return [part] if told else []


def _measures(tasks: list[Task]) -> list[list[Task]]:
    """Return the tasks under the measure they come from, in the plan's order."""
    return [list(rows) for _key, rows in groupby(tasks, key=lambda task: (task.title, task.clause, task.quote))]


def _releases(incident: Incident) -> list[CasePart]:
    rows = list(
        InformationRelease.objects.filter(incident=incident).select_related("drafted_by").order_by("created_at", "id")
    )
    return [CasePart(_("信息发布"), "response/papers/releases.html", {"releases": rows})] if rows else []


def response_rows(incident: Incident) -> dict[str, QuerySet[Any]]:
    """Return the rows of the case's responses, tasks and releases for its export."""
    return {
        "responses": Response.objects.filter(incident=incident).order_by("id"),
        "tasks": Task.objects.filter(response__incident=incident).order_by("id"),
        "task_events": TaskEvent.objects.filter(task__response__incident=incident).order_by("id"),
        "releases": InformationRelease.objects.filter(incident=incident).order_by("id"),
        "signatures": Signature.objects.filter(head_id=incident.head_id).order_by("id"),
    }
