"""Swapping turns (换班): one person asks, the other agrees or not; nothing changes without that consent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from directory.audience import person_recipient
from directory.choices import DutyRole, SwapState
from directory.models import DutySlot, Roster, SlotSwap, User
from directory.rules import any_actor
from directory.selectors.roster import office_version, people_choosable
from directory.services.roster import people_free, roster_locked, slot_apply
from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import database_now
from yangcheng_ec.deadlines.services import Message, notice_queue
from yangcheng_ec.errors import BadInput, Change, Forbidden, NotVisible, WrongState
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line, record_append

__all__ = ["SwapInput", "swap_answer", "swap_propose", "swap_withdraw"]

TEXT_LIMIT = 200


@dataclass(frozen=True)
class SwapInput:
    """What is asked: which of my turns, as what, of whom; ``with_slot_id`` is the other's turn I take in return."""

    slot_id: int
    role: str
    other_id: int
    with_slot_id: int | None = None
    reason: str = ""


@transaction.atomic
def swap_propose(*, user: Any, code: str, entry: SwapInput) -> SlotSwap:
    """Ask another to take over one of my turns to come, or to exchange it for one of theirs; they are told.

    Raises NotVisible, Forbidden (not my turn), WrongState (begun, or asked already), BadInput with fields.
    """
    head, roster, _ = roster_locked(user, code)
    slot = _slot(roster, entry.slot_id)
    if entry.role not in DutyRole.values or getattr(slot, f"{entry.role}_id") != user.pk:
        raise Forbidden("只能换自己的班。")
    _must_be_coming(slot)
    if SlotSwap.objects.filter(slot=slot, role=entry.role, state=SwapState.PROPOSED).exists():
        raise WrongState("这个班次已经提出过换班，请等对方答复或先撤回。")
    swap = SlotSwap(
        slot=slot,
        role=entry.role,
        proposed_by=user,
        other=_other(roster, entry, user),
        with_slot=_with_slot(roster, entry),
        reason=_short(entry.reason, "reason", "请写明换班原因。"),
        proposed_at=database_now(),
    )
    swap.save()
    _append(head, swap, "swap_proposed", f"提出换班：{_words(swap)}。原因：{swap.reason}", _actor(user, roster))
    _tell(head, swap, swap.other, f"{user}请您换班：{_words(swap)}", "proposed")
    return swap


@transaction.atomic
def swap_answer(*, user: Any, code: str, swap_id: int, agree: bool, note: str = "") -> SlotSwap:
    """Agree to a swap, which then happens at once, or decline it. By the person asked, nobody else.

    Raises NotVisible, Forbidden, WrongState (answered, or the turns are no longer as they were), BadInput (on duty
    elsewhere).
    """
    head, roster, _ = roster_locked(user, code)
    swap = _open_swap(roster, swap_id)
    if swap.other_id != user.pk:
        raise Forbidden("换班须由被请求的本人答复。")
    actor = _actor(user, roster)
    if agree:
        _exchange(head, swap, actor)
    elif not note.strip():
        raise BadInput("不同意须写明理由。", fields={"note": ["不同意须写明理由。"]})
    swap.state = SwapState.AGREED if agree else SwapState.DECLINED
    swap.answered_at, swap.answer_note = database_now(), _short(note, "note")
    swap.save()
    verb = "同意" if agree else "不同意"
    tail = f"。理由：{swap.answer_note}" if swap.answer_note else ""
    _append(head, swap, "swap_answered", f"{verb}换班：{_words(swap)}{tail}", actor)
    _tell(head, swap, swap.proposed_by, f"{user}{verb}换班：{_words(swap)}", "answered")
    return swap


@transaction.atomic
def swap_withdraw(*, user: Any, code: str, swap_id: int) -> SlotSwap:
    """Take back what one asked. Raises NotVisible, Forbidden, WrongState."""
    head, roster, _ = roster_locked(user, code)
    swap = _open_swap(roster, swap_id)
    if swap.proposed_by_id != user.pk:
        raise Forbidden("只能撤回自己提出的换班。")
    swap.state, swap.answered_at = SwapState.WITHDRAWN, database_now()
    swap.save()
    _append(head, swap, "swap_withdrawn", f"撤回换班：{_words(swap)}", _actor(user, roster))
    return swap


