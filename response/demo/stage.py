"""The people and plans of the demo day, and short ways to the services they use."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from directory.models import PlanVersion, Unit, User
from directory.services.demo import DEMO_PEOPLE
from directory.services.signatures import PhoneCall, known_numbers
from incidents.choices import SendChannel
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
    report_confirm_late,
    report_draft,
    report_phone_record,
    report_receipt,
    report_review,
    report_send,
)
from response.models import Response, Task
from response.rules import end_findings_of
from response.services import (
    Behalf,
    response_propose,
    response_propose_end,
    task_acknowledge,
    task_complete,
    task_feedback,
)
from yangcheng_ec.clock import database_now

__all__ = ["COMMS", "CYBER", "Stage"]

CYBER, COMMS = "cyber-2025", "comms-2022"


class Stage:
    """Who plays, and when: every time is counted back from the moment the day is made."""

    def __init__(self) -> None:
        self.now = database_now()
        names = [person.username for person in DEMO_PEOPLE]
        self.people = User.objects.in_bulk(names, field_name="username")
        versions = PlanVersion.objects.filter(in_force=True).select_related("plan")
        self.plans = {version.plan.code: version for version in versions}

    def ago(self, minutes: float) -> datetime:
        """Return the time so many minutes before now."""
        return self.now - timedelta(minutes=minutes)

    def after(self, minutes: float) -> datetime:
        """Return the time so many minutes after now."""
        return self.now + timedelta(minutes=minutes)

    def units(self, *codes: str) -> tuple[Unit, ...]:
        """Return units by code, in the order asked for."""
        found = Unit.objects.in_bulk(codes, field_name="code")
        return tuple(found[code] for code in codes)

    def file(self, who: str, plan: str, title: str, *, occurred: float, received: float = 0, **facts: Any) -> Incident:
        """File a case that happened and was called in so many minutes ago."""
        intake = Intake(
            plan=plan, title=title, occurred_at=self.ago(occurred), known_at=self.ago(received),
            received_at=self.ago(received), **facts,
        )  # fmt: skip
        return incident_file(user=self.people[who], intake=intake)

    def confirm(self, incident: Incident, who: str, note: str, **words: str) -> None:
        """Confirm a case, call it a false alarm or refer it."""
        settled = {"result": "confirm", **words}
        incident_triage(incident_id=incident.pk, version=None, user=self.people[who], note=note, **settled)

    def analyse(self, incident: Incident, who: str, **analysis: Any) -> None:
        """Record the analysis of a confirmed case."""
        user = self.people[who]
        incident_analyse(incident_id=incident.pk, version=None, user=user, analysis=Analysis(**analysis))

    def grade(self, incident: Incident, who: str, grade: str, criterion: int, reason: str) -> None:
        """Grade a cyber case by a criterion of 8.4."""
        user = self.people[who]
        incident_grade(
            incident_id=incident.pk, version=None, user=user, grade=grade, criterion=criterion, reason=reason
        )  # fmt: skip

    def phone(
        self, incident: Incident, who: str, *to: str, minutes: float, heard_by: str, body: str = "", unit: str = ""
    ) -> Report:
        """Record a report given by phone so many minutes ago."""
        user = self.people[who]
        call = PhoneReport(
            caller=user.display_name, addressees=to, heard_by=heard_by, number="0356-4220001", read_back=True,
            body=body,
            reporting_unit=unit, done_at=self.ago(minutes),
        )  # fmt: skip
        return report_phone_record(incident_id=incident.pk, user=user, call=call)

    def reported(self, incident: Incident, who: str, second: str, *to: str, minutes: float) -> Report:
        """Report by phone in time, entered now (补录) and confirmed by the second officer."""
        call = self.phone(
            incident, who, *to, minutes=minutes, heard_by="县政府总值班室 梁振宇", body="首报：情况已口头报告。"
        )
        if call.late_entry:
            report_confirm_late(report_id=call.pk, user=self.people[second], note="与通话记录一致")
        return call

    def written(
        self, incident: Incident, who: str, reviewer: str, *to: str, follows: Report | None = None, minutes: float = 0
    ) -> Report:
        """Write a report, have it signed by another and send it, or note that it went out so many minutes ago."""
        draft = Draft(addressees=to, follows_call=follows.serial if follows else None)
        report = report_draft(incident_id=incident.pk, user=self.people[who], draft=draft)
        report = report_review(report_id=report.pk, version=report.version, user=self.people[reviewer])
        report = report_send(
            report_id=report.pk, version=report.version, user=self.people[who], channel=SendChannel.FAX,
            proof="传真报告单已存", done_at=self.ago(minutes),
        )  # fmt: skip
        if report.late_entry:
            report_confirm_late(report_id=report.pk, user=self.people[reviewer], note="与传真报告单一致")
        return report

    def receipt(self, report: Report, who: str, addressee: str, received_by: str) -> None:
        """Record that an addressee signed for a report."""
        user = self.people[who]
        report_receipt(report_id=report.pk, user=user, addressee=addressee, received_by=received_by)

    def propose(self, incident: Incident, who: str, level: str, condition: int, basis: str) -> Response:
        """Propose a level."""
        user = self.people[who]
        return response_propose(incident_id=incident.pk, level=level, condition=condition, basis=basis, user=user)

    def act(self, service: Any, response: Response, who: str, **words: Any) -> Response:
        """Do one act on a response as it stands now."""
        version = Response.objects.values_list("version", flat=True).get(pk=response.pk)
        done: Response = service(response_id=response.pk, version=version, user=self.people[who], **words)
        return done

    def call(self, signer: str, minutes: float) -> PhoneCall:
        """Return a call back on a number of the directory, read back."""
        user = self.people[signer]
        return PhoneCall(signer=user, number=known_numbers(user)[0], called_at=self.ago(minutes), read_back=True)

    def propose_end(self, response: Response, who: str, *evidence: str, carry_over: str = "") -> Response:
        """Propose the end with evidence for each finding of the plan."""
        wanted = end_findings_of(response.plan_version)
        findings = dict(zip(range(1, len(wanted) + 1), evidence, strict=True))
        return self.act(response_propose_end, response, who, findings=findings, carry_over=carry_over)

    def tasks(self, response: Response, code: str = "") -> list[Task]:
        """Return the tasks of a unit, or those of the command and its office."""
        rows = response.tasks.filter(unit__code=code) if code else response.tasks.filter(unit__isnull=True)
        return list(rows.order_by("pk"))

    def work(self, task: Task, who: str, *words: str, done: bool = False, said_by: str = "") -> None:
        """Sign for a task and report on it; ``done`` completes it with the last words."""
        user, behalf = self.people[who], Behalf(said_by=said_by)
        task = task_acknowledge(task_id=task.pk, version=task.version, user=user, behalf=behalf)
        for place, text in enumerate(words, start=1):
            service = task_complete if done and place == len(words) else task_feedback
            task = service(task_id=task.pk, version=task.version, text=text, user=user, behalf=behalf)
