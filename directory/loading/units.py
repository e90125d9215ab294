"""The registry of units: ``fixtures/units.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.contrib.auth.models import Group
from django.db.models import Q

from directory.choices import UnitKind
from directory.loading.source import Entry
from directory.loading.sync import Changes, Wanted, sync
from directory.models import Unit, UnitAlias
from directory.pinyin import initials_of
from yangcheng_ec.permissions import unit_group_name

__all__ = ["Registry", "load_units"]

# What the people who keep the registry may have changed of a unit the file knows too.
KEPT_HERE = ("name", "short_name", "initials", "kind", "county_level", "note")


@dataclass
class Registry:
    """Finds a unit by code or by any printed name; ``generic`` names stand for no single unit."""

    units: dict[str, Unit] = field(default_factory=dict)
    names: dict[str, Unit] = field(default_factory=dict)
    generic: list[str] = field(default_factory=list)

    def named(self, entry: Entry, key: str, name: str | None = None) -> Unit:
        """Return the unit printed under this name, or fail at the entry."""
        printed = name if name is not None else entry.text(key)
        unit = self.names.get(printed)
        if unit is None:
            entry.fail(key, f"单位登记表中没有「{printed}」，请先在 units.yaml 登记该名称")
        return unit

    def named_or_generic(self, entry: Entry, key: str, name: str | None = None) -> Unit | None:
        """Return the unit, or None for a generic name such as 事发地乡（镇）人民政府."""
        printed = name if name is not None else entry.text(key)
        return None if printed in self.generic else self.named(entry, key, printed)

    def joint(self, entry: Entry, key: str) -> None:
        """Check a heading that names one unit, or several joined by 「、」 that share one duty."""
        heading = entry.text(key)
        for name in [heading] if heading in self.names else heading.split("、"):
            self.named_or_generic(entry, key, name)

    def coded(self, entry: Entry, key: str) -> Unit | None:
        """Return the unit of a code, None when the key is not written."""
        return self.code(entry, key, entry.text(key)) if entry.has(key) else None

    def code(self, entry: Entry, key: str, code: str) -> Unit:
        """Return the unit of a code, or fail at the entry."""
        if code not in self.units:
            entry.fail(key, f"没有代码为「{code}」的单位")
        return self.units[code]


def load_units(source: Entry, changes: Changes) -> Registry:
    """Load the units and every printed name. A name may belong to one unit only.

    What was entered in the system stays: units the file does not know, names given here, aliases added here.
    """
    source.only("generic", "units")
    entries = source.many("units")
    kept = {unit.code: unit for unit in Unit.objects.filter(kept_here=True)}
    wanted = [_unit(entry, order, kept) for order, entry in enumerate(entries)]
    codes = {wish.values["code"] for wish in wanted}
    rows = sync(Unit.objects.filter(Q(code__in=codes) | Q(kept_here=False)), "code", wanted, changes)
    own = [unit for code, unit in kept.items() if code not in codes]
    registry = Registry(units={row.code: row for row in [*rows, *own]}, generic=source.texts("generic"))
    registry.names = _names_kept([*rows, *own])
    aliases: list[Wanted] = []
    for entry, unit in zip(entries, rows, strict=True):
        for name in dict.fromkeys([entry.text("name"), entry.text("short", entry.text("name"))]):
            _claim(registry, entry, "name", name, unit)
        for alias in entry.many("aliases"):
            alias.only("name", "where")
            _claim(registry, alias, "name", alias.text("name"), unit)
            aliases.append(_alias(alias, unit))
    printed = [alias.values["name"] for alias in aliases]
    sync(UnitAlias.objects.filter(Q(name__in=printed) | Q(kept_here=False)), "name", aliases, changes)
    _groups(rows)
    return registry


def _names_kept(units: list[Unit]) -> dict[str, Unit]:
    """Return the names that were entered in the system, with their units: no file may give one to another."""
    by_pk = {unit.pk: unit for unit in units}
    names = {name: unit for unit in units if unit.kept_here for name in (unit.short_name, unit.name)}
    aliases = UnitAlias.objects.filter(kept_here=True, unit__in=by_pk)
    return names | {alias.name: by_pk[alias.unit_id] for alias in aliases}


def _groups(units: list[Unit]) -> None:
    """Make the Django group of every unit: object permissions are granted to it, with or without people in it."""
    names = {unit_group_name(unit.code) for unit in units}
    missing = names - set(Group.objects.filter(name__in=names).values_list("name", flat=True))
    Group.objects.bulk_create([Group(name=name) for name in sorted(missing)])


def _alias(entry: Entry, unit: Unit) -> Wanted:
    name = entry.text("name")
    values = {"name": name, "initials": initials_of(name), "where": entry.text("where", ""), "unit_id": unit.pk}
    return Wanted(entry, values)


def _unit(entry: Entry, order: int, kept: Mapping[str, Unit]) -> Wanted:
    entry.only("code", "name", "short", "kind", "county_level", "note", "aliases")
    name, short = entry.text("name"), entry.text("short", entry.text("name"))
    values = {
        "code": entry.text("code"),
        "name": name,
        "short_name": short,
        "initials": initials_of(name, short),
        "kind": entry.choice("kind", UnitKind.values),
        "county_level": entry.flag("county_level"),
        "note": entry.text("note", ""),
        "order": order,
    }
    own = kept.get(str(values["code"]))
    if own is not None:
        values |= {field: getattr(own, field) for field in KEPT_HERE}
    return Wanted(entry, values)


def _claim(registry: Registry, entry: Entry, key: str, name: str, unit: Unit) -> None:
    owner = registry.names.setdefault(name, unit)
    if owner is not unit:
        entry.fail(key, f"「{name}」已是「{owner.name}」的名称，一个名称只能对应一个单位")
