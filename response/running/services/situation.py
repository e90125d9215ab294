"""Situation summaries: units are asked every N hours (非预案规定), what they say becomes one report draft."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction

from directory.choices import Act
from directory.rules import actor_for, actor_of_unit
from incidents.models import Report
from incidents.services import Draft, report_draft
from response.choices import RUNNING
from response.models import Response, SituationReply, SituationRhythm, SituationRound
from response.running.rules import situation_clause
from response.running.selectors import replies_visible_to, units_of_response
from response.running.services.common import office_running, row_lock, serial_next, units_people, write
from response.services.common import check_version, message_of, required, state_in, tell
from yangcheng_ec.actors import SYSTEM, Actor
from yangcheng_ec.clock import database_now, local_text
from yangcheng_ec.deadlines.services import notices_settle
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, WrongState
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line, case_lock

__all__ = [
    "Said", "rhythm_set", "rhythm_stop", "situation_ask", "situation_compose", "situation_reply",
    "situations_round",
]  # fmt: skip

BATCH = 50
HOURS = range(1, 25)
RELATED = ("response__incident__plan_version__plan", "response__level__version__plan", "response__plan_version__plan")


@transaction.atomic
def rhythm_set(*, response_id: int, version: int, every_hours: int, user: Any) -> SituationRhythm:
    """Have units asked for the situation every N hours from now on (间隔为非预案规定), the first time at once.

    Holds: the office; the response runs. Raises NotVisible, StaleVersion, Forbidden, WrongState, BadInput.
    """
    head, response, actor = office_running(response_id, version, user, "不能设定信息汇总")
    if every_hours not in HOURS:
        raise BadInput("请填写 1 到 24 小时。", fields={"every_hours": ["请填写 1 到 24 小时。"]})
    row = SituationRhythm.objects.filter(response=response).first() or SituationRhythm(response=response, version=0)
    row.every_hours, row.set_by, row.set_post = every_hours, user, actor.post
    row.next_at = database_now() + timedelta(hours=every_hours)
    words = f"信息汇总：每{every_hours}小时向承担任务的单位收集一次（间隔为非预案规定）"
    write(head, row, Line("situation.rhythm", words, actor=actor, clause=situation_clause(response.plan_version)))
    if not response.situation_rounds.filter(composed_at__isnull=True).exists():
        _ask(head, response, actor)
    return row


@transaction.atomic
def rhythm_stop(*, response_id: int, version: int, user: Any) -> SituationRhythm:
    """Ask no more by the clock; by hand it is still possible. Raises as ``rhythm_set``."""
    head, response, actor = office_running(response_id, version, user, "不能停止信息汇总")
    row = SituationRhythm.objects.filter(response=response, next_at__isnull=False).first()
    if row is None:
        raise WrongState("没有在按时收集。")
    row.next_at = None
    words = "停止按时收集信息汇总"
    write(head, row, Line("situation.stopped", words, actor=actor, clause=situation_clause(response.plan_version)))
    return row


@transaction.atomic
def situation_ask(*, response_id: int, version: int, user: Any) -> SituationRound:
    """Ask the units with open tasks now. Holds as ``rhythm_set``; the last round is composed, or is left as it is."""
    head, response, actor = office_running(response_id, version, user, "不能收集")
    return _ask(head, response, actor)


def situations_round() -> int:
    """Ask wherever it is time; return how many. Called by each sweep: one read when none is due."""
    due = SituationRhythm.objects.filter(next_at__lte=database_now()).order_by("next_at", "pk")
    return sum(_due(pk) for pk in due.values_list("pk", flat=True)[:BATCH])


@transaction.atomic
def _due(rhythm_id: int) -> bool:
    row = SituationRhythm.objects.select_related(*RELATED).get(pk=rhythm_id)
    head = CaseHead.objects.select_for_update(skip_locked=True).filter(pk=row.response.incident.head_id).first()
    if head is None:
        return False
    row = SituationRhythm.objects.select_related(*RELATED).get(pk=rhythm_id)
    now = database_now()
    if row.next_at is None or row.next_at > now:
        return False
    runs = row.response.state in RUNNING
    row.next_at = now + timedelta(hours=row.every_hours) if runs else None
    row.save(update_fields=["next_at"])
    if runs and units_of_response(row.response).exists():
        _ask(head, row.response, SYSTEM)
    return runs


def _ask(head: CaseHead, response: Response, actor: Actor) -> SituationRound:
    clause = situation_clause(response.plan_version)
    units = list(units_of_response(response))
    if not units:
        raise WrongState("没有承担未办结任务的单位，不用收集。", clause=clause)
    serial = serial_next(response.situation_rounds.all())
    row = SituationRound(response=response, serial=serial, version=0, asked_at=database_now())
    words = f"第{row.serial}次信息汇总：向{len(units)}个单位收集（{response.number}）"
    write(head, row, Line("situation.asked", words, actor=actor, clause=clause))
    SituationReply.objects.bulk_create(SituationReply(round=row, unit=unit) for unit in units)
    message = message_of(
        response, "situation", f"请报送进展情况（第{row.serial}次）：{response.incident.title}",
        "请填报进展情况、存在问题、需要的支持。", clause=clause, url="/response/situations/",
        dedupe=f"situation:{row.pk}",
    )  # fmt: skip
    tell(head, message, units_people(units, response))
    return row


@dataclass(frozen=True)
class Said:
    """What a unit says of the situation."""

    progress: str
    problems: str = ""
    needs: str = ""


@transaction.atomic
def situation_reply(*, reply_id: int, version: int, said: Said, user: Any, said_by: str = "") -> SituationReply:
    """A unit says how things stand, or the office enters what it said (代录). May be said again until it is composed.

    Raises NotVisible, StaleVersion, Forbidden, WrongState (composed), BadInput.
    """
    found = replies_visible_to(user).filter(pk=reply_id)
    head_id = found.values_list("round__response__incident__head_id", flat=True).first()
    if head_id is None:
        raise NotVisible()
    head = case_lock(head_id)
    related = ("unit", "round__response__plan_version__plan", "round__response__level")
    row = SituationReply.objects.select_related(*related).get(pk=reply_id)
    check_version(row, version)
    clause = situation_clause(row.round.response.plan_version)
    actor, named = _speaker(row, user, said_by, clause)
    if row.round.composed_at is not None:
        raise WrongState("这次汇总已经编成报告，请在下一次报送。", clause=clause)
    state_in(row.round.response, RUNNING, "不能报送", clause)
    row.progress = required(said.progress, "progress", "请写明进展情况。", clause)
    row.problems, row.needs = said.problems.strip(), said.needs.strip()
    row.replied_at, row.replied_by, row.said_by = database_now(), named or actor.name, named
    by_call = f"（代录，{named}电话告知）" if named else ""
    words = f"{row.unit.name}报送进展{by_call}（第{row.round.serial}次汇总）：{_words(row)}"
    write(head, row, Line("situation.replied", words, actor=actor, clause=clause))
    return row


def _speaker(row: SituationReply, user: Any, said_by: str, clause: str) -> tuple[Actor, str]:
    try:
        return actor_of_unit(user, row.unit_id), ""
    except Forbidden:
        actor = actor_for(user, row.round.response.plan_version, Act.OFFICE)
    return actor, required(said_by, "said_by", "代录须写明是该单位何人所说。", clause)


def _words(row: SituationReply) -> str:
    parts = [row.progress.rstrip("。")]
    parts += [f"存在问题：{row.problems.rstrip('。')}"] if row.problems else []
    parts += [f"需要的支持：{row.needs.rstrip('。')}"] if row.needs else []
    return "。".join(parts) + "。"


@transaction.atomic
def situation_compose(*, response_id: int, round_id: int, version: int, addressees: Sequence[str], user: Any) -> Report:
    """Compose what the units said into one written report draft; the office edits it, another person signs it.

    ``version`` is the round's. Units that have not answered are named as such. Holds: the office; at least one unit
    has answered; not composed yet. Raises NotVisible, StaleVersion, Forbidden, WrongState, BadInput (addressees).
    """
    head, row = row_lock(SituationRound, round_id, version, user)
    response = row.response
    if response.pk != response_id:
        raise NotVisible()
    clause = situation_clause(response.plan_version)
    actor = actor_for(user, response.plan_version, Act.OFFICE)
    state_in(response, RUNNING, "不能编成报告", clause)
    if row.report_id is not None:
        raise WrongState("这次汇总已经编成报告。", clause=clause)
    replies = list(row.replies.select_related("unit"))
    if not any(reply.replied_at for reply in replies):
        raise WrongState("还没有单位报送，不能编成报告。", clause=clause)
    draft = Draft(addressees=tuple(addressees), body=body_of(row, replies))
    row.report = report_draft(incident_id=response.incident_id, user=user, draft=draft)
    row.composed_at = database_now()
    words = f"第{row.serial}次信息汇总编成报告草稿（{row.report.label}）"
    write(head, row, Line("situation.composed", words, actor=actor, clause=clause))
    notices_settle(subject=("response", response.pk), kinds=["response.situation"])
    return row.report


def body_of(row: SituationRound, replies: Sequence[SituationReply]) -> str:
    """Return the report's text: what each unit said, what it needs, and who has said nothing."""
    said = [reply for reply in replies if reply.replied_at is not None]
    silent = [reply.unit.name for reply in replies if reply.replied_at is None]
    lines = [f"截至{local_text(database_now())}，{len(said)}个单位报送情况如下（第{row.serial}次汇总）："]
    lines += [f"{number}. {reply.unit.name}：{_words(reply)}" for number, reply in enumerate(said, 1)]
    return "\n".join([*lines, *([f"尚未报送：{'、'.join(silent)}。"] if silent else [])])
