"""请求增援 after it was asked for: the answer, the arrival (S10, S12). Asking is ``response_reinforce``."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from incidents.services.common import check_lengths
from response.choices import RUNNING
from response.models import Reinforcement, Response
from response.running.choices import AidState
from response.running.services.common import happened, row_lock, serial_next, write
from response.services.common import (
    COMMAND_KINDS,
    command_or_office,
    message_of,
    people_of,
    required,
    state_in,
    tell,
)
from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import database_now
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line

__all__ = ["reinforcement_answer", "reinforcement_arrive", "reinforcement_write"]


def reinforcement_write(response: Response, to: str, what: str, clause: str, actor: Actor) -> None:
    """Write a request that the caller has checked and recorded: the case is locked, the authority was asked."""
    row = Reinforcement(
        response=response, serial=serial_next(response.reinforcements.all()), to=to, request=what, clause=clause,
        asked_by=actor.user, asked_post=actor.post, asked_at=database_now(),
    )  # fmt: skip
    check_lengths(row)
    row.save()


@transaction.atomic
def reinforcement_answer(
    *, reinforcement_id: int, version: int, agreed: bool, answer: str, answered_by: str, user: Any,
    answered_at: datetime | None = None,
) -> Reinforcement:  # fmt: skip
    """Record what the superior answered: agreed or not, who said so and when; the command is told.

    Holds: it waits for an answer. Raises NotVisible, StaleVersion, Forbidden, WrongState, BadInput.
    """
    head, row, actor = _locked(reinforcement_id, version, user)
    state_in(row, [AidState.ASKED], "不能登记答复", row.clause)
    row.answer = required(answer, "answer", "请写明答复内容。", row.clause)
    row.answered_by = required(answered_by, "answered_by", "请写明答复人。", row.clause)
    row.answered_at = happened(answered_at, "answered_at", row.asked_at)
    row.state = AidState.AGREED if agreed else AidState.REFUSED
    words = f"{row.to}{row.get_state_display()}增援请求{row.serial}（{row.answered_by}）：{row.answer}"
    line = Line("reinforcement.answered", words, actor=actor, clause=row.clause, done_at=row.answered_at)
    write(head, row, line)
    message = message_of(
        row.response, "aid_answered", words, urgent=not agreed, clause=row.clause,
        url=f"/response/{row.response.number}/reinforcements/", dedupe=f"aid:{row.pk}:{row.version}",
    )  # fmt: skip
    tell(head, message, people_of(row.response, COMMAND_KINDS))
    return row


@transaction.atomic
def reinforcement_arrive(
    *, reinforcement_id: int, version: int, arrival: str, user: Any, arrived_at: datetime | None = None
) -> Reinforcement:
    """Record that reinforcement has arrived: who, how many, where. Holds: it was agreed to. Raises as answering."""
    head, row, actor = _locked(reinforcement_id, version, user)
    state_in(row, [AidState.AGREED], "不能登记到位", row.clause)
    row.arrival = required(arrival, "arrival", "请写明到位的力量和地点。", row.clause)
    row.arrived_at, row.state = happened(arrived_at, "arrived_at", row.answered_at), AidState.ARRIVED
    words = f"增援到位（请求{row.serial}，{row.to}）：{row.arrival}"
    line = Line("reinforcement.arrived", words, actor=actor, clause=row.clause, done_at=row.arrived_at)
    write(head, row, line)
    return row


def _locked(reinforcement_id: int, version: int, user: Any) -> tuple[CaseHead, Reinforcement, Actor]:
    head, row = row_lock(Reinforcement, reinforcement_id, version, user)
    actor = command_or_office(user, row.response)
    state_in(row.response, RUNNING, "不能登记", row.clause)
    return head, row, actor
