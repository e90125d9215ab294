"""Arranging who is on duty (值班表). The plans name no shifts and no hours: all of it is 「非预案规定」."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from django.db import transaction
from django.db.models import Q

from directory.choices import DutyRole, HandoffState, RosterPattern, Shift
from directory.models import Appointment, DutySlot, Handoff, Roster, User
from directory.rules import actor_of
from directory.selectors.roster import People, Standing, body_called, may_read, people_choosable, standing_of
from directory.selectors.roster_month import problems_of
from directory.services.standing import changes_data, changes_text
from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import database_now
from yangcheng_ec.errors import BadInput, Change, DomainError, Forbidden, NotVisible, StaleVersion, WrongState
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line, head_named, record_append

__all__ = [
    "SlotInput",
    "arranger_of",
    "people_free",
    "roster_head",
    "roster_locked",
    "roster_open",
    "roster_set",
    "slot_apply",
    "slot_set",
    "slots_set",
]

NOTE_LIMIT = 200
MOST_IN_ROW_LIMIT = 31
HEAD_KIND = "roster"


@dataclass(frozen=True)
class SlotInput:
    """What one turn shall be. ``version`` is the one the page was read at, 0 when there was nothing yet."""

    day: date
    shift: str
    leader_id: int | None = None
    officer_id: int | None = None
    note: str = ""
    version: int = 0

    @property
    def label(self) -> str:
        """Return 「11月22日 白班」."""
        return f"{self.day.month}月{self.day.day}日 {Shift(self.shift).label}"


@transaction.atomic
def roster_open(*, user: Any, code: str) -> Roster:
    """Open the roster of a command office (the plan's code) or of a unit (the unit's code); once.

    By whoever arranges it. Raises NotVisible (no such body, or not one's own).
    """
    plan, unit, name = body_called(code)
    roster = Roster(code=code, plan=plan, unit=unit, name=name)
    post = standing_of(user).arranging(roster) if plan or unit else None
    if post is None:
        raise NotVisible()
    head = roster_head(code)
    known = Roster.objects.filter(code=code).first()
    if known is not None:
        return known
    roster.full_clean(exclude=["plan", "unit"])
    roster.save()
    _append(head, roster, "opened", f"建立值班表：{name}", actor_of(user, post))
    return roster


@transaction.atomic
def roster_set(
    *, user: Any, code: str, version: int, pattern: str, day_at: time, night_at: time, most_in_row: int
) -> Roster:
    """Set how days are divided, when shifts change, and how many in a row are too many.

    Turns not yet begun get the new hours. Raises NotVisible, Forbidden, StaleVersion, BadInput with fields.
    """
    head, roster, standing = roster_locked(user, code)
    actor = actor_of(user, arranger_of(standing, roster))
    if roster.version != version:
        raise StaleVersion("值班表的设置已被他人更新，请核对后再提交。")
    _check_settings(pattern, day_at, night_at, most_in_row)
    changes = _settings_changes(roster, pattern, day_at, night_at, most_in_row)
    if not changes:
        return roster
    roster.pattern, roster.day_at, roster.night_at, roster.most_in_row = pattern, day_at, night_at, most_in_row
    roster.version += 1
    roster.save()
    _move_hours(roster)
    _append(head, roster, "set", f"修改值班表设置：{changes_text(changes)}", actor, changes)
    return roster


@transaction.atomic
def slot_set(*, user: Any, code: str, entry: SlotInput) -> tuple[DutySlot, list[str]]:
    """Put people on one turn, or take them off; return it with what ought to be looked at (never refused for that).

    By the office's director or staff for the office, a unit's leader or liaison for the unit. Refused: a person who
    is on another roster at that time, a turn that overlaps another of this roster, one already handed over.
    Raises NotVisible, Forbidden, StaleVersion, WrongState, BadInput with fields.
    """
    head, roster, standing = roster_locked(user, code)
    slot = _slot_put(head, roster, actor_of(user, arranger_of(standing, roster)), entry, people_choosable(roster))
    return slot, problems_of(slot, roster)


@transaction.atomic
def slots_set(*, user: Any, code: str, entries: Sequence[SlotInput]) -> list[DutySlot]:
    """Set many turns as ``slot_set`` sets one, each with its own line: all of them, or none.

    Turns that are emptied go first, so that others may take their hours; the persons are locked in one order, since
    two rosters may ask for them. Raises what ``slot_set`` raises, its message beginning with the turn.
    """
    head, roster, standing = roster_locked(user, code)
    actor, people = actor_of(user, arranger_of(standing, roster)), people_choosable(roster)
    asked = {pk for entry in entries for pk in (entry.leader_id, entry.officer_id) if pk is not None}
    list(User.objects.filter(pk__in=asked).order_by("pk").select_for_update())
    slots = []
    for entry in sorted(entries, key=lambda one: (one.leader_id or one.officer_id) is not None):
        try:
            slots.append(_slot_put(head, roster, actor, entry, people))
        except DomainError as error:
            error.message = f"{entry.label}：{error.message}"
            error.args = (error.message,)
            raise
    return slots


def _slot_put(head: CaseHead, roster: Roster, actor: Actor, entry: SlotInput, people: People) -> DutySlot:
    """Check and write one turn; saying the same again writes nothing."""
    slot = _slot_for(roster, entry)
    _check_version(slot, entry)
    _check_open(slot)
    wanted = _people_wanted(people, slot, entry)
    changes = _changes(slot, wanted, entry.note.strip())
    if changes:
        slot.leader, slot.officer, slot.note = wanted[DutyRole.LEADER], wanted[DutyRole.OFFICER], entry.note.strip()
        _check_slot(slot)
        slot_apply(head, slot, changes, actor)
    return slot


def slot_apply(head: CaseHead, slot: DutySlot, changes: list[Change], actor: Actor) -> None:
    """Write a changed turn and its line."""
    if slot.pk is not None:
        slot.version += 1
    slot.full_clean(exclude=["roster", "leader", "officer"])
    slot.save()
    text = f"值班表 {slot.date:%Y年%m月%d日} {Shift(slot.shift).label}：{changes_text(changes)}"
    data = {"date": slot.date, "shift": slot.shift, "version": slot.version, "changes": changes_data(changes)}
    line = Line("roster.slot_set", f"{text}。", actor=actor, subject=("duty_slot", slot.pk), data=data)
    record_append(head, line)


def people_free(slot: DutySlot, people: Iterable[User]) -> None:
    """Raise BadInput for somebody who is on duty elsewhere in these hours. Locks the persons: two rosters may ask."""
    asked = {person.pk: person for person in people}
    list(User.objects.filter(pk__in=asked).order_by("pk").select_for_update())
    there = Q(leader__in=asked) | Q(officer__in=asked)
    clashes = DutySlot.objects.filter(there, starts_at__lt=slot.ends_at, ends_at__gt=slot.starts_at)
    problems: dict[str, list[str]] = {}
    for other in clashes.exclude(pk=slot.pk).select_related("roster"):
        for role, pk in (("leader", slot.leader_id), ("officer", slot.officer_id)):
            if pk in asked and pk in other.people:
                where = f"{other.roster.name} {other.label}"
                problems.setdefault(role, []).append(f"{asked[pk]}这段时间已排在{where}，不能同时在两处。")
    if problems:
        raise BadInput("班次没有保存：有人同时排在两处。", fields=problems)


def roster_head(code: str) -> CaseHead:
    """Return the locked head of a roster's chain."""
    return head_named(f"roster:{code}", kind=HEAD_KIND)


def roster_locked(user: Any, code: str) -> tuple[CaseHead, Roster, Standing]:
    """Return a roster the user may read with its locked chain. Raises NotVisible."""
    standing = standing_of(user)
    known = Roster.objects.select_related("plan", "unit").filter(code=code).first()
    if known is None or not may_read(user, known, standing):
        raise NotVisible()
    head = roster_head(code)
    return head, Roster.objects.select_related("plan", "unit").get(pk=known.pk), standing


def arranger_of(standing: Standing, roster: Roster) -> Appointment:
    """Return the post by which the user arranges this roster. Raises Forbidden."""
    post = standing.arranging(roster)
    if post is None:
        who = "本单位分管负责人、联络员" if roster.unit_id else "该预案的办公室主任、办公室工作人员"
        raise Forbidden(f"值班表只能由{who}安排（非预案规定）。")
    return post


def _check_settings(pattern: str, day_at: time, night_at: time, most_in_row: int) -> None:
    problems: dict[str, list[str]] = {}
    if pattern not in RosterPattern.values:
        problems["pattern"] = ["请从名单中选择。"]
    if day_at >= night_at:
        problems["night_at"] = ["夜班开始须晚于白班开始。"]
    if not 1 <= most_in_row <= MOST_IN_ROW_LIMIT:
        problems["most_in_row"] = [f"请填 1 至 {MOST_IN_ROW_LIMIT}。"]
    if problems:
        raise BadInput("设置没有保存，请更正。", fields=problems)


def _settings_changes(roster: Roster, pattern: str, day_at: time, night_at: time, most: int) -> list[Change]:
    pairs = [
        ("班次", roster.get_pattern_display(), str(RosterPattern(pattern).label)),
        ("白班（交班）时间", f"{roster.day_at:%H:%M}", f"{day_at:%H:%M}"),
        ("夜班时间", f"{roster.night_at:%H:%M}", f"{night_at:%H:%M}"),
        ("连续班次上限", str(roster.most_in_row), str(most)),
    ]
    return [Change(name, was, now) for name, was, now in pairs if was != now]


def _move_hours(roster: Roster) -> None:
    """Give the turns that have not begun the new hours."""
    slots = list(DutySlot.objects.filter(roster=roster, starts_at__gt=database_now()))
    for slot in slots:
        slot.starts_at, slot.ends_at = roster.hours(slot.date, slot.shift)
    DutySlot.objects.bulk_update(slots, ["starts_at", "ends_at"], batch_size=200)


def _slot_for(roster: Roster, entry: SlotInput) -> DutySlot:
    """Return the turn as it stands, or a new one with the roster's hours."""
    if entry.shift not in Shift.values:
        raise NotVisible()
    known = DutySlot.objects.select_related("leader", "officer").filter(
        roster=roster, date=entry.day, shift=entry.shift
    )
    found = known.first()
    if found is not None:
        return found
    starts_at, ends_at = roster.hours(entry.day, entry.shift)
    return DutySlot(roster=roster, date=entry.day, shift=entry.shift, starts_at=starts_at, ends_at=ends_at)


def _check_version(slot: DutySlot, entry: SlotInput) -> None:
    version = slot.version if slot.pk is not None else 0
    if version != entry.version:
        now = [Change(str(role.label), "", str(getattr(slot, role.value) or "空缺")) for role in DutyRole]
        raise StaleVersion("这个班次已被他人更新，请核对后再提交。", changes=now)


def _check_open(slot: DutySlot) -> None:
    if slot.pk is None:
        return
    rows = Handoff.objects.filter(Q(from_slot=slot) | Q(to_slot=slot))
    if rows.exclude(state=HandoffState.BEGUN).exists():
        raise WrongState("这个班次已经签过交接班，不能再改；有出入请记入值班日志。")


def _people_wanted(people: People, slot: DutySlot, entry: SlotInput) -> dict[DutyRole, User | None]:
    """Return the persons by role; whoever is on the turn already may stay. Raises BadInput with fields."""
    known = people.by_id
    known |= {person.pk: person for person in (slot.leader, slot.officer) if person is not None}
    wanted = {DutyRole.LEADER: entry.leader_id, DutyRole.OFFICER: entry.officer_id}
    unknown = {
        role.value: ["请从名单中选择人员。"] for role, pk in wanted.items() if pk is not None and pk not in known
    }
    if unknown:
        raise BadInput("班次没有保存，请更正。", fields=unknown)
    if len(entry.note.strip()) > NOTE_LIMIT:
        raise BadInput("班次没有保存，请更正。", fields={"note": [f"备注最多 {NOTE_LIMIT} 个字。"]})
    return {role: known[pk] if pk is not None else None for role, pk in wanted.items()}


def _changes(slot: DutySlot, wanted: dict[DutyRole, User | None], note: str) -> list[Change]:
    changed = []
    for role, person in wanted.items():
        before: User | None = getattr(slot, role.value)
        if before != person:
            changed.append(Change(str(role.label), str(before or "空缺"), str(person or "空缺")))
    return changed + ([Change("备注", slot.note, note)] if slot.note != note else [])


def _check_slot(slot: DutySlot) -> None:
    """Raise BadInput for a turn that overlaps another of this roster, or a person who is elsewhere."""
    if not slot.people:
        return
    others = DutySlot.objects.filter(roster=slot.roster, starts_at__lt=slot.ends_at, ends_at__gt=slot.starts_at)
    for other in others.exclude(pk=slot.pk):
        if other.people:
            raise BadInput(f"与「{other.label}」时间重叠：请先清空那个班次。")
    people_free(slot, [person for person in (slot.leader, slot.officer) if person is not None])


def _append(
    head: CaseHead, roster: Roster, verb: str, text: str, actor: Actor, changes: list[Change] | None = None
) -> None:
    data = {"roster": roster.code, "changes": changes_data(changes or [])}
    record_append(head, Line(f"roster.{verb}", f"{text}。", actor=actor, subject=("roster", roster.pk), data=data))
