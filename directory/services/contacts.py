"""Keeping the directory: add, edit, verify, retire, restore. Nothing is deleted; each act is a line of the record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from directory.choices import ContactState
from directory.models import Contact, Unit
from directory.services.contact_writing import (
    EDITABLE,
    contact_added_line,
    contact_append,
    contact_apply,
    contact_check,
    contact_locked,
    contact_must_be,
    contact_new,
    contact_save_edited,
    contact_title,
    rulings_lapse,
)
from directory.services.standing import actor_as_role, directory_head
from yangcheng_ec.access import require_page
from yangcheng_ec.clock import database_now
from yangcheng_ec.errors import BadInput
from yangcheng_ec.permissions import Page, Role
from yangcheng_ec.record.services import record_append

__all__ = ["EDITABLE", "contact_add", "contact_edit", "contact_restore", "contact_retire", "contact_verify"]


@transaction.atomic
def contact_add(
    *, user: Any, unit_id: int, kind: str, value: str, printed_name: str = "", person: str = "", title: str = "",
    note: str = "",
) -> Contact:  # fmt: skip
    """Add a number the plans do not print (「非预案规定」).

    Needs the right to edit the directory. Raises Forbidden, or BadInput with fields: unknown unit or kind, a
    number that is none, a number the unit already has.
    """
    require_page(user, Page.DIRECTORY_EDIT)
    head = directory_head()
    unit = Unit.objects.filter(pk=unit_id).first()
    if unit is None:
        raise BadInput("没有这个单位。", fields={"unit": ["请从名单中选择单位。"]})
    texts = {"printed_name": printed_name, "person": person, "title": title, "note": note}
    contact = contact_new(unit, {"kind": kind, "value": value, **texts})
    contact_check(contact)
    contact.save()
    record_append(head, contact_added_line(actor_as_role(user, Role.DIRECTORY_ADMIN), contact))
    return contact


@transaction.atomic
def contact_edit(*, user: Any, contact_id: int, version: int, values: Mapping[str, str]) -> Contact:
    """Change some of ``EDITABLE``; the record keeps old → new, and a changed number is unverified and unruled again.

    Raises Forbidden, StaleVersion with the differences, WrongState (retired), BadInput with fields.
    """
    require_page(user, Page.DIRECTORY_EDIT)
    head = directory_head()
    contact = contact_locked(contact_id, version)
    contact_must_be(contact, ContactState.ACTIVE, "这条联络方式已停用，请先恢复再修改。")
    changes = contact_apply(contact, values)
    if not changes:
        return contact
    contact_check(contact)
    contact_save_edited(head, user, contact, changes, kind="contact.edited", verb="修改")
    return contact


@transaction.atomic
def contact_verify(*, user: Any, contact_id: int, version: int) -> Contact:
    """Mark a number as called and found right. Raises Forbidden, StaleVersion, WrongState (retired)."""
    require_page(user, Page.DIRECTORY_EDIT)
    head = directory_head()
    contact = contact_locked(contact_id, version)
    contact_must_be(contact, ContactState.ACTIVE, "这条联络方式已停用，不能核实。")
    contact.verified_at, contact.verified_by = database_now(), user
    contact.version += 1
    contact.save()
    contact_append(head, user, contact, "contact.verified", f"核实{contact_title(contact)}：{contact.value} 可以打通")
    return contact


@transaction.atomic
def contact_retire(*, user: Any, contact_id: int, version: int, reason: str) -> Contact:
    """Retire a number with a reason; it stays readable. Raises Forbidden, StaleVersion, WrongState, BadInput."""
    require_page(user, Page.DIRECTORY_EDIT)
    head = directory_head()
    contact = contact_locked(contact_id, version)
    contact_must_be(contact, ContactState.ACTIVE, "这条联络方式已经停用。")
    if not reason.strip():
        raise BadInput("停用须写明理由。", fields={"reason": ["停用须写明理由。"]})
    _switch(contact, ContactState.RETIRED)
    text = f"停用{contact_title(contact)}：{contact.value}。理由：{reason.strip()}"
    contact_append(head, user, contact, "contact.retired", text)
    rulings_lapse(head, user, contact, retired=True)
    return contact


@transaction.atomic
def contact_restore(*, user: Any, contact_id: int, version: int) -> Contact:
    """Bring a retired number back. Raises Forbidden, StaleVersion, WrongState, BadInput (now a duplicate)."""
    require_page(user, Page.DIRECTORY_EDIT)
    head = directory_head()
    contact = contact_locked(contact_id, version)
    contact_must_be(contact, ContactState.RETIRED, "这条联络方式在用，不需要恢复。")
    contact_check(contact)
    _switch(contact, ContactState.ACTIVE)
    contact_append(head, user, contact, "contact.restored", f"恢复{contact_title(contact)}：{contact.value}")
    return contact


def _switch(contact: Contact, state: ContactState) -> None:
    contact.state = state
    contact.version += 1
    contact.save()
