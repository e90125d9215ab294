"""Keeping what the plans have ready: add, edit, look at, retire, restore. Nothing is deleted; each act is recorded."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.db import transaction

from directory.choices import Act, ContactKind, ContactState, ListedAs, ResourceKind
from directory.models import PlanVersion, Resource, Unit
from directory.phones import is_mobile, mask, number_problem, number_tidy
from directory.rules import actor_for, actor_of_unit, any_actor, clause_label
from directory.selectors.contacts import changes_since
from directory.selectors.plans import plan_in_force
from directory.selectors.resources import OWN_KINDS, resource_get, resource_history
from directory.selectors.standing_duties import resource_duties
from directory.services.plan_revisions import today
from directory.services.standing import actor_as_role, changes_data, changes_text, directory_head
from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import database_now
from yangcheng_ec.errors import BadInput, Change, Forbidden, StaleVersion, WrongState
from yangcheng_ec.permissions import Page, Role, may_open
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line, record_append
from yangcheng_ec.text import clean_text

__all__ = [
    "EDITABLE",
    "resource_add",
    "resource_check",
    "resource_edit",
    "resource_opened",
    "resource_restore",
    "resource_retire",
    "resource_reveal",
    "resources_exported",
]

# What may be edited, with the word the record uses.
EDITABLE: dict[str, str] = {
    "name": "名称", "unit": "所属单位", "body": "名册以外的单位", "ability": "专长、用途", "contact": "联系人",
    "number": "联系电话", "quantity": "数量", "measure": "计量单位", "place": "存放地点", "listed": "所在名录",
    "note": "备注",
}  # fmt: skip
LIMITS = {"name": 120, "body": 120, "ability": 500, "contact": 60, "measure": 10, "place": 120, "note": 300}
QUANTITY_LIMIT = 1_000_000
# Looking again at the same number within this time is one look (「非预案规定」).
ONE_LOOK = timedelta(minutes=30)


@transaction.atomic
def resource_add(*, user: Any, plan: str, kind: str, values: Mapping[str, Any]) -> Resource:
    """Add a line to a plan's list: the directory's keeper, the plan's office, or a unit its own equipment.

    ``values`` are of ``EDITABLE``, the unit as a ``Unit``. Raises NotVisible (no such plan), Forbidden, BadInput with
    fields: a kind the plan does not have, nobody it belongs to, a number that is none, a line that is there already.
    """
    head, version = directory_head(), plan_in_force(plan)
    row = Resource(plan=version.plan, kind=kind)
    _check_kind(version, kind)
    _apply(row, values)
    actor = _keeper(user, version, row.kind, row.unit_id)
    _check(row)
    _write(row)
    text = f"新增{row.kind_choice.label}「{row.name}」（{row.belongs_to}）"
    _append(head, actor, version, row, "resource.added", text)
    return row


@transaction.atomic
def resource_edit(*, user: Any, resource_id: int, version: int, values: Mapping[str, Any]) -> Resource:
    """Change some of ``EDITABLE``; the record keeps old → new. A unit may not give its equipment to another.

    Raises NotVisible, Forbidden, StaleVersion with the differences, WrongState (retired), BadInput with fields.
    """
    head, row, plan_version, actor = _opened(user, resource_id, version)
    _must_be(row, ContactState.ACTIVE, "这一条已停用，请先恢复再修改。")
    name, changes = row.name, _apply(row, values)
    if not changes:
        return row
    _keeper(user, plan_version, row.kind, row.unit_id)
    _check(row)
    _save(row)
    text = f"修改{row.kind_choice.label}「{name}」：{changes_text(changes)}"
    _append(head, actor, plan_version, row, "resource.edited", text, changes)
    return row


@transaction.atomic
def resource_check(*, user: Any, resource_id: int, version: int, on: date, result: str) -> Resource:
    """Record that equipment, a spare or a vehicle was looked at on a day, and how it was found.

    Raises NotVisible, Forbidden, StaleVersion, WrongState (retired), BadInput (a day to come or before the last one,
    no words, a kind that is not looked at).
    """
    head, row, plan_version, actor = _opened(user, resource_id, version)
    _must_be(row, ContactState.ACTIVE, "这一条已停用，不能登记检查。")
    words = clean_text(result).strip()
    problems: dict[str, list[str]] = {}
    if not row.kind_choice.countable:
        problems["on"] = [f"{row.kind_choice.label}不登记检查。"]
    elif on > today():
        problems["on"] = ["日期不能晚于今天。"]
    elif row.checked_on is not None and on < row.checked_on:
        problems["on"] = [f"日期不能早于上次检查（{row.checked_on}）。"]
    if not words or len(words) > LIMITS["note"]:
        problems["result"] = ["请写明检查结果，最多 300 个字。"]
    if problems:
        raise BadInput("检查没有登记，请更正。", fields=problems)
    was, row.checked_on = row.checked_on, on
    _save(row)
    change = Change("最近检查", str(was or ""), str(on))
    _append(head, actor, plan_version, row, "resource.checked", f"检查「{row.name}」（{on}）：{words}", [change])
    return row


@transaction.atomic
def resource_retire(*, user: Any, resource_id: int, version: int, reason: str) -> Resource:
    """Take a line out of use with a reason; it stays readable. Raises as ``resource_edit``."""
    head, row, plan_version, actor = _opened(user, resource_id, version)
    _must_be(row, ContactState.ACTIVE, "这一条已经停用。")
    words = clean_text(reason).strip()
    if not words:
        raise BadInput("停用须写明理由。", fields={"reason": ["停用须写明理由。"]})
    row.state = ContactState.RETIRED
    _save(row)
    text = f"停用{row.kind_choice.label}「{row.name}」。理由：{words}"
    _append(head, actor, plan_version, row, "resource.retired", text)
    return row


@transaction.atomic
def resource_restore(*, user: Any, resource_id: int, version: int) -> Resource:
    """Bring a line back into use. Raises as ``resource_edit``; BadInput when the list has it again already."""
    head, row, plan_version, actor = _opened(user, resource_id, version)
    _must_be(row, ContactState.RETIRED, "这一条在用，不需要恢复。")
    row.state = ContactState.ACTIVE
    _check(row)
    _save(row)
    _append(head, actor, plan_version, row, "resource.restored", f"恢复{row.kind_choice.label}「{row.name}」")
    return row


def resource_reveal(*, user: Any, resource_id: int) -> Resource:
    """Return a resource with its number in full; that this person looked is recorded. Raises NotVisible."""
    row = resource_get(user, resource_id)
    _looked(user, row)
    row.shown, row.masked = row.number, False  # type: ignore[attr-defined]
    return row


def resource_opened(*, user: Any, row: Resource) -> None:
    """Record that somebody opened the page of a mobile shown to them in full; nothing for other numbers."""
    if not getattr(row, "masked", True):
        _looked(user, row)


@transaction.atomic
def _looked(user: Any, row: Resource) -> None:
    if not is_mobile(row.number) or row.unit_id == user.unit_id:
        return
    head = directory_head()
    since = database_now() - ONE_LOOK
    if resource_history(row).filter(actor=user, kind="resource.revealed", recorded_at__gt=since).exists():
        return
    keeper = may_open(user, Page.DIRECTORY_EDIT)
    actor = actor_as_role(user, Role.DIRECTORY_ADMIN) if keeper else any_actor(user)
    text = f"查看「{row.name}」{mask(row.number)} 的全号。"
    data = {"version": row.version}
    record_append(head, Line("resource.revealed", text, actor=actor, subject=("resource", row.pk), data=data))


@transaction.atomic
def resources_exported(*, user: Any, form: str, count: int) -> None:
    """Record who took a list of resources out, in which form, and how many lines."""
    keeper = may_open(user, Page.DIRECTORY_EDIT)
    actor = actor_as_role(user, Role.DIRECTORY_ADMIN) if keeper else any_actor(user)
    text = f"导出应急资源清单（{form}）：{count} 条。"
    data = {"form": form, "count": count}
    line = Line("resource.exported", text, actor=actor, subject=("resource_export", None), data=data)
    record_append(directory_head(), line)


def _opened(user: Any, resource_id: int, version: int) -> tuple[CaseHead, Resource, PlanVersion, Actor]:
    """Lock the directory's chain and the row; return them with the plan and as whom the user keeps it."""
    resource_get(user, resource_id)
    head = directory_head()
    row = Resource.objects.select_for_update(of=("self",)).select_related("plan", "unit").get(pk=resource_id)
    plan_version = plan_in_force(row.plan.code)
    actor = _keeper(user, plan_version, row.kind, row.unit_id)
    if row.version != version:
        raise StaleVersion(changes=changes_since(resource_history(row), version))
    return head, row, plan_version, actor


