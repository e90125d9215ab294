"""Reading the directory: search, both plans' numbers side by side, where they differ, a number's history."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet

from directory.choices import ContactKind, ContactState
from directory.models import Contact, PlanVersion, Unit
from directory.phones import MOBILE_PATTERN, mask, number_tidy
from yangcheng_ec.errors import Change, NotVisible
from yangcheng_ec.permissions import Page, may_open
from yangcheng_ec.record.models import RecordEntry

__all__ = [
    "Conflict",
    "UnitRow",
    "appendix_tables",
    "conflicts",
    "contact_changes_since",
    "contact_get",
    "contact_history",
    "contacts_found",
    "contacts_visible_to",
    "numbers_of_unit",
    "plans_with_contacts",
    "shown_to",
    "unit_rows",
]

DIALLED = (ContactKind.DUTY, ContactKind.MOBILE, ContactKind.SECURE)
CHANNEL_KINDS = (ContactKind.EMAIL, ContactKind.FAX)


@dataclass
class Column:
    """The numbers one plan prints for a unit; ``label`` is the plan's short name."""

    label: str
    contacts: list[Contact] = field(default_factory=list)


@dataclass
class UnitRow:
    """One unit with its numbers: per plan version in force, and those added here. ``differs``: the plans disagree."""

    unit: Unit
    by_plan: list[Column]
    added: list[Contact] = field(default_factory=list)
    differs: bool = False


@dataclass(frozen=True)
class Conflict:
    """Two plans print different numbers for one unit. ``verified`` once somebody called both."""

    unit: Unit
    first: Contact
    second: Contact

    @property
    def verified(self) -> bool:
        """Return whether both numbers were called and found right."""
        return self.first.verified_at is not None and self.second.verified_at is not None


def contacts_visible_to(user: Any) -> QuerySet[Contact]:
    """Return the contacts the user may read; retired ones only for those who keep or audit the directory."""
    if not (may_open(user, Page.DIRECTORY_VIEW) or may_open(user, Page.DIRECTORY_EDIT)):
        return Contact.objects.none()
    rows = Contact.objects.select_related("unit", "plan_version__plan", "verified_by")
    if may_open(user, Page.DIRECTORY_EDIT) or may_open(user, Page.RECORD_ALL):
        return rows
    return rows.filter(state=ContactState.ACTIVE)


def contacts_found(
    user: Any, *, query: str = "", plan: str = "", state: str = "", unit: str = "", kind: str = ""
) -> QuerySet[Contact]:
    """Return the contacts matching a name, alias, printed name, person or number, in the plans' order."""
    rows = contacts_visible_to(user)
    if query:
        aliases = Unit.objects.filter(aliases__name__icontains=query).values("pk")
        rows = rows.filter(
            Q(printed_name__icontains=query)
            | Q(unit__name__icontains=query)
            | Q(unit__short_name__icontains=query)
            | Q(unit__in=aliases)
            | Q(person__icontains=query)
            | (Q(value__contains=number_tidy(query, ContactKind.DUTY)) & _readable(user))
        )
    exact = {"plan_version__plan__code": plan, "state": state, "unit__code": unit, "kind": kind}
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    return rows.order_by("unit__order", "unit__code", "plan_version_id", "order", "id")


def _readable(user: Any) -> Q:
    """Return the condition under which a number may be searched: a masked one must not be guessed digit by digit."""
    if _needs_all(user):
        return Q()
    return Q(plan_version__isnull=False) | Q(unit_id=user.unit_id) | ~Q(value__regex=MOBILE_PATTERN)


def contact_get(user: Any, pk: int) -> Contact:
    """Return one contact. Raises NotVisible."""
    found = contacts_visible_to(user).filter(pk=pk).first()
    if found is None:
        raise NotVisible()
    return shown_to(user, [found])[0]


def shown_to(user: Any, contacts: Iterable[Contact]) -> list[Contact]:
    """Give each contact ``shown`` and ``masked``: mobiles that no plan prints are hidden from other units."""
    rows = list(contacts)
    everything = _needs_all(user)
    for row in rows:
        readable = everything or row.plan_version_id is not None or row.unit_id == user.unit_id
        row.shown = row.value if readable else mask(row.value)  # type: ignore[attr-defined]
        row.masked = row.shown != row.value  # type: ignore[attr-defined]
    return rows