def _exchange(head: CaseHead, swap: SlotSwap, actor: Actor) -> None:
    """Put each on the other's turn, when both still stand where they stood."""
    slot = _slot(swap.slot.roster, swap.slot_id)
    back = _slot(slot.roster, swap.with_slot_id) if swap.with_slot_id else None
    stood = getattr(slot, f"{swap.role}_id") == swap.proposed_by_id
    if not stood or (back is not None and getattr(back, f"{swap.role}_id") != swap.other_id):
        raise WrongState("班次已经变动，这次换班不能再办；请撤回后重新提出。")
    for turn in (slot, back):
        if turn is not None:
            _must_be_coming(turn)
    label = str(DutyRole(swap.role).label)
    setattr(slot, swap.role, swap.other)
    if back is not None:
        setattr(back, swap.role, swap.proposed_by)
        people_free(back, [swap.proposed_by])
        slot_apply(head, back, [Change(label, str(swap.other), str(swap.proposed_by))], actor)
    people_free(slot, [swap.other])
    slot_apply(head, slot, [Change(label, str(swap.proposed_by), str(swap.other))], actor)


def _slot(roster: Roster, slot_id: int) -> DutySlot:
    found = DutySlot.objects.select_related("roster", "leader", "officer").filter(roster=roster, pk=slot_id).first()
    if found is None:
        raise NotVisible()
    return found


def _must_be_coming(slot: DutySlot) -> None:
    if slot.starts_at <= database_now():
        raise WrongState("班次已经开始，不能再换；请由排班人更正值班表。")


def _other(roster: Roster, entry: SwapInput, user: Any) -> User:
    person = people_choosable(roster).by_id.get(entry.other_id)
    if person is None or person.pk == user.pk:
        raise BadInput("换班没有提出，请更正。", fields={"other": ["请选择另一位值班人员。"]})
    return person


def _with_slot(roster: Roster, entry: SwapInput) -> DutySlot | None:
    if entry.with_slot_id is None:
        return None
    slot = DutySlot.objects.filter(roster=roster, pk=entry.with_slot_id).first()
    if slot is None or getattr(slot, f"{entry.role}_id") != entry.other_id or slot.pk == entry.slot_id:
        raise BadInput("换班没有提出，请更正。", fields={"with_slot": ["这不是对方的班次。"]})
    _must_be_coming(slot)
    return slot


def _open_swap(roster: Roster, swap_id: int) -> SlotSwap:
    rows = SlotSwap.objects.select_related("slot__roster", "with_slot", "proposed_by", "other")
    swap = rows.filter(pk=swap_id, slot__roster=roster).first()
    if swap is None:
        raise NotVisible()
    if swap.state != SwapState.PROPOSED:
        raise WrongState(f"这次换班已经办过，现在是「{swap.get_state_display()}」。")
    return swap


def _short(text: str, name: str, missing: str = "") -> str:
    words = text.strip()
    if missing and not words:
        raise BadInput(missing, fields={name: [missing]})
    if len(words) > TEXT_LIMIT:
        raise BadInput(f"最多 {TEXT_LIMIT} 个字。", fields={name: [f"最多 {TEXT_LIMIT} 个字。"]})
    return words


def _words(swap: SlotSwap) -> str:
    back = f"，换{swap.other}的{swap.with_slot.label}" if swap.with_slot else ""
    return f"{swap.proposed_by}的{swap.slot.label}（{DutyRole(swap.role).label}）由{swap.other}值{back}"


def _actor(user: Any, roster: Roster) -> Actor:
    return any_actor(user, office_version(roster))


def _append(head: CaseHead, swap: SlotSwap, verb: str, text: str, actor: Actor) -> None:
    data = {"slot": swap.slot_id, "with": swap.with_slot_id, "other": swap.other_id}
    record_append(head, Line(f"roster.{verb}", f"{text}。", actor=actor, subject=("slot_swap", swap.pk), data=data))


def _tell(head: CaseHead, swap: SlotSwap, person: User, title: str, verb: str) -> None:
    message = Message(
        kind=f"roster.swap_{verb}",
        title=title,
        dedupe=f"swap:{swap.pk}:{verb}",
        url=f"/roster/{swap.slot.roster.code}/swaps/",
        subject=("slot_swap", swap.pk),
    )
    notice_queue(head=head, message=message, recipients=[person_recipient(person)])
