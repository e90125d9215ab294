"""The report on the event: drafted from the record, signed by a second person, frozen, sent, received (F1, F3)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from incidents.models import Incident
from response.aftermath.choices import BEFORE_SENT, ReviewState
from response.aftermath.models import ReviewAddressee, ReviewReport
from response.aftermath.performance import record_facts
from response.aftermath.prefill import first_texts
from response.aftermath.rules import (
    report_addressees,
    report_duty,
    report_sections,
    review_route,
    signer_actor,
    state_of_case,
)
from response.aftermath.services.common import (
    address,
    begin,
    cleaned,
    office_actor,
    row_begun,
    row_lock,
    row_write,
    tell_posts,
    time_done,
)
from response.services.common import required, state_in
from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import database_now, local_text
from yangcheng_ec.deadlines.services import Message, notices_settle
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, WrongState
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line

__all__ = [
    "Written",
    "review_draft",
    "review_edit",
    "review_receipt",
    "review_return",
    "review_send",
    "review_sign",
    "review_submit",
]

MOST_ADDRESSEES = 20


@dataclass(frozen=True)
class Written:
    """The report as typed: who investigated, the sections by key, whom it goes to beside the clause's addressees."""

    title: str
    organised_by: str = ""
    participants: str = ""
    superior: str = ""
    texts: dict[str, str] = field(default_factory=dict)
    also: tuple[str, ...] = ()


@transaction.atomic
def review_draft(*, incident_id: int, user: Any) -> ReviewReport:
    """Begin the report on a case, filled from its record (cyber 5.1; comms 5.2).

    Holds: the office; the response has ended, or none was needed; no other report of the case is on its way.
    Raises NotVisible, Forbidden, WrongState.
    """
    incident, head, actor = begin(incident_id, user=user)
    title, duty, _asked = report_duty(incident.plan_version)
    state_of_case(incident, "report", f"起草{title}", duty.label)
    busy = incident.reviews.filter(state__in=BEFORE_SENT).first()
    if busy is not None:
        raise WrongState(f"已有一份报告在办（{busy.get_state_display()}）。", clause=duty.label)
    serial = incident.reviews.count() + 1
    again = f"（补充{serial - 1}）" if serial > 1 else ""
    route = review_route(incident.plan_version, incident.grade)
    report = ReviewReport(
        incident=incident, serial=serial, title=f"关于{incident.title}的{title}{again}"[:200], route=route.as_dict(),
        grade_label=str(incident.grade or ""), organised_by=route.organiser, superior=route.superior,
        participants=route.together, texts=first_texts(incident), author=user, author_post=actor.post,
        created_at=database_now(),
    )  # fmt: skip
    row_write(head, report, _line("drafted", f"起草{title}", actor, report), new=True)
    labels = report_addressees(incident.plan_version)
    ReviewAddressee.objects.bulk_create(
        ReviewAddressee(report=report, number=number, label=label, clause=duty.label)
        for number, label in enumerate(labels, 1)
    )
    return report


@transaction.atomic
def review_edit(*, report_id: int, version: int, user: Any, written: Written) -> ReviewReport:
    """Keep what was written so far. Raises NotVisible, Forbidden, StaleVersion, WrongState (not a draft), BadInput."""
    _incident, head, report, actor = _opened(report_id, version, user, ReviewState.DRAFT, "不能修改")
    _fill(report, written)
    row_write(head, report, _line("edited", f"修改「{report.title}」", actor, report))
    _also(report, written.also)
    return report


@transaction.atomic
def review_submit(*, report_id: int, version: int, user: Any, written: Written | None = None) -> ReviewReport:
    """Put a finished draft before its signer, with what the record says now: from here on nothing of it changes.

    Holds: the office; every section is written, who investigated is named. The route is that of the grade the event
    has now. Raises as ``review_edit``, BadInput beside each section that is missing.
    """
    incident, head, report, actor = _opened(report_id, version, user, ReviewState.DRAFT, "不能送签")
    if written is not None:
        _fill(report, written)
        _also(report, written.also)
    _check_whole(incident, report)
    report.route, report.grade_label = _route(incident), str(incident.grade or "")
    report.facts = record_facts(incident)
    report.state, report.submitted_at, report.submitted_by = ReviewState.SUBMITTED, database_now(), user
    report.return_reason = ""
    report.sha256 = _fingerprint(report)
    row_write(head, report, _line("submitted", f"送签「{report.title}」，内容指纹{report.sha256[:16]}", actor, report))
    title = f"请签发：{report.title}"
    tell_posts(head, incident, _message(incident, report, "sign", title, urgent=True), report.route["signers"])
    return report


