"""电话快报: recording the call sends it (comms 4.1; it also meets cyber 4.1's clocks)."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from incidents.choices import OPEN_STATES, ReportKind, ReportState, SendChannel
from incidents.models import Incident, Report
from incidents.rules import PHONE_REPORT, Addressee, RuleBook, clause_for
from incidents.services.addressing import (
    addressees_named,
    addressees_write,
    beyond_kept,
    reporting_unit_of,
    serial_next,
    stage_set,
    unit_reporting,
)
from incidents.services.chain import check_chain
from incidents.services.clocks import clocks_cover, clocks_late_with, require_reason
from incidents.services.common import (
    LATE_ENTRY_AFTER,
    case_actor,
    check_lengths,
    check_state,
    incident_lock,
    moment,
    office_side_actor,
    once_on_case,
)
from incidents.services.faces import AS_KNOWN, face_of
from incidents.services.intake_words import Problems
from incidents.services.rhythm import rhythm_touch
from incidents.services.search import search_refresh
from incidents.services.secret import check_no_content
from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import database_now, local_text
from yangcheng_ec.deadlines.choices import StartBasis
from yangcheng_ec.deadlines.services import Covering, deadline_start
from yangcheng_ec.errors import BadInput, Forbidden, WrongState
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line, record_append
from yangcheng_ec.text import clean_text

__all__ = ["PhoneReport", "check_happened", "report_confirm_late", "report_phone_record"]


@dataclass(frozen=True, kw_only=True)
class PhoneReport:
    """One call: who called, from or on which number, who heard it, whom it told, read back or not, when."""

    caller: str
    addressees: tuple[str, ...]
    heard_by: str
    number: str = ""
    read_back: bool = False
    body: str = ""
    stage: str = ""
    reporting_unit: str = ""
    done_at: datetime | None = None
    late_reason: str = ""
    beyond_reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return everything that was sent, for the fingerprint of a retry."""
        return {item.name: getattr(self, item.name) for item in fields(self)}


@transaction.atomic
def report_phone_record(*, incident_id: int, user: Any, call: PhoneReport, key: str = "") -> Report:
    """Record a report given by phone: it is sent by that, and needs no reviewer.

    It happened at ``done_at`` (now by default); entered more than five minutes later it is 补录 and another officer
    confirms it. It meets every clock of the case that names those addressees; under comms it starts the clock for
    the written version, owed by whoever phoned, to the same addressees (4.1: 30 分钟内再呈送文字报告).
    Raises BadInput with fields (who, whom, when; 逾期 without its reason), Forbidden, WrongState (closed).
    """
    pk = once_on_case(incident_id, user, call, _record, scope="report.phone", key=key)
    return Report.objects.select_related("incident__plan_version__plan", "author").get(pk=pk)


def _record(incident_id: int, user: Any, call: PhoneReport) -> Report:
    incident, head = incident_lock(incident_id, user=user)
    actor = case_actor(user, incident)
    clause = clause_for(incident.plan_version, "report")
    check_state(incident, OPEN_STATES, "报告", clause)
    check_no_content(incident, {"body": call.body})
    book, now = RuleBook(incident.plan_version), database_now()
    addressees, done_at = _checked(incident, book, call, now, clause)
    kept = beyond_kept(book=book, incident=incident, named=addressees, reason=call.beyond_reason)
    call = replace(call, beyond_reason=kept)
    codes = tuple(item.code for item in addressees)
    made_by = unit_reporting(incident, user, call.reporting_unit)
    late = clocks_late_with(
        book=book, head=head, kind=ReportKind.PHONE, codes=codes, done_at=done_at,
        made_by=made_by.code if made_by else "",
    )  # fmt: skip
    require_reason(late, call.late_reason)
    report = _write(incident, user, actor, call, addressees, done_at, now)
    search_refresh(incident)
    _say(report, head, actor, addressees, clause)
    covering = Covering(
        codes=codes, done_at=done_at, by=actor, channel=str(SendChannel.PHONE.label), proof=("report", report.pk),
        late_entry=report.late_entry, late_reason=report.late_reason, done_by_text=_by(report, actor),
    )  # fmt: skip
    clocks_cover(book=book, head=head, kind=ReportKind.PHONE, covering=covering, made_by=report.reporting_unit_code)
    _start_written(book, report, incident, head, actor, addressees)
    rhythm_touch(incident, done_at)
    return report


def _checked(
    incident: Incident, book: RuleBook, call: PhoneReport, now: datetime, clause: str
) -> tuple[list[Addressee], datetime]:
    problems = Problems()
    addressees: list[Addressee] = []
    done_at = now
    with problems.gather():
        addressees = addressees_named(
            book=book, incident=incident, texts=call.addressees, beyond_reason=call.beyond_reason
        )
    with problems.gather():
        done_at = moment(call.done_at, "done_at", "通话时间", now)
        check_happened(incident, done_at, "done_at", "通话时间")
    if not call.caller.strip():
        problems.add("caller", "请填写打电话的人。")
    if not call.heard_by.strip():
        problems.add("heard_by", "请填写接听人。")
    problems.raise_any("没有记录，请补全。", clause=clause)
    return addressees, done_at


