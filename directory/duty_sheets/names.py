"""From names as a sheet writes them to persons: two of one name are told apart by their unit."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

from directory.duty_sheets.dates import plain
from directory.models import Roster, User
from directory.selectors.roster import people_choosable

__all__ = ["NAME_SHOWN", "NameBook", "NameProblem"]

NAME_SHOWN = 20
_NUMBER = re.compile(r"[(]?1?\d[\d-]{6,}[)]?")
_SEVERAL = re.compile(r"[、，,;；/\n]|\s+")


class NameProblem(Exception):
    """A cell that names nobody who may be put on this roster; the words say why."""


class NameBook:
    """Who may be put on a roster, by name. ``known``: whoever stands on it already may stay."""

    def __init__(self, roster: Roster, known: Iterable[User] = ()) -> None:
        people = people_choosable(roster)
        self.of_unit = roster.unit_id is not None
        self.own = {person.pk for person in people.own}
        self.by_id = people.by_id
        for person in known:
            self.by_id.setdefault(person.pk, person)
        self.by_name: dict[str, list[User]] = {}
        for person in self.by_id.values():
            self.by_name.setdefault(plain(str(person)), []).append(person)

    def label(self, person: User) -> str:
        """Return the name as a sheet writes it, with the unit (or else the account) where two have the name."""
        same = self.by_name.get(plain(str(person)), [])
        if len(same) < 2:
            return str(person)
        units = [one.unit_id for one in same]
        place = str(person.unit) if person.unit and units.count(person.unit_id) == 1 else person.username
        return f"{person}（{place}）"

    def find(self, text: str) -> User:
        """Return the person a cell names; a number beside the name is left out. Raises NameProblem."""
        words = _NUMBER.sub("", plain(text))
        found = self.by_name.get(words, [])
        if not found and (given := re.match(r"^(.+?)[(](.+)[)]$", words)):
            found = [one for one in self.by_name.get(given[1], []) if given[2] in _places(one)]
        if len(found) == 1:
            return found[0]
        raise NameProblem(self._twins(text, found) if found else self._nobody(text, words))

    def _twins(self, text: str, found: list[User]) -> str:
        labels = "、".join(self.label(one) for one in found)
        return f"有 {len(found)} 个「{text.strip()[:NAME_SHOWN]}」：请写成{labels}中的一个"

    def _nobody(self, text: str, words: str) -> str:
        parts = [part for part in _SEVERAL.split(text.strip()) if part]
        if len(parts) > 1 and all(plain(part) in self.by_name for part in parts):
            return f"一格里有 {len(parts)} 个人（{'、'.join(parts)}）：每班只排一名，其余请写在备注"
        near = get_close_matches(words, self.by_name, n=1, cutoff=0.6)
        hint = f"；是不是「{self.by_name[near[0]][0]}」" if near else ""
        where = "本单位可排班的人里" if self.of_unit else "可排班的人里"
        return f"{where}没有「{text.strip()[:NAME_SHOWN]}」{hint}"


def _places(person: User) -> set[str]:
    unit = {person.unit.name, person.unit.short_name, person.unit.code} if person.unit else set()
    return {plain(word) for word in (*unit, person.username)}
