"""Where the plans in force print unequal numbers for one unit, and what was ruled on each pair (G5)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q

from directory.choices import ContactState
from directory.models import Contact, ContactRuling, PlanVersion, Unit
from directory.selectors.numbers import KIND_RANK

__all__ = ["Conflict", "conflict_pairs", "covered_units", "pairs_by_code", "plans_with_contacts"]

_INSIDE = re.compile(r"（([^（）]+)）")


@dataclass(frozen=True)
class Conflict:
    """Two plans print different numbers for one unit. ``verified`` once somebody called both.

    ``first`` may stand in a row of another unit that names this one in brackets: 县委宣传部（县委网信办…）.
    """

    unit: Unit
    first: Contact
    second: Contact
    ruling: ContactRuling | None = None

    @property
    def verified(self) -> bool:
        """Return whether both numbers were called and found right."""
        return self.first.verified_at is not None and self.second.verified_at is not None

    @property
    def sides(self) -> list[Contact]:
        """Return both numbers, as they stand side by side."""
        return [self.first, self.second]

    @property
    def chosen(self) -> Contact | None:
        """Return the number that was ruled on, None while the pair waits."""
        if self.ruling is None:
            return None
        return self.first if self.ruling.chosen_id == self.first.pk else self.second


def plans_with_contacts() -> list[PlanVersion]:
    """Return the plan versions in force, in the order their columns stand."""
    return _in_order(PlanVersion.objects.filter(in_force=True).select_related("plan"))


def _in_order(versions: Iterable[PlanVersion]) -> list[PlanVersion]:
    return sorted(versions, key=lambda version: version.plan.code, reverse=True)


def conflict_pairs(versions: Sequence[PlanVersion] | None = None) -> list[Conflict]:
    """Return every pair of unequal printed numbers with its ruling, in the units' order.

    Printed numbers are open to every reader of the directory, so this asks for no user. ``versions`` are those in
    force, where the caller has read them; whichever stands first there, a pair is always told in the same order.
    """
    plans = _in_order(plans_with_contacts() if versions is None else versions)
    rows = list(
        Contact.objects.filter(plan_version__in=plans, state=ContactState.ACTIVE, kind__in=KIND_RANK)
        .select_related("unit", "plan_version__plan", "verified_by")
        .defer("plan_version__texts")
        .order_by("unit__order", "unit__code", "order", "id")
    )
    printed = _printed(rows, covered_units(rows))
    rulings = {
        (row.unit_id, row.first_id, row.second_id): row
        for row in ContactRuling.objects.select_related("ruled_by", "chosen")
    }
    found = []
    for unit, lists in printed:
        for first, second in _unequal([lists.get(plan.pk, []) for plan in plans]):
            found.append(Conflict(unit, first, second, rulings.get((unit.pk, first.pk, second.pk))))
    return found


def pairs_by_code(pairs: Iterable[Conflict]) -> dict[str, Conflict]:
    """Return the pair each unit's row shows, by the unit's code: one that waits before one that is ruled."""
    found: dict[str, Conflict] = {}
    for pair in pairs:
        if pair.unit.code not in found or pair.ruling is None:
            found[pair.unit.code] = pair
    return found


def covered_units(rows: Iterable[Contact]) -> dict[str, Unit]:
    """Return the units that printed names carry in brackets beside the unit they belong to, by that name."""
    names = {name for row in rows for name in _inside(row.printed_name)}
    if not names:
        return {}
    units = Unit.objects.filter(Q(name__in=names) | Q(aliases__name__in=names)).prefetch_related("aliases").distinct()
    found: dict[str, Unit] = {}
    for unit in units:
        for name in {unit.name, *(alias.name for alias in unit.aliases.all())} & names:
            found[name] = unit
    return found


def _inside(printed: str) -> list[str]:
    return [name for part in _INSIDE.findall(printed) for name in part.split("、")]


def _printed(rows: Sequence[Contact], covered: dict[str, Unit]) -> list[tuple[Unit, dict[int, list[Contact]]]]:
    """Return each unit with the rows every plan prints for it; being named in brackets counts where it has no own."""
    units: dict[int, Unit] = {}
    own: dict[int, dict[int, list[Contact]]] = {}
    for row in rows:
        units.setdefault(row.unit_id, row.unit)
        own.setdefault(row.unit_id, {}).setdefault(row.plan_version_id or 0, []).append(row)
    for row in rows:
        for name in _inside(row.printed_name):
            unit = covered.get(name)
            if unit is not None and unit.pk in own and unit.pk != row.unit_id:
                own[unit.pk].setdefault(row.plan_version_id or 0, [row])
    return [(unit, own[pk]) for pk, unit in units.items()]


def _unequal(lists: Sequence[list[Contact]]) -> list[tuple[Contact, Contact]]:
    """Return the pairs that differ, of two plans that both print a number and share none."""
    pairs = []
    for index, first in enumerate(lists):
        for second in lists[index + 1 :]:
            if first and second and not {c.value for c in first} & {c.value for c in second}:
                pairs += list(zip(first, second, strict=False))
    return pairs