def _needs_all(user: Any) -> bool:
    return may_open(user, Page.CASES_ALL) or may_open(user, Page.DIRECTORY_EDIT)


def plans_with_contacts() -> list[PlanVersion]:
    """Return the plan versions in force, in the order their columns stand."""
    return list(PlanVersion.objects.filter(in_force=True).select_related("plan").order_by("plan__code").reverse())


def unit_rows(contacts: Sequence[Contact], versions: Sequence[PlanVersion]) -> list[UnitRow]:
    """Return the contacts one row per unit, with a column per plan, in the units' order."""
    rows: dict[int, UnitRow] = {}
    columns = {version.pk: index for index, version in enumerate(versions)}
    for contact in contacts:
        row = rows.get(contact.unit_id)
        if row is None:
            row = UnitRow(contact.unit, [Column(version.plan.short_name) for version in versions])
            rows[contact.unit_id] = row
        index = columns.get(contact.plan_version_id or 0)
        (row.added if index is None else row.by_plan[index].contacts).append(contact)
    for row in rows.values():
        row.differs = bool(_unequal(row.by_plan))
    return list(rows.values())


def appendix_tables(contacts: Sequence[Contact], versions: Sequence[PlanVersion]) -> list[dict[str, Any]]:
    """Return the contacts as each plan's appendix prints them: two columns, in its own order."""
    differing = {row.unit.pk for row in unit_rows(contacts, versions) if row.differs}
    tables = []
    for version in versions:
        own = [contact for contact in contacts if contact.plan_version_id == version.pk]
        own.sort(key=lambda contact: (contact.number_in_appendix or 0, contact.order))
        for contact in own:
            contact.differs = contact.unit_id in differing  # type: ignore[attr-defined]
        appendix = own[0].appendix if own else ""
        tables.append({"version": version, "appendix": appendix, "columns": _columns(own)})
    return tables


def _columns(contacts: Sequence[Contact]) -> list[list[Contact]]:
    numbers = sorted({contact.column or 1 for contact in contacts})
    return [[contact for contact in contacts if (contact.column or 1) == number] for number in numbers]


def conflicts(user: Any) -> list[Conflict]:
    """Return where the plans in force print unequal numbers for one unit, in the units' order."""
    versions = plans_with_contacts()
    contacts = shown_to(user, contacts_found(user, state=ContactState.ACTIVE).filter(plan_version__in=versions))
    found = []
    for row in unit_rows(contacts, versions):
        found += [Conflict(row.unit, first, second) for first, second in _unequal(row.by_plan)]
    return found


def _unequal(by_plan: Sequence[Column]) -> list[tuple[Contact, Contact]]:
    """Return the pairs that differ, of two plans that both print a number and share none."""
    lists = [[c for c in column.contacts if c.kind in DIALLED and c.state == ContactState.ACTIVE] for column in by_plan]
    pairs = []
    for index, first in enumerate(lists):
        for second in lists[index + 1 :]:
            if first and second and not {c.value for c in first} & {c.value for c in second}:
                pairs += list(zip(first, second, strict=False))
    return pairs


def contact_history(contact: Contact) -> QuerySet[RecordEntry]:
    """Return the record's lines about a contact, newest first."""
    return RecordEntry.objects.filter(subject_type="contact", subject_id=contact.pk).order_by("-id")


def contact_changes_since(contact: Contact, version: int) -> list[Change]:
    """Return what others changed since the reader's version: the first old value and the last new one per field."""
    merged: dict[str, Change] = {}
    for entry in contact_history(contact).order_by("id"):
        if entry.data.get("version", 0) <= version:
            continue
        for change in entry.data.get("changes", []):
            was = merged[change["field"]].was if change["field"] in merged else change["was"]
            merged[change["field"]] = Change(change["field"], was, change["now"])
    return list(merged.values())


def numbers_of_unit(unit_code: str) -> list[str]:
    """Return a unit's numbers that can be dialled, in the directory's order, each once."""
    rows = Contact.objects.filter(unit__code=unit_code, state=ContactState.ACTIVE).exclude(kind__in=CHANNEL_KINDS)
    return list(dict.fromkeys(rows.values_list("value", flat=True)))