def check_happened(incident: Incident, at: datetime, field: str, label: str) -> None:
    """Raise BadInput when something is said to have happened before the event itself (to the minute)."""
    begin = incident.occurred_at or incident.known_at
    if not incident.occurred_approximate and at < begin.replace(second=0, microsecond=0):
        words = f"{label}不能早于事发时间（{local_text(begin)}）。"
        raise BadInput(words, fields={field: [words]})


def _write(
    incident: Incident,
    user: Any,
    actor: Actor,
    call: PhoneReport,
    addressees: list[Addressee],
    done_at: datetime,
    now: datetime,
) -> Report:
    report = Report(
        incident=incident, serial=serial_next(incident), kind=ReportKind.PHONE, state=ReportState.SENT,
        body=clean_text(call.body).strip(), author=user, author_post=actor.post, channel=SendChannel.PHONE,
        call_caller=clean_text(call.caller).strip(), call_number=clean_text(call.number).strip(),
        call_heard_by=clean_text(call.heard_by).strip(), call_read_back=call.read_back, done_at=done_at,
        recorded_at=now, recorded_by=user, late_entry=now - done_at > LATE_ENTRY_AFTER,
        late_reason=clean_text(call.late_reason).strip(), beyond_reason=call.beyond_reason,
        created_at=now,
    )  # fmt: skip
    stage_set(report, incident, call.stage)
    reporting_unit_of(report, incident, user, call.reporting_unit)
    check_chain(incident, report)
    report.content = {AS_KNOWN: face_of(incident, report.reporting_unit_label)}
    check_lengths(report)
    report.save(force_insert=True)
    addressees_write(report, addressees, heard_by=report.call_heard_by)
    return report


def _by(report: Report, actor: Actor) -> str:
    return f"{report.reporting_unit_label} {report.call_caller or actor.name}".strip()


def _say(report: Report, head: CaseHead, actor: Actor, addressees: list[Addressee], clause: str) -> None:
    to = "、".join(item.label for item in addressees)
    text = f"电话报告（{report.label}）：{report.reporting_unit_label} {report.call_caller}向{to}报告"
    text += f"，号码{report.call_number}" if report.call_number else ""
    text += f"，接听人{report.call_heard_by}，{'已复诵' if report.call_read_back else '未复诵'}"
    text += f"，通话时间{local_text(report.done_at)}"
    text += f"。越级报告，理由：{report.beyond_reason}" if report.beyond_reason else ""
    line = Line("report.phoned", text + "。", actor=actor, clause=clause, subject=("report", report.pk),
                data={"serial": report.serial}, done_at=report.done_at, late_entry=report.late_entry)  # fmt: skip
    record_append(head, line)


def _start_written(
    book: RuleBook, report: Report, incident: Incident, head: CaseHead, actor: Actor, addressees: list[Addressee]
) -> None:
    for rule in book.of_trigger(PHONE_REPORT):
        spec = book.build(
            rule, incident, ("report", report.pk), (StartBasis.CALL, report.done_at or report.created_at, ""),
            tuple((item.code, item.label) for item in addressees),
            owed_unit=report.reporting_unit_code, owed_name=report.reporting_unit_label,
        )  # fmt: skip
        deadline_start(head=head, spec=spec, actor=actor)


@transaction.atomic
def report_confirm_late(*, report_id: int, user: Any, note: str = "") -> Report:
    """Another officer confirms an act entered later (补录, DESIGN §5). The overdue recorded meanwhile stays.

    Raises WrongState (not 补录, already confirmed), Forbidden (the one who entered it, the author, a unit).
    """
    found = Report.objects.filter(pk=report_id).values_list("incident_id", flat=True).first()
    incident, head = incident_lock(found or 0, user=user)
    actor = office_side_actor(user, incident)
    report = Report.objects.select_related("incident").get(pk=report_id)
    clause = clause_for(incident.plan_version, "report")
    if not report.late_entry or report.confirmed_at is not None:
        raise WrongState("这份报告不需要补录确认，或已经确认。", clause=clause)
    if user.pk in (report.recorded_by_id, report.author_id):
        raise Forbidden("补录须由另一名值班人员确认，不能自己确认自己录入的。", clause=clause)
    report.confirmed_by, report.confirmed_at = user, database_now()
    report.version += 1
    report.save()
    tail = f"：{clean_text(note).strip()}" if note.strip() else ""
    times = f"发生于{local_text(report.done_at)}，录入于{local_text(report.recorded_at)}"
    text = f"确认补录：{report.label}，{times}{tail}。"
    line = Line("report.late_confirmed", text, actor=actor, clause=clause, subject=("report", report.pk))
    record_append(head, line)
    return report
