"""Ending a response: findings with evidence, the decision of who may, the announcement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from directory.audience import unit_recipients, units_people
from directory.choices import Act
from directory.models import Unit
from directory.rules import actor_for, approver_kinds
from directory.services.duty_modes import duty_modes_set
from directory.services.signatures import PhoneCall, Signing, refuse_denied, signature_denied
from incidents.services import incident_mark_aftermath, view_grant
from response.aftermath.models import StandDown
from response.choices import UNDECIDED, ResponseState
from response.models import Response, Task
from response.rules import end_findings_of, office_announces_end, starter_ends
from response.selectors.left import left_open, left_words
from response.services.approve import tasks_close
from response.services.common import (
    COMMAND_KINDS,
    act_clause,
    call_out,
    check_version,
    entry_write,
    message_of,
    people_of,
    required,
    response_lock,
    sign,
    state_in,
    tell,
)
from response.services.stand_down import stand_downs_tell
from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import database_now
from yangcheng_ec.deadlines.models import Deadline
from yangcheng_ec.errors import BadInput, Forbidden, WrongState
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line

__all__ = ["response_announce_end", "response_end_approve", "response_end_return", "response_propose_end"]

CARRY_OVER = "未办结任务结转"
CARRY_CLOCKS = "未了结时限结转"
CARRIES = (CARRY_OVER, CARRY_CLOCKS)


@transaction.atomic
def response_propose_end(
    *, response_id: int, version: int, findings: Mapping[int, str], user: Any, carry_over: str = ""
) -> Response:
    """Propose the end with every finding of the clause ticked and its evidence (cyber 4.5; comms 4.6).

    ``findings``: ordinal of the finding → its evidence; all are needed. Open tasks are done and running clocks settled
    first, or carried over to the aftermath with a reason (``carry_over``). Holds: the office; the response is active;
    no undecided change of level. Raises BadInput beside each missing finding, Forbidden, WrongState.
    """
    head, response = response_lock(response_id, user=user)
    check_version(response, version)
    actor = actor_for(user, response.plan_version, Act.OFFICE)
    clause = act_clause(response, Act.APPROVE_END)
    state_in(response, [ResponseState.ACTIVE], "不能提出结束", clause)
    _refuse_undecided(response, clause)
    lines = [*_findings(response, findings, clause), *_carried(response, carry_over, clause)]
    response.end_findings, response.end_proposed_by = lines, user
    response.state, response.end_proposed_at = ResponseState.END_PROPOSED, database_now()
    words = f"提出结束{response.number}（{response.level}）。" + "；".join(
        f"{x['finding']}：{x['evidence']}" for x in lines
    )
    entry_write(head, response, Line("response.end_proposed", words, actor=actor, clause=clause))
    _call_enders(head, response, words, clause)
    return response


@transaction.atomic
def response_end_approve(
    *, response_id: int, version: int, user: Any, call: PhoneCall | None = None, public: bool = False, note: str = ""
) -> Response:
    """Approve the end. Cyber: the command, and the office then announces it; comms: a post that may start this level
    (「谁启动、谁结束」), which announces it at once.

    Nobody approves the end they proposed. Raises Forbidden, WrongState, BadInput.
    """
    head, response = response_lock(response_id, user=user)
    check_version(response, version)
    clause = act_clause(response, Act.APPROVE_END)
    state_in(response, [ResponseState.END_PROPOSED], "不能批准结束", clause)
    signer = call.signer if call is not None else user
    if response.end_proposed_by_id == signer.pk:
        raise Forbidden("不能批准自己提出的结束建议，请由另一位有权的人批准。", clause=clause)
    level = response.level if starter_ends(response.plan_version) else None
    signing = Signing(
        head,
        ("response", response.pk),
        Act.APPROVE_END,
        response.plan_version,
        clause,
        note=note,
        level=level,
        since=response.activated_at,
    )
    actor = sign(signing, user=user, call=call)
    response.state, response.end_approved_at = ResponseState.END_APPROVED, database_now()
    how = f"（电话，{user}记录，回拨{call.number}）" if call else ""
    words = f"批准结束{response.number}（{response.level}）{how}"
    entry_write(head, response, Line("response.end_approved", words, actor=actor, clause=clause))
    if office_announces_end(response.plan_version):
        title = f"已批准结束{response.level}，请宣布：{response.incident.title}"
        message = message_of(response, "end_approved", title, urgent=True, clause=clause, dedupe=_dedupe(response))
        tell(head, message, people_of(response, ["office_director", "office_staff", "duty_officer"]))
        return response
    return _end(head, response, actor, public=public, clause=clause)


@transaction.atomic
def response_end_return(*, response_id: int, version: int, reason: str, user: Any) -> Response:
    """A post that may approve the end refuses it with a reason, also after an approval by phone was denied.

    The response goes on. Raises as ``end_approve``.
    """
    head, response = response_lock(response_id, user=user)
    check_version(response, version)
    clause = act_clause(response, Act.APPROVE_END)
    level = response.level if starter_ends(response.plan_version) else None
    actor = actor_for(user, response.plan_version, Act.APPROVE_END, level=level)
    denied = signature_denied(("response", response.pk), Act.APPROVE_END)
    states = [ResponseState.END_PROPOSED, *([ResponseState.END_APPROVED] if denied else [])]
    state_in(response, states, "不能退回结束建议", clause)
    response.return_reason = required(reason, "reason", "请写明退回理由。", clause)
    response.state = ResponseState.ACTIVE
    words = f"退回结束{response.number}的建议，响应继续。理由：{response.return_reason}"
    entry_write(head, response, Line("response.end_returned", words, actor=actor, clause=clause))
    message = message_of(response, "end_returned", words, urgent=True, clause=clause, dedupe=_dedupe(response))
    tell(head, message, people_of(response, ["office_director", "office_staff", "duty_officer"]))
    return response


@transaction.atomic
def response_announce_end(*, response_id: int, version: int, user: Any, public: bool = False) -> Response:
    """The office announces an approved end, to the public where needed (cyber 4.5). Raises Forbidden, WrongState."""
    head, response = response_lock(response_id, user=user)
    check_version(response, version)
    actor = actor_for(user, response.plan_version, Act.ANNOUNCE_END)
    clause = act_clause(response, Act.ANNOUNCE_END)
    state_in(response, [ResponseState.END_APPROVED], "不能宣布结束", clause)
    refuse_denied(("response", response.pk), Act.APPROVE_END, clause)
    return _end(head, response, actor, public=public, clause=clause)


def _end(head: CaseHead, response: Response, actor: Actor, *, public: bool, clause: str) -> Response:
    open_tasks, clocks = left_open(response)
    reason = next((row["evidence"] for row in response.end_findings if row["finding"] in CARRIES), "")
    if (open_tasks or clocks) and not reason:
        raise WrongState(f"还有{left_words(open_tasks, clocks)}，也没有结转理由，不能结束。", clause=clause)
    tasks_close(open_tasks, f"结转后期处置：{reason}", actor)
    response.state, response.ended_at, response.end_public = ResponseState.ENDED, database_now(), public
    told = stand_downs_tell(response)
    words = f"宣布{response.number}（{response.level}）结束{'，向社会公布' if public else ''}。"
    words += _ended_words(open_tasks, clocks, [row.label for row in told])
    data = {"carried_tasks": [row.pk for row in open_tasks], "carried_clocks": [row.pk for row in clocks]}
    entry_write(head, response, Line("response.ended", words, actor=actor, clause=clause, data=data))
    duty_modes_set(head=head, asked=[], level=str(response.level), actor=actor)
    incident_mark_aftermath(
        head=head, incident=response.incident, actor=actor, text=f"响应结束，转入后期处置：{words}", clause=clause
    )
    _tell_all(head, response, words, clause)
    _tell_stand_down(head, response, told)
    return response


def _carried(response: Response, reason: str, clause: str) -> list[dict[str, str]]:
    """Return what is carried over to the aftermath, with the reason. Raises BadInput when there is none."""
    tasks, clocks = left_open(response)
    if not tasks and not clocks:
        return []
    text = f"还有{left_words(tasks, clocks)}：请先办结，或写明结转后期处置的理由。"
    evidence = required(reason, "carry_over", text, clause)
    kinds = [*([CARRY_OVER] if tasks else []), *([CARRY_CLOCKS] if clocks else [])]
    return [{"finding": kind, "evidence": evidence} for kind in kinds]


def _ended_words(tasks: Sequence[Task], clocks: Sequence[Deadline], told: Sequence[str]) -> str:
    """Return what is carried over, each clock by name, and who is told to stand down."""
    parts = [f"结转{len(tasks)}项任务。"] if tasks else []
    if clocks:
        parts.append(f"结转{len(clocks)}个时限：{'、'.join(row.title for row in clocks)}。")
    if told:
        parts.append(f"通知撤离：{'、'.join(told)}。")
    return "".join(parts)


def _tell_all(head: CaseHead, response: Response, words: str, clause: str) -> None:
    units = list(Unit.objects.filter(tasks__response=response).distinct())
    people = units_people(units, response.plan_version_id)
    title = f"应急响应结束：{response.incident.title}（{response.level}）"
    kinds = [*COMMAND_KINDS, "office_staff", "duty_officer"]
    message = message_of(response, "ended", title, words, clause=clause, url="/inbox/")
    tell(head, message, [*people, *people_of(response, kinds)])


def _tell_stand_down(head: CaseHead, response: Response, told: Sequence[StandDown]) -> None:
    """Tell each unit once which of its groups and teams leave, and where it reports that they have."""
    mine: dict[Unit, list[StandDown]] = {}
    for row in told:
        if row.unit is not None:
            mine.setdefault(row.unit, []).append(row)
    people = unit_recipients(list(mine), response.plan_version_id)
    for unit, rows in mine.items():
        view_grant(response.incident, unit)
        names = "、".join(row.label for row in rows)
        message = message_of(
            response, "stand_down", f"请撤离并登记：{names}", response.incident.title, clause=rows[0].clause,
            url=f"/incidents/{response.incident.number}/aftermath/",
        )  # fmt: skip
        tell(head, message, people.get(unit.pk, []))


def _findings(response: Response, given: Mapping[int, str], clause: str) -> list[dict[str, str]]:
    wanted = end_findings_of(response.plan_version)
    problems: dict[str, list[str]] = {}
    for number, text in enumerate(wanted, 1):
        if not str(given.get(number, "")).strip():
            problems[f"finding_{number}"] = [f"请确认「{text}」并写明依据。"]
    if problems:
        raise BadInput("结束响应须逐项确认并写明依据。", fields=problems, clause=clause)
    return [{"finding": text, "evidence": str(given[number]).strip()} for number, text in enumerate(wanted, 1)]


def _refuse_undecided(response: Response, clause: str) -> None:
    other = response.incident.responses.filter(state__in=UNDECIDED).first()
    if other is not None:
        raise WrongState(f"{other.number}（{other.level}）的建议还没有决定，请先决定或撤回。", clause=clause)


def _call_enders(head: CaseHead, response: Response, words: str, clause: str) -> None:
    level = response.level if starter_ends(response.plan_version) else None
    kinds = approver_kinds(response.plan_version, Act.APPROVE_END, level)[0]
    title = f"请批准结束{response.level}：{response.incident.title}"
    message = message_of(
        response, "approve_end", title, words, urgent=True, call=True, clause=clause, dedupe=_dedupe(response)
    )
    call_out(head, response, message, people_of(response, kinds))


def _dedupe(response: Response) -> str:
    return f"response:{response.pk}:end:{response.version}"
