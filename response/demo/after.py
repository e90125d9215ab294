"""What followed the responses of the demo day: one aftermath under way, and whole ones of the closed cases."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from directory.services.plan_revisions import today
from incidents.models import Incident
from response.aftermath import services
from response.aftermath.rules import report_sections
from response.aftermath.services import Care, Learnt, Payer, RebuildWords, Step, Written
from response.demo.stage import Stage

__all__ = ["begun", "whole"]


def begun(stage: Stage, incident: Incident) -> None:
    """The report is being written, goods are to be paid for, the unit is asked for its plan, a lesson is noted."""
    incident.refresh_from_db()
    office = stage.people["office"]
    services.review_draft(incident_id=incident.pk, user=office)
    care = Care("requisition", "征用交换机备件", "县数据中心", quantity="1台", receipt="征用7号", asked=Decimal("8600"))
    item = services.care_add(incident_id=incident.pk, user=office, care=care)
    services.care_agree(
        item_id=item.pk, version=item.version, user=office, amount=Decimal("8200.00"), payer=Payer("finance")
    )  # fmt: skip
    plan = services.rebuild_ask(incident_id=incident.pk, user=office, due_on=today() + timedelta(days=5))
    words = RebuildWords(
        "备用核心交换机一台可用，备件库有同型号电源模块。", "更换电源模块，加装双路供电，复测后恢复主用。",
        (Step("更换电源模块", today()), Step("加装双路供电", today() + timedelta(days=20))), said_by="信息科 刘科长",
    )  # fmt: skip
    services.rebuild_submit(plan_id=plan.pk, version=plan.version, user=office, words=words)
    learnt = Learnt(
        "备件调拨没有写明由谁协调", revises_plan=True, clause=f"{incident.plan_version.cited_as} 6.4",
        wording="增加：备件由县指挥部办公室统一协调调拨。",
    )  # fmt: skip
    services.lesson_add(incident_id=incident.pk, user=office, learnt=learnt)


def whole(stage: Stage, incident: Incident, who: str, signer: str, *, participants: str = "") -> None:
    """The report is written, signed by another, sent and received."""
    incident.refresh_from_db()
    office = stage.people[who]
    report = services.review_draft(incident_id=incident.pk, user=office)
    texts = {
        row.key: report.texts.get(row.key) or f"{row.title}：经调查，见本报告所附记录。"
        for row in report_sections(incident.plan_version)
    }
    written = Written(
        report.title, organised_by=report.organised_by, participants=participants or report.participants, texts=texts
    )  # fmt: skip
    report = services.review_submit(report_id=report.pk, version=report.version, user=office, written=written)
    report = services.review_sign(report_id=report.pk, version=report.version, user=stage.people[signer])
    report = services.review_send(
        report_id=report.pk, version=report.version, user=office, channel="机要交换", proof="机要交换登记0312"
    )  # fmt: skip
    for row in report.addressees.all():
        report = services.review_receipt(
            report_id=report.pk, version=report.version, user=office, addressee_id=row.pk, received_by="值班室"
        )  # fmt: skip
