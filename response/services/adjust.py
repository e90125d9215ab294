"""A running response that outgrows the county: command handed over, reinforcement asked for."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from response.choices import ResponseState
from response.models import Response
from response.rules import HANDOVER, REINFORCEMENT, plan_tasks
from response.running.rules import aid_clause
from response.running.services.aiding import reinforcement_write
from response.running.services.handing import handover_write
from response.services.approve import tasks_create, tasks_tell
from response.services.common import (
    COMMAND_KINDS,
    check_version,
    clause_of,
    command_or_office,
    entry_write,
    message_of,
    people_of,
    required,
    response_lock,
    state_in,
    tell,
)
from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import database_now
from yangcheng_ec.errors import WrongState
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line

__all__ = ["response_handover", "response_reinforce"]


@transaction.atomic
def response_handover(*, response_id: int, version: int, to: str, note: str, user: Any) -> Response:
    """Hand command over to the superior that has stated it takes over (cyber 4.2.1.3(3); comms 4.4.1(5)).

    Holds: the response is active and not handed over; a post that may start the level, or the office. Writes the
    time and to whom, the package that is handed over, the tasks that wait for this event, the record.
    Raises BadInput, Forbidden, WrongState.
    """
    head, response = response_lock(response_id, user=user)
    check_version(response, version)
    actor = command_or_office(user, response)
    clause = _event_clause(response, HANDOVER)
    state_in(response, [ResponseState.ACTIVE], "不能移交指挥权", clause)
    if response.handed_over_at is not None:
        raise WrongState(f"指挥权已移交{response.handed_over_to}。", clause=clause)
    response.handed_over_to = required(to, "to", "请写明接管的上级指挥机构。", clause)
    response.handed_over_at = database_now()
    how = required(note, "note", "请写明上级接管的通知：何人、何时、以何种方式。", clause)
    words = f"指挥权移交{response.handed_over_to}（{response.number}）。{how}"
    entry_write(head, response, Line("response.handed_over", words, actor=actor, clause=clause))
    handover_write(head, response, how, clause, actor)
    _event_tasks(head, response, HANDOVER, actor, f"指挥权已移交{response.handed_over_to}")
    return response


@transaction.atomic
def response_reinforce(*, response_id: int, version: int, to: str, request: str, user: Any) -> Response:
    """Record a request for reinforcement and make the tasks that wait for it (cyber 4.2.2.3; comms 4.4.2(6)).

    Holds: the response is active; a post that may start the level, or the office. May be repeated: its tasks are made
    once. Writes the request, which waits for its answer. Raises BadInput, Forbidden, WrongState.
    """
    head, response = response_lock(response_id, user=user)
    check_version(response, version)
    actor = command_or_office(user, response)
    clause = aid_clause(response)
    state_in(response, [ResponseState.ACTIVE], "不能请求增援", clause)
    whom = required(to, "to", "请写明向谁请求增援。", clause)
    what = required(request, "request", "请写明需要的力量、装备和原因。", clause)
    words = f"向{whom}请求增援（{response.number}）：{what}"
    entry_write(head, response, Line("response.reinforced", words, actor=actor, clause=clause, data={"to": whom}))
    reinforcement_write(response, whom, what, clause, actor)
    _event_tasks(head, response, REINFORCEMENT, actor, f"已向{whom}请求增援：{what}")
    return response


def _event_clause(response: Response, event: str) -> str:
    plans = plan_tasks(response.level, response.incident, event=event)
    return plans[0].clause if plans else clause_of(response, response.level.measures_clause)


def _event_tasks(head: CaseHead, response: Response, event: str, actor: Actor, title: str) -> None:
    plans = plan_tasks(response.level, response.incident, event=event)
    tasks = tasks_create(head, response, plans, actor, database_now())
    tasks_tell(head, response, tasks)
    message = message_of(
        response,
        event,
        f"{title}（{response.incident.title}）",
        urgent=True,
        dedupe=f"response:{response.pk}:{event}:{response.version}",
    )
    tell(head, message, people_of(response, COMMAND_KINDS))
