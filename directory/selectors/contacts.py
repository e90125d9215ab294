"""Reading the directory: search, both plans' numbers side by side, a number's history, who reads which number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet

from directory.choices import ContactKind, ContactState
from directory.models import Contact, PlanVersion, Unit, User
from directory.phones import MOBILE_PATTERN, is_mobile, mask, number_tidy
from directory.rules import appointments_in_force
from directory.selectors.conflicts import Conflict, conflict_pairs, pairs_by_code, plans_with_contacts
from directory.selectors.numbers import dial_order, dialled, numbers_by_unit
from directory.selectors.units import units_named_like
from yangcheng_ec.errors import Change, NotVisible
from yangcheng_ec.permissions import Page, may_open
from yangcheng_ec.record.models import RecordEntry

__all__ = [
    "Conflict",
    "UnitRow",
    "appendix_tables",
    "changes_since",
    "conflicts",
    "contact_changes_since",
    "contact_get",
    "contact_history",
    "contacts_found",
    "contacts_visible_to",
    "is_private",
    "may_reveal",
    "numbers_of_unit",
    "own_plan_first",
    "plans_with_contacts",
    "shown_to",
    "unit_rows",
]


@dataclass
class Column:
    """The numbers one plan prints for a unit; ``label`` is the plan's short name."""

    label: str
    contacts: list[Contact] = field(default_factory=list)


@dataclass
class UnitRow:
    """One unit with its numbers: per plan version in force, and those added here. ``pair``: the plans disagree."""

    unit: Unit
    by_plan: list[Column]
    added: list[Contact] = field(default_factory=list)
    pair: Conflict | None = None

    @property
    def differs(self) -> bool:
        """Return whether the plans disagree and nobody has ruled yet."""
        return self.pair is not None and self.pair.ruling is None


def contacts_visible_to(user: Any) -> QuerySet[Contact]:
    """Return the contacts the user may read; retired ones only for those who keep or audit the directory."""
    if not (may_open(user, Page.DIRECTORY_VIEW) or may_open(user, Page.DIRECTORY_EDIT)):
        return Contact.objects.none()
    rows = Contact.objects.select_related("unit", "plan_version__plan", "verified_by").defer("plan_version__texts")
    if may_open(user, Page.DIRECTORY_EDIT) or may_open(user, Page.RECORD_ALL):
        return rows
    return rows.filter(state=ContactState.ACTIVE)


def contacts_found(
    user: Any, *, query: str = "", plan: str = "", state: str = "", unit: str = "", kind: str = ""
) -> QuerySet[Contact]:
    """Return the contacts matching a name, alias, pinyin initials, person or number, in the plans' order."""
    rows = contacts_visible_to(user)
    if query:
        rows = rows.filter(
            Q(printed_name__icontains=query)
            | Q(unit__in=_units_called(query))
            | Q(person__icontains=query)
            | (Q(value__contains=number_tidy(query, ContactKind.DUTY)) & _readable(user))
        )
    exact = {"plan_version__plan__code": plan, "state": state, "unit__code": unit, "kind": kind}
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    return rows.order_by("unit__order", "unit__code", "plan_version_id", "order", "id")


def _units_called(query: str) -> QuerySet[Unit, Any]:
    """Return the ids of the units one of whose names has this in it, or these initials."""
    return Unit.objects.filter(units_named_like(query)).values("pk")


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


def is_private(contact: Contact) -> bool:
    """Return whether this is somebody's mobile that no plan has printed."""
    return contact.plan_version_id is None and is_mobile(contact.value)


def shown_to(user: Any, contacts: Iterable[Contact]) -> list[Contact]:
    """Give each contact ``shown`` and ``masked``: private mobiles are hidden from those who need not dial them."""
    rows = list(contacts)
    everything = _needs_all(user)
    for row in rows:
        readable = everything or row.unit_id == user.unit_id or not is_private(row)
        row.shown = row.value if readable else mask(row.value)  # type: ignore[attr-defined]
        row.masked = row.shown != row.value  # type: ignore[attr-defined]
    return rows


def may_reveal(user: Any, contact: Contact) -> bool:
    """Return whether the user may see this number in full: callers, keepers, command staff, auditor, its own unit."""
    return _needs_all(user) or may_open(user, Page.CASES_ALL) or contact.unit_id == user.unit_id


