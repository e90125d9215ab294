"""What a finding becomes: the draft of a warning, or the intake of an incident."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

from django.db import transaction

from directory.choices import Act
from directory.rules import actor_for, actor_of_unit
from early_warning.choices import SourceKind, WarningState
from early_warning.models import EarlyWarning
from early_warning.prevention.choices import OPEN, FindingState
from early_warning.prevention.models import Finding
from early_warning.prevention.rules import clauses_of, warning_basis
from early_warning.prevention.services.common import (
    check_version,
    finding_lock,
    need_state,
    note,
    office_actor,
    row_save,
    tell,
    unit_people,
)
from early_warning.rules import act_clause
from early_warning.services import Content, warning_draft
from early_warning.services.sources import Source
from incidents.choices import DraftState, IntakeChannel
from incidents.models import Incident, IntakeDraft
from incidents.selectors import incidents_visible_to
from incidents.services.drafts import DraftEntry, draft_save
from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import SHANGHAI, database_now
from yangcheng_ec.deadlines.services import notices_settle
from yangcheng_ec.errors import BadInput, Forbidden, WrongState

__all__ = ["finding_as_incident", "finding_intake", "finding_warn"]

# A warning in these states is over: another may be begun.
OVER = (WarningState.WITHDRAWN, WarningState.LIFTED, WarningState.SUPERSEDED)


@transaction.atomic
def finding_warn(*, finding_id: int, version: int | None, content: Content, user: Any) -> EarlyWarning:
    """Begin a warning from a finding (cyber 3.2.2; comms 3.4): a draft whose basis names the finding.

    The office drafts, a person has chosen the level. The finding stays open and is mended all the same; of several
    drafts only one is under way at a time. Raises WrongState, StaleVersion, Forbidden, BadInput.
    """
    row = finding_lock(finding_id, user=user)
    check_version(row, version)
    actor = actor_for(user, row.plan_version, Act.PROPOSE_WARNING)
    need_state(row, OPEN, "转为预警")
    _check_none_under_way(row)
    basis = "\n".join(filter(None, [warning_basis(row), content.basis]))
    source = Source(SourceKind.FINDING, row.title, row.number)
    made = warning_draft(version=row.plan_version, content=replace(content, basis=basis), user=user, source=source)
    row.warning = made
    row_save(row)
    clause = act_clause(row.plan_version, Act.PROPOSE_WARNING)
    note(row, "finding.warned", f"由本隐患起草预警{made.number}：{made.title}。整改继续。", actor, clause=clause)
    return made


def _check_none_under_way(row: Finding) -> None:
    if row.warning is not None and row.warning.state not in OVER:
        number, label = row.warning.number, row.warning.state_choice.label
        raise WrongState(f"已由本隐患起草预警{number}（{label}）。", link=(number, f"/warnings/{number}/"))


@transaction.atomic
def finding_intake(*, finding_id: int, version: int | None, user: Any) -> str:
    """Take down what turned out to be an incident: an intake draft of the user's, filled from the finding; its uuid.

    Nothing is filed yet: whoever files looks it over, and the plan's clocks start then (comms 3.1: R12, cyber 4.1).
    The units of the finding and the office. Pressed again, the draft that there is goes on. Raises WrongState,
    StaleVersion, Forbidden.
    """
    row = finding_lock(finding_id, user=user)
    check_version(row, version)
    actor = _party(user, row)
    need_state(row, OPEN, "登记为事件")
    there = _begun(row, user)
    if there:
        return there
    row.intake = uuid4()
    draft_save(user=user, uuid=row.intake, entry=DraftEntry(data=_typed(row)))
    row_save(row)
    clause = clauses_of(row.plan_version).monitoring
    note(row, "finding.intake", "发现本隐患已成为事件，起草接报登记。", actor, clause=clause)
    return str(row.intake)


def _begun(row: Finding, user: Any) -> str:
    """Return the draft the user has begun already, empty when there is none. Raises WrongState: another's, or filed."""
    if row.intake is None:
        return ""
    draft = IntakeDraft.objects.select_related("user", "incident").filter(uuid=row.intake).first()
    if draft is None or draft.state == DraftState.DROPPED:
        return ""
    if draft.incident is not None:
        number = draft.incident.number
        raise WrongState(f"已由本隐患登记事件{number}。", link=(number, f"/incidents/{number}/"))
    if draft.user_id != user.pk:
        raise WrongState(f"{draft.user.display_name}正在由本隐患登记事件，还没有提交。")
    return str(draft.uuid)


def _party(user: Any, row: Finding) -> Actor:
    if user.unit_id in (row.unit_id, row.owner_id):
        try:
            return actor_of_unit(user, user.unit_id)
        except Forbidden:
            pass  # an officer of the office, in the office's own unit
    return office_actor(user, row.plan_version, "登记事件")


def _typed(row: Finding) -> dict[str, Any]:
    """Return the intake's fields as they would be typed. What became known is the event, now; the hazard was before."""
    now = database_now().astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    return {
        "plan": row.plan_version.plan.code,
        "title": row.title,
        "description": f"{row.description}\n（由隐患{row.number}转来）",
        "location": row.place,
        "incident_unit": row.owner.code,
        "reporting_unit": row.unit.code,
        "measures_taken": "\n".join(filter(None, [row.measure, row.progress])),
        "consequence_estimate": row.severity,
        "source": f"隐患排查 {row.number}",
        "channel": IntakeChannel.WRITTEN.value,
        "known_at": now,
        "received_at": now,
    }


@transaction.atomic
def finding_as_incident(*, finding_id: int, version: int | None, number: str, user: Any) -> Finding:
    """Close a finding that is handled as an incident: the office names the case, one it may read, of the same plan.

    Raises BadInput (no such case, another plan's), WrongState, StaleVersion, Forbidden.
    """
    row = finding_lock(finding_id, user=user)
    check_version(row, version)
    actor = office_actor(user, row.plan_version, "转为事件")
    need_state(row, OPEN, "转为事件")
    row.incident = _incident_named(row, user, number)
    row.state, row.reason = FindingState.INCIDENT, ""
    row_save(row)
    note(row, "finding.as_incident", f"按事件{row.incident.number}办理，不再作为隐患跟踪。", actor)
    notices_settle(subject=("finding", row.pk))
    people = unit_people(list({row.unit, row.owner}), row.plan_version)
    tell(row, "finding.as_incident", f"隐患已按事件{row.incident.number}办理：{row.title}", people)
    return row


def _incident_named(row: Finding, user: Any, number: str) -> Incident:
    found = incidents_visible_to(user).filter(number=number.strip()).select_related("plan_version").first()
    if found is None:
        raise BadInput("没有保存。", fields={"incident": [f"没有编号为「{number.strip()[:40]}」的事件。"]})
    if found.plan_version.plan_id != row.plan_version.plan_id:
        raise BadInput("没有保存。", fields={"incident": [f"{found.number}按另一预案办理，请选同一预案的事件。"]})
    return found
