"""Care of the directory: order of dialling, rulings on unequal numbers, undo of the last change, who looked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction

from directory.choices import ContactKind, ContactState
from directory.models import UNRANKED, Contact, ContactRuling
from directory.phones import mask
from directory.rules import any_actor
from directory.selectors.conflicts import Conflict, conflict_pairs
from directory.selectors.contact_care import last_change
from directory.selectors.contacts import contact_changes_since, contact_get, contact_history, is_private, may_reveal
from directory.services.contact_writing import (
    EDITABLE,
    contact_append,
    contact_apply,
    contact_check,
    contact_locked,
    contact_must_be,
    contact_save_edited,
    contact_title,
)
from directory.services.standing import actor_as_role, directory_head
from yangcheng_ec.access import require_page
from yangcheng_ec.clock import database_now
from yangcheng_ec.errors import BadInput, Change, Forbidden, StaleVersion, WrongState
from yangcheng_ec.permissions import Page, Role, may_open
from yangcheng_ec.record.models import RecordEntry
from yangcheng_ec.record.services import Line, record_append

__all__ = ["contact_opened", "contact_prefer", "contact_reveal", "contact_rule_conflict", "contact_undo"]

REASON_LIMIT = 300
# Looking again at the same number within this time is one look (「非预案规定」).
ONE_LOOK = timedelta(minutes=30)


@transaction.atomic
def contact_prefer(*, user: Any, contact_id: int, version: int, place: int | None) -> Contact:
    """Give a number its place (1 first) in its unit's order of dialling, or none; the others move up or down.

    Raises Forbidden, StaleVersion, WrongState (retired), BadInput (a place below 1 or past the last).
    """
    require_page(user, Page.DIRECTORY_EDIT)
    head = directory_head()
    contact = contact_locked(contact_id, version)
    contact_must_be(contact, ContactState.ACTIVE, "这条联络方式已停用，不能排序。")
    others = Contact.objects.filter(unit_id=contact.unit_id, state=ContactState.ACTIVE).exclude(pk=contact.pk)
    ranked = list(others.filter(preference__lt=UNRANKED).order_by("preference", "order", "pk"))
    if place is not None:
        if not 1 <= place <= len(ranked) + 1:
            raise BadInput("没有保存。", fields={"place": [f"请选 1 至 {len(ranked) + 1}。"]})
        ranked.insert(place - 1, contact)
    else:
        contact.preference = UNRANKED
    for number, row in enumerate(ranked, start=1):
        if row.preference != number and row.pk != contact.pk:
            Contact.objects.filter(pk=row.pk).update(preference=number)
        row.preference = number
    contact.version += 1
    contact.save()
    words = f"排在本单位第 {contact.preference} 个拨打" if contact.ranked else "不再指定拨打顺序"
    contact_append(head, user, contact, "contact.preferred", f"{contact_title(contact)} {contact.value} {words}")
    return contact


@transaction.atomic
def contact_rule_conflict(
    *, user: Any, unit_code: str, seen: Mapping[int, int], chosen_id: int, reason: str, version: int
) -> ContactRuling:
    """Rule which of two unequal printed numbers is dialled first for a unit (G5; 「非预案规定」).

    ``seen`` are both contacts' ids with the versions the page showed, ``version`` that of the ruling (0: none yet).
    A new ruling replaces the old one. Raises Forbidden, WrongState (no longer a pair), StaleVersion, BadInput.
    """
    require_page(user, Page.DIRECTORY_EDIT)
    head = directory_head()
    pair = _pair(unit_code, seen)
    _check_seen(pair, seen, version)
    reason = reason.strip()
    _check_ruling(seen, chosen_id, reason)
    chosen, other = (pair.first, pair.second) if pair.first.pk == chosen_id else (pair.second, pair.first)
    ruling, _made = ContactRuling.objects.update_or_create(
        unit=pair.unit, first=pair.first, second=pair.second,
        defaults={
            "chosen": chosen, "reason": reason, "ruled_by": user, "ruled_at": database_now(), "version": version + 1
        },
    )  # fmt: skip
    verb = "改裁" if pair.ruling else "裁定"
    text = f"{verb}「{pair.unit.name}」先拨 {_printed(chosen)}，不先拨 {_printed(other)}。理由：{reason}。"
    data = {"unit": pair.unit.code, "chosen": chosen.pk, "other": other.pk, "version": chosen.version}
    actor = actor_as_role(user, Role.DIRECTORY_ADMIN)
    record_append(head, Line("contact.ruled", text, actor=actor, subject=("contact", chosen.pk), data=data))
    return ruling


def _pair(unit_code: str, seen: Mapping[int, int]) -> Conflict:
    for pair in conflict_pairs():
        if pair.unit.code == unit_code and {pair.first.pk, pair.second.pk} == set(seen):
            return pair
    raise WrongState("这两个号码现在没有冲突：已经改正、停用，或两个预案已经一致。")


def _check_seen(pair: Conflict, seen: Mapping[int, int], version: int) -> None:
    changes = [
        change
        for side in pair.sides
        if side.version != seen[side.pk]
        for change in contact_changes_since(side, seen[side.pk])
    ]
    if any(side.version != seen[side.pk] for side in pair.sides):
        raise StaleVersion(changes=changes)
    standing = pair.ruling.version if pair.ruling else 0
    if standing != version:
        now = f"先拨 {pair.ruling.chosen.value}（{pair.ruling.ruled_by}：{pair.ruling.reason}）" if pair.ruling else ""
        raise StaleVersion(changes=[Change("裁定", "", now)])


def _check_ruling(seen: Mapping[int, int], chosen_id: int, reason: str) -> None:
    problems: dict[str, list[str]] = {}
    if chosen_id not in seen:
        problems["chosen"] = ["请选择先拨哪一个号码。"]
    if not reason:
        problems["reason"] = ["裁定须写明理由，例如：某月某日拨打，对方答复新号码。"]
    elif len(reason) > REASON_LIMIT:
        problems["reason"] = [f"最多 {REASON_LIMIT} 个字。"]
    if problems:
        raise BadInput("裁定没有保存，请更正。", fields=problems)


def _printed(contact: Contact) -> str:
    version = contact.plan_version
    return f"{contact.value}（{version.plan.short_name} {contact.appendix}）" if version else contact.value


@transaction.atomic
def contact_undo(*, user: Any, contact_id: int, version: int) -> Contact:
    """Put back what the last edit of a contact changed, as a new recorded change.

    Raises Forbidden, StaleVersion, WrongState (nothing to undo, undone or followed by something else, number verified
    since), BadInput (the old number is another row's now).
    """
    require_page(user, Page.DIRECTORY_EDIT)
    head = directory_head()
    contact = contact_locked(contact_id, version)
    contact_must_be(contact, ContactState.ACTIVE, "这条联络方式已停用，请先恢复。")
    entry = last_change(contact)
    if entry is None or entry.kind != "contact.edited":
        raise WrongState(_why_not(entry))
    if contact.verified_at is not None and contact.verified_at > entry.recorded_at:
        raise WrongState("这次修改之后号码已经打通核实，不能撤销；确需更改请用「修改」。")
    _must_be_as_left(contact, entry)
    changes = contact_apply(contact, _old_values(entry))
    contact_check(contact)
    contact_save_edited(head, user, contact, changes, kind="contact.undone", verb="撤销上一次修改，")
    return contact


def _why_not(entry: RecordEntry | None) -> str:
    if entry is None:
        return "这条联络方式没有改动过，没有可撤销的修改。"
    if entry.kind == "contact.undone":
        return "上一次修改已经撤销过。"
    return "最近一次变更不是修改，没有可撤销的修改。"


_FIELDS = {label: name for name, label in EDITABLE.items()}
_KINDS = {str(label): value for value, label in ContactKind.choices}


def _old_values(entry: RecordEntry) -> dict[str, str]:
    return {_FIELDS[change["field"]]: _stored(change["field"], change["was"]) for change in entry.data["changes"]}


def _must_be_as_left(contact: Contact, entry: RecordEntry) -> None:
    """Raise WrongState when a value is no longer what the edit made of it."""
    for change in entry.data["changes"]:
        name = _FIELDS.get(change["field"], "")
        if not name or getattr(contact, name) != _stored(change["field"], change["now"]):
            raise WrongState("这次修改之后内容又变过，不能撤销；请用「修改」改回。")


def _stored(label: str, text: str) -> str:
    return _KINDS.get(text, text) if label == EDITABLE["kind"] else text


# Who looked


def contact_reveal(*, user: Any, contact_id: int) -> Contact:
    """Return a contact with its number in full; that this person looked is recorded.

    Raises NotVisible, Forbidden for whoever need not dial it: another unit's mobile stays masked.
    """
    contact = contact_get(user, contact_id)
    if is_private(contact) and not may_reveal(user, contact):
        raise Forbidden("这是其他单位的手机号，只对指挥部、办公室、通讯录管理员和本单位显示。")
    _looked(user, contact)
    contact.shown, contact.masked = contact.value, False  # type: ignore[attr-defined]
    return contact


def contact_opened(*, user: Any, contact: Contact) -> None:
    """Record that somebody opened the page of a mobile that is shown to them in full; nothing for other numbers."""
    if not getattr(contact, "masked", True):
        _looked(user, contact)


@transaction.atomic
def _looked(user: Any, contact: Contact) -> None:
    """Append a line, unless the number is no private one of another unit, or this person was at it a moment ago."""
    if not is_private(contact) or contact.unit_id == user.unit_id:
        return
    head = directory_head()
    since = database_now() - ONE_LOOK
    lines = contact_history(contact).filter(actor=user, recorded_at__gt=since, data__version=contact.version)
    if lines.exists():
        return
    text = f"查看{contact_title(contact)} {mask(contact.value)} 的全号。"
    data = {"unit": contact.unit.code, "version": contact.version}
    keeper = may_open(user, Page.DIRECTORY_EDIT)
    actor = actor_as_role(user, Role.DIRECTORY_ADMIN) if keeper else any_actor(user)
    record_append(head, Line("contact.revealed", text, actor=actor, subject=("contact", contact.pk), data=data))
