"""Confirming and analysing a case (comms 4.2; cyber keeps the same states)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from directory.choices import Act
from directory.rules import actor_for
from incidents.choices import OPEN_STATES, IncidentState
from incidents.models import Incident
from incidents.registry import case_ended
from incidents.rules import clause_for
from incidents.services.clocks import clocks_waive_open, open_clocks
from incidents.services.clocks_aside import aside_of
from incidents.services.common import check_state, check_version, incident_commit, incident_lock, snapshot
from incidents.services.intake import accept_now
from incidents.services.intake_words import Problems, category_named, facts_of
from incidents.services.secret import check_no_content
from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import database_now
from yangcheng_ec.errors import BadInput
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.text import clean_text

__all__ = ["Analysis", "incident_analyse", "incident_triage", "office_lock"]

RESULTS = {
    "confirm": IncidentState.CONFIRMED,
    "false_alarm": IncidentState.FALSE_ALARM,
    "refer": IncidentState.REFERRED,
}


def office_lock(incident_id: int, version: int | None, user: Any) -> tuple[Incident, CaseHead, Actor]:
    """Lock a case for an act of its own office; the first such act takes an untaken case over."""
    incident, head = incident_lock(incident_id, user=user)
    check_version(incident, version)
    actor = actor_for(user, incident.plan_version, Act.OFFICE)
    if incident.accepted_at is None:
        accept_now(incident, head, actor)
    return incident, head, actor


@transaction.atomic
def incident_triage(
    *,
    incident_id: int,
    version: int | None,
    user: Any,
    result: str,
    note: str = "",
    receiving_body: str = "",
    how: str = "",
    traces: str = "",
) -> Incident:
    """确认 a case, or find it 误报, or 转交 it to the body in charge, each with its record (comms 4.2(2), H2).

    ``result`` is confirm, false_alarm or refer. A referral names the receiving body and how it was handed over.
    Comms first records the event's data traces and details (4.2(1), H1). 误报 and 转交 settle the clocks that
    still run: waived, with the reason; an undecided response proposal is withdrawn.
    Raises WrongState, StaleVersion, BadInput, Forbidden.
    """
    incident, head, actor = office_lock(incident_id, version, user)
    clause = clause_for(incident.plan_version, "triage")
    if result not in RESULTS:
        raise BadInput("请选择核实结果。", fields={"result": ["请选择：确认、误报或转交。"]}, clause=clause)
    allowed = [IncidentState.RECEIVED]
    if result != "confirm":
        allowed.append(IncidentState.CONFIRMED)
    check_state(incident, allowed, "核实", clause)
    before = snapshot(incident)
    _check_triage(incident, result, note, receiving_body, how, traces, clause)
    if result != "confirm":
        incident.set_aside = aside_of(incident, open_clocks(head))
    _set_triage(incident, result, note, receiving_body, how, traces)
    incident_commit(
        incident, head, before=before, kind=f"incident.{incident.state}", actor=actor, clause=clause,
        text=_triage_words(incident, note),
    )  # fmt: skip
    if result != "confirm":
        clocks_waive_open(head=head, reason=_triage_words(incident, note), actor=actor)
        case_ended(incident, head, actor, f"事件已{incident.state_choice.label}")
    return incident


def _check_triage(
    incident: Incident, result: str, note: str, receiving_body: str, how: str, traces: str, clause: str
) -> None:
    problems = Problems()
    if result == "false_alarm" and not note.strip():
        problems.add("note", "误报须写明怎样核实的、如何处理的。")
    if result == "refer":
        if not receiving_body.strip():
            problems.add("receiving_body", "请写明转交给哪个主管机构。")
        if not how.strip():
            problems.add("how", "请写明怎样转交的（电话、公文号、接收人）。")
    if not incident.plan_version.plan.uses_grades and not (traces.strip() or incident.facts.get("traces")):
        problems.add("traces", "请先详细记录该事件数据痕迹和细节信息。")
    problems.raise_any("没有保存，请补全。", clause=clause)


def _set_triage(incident: Incident, result: str, note: str, receiving_body: str, how: str, traces: str) -> None:
    incident.state = RESULTS[result]
    incident.triage_note = clean_text(note).strip()
    if result == "refer":
        incident.referral_to, incident.referral_how = clean_text(receiving_body).strip(), clean_text(how).strip()
    if result != "confirm":
        incident.closed_at = database_now()
    if traces.strip():
        incident.facts = {**incident.facts, "traces": clean_text(traces).strip()}


def _triage_words(incident: Incident, note: str) -> str:
    tail = f"：{clean_text(note).strip()}" if note.strip() else ""
    if incident.state == IncidentState.REFERRED:
        return f"转交{incident.referral_to}（{incident.referral_how}）{tail}"
    if incident.state == IncidentState.FALSE_ALARM:
        return f"核实为误报{tail}"
    return f"核实确认{tail}"


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """Losses, severity and spread (comms 4.2(3)); category and sub-item (cyber 8.3); comms' own facts."""

    category: str = ""
    subcategory: str = ""
    loss_estimate: str = ""
    impact_scope: str = ""
    trend: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


@transaction.atomic
def incident_analyse(*, incident_id: int, version: int | None, user: Any, analysis: Analysis) -> Incident:
    """研判: record category, losses suffered and expected, severity and spread (comms 4.2(3), H3; cyber 8.3).

    From confirmed on, as often as needed; a confirmed case becomes analysed. Raises as ``incident_triage``.
    """
    incident, head, actor = office_lock(incident_id, version, user)
    clause = clause_for(incident.plan_version, "analyse")
    check_state(incident, [state for state in OPEN_STATES if state != IncidentState.RECEIVED], "研判", clause)
    before = snapshot(incident)
    _apply_analysis(incident, analysis, clause)
    if incident.state == IncidentState.CONFIRMED:
        incident.state = IncidentState.ANALYSED
    incident_commit(
        incident, head, before=before, kind="incident.analysed", text=_analysis_words(incident), actor=actor,
        clause=clause,
    )  # fmt: skip
    return incident


def _apply_analysis(incident: Incident, analysis: Analysis, clause: str) -> None:
    check_no_content(incident, {**vars(analysis), **analysis.facts})
    problems = Problems()
    with problems.gather():
        category, sub = category_named(incident.plan_version, analysis.category, analysis.subcategory)
        if category is not None:
            incident.category, incident.subcategory = category, sub
    with problems.gather():
        incident.facts = {**incident.facts, **facts_of(incident.plan_version, analysis.facts)}
    for name in ("loss_estimate", "impact_scope", "trend"):
        text = clean_text(getattr(analysis, name)).strip()
        if text:
            setattr(incident, name, text)
    if incident.plan_version.plan.uses_grades and incident.category is None and not incident.secret:
        problems.add("category", "请选择事件分类。")
    problems.raise_any("没有保存，请更正。", clause=clause)


def _analysis_words(incident: Incident) -> str:
    parts = []
    if incident.category is not None:
        parts.append(f"分类：{incident.category}{f'（{incident.subcategory}）' if incident.subcategory else ''}")
    if incident.loss_estimate:
        parts.append(f"已造成的损失：{incident.loss_estimate}")
    labels = {"loss_expected": "预计损失", "severity": "严重程度", "spread": "扩散情况"}
    parts += [f"{label}：{incident.facts[key]}" for key, label in labels.items() if incident.facts.get(key)]
    return f"研判：{'；'.join(parts) or '已记录'}。"
