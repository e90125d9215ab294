"""Writing a thousand contacts at once, with the rows and lines of ``contact_add`` and ``contact_edit``.

Only for lines whose every check was made in this very transaction, under the lock of the directory's head.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Q

from directory.models import Contact, ContactRuling, Unit
from directory.services.contact_writing import (
    EDITABLE,
    contact_added_line,
    contact_apply,
    contact_edited,
    contact_edited_line,
    contact_new,
    rulings_lapse,
)
from directory.services.standing import actor_as_role
from yangcheng_ec.bulk import bulk_insert, bulk_update
from yangcheng_ec.errors import Change
from yangcheng_ec.permissions import Role
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import record_append_many

__all__ = ["contacts_write"]

Item = dict[str, Any]
COUNTED = ("verified_at", "verified_by_id", "version")


def contacts_write(*, user: Any, head: CaseHead, items: Sequence[Item]) -> None:
    """Write the checked lines of a preview (additions, and changes with their targets) and a line for each number.

    The caller holds the transaction and the locked head, and has compared the preview with the directory.
    """
    actor = actor_as_role(user, Role.DIRECTORY_ADMIN)
    added = _added([item for item in items if "values" in item])
    edited = _edited([target for item in items for target in item.get("targets", [])])
    lines = [contact_added_line(actor, row) for row in added]
    lines += [contact_edited_line(actor, row, changes) for row, changes, _ in edited]
    record_append_many([(head, line) for line in lines])
    _let_rulings_go(user, head, [row for row, _, renumbered in edited if renumbered])


def _added(items: Sequence[Item]) -> list[Contact]:
    """Insert the additions and return them."""
    units = Unit.objects.in_bulk({item["unit_id"] for item in items})
    rows = [contact_new(units[item["unit_id"]], item["values"]) for item in items]
    bulk_insert(rows)
    return rows


def _edited(targets: Iterable[dict[str, Any]]) -> list[tuple[Contact, list[Change], bool]]:
    """Change the targets and return each with what changed, and whether its number did."""
    wanted = {target["id"]: target["values"] for target in targets}
    rows = Contact.objects.select_for_update(of=("self",)).select_related("unit").in_bulk(wanted)
    edited = []
    for pk, values in wanted.items():
        changes = contact_apply(rows[pk], values)
        edited.append((rows[pk], changes, contact_edited(rows[pk], changes)))
    labels = {change.field for _, changes, _ in edited for change in changes}
    fields = [name for name, label in EDITABLE.items() if label in labels]
    bulk_update([row for row, _, _ in edited], [*fields, *COUNTED])
    return edited


def _let_rulings_go(user: Any, head: CaseHead, renumbered: Sequence[Contact]) -> None:
    """Let go of the rulings that rest on a number that changed."""
    resting = ContactRuling.objects.filter(Q(first__in=renumbered) | Q(second__in=renumbered))
    ids = {pk for pair in resting.values_list("first_id", "second_id") for pk in pair}
    for contact in renumbered:
        if contact.pk in ids:
            rulings_lapse(head, user, contact)
