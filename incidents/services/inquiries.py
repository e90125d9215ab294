"""催报 and 核实 from above, and the answer (comms 4.1: 应当在30分钟内有效回应)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from django.db import transaction

from directory.models import Unit
from incidents.choices import InquiryKind, SendChannel
from incidents.models import Incident, Inquiry
from incidents.rules import ASKER, INQUIRY, RuleBook, clause_for
from incidents.services.clocks import require_reason
from incidents.services.common import (
    LATE_ENTRY_AFTER,
    case_actor,
    check_lengths,
    incident_lock,
    moment,
    once_on_case,
    unit_named,
    unit_side,
)
from incidents.services.intake_words import Problems
from incidents.services.phone import check_happened
from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import database_now, local_text
from yangcheng_ec.deadlines.choices import OPEN, StartBasis
from yangcheng_ec.deadlines.models import Deadline
from yangcheng_ec.deadlines.services import Covering, deadline_cover, deadline_start
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, WrongState
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line, record_append
from yangcheng_ec.text import clean_text

__all__ = ["Asked", "inquiry_record", "inquiry_reply"]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Who asked what of whom, through which channel, and when it was received."""

    kind: str
    asked_by: str
    question: str
    asked_of: str = ""
    channel: str = SendChannel.PHONE
    received_at: datetime | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return everything that was sent, for the fingerprint of a retry."""
        return {item.name: getattr(self, item.name) for item in fields(self)}


@transaction.atomic
def inquiry_record(*, incident_id: int, user: Any, asked: Asked, key: str = "") -> Inquiry:
    """Record a 催报 or 核实. Where the plan has a rule (comms 4.1) its clock runs from the receipt.

    Under cyber there is no such rule, hence no clock (「非预案规定」). Raises BadInput, Forbidden.
    """
    pk = once_on_case(incident_id, user, asked, _record, scope="inquiry.record", key=key)
    return Inquiry.objects.select_related("incident__plan_version__plan").get(pk=pk)


def _record(incident_id: int, user: Any, asked: Asked) -> Inquiry:
    incident, head = incident_lock(incident_id, user=user)
    actor = case_actor(user, incident)
    clause, now = clause_for(incident.plan_version, "inquiry"), database_now()
    received_at = _checked(incident, asked, now, clause)
    asked_of = _asked_of(incident, asked, user, clause)
    inquiry = Inquiry(
        incident=incident, kind=asked.kind, asked_by=clean_text(asked.asked_by).strip(), asked_of=asked_of,
        question=clean_text(asked.question).strip(), channel=asked.channel, received_at=received_at, recorded_by=user,
        recorded_at=now,
    )  # fmt: skip
    check_lengths(inquiry)
    inquiry.save(force_insert=True)
    text = f"{inquiry.get_kind_display()}：{inquiry.asked_by}向{inquiry.asked_of}：{inquiry.question}"
    line = Line("inquiry.received", text, actor=actor, clause=clause, subject=("inquiry", inquiry.pk),
                done_at=received_at, late_entry=now - received_at > LATE_ENTRY_AFTER)  # fmt: skip
    record_append(head, line)
    _start(incident, head, inquiry, actor)
    return inquiry


def _asked_of(incident: Incident, asked: Asked, user: Any, clause: str) -> str:
    """Return who was asked, the office by default; a unit's user takes down what its own unit was asked."""
    named, own = clean_text(asked.asked_of).strip(), unit_side(user, incident)
    if own is None:
        return named or incident.plan_version.office_name
    if named and _unit_called(named) != own:
        raise Forbidden(f"单位账号只能登记向本单位（{own}）的催报、核实。", clause=clause)
    return own.name


def _unit_called(name: str) -> Unit | None:
    """Return the unit of this name, or None: people are also asked who are in no directory."""
    try:
        return unit_named(name, "asked_of")
    except BadInput:
        return None


def _checked(incident: Incident, asked: Asked, now: datetime, clause: str) -> datetime:
    problems, at = Problems(), now
    if asked.kind not in InquiryKind.values:
        problems.add("kind", "请选择催报或核实。")
    if asked.channel not in SendChannel.values:
        problems.add("channel", "请选择方式。")
    if not asked.asked_by.strip():
        problems.add("asked_by", "请填写哪个机关来询。")
    if not asked.question.strip():
        problems.add("question", "请填写问的内容。")
    with problems.gather():
        at = moment(asked.received_at, "received_at", "收到时间", now)
        check_happened(incident, at, "received_at", "收到时间")
    problems.raise_any("没有记录，请补全。", clause=clause)
    return at


