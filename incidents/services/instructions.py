"""批示 of superiors and what follows: recorded, handed to a unit or the office, answered (all 「非预案规定」)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from django.db import transaction

from directory.audience import unit_recipients
from directory.models import Unit
from directory.rules import actor_of_unit
from incidents.choices import OPEN_STATES, FollowUpState, SendChannel
from incidents.models import FollowUp, Incident, Instruction
from incidents.selectors.instructions import follow_ups_visible_to
from incidents.services.common import (
    LATE_ENTRY_AFTER,
    check_lengths,
    check_state,
    incident_lock,
    moment,
    office_side_actor,
    once_on_case,
    unit_named,
)
from incidents.services.intake import view_grant
from incidents.services.intake_words import Problems
from incidents.services.phone import check_happened
from incidents.services.rhythm import office_recipients
from incidents.services.secret import REFUSED, SEALED_WORDS
from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import database_now, local_text
from yangcheng_ec.deadlines.services import Message, notice_queue, notices_settle
from yangcheng_ec.errors import Change, StaleVersion, WrongState
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line, record_append
from yangcheng_ec.text import LONG_TEXT_LIMIT, clean_text

__all__ = ["Instructed", "follow_up_add", "follow_up_done", "follow_ups_round", "instruction_record"]

BATCH = 50


@dataclass(frozen=True, kw_only=True)
class Instructed:
    """Who instructed what, when and how it came, and what is to be done about it.

    ``to_do`` makes the first item at once: ``unit`` empty is the office, ``due_at`` a local target.
    """

    issued_by: str
    text: str
    channel: str = SendChannel.PHONE
    received_at: datetime | None = None
    proof: str = ""
    to_do: str = ""
    unit: str = ""
    due_at: datetime | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return everything that was sent, for the fingerprint of a retry."""
        return {item.name: getattr(self, item.name) for item in fields(self)}


@transaction.atomic
def instruction_record(*, incident_id: int, user: Any, said: Instructed, key: str = "") -> Instruction:
    """Record what a superior instructed, by the officers of the case; once per key.

    Of a secret case no words are kept, only who, when and by which channel. Raises BadInput with fields, Forbidden.
    """
    pk = once_on_case(incident_id, user, said, _record, scope="instruction.record", key=key)
    return Instruction.objects.select_related("incident", "recorded_by").get(pk=pk)


def _record(incident_id: int, user: Any, said: Instructed) -> Instruction:
    incident, head = incident_lock(incident_id, user=user)
    actor, now = office_side_actor(user, incident), database_now()
    row = _checked(incident, said, user, now)
    row.save(force_insert=True)
    text = f"批示：{row.issued_by}（{row.get_channel_display()}，{local_text(row.received_at)}）：{row.text}"
    line = Line("instruction.received", text, actor=actor, subject=("instruction", row.pk), done_at=row.received_at,
                late_entry=row.late_entry, data={"proof": row.proof})  # fmt: skip
    record_append(head, line)
    if said.to_do or said.unit or said.due_at:
        _add(row, incident, head, actor, (said.to_do, said.unit, said.due_at))
    return row


def _checked(incident: Incident, said: Instructed, user: Any, now: datetime) -> Instruction:
    problems, at = Problems(), now
    if not said.issued_by.strip():
        problems.add("issued_by", "请填写谁批示的（姓名、职务或机关）。")
    if said.channel not in SendChannel.values:
        problems.add("channel", "请选择方式。")
    with problems.gather():
        at = moment(said.received_at, "received_at", "收到时间", now)
        check_happened(incident, at, "received_at", "收到时间")
    words = _words(incident, said.text, "text", "请填写批示内容。", problems)
    problems.raise_any("没有记录，请补全。")
    row = Instruction(
        incident=incident, issued_by=clean_text(said.issued_by).strip(), text=words, received_at=at,
        channel=said.channel, proof=clean_text(said.proof).strip(), recorded_by=user, recorded_at=now,
        late_entry=now - at > LATE_ENTRY_AFTER,
    )  # fmt: skip
    check_lengths(row)
    return row


def _words(incident: Incident, typed: str, field: str, missing: str, problems: Problems) -> str:
    """Return a long text as it may be kept: of a secret case only that it went by a secure channel."""
    text = clean_text(typed).strip()
    if incident.secret:
        if text and text != SEALED_WORDS:
            problems.add(field, REFUSED)
        return SEALED_WORDS
    if not text:
        problems.add(field, missing)
    if len(text) > LONG_TEXT_LIMIT:
        problems.add(field, f"内容过长（{len(text)} 字），最多 {LONG_TEXT_LIMIT} 字。")
    return text


@transaction.atomic
def follow_up_add(
    *, instruction_id: int, user: Any, to_do: str, unit: str = "", due_at: datetime | None = None
) -> FollowUp:
    """Hand something to do to a unit, or to the office; the unit may then see the case, and is told.

    ``due_at`` is a local target in the future. Raises BadInput, Forbidden, NotVisible, WrongState (closed case).
    """
    incident_id = Instruction.objects.filter(pk=instruction_id).values_list("incident_id", flat=True).first()
    incident, head = incident_lock(incident_id or 0, user=user)
    actor = office_side_actor(user, incident)
    row = Instruction.objects.get(pk=instruction_id)
    return _add(row, incident, head, actor, (to_do, unit, due_at))


