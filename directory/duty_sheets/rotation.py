"""Filling a month by rotation: people in a given order take the turns to come, whoever is away is passed over."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from directory.choices import DutyRole, RotateEvery
from directory.duty_sheets.proposals import Turns, Wish, month_last
from directory.models import DutySlot, User

__all__ = ["Rotation", "wishes_by_rotation"]


@dataclass(frozen=True)
class Rotation:
    """Who takes turns as what: in this order, changing every turn, day or week; ``start`` begins.

    Without ``start`` it goes on after whoever had the turn before.
    """

    people: Sequence[User] = ()
    every: str = RotateEvery.TURN
    start: User | None = None


@dataclass
class _Wheel:
    """One role's rotation while the month is walked through."""

    rotation: Rotation
    position: int = -1
    period: Hashable = None

    def begin(self, before: User | None) -> None:
        """Stand just before the first to take a turn."""
        people = list(self.rotation.people)
        if self.rotation.start in people:
            self.position = people.index(self.rotation.start) - 1
        elif before in people:
            self.position = people.index(before)

    def follow(self, person: User, slot: DutySlot) -> None:
        """Go on after somebody who stands on a turn that is kept."""
        if person in self.rotation.people:
            self.position, self.period = list(self.rotation.people).index(person), self._period(slot)

    def take(self, slot: DutySlot, free: Callable[[User], bool]) -> User | None:
        """Return the next who can, or nobody; within one period the same person stays while they can."""
        people, period = self.rotation.people, self._period(slot)
        again = period == self.period and self.position >= 0
        first = self.position if again else self.position + 1
        for step in range(len(people)):
            place = (first + step) % len(people)
            if free(people[place]):
                if not again:
                    self.position, self.period = place, period
                return people[place]
        return None

    def _period(self, slot: DutySlot) -> Hashable:
        if self.rotation.every == RotateEvery.WEEK:
            return slot.date.isocalendar()[:2]
        return slot.date if self.rotation.every == RotateEvery.DAY else (slot.date, slot.shift)


def wishes_by_rotation(
    turns: Turns,
    first: date,
    rotations: Mapping[str, Rotation],
    *,
    only_vacant: bool,
    away: Mapping[int, set[date]],
) -> list[Wish]:
    """Return what each turn of the month that has not begun shall be.

    Passed over: who is away that day, on another roster in these hours, or on this very turn in the other role.
    ``only_vacant`` leaves everybody who stands there.
    """
    wheels = {role: _Wheel(rotation) for role, rotation in rotations.items() if rotation.people}
    coming = list(_coming(turns, first))
    if coming:
        for role, wheel in wheels.items():
            wheel.begin(_person_before(turns, role, coming[0]))
    wishes = []
    for slot in coming:
        values = _values(turns, slot, wheels, only_vacant, away)
        if values:
            wishes.append(Wish(slot.date, slot.shift, values))
    return wishes


def _values(
    turns: Turns, slot: DutySlot, wheels: Mapping[str, _Wheel], only_vacant: bool, away: Mapping[int, set[date]]
) -> dict[str, User | None]:
    """Return who takes this turn, by role. The first named role is given first."""
    kept = {role: getattr(slot, role) for role in DutyRole.values if only_vacant or role not in wheels}
    taken: dict[str, User | None] = {}
    for role, wheel in wheels.items():
        if kept.get(role) is not None:
            wheel.follow(kept[role], slot)
            continue
        there = [*kept.values(), *taken.values()]
        found = wheel.take(
            slot,
            lambda one, there=there: (  # type: ignore[misc]
                one not in there and slot.date not in away.get(one.pk, ()) and turns.clash(one.pk, slot) is None
            ),
        )
        if found is not None or not only_vacant:
            taken[role] = found
    return taken


def _coming(turns: Turns, first: date) -> Iterator[DutySlot]:
    """Yield the turns of the month that have not begun and may be changed, in order."""
    for number in range((month_last(first) - first).days + 1):
        day = first + timedelta(days=number)
        for shift in turns.roster.shifts:
            slot = turns.turn(day, shift)
            if slot.starts_at > turns.now and not turns.closed(slot) and turns.overlapped(slot) is None:
                yield slot


def _person_before(turns: Turns, role: str, slot: DutySlot) -> User | None:
    """Return who had this role last before a turn."""
    before = [one for one in turns.own if one.starts_at < slot.starts_at and getattr(one, role) is not None]
    return getattr(before[-1], role) if before else None
