"""Closing cases, and the states the response sets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from directory.choices import Act
from directory.rules import actor_for
from incidents.choices import IncidentState
from incidents.models import Incident
from incidents.registry import case_ended, case_unsettled
from incidents.rules import clause_for
from incidents.services.clocks import clocks_waive_open
from incidents.services.common import (
    case_actor,
    check_state,
    check_version,
    incident_commit,
    incident_lock,
    snapshot,
    unit_side,
)
from incidents.services.rhythm import rhythm_touch
from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import database_now
from yangcheng_ec.deadlines.choices import OPEN
from yangcheng_ec.deadlines.models import Deadline
from yangcheng_ec.deadlines.services import deadline_explain
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line, record_append
from yangcheng_ec.text import clean_text

__all__ = [
    "clock_explain",
    "incident_close",
    "incident_mark_aftermath",
    "incident_mark_responding",
]

CLOSABLE = (IncidentState.ANALYSED, IncidentState.AFTERMATH)
BEFORE_RESPONSE = (IncidentState.RECEIVED, IncidentState.CONFIRMED, IncidentState.ANALYSED, IncidentState.RESPONDING)


@transaction.atomic
def incident_close(
    *, incident_id: int, version: int | None, user: Any, note: str, waive_reason: str = "", unsettled_reason: str = ""
) -> Incident:
    """结案: from analysed without a response (8.2: threshold not met), or after the aftermath.

    Every clock must be settled, or is waived with ``waive_reason``; a clock met late must have its reason
    (7: 瞒报漏报 is punished, so nothing is left unexplained). What the upper apps have not settled (the aftermath of a
    response) is settled first, or closed over with ``unsettled_reason``. Raises WrongState, BadInput, StaleVersion,
    Forbidden.
    """
    incident, head = incident_lock(incident_id, user=user)
    check_version(incident, version)
    actor = actor_for(user, incident.plan_version, Act.OFFICE)
    clause = clause_for(incident.plan_version, "close")
    check_state(incident, CLOSABLE, "结案", clause)
    unsettled, over = case_unsettled(incident), clean_text(unsettled_reason).strip()
    _check_closing(head, note, waive_reason, clause, [] if over else unsettled)
    before = snapshot(incident)
    incident.state, incident.closed_at = IncidentState.CLOSED, database_now()
    incident.closing_note = clean_text(note).strip()
    left = f"未了结：{'；'.join(unsettled)}。理由：{over}" if unsettled else ""
    text = f"结案：{incident.closing_note}" + (f"\n{left}" if left else "")
    incident_commit(incident, head, before=before, kind="incident.closed", text=text, actor=actor, clause=clause)
    clocks_waive_open(head=head, reason=clean_text(waive_reason).strip(), actor=actor)
    case_ended(incident, head, actor, f"事件已{incident.state_choice.label}")
    return incident


def _check_closing(head: CaseHead, note: str, waive_reason: str, clause: str, unsettled: Sequence[str]) -> None:
    problems: dict[str, list[str]] = {}
    if not note.strip():
        problems["note"] = ["请写明结案意见。"]
    still = list(Deadline.objects.filter(head=head, state__in=OPEN))
    if still and not waive_reason.strip():
        names = "、".join(row.title for row in still)
        problems["waive_reason"] = [f"还有 {len(still)} 个时限没有了结：{names}。请先办完，或写明不再适用的理由。"]
    unexplained = [row for row in Deadline.objects.filter(head=head, state="met_late") if row.needs_reason]
    if unexplained:
        names = "、".join(row.title for row in unexplained)
        problems["note"] = [*problems.get("note", []), f"逾期完成的时限还没有写明原因：{names}。"]
    if unsettled:
        problems["unsettled_reason"] = [f"后期处置还没有了结：{'；'.join(unsettled)}。请先办完，或写明结案的理由。"]
    if problems:
        raise BadInput("还不能结案。", fields=problems, clause=clause)


@transaction.atomic
def clock_explain(*, incident_id: int, deadline_id: int, user: Any, reason: str) -> Deadline:
    """Write why a clock was met late (DESIGN §5: a reason is required). Raises WrongState, BadInput, NotVisible."""
    incident, head = incident_lock(incident_id, user=user)
    actor = case_actor(user, incident)
    deadline = Deadline.objects.filter(head=head, pk=deadline_id).first()
    if deadline is None:
        raise NotVisible()
    own = unit_side(user, incident)
    if own is not None and deadline.owed_by_unit != own.code:
        raise Forbidden(f"单位账号只能说明本单位（{own}）的时限。", clause=deadline.clause)
    return deadline_explain(head=head, deadline=deadline, reason=clean_text(reason), actor=actor)


def incident_mark_responding(
    *, incident: Incident, head: CaseHead, actor: Actor, text: str, clause: str = ""
) -> Incident:
    """Set 响应中 when a response was activated. For the response app, in its transaction, the head locked by it.

    From received on (4.2.1: 「暂时情况不明」 may already start one). Raises WrongState for a closed case.
    """
    check_state(incident, BEFORE_RESPONSE, "启动响应", clause)
    marked = _mark(incident, head, IncidentState.RESPONDING, actor, text, clause)
    rhythm_touch(marked, database_now())
    return marked


def incident_mark_aftermath(
    *, incident: Incident, head: CaseHead, actor: Actor, text: str, clause: str = ""
) -> Incident:
    """Set 后期处置 when the response has ended. For the response app, in its transaction, the head locked by it."""
    check_state(incident, [IncidentState.RESPONDING], "转入后期处置", clause)
    return _mark(incident, head, IncidentState.AFTERMATH, actor, text, clause)


def _mark(incident: Incident, head: CaseHead, state: IncidentState, actor: Actor, text: str, clause: str) -> Incident:
    if incident.state == state:
        record_append(head, Line(f"incident.{state}", text, actor=actor, clause=clause,
                                 subject=("incident", incident.pk)))  # fmt: skip
        return incident
    before = snapshot(incident)
    incident.state = state
    incident_commit(incident, head, before=before, kind=f"incident.{state}", text=text, actor=actor, clause=clause)
    return incident
