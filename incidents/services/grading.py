"""Grading by the criteria of 8.4 (cyber). Comms has no grade table (G9)."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from incidents.choices import OPEN_STATES
from incidents.models import Incident
from incidents.rules import RuleBook, clause_for
from incidents.services.clocks import clocks_follow_grade
from incidents.services.clocks_aside import carried_follow_grade
from incidents.services.common import check_state, incident_commit, snapshot
from incidents.services.intake_words import Problems, criterion_numbered, grade_named
from incidents.services.triage import office_lock
from yangcheng_ec.clock import database_now
from yangcheng_ec.errors import BadInput

__all__ = ["incident_grade"]


@transaction.atomic
def incident_grade(
    *, incident_id: int, version: int | None, user: Any, grade: str, criterion: int | None = None, reason: str = ""
) -> Incident:
    """定级: set the grade with the criterion of 8.4 it rests on and the reason, at any time while the case is open.

    The clocks follow (4.1): those whose rule no longer applies are waived with who and why, those whose rule now
    does are started or reopened. 暂时无法判明 needs no criterion.
    Raises BadInput (unknown grade, no criterion, no reason, a plan without grades), WrongState, StaleVersion.
    """
    incident, head, actor = office_lock(incident_id, version, user)
    clause = clause_for(incident.plan_version, "grade")
    check_state(incident, OPEN_STATES, "定级", clause)
    if not incident.plan_version.plan.uses_grades:
        raise BadInput("本预案没有分级标准，不定级。", fields={"grade": ["本预案没有分级标准，不定级。"]})
    before, old = snapshot(incident), incident.grade
    _set_grade(incident, grade, criterion, reason, clause)
    basis = f"依据{clause}第（{incident.criterion.number}）条" if incident.criterion else "暂无可依据的标准"
    words = f"「{incident.criterion.text}」" if incident.criterion else ""
    brief = f"定级：{old or '未定'}→{incident.grade}，{basis}。理由：{reason.strip()}"
    text = f"定级：{old or '未定'}→{incident.grade}，{basis}{words}。理由：{reason.strip()}"
    data = {"grade": incident.grade.code if incident.grade else "", "criterion": criterion}
    incident_commit(incident, head, before=before, kind="incident.graded", text=text, actor=actor, clause=clause,
                    data=data)  # fmt: skip
    book = RuleBook(incident.plan_version)
    clocks_follow_grade(book=book, incident=incident, head=head, actor=actor, reason=brief)
    carried_follow_grade(book, incident, head, actor, brief)
    return incident


def _set_grade(incident: Incident, grade: str, criterion: int | None, reason: str, clause: str) -> None:
    problems = Problems()
    if not grade.strip():
        problems.add("grade", "请选择级别。")
    with problems.gather():
        found = grade_named(incident.plan_version, grade) if grade.strip() else None
        if found is not None:
            incident.criterion = criterion_numbered(found, criterion)
            if incident.grade != found:
                incident.graded_at = database_now()
            incident.grade = found
    if not reason.strip():
        problems.add("reason", "请写明定级理由。")
    problems.raise_any("没有定级，请补全。", clause=clause)
