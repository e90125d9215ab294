"""What the acts on a written report share: lock, authority, state, saving."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from incidents.choices import ReportState
from incidents.models import Incident, Report
from incidents.rules import clause_for
from incidents.services.common import case_actor, check_lengths, incident_lock, unit_side
from yangcheng_ec.actors import Actor
from yangcheng_ec.errors import Change, Forbidden, NotVisible, StaleVersion, WrongState
from yangcheng_ec.record.models import CaseHead

__all__ = ["check_report_state", "report_actor", "report_lock", "report_save"]


def report_lock(report_id: int, version: int | None, user: Any) -> tuple[Report, Incident, CaseHead]:
    """Lock the case, then read the report afresh. Raises NotVisible, StaleVersion."""
    incident_id = Report.objects.filter(pk=report_id).values_list("incident_id", flat=True).first()
    if incident_id is None:
        raise NotVisible()
    incident, head = incident_lock(incident_id, user=user)
    report = Report.objects.select_related("author", "reviewer", "follows_call").get(pk=report_id)
    report.incident = incident
    if version is not None and version != report.version:
        changes = [Change("报告状态", "", str(report.state_choice.label)), Change("审核意见", "", report.review_note)]
        raise StaleVersion(changes=changes)
    return report, incident, head


def report_actor(report: Report, incident: Incident, user: Any) -> Actor:
    """Return the user as ``case_actor`` does; a unit handles the reports made in its own name, no others."""
    actor, own = case_actor(user, incident), unit_side(user, incident)
    if own is not None and report.reporting_unit_code != own.code:
        words = f"单位账号只能办理以本单位（{own}）名义写的报告。"
        raise Forbidden(words, clause=clause_for(incident.plan_version, "report"))
    return actor


def check_report_state(report: Report, allowed: Sequence[str], what: str, clause: str) -> None:
    """Raise WrongState unless the report is in one of these states."""
    if report.state not in allowed:
        words = "、".join(str(ReportState(state).label) for state in allowed)
        raise WrongState(f"报告现在是「{report.state_choice.label}」，{what}只能在「{words}」时办理。", clause=clause)


def report_save(report: Report) -> None:
    """Count the version up and save. Raises BadInput for what is too long."""
    report.version += 1
    check_lengths(report)
    report.save()