@transaction.atomic
def review_return(*, report_id: int, version: int, user: Any, reason: str) -> ReviewReport:
    """A post that signs sends the report back, with the reason; it is a draft again. Raises as ``review_sign``."""
    incident, head, report, actor = _signer(report_id, version, user, (ReviewState.SUBMITTED, ReviewState.SIGNED))
    report.return_reason = required(cleaned(reason, "reason"), "reason", "请写明退回理由。", report.route["clause"])
    report.state, report.signer, report.signed_at, report.signer_post = ReviewState.DRAFT, None, None, ""
    words = f"退回「{report.title}」。理由：{report.return_reason}"
    row_write(head, report, _line("returned", words, actor, report))
    notices_settle(subject=("reviewreport", report.pk), kinds=("review.sign",))
    tell_posts(head, incident, _message(incident, report, "returned", f"报告被退回：{report.title}", words))
    return report


@transaction.atomic
def review_sign(*, report_id: int, version: int, user: Any) -> ReviewReport:
    """Sign the report (签发), as a post of its route: never the one who wrote it or put it before.

    Raises NotVisible, Forbidden, StaleVersion, WrongState (not submitted, or the event's grade was changed since).
    """
    incident, head, report, actor = _signer(report_id, version, user, (ReviewState.SUBMITTED,))
    clause = report.route["clause"]
    if user.pk in (report.author_id, report.submitted_by_id):
        raise Forbidden("不能签发自己起草、送签的报告，请由另一位有权的人签发。", clause=clause)
    if report.route != _route(incident):
        raise WrongState("事件的级别在送签后已改变，调查的组织随之改变：请退回重拟。", clause=clause)
    report.state, report.signer, report.signer_post = ReviewState.SIGNED, user, actor.post
    report.signed_at = database_now()
    row_write(head, report, _line("signed", f"签发「{report.title}」", actor, report))
    notices_settle(subject=("reviewreport", report.pk), kinds=("review.sign",))
    tell_posts(head, incident, _message(incident, report, "signed", f"已签发，请报送：{report.title}"))
    return report


@transaction.atomic
def review_send(
    *, report_id: int, version: int, user: Any, channel: str, proof: str = "", sent_at: datetime | None = None
) -> ReviewReport:
    """Record that the signed report was sent to its addressees: it is frozen for good, a correction is a new one.

    Raises NotVisible, Forbidden, StaleVersion, WrongState (not signed, or the content is no longer the signed one),
    BadInput.
    """
    _incident, head, report, actor = _opened(report_id, version, user, ReviewState.SIGNED, "未经签发不得报送")
    if _fingerprint(report) != report.sha256:
        raise WrongState("报告内容与签发时的指纹不一致，不能报送。", clause=report.route["clause"])
    report.channel = cleaned(channel, "channel", "请写明报送方式。", limit=60)
    report.proof = cleaned(proof, "proof", limit=200)
    at, late = time_done(sent_at, "sent_at", "报送时间", report.signed_at)
    report.state, report.sent_at, report.sent_recorded_at = ReviewState.SENT, at, database_now()
    names = "、".join(report.addressees.values_list("label", flat=True))
    words = f"「{report.title}」报{names}，{report.channel}" + (f"，凭证：{report.proof}" if report.proof else "")
    row_write(head, report, _line("sent", words, actor, report, done_at=at, late_entry=late))
    return report


@transaction.atomic
def review_receipt(
    *, report_id: int, version: int, user: Any, addressee_id: int, received_by: str, received_at: datetime | None = None
) -> ReviewReport:
    """Record an addressee's receipt (签收) of a report that was sent. Raises as ``review_send``; once each."""
    _incident, head, report, actor = _opened(report_id, version, user, ReviewState.SENT, "不能登记签收")
    row = report.addressees.filter(pk=addressee_id).first()
    if row is None:
        raise NotVisible()
    if row.received_at is not None:
        raise WrongState(f"{row.label}已于{local_text(row.received_at)}签收。")
    row.received_by = cleaned(received_by, "received_by", "请写明签收人。", limit=120)
    row.received_at, late = time_done(received_at, "received_at", "签收时间", report.sent_at)
    row.recorded_at = database_now()
    row.save()
    words = f"{row.label}签收「{report.title}」，签收人：{row.received_by}"
    row_write(head, report, _line("received", words, actor, report, done_at=row.received_at, late_entry=late))
    return report


