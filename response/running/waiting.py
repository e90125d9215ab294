"""What of a running response waits for this person, for the desk: orders, the situation, answers, overdue tasks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from directory.choices import Act
from response.choices import RUNNING, TASK_OPEN
from response.models import Reinforcement, Task
from response.running.choices import AidState
from response.running.selectors import receipts_waiting, replies_waiting
from response.selectors.posts import Authority

__all__ = ["office_waits", "unit_waits"]

SHOWN = 10
# verb, title, address, since, clause, drill
Wait = tuple[str, str, str, datetime | None, str, bool]


def unit_waits(user: Any) -> list[Wait]:
    """Return the orders a unit has to sign for or report on, and what it is asked of the situation. Two statements."""
    orders: list[Wait] = [
        (
            _("签收指令") if row.acknowledged_at is None else _("报告指令执行情况"), row.order.title,
            reverse("order", args=[row.pk]), row.order.ordered_at, row.order.clause, row.order.response.drill,
        )
        for row in receipts_waiting(user)[:SHOWN]
    ]  # fmt: skip
    asked: list[Wait] = [
        (
            _("报送进展"), f"{row.round.response.incident.title}（第{row.round.serial}次汇总）",
            reverse("situation", args=[row.pk]), row.round.asked_at, "", row.round.response.drill,
        )
        for row in replies_waiting(user)[:SHOWN]
    ]  # fmt: skip
    return [*orders, *asked]


def office_waits(authority: Authority) -> list[Wait]:
    """Return the requests for reinforcement without an answer, and the overdue tasks, of the offices a person acts for.

    Two statements, none for who acts for no office.
    """
    versions = authority.versions(Act.OFFICE)
    if not versions:
        return []
    requests = Reinforcement.objects.filter(
        state=AidState.ASKED, response__state__in=RUNNING, response__plan_version__in=versions
    ).select_related("response__incident")
    late = Task.objects.filter(
        overdue_at__isnull=False, state__in=TASK_OPEN, response__state__in=RUNNING, response__plan_version__in=versions
    ).select_related("response__incident")
    return [*map(_request, requests.order_by("asked_at")[:SHOWN]), *map(_late, late.order_by("due_at", "pk")[:SHOWN])]


def _request(row: Reinforcement) -> Wait:
    url = reverse("response-section", kwargs={"number": row.response.number, "name": "reinforcements"})
    return (
        _("登记增援答复"),
        f"{row.to}（{row.response.incident.title}）",
        url,
        row.asked_at,
        row.clause,
        row.response.drill,
    )


def _late(task: Task) -> Wait:
    title, url = f"{task.title}（{task.assignee_label}）", reverse("task", args=[task.pk])
    return _("催办逾期任务"), title, url, task.due_at, task.clause, task.drill
