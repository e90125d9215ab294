"""Keeping the directory: add, edit, verify, retire, restore. Nothing is deleted; each act is a line of the record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Q

from directory.choices import ContactKind, ContactState
from directory.models import Contact, Unit
from directory.phones import number_problem, number_tidy
from directory.selectors.contacts import contact_changes_since
from directory.services.standing import actor_as_role, changes_data, changes_text, directory_head
from yangcheng_ec.access import require_page
from yangcheng_ec.clock import database_now
from yangcheng_ec.errors import BadInput, Change, NotVisible, StaleVersion, WrongState
from yangcheng_ec.permissions import Page, Role
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line, record_append

__all__ = ["EDITABLE", "contact_add", "contact_edit", "contact_restore", "contact_retire", "contact_verify"]

# What may be edited, with the word the record uses.
EDITABLE: dict[str, str] = {
    "printed_name": "名称",
    "kind": "类型",
    "value": "号码",
    "person": "联系人",
    "note": "备注",
}
LIMITS = {"printed_name": 120, "person": 60, "note": 300}


@transaction.atomic
def contact_add(
    *, user: Any, unit_id: int, kind: str, value: str, printed_name: str = "", person: str = "", note: str = ""
) -> Contact:
    """Add a number the plans do not print (「非预案规定」).

    Needs the right to edit the directory. Raises Forbidden, or BadInput with fields: unknown unit or kind, a
    number that is none, a number the unit already has.
    """
    require_page(user, Page.DIRECTORY_EDIT)
    head = directory_head()
    unit = Unit.objects.filter(pk=unit_id).first()
    if unit is None:
        raise BadInput("没有这个单位。", fields={"unit": ["请从名单中选择单位。"]})
    contact = Contact(
        unit=unit,
        printed_name=(printed_name or unit.name).strip(),
        kind=kind,
        value=number_tidy(value, kind),
        person=person.strip(),
        note=note.strip(),
    )
    _check(contact)
    contact.save()
    _append(head, user, contact, "contact.added", f"新增{_title(contact)}：{contact.value}")
    return contact


@transaction.atomic
def contact_edit(*, user: Any, contact_id: int, version: int, values: Mapping[str, str]) -> Contact:
    """Change some of ``EDITABLE``; the record keeps old → new, and a changed number is unverified again.

    Raises Forbidden, StaleVersion with the differences, WrongState (retired), BadInput with fields.
    """
    require_page(user, Page.DIRECTORY_EDIT)
    head = directory_head()
    contact = _locked(contact_id, version)
    _must_be(contact, ContactState.ACTIVE, "这条联络方式已停用，请先恢复再修改。")
    changes = _apply(contact, values)
    if not changes:
        return contact
    _check(contact)
    if any(change.field == EDITABLE["value"] for change in changes):
        contact.verified_at, contact.verified_by = None, None
    contact.version += 1
    contact.save()
    _append(head, user, contact, "contact.edited", f"修改{_title(contact)}：{changes_text(changes)}", changes)
    return contact


@transaction.atomic
def contact_verify(*, user: Any, contact_id: int, version: int) -> Contact:
    """Mark a number as called and found right. Raises Forbidden, StaleVersion, WrongState (retired)."""
    require_page(user, Page.DIRECTORY_EDIT)
    head = directory_head()
    contact = _locked(contact_id, version)
    _must_be(contact, ContactState.ACTIVE, "这条联络方式已停用，不能核实。")
    contact.verified_at, contact.verified_by = database_now(), user
    contact.version += 1
    contact.save()
    _append(head, user, contact, "contact.verified", f"核实{_title(contact)}：{contact.value} 可以打通")
    return contact


@transaction.atomic
def contact_retire(*, user: Any, contact_id: int, version: int, reason: str) -> Contact:
    """Retire a number with a reason; it stays readable. Raises Forbidden, StaleVersion, WrongState, BadInput."""
    require_page(user, Page.DIRECTORY_EDIT)
    head = directory_head()
    contact = _locked(contact_id, version)
    _must_be(contact, ContactState.ACTIVE, "这条联络方式已经停用。")
    if not reason.strip():
        raise BadInput("停用须写明理由。", fields={"reason": ["停用须写明理由。"]})
    _switch(contact, ContactState.RETIRED)
    _append(head, user, contact, "contact.retired", f"停用{_title(contact)}：{contact.value}。理由：{reason.strip()}")
    return contact


@transaction.atomic
def contact_restore(*, user: Any, contact_id: int, version: int) -> Contact:
    """Bring a retired number back. Raises Forbidden, StaleVersion, WrongState, BadInput (now a duplicate)."""
    require_page(user, Page.DIRECTORY_EDIT)
    head = directory_head()
    contact = _locked(contact_id, version)
    _must_be(contact, ContactState.RETIRED, "这条联络方式在用，不需要恢复。")
    _check(contact)
    _switch(contact, ContactState.ACTIVE)
    _append(head, user, contact, "contact.restored", f"恢复{_title(contact)}：{contact.value}")
    return contact


def _locked(contact_id: int, version: int) -> Contact:
    contact = Contact.objects.select_for_update(of=("self",)).select_related("unit").filter(pk=contact_id).first()
    if contact is None:
        raise NotVisible()
    if contact.version != version:
        raise StaleVersion(changes=contact_changes_since(contact, version))
    return contact


def _must_be(contact: Contact, state: ContactState, message: str) -> None:
    if contact.state != state:
        raise WrongState(message)


def _switch(contact: Contact, state: ContactState) -> None:
    contact.state = state
    contact.version += 1
    contact.save()


def _apply(contact: Contact, values: Mapping[str, str]) -> list[Change]:
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


def _check(contact: Contact) -> None:
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


def _title(contact: Contact) -> str:
    return f"「{contact.printed_name}」{contact.get_kind_display()}"


def _append(
    head: CaseHead, user: Any, contact: Contact, kind: str, text: str, changes: list[Change] | None = None
) -> None:
    data = {"version": contact.version, "unit": contact.unit.code, "changes": changes_data(changes or [])}
    actor = actor_as_role(user, Role.DIRECTORY_ADMIN)
    record_append(head, Line(kind, f"{text}。", actor=actor, subject=("contact", contact.pk), data=data))
