"""Proposing a level: the office proposes, the command confirms where the plan says so; or withdrawn, or returned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from directory.audience import units_people
from directory.choices import Act
from directory.models import ResponseCondition, ResponseLevel, Unit
from directory.rules import actor_for, approver_kinds, clause_label
from directory.selectors.membership import member_units
from directory.services.signatures import PhoneCall, Signing
from incidents.choices import RESPONSE_MAY_BE_PROPOSED
from incidents.models import Incident
from incidents.selectors import incidents_visible_to
from incidents.services.common import check_lengths
from response.choices import RUNNING, UNDECIDED, ResponseState
from response.models import Response
from response.rules import ALL_MEMBERS, condition_of, level_of, local_reason_asked
from response.services.common import (
    act_clause,
    call_out,
    check_version,
    clause_of,
    decidable_since,
    entry_write,
    message_of,
    people_of,
    required,
    response_lock,
    response_url,
    sign,
    state_in,
    tell,
)
from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import database_now
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, WrongState
from yangcheng_ec.numbers import number_next
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line, case_lock

__all__ = [
    "proposals_lapse",
    "response_confirm",
    "response_escalate",
    "response_lower",
    "response_propose",
    "response_return",
    "response_withdraw",
]

NUMBER_PREFIX = "XY"


@dataclass(frozen=True)
class Grounds:
    """What the office writes: the basis; whether the place can cope, None where that was not asked for."""

    basis: str
    local_reason: str | None = None


@transaction.atomic
def response_propose(
    *,
    incident_id: int,
    level: Any,
    condition: Any,
    basis: str,
    user: Any,
    drill: bool | None = None,
    withdraws: str = "",
    local_reason: str | None = None,
) -> Response:
    """Propose a level with its condition and a written basis (cyber 4.2.x.2; comms 4.4.x).

    Holds: a post of the office; the incident is open and has neither a running nor an undecided response
    (``withdraws`` names an undecided one that is withdrawn in the same act). ``local_reason`` says whether the place
    can cope, where two levels' conditions overlap (4.2.2.1, 4.2.3.1): empty is refused, None is recorded as not said.
    Writes the proposal, the record, the notices the clause asks for at this moment, and the approvers' call. Raises
    BadInput, Forbidden, WrongState.
    """
    head, incident = _incident_lock(incident_id, user)
    version = incident.plan_version
    actor = actor_for(user, version, Act.PROPOSE_RESPONSE)
    chosen = level_of(version, level)
    if incident.state not in RESPONSE_MAY_BE_PROPOSED:
        raise WrongState(
            f"这个事件不能提出响应建议：现在的状态是「{incident.get_state_display()}」。",
            clause=clause_label(version, chosen.procedure_clause),
        )
    if withdraws:
        _withdraw(head, _undecided_named(incident, withdraws), f"改提{chosen}", actor)
    _refuse_second(incident, running=True)
    if drill is not None and drill != incident.drill:
        text = "演练响应只能用于演练事件，演练事件也只能启动演练响应。"
        raise BadInput(text, fields={"drill": [text]})
    return _propose(head, incident, condition_of(chosen, condition), Grounds(basis, local_reason), actor)


@transaction.atomic
def response_escalate(
    *,
    response_id: int,
    version: int,
    level: Any,
    condition: Any,
    basis: str,
    user: Any,
    local_reason: str | None = None,
) -> Response:
    """Propose a higher level for a running response; on approval the new one replaces it.

    Raises BadInput, Forbidden, WrongState, StaleVersion; the clause is the new level's.
    """
    return _shift(response_id, version, (level, condition), Grounds(basis, local_reason), user, up=True)


@transaction.atomic
def response_lower(
    *,
    response_id: int,
    version: int,
    level: Any,
    condition: Any,
    basis: str,
    user: Any,
    local_reason: str | None = None,
) -> Response:
    """Propose a lower level for a running response; on approval the new one replaces it. Raises as escalating does."""
    return _shift(response_id, version, (level, condition), Grounds(basis, local_reason), user, up=False)


@transaction.atomic
def response_confirm(
    *, response_id: int, version: int, minutes: str, user: Any, call: PhoneCall | None = None
) -> Response:
    """The command confirms a proposal, with its minutes (comms 4.4.x: 「县通信网络指挥部确认后」).

    Holds: the level needs it; a post of the command; not the proposer. Raises BadInput, Forbidden, WrongState.
    """
    head, response = response_lock(response_id, user=user)
    check_version(response, version)
    clause = act_clause(response, Act.CONFIRM_RESPONSE) if response.level.needs_confirmation else clause_of(response)
    if not response.level.needs_confirmation:
        raise WrongState("这个级别不需要指挥部另行确认。", clause=clause)
    state_in(response, [ResponseState.PROPOSED], "不能确认", clause)
    _not_own(response, call.signer if call else user, "确认", clause)
    text = required(minutes, "minutes", "请写明确认纪要：何人、何时、以何种方式确认。", clause)
    signing = Signing(
        head,
        ("response", response.pk),
        Act.CONFIRM_RESPONSE,
        response.plan_version,
        clause,
        note=text,
        since=decidable_since(response),
    )
    actor = sign(signing, user=user, call=call)
    response.state, response.confirmed_at, response.confirm_minutes = ResponseState.CONFIRMED, database_now(), text
    words = f"指挥部确认{response.number}（{response.level}）{_by_phone(call, user)}。纪要：{text}"
    entry_write(head, response, Line("response.confirmed", words, actor=actor, clause=clause))
    _call_approvers(head, response)
    return response


@transaction.atomic
def response_withdraw(*, response_id: int, version: int, reason: str, user: Any) -> Response:
    """The office takes an undecided proposal back, with its reason. Raises BadInput, Forbidden, WrongState."""
    head, response = response_lock(response_id, user=user)
    check_version(response, version)
    actor = actor_for(user, response.plan_version, Act.PROPOSE_RESPONSE)
    state_in(response, UNDECIDED, "不能撤回", clause_of(response))
    return _withdraw(head, response, required(reason, "reason", "请写明撤回理由。", clause_of(response)), actor)


def proposals_lapse(incident: Incident, head: CaseHead, actor: Actor, reason: str) -> None:
    """Withdraw the undecided proposals of a case that ended: nobody shall start a response to it any more."""
    waiting = Response.objects.filter(incident=incident, state__in=UNDECIDED)
    for response in waiting.select_related("incident", "plan_version__plan", "level__version__plan"):
        _withdraw(head, response, f"{reason}，建议随之撤回", actor)


@transaction.atomic
def response_return(*, response_id: int, version: int, reason: str, user: Any, instead: Any = "") -> Response:
    """A post that may decide sends the proposal back with its reason, and may say which level it would have instead.

    Nothing starts by that: the office proposes it, with the old basis before it. Raises BadInput, Forbidden,
    WrongState.
    """
    head, response = response_lock(response_id, user=user)
    check_version(response, version)
    state_in(response, UNDECIDED, "不能退回", clause_of(response))
    actor = _decider(response, user)
    _not_own(response, user, "退回", clause_of(response))
    response.return_reason = required(reason, "reason", "请写明退回理由。", clause_of(response))
    response.return_level = _instead(response, instead)
    response.state = ResponseState.RETURNED
    advice = f"建议改提{response.return_level}。" if response.return_level else ""
    words = f"退回{response.number}（{response.level}）的建议。{advice}理由：{response.return_reason}"
    line = Line("response.returned", words, actor=actor, clause=clause_of(response))
    entry_write(head, response, line)
    kinds = approver_kinds(response.plan_version, Act.PROPOSE_RESPONSE)[0]
    title = f"响应建议被退回{f'，请改提{response.return_level}' if advice else ''}：{response.incident.title}"
    tell(head, message_of(response, "returned", title, response.return_reason, urgent=True), people_of(response, kinds))
    return response


def _instead(response: Response, given: Any) -> ResponseLevel | None:
    if not str(given or "").strip():
        return None
    level = level_of(response.plan_version, given)
    if level.pk == response.level_id:
        words = f"这份建议提的就是{level}，请选另一级，或不选。"
        raise BadInput(words, fields={"instead": [words]}, clause=clause_of(response))
    return level


def _incident_lock(incident_id: int, user: Any) -> tuple[CaseHead, Incident]:
    found = incidents_visible_to(user).filter(pk=incident_id).values_list("head_id", flat=True).first()
    if found is None:
        raise NotVisible()
    head = case_lock(found)
    related = ("plan_version__plan", "township", "incident_unit", "grade")
    return head, Incident.objects.select_related(*related).get(pk=incident_id)


def _shift(
    response_id: int, version: int, wanted: tuple[Any, Any], grounds: Grounds, user: Any, *, up: bool
) -> Response:
    head, running = response_lock(response_id, user=user)
    check_version(running, version)
    actor = actor_for(user, running.plan_version, Act.PROPOSE_RESPONSE)
    state_in(running, [ResponseState.ACTIVE], "不能调整级别", clause_of(running))
    chosen = level_of(running.plan_version, wanted[0])
    _check_direction(running, chosen, up)
    _refuse_second(running.incident, running=False)
    _free_place(running)
    return _propose(head, running.incident, condition_of(chosen, wanted[1]), grounds, actor, replaces=running)


def _propose(
    head: CaseHead,
    incident: Incident,
    condition: ResponseCondition,
    grounds: Grounds,
    actor: Actor,
    replaces: Response | None = None,
) -> Response:
    now, level = database_now(), condition.level
    clause = clause_label(incident.plan_version, level.procedure_clause)
    asked = local_reason_asked(condition)
    response = Response(
        incident=incident,
        number=number_next(NUMBER_PREFIX, at=now, drill=incident.drill),
        version=0,
        plan_version=incident.plan_version,
        level=level,
        condition=condition,
        replaces=replaces,
        drill=incident.drill,
        basis=required(grounds.basis, "basis", "请写明研判依据。", clause),
        local_reason=_local_reason(condition, grounds.local_reason) if asked else "",
        proposed_by=actor.user,
        proposed_post=actor.post,
        proposed_at=now,
        created_at=now,
    )
    check_lengths(response)
    response.save()
    what = f"调整为{level}" if replaces else f"启动{level}"
    words = (
        f"提出{what}的建议（{response.number}），条件（{condition.number}）「{condition.text}」。依据：{response.basis}"
    )
    words += f"能否就地应对：{response.local_reason or '没有写明'}" if asked else ""
    data = {"level": level.ordinal, "condition": condition.number, "replaces": replaces.number if replaces else ""}
    entry_write(head, response, Line("response.proposed", words, actor=actor, clause=clause, data=data))
    _inform_of_proposal(head, response)
    if level.needs_confirmation:
        _call_deciders(head, response, Act.CONFIRM_RESPONSE, "请确认")
    else:
        _call_approvers(head, response)
    return response


def _local_reason(condition: ResponseCondition, given: str | None) -> str:
    if given is None:
        return ""
    words = "这一条件与相邻级别的条件重叠：请写明事发单位或事发地乡（镇）指挥部能不能应对，为什么。"
    clause = clause_label(condition.level.version, condition.level.conditions_clause)
    return required(given, "local_reason", words, clause)


def _inform_of_proposal(head: CaseHead, response: Response) -> None:
    """Tell those the clause says are told at proposal: named units, all members."""
    words = response.level.informs_at_proposal
    units = {unit.pk: unit for unit in Unit.objects.filter(code__in=[word for word in words if word != ALL_MEMBERS])}
    if ALL_MEMBERS in words:
        units |= {unit.pk: unit for unit in member_units(response.plan_version, response.incident.head_id)}
    if not units:
        return
    title = f"通报：拟启动{response.level}，{response.incident.title}"
    body = f"{response.plan_version.office_name}已提出启动{response.level}的建议，尚未批准。依据：{response.basis}"
    message = message_of(response, "proposed", title, body, url="/inbox/")
    tell(head, message, units_people(list(units.values()), response.plan_version_id))


def _call_approvers(head: CaseHead, response: Response) -> None:
    _call_deciders(head, response, Act.APPROVE_RESPONSE, "请批准")


def _call_deciders(head: CaseHead, response: Response, act: str, verb: str) -> None:
    """Notice and call sheet for every holder of a post that may decide, the proposer left out."""
    kinds = approver_kinds(response.plan_version, act, response.level)[0]
    title = f"{verb}启动{response.level}：{response.incident.title}"
    body = f"条件：{response.condition.text}\n依据：{response.basis}"
    url = f"{response_url(response)}brief/"
    message = message_of(response, str(act), title, body, urgent=True, call=True, url=url)
    own = f"user:{response.proposed_by_id}"
    call_out(head, response, message, [row for row in people_of(response, kinds) if row.key != own])


def _decider(response: Response, user: Any) -> Actor:
    try:
        return actor_for(user, response.plan_version, Act.APPROVE_RESPONSE, level=response.level)
    except Forbidden:
        if not response.level.needs_confirmation:
            raise
    return actor_for(user, response.plan_version, Act.CONFIRM_RESPONSE)


def _withdraw(head: CaseHead, response: Response, reason: str, actor: Actor) -> Response:
    response.state, response.return_reason = ResponseState.WITHDRAWN, reason
    words = f"撤回{response.number}（{response.level}）的建议。理由：{reason}"
    entry_write(head, response, Line("response.withdrawn", words, actor=actor, clause=clause_of(response)))
    return response


def _undecided_named(incident: Incident, number: str) -> Response:
    found = (
        incident.responses.filter(number=number).select_related("level__version__plan", "plan_version__plan").first()
    )
    if found is None:
        raise BadInput("没有找到要改提的建议。", fields={"withdraws": ["没有找到要改提的建议。"]})
    state_in(found, UNDECIDED, "不能改提", clause_of(found))
    return found


def _refuse_second(incident: Incident, *, running: bool) -> None:
    states = [*UNDECIDED, *RUNNING] if running else list(UNDECIDED)
    other = incident.responses.filter(state__in=states).select_related("level").first()
    if other is None:
        return
    advice = "请先决定或撤回它。" if other.state in UNDECIDED else "请在该响应上提出升级或降级。"
    raise WrongState(f"这个事件已有{other.number}（{other.level}，{other.get_state_display()}）。{advice}")


def _free_place(running: Response) -> None:
    """A returned or withdrawn shift frees its place: one response is replaced at most once."""
    Response.objects.filter(replaces=running, state__in=[ResponseState.RETURNED, ResponseState.WITHDRAWN]).update(
        replaces=None
    )


def _check_direction(running: Response, chosen: ResponseLevel, up: bool) -> None:
    higher = chosen.ordinal < running.level.ordinal
    if chosen.pk == running.level_id or up != higher:
        text = f"现在是{running.level}，请选择{'高于' if up else '低于'}它的级别。"
        raise BadInput(text, fields={"level": [text]}, clause=clause_of(running))


def _not_own(response: Response, person: Any, verb: str, clause: str) -> None:
    if response.proposed_by_id == person.pk:
        raise Forbidden(f"不能{verb}自己提出的响应建议，请由另一位有权的人{verb}。", clause=clause)


def _by_phone(call: PhoneCall | None, user: Any) -> str:
    return f"（电话，{user}记录，回拨{call.number}）" if call else ""