def _add(
    row: Instruction, incident: Incident, head: CaseHead, actor: Actor, wanted: tuple[str, str, datetime | None]
) -> FollowUp:
    check_state(incident, OPEN_STATES, "办理批示")
    to_do, unit_text, due_at = wanted
    problems, now, unit = Problems(), database_now(), None
    with problems.gather():
        unit = unit_named(clean_text(unit_text), "unit")
    text = _words(incident, to_do, "to_do", "请填写要办什么。", problems)
    if due_at is not None and due_at <= now:
        problems.add("due_at", f"办结目标须晚于现在（{local_text(now)}）。")
    problems.raise_any("没有交办，请更正。")
    item = FollowUp(instruction=row, unit=unit, text=text, due_at=due_at, made_by=actor.user, made_at=now)
    item.save(force_insert=True)
    view_grant(incident, unit)
    to = unit.name if unit else incident.plan_version.office_name
    target = f"，办结目标{local_text(due_at)}（非预案规定）" if due_at else ""
    words = f"批示交办（{row.issued_by}）：{to}：{text}{target}"
    record_append(head, Line("instruction.assigned", words, actor=actor, subject=("follow_up", item.pk)))
    if unit is not None:
        _tell(incident, head, item, unit, f"批示交办：{text[:60]}", dedupe=f"follow_up:{item.pk}")
    return item


def _tell(incident: Incident, head: CaseHead, item: FollowUp, unit: Unit | None, title: str, *, dedupe: str) -> None:
    people = unit_recipients([unit], incident.plan_version_id).get(unit.pk, []) if unit else office_recipients(incident)
    message = Message(
        kind="instruction.follow_up", title=f"{incident.number} {title}", dedupe=dedupe, body=item.text,
        url=f"/incidents/{incident.number}/", drill=incident.drill, subject=("follow_up", item.pk),
    )  # fmt: skip
    notice_queue(head=head, message=message, recipients=people)


@transaction.atomic
def follow_up_done(*, follow_up_id: int, version: int | None, user: Any, answer: str) -> FollowUp:
    """Answer an item: its unit's leader or liaison, or an officer for whoever reported it done.

    Raises NotVisible, Forbidden, WrongState (done already), StaleVersion, BadInput (no answer).
    """
    incident_id = follow_ups_visible_to(user).filter(pk=follow_up_id).values_list("instruction__incident", flat=True)
    incident, head = incident_lock(incident_id.first() or 0, user=user)
    item = FollowUp.objects.select_related("instruction", "unit").get(pk=follow_up_id)
    actor = _doer(user, incident, item)
    if item.state == FollowUpState.DONE:
        raise WrongState("这一项已经办结。")
    if version is not None and version != item.version:
        raise StaleVersion(changes=[Change("办理事项", "", item.text)])
    problems = Problems()
    item.answer = _words(incident, answer, "answer", "请填写办理结果。", problems)
    problems.raise_any("没有办结，请补全。")
    item.state, item.done_at, item.done_by, item.done_as = FollowUpState.DONE, database_now(), user, actor.post
    item.version += 1
    check_lengths(item)
    item.save()
    words = f"批示事项办结（{item.instruction.issued_by}：{item.text}）：{item.answer}"
    record_append(head, Line("instruction.done", words, actor=actor, subject=("follow_up", item.pk)))
    notices_settle(subject=("follow_up", item.pk))
    return item


def _doer(user: Any, incident: Incident, item: FollowUp) -> Actor:
    if item.unit_id is not None and user.unit_id == item.unit_id:
        return actor_of_unit(user, item.unit_id)
    return office_side_actor(user, incident)


def follow_ups_round() -> int:
    """Tell whose local target has passed, once per item; return how many. Called by each sweep: one read when none."""
    due = FollowUp.objects.filter(state=FollowUpState.OPEN, reminded_at__isnull=True, due_at__lte=database_now())
    due = due.filter(instruction__incident__state__in=OPEN_STATES)
    return sum(_remind(pk, head_id) for pk, head_id in due.values_list("pk", "instruction__incident__head")[:BATCH])


@transaction.atomic
def _remind(follow_up_id: int, head_id: int) -> bool:
    head = CaseHead.objects.select_for_update(skip_locked=True).filter(pk=head_id).first()
    if head is None:
        return False
    related = ("instruction__incident__plan_version__plan", "unit")
    item = FollowUp.objects.select_related(*related).get(pk=follow_up_id)
    incident, now = item.instruction.incident, database_now()
    if item.state != FollowUpState.OPEN or item.reminded_at is not None or incident.state not in OPEN_STATES:
        return False
    item.reminded_at = now
    item.save(update_fields=["reminded_at"])
    who = item.unit.name if item.unit else incident.plan_version.office_name
    text = f"批示事项过了办结目标（{local_text(item.due_at)}，非预案规定）：{who}：{item.text[:60]}"
    record_append(head, Line("instruction.late", text, subject=("follow_up", item.pk)), now=now)
    _tell(incident, head, item, item.unit, text, dedupe=f"follow_up:{item.pk}:late")
    return True