def _keeper(user: Any, version: PlanVersion, kind: str, unit_id: int | None) -> Actor:
    """Return as whom the user keeps such a line: the directory's keeper, the unit its own equipment, or the office."""
    if may_open(user, Page.DIRECTORY_EDIT):
        return actor_as_role(user, Role.DIRECTORY_ADMIN)
    try:
        return actor_for(user, version, Act.OFFICE)
    except Forbidden:
        if kind in OWN_KINDS and unit_id is not None and unit_id == user.unit_id:
            return actor_of_unit(user, unit_id)
        names = "、".join(str(one.label) for one in OWN_KINDS)
        words = f"{version.plan.short_name}的应急资源由办公室或通讯录管理员维护；成员单位只维护本单位的{names}。"
        raise Forbidden(words, clause=_clause(version, kind)) from None


def _clause(version: PlanVersion, kind: str) -> str:
    duty = resource_duties(version).get(kind)
    return duty.label if duty is not None else clause_label(version, "")


def _must_be(row: Resource, state: ContactState, message: str) -> None:
    if row.state != state:
        raise WrongState(message)


def _apply(row: Resource, values: Mapping[str, Any]) -> list[Change]:
    """Set the given values on the row and return what really changed, in words."""
    changes = []
    for field, label in EDITABLE.items():
        if field not in values:
            continue
        was, now = _shown(row, field), _tidy(field, values[field])
        setattr(row, field, now)
        if was != _shown(row, field):
            changes.append(Change(label, was, _shown(row, field)))
    return changes


