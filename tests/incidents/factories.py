"""Cases for tests, filed through the services that people use."""

from __future__ import annotations

from typing import Any

from incidents.models import Incident, Report
from incidents.services import (
    Analysis,
    Draft,
    Intake,
    PhoneReport,
    incident_analyse,
    incident_file,
    incident_grade,
    incident_triage,
    report_draft,
    report_phone_record,
    report_review,
)

OFFICERS = {"cyber-2025": "duty", "comms-2022": "comms_duty"}
SECOND_OFFICERS = {"cyber-2025": "duty2", "comms-2022": "comms_duty2"}
DEFAULTS: dict[str, dict[str, Any]] = {
    "cyber-2025": {"title": "政务网站被篡改", "reporting_unit": "shuju", "incident_unit": "shuju"},
    "comms-2022": {"title": "光缆被挖断", "reporting_unit": "yidong", "incident_unit": "yidong"},
}


def file_incident(people: Any, plan: str = "cyber-2025", *, by: str = "", key: str = "", **over: Any) -> Incident:
    """File a case as the plan's duty officer; ``over`` are fields of ``Intake``."""
    values = {"caller_name": "李四", **DEFAULTS[plan], **over}
    return incident_file(user=people[by or OFFICERS[plan]], intake=Intake(plan=plan, **values), key=key)


def confirm_incident(people: Any, incident: Incident, **over: Any) -> Incident:
    """Confirm a case as its plan's duty officer."""
    values = {"result": "confirm", "note": "已核实", "traces": "告警日志已留存", **over}
    return incident_triage(incident_id=incident.pk, version=None, user=officer(people, incident), **values)


def analyse_incident(people: Any, incident: Incident, **over: Any) -> Incident:
    """Confirm and analyse a case."""
    if incident.state == "received":
        incident = confirm_incident(people, incident)
    values: dict[str, Any] = {"loss_estimate": "约2万元", "facts": {"severity": "一般"}}
    if incident.plan_version.plan.uses_grades:
        values["category"] = "attack"
    analysis = Analysis(**{**values, **over})
    return incident_analyse(incident_id=incident.pk, version=None, user=officer(people, incident), analysis=analysis)


def grade_incident(people: Any, incident: Incident, grade: str = "relatively_serious", **over: Any) -> Incident:
    """Grade a cyber case."""
    values = {"criterion": 1, "reason": "业务中断", **over}
    return incident_grade(incident_id=incident.pk, version=None, user=officer(people, incident), grade=grade, **values)


def phone_report(people: Any, incident: Incident, *addressees: str, by: str = "", **over: Any) -> Report:
    """Record a phone report to these addressees."""
    values = {"caller": "张三", "number": "0356-4220000", "heard_by": "王五", "read_back": True, **over}
    call = PhoneReport(addressees=addressees or ("xianzhengfu",), **values)
    user = people[by] if by else officer(people, incident)
    return report_phone_record(incident_id=incident.pk, user=user, call=call)


def draft_report(people: Any, incident: Incident, *addressees: str, **over: Any) -> Report:
    """Begin a written report as the duty officer."""
    draft = Draft(addressees=addressees or ("xianzhengfu",), **over)
    return report_draft(incident_id=incident.pk, user=officer(people, incident), draft=draft)


def signed_report(people: Any, incident: Incident, *addressees: str, **over: Any) -> Report:
    """A written report signed by the second officer, ready to go out."""
    report = draft_report(people, incident, *addressees, **over)
    return report_review(report_id=report.pk, version=None, user=second_officer(people, incident))


def officer(people: Any, incident: Incident) -> Any:
    """The duty officer of the case's plan."""
    return people[OFFICERS[incident.plan_version.plan.code]]


def second_officer(people: Any, incident: Incident) -> Any:
    """The second duty officer of the case's plan."""
    return people[SECOND_OFFICERS[incident.plan_version.plan.code]]
