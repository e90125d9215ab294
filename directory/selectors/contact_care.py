"""What the keepers of the directory still have to do: numbers that are missing, numbers to be called again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F, Q, QuerySet

from directory.choices import ContactKind, ContactState, UnitKind
from directory.models import UNRANKED, Clause, Contact, GroupMember, Membership, PlanVersion, Unit, WorkGroup
from directory.selectors.conflicts import Conflict, conflict_pairs, covered_units, plans_with_contacts
from directory.selectors.contacts import contact_history, contacts_visible_to, shown_to
from directory.selectors.numbers import KIND_RANK, dialled, numbers_by_unit
from yangcheng_ec.clock import database_now
from yangcheng_ec.permissions import Page, may_open
from yangcheng_ec.record.models import RecordEntry

__all__ = [
    "Gap",
    "Turn",
    "edit_undoable",
    "gaps",
    "last_change",
    "pairs_of",
    "places_of",
    "verify_days",
    "verify_due",
    "verify_turn",
]

# Lines of a number's record that change what it says: the last of them is what can be undone.
CHANGING = ("contact.added", "contact.edited", "contact.undone", "contact.retired", "contact.restored")


@dataclass
class Gap:
    """A unit to which a plan gives something to do, without a number of its own in that plan's directory.

    ``roles`` are (words, clause); ``elsewhere`` the numbers that the other plan prints for it.
    """

    unit: Unit
    version: PlanVersion
    roles: list[tuple[str, str]] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)


def gaps(user: Any) -> list[Gap]:
    """Return the missing numbers per plan in force: members, groups and units that a clause names.

    县委 and 县政府 are no gap: their offices have the telephone. Nor is a unit that a printed row names in brackets.
    """
    if not (may_open(user, Page.DIRECTORY_VIEW) or may_open(user, Page.DIRECTORY_EDIT)):
        return []
    versions = plans_with_contacts()
    reachable = _reachable()
    units = list(Unit.objects.filter(retired=False).exclude(kind=UnitKind.AUTHORITY).prefetch_related("aliases"))
    missing: dict[tuple[int, int], Gap] = {}
    for version in versions:
        there = reachable.get(None, set()) | reachable.get(version.pk, set())
        missing |= {(version.pk, unit.pk): Gap(unit, version) for unit in units if unit.pk not in there}
    _name_roles(missing, versions)
    found = [gap for gap in missing.values() if gap.roles]
    numbers = numbers_by_unit({gap.unit.pk for gap in found})
    for gap in found:
        gap.elsewhere = dialled(numbers.get(gap.unit.pk, []))
    return found


def _reachable() -> dict[int | None, set[int]]:
    """Return the ids of the units with a number in use, per plan version that prints it; None: added here."""
    rows = list(
        Contact.objects.filter(state=ContactState.ACTIVE, kind__in=KIND_RANK).only(
            "unit_id", "plan_version_id", "printed_name"
        )
    )
    covered = covered_units(rows)
    found: dict[int | None, set[int]] = {}
    for row in rows:
        ids = {row.unit_id, *(unit.pk for name, unit in covered.items() if name in row.printed_name)}
        found.setdefault(row.plan_version_id, set()).update(ids)
    return found


def _name_roles(missing: dict[tuple[int, int], Gap], versions: Sequence[PlanVersion]) -> None:
    """Write into each gap what its plan gives the unit to do."""
    for version_id, unit_id, words, clause in _roles(versions):
        gap = missing.get((version_id, unit_id or 0))
        if gap is not None:
            gap.roles.append((words, clause))
    for version_id, ref, text in Clause.objects.filter(version__in=versions).values_list("version_id", "ref", "text"):
        for (version, _), gap in missing.items():
            if version == version_id and _named(gap.unit, text) and ref not in {clause for _, clause in gap.roles}:
                gap.roles.append(("条文点名", ref))


def _roles(versions: Sequence[PlanVersion]) -> Iterator[tuple[int, int | None, str, str]]:
    """Yield (plan version, unit, what it is there, clause) of every member, group lead and group member."""
    for member in Membership.objects.filter(version__in=versions):
        yield member.version_id, member.unit_id, "成员单位", member.clause
    for group in WorkGroup.objects.filter(version__in=versions):
        yield group.version_id, group.lead_id, f"{group.name}牵头部门", group.clause
    for place in GroupMember.objects.filter(group__version__in=versions).select_related("group"):
        yield place.group.version_id, place.unit_id, f"{place.group.name}成员", place.group.clause


def _named(unit: Unit, text: str) -> bool:
    return any(name in text for name in {unit.name, *(alias.name for alias in unit.aliases.all())})


# Calling to verify


@dataclass(frozen=True)
class Turn:
    """The number whose turn it is, how many are left with it, and whether the unit could be reached without it."""

    contact: Contact | None
    left: int
    only_one: bool = False


def verify_due(now: datetime | None = None) -> QuerySet[Contact]:
    """Return the numbers never called or due again: those never called first, then the longest ago."""
    since = (now or database_now()) - timedelta(days=verify_days())
    return (
        Contact.objects.filter(Q(verified_at__isnull=True) | Q(verified_at__lte=since), state=ContactState.ACTIVE)
        .exclude(kind=ContactKind.EMAIL)
        .order_by(F("verified_at").asc(nulls_first=True), "unit__order", "unit__code", "plan_version_id", "order", "id")
    )


def verify_turn(user: Any, *, after: int | None = None) -> Turn:
    """Return the next number to call, passing over what stands before ``after`` (it was skipped), round and round."""
    ids = list(verify_due().values_list("pk", flat=True))
    chosen = _following(ids, after)
    contact = contacts_visible_to(user).filter(pk=chosen).first() if chosen else None
    if contact is None:
        return Turn(None, len(ids))
    shown_to(user, [contact])
    others = Contact.objects.filter(unit_id=contact.unit_id, state=ContactState.ACTIVE, kind__in=KIND_RANK)
    return Turn(contact, len(ids), only_one=not others.exclude(pk=contact.pk).exists())


def verify_days() -> int:
    """Return after how many days a number is called again (「非预案规定」)."""
    return int(settings.CONTACT_VERIFY_DAYS)


def _following(ids: Sequence[int], after: int | None) -> int | None:
    if not ids:
        return None
    if after not in ids:
        return ids[0]
    return ids[(ids.index(after) + 1) % len(ids)]


def last_change(contact: Contact) -> RecordEntry | None:
    """Return the line of the last change of what a contact says: an edit can be undone, nothing else."""
    return contact_history(contact).filter(kind__in=CHANGING).first()


def edit_undoable(contact: Contact) -> bool:
    """Return whether there is an edit to undo, for the button; the service asks again."""
    last = last_change(contact)
    return last is not None and last.kind == "contact.edited" and contact.state == ContactState.ACTIVE


# One contact's page


def pairs_of(contact: Contact) -> list[Conflict]:
    """Return the disagreements a contact is one side of."""
    return [pair for pair in conflict_pairs() if contact.pk in (pair.first.pk, pair.second.pk)]


def places_of(contact: Contact) -> int:
    """Return how many places its unit's order of dialling has: those given and this one's."""
    others = Contact.objects.filter(unit_id=contact.unit_id, state=ContactState.ACTIVE, preference__lt=UNRANKED)
    return others.exclude(pk=contact.pk).count() + 1