def _start(incident: Incident, head: CaseHead, inquiry: Inquiry, actor: Actor) -> None:
    book = RuleBook(incident.plan_version)
    unit = _unit_called(inquiry.asked_of)
    for rule in book.of_trigger(INQUIRY):
        spec = book.build(
            rule, incident, ("inquiry", inquiry.pk), (StartBasis.INQUIRY, inquiry.received_at, ""),
            ((ASKER, inquiry.asked_by),), owed_unit=unit.code if unit else "", owed_name=inquiry.asked_of,
        )  # fmt: skip
        deadline_start(head=head, spec=spec, actor=actor)


@transaction.atomic
def inquiry_reply(
    *,
    inquiry_id: int,
    user: Any,
    reply: str,
    channel: str = SendChannel.PHONE,
    heard_by: str = "",
    replied_at: datetime | None = None,
    late_reason: str = "",
) -> Inquiry:
    """Record the answer: it meets the inquiry's clock (comms 4.1). One answer; what follows is a new 续报.

    Raises WrongState (already answered), BadInput (no words, future or reversed time, late without reason), Forbidden.
    """
    incident_id = Inquiry.objects.filter(pk=inquiry_id).values_list("incident_id", flat=True).first()
    if incident_id is None:
        raise NotVisible()
    incident, head = incident_lock(incident_id, user=user)
    actor = case_actor(user, incident)
    inquiry = Inquiry.objects.get(pk=inquiry_id)
    clause, now = clause_for(incident.plan_version, "inquiry"), database_now()
    own = unit_side(user, incident)
    if own is not None and _unit_called(inquiry.asked_of) != own:
        raise Forbidden(f"这条催报、核实问的是{inquiry.asked_of}，由被问的单位或指挥部办公室回应。", clause=clause)
    if inquiry.replied_at is not None:
        raise WrongState("这条催报、核实已经回应过；有新情况请写续报。", clause=clause)
    at = _reply_checked(inquiry, reply, channel, replied_at, now, clause)
    clocks = list(Deadline.objects.filter(subject_type="inquiry", subject_id=inquiry.pk, state__in=OPEN))
    require_reason([row for row in clocks if row.due_at is not None and at > row.due_at], late_reason)
    inquiry.reply, inquiry.reply_channel = clean_text(reply).strip(), channel
    inquiry.reply_heard_by, inquiry.replied_at = clean_text(heard_by).strip(), at
    inquiry.replied_by, inquiry.reply_recorded_at = user, now
    check_lengths(inquiry)
    inquiry.save()
    late_entry = now - at > LATE_ENTRY_AFTER
    text = f"回应{inquiry.asked_by}的{inquiry.get_kind_display()}：{inquiry.reply}（{local_text(at)}）"
    record_append(head, Line("inquiry.replied", text, actor=actor, clause=clause, subject=("inquiry", inquiry.pk),
                             done_at=at, late_entry=late_entry))  # fmt: skip
    covering = Covering(
        codes=(ASKER,), done_at=at, by=actor, channel=inquiry.get_reply_channel_display(),
        proof=("inquiry", inquiry.pk), late_entry=late_entry, late_reason=clean_text(late_reason).strip(),
    )  # fmt: skip
    for clock in clocks:
        deadline_cover(head=head, deadline=clock, covering=covering)
    return inquiry


def _reply_checked(
    inquiry: Inquiry, reply: str, channel: str, replied_at: datetime | None, now: datetime, clause: str
) -> datetime:
    problems, at = Problems(), now
    if not reply.strip():
        problems.add("reply", "请填写回应的内容。")
    if channel not in SendChannel.values:
        problems.add("channel", "请选择回应方式。")
    with problems.gather():
        at = moment(replied_at, "replied_at", "回应时间", now)
        if at < inquiry.received_at.replace(second=0, microsecond=0):
            problems.add("replied_at", "回应时间不能早于收到时间。")
    problems.raise_any("没有记录回应，请补全。", clause=clause)
    return at
