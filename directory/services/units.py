"""Keeping the registry of units: add, rename, other names, retire. A name belongs to one unit; nothing is deleted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.text import slugify

from directory.choices import UnitKind
from directory.models import Unit, UnitAlias
from directory.pinyin import initials_of
from directory.selectors.contacts import changes_since
from directory.selectors.units import name_owner, unit_history, unit_uses
from directory.services.standing import actor_as_role, changes_data, changes_text, directory_head
from yangcheng_ec.access import require_page
from yangcheng_ec.errors import BadInput, Change, NotVisible, StaleVersion, WrongState
from yangcheng_ec.permissions import Page, Role, unit_group_name
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line, record_append

__all__ = ["EDITABLE", "unit_add", "unit_alias_add", "unit_alias_remove", "unit_edit", "unit_restore", "unit_retire"]

# What may be edited, with the word the record uses, and how long it may be.
EDITABLE: dict[str, str] = {
    "name": "名称",
    "short_name": "简称",
    "kind": "类别",
    "county_level": "县直",
    "note": "说明",
}
LIMITS = {"name": 120, "short_name": 60, "note": 300}
ALIAS_LIMIT = 120
CODE_LENGTH = 32


@transaction.atomic
def unit_add(
    *, user: Any, name: str, kind: str, short_name: str = "", county_level: bool = False, note: str = ""
) -> Unit:
    """Add a unit the plans do not name (「非预案规定」), with the group its users will be in.

    Needs the right to edit the directory. Raises Forbidden, or BadInput with fields: a name another unit has.
    """
    head = _opened(user)
    last = Unit.objects.aggregate(last=Max("order"))["last"] or 0
    unit = Unit(kind=kind, county_level=county_level, note=note.strip(), order=last + 1, kept_here=True)
    unit.name, unit.short_name = name.strip(), short_name.strip() or name.strip()
    _check(unit)
    unit.code = _code_for(unit.name)
    unit.save()
    Group.objects.get_or_create(name=unit_group_name(unit.code))
    _append(head, user, unit, "unit.added", f"新增单位「{unit.name}」（{unit.get_kind_display()}）")
    return unit


@transaction.atomic
def unit_edit(*, user: Any, unit_id: int, version: int, values: Mapping[str, Any]) -> Unit:
    """Change some of ``EDITABLE``; a name that is left stays as an alias, so that old papers still find the unit.

    Raises Forbidden, NotVisible, StaleVersion with the differences, WrongState (retired), BadInput with fields.
    """
    head = _opened(user)
    unit = _locked(unit_id, version)
    _must_be_in_use(unit)
    was = (unit.name, unit.short_name)
    changes = _apply(unit, values)
    if not changes:
        return unit
    _check(unit)
    _names_change_places(unit, was)
    unit.kept_here = True
    _save(unit)
    _append(head, user, unit, "unit.edited", f"修改单位「{was[0]}」：{changes_text(changes)}", changes)
    return unit


@transaction.atomic
def unit_alias_add(*, user: Any, unit_id: int, version: int, name: str, where: str = "") -> UnitAlias:
    """Add another name of a unit, with where it is used.

    Raises Forbidden, NotVisible, StaleVersion, WrongState (retired), BadInput: a name that some unit has already,
    this one included. So no alias leads to an alias, and none back to where it came from.
    """
    head = _opened(user)
    unit = _locked(unit_id, version)
    _must_be_in_use(unit)
    alias = UnitAlias(unit=unit, name=name.strip(), where=where.strip(), kept_here=True)
    trouble = _length_problem(alias.name, ALIAS_LIMIT) or _taken(unit, alias.name)
    problems = {"name": [trouble]} if trouble else {}
    if len(alias.where) > ALIAS_LIMIT:
        problems["where"] = [f"最多 {ALIAS_LIMIT} 个字。"]
    if problems:
        raise BadInput("别名没有保存，请更正。", fields=problems)
    alias.save()
    _save(unit)
    change = Change("别名", "", alias.name)
    _append(head, user, unit, "unit.alias_added", f"「{unit.name}」增加别名「{alias.name}」", [change])
    return alias


@transaction.atomic
def unit_alias_remove(*, user: Any, unit_id: int, version: int, alias_id: int) -> None:
    """Take away a name that was entered here; a name the plans print stays.

    Raises Forbidden, NotVisible (also another unit's alias), StaleVersion, WrongState.
    """
    head = _opened(user)
    unit = _locked(unit_id, version)
    alias = unit.aliases.filter(pk=alias_id).first()
    if alias is None:
        raise NotVisible()
    if not alias.kept_here:
        raise WrongState(f"「{alias.name}」是预案里印的名称，不能去掉。")
    alias.delete()
    _save(unit)
    change = Change("别名", alias.name, "")
    _append(head, user, unit, "unit.alias_removed", f"「{unit.name}」去掉别名「{alias.name}」", [change])


@transaction.atomic
def unit_retire(*, user: Any, unit_id: int, version: int, reason: str) -> Unit:
    """Retire a unit on which nothing rests any more; it stays readable and is no longer offered.

    Raises Forbidden, NotVisible, StaleVersion, WrongState with what still rests on it, BadInput without a reason.
    """
    head = _opened(user)
    unit = _locked(unit_id, version)
    _must_be_in_use(unit)
    words = reason.strip()
    if not words:
        raise BadInput("停用须写明理由。", fields={"reason": ["停用须写明理由。"]})
    if uses := unit_uses(unit):
        raise WrongState(f"「{unit.name}」还不能停用，它还有：{'、'.join(uses)}。请先处理这些。")
    unit.retired = True
    _save(unit)
    _append(head, user, unit, "unit.retired", f"停用单位「{unit.name}」。理由：{words}")
    return unit


@transaction.atomic
def unit_restore(*, user: Any, unit_id: int, version: int) -> Unit:
    """Bring a retired unit back. Raises Forbidden, NotVisible, StaleVersion, WrongState (in use)."""
    head = _opened(user)
    unit = _locked(unit_id, version)
    if not unit.retired:
        raise WrongState("这个单位在用，不需要恢复。")
    unit.retired = False
    _save(unit)
    _append(head, user, unit, "unit.restored", f"恢复单位「{unit.name}」")
    return unit


def _opened(user: Any) -> CaseHead:
    """Return the directory's locked chain, to whoever keeps the directory: names are checked one at a time."""
    require_page(user, Page.DIRECTORY_EDIT)
    return directory_head()


def _locked(unit_id: int, version: int) -> Unit:
    unit = Unit.objects.select_for_update(of=("self",)).filter(pk=unit_id).first()
    if unit is None:
        raise NotVisible()
    if unit.version != version:
        raise StaleVersion(changes=changes_since(unit_history(unit), version))
    return unit


def _must_be_in_use(unit: Unit) -> None:
    if unit.retired:
        raise WrongState("这个单位已停用，请先恢复。")


def _apply(unit: Unit, values: Mapping[str, Any]) -> list[Change]:
    """Set the given values on the row and return what really changed, in words."""
    changes = []
    for field, label in EDITABLE.items():
        if field not in values:
            continue
        now = values[field].strip() if isinstance(values[field], str) else values[field]
        if now != getattr(unit, field):
            before = _shown(unit, field)
            setattr(unit, field, now)
            changes.append(Change(label, before, _shown(unit, field)))
    return changes


def _shown(unit: Unit, field: str) -> str:
    value = getattr(unit, field)
    if isinstance(value, bool):
        return "是" if value else "否"
    return str(unit.get_kind_display()) if field == "kind" else str(value)


def _check(unit: Unit) -> None:
    """Raise BadInput unless the names are there, short enough and nobody else's."""
    problems: dict[str, list[str]] = {}
    for field, limit in LIMITS.items():
        value = getattr(unit, field)
        trouble = f"最多 {limit} 个字。" if field == "note" and len(value) > limit else ""
        if field != "note":
            trouble = _length_problem(value, limit) or _taken(unit, value, own=True)
        if trouble:
            problems[field] = [trouble]
    if unit.kind not in UnitKind.values:
        problems["kind"] = ["请从名单中选择类别。"]
    if problems:
        raise BadInput("单位没有保存，请更正。", fields=problems)


def _length_problem(text: str, limit: int) -> str:
    if not text:
        return "请填写。"
    return f"最多 {limit} 个字。" if len(text) > limit else ""


def _taken(unit: Unit, text: str, *, own: bool = False) -> str:
    """Return the words for a name that a unit has already; its own other names are no obstacle where ``own``."""
    found = name_owner(text)
    if found is None or (own and found[0] == unit):
        return ""
    owner, what = found
    if owner == unit:
        return f"「{text}」已是本单位的{'别名' if what == 'alias' else '名称'}，别名不能指向自己。"
    word = {"name": "名称", "alias": "别名"}.get(what, "代码")
    return f"「{text}」已是「{owner.name}」的{word}：一个名称只能对应一个单位，别名也不能互相指向。"


def _names_change_places(unit: Unit, was: Iterable[str]) -> None:
    """Keep the names that are left as aliases, and take those now its own out of the aliases entered here."""
    names = {unit.name, unit.short_name}
    unit.aliases.filter(name__in=names, kept_here=True).delete()
    where = f"{timezone.localdate():%Y年%m月%d日}以前的名称"
    for name in dict.fromkeys(was):
        if name not in names:
            UnitAlias.objects.get_or_create(name=name, defaults={"unit": unit, "where": where, "kept_here": True})


def _code_for(name: str) -> str:
    """Return a code nobody has: the initials of the name, counted on where they are taken."""
    stem = (initials_of(name).split(" ")[0] or slugify(name) or "unit")[:CODE_LENGTH]
    there = {"new", *Unit.objects.filter(code__startswith=stem).values_list("code", flat=True)}
    number = 1
    code = stem
    while code in there:
        number += 1
        code = f"{stem}-{number}"
    return code


def _save(unit: Unit) -> None:
    unit.version += 1
    unit.save()


def _append(head: CaseHead, user: Any, unit: Unit, kind: str, text: str, changes: list[Change] | None = None) -> None:
    data = {"version": unit.version, "unit": unit.code, "changes": changes_data(changes or [])}
    actor = actor_as_role(user, Role.DIRECTORY_ADMIN)
    record_append(head, Line(kind, f"{text}。", actor=actor, subject=("unit", unit.pk), data=data))
