"""先期处置 (comms 4.3): the unit's own log on the case. It starts no response of the county. S11."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from directory.choices import Act
from directory.models import Unit
from directory.rules import actor_for, actor_of_unit, may
from incidents.choices import OPEN_STATES
from incidents.models import Incident
from incidents.services.common import check_lengths, check_state, incident_lock
from response.models import FirstAction
from response.running.rules import first_action_clause
from response.running.services.common import LATE_ENTRY_AFTER, happened, write
from response.services.common import required
from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import database_now
from yangcheng_ec.errors import BadInput, Forbidden, WrongState
from yangcheng_ec.record.services import Line

__all__ = ["first_action_log"]


@transaction.atomic
def first_action_log(
    *, incident_id: int, text: str, user: Any, said_by: str = "", done_at: datetime | None = None
) -> FirstAction:
    """Log what the unit where it happened did of its own (「事发单位应立即启动应急响应」), or what it told the office.

    Holds: the plan has the clause; the case is open; the incident unit's own people, or the office for it, naming who
    said so (代录). No response begins, no task, no level. Raises NotVisible, Forbidden, WrongState, BadInput.
    """
    incident, head = incident_lock(incident_id, user=user)
    clause = first_action_clause(incident.plan_version)
    if not clause:
        raise WrongState(f"{incident.plan_version.plan.short_name}没有规定先期处置。")
    unit = _unit(incident, clause)
    actor, said = _who(incident, unit, user, said_by, clause)
    check_state(incident, OPEN_STATES, "先期处置记录", clause)
    now, moment = database_now(), happened(done_at, "done_at")
    row = FirstAction(
        incident=incident, unit=unit, text=required(text, "text", "请写明处置情况。", clause), clause=clause,
        said_by=said, user=user, post_label=actor.post, done_at=moment, recorded_at=now,
        late_entry=now - moment > LATE_ENTRY_AFTER,
    )  # fmt: skip
    check_lengths(row)
    by_call = f"（代录，{said}电话告知）" if said else ""
    words = f"{unit.name}先期处置{by_call}：{row.text}"
    write(head, row, Line("first_action.logged", words, actor=actor, clause=clause, done_at=moment))
    return row


def _unit(incident: Incident, clause: str) -> Unit:
    unit = incident.incident_unit or incident.reporting_unit
    if unit is None:
        words = "事发单位未建档，请在案卷上选定事发单位后再记录。"
        raise BadInput(words, fields={"text": [words]}, clause=clause)
    return unit


def _who(incident: Incident, unit: Unit, user: Any, said_by: str, clause: str) -> tuple[Actor, str]:
    if may(user, incident.plan_version, Act.OFFICE):
        actor = actor_for(user, incident.plan_version, Act.OFFICE)
        return actor, required(said_by, "said_by", "代录须写明是该单位何人所说。", clause)
    if user.unit_id != unit.pk:
        raise Forbidden(f"先期处置由事发单位（{unit}）记录。", clause=clause)
    return actor_of_unit(user, unit.pk), ""
