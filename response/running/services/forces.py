"""社会力量 (cyber 4.3): registered companies and experts are called in; what they do is a task of the response."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from response.choices import ResponseState
from response.models import Task
from response.running.rules import forces_clause
from response.running.selectors import forces_of
from response.services.common import check_version, command_or_office, message_of, response_lock, state_in, tell
from response.services.tasks import HandTask, task_write
from yangcheng_ec.deadlines.registry import Recipient
from yangcheng_ec.errors import BadInput, WrongState

__all__ = ["force_call"]


@transaction.atomic
def force_call(
    *, response_id: int, version: int, resource: int, title: str, text: str, user: Any, due_at: datetime | None = None
) -> Task:
    """Call in a registered company, expert or team: a task in its name, its number on the call sheet (cyber 4.3).

    The office enters what it says. Holds: the plan has such a clause; the response is active; a post that may start
    the level, or the office; the resource is in use. Raises NotVisible, StaleVersion, Forbidden, WrongState, BadInput.
    """
    head, response = response_lock(response_id, user=user)
    check_version(response, version)
    clause = forces_clause(response.plan_version)
    if not clause:
        raise WrongState(f"{response.plan_version.plan.short_name}没有规定动员社会力量。")
    actor = command_or_office(user, response)
    state_in(response, [ResponseState.ACTIVE], "不能动员", clause)
    found = forces_of(response).filter(pk=resource).first()
    if found is None:
        raise BadInput("请从登记的资源中选择。", fields={"resource": ["请从登记的资源中选择。"]}, clause=clause)
    label = f"{found.name}（{found.belongs_to}）"
    given = HandTask(title=title, text=text, label=label[:120], due_at=due_at, clause=clause, resource=found)
    task = task_write(head, response, given, actor)
    message = message_of(
        response, "force_called", f"请联系{label}：{task.title}", task.quote, urgent=True, call=True, clause=clause,
        url=f"/response/tasks/{task.pk}/", dedupe=f"task:{task.pk}:force",
        script=f"{response.plan_version.command_name}请{found.name}参加应急处置：{task.title}。{task.quote}",
    )  # fmt: skip
    who = f"{label} {found.contact}".strip()
    tell(head, message, [Recipient(key=f"resource:{found.pk}", label=who[:200], phone=found.number)])
    return task
