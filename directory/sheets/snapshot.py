"""The directory as an import meets it: units by any name, their active numbers. Three statements, then memory."""

from __future__ import annotations

from collections import defaultdict
from difflib import get_close_matches

from django.db.models import QuerySet

from directory.choices import ContactState
from directory.models import Contact, Unit, UnitAlias
from directory.selectors.units import plain_name

__all__ = ["ADDED_HERE", "Snapshot", "source_of"]

ADDED_HERE = "本县补充"


def source_of(contact: Contact) -> str:
    """Return where a number comes from, as export writes it and import reads it: 「网络预案 8.8 第33行」."""
    if contact.plan_version is None:
        return ADDED_HERE
    return f"{contact.plan_version.plan.short_name} {contact.appendix} 第{contact.number_in_appendix}行"


class Snapshot:
    """Units and contacts, read once."""

    def __init__(self) -> None:
        self.units = list(Unit.objects.order_by("order", "code"))
        self.by_name = self._names()
        self.active: dict[int, list[Contact]] = defaultdict(list)
        self.retired: dict[int, set[str]] = defaultdict(set)
        self.by_source: dict[str, Contact] = {}
        for contact in _contacts():
            if contact.state != ContactState.ACTIVE:
                self.retired[contact.unit_id].add(contact.value)
                continue
            self.active[contact.unit_id].append(contact)
            if contact.plan_version_id is not None:
                self.by_source[plain_name(source_of(contact))] = contact

    def _names(self) -> dict[str, Unit]:
        """Return the units by code, name, alias and short name, in this order of right."""
        by_pk = {unit.pk: unit for unit in self.units}
        aliases = [(row.name, by_pk[row.unit_id]) for row in UnitAlias.objects.order_by("pk")]
        names: dict[str, Unit] = {}
        ranked = (
            [(unit.code, unit) for unit in self.units],
            [(unit.name, unit) for unit in self.units],
            aliases,
            [(unit.short_name, unit) for unit in self.units],
        )
        for pairs in ranked:
            for name, unit in pairs:
                names.setdefault(plain_name(name), unit)
        return names

    def unit(self, text: str) -> Unit | None:
        """Return the unit a cell names, also with the county's name in front or spaces between the characters."""
        plain = plain_name(text)
        bare = plain.removeprefix("阳城县")
        tried = (plain, f"县{bare}", bare) if bare != plain else (plain, f"县{plain}", f"阳城{plain}")
        return next((self.by_name[name] for name in tried if name in self.by_name), None)

    def unit_problem(self, text: str) -> str:
        """Return the words for a cell that names no unit, with the nearest name we have."""
        near = get_close_matches(plain_name(text), self.by_name, n=1, cutoff=0.6)
        hint = f"；是不是「{self.by_name[near[0]].name}」" if near else ""
        return f"没有「{text[:40]}」这个单位{hint}"

    def source(self, text: str) -> Contact | None:
        """Return the active contact that a plan prints in this row of its appendix."""
        return self.by_source.get(plain_name(text))


def _contacts() -> QuerySet[Contact]:
    rows = Contact.objects.select_related("unit", "plan_version__plan").defer("plan_version__texts")
    return rows.order_by("plan_version_id", "order", "id")
