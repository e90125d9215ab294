"""文字报告: draft, edit, sign off, return, send (4.1 of both plans)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from django.db import transaction

from directory.choices import Act
from directory.rules import actor_for, clause_label
from directory.services.signatures import PhoneCall, Signing, refuse_denied, sign_by_phone, sign_on_screen
from incidents import comparing
from incidents.choices import OPEN_STATES, PROOF_MUST, PROOF_OF, ReportKind, ReportStage, ReportState, SendChannel
from incidents.models import Incident, Report, ReportAddressee
from incidents.rules import Addressee, RuleBook, clause_for
from incidents.selectors.attachments import attachments_sealed
from incidents.selectors.chain import final_doubts
from incidents.services.addressing import (
    addressee_texts,
    addressees_named,
    addressees_write,
    beyond_kept,
    reporting_unit_of,
    serial_next,
    stage_set,
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
from incidents.services.faces import face_edited, face_of
from incidents.services.intake_words import Problems
from incidents.services.phone import check_happened
from incidents.services.report_common import check_report_state, report_actor, report_lock, report_save
from incidents.services.rhythm import rhythm_touch
from incidents.services.sealing import check_report_sealed
from incidents.services.search import search_refresh
from incidents.services.secret import check_no_content
from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import database_now, local_text
from yangcheng_ec.deadlines.services import Covering
from yangcheng_ec.errors import BadInput, Forbidden
from yangcheng_ec.record.models import CaseHead, RecordEntry
from yangcheng_ec.record.services import Line, record_append
from yangcheng_ec.text import clean_text

__all__ = [
    "Draft",
    "report_draft",
    "report_edit",
    "report_return",
    "report_review",
    "report_send",
]

EDITABLE = (ReportState.DRAFT, ReportState.RETURNED)
# Whoever did one of these last has the last word in a report: another person signs it.
WRITTEN_BY = ("report.drafted", "report.edited", "attachment.added", "attachment.withdrawn")


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A written report as it is begun: the rest is filled in from the case. ``content`` overrides single fields."""

    addressees: tuple[str, ...] = ()
    stage: str = ""
    body: str = ""
    content: dict[str, Any] | None = None
    follows_call: int | None = None
    reporting_unit: str = ""
    beyond_reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return everything that was sent, for the fingerprint of a retry."""
        return {item.name: getattr(self, item.name) for item in fields(self)}


@transaction.atomic
def report_draft(*, incident_id: int, user: Any, draft: Draft, key: str = "") -> Report:
    """Begin a written report, its face filled in from the case (form 8.7, or comms' 书面简要报告).

    ``follows_call`` is the serial of the phone report it is the written version of: its number is that call's, and
    whoever was called is among its addressees. Raises BadInput (unknown addressee, unknown call), Forbidden,
    WrongState (closed).
    """
    pk = once_on_case(incident_id, user, draft, _draft, scope="report.draft", key=key)
    return Report.objects.select_related("incident__plan_version__plan", "author").get(pk=pk)


def _draft(incident_id: int, user: Any, draft: Draft) -> Report:
    incident, head = incident_lock(incident_id, user=user)
    actor = case_actor(user, incident)
    clause = clause_for(incident.plan_version, "report")
    check_state(incident, OPEN_STATES, "报告", clause)
    check_no_content(incident, {"body": draft.body, **(draft.content or {})})
    call = _call_followed(incident, draft.follows_call)
    # The text of a call goes to whom the call went (comms 4.1), and to whom else it is to go.
    texts = (*(addressee_texts(call.addressees.select_related("unit")) if call else ()), *draft.addressees)
    beyond, book = draft.beyond_reason or (call.beyond_reason if call else ""), RuleBook(incident.plan_version)
    addressees = addressees_named(book=book, incident=incident, texts=texts, beyond_reason=beyond)
    report = Report(
        incident=incident, serial=serial_next(incident), kind=ReportKind.WRITTEN, body=clean_text(draft.body).strip(),
        author=user, author_post=actor.post, follows_call=call, created_at=database_now(),
        beyond_reason=beyond_kept(book=book, incident=incident, named=addressees, reason=beyond),
    )  # fmt: skip
    stage_set(report, incident, draft.stage, call)
    reporting_unit_of(report, incident, user, draft.reporting_unit or (call.reporting_unit_code if call else ""))
    check_chain(incident, report)
    report.content = comparing.changes_renewed(report, face_of(incident, report.reporting_unit_label))
    report.content = comparing.changes_renewed(report, face_edited(report.content, draft.content or {}))
    check_lengths(report)
    report.save(force_insert=True)
    addressees_write(report, addressees)
    search_refresh(incident)
    _say(report, head, "report.drafted", f"起草文字报告（{report.label}）", actor, clause)
    return report


def _call_followed(incident: Incident, serial: int | None) -> Report | None:
    if serial is None:
        return None
    call = incident.reports.filter(serial=serial, kind=ReportKind.PHONE).first()
    if call is None:
        raise BadInput("没有这次电话报告。", fields={"follows_call": ["没有这次电话报告。"]})
    return call


@transaction.atomic
def report_edit(
    *,
    report_id: int,
    version: int | None,
    user: Any,
    content: dict[str, Any],
    body: str | None = None,
    addressees: Sequence[str] | None = None,
    beyond_reason: str = "",
) -> Report:
    """Change a draft or a returned report. Once signed it is a version, never an edit: a new report is written.

    ``addressees`` replaces to whom it goes, those beyond the line (越级) with their reason (4.1); None leaves them.
    Raises WrongState, StaleVersion, BadInput, Forbidden.
    """
    report, incident, head = report_lock(report_id, version, user)
    actor = report_actor(report, incident, user)
    clause = clause_for(incident.plan_version, "report")
    check_report_state(report, EDITABLE, "修改", clause)
    check_no_content(incident, {"body": body, **content})
    report.content = comparing.changes_renewed(report, face_edited(report.content, content))
    if body is not None:
        report.body = clean_text(body).strip()
    readdressed = "" if addressees is None else _readdress(report, incident, addressees, beyond_reason)
    report_save(report)
    search_refresh(incident)
    _say(report, head, "report.edited", f"修改文字报告（{report.label}）{readdressed}", actor, clause)
    return report


def _readdress(report: Report, incident: Incident, texts: Sequence[str], beyond_reason: str) -> str:
    """Write to whom a draft goes; return what changed for the record. Raises BadInput on ``addressees``."""
    book = RuleBook(incident.plan_version)
    named = addressees_named(book=book, incident=incident, texts=texts, beyond_reason=beyond_reason)
    kept = beyond_kept(book=book, incident=incident, named=named, reason=beyond_reason)
    was = _addressed(report.addressees.all(), report.beyond_reason)
    addressees_write(report, named)
    report.beyond_reason = kept
    now = _addressed(named, kept)
    return f"，报告对象：{was} → {now}" if was != now else ""


def _addressed(rows: Iterable[ReportAddressee | Addressee], reason: str) -> str:
    return "、".join(row.label for row in rows) + (f"（越级报告，理由：{reason}）" if reason else "")


@transaction.atomic
def report_review(
    *, report_id: int, version: int | None, user: Any, note: str = "", call: PhoneCall | None = None
) -> Report:
    """签发 a written report: 填报人 and 审核人 are different people (form 8.7).

    On screen by a post that may (非预案规定: the plans name none), or by phone at night: ``call`` says who signed,
    on which number of the directory, when, and that it was read back; the signer countersigns later.
    Raises Forbidden (own report, own last words in it, no such post), WrongState, StaleVersion, BadInput.
    """
    report, incident, head = report_lock(report_id, version, user)
    clause = clause_for(incident.plan_version, "report")
    check_report_state(report, EDITABLE, "签发", clause)
    check_report_sealed(incident, report)
    signer = call.signer if call else user
    if signer.pk == report.author_id:
        raise Forbidden("填报人与审核人须是不同的人，不能签发自己填报的报告。", clause=clause)
    if signer.pk == _last_writer(report, head):
        raise Forbidden("这份报告最后由审核人自己改过：请填报人看过并保存一次，再签发。", clause=clause)
    signing = Signing(
        head=head, subject=("report", report.pk), act=Act.REVIEW_REPORT, version=incident.plan_version,
        clause=clause_label(incident.plan_version, "4.1"), note=clean_text(note).strip(), since=incident.known_at,
    )  # fmt: skip
    if call:
        recorder = office_side_actor(user, incident)
        signature, actor = sign_by_phone(signing=signing, call=call, recorder=recorder)
    else:
        recorder = None
        signature, actor = sign_on_screen(signing=signing, user=user)
    report.state, report.reviewer, report.reviewed_at = ReportState.REVIEWED, actor.user, signature.signed_at
    report.review_note = clean_text(note).strip()
    report_save(report)
    text = f"签发文字报告（{report.label}），填报人{report.author}，审核人{actor.name}"
    text += f"；电话签发，回拨{call.number}，已复诵，{recorder.name}记录，待补签" if call and recorder else ""
    _say(report, head, "report.reviewed", text, actor, clause)
    return report


@transaction.atomic
def report_return(*, report_id: int, version: int | None, user: Any, reason: str) -> Report:
    """Return a draft, or a signed report that has not gone out, to its author, with the reason."""
    report, incident, head = report_lock(report_id, version, user)
    clause = clause_for(incident.plan_version, "report")
    check_report_state(report, (ReportState.DRAFT, ReportState.REVIEWED), "退回", clause)
    actor = actor_for(user, incident.plan_version, Act.REVIEW_REPORT)
    if user.pk == report.author_id:
        raise Forbidden("不能退回自己填报的报告。", clause=clause)
    if not reason.strip():
        raise BadInput("请写明退回理由。", fields={"reason": ["请写明退回理由。"]}, clause=clause)
    report.state, report.reviewer, report.reviewed_at = ReportState.RETURNED, None, None
    report.review_note = clean_text(reason).strip()
    report_save(report)
    _say(report, head, "report.returned", f"退回文字报告（{report.label}）：{report.review_note}", actor, clause)
    return report


@transaction.atomic
def report_send(
    *,
    report_id: int,
    version: int | None,
    user: Any,
    channel: str,
    proof: str = "",
    done_at: datetime | None = None,
    late_reason: str = "",
) -> Report:
    """Send a signed report: it meets the clocks of its addressees, late ones with their reason (4.1).

    ``done_at`` is when it went out, with its proof (fax journal, mail number); entered more than five minutes
    later it is 补录. It also meets the clock of the phone report it follows. A 终报 closes the chain; what speaks
    against ending is said in the record. Raises WrongState (also: the chain is closed), StaleVersion, Forbidden,
    BadInput (channel, proof, future time, late without reason).
    """
    report, incident, head = report_lock(report_id, version, user)
    actor = report_actor(report, incident, user)
    clause = clause_for(incident.plan_version, "report")
    check_report_state(report, (ReportState.REVIEWED,), "报出", clause)
    check_chain(incident, report)
    check_report_sealed(incident, report)
    refuse_denied(("report", report.pk), Act.REVIEW_REPORT, clause)
    now = database_now()
    at = _send_checked(incident, channel, proof, done_at, now, clause)
    codes = tuple(report.addressees.values_list("code", flat=True))
    book = RuleBook(incident.plan_version)
    late = clocks_late_with(
        book=book, head=head, kind=report.kind, codes=codes, done_at=at, made_by=report.reporting_unit_code
    )
    require_reason(late, late_reason)
    report.state, report.channel, report.proof = ReportState.SENT, channel, clean_text(proof).strip()
    report.done_at, report.recorded_at, report.recorded_by = at, now, user
    report.late_entry, report.late_reason = now - at > LATE_ENTRY_AFTER, clean_text(late_reason).strip()
    report_save(report)
    _say_sent(report, head, actor, clause)
    clocks_cover(
        book=book, head=head, kind=report.kind, covering=_covering(report, codes, actor),
        made_by=report.reporting_unit_code,
    )  # fmt: skip
    rhythm_touch(incident, at)
    return report


def _send_checked(
    incident: Incident, channel: str, proof: str, done_at: datetime | None, now: datetime, clause: str
) -> datetime:
    problems, at = Problems(), now
    if channel not in SendChannel.values:
        problems.add("channel", "请选择报送方式。")
    elif channel == SendChannel.PHONE:
        problems.add("channel", "电话报告请用「电话报告」登记，文字报告不能用电话报送。")
    with problems.gather():
        at = moment(done_at, "done_at", "报出时间", now)
        check_happened(incident, at, "done_at", "报出时间")
    if channel in PROOF_MUST and not proof.strip():
        way = SendChannel(channel)
        problems.add("proof", f"{way.label}须写明凭证：{PROOF_OF[way]}（非预案规定）。")
    elif now - at > LATE_ENTRY_AFTER and not proof.strip():
        problems.add("proof", "补录须写明凭证（传真报告单、邮件编号、回执）。")
    problems.raise_any("没有报出，请更正。", clause=clause)
    return at


def _covering(report: Report, codes: tuple[str, ...], actor: Actor) -> Covering:
    return Covering(
        codes=codes, done_at=report.done_at or report.created_at, by=actor, channel=report.get_channel_display(),
        proof=("report", report.pk), late_entry=report.late_entry, late_reason=report.late_reason,
        done_by_text=f"{report.reporting_unit_label} {report.author}",
    )  # fmt: skip


def _say_sent(report: Report, head: CaseHead, actor: Actor, clause: str) -> None:
    to = "、".join(row.label for row in report.addressees.all())
    text = f"报出文字报告（{report.label}）：{report.reporting_unit_label}→{to}，{report.get_channel_display()}"
    text += f"（{report.proof}）" if report.proof else ""
    text += f"，{local_text(report.done_at)}"
    with_it = attachments_sealed(report)
    text += f"，附件{len(with_it)}件" if with_it else ""
    text += f"。越级报告，理由：{report.beyond_reason}" if report.beyond_reason else ""
    doubts = final_doubts(report) if report.stage == ReportStage.FINAL else []
    text += f"。报出终报时：{'；'.join(doubts)}" if doubts else ""
    line = Line("report.sent", text + "。", actor=actor, clause=clause, subject=("report", report.pk),
                data={"serial": report.serial, "content": report.content, "attachments": with_it},
                done_at=report.done_at,
                late_entry=report.late_entry)  # fmt: skip
    record_append(head, line)


def _last_writer(report: Report, head: CaseHead) -> int | None:
    """Return who wrote the report as it stands: the author, or whoever changed it last."""
    lines = RecordEntry.objects.filter(head=head, subject_type="report", subject_id=report.pk, kind__in=WRITTEN_BY)
    return lines.order_by("-seq").values_list("actor_id", flat=True).first()


def _say(report: Report, head: CaseHead, kind: str, text: str, actor: Actor, clause: str) -> None:
    line = Line(kind, text + "。", actor=actor, clause=clause, subject=("report", report.pk),
                data={"serial": report.serial, "version": report.version})  # fmt: skip
    record_append(head, line)