def _opened(
    report_id: int, version: int, user: Any, state: ReviewState, what: str
) -> tuple[Incident, CaseHead, ReviewReport, Actor]:
    incident, head, report = row_lock(ReviewReport, report_id, user=user)
    row_begun(report, user, version)
    clause = report.route.get("clause", "")
    actor = office_actor(incident, user)
    state_of_case(incident, "go_on", what, clause)
    state_in(report, [state], what, clause)
    return incident, head, report, actor


def _signer(
    report_id: int, version: int, user: Any, states: tuple[ReviewState, ...]
) -> tuple[Incident, CaseHead, ReviewReport, Actor]:
    incident, head, report = row_lock(ReviewReport, report_id, user=user)
    row_begun(report, user, version)
    actor = signer_actor(user, incident.plan_version, report.route)
    state_of_case(incident, "go_on", "签发报告", report.route["clause"])
    state_in(report, states, "不能签发或退回", report.route["clause"])
    return incident, head, report, actor


def _fill(report: ReviewReport, written: Written) -> None:
    """Take over what was typed; of the sections only those the plan's clause asks for."""
    report.title = cleaned(written.title, "title", "请填写标题。", limit=200)
    for name, limit in (("organised_by", 120), ("participants", 500), ("superior", 200)):
        setattr(report, name, cleaned(getattr(written, name), name, limit=limit))
    keys = [section.key for section in report_sections(report.incident.plan_version)]
    report.texts = {key: cleaned(written.texts.get(key, ""), f"text_{key}") for key in keys}


def _also(report: ReviewReport, also: tuple[str, ...]) -> None:
    """Keep the addressees beside the clause's: ours, 「非预案规定」. Raises BadInput when there are too many."""
    wanted = list(dict.fromkeys(label for text in also if (label := cleaned(text, "also", limit=120))))
    if len(wanted) > MOST_ADDRESSEES:
        raise BadInput("报送对象过多。", fields={"also": [f"最多另加 {MOST_ADDRESSEES} 个。"]})
    report.addressees.filter(non_plan=True).delete()
    fixed = list(report.addressees.values_list("label", flat=True))
    ReviewAddressee.objects.bulk_create(
        ReviewAddressee(report=report, number=len(fixed) + number, label=label, non_plan=True)
        for number, label in enumerate((text for text in wanted if text not in fixed), 1)
    )


def _check_whole(incident: Incident, report: ReviewReport) -> None:
    _title, duty, _asked = report_duty(incident.plan_version)
    sections = report_sections(incident.plan_version)
    problems = {f"text_{row.key}": [f"请写明{row.title}。"] for row in sections if not report.texts.get(row.key)}
    route = review_route(incident.plan_version, incident.grade)
    if not report.organised_by:
        problems["organised_by"] = ["请写明由谁组织调查。"]
    if route.together and not report.participants:
        problems["participants"] = [f"请写明参加调查的{route.together}。"]
    if route.superior and not report.superior:
        problems["superior"] = [f"请写明配合的{route.superior}。"]
    if problems:
        raise BadInput("报告没有写完，请补全标出的内容。", fields=problems, clause=duty.label)


def _route(incident: Incident) -> dict[str, Any]:
    return review_route(incident.plan_version, incident.grade).as_dict()


def _fingerprint(report: ReviewReport) -> str:
    """Return the SHA-256 of what is signed: every word of it and what the record said."""
    names = ("title", "organised_by", "participants", "superior", "grade_label", "route", "texts", "facts")
    to = sorted(report.addressees.values_list("label", flat=True))
    content = {**{name: getattr(report, name) for name in names}, "to": to}
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _line(verb: str, words: str, actor: Actor, report: ReviewReport, **more: Any) -> Line:
    data = {"serial": report.serial, "sha256": report.sha256}
    return Line(f"review.{verb}", f"{words}。", actor=actor, clause=report.route.get("clause", ""), data=data, **more)


def _message(
    incident: Incident, report: ReviewReport, kind: str, title: str, body: str = "", **more: Any
) -> Message:  # fmt: skip
    return Message(
        kind=f"review.{kind}", title=title, body=body, dedupe=f"review:{report.pk}:{kind}:{report.version}",
        url=address(incident, f"review/{report.serial}/"), clause=report.route.get("clause", ""), drill=incident.drill,
        subject=("reviewreport", report.pk), **more,
    )  # fmt: skip
