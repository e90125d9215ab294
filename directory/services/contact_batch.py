"""Writing a thousand contacts at once, as ``contact_add`` and ``contact_edit`` write one: same rows, same lines.

Only for lines whose every check was made in this very transaction, under the lock of the directory's head.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Q

from directory.models import Contact, ContactRuling, Unit
from directory.services.contact_writing import EDITABLE, contact_apply, contact_title, rulings_lapse
from directory.services.standing import actor_as_role, changes_data, changes_text
from yangcheng_ec.actors import Actor
from yangcheng_ec.bulk import bulk_insert, bulk_update
from yangcheng_ec.errors import Change
from yangcheng_ec.permissions import Role
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line, record_append_many

__all__ = ["contacts_write"]

Item = dict[str, Any]
WRITTEN = [*EDITABLE, "verified_at", "verified_by_id", "version"]


def contacts_write(*, user: Any, head: CaseHead, items: Sequence[Item]) -> None:
    """Write the checked lines of a preview (additions, and changes with their targets) and a line for each number.

    The caller holds the transaction and the locked head, and has compared the preview with the directory.
    """
    actor = actor_as_role(user, Role.DIRECTORY_ADMIN)
    added = _added([item for item in items if "values" in item])
    targets = [target for item in items for target in item.get("targets", [])]
    edited = _edited(targets)
    lines = [_line("contact.added", actor, row, f"新增{contact_title(row)}：{row.value}", []) for row in added]
    lines += [
        _line("contact.edited", actor, row, f"修改{contact_title(row)}：{changes_text(changes)}", changes)
        for row, changes in edited
    ]
    record_append_many([(head, line) for line in lines])
    _let_rulings_go(user, head, [row for row, changes in edited if _renumbered(changes)])


def _added(items: Iterable[Item]) -> list[Contact]:
    """Insert the additions and return them."""
    items = list(items)
    units = Unit.objects.in_bulk({item["unit_id"] for item in items})
    rows = []
    for item in items:
        unit = units[item["unit_id"]]
        rows.append(Contact(unit=unit, **{"printed_name": unit.name, **item["values"]}))
    bulk_insert(rows)
    return rows


def _edited(targets: Sequence[dict[str, Any]]) -> list[tuple[Contact, list[Change]]]:
    """Change the targets and return each with what changed; a changed number is unverified again."""
    ids = [target["id"] for target in targets]
    rows = Contact.objects.select_for_update(of=("self",)).select_related("unit").in_bulk(ids)
    edited = []
    for target in targets:
        row = rows[target["id"]]
        changes = contact_apply(row, target["values"])
        if _renumbered(changes):
            row.verified_at, row.verified_by = None, None
        row.version += 1
        edited.append((row, changes))
    bulk_update([row for row, _ in edited], WRITTEN)
    return edited


def _renumbered(changes: Iterable[Change]) -> bool:
    return any(change.field == EDITABLE["value"] for change in changes)


def _line(kind: str, actor: Actor, contact: Contact, text: str, changes: Sequence[Change]) -> Line:
    data = {"version": contact.version, "unit": contact.unit.code, "changes": changes_data(changes)}
    return Line(kind, f"{text}。", actor=actor, subject=("contact", contact.pk), data=data)


def _let_rulings_go(user: Any, head: CaseHead, renumbered: Sequence[Contact]) -> None:
    """Let go of the rulings that rest on a number that changed."""
    resting = ContactRuling.objects.filter(Q(first__in=renumbered) | Q(second__in=renumbered))
    ids = {pk for pair in resting.values_list("first_id", "second_id") for pk in pair}
    for contact in renumbered:
        if contact.pk in ids:
            rulings_lapse(head, user, contact)
