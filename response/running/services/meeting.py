"""会商, and whether things are under control (S10, S12)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from directory.models import Unit
from response.choices import RUNNING
from response.models import Conference, ControlCheck
from response.running.choices import MeetingForm
from response.running.rules import conference_clause, control_clause
from response.running.services.common import happened, office_running, serial_next, write
from response.services.common import (
    COMMAND_KINDS,
    check_version,
    command_or_office,
    message_of,
    people_of,
    required,
    response_lock,
    state_in,
    tell,
)
from yangcheng_ec.clock import database_now, local_text
from yangcheng_ec.record.services import Line

__all__ = ["Minutes", "conference_record", "control_check"]


@dataclass(frozen=True, kw_only=True)
class Minutes:
    """What a conference's record says. ``others``: who took part and is no unit of the registry."""

    held_at: datetime | None
    form: str
    chair: str
    agenda: str
    conclusions: str
    place: str = ""
    others: str = ""
    units: Iterable[Unit] = field(default_factory=tuple)


@transaction.atomic
def conference_record(*, response_id: int, version: int, minutes: Minutes, user: Any) -> Conference:
    """Record a conference (comms 4.4.1(2): 「召开相关成员单位会商会议」; other levels: 非预案规定).

    Holds: the office; the response runs. Writes the record and its line. Raises NotVisible, StaleVersion, Forbidden,
    WrongState, BadInput.
    """
    head, response, actor = office_running(response_id, version, user, "不能记录会商")
    clause = conference_clause(response)
    row = Conference(
        response=response, serial=serial_next(response.conferences.all()), version=0, clause=clause,
        held_at=happened(minutes.held_at, "held_at", response.activated_at), form=minutes.form,
        place=minutes.place.strip(), chair=required(minutes.chair, "chair", "请写明主持人。", clause),
        others=minutes.others.strip(), agenda=required(minutes.agenda, "agenda", "请写明议题。", clause),
        conclusions=required(minutes.conclusions, "conclusions", "请写明会商意见。", clause),
        recorded_by=user, recorded_post=actor.post, recorded_at=database_now(),
    )  # fmt: skip
    units = list({unit.pk: unit for unit in minutes.units}.values())
    who = "、".join([*(unit.name for unit in units), *([row.others] if row.others else [])]) or "（未列参加单位）"
    how = MeetingForm(row.form).label if row.form in MeetingForm.values else row.form
    mark = "" if clause else "（非预案规定）"
    words = (
        f"会商{row.serial}（{how}，{local_text(row.held_at)}）{mark}，主持：{row.chair}；参加：{who}。"
        f"议题：{row.agenda}。意见：{row.conclusions}"
    )
    write(head, row, Line("conference.recorded", words, actor=actor, clause=clause, done_at=row.held_at))
    row.units.set(units)
    return row


@transaction.atomic
def control_check(*, response_id: int, version: int, controlled: bool, words: str, user: Any) -> ControlCheck:
    """Judge whether things are under control (cyber 8.2; comms: 非预案规定); 「否」 calls the command to widen it.

    Nothing is chosen for anyone: 扩大应急 is a proposal of a higher level, or 请求增援, made by people. Holds: the
    office or a post that may start the level; the response runs. Raises NotVisible, Forbidden, WrongState, BadInput.
    """
    head, response = response_lock(response_id, user=user)
    check_version(response, version)
    actor = command_or_office(user, response)
    clause = control_clause(response.plan_version)
    state_in(response, RUNNING, "不能判断事态", clause)
    row = ControlCheck(
        response=response, version=0, controlled=controlled, clause=clause, user=user, post_label=actor.post,
        words=required(words, "words", "请写明判断依据。", clause), checked_at=database_now(),
    )  # fmt: skip
    verdict = "事态得到控制" if controlled else "事态未得到控制"
    mark = "" if clause else "（非预案规定）"
    write(head, row, Line("control.checked", f"{verdict}{mark}：{row.words}", actor=actor, clause=clause))
    if not controlled:
        title = f"{verdict}，请研究扩大应急、请求增援：{response.incident.title}"
        more = {"urgent": True, "dedupe": f"control:{row.pk}", **({"clause": clause} if clause else {})}
        tell(head, message_of(response, "not_controlled", title, row.words, **more), people_of(response, COMMAND_KINDS))
    return row