def _tidy(field: str, value: Any) -> Any:
    if field == "number":
        return number_tidy(str(value or ""), ContactKind.DUTY)
    return clean_text(value).strip() if isinstance(value, str) else value


def _shown(row: Resource, field: str) -> str:
    value = getattr(row, field)
    if field == "listed":
        return str(row.get_listed_display())
    return value.name if isinstance(value, Unit) else str("" if value is None else value)


def _check_kind(version: PlanVersion, kind: str) -> None:
    if kind not in ResourceKind.values or kind not in resource_duties(version):
        words = f"{version.plan.name}没有这一类名单，请从名单中选择类别。"
        raise BadInput("没有保存，请更正。", fields={"kind": [words]})


def _check(row: Resource) -> None:
    """Raise BadInput unless every value is good and the list does not have the line already."""
    problems: dict[str, list[str]] = {}
    for field, limit in LIMITS.items():
        if len(getattr(row, field)) > limit:
            problems[field] = [f"最多 {limit} 个字。"]
    if not row.name:
        problems["name"] = ["请填写名称。"]
    if (row.unit is None) == (not row.body):
        words = "请选择所属单位；名册以外的单位填在「名册以外的单位」里，两处只填一处。"
        problems["body" if row.unit is not None else "unit"] = [words]
    if row.number and (trouble := number_problem(row.number, ContactKind.DUTY)):
        problems["number"] = [trouble]
    _check_amount(row, problems)
    if not problems and _twin(row):
        problems["name"] = [f"名单里已有{row.belongs_to}的「{row.name}」。"]
    if problems:
        raise BadInput("没有保存，请更正。", fields=problems)


def _check_amount(row: Resource, problems: dict[str, list[str]]) -> None:
    if row.quantity is not None and not 0 <= row.quantity <= QUANTITY_LIMIT:
        problems["quantity"] = [f"数量须在 0 至 {QUANTITY_LIMIT} 之间。"]
    if row.listed and (row.kind != ResourceKind.PROTECTED or row.listed not in ListedAs.values):
        problems["listed"] = ["只有重点保障单位才填所在名录。"]


def _twin(row: Resource) -> bool:
    same = Resource.objects.filter(plan_id=row.plan_id, kind=row.kind, name=row.name, state=ContactState.ACTIVE)
    return same.filter(unit=row.unit, body=row.body).exclude(pk=row.pk).exists()


def _save(row: Resource) -> None:
    row.version += 1
    _write(row)


def _write(row: Resource) -> None:
    row.full_clean(validate_constraints=False)
    row.save()


def _append(
    head: CaseHead, actor: Actor, version: PlanVersion, row: Resource, kind: str, text: str,
    changes: list[Change] | None = None,
) -> None:  # fmt: skip
    data = {"version": row.version, "plan": row.plan.code, "changes": changes_data(changes or [])}
    line = Line(
        kind, f"{text}。", actor=actor, clause=_clause(version, row.kind), subject=("resource", row.pk), data=data
    )
    record_append(head, line)
