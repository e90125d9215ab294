"""续报 reminders while a response runs (comms 4.1: 「随时续报，直至应急处置工作结束」; the hours are 「非预案规定」).

When the next one is due stands in a row; the sweep reads it. It is no clock of the plan, hence no Deadline.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from directory.audience import recipient_of
from directory.choices import Act
from directory.rules import approver_kinds, holders
from incidents.choices import IncidentState, ReportState
from incidents.models import Incident, ReportRhythm
from incidents.rules import clause_for
from incidents.selectors.chain import chain_final, follow_up_every
from yangcheng_ec.clock import database_now, local_text
from yangcheng_ec.deadlines.registry import Recipient
from yangcheng_ec.deadlines.services import Message, notice_queue, notices_settle
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line, record_append

__all__ = ["office_recipients", "rhythm_round", "rhythm_touch"]

BATCH = 50
KIND = "report.follow_up"


def rhythm_touch(incident: Incident, at: datetime) -> None:
    """Count the rhythm from ``at``: a report went out, a response began, the chain was reopened. The head is locked."""
    every = follow_up_every(incident.plan_version.plan.code)
    if every is None:
        return
    goes_on = incident.state == IncidentState.RESPONDING and chain_final(incident, "") is None
    row = ReportRhythm.objects.filter(incident=incident).first()
    if row is None:
        ReportRhythm.objects.create(incident=incident, since=at, next_at=at + every if goes_on else None)
        return
    row.since = max(row.since, at)
    row.next_at = row.since + every if goes_on else None
    row.save(update_fields=["since", "next_at"])
    notices_settle(subject=("incident", incident.pk), kinds=[KIND])


def rhythm_round() -> int:
    """Remind the offices of every 续报 that is due; return how many. Called by each sweep: one read when none is."""
    due = ReportRhythm.objects.filter(next_at__lte=database_now()).order_by("next_at")
    return sum(_remind(pk) for pk in due.values_list("pk", flat=True)[:BATCH])


@transaction.atomic
def _remind(rhythm_id: int) -> bool:
    row = ReportRhythm.objects.select_related("incident__plan_version__plan").get(pk=rhythm_id)
    head = CaseHead.objects.select_for_update(skip_locked=True).filter(pk=row.incident.head_id).first()
    if head is None:
        return False
    row = ReportRhythm.objects.select_related("incident__plan_version__plan").get(pk=rhythm_id)
    now, incident = database_now(), row.incident
    every = follow_up_every(incident.plan_version.plan.code)
    if row.next_at is None or row.next_at > now:
        return False
    if every is None or incident.state != IncidentState.RESPONDING or chain_final(incident, "") is not None:
        row.next_at = None
        row.save(update_fields=["next_at"])
        return False
    row.reminded, row.next_at = row.reminded + 1, now + every
    row.save(update_fields=["reminded", "next_at"])
    _tell(incident, head, row, now)
    return True


def _tell(incident: Incident, head: CaseHead, row: ReportRhythm, now: datetime) -> None:
    waited = int((now - row.since).total_seconds()) // 60
    last = incident.reports.filter(state=ReportState.SENT).order_by("-done_at").first()
    since = f"距上次报告（{last.label}，{local_text(last.done_at)}）" if last else "响应启动以来还没有报告，"
    text = f"该续报了：{since}已{waited // 60}小时{waited % 60:02d}分（提醒间隔：非预案规定）。"
    told = office_recipients(incident)
    line = Line("report.follow_up_due", text, clause=clause_for(incident.plan_version, "report"),
                subject=("incident", incident.pk), data={"told": [item.label for item in told]})  # fmt: skip
    record_append(head, line, now=now)
    message = Message(
        kind=KIND, title=f"{incident.number} {incident.title} {text}", dedupe=f"follow-up:{incident.pk}:{head.seq}",
        body=text, url=f"/incidents/{incident.number}/", clause=clause_for(incident.plan_version, "report"),
        drill=incident.drill, subject=("incident", incident.pk),
    )  # fmt: skip
    notice_queue(head=head, message=message, recipients=told)


def office_recipients(incident: Incident) -> list[Recipient]:
    """Return the people of the plan's office, each once."""
    version = incident.plan_version
    rows = holders(version, approver_kinds(version, Act.OFFICE)[0])
    return list({row.user_id: recipient_of(row) for row in rows}.values())
