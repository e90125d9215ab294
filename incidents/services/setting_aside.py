"""撤回 a case filed by mistake, and 恢复 one that was set aside and turns out to be real. 「非预案规定」."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from incidents.choices import RESPONSE_MAY_BE_PROPOSED, IncidentState, ReportState, WithdrawGround
from incidents.models import Incident
from incidents.registry import case_ended, case_work
from incidents.selectors import incidents_visible_to
from incidents.services.clocks import clocks_waive_open, open_clocks
from incidents.services.clocks_aside import aside_of, clocks_aside
from incidents.services.common import check_state, incident_commit, snapshot
from incidents.services.intake_words import Problems
from incidents.services.linking import case_named, heads_lock
from incidents.services.triage import office_lock
from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import database_now
from yangcheng_ec.deadlines.models import Deadline
from yangcheng_ec.deadlines.services import deadline_reopen
from yangcheng_ec.errors import BadInput, WrongState
from yangcheng_ec.text import LONG_TEXT_LIMIT, clean_text

__all__ = ["AsideLine", "incident_reopen", "incident_withdraw", "put_aside", "reason_given", "take_up"]

REOPENED_FROM = (IncidentState.FALSE_ALARM, IncidentState.REFERRED, IncidentState.WITHDRAWN)


@transaction.atomic
def incident_withdraw(
    *, incident_id: int, version: int | None, user: Any, ground: str, reason: str, instead: str = ""
) -> Incident:
    """撤回 a case that should never have been filed: under the wrong plan, or by mistake or as a test.

    Only while it has stayed in the house: no response, no warning, no report that went out, nothing merged into it.
    What superiors were told ends as 误报, 转交 or 结案, never by taking it back (7: 瞒报漏报). A wrong plan names the
    case filed ``instead``, so that the event is not lost; a double entry is merged, not withdrawn, so that no nearer
    deadline is. The open clocks are waived with the reason; one already overdue keeps that mark.
    Raises WrongState, BadInput (``ground``, ``reason``, ``instead``), StaleVersion, Forbidden, NotVisible.
    """
    heads_lock(incident_id, *incidents_visible_to(user).filter(number=instead.strip()).values_list("pk", flat=True))
    incident, head, actor = office_lock(incident_id, version, user)
    incident.head = head
    check_state(incident, RESPONSE_MAY_BE_PROPOSED, "撤回")
    _check_in_house(incident)
    words, other = _withdrawal(incident, user, ground, reason, instead)
    label = WithdrawGround(ground).label
    tail = f"。改登为 {other.number} {other.title}" if other is not None else ""
    text = f"撤回登记（{label}）{tail}。理由：{words}"
    line = AsideLine("incident.withdrawn", text, actor, snapshot(incident))
    put_aside(incident, IncidentState.WITHDRAWN, words, open_clocks(head), line)
    if other is not None:
        incident.links.add(other)
        incident_commit(other, other.head, before=snapshot(other), kind="incident.replaces", actor=actor,
                        text=f"本案代替登错预案的 {incident.number} {incident.title}。")  # fmt: skip
    clocks_waive_open(head=head, reason=text, actor=actor)
    case_ended(incident, head, actor, f"事件已{incident.state_choice.label}")
    return incident


def _check_in_house(incident: Incident) -> None:
    """Raise WrongState with what has gone out or hangs on the case."""
    work = case_work(incident)
    sent = incident.reports.filter(state=ReportState.SENT).order_by("serial").first()
    if sent is not None:
        work.insert(0, f"{sent.label}已报出")
    work += [f"{row.number} 已并入本案" for row in incident.merged.order_by("number")]
    if work:
        raise WrongState(f"不能撤回：{'；'.join(work)}。请按核实结果办理误报、转交，或结案。")


def _withdrawal(incident: Incident, user: Any, ground: str, reason: str, instead: str) -> tuple[str, Incident | None]:
    problems, words, other = Problems(), "", None
    if ground not in WithdrawGround.values:
        problems.add("ground", "请选择撤回的原因。")
    with problems.gather():
        words = reason_given(reason, "reason", "请写明怎样发现登错的。")
    with problems.gather():
        other = _instead(incident, user, instead) if ground == WithdrawGround.WRONG_PLAN else None
    problems.raise_any("没有撤回，请补全。")
    return words, other


def _instead(incident: Incident, user: Any, number: str) -> Incident:
    problem = ""
    if not number.strip():
        problem = "请先按正确的预案登记，再填写那一案的编号：事件不能没有着落。"
    else:
        other = case_named(user, number, "instead")
        if other.plan_version.plan_id == incident.plan_version.plan_id:
            problem = f"{other.number} 也是本预案的事件；重复登记请用「并入另一起事件」。"
        elif other.drill != incident.drill:
            problem = "演练与真实事件不能互相代替。"
        elif other.state in (IncidentState.WITHDRAWN, IncidentState.MERGED):
            problem = f"{other.number} {other.state_choice.label}，请填写仍在办理的编号。"
    if problem:
        raise BadInput(problem, fields={"instead": [problem]})
    return other


@transaction.atomic
def incident_reopen(*, incident_id: int, version: int | None, user: Any, reason: str) -> Incident:
    """恢复办理: a 误报, a 转交 or a 撤回 that turns out to be real, or comes back, has the state it had before.

    The clocks that were set aside then run again, each with its own start and due time; none is doubled, and one whose
    time is over says so at once. What the referral said stays in the record.
    Raises WrongState, BadInput (no reason), StaleVersion, Forbidden, NotVisible.
    """
    incident, head, actor = office_lock(incident_id, version, user)
    incident.head = head
    check_state(incident, REOPENED_FROM, "恢复办理")
    words = reason_given(reason, "reason", "请写明查明了什么，为什么恢复办理。")
    line = AsideLine(
        "incident.reopened", f"恢复办理（原为{incident.state_choice.label}）。理由：{words}", actor, snapshot(incident)
    )
    incident.referral_to = incident.referral_how = incident.triage_note = ""
    for clock in take_up(incident, line):
        deadline_reopen(head=head, deadline=clock, reason=f"恢复办理：{words}"[:300], actor=actor)
    return incident


def reason_given(reason: str, field: str, ask: str) -> str:
    """Return a reason cleaned. Raises BadInput where there is none, or more than the record takes."""
    words = clean_text(reason).strip()
    if not words:
        raise BadInput(ask, fields={field: [ask]})
    if len(words) > LONG_TEXT_LIMIT:
        raise BadInput("内容过长。", fields={field: [f"内容过长（{len(words)} 字），最多 {LONG_TEXT_LIMIT} 字。"]})
    return words


@dataclass(frozen=True)
class AsideLine:
    """The line of the record for a case set aside or taken up: its kind, words, actor, and the case before."""

    kind: str
    text: str
    actor: Actor
    before: dict[str, str]


def put_aside(incident: Incident, state: IncidentState, note: str, clocks: Sequence[Deadline], line: AsideLine) -> None:
    """End a locked case in a state from which it may be taken up again; keep what that takes."""
    incident.set_aside = aside_of(incident, clocks)
    incident.state, incident.closed_at, incident.closing_note = state, database_now(), note
    _commit(incident, line)


def take_up(incident: Incident, line: AsideLine) -> list[Deadline]:
    """Give a locked case back the state it had; return the clocks that stopped with it, still to be reopened."""
    clocks = clocks_aside(incident, incident.head)
    incident.state = incident.set_aside.get("state") or IncidentState.RECEIVED
    incident.set_aside, incident.closed_at, incident.closing_note = {}, None, ""
    _commit(incident, line)
    return clocks


def _commit(incident: Incident, line: AsideLine) -> None:
    incident_commit(incident, incident.head, before=line.before, kind=line.kind, text=line.text, actor=line.actor)
