"""Which number of a unit is dialled first: the one ruled on, the open plan's own, then the order the keepers gave."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db.models import Exists, F, OuterRef, Q

from directory.choices import ContactKind, ContactState
from directory.models import Contact, PlanVersion

__all__ = ["KIND_RANK", "dial_order", "dialled", "numbers_by_unit"]

# What is dialled, the first to try first; nobody is spoken to by fax or e-mail.
KIND_RANK: dict[str, int] = {ContactKind.DUTY: 0, ContactKind.MOBILE: 1, ContactKind.SECURE: 2}


def dial_order(contact: Contact) -> tuple[int, int, int, int]:
    """Return the sort key within one unit and plan: given order, kind, the print's order."""
    return contact.preference, KIND_RANK.get(contact.kind, len(KIND_RANK)), contact.order, contact.pk


def numbers_by_unit(
    unit_ids: Collection[int], plan_version_id: int | None = None, *, kinds: Collection[str] = tuple(KIND_RANK)
) -> dict[int, list[Contact]]:
    """Return each unit's numbers that can be dialled, with one statement: ruled first, the open plan's own, the rest.

    A number ruled for a unit may be printed under another one (``ContactRuling``). ``kinds`` asks for other sorts.
    """
    if not unit_ids:
        return {}
    own_plan = PlanVersion.objects.filter(pk=plan_version_id or 0, plan=OuterRef("plan_version__plan"))
    rows = (
        Contact.objects.annotate(ruled_for=F("won__unit_id"), of_plan=Exists(own_plan))
        .filter(Q(unit__in=unit_ids) | Q(ruled_for__in=unit_ids))
        .filter(state=ContactState.ACTIVE, kind__in=kinds)
    )
    found: dict[int, list[tuple[bool, Contact]]] = {}
    for row in rows:
        if row.unit_id in unit_ids:
            found.setdefault(row.unit_id, []).append((row.ruled_for == row.unit_id, row))
        if row.ruled_for in unit_ids and row.ruled_for != row.unit_id:
            found.setdefault(row.ruled_for, []).append((True, row))
    return {unit_id: _sorted(pairs, plan_version_id) for unit_id, pairs in found.items()}


def _sorted(pairs: list[tuple[bool, Contact]], plan_version_id: int | None) -> list[Contact]:
    def key(pair: tuple[bool, Contact]) -> tuple[bool, bool, tuple[int, int, int, int]]:
        ruled, row = pair
        foreign = plan_version_id is not None and not row.of_plan  # type: ignore[attr-defined]
        return not ruled, foreign, dial_order(row)

    once: dict[int, Contact] = {}
    for _, row in sorted(pairs, key=key):
        once.setdefault(row.pk, row)
    return list(once.values())


def dialled(contacts: Iterable[Contact]) -> list[str]:
    """Return the numbers as text, each once, in the order given."""
    return list(dict.fromkeys(contact.value for contact in contacts))
