"""What stands beside a number on paper: never called, the plans disagree, ruled on. Said in the legend too."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from directory.models import Contact
from directory.selectors.conflicts import conflict_pairs

__all__ = ["DISAGREE", "MARKS", "RULED_FIRST", "RULED_LATER", "UNVERIFIED", "Mark", "marks_of"]


@dataclass(frozen=True)
class Mark:
    """A sign and its meaning."""

    sign: str
    words: str


UNVERIFIED = Mark("※", "尚未拨打核实")
DISAGREE = Mark("▲", "两个预案印的号码不同，待核实")
RULED_FIRST = Mark("◎", "两个预案印的号码不同，已裁定先拨这个")
RULED_LATER = Mark("○", "两个预案印的号码不同，已裁定后拨这个")
MARKS = (UNVERIFIED, DISAGREE, RULED_FIRST, RULED_LATER)


def marks_of(contacts: Iterable[Contact]) -> dict[int, list[Mark]]:
    """Return each contact's marks, by its id."""
    about: dict[int, Mark] = {}
    for pair in conflict_pairs():
        for side in pair.sides:
            if pair.chosen is None:
                about[side.pk] = DISAGREE
            else:
                about.setdefault(side.pk, RULED_FIRST if side.pk == pair.chosen.pk else RULED_LATER)
    found: dict[int, list[Mark]] = {}
    for contact in contacts:
        marks = [UNVERIFIED] if contact.verified_at is None else []
        found[contact.pk] = marks + ([about[contact.pk]] if contact.pk in about else [])
    return found
