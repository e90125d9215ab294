"""Hand-off (交接班): what is open is written down, the giver signs, the taker signs. 「非预案规定」."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from directory.audience import person_recipient
from directory.choices import HandoffState
from directory.models import DutySlot, Handoff, Roster
from directory.registry import handoff_sections
from directory.rules import any_actor
from directory.selectors.handoffs import following_slot, handoff_get, people_of
from directory.selectors.roster import Standing, office_version
from directory.services.roster import roster_locked
from yangcheng_ec.clock import database_now
from yangcheng_ec.deadlines.services import Message, notice_queue
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, StaleVersion, WrongState
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line, record_append
from yangcheng_ec.text import LONG_TEXT_LIMIT

__all__ = ["handoff_begin", "handoff_sign", "may_begin", "side_of"]

NOTE_LIMIT = 300


@transaction.atomic
def handoff_begin(*, user: Any, code: str, from_slot_id: int, text: str, version: int = 0) -> Handoff:
    """Write down what this turn hands to the next, with what is open at this moment; again until somebody signs.

    By the body's own people or whoever is on one of the two turns. Raises NotVisible, Forbidden, WrongState (signed
    already, or nobody follows), StaleVersion, BadInput with fields.
    """
    head, roster, standing = roster_locked(user, code)
    giving = DutySlot.objects.select_related("roster").filter(roster=roster, pk=from_slot_id).first()
    if giving is None:
        raise NotVisible()
    taking = following_slot(giving)
    if taking is None:
        raise WrongState("值班表上没有下一班，请先排班再交接。")
    if not may_begin(user, roster, standing, giving, taking):
        raise Forbidden("交接班由本值班室人员或这两班的人员办理（非预案规定）。")
    row = _row(roster, giving, taking, user, version)
    row.text, row.at, row.sections = _text(text), database_now(), handoff_sections(roster)
    row.validate_constraints()
    row.save()
    counts = "、".join(f"{section['label']}{section['count']}" for section in row.sections)
    _append(head, row, "handoff_begun", f"交接班 {row}：{counts or '无在办事项'}", user)
    return row


@transaction.atomic
def handoff_sign(*, user: Any, code: str, handoff_id: int, version: int, note: str = "") -> Handoff:
    """Sign a hand-off: first somebody of the turn that gives, then another person of the turn that takes.

    The taker may add a note. Raises NotVisible, StaleVersion, WrongState, Forbidden (not on that turn, or the same
    person twice), BadInput with fields.
    """
    head, roster, _ = roster_locked(user, code)
    row = handoff_get(roster, handoff_id)
    if row.version != version:
        raise StaleVersion("交接内容已更新，请看过新的内容再签字。")
    if row.state == HandoffState.DONE:
        raise WrongState("双方都已签字，交接已完成。")
    side = side_of(row, user)
    if not side:
        whose = row.from_slot if row.state == HandoffState.BEGUN else row.to_slot
        raise Forbidden(f"现在应由{whose.label}的人员（{people_of(whose)}）签字，且交接双方不能是同一人。")
    if side == "from":
        row.state, row.signed_by_from, row.signed_from_at = HandoffState.GIVEN, user, database_now()
    else:
        row.state, row.signed_by_to, row.signed_to_at = HandoffState.DONE, user, database_now()
        row.taken_note = _note(note)
    row.version += 1
    row.save()
    word = "交班人" if side == "from" else "接班人"
    tail = f"。接班人说明：{row.taken_note}" if row.taken_note else ""
    _append(head, row, f"handoff_signed_{side}", f"交接班 {row}：{word}签字{tail}", user)
    if side == "from":
        _tell_takers(head, row, user)
    return row


def may_begin(user: Any, roster: Roster, standing: Standing, giving: DutySlot, taking: DutySlot) -> bool:
    """Return whether the user may write this hand-off down."""
    return standing.keeping(roster) is not None or user.pk in (*giving.people, *taking.people)


def side_of(row: Handoff, user: Any) -> str:
    """Return the side on which the user may sign now: ``from``, ``to`` or nothing."""
    if row.state == HandoffState.BEGUN:
        return "from" if user.pk in row.from_slot.people else ""
    if row.state == HandoffState.GIVEN and user.pk in row.to_slot.people and user.pk != row.signed_by_from_id:
        return "to"
    return ""


def _row(roster: Roster, giving: DutySlot, taking: DutySlot, user: Any, version: int) -> Handoff:
    known = Handoff.objects.filter(from_slot=giving, to_slot=taking).first()
    if known is None:
        return Handoff(roster=roster, from_slot=giving, to_slot=taking, begun_by=user)
    if known.state != HandoffState.BEGUN:
        raise WrongState(f"这次交接已经签字，现在是「{known.get_state_display()}」，内容不能再改。")
    if known.version != version:
        raise StaleVersion("交接内容已被他人更新，请核对后再提交。")
    known.version += 1
    return known


def _text(text: str) -> str:
    words = text.strip()
    if len(words) > LONG_TEXT_LIMIT:
        message = f"交接事项最多 {LONG_TEXT_LIMIT} 个字。"
        raise BadInput(message, fields={"text": [message]})
    return words


def _note(note: str) -> str:
    words = note.strip()
    if len(words) > NOTE_LIMIT:
        raise BadInput(f"最多 {NOTE_LIMIT} 个字。", fields={"note": [f"最多 {NOTE_LIMIT} 个字。"]})
    return words


def _append(head: CaseHead, row: Handoff, verb: str, text: str, user: Any) -> None:
    counts = {section["label"]: section["count"] for section in row.sections}
    data = {"from": row.from_slot_id, "to": row.to_slot_id, "version": row.version, "counts": counts, "text": row.text}
    actor = any_actor(user, office_version(row.roster))
    record_append(head, Line(f"roster.{verb}", f"{text}。", actor=actor, subject=("handoff", row.pk), data=data))


def _tell_takers(head: CaseHead, row: Handoff, user: Any) -> None:
    message = Message(
        kind="roster.handoff",
        title=f"请接班签字：{row.roster.name} {row}",
        dedupe=f"handoff:{row.pk}:given",
        url=f"/roster/{row.roster.code}/handoff/{row.pk}/",
        subject=("handoff", row.pk),
    )
    people = [person for person in (row.to_slot.officer, row.to_slot.leader) if person and person.pk != user.pk]
    told = [person_recipient(one) for one in people]
    notice_queue(head=head, message=message, recipients=told)
