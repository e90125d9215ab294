"""After a report went out: who signed for it, and the proof that it went."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from incidents.choices import ReportState
from incidents.models import Report
from incidents.rules import clause_for
from incidents.services.common import LATE_ENTRY_AFTER, check_lengths, moment
from incidents.services.intake_words import Problems
from incidents.services.report_common import check_report_state, report_actor, report_lock, report_save
from yangcheng_ec.clock import database_now, local_text
from yangcheng_ec.errors import BadInput, WrongState
from yangcheng_ec.record.services import Line, record_append
from yangcheng_ec.text import clean_text

__all__ = ["report_prove", "report_receipt"]


@transaction.atomic
def report_receipt(
    *, report_id: int, user: Any, addressee: str, received_by: str, received_at: datetime | None = None
) -> Report:
    """Record that an addressee signed for a report (签收): sent is not received.

    Raises WrongState (not sent, already signed for), BadInput (who, when, no such addressee).
    """
    report, incident, head = report_lock(report_id, None, user)
    actor = report_actor(report, incident, user)
    clause = clause_for(incident.plan_version, "report")
    check_report_state(report, (ReportState.SENT,), "登记签收", clause)
    row = report.addressees.filter(code=addressee).first()
    problems = Problems()
    if row is None:
        problems.add("addressee", "这份报告没有报给这个对象。")
    if not received_by.strip():
        problems.add("received_by", "请填写签收人。")
    now = database_now()
    with problems.gather():
        at = moment(received_at, "received_at", "签收时间", now)
        if report.done_at and at < report.done_at.replace(second=0, microsecond=0):
            problems.add("received_at", "签收时间不能早于报出时间。")
    problems.raise_any("没有登记签收，请更正。", clause=clause)
    if row is None or row.received_at is not None:
        raise WrongState("已经登记过签收。", clause=clause)
    row.received_at, row.received_by = at, clean_text(received_by).strip()
    row.receipt_recorded_by, row.receipt_recorded_at = user, now
    check_lengths(row)
    row.save()
    text = f"签收：{row.label}{row.received_by}收到{report.label}，{local_text(at)}。"
    line = Line("report.received", text, actor=actor, clause=clause, subject=("report", report.pk), done_at=at,
                late_entry=now - at > LATE_ENTRY_AFTER)  # fmt: skip
    record_append(head, line)
    return report


@transaction.atomic
def report_prove(*, report_id: int, user: Any, proof: str) -> Report:
    """Write the proof of a report that went out without one (传真报告单, 邮件编号…); what stands is never changed.

    Raises WrongState (not sent, a call, has its proof), BadInput, Forbidden.
    """
    report, incident, head = report_lock(report_id, None, user)
    actor = report_actor(report, incident, user)
    clause = clause_for(incident.plan_version, "report")
    check_report_state(report, (ReportState.SENT,), "补充凭证", clause)
    if not report.lacks_proof:
        raise WrongState("这份报告已有凭证，或不需要凭证。", clause=clause)
    report.proof = clean_text(proof).strip()
    if not report.proof:
        raise BadInput("没有保存凭证。", fields={"proof": ["请填写凭证。"]})
    report_save(report)
    text = f"补充报送凭证（{report.label}，{report.get_channel_display()}）：{report.proof}。"
    record_append(head, Line("report.proved", text, actor=actor, clause=clause, subject=("report", report.pk)))
    return report