def mobile_shown(user: Any, person: User) -> str:
    """Return a person's own mobile as the reader may see it: masked like a private contact."""
    own_unit = user.unit_id is not None and person.unit_id == user.unit_id
    return person.mobile if own_unit or _needs_all(user) else mask(person.mobile)


def _needs_all(user: Any) -> bool:
    """Return whether the user's role dials or keeps the numbers."""
    return may_open(user, Page.CALL_SHEET) or may_open(user, Page.DIRECTORY_EDIT)


def own_plan_first(user: Any) -> list[PlanVersion]:
    """Return the plan versions in force, first the one in whose command the reader holds a post: it is the open one."""
    held = set(appointments_in_force().filter(user=user).values_list("post__version_id", flat=True))
    return sorted(plans_with_contacts(), key=lambda version: version.pk not in held)


def unit_rows(
    contacts: Sequence[Contact], versions: Sequence[PlanVersion], pairs: Sequence[Conflict] | None = None
) -> list[UnitRow]:
    """Return the contacts one row per unit, with a column per plan, in the units' order.

    ``pairs`` are the disagreements, where the caller has read them.
    """
    differing = pairs_by_code(conflict_pairs() if pairs is None else pairs)
    rows: dict[int, UnitRow] = {}
    columns = {version.pk: index for index, version in enumerate(versions)}
    for contact in contacts:
        row = rows.get(contact.unit_id)
        if row is None:
            by_plan = [Column(version.plan.short_name) for version in versions]
            row = UnitRow(contact.unit, by_plan, pair=differing.get(contact.unit.code))
            rows[contact.unit_id] = row
        index = columns.get(contact.plan_version_id or 0)
        (row.added if index is None else row.by_plan[index].contacts).append(contact)
    for row in rows.values():
        for numbers in (row.added, *(column.contacts for column in row.by_plan)):
            numbers.sort(key=dial_order)
    return list(rows.values())


def appendix_tables(
    contacts: Sequence[Contact], versions: Sequence[PlanVersion], pairs: Sequence[Conflict] | None = None
) -> list[dict[str, Any]]:
    """Return the contacts as each plan's appendix prints them: two columns, in its own order."""
    differing = pairs_by_code(conflict_pairs() if pairs is None else pairs)
    tables = []
    for version in versions:
        own = [contact for contact in contacts if contact.plan_version_id == version.pk]
        own.sort(key=lambda contact: (contact.number_in_appendix or 0, contact.order))
        for contact in own:
            contact.pair = differing.get(contact.unit.code)  # type: ignore[attr-defined]
        appendix = own[0].appendix if own else ""
        tables.append({"version": version, "appendix": appendix, "columns": _columns(own)})
    return tables


def _columns(contacts: Sequence[Contact]) -> list[list[Contact]]:
    numbers = sorted({contact.column or 1 for contact in contacts})
    return [[contact for contact in contacts if (contact.column or 1) == number] for number in numbers]


def conflicts(user: Any) -> list[Conflict]:
    """Return where the plans in force print unequal numbers for one unit, in the units' order, with the rulings."""
    if not (may_open(user, Page.DIRECTORY_VIEW) or may_open(user, Page.DIRECTORY_EDIT)):
        return []
    pairs = conflict_pairs()
    shown_to(user, [side for pair in pairs for side in pair.sides])
    return pairs


def contact_history(contact: Contact) -> QuerySet[RecordEntry]:
    """Return the record's lines about a contact, newest first."""
    return RecordEntry.objects.filter(subject_type="contact", subject_id=contact.pk).order_by("-id")


def contact_changes_since(contact: Contact, version: int) -> list[Change]:
    """Return what others changed of a contact since the reader's version."""
    return changes_since(contact_history(contact), version)


def changes_since(history: QuerySet[RecordEntry], version: int) -> list[Change]:
    """Return what the lines changed since a version: the first old value and the last new one per field."""
    merged: dict[str, Change] = {}
    for entry in history.order_by("id"):
        if entry.data.get("version", 0) <= version:
            continue
        for change in entry.data.get("changes", []):
            was = merged[change["field"]].was if change["field"] in merged else change["was"]
            merged[change["field"]] = Change(change["field"], was, change["now"])
    return list(merged.values())


def numbers_of_unit(unit_code: str, plan_version_id: int | None = None) -> list[str]:
    """Return a unit's numbers that can be dialled, the first to dial first, each once."""
    unit = Unit.objects.filter(code=unit_code).only("pk").first()
    return dialled(numbers_by_unit([unit.pk], plan_version_id).get(unit.pk, [])) if unit else []
