"""现场应急指挥部 (comms 2.1(2)): set up by the command, dissolved with a reason. O12."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from directory.models import Unit
from response.choices import RUNNING
from response.models import OnSiteCommand
from response.running.choices import OnSiteState
from response.running.rules import command_actor, on_site_clause
from response.running.services.common import happened, row_lock, units_chosen, units_people, write
from response.services.common import check_version, message_of, required, response_lock, state_in, tell
from yangcheng_ec.clock import database_now
from yangcheng_ec.errors import WrongState
from yangcheng_ec.record.services import Line

__all__ = ["on_site_dissolve", "on_site_set_up"]

WHAT = "现场应急指挥部的组建、撤销"


@transaction.atomic
def on_site_set_up(
    *, response_id: int, version: int, place: str, leader: str, units: Iterable[Unit], user: Any, number: str = "",
    set_up_at: datetime | None = None,
) -> OnSiteCommand:  # fmt: skip
    """Set up the command on the spot: where, who leads it, which units, on which number; the units are told.

    Holds: the plan has it (comms 2.1(2)); commander or deputy (非预案规定); the response runs; none stands yet.
    Raises NotVisible, StaleVersion, Forbidden, WrongState, BadInput.
    """
    head, response = response_lock(response_id, user=user)
    check_version(response, version)
    clause = on_site_clause(response.plan_version)
    if not clause:
        raise WrongState(f"{response.plan_version.plan.short_name}没有规定现场应急指挥部。")
    actor = command_actor(user, response.plan_version, WHAT, clause)
    state_in(response, RUNNING, "不能组建", clause)
    if response.on_site.filter(state=OnSiteState.STANDING).exists():
        raise WrongState("已有现场应急指挥部，请先撤销，再另行组建。", clause=clause)
    chosen = units_chosen(units, "请选择组成单位。", clause)
    row = OnSiteCommand(
        response=response, version=0, clause=clause, number=number.strip(),
        place=required(place, "place", "请写明地点。", clause),
        leader=required(leader, "leader", "请写明现场指挥。", clause), set_up_by=user, set_up_post=actor.post,
        set_up_at=happened(set_up_at, "set_up_at", response.activated_at),
    )  # fmt: skip
    names = "、".join(unit.name for unit in chosen)
    phone = f"，电话{row.number}" if row.number else ""
    words = f"组建现场应急指挥部（{row.place}），现场指挥：{row.leader}{phone}；组成单位：{names}"
    write(head, row, Line("on_site.set_up", words, actor=actor, clause=clause, done_at=row.set_up_at))
    row.units.set(chosen)
    message = message_of(
        response, "on_site", words, urgent=True, clause=clause, url="/inbox/", dedupe=f"on-site:{row.pk}:up"
    )
    tell(head, message, units_people(chosen, response))
    return row


@transaction.atomic
def on_site_dissolve(*, on_site_id: int, version: int, reason: str, user: Any) -> OnSiteCommand:
    """Dissolve it with a reason; its units are told. Raises NotVisible, StaleVersion, Forbidden, WrongState."""
    head, row = row_lock(OnSiteCommand, on_site_id, version, user)
    response = row.response
    actor = command_actor(user, response.plan_version, WHAT, row.clause)
    state_in(row, [OnSiteState.STANDING], "不能撤销", row.clause)
    row.reason = required(reason, "reason", "请写明撤销理由。", row.clause)
    row.state, row.dissolved_at = OnSiteState.DISSOLVED, database_now()
    words = f"撤销现场应急指挥部（{row.place}）。理由：{row.reason}"
    write(head, row, Line("on_site.dissolved", words, actor=actor, clause=row.clause))
    message = message_of(response, "on_site", words, clause=row.clause, url="/inbox/", dedupe=f"on-site:{row.pk}:down")
    tell(head, message, units_people(list(row.units.all()), response))
    return row
