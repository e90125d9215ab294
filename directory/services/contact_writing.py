"""What every change of a contact shares: the lock, the checks, the line of the record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q

from directory.choices import ContactKind, ContactState
from directory.models import Contact, ContactRuling, Unit
from directory.phones import number_problem, number_tidy
from directory.selectors.contacts import contact_changes_since
from directory.services.standing import actor_as_role, changes_data, changes_text
from yangcheng_ec.actors import Actor
from yangcheng_ec.errors import BadInput, Change, NotVisible, StaleVersion, WrongState
from yangcheng_ec.permissions import Role
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line, record_append

__all__ = [
    "EDITABLE",
    "contact_added_line",
    "contact_append",
    "contact_apply",
    "contact_check",
    "contact_edited",
    "contact_edited_line",
    "contact_locked",
    "contact_must_be",
    "contact_new",
    "contact_save_edited",
    "contact_title",
    "rulings_lapse",
]

# What may be edited, with the word the record uses.
EDITABLE: dict[str, str] = {
    "printed_name": "名称",
    "kind": "类型",
    "value": "号码",
    "person": "联系人",
    "title": "职务",
    "note": "备注",
}
LIMITS = {"printed_name": 120, "person": 60, "title": 60, "note": 300}


def contact_locked(contact_id: int, version: int) -> Contact:
    """Return the locked row. Raises NotVisible, or StaleVersion with what others changed since."""
    contact = Contact.objects.select_for_update(of=("self",)).select_related("unit").filter(pk=contact_id).first()
    if contact is None:
        raise NotVisible()
    if contact.version != version:
        raise StaleVersion(changes=contact_changes_since(contact, version))
    return contact


def contact_must_be(contact: Contact, state: ContactState, message: str) -> None:
    """Raise WrongState unless the contact is in this state."""
    if contact.state != state:
        raise WrongState(message)


def contact_new(unit: Unit, values: Mapping[str, str]) -> Contact:
    """Return a new row with these values, not yet checked or saved; without a name it has the unit's."""
    texts = {name: text.strip() for name, text in values.items()}
    number = number_tidy(texts["value"], texts["kind"])
    return Contact(unit=unit, **{**texts, "printed_name": texts.get("printed_name") or unit.name, "value": number})


def contact_apply(contact: Contact, values: Mapping[str, str]) -> list[Change]:
    """Set the given values on the row and return what really changed."""
    kind = values.get("kind", contact.kind)
    changes = []
    for name, label in EDITABLE.items():
        if name not in values:
            continue
        was, now = str(getattr(contact, name)), values[name].strip()
        if name == "value":
            now = number_tidy(now, kind)
        if was != now:
            setattr(contact, name, now)
            changes.append(Change(label, _shown(name, was), _shown(name, now)))
    return changes


def _shown(name: str, value: str) -> str:
    return str(ContactKind(value).label) if name == "kind" and value in ContactKind.values else value


def contact_check(contact: Contact) -> None:
    """Raise BadInput unless kind, number and name are good and the unit does not have the number already."""
    problems: dict[str, list[str]] = {}
    if contact.kind not in ContactKind.values:
        problems["kind"] = ["请从名单中选择类型。"]
    if not contact.printed_name:
        problems["printed_name"] = ["请填写名称。"]
    trouble = number_problem(contact.value, contact.kind) or _duplicate(contact)
    if trouble:
        problems["value"] = [trouble]
    for name, limit in LIMITS.items():
        if len(getattr(contact, name)) > limit:
            problems[name] = [f"最多 {limit} 个字。"]
    if problems:
        raise BadInput("联络方式没有保存，请更正。", fields=problems)


def _duplicate(contact: Contact) -> str:
    """Return the words for a number the unit has already: the two plans may each print the same one."""
    rows = Contact.objects.filter(unit_id=contact.unit_id, value=contact.value, state=ContactState.ACTIVE)
    if contact.plan_version_id is not None:
        rows = rows.filter(Q(plan_version_id=contact.plan_version_id) | Q(plan_version_id__isnull=True))
    twin = rows.exclude(pk=contact.pk).select_related("plan_version__plan").first()
    if twin is None:
        return ""
    where = f"（{twin.plan_version.plan.short_name} {twin.appendix}）" if twin.plan_version else ""
    return f"{twin.printed_name}{where}已登记这个号码，不必重复。"


def contact_title(contact: Contact) -> str:
    """Return how a line of the record calls the contact."""
    return f"「{contact.printed_name}」{contact.get_kind_display()}"


def contact_append(
    head: CaseHead, user: Any, contact: Contact, kind: str, text: str, changes: list[Change] | None = None
) -> None:
    """Append a line about the contact to the directory's chain, by the keeper's role."""
    actor = actor_as_role(user, Role.DIRECTORY_ADMIN)
    record_append(head, _line(kind, actor, contact, text, changes or []))


def _line(kind: str, actor: Actor, contact: Contact, text: str, changes: Sequence[Change]) -> Line:
    data = {"version": contact.version, "unit": contact.unit.code, "changes": changes_data(changes)}
    return Line(kind, f"{text}。", actor=actor, subject=("contact", contact.pk), data=data)


def contact_added_line(actor: Actor, contact: Contact) -> Line:
    """Return the record's line of a new number."""
    return _line("contact.added", actor, contact, f"新增{contact_title(contact)}：{contact.value}", [])


def contact_edited_line(
    actor: Actor, contact: Contact, changes: Sequence[Change], *, kind: str = "contact.edited", verb: str = "修改"
) -> Line:
    """Return the record's line of a changed number."""
    return _line(kind, actor, contact, f"{verb}{contact_title(contact)}：{changes_text(changes)}", changes)


def contact_edited(contact: Contact, changes: Sequence[Change]) -> bool:
    """Count the row's version; return whether its number changed, which makes it unverified again."""
    renumbered = any(change.field == EDITABLE["value"] for change in changes)
    if renumbered:
        contact.verified_at, contact.verified_by = None, None
    contact.version += 1
    return renumbered


def contact_save_edited(
    head: CaseHead, user: Any, contact: Contact, changes: list[Change], *, kind: str, verb: str
) -> None:
    """Save a checked row whose values changed, with its line; a changed number is unverified and unruled again."""
    renumbered = contact_edited(contact, changes)
    contact.save()
    actor = actor_as_role(user, Role.DIRECTORY_ADMIN)
    record_append(head, contact_edited_line(actor, contact, changes, kind=kind, verb=verb))
    if renumbered:
        rulings_lapse(head, user, contact)


def rulings_lapse(head: CaseHead, user: Any, contact: Contact, *, retired: bool = False) -> None:
    """Let go of the rulings that rest on a number that is no more: changed, or retired although it was chosen."""
    rests = Q(chosen=contact) if retired else Q(first=contact) | Q(second=contact)
    for row in ContactRuling.objects.filter(rests).select_related("unit", "chosen"):
        why = "先拨的号码已停用" if retired else "号码已改"
        text = f"{why}，「{row.unit.name}」先拨 {row.chosen.value} 的裁定随之失效，须重新核对"
        contact_append(head, user, contact, "contact.ruling_lapsed", text)
        row.delete()
