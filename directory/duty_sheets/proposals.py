"""What turns of duty shall be against what they are: each addition, change and error, before anything is written."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q

from directory.choices import DutyRole, HandoffState
from directory.models import DutySlot, Handoff, Roster, User
from directory.sheets.choices import ItemState
from yangcheng_ec.clock import SHANGHAI, database_now

__all__ = ["Item", "Turns", "Wish", "items_of", "month_last"]

Item = dict[str, Any]


@dataclass(frozen=True)
class Wish:
    """What one turn shall be: only what ``values`` names (leader, officer, note) changes; None is nobody.

    ``cells`` says where each stands in the sheet; ``row`` is 0 for what no sheet says.
    """

    day: date
    shift: str
    values: Mapping[str, Any]
    row: int = 0
    cells: Mapping[str, str] = field(default_factory=dict)


def month_last(first: date) -> date:
    """Return the last day of a month."""
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


class Turns:
    """The turns of one month of a roster as they stand, and where these people are otherwise: three statements."""

    def __init__(self, roster: Roster, first: date, people: Collection[int]) -> None:
        self.roster, self.now = roster, database_now()
        begin = datetime.combine(first - timedelta(days=1), time.min, tzinfo=SHANGHAI)
        end = datetime.combine(month_last(first) + timedelta(days=2), time.min, tzinfo=SHANGHAI)
        around = DutySlot.objects.filter(starts_at__lt=end, ends_at__gt=begin).order_by("starts_at", "id")
        self.own = list(around.filter(roster=roster).select_related("leader", "officer"))
        self.slots = {(slot.date, slot.shift): slot for slot in self.own}
        there = Q(leader__in=people) | Q(officer__in=people)
        self.elsewhere = list(around.filter(there).exclude(roster=roster).select_related("roster")) if people else []
        pairs = Handoff.objects.filter(roster=roster).exclude(state=HandoffState.BEGUN)
        near = pairs.filter(from_slot__ends_at__gt=begin).values_list("from_slot_id", "to_slot_id")
        self.handed = {pk for pair in near for pk in pair}

    def turn(self, day: date, shift: str) -> DutySlot:
        """Return a turn as it stands, or a new one with the roster's hours."""
        known = self.slots.get((day, shift))
        if known is not None:
            return known
        starts_at, ends_at = self.roster.hours(day, shift)
        return DutySlot(roster=self.roster, date=day, shift=shift, starts_at=starts_at, ends_at=ends_at)

    def clash(self, person_id: int, slot: DutySlot) -> DutySlot | None:
        """Return the turn of another roster this person is on in these hours."""
        return next((one for one in self.elsewhere if person_id in one.people and _overlap(one, slot)), None)

    def overlapped(self, slot: DutySlot) -> DutySlot | None:
        """Return another turn of this roster, with people on it, that overlaps this one."""
        others = (one for one in self.own if one.people and one.pk != slot.pk)
        return next((one for one in others if _overlap(one, slot)), None)

    def closed(self, slot: DutySlot) -> str:
        """Return why this turn is not changed in bulk, in words."""
        if slot.pk in self.handed:
            return "这一班已经签过交接班，不能再改"
        return "这一班已经结束，不再改；确有出入请在那一天的页面更正" if slot.ends_at <= self.now else ""


def _overlap(one: DutySlot, other: DutySlot) -> bool:
    return one.starts_at < other.ends_at and one.ends_at > other.starts_at


def items_of(turns: Turns, wishes: list[Wish | Item], own: Collection[int]) -> list[Item]:
    """Return the lines of the preview in order: plain data that can be stored. ``own``: the body's own people."""
    seen: dict[tuple[date, str], int] = {}
    items = []
    for wish in wishes:
        if not isinstance(wish, Wish):
            items.append(wish)
            continue
        before = seen.setdefault((wish.day, wish.shift), wish.row)
        items.append(_item(turns, wish, own, before if before != wish.row else 0))
    return items


def _item(turns: Turns, wish: Wish, own: Collection[int], twice: int) -> Item:
    slot = turns.turn(wish.day, wish.shift)
    item = {"row": wish.row, "label": slot.label, "day": wish.day.isoformat(), "shift": str(wish.shift)}
    changes = _changes(slot, wish.values)
    if twice:
        words = f"与第 {twice} 行是同一班（{slot.label}）；请只留一行"
        return item | _fault(wish, "date", words)
    if not changes:
        return item | {"state": str(ItemState.SAME)}
    errors = _errors(turns, slot, wish)
    if errors:
        return item | {"state": str(ItemState.ERROR), "errors": errors}
    people = {role: wish.values.get(role, getattr(slot, role)) for role in DutyRole.values}
    strangers = [person for person in dict.fromkeys(people.values()) if person is not None and person.pk not in own]
    return item | {
        "state": str(ItemState.CHANGE if slot.people else ItemState.ADD),
        "version": slot.version if slot.pk else 0,
        "note": wish.values.get("note", slot.note),
        "changes": changes,
        "notes": [f"{person}不是本单位人员" for person in strangers],
        **{role: person.pk if person else None for role, person in people.items()},
    }


def _changes(slot: DutySlot, values: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return what differs, in words."""
    found = []
    for role in DutyRole:
        before: User | None = getattr(slot, role.value)
        if role.value in values and values[role.value] != before:
            now = values[role.value]
            found.append({"field": str(role.label), "was": str(before or ""), "now": str(now or "空缺")})
    if "note" in values and values["note"] != slot.note:
        found.append({"field": "备注", "was": slot.note, "now": values["note"]})
    return found


def _errors(turns: Turns, slot: DutySlot, wish: Wish) -> list[dict[str, str]]:
    if words := turns.closed(slot):
        return _fault(wish, "date", words)["errors"]
    if wish.shift not in turns.roster.shifts and slot.pk is None:
        known = "、".join(str(shift.label) for shift in turns.roster.shifts)
        return _fault(wish, "date", f"这张值班表只有{known}，没有{slot.get_shift_display()}")["errors"]
    if other := turns.overlapped(slot):
        return _fault(wish, "date", f"与「{other.label}」时间重叠，请先清空那个班次")["errors"]
    found = []
    for role in DutyRole.values:
        person = wish.values.get(role)
        there = turns.clash(person.pk, slot) if person is not None else None
        if there is not None:
            where = f"{there.roster.name} {there.label}"
            found.append({"cell": wish.cells.get(role, ""), "text": f"{person}这段时间已排在{where}"})
    return found


def _fault(wish: Wish, where: str, words: str) -> Item:
    return {"state": str(ItemState.ERROR), "errors": [{"cell": wish.cells.get(where, ""), "text": words}]}
