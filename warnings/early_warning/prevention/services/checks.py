"""Rounds of hazard checks: opened for units or by one for itself, answered, chased, closed (「非预案规定」)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from directory.choices import Act
from directory.models import PlanVersion, Unit
from directory.rules import actor_of_unit, may
from early_warning.prevention.choices import CheckState
from early_warning.prevention.models import CheckReturn, HazardCheck
from early_warning.prevention.rules import clauses_of
from early_warning.prevention.services.common import (
    check_lock,
    check_version,
    need_state,
    note,
    office_actor,
    row_save,
    target,
    tell,
    unit_actor,
    unit_people,
    words_of,
)
from incidents.services.intake_words import Problems
from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import database_now, local_text
from yangcheng_ec.deadlines.services import notices_settle
from yangcheng_ec.errors import BadInput, Change, Forbidden, NotVisible, StaleVersion
from yangcheng_ec.idempotency import fingerprint_of, once
from yangcheng_ec.numbers import number_next
from yangcheng_ec.record.services import head_create
from yangcheng_ec.text import clean_text

__all__ = ["ASKED", "Round", "check_chase", "check_close", "check_open", "check_return", "check_withdraw"]

PREFIX = "PC"
NOTE_LIMIT = 500
FOUND_LIMIT = 9999
# What a unit that has answered was asked for.
ASKED = ("check.opened", "check.soon", "check.late", "check.chased")


@dataclass(frozen=True, kw_only=True)
class Round:
    """What is checked, on which days, and until when the result is due (a local target)."""

    title: str
    content: str
    starts_on: date | None
    ends_on: date | None
    due_at: datetime | None


@transaction.atomic
def check_open(*, version: PlanVersion, wanted: Round, units: Sequence[Unit], user: Any, key: str = "") -> HazardCheck:
    """Open a round of hazard checks (cyber 3.1 「做好…风险评估和隐患排查工作」; comms 3.1, 3.2); once per key.

    The plan's office asks units, each of which is told; a unit's leader or liaison opens one for the own unit alone
    (``units`` empty). Writes the round with its own record. Raises Forbidden, BadInput with fields.
    """
    sent = {"plan": version.pk, "units": sorted(unit.pk for unit in units), **vars(wanted)}
    pk, _fresh = once(
        user=user, scope="check.open", key=key, fingerprint=fingerprint_of(sent),
        act=lambda: str(_open(version, wanted, list(units), user).pk),
    )  # fmt: skip
    return HazardCheck.objects.select_related("plan_version__plan").get(pk=int(pk))


def _open(version: PlanVersion, wanted: Round, units: list[Unit], user: Any) -> HazardCheck:
    actor, asked, own = _opener(version, units, user)
    values = _cleaned(wanted)
    now = database_now()
    number = number_next(PREFIX, at=now)
    row = HazardCheck(
        head=head_create(kind="hazard_check", key=number, now=now), number=number, plan_version=version, own=own,
        opened_by=actor.user, opened_post=actor.post, opened_at=now, **values,
    )  # fmt: skip
    row_save(row)
    CheckReturn.objects.bulk_create([CheckReturn(hazard_check=row, unit=unit) for unit in asked])
    clause = clauses_of(version).prevention
    names = "、".join(str(unit) for unit in asked)
    what = f"开始自查{number}" if own else f"部署隐患排查{number}，{len(asked)}个单位（{names}）"
    text = f"{what}：{row.title}，报送期限{local_text(row.due_at)}（非预案规定）。"
    note(row, "check.opened", text, actor, clause=clause, units=[unit.code for unit in asked])
    if not own:
        title = f"请开展隐患排查：{row.title}（{local_text(row.due_at)}前报送，非预案规定）"
        tell(row, "check.opened", title, unit_people(asked, version), clause=clause, body=row.content)
    return row


def _opener(version: PlanVersion, units: list[Unit], user: Any) -> tuple[Actor, list[Unit], bool]:
    """Return as whom the user opens the round, for which units, and whether it is the unit's own check."""
    if may(user, version, Act.OFFICE):
        if not units:
            raise BadInput("没有部署，请补全。", fields={"units": ["请选择至少一个单位。"]})
        return office_actor(user, version, "部署隐患排查"), list({unit.pk: unit for unit in units}.values()), False
    try:
        actor = actor_of_unit(user, user.unit_id)
    except Forbidden:
        return office_actor(user, version, "部署隐患排查"), [], False
    if any(unit.pk != user.unit_id for unit in units):
        raise Forbidden(f"单位只能开展本单位的自查；部署其他单位排查由{version.office_name}办理（非预案规定）。")
    return actor, [user.unit], True


def _cleaned(wanted: Round) -> dict[str, Any]:
    problems = Problems()
    values: dict[str, Any] = {"starts_on": wanted.starts_on, "ends_on": wanted.ends_on}
    for name, missing in (("title", "请填写名称。"), ("content", "请写明排查什么。")):
        with problems.gather():
            values[name] = words_of(getattr(wanted, name), name, missing)
    for name in ("starts_on", "ends_on"):
        if values[name] is None:
            problems.add(name, "请填写日期。")
    if wanted.starts_on and wanted.ends_on and wanted.ends_on < wanted.starts_on:
        problems.add("ends_on", "结束日期不能早于开始日期。")
    with problems.gather():
        values["due_at"] = target(wanted.due_at)
    problems.raise_any("没有保存，请更正。")
    return values


@transaction.atomic
def check_return(
    *,
    check_id: int,
    unit: Unit,
    found: int,
    user: Any,
    text: str = "",
    said_by: str = "",
    version: int | None = None,
) -> CheckReturn:
    """Return a unit's result: nothing found (0), or how many; corrected in the same way while the round is open.

    By the unit's leader or liaison, or the office for it. Fewer than its findings on file is refused. ``version`` is
    the result's own: units answer at once. Raises NotVisible (not asked), Forbidden, WrongState, StaleVersion,
    BadInput.
    """
    check = check_lock(check_id, user=user)
    row = check.returns.select_related("unit").filter(unit=unit).first()
    if row is None:
        raise NotVisible()
    actor, name = unit_actor(user, check.plan_version, row.unit, "报送排查结果", said_by)
    need_state(check, (CheckState.OPEN,), "报送排查结果")
    if version is not None and version != row.version:
        raise StaleVersion(changes=[Change(f"{row.unit}的结果", "", _words(row))])
    words = clean_text(text).strip()
    _check_result(check, row, found, words)
    was, again = _words(row), row.returned_at is not None
    row.found, row.note, row.said_by = found, words, name
    row.returned_at, row.returned_by, row.returned_as = database_now(), actor.user, actor.post
    row.version += 1
    row.full_clean()
    row.save()
    _returned(check, row, actor, was if again else "")
    return row


def _check_result(check: HazardCheck, row: CheckReturn, found: int, words: str) -> None:
    problems, filed = Problems(), check.findings.filter(unit=row.unit).count()
    if not 0 <= found <= FOUND_LIMIT:
        problems.add("found", f"隐患数须在 0 到 {FOUND_LIMIT} 之间。")
    elif found < filed:
        problems.add("found", f"本轮已报告 {filed} 处隐患，不能报 {found} 处。")
    if len(words) > NOTE_LIMIT:
        problems.add("note", f"内容过长（{len(words)} 字），最多 {NOTE_LIMIT} 字。")
    problems.raise_any("没有报送，请更正。")


def _words(row: CheckReturn) -> str:
    if row.found is None:
        return "未报送"
    return f"发现{row.found}处" if row.found else "未发现隐患"


def _returned(check: HazardCheck, row: CheckReturn, actor: Actor, was: str) -> None:
    behalf = f"（{row.said_by}电话报来，代录）" if row.said_by else ""
    late = f"，超过报送期限{local_text(check.due_at)}（非预案规定）" if row.late else ""
    change = f"更正排查结果，原报{was}，现报" if was else "报送排查结果："
    text = f"{row.unit.name}{behalf}{change}{_words(row)}{late}。{row.note}"
    note(check, "check.returned", text, actor, clause=clauses_of(check.plan_version).prevention, unit=row.unit.code)
    notices_settle(subject=("hazard_check", check.pk), kinds=ASKED, unit_code=row.unit.code)


@transaction.atomic
def check_chase(*, check_id: int, version: int | None, user: Any, unit: Unit | None = None) -> int:
    """Chase the units that have not answered, or one of them; return how many people were told.

    Raises BadInput (it has answered, is not asked), WrongState, StaleVersion, Forbidden.
    """
    check = check_lock(check_id, user=user)
    check_version(check, version)
    actor = office_actor(user, check.plan_version, "催报排查结果")
    need_state(check, (CheckState.OPEN,), "催报")
    units = silent_units(check)
    if unit is not None:
        units = [one for one in units if one.pk == unit.pk]
    if not units:
        raise BadInput("没有要催的单位：都已报送。", fields={"unit": ["该单位已经报送，或不在本轮排查范围内。"]})
    check.chases += 1
    row_save(check)
    people = unit_people(units, check.plan_version)
    names = "、".join(str(one) for one in units)
    note(check, "check.chased", f"催报排查结果（第{check.chases}次）：{names}；已通知{len(people)}人。", actor)
    title = f"催报：{check.title}（{local_text(check.due_at)}前报送，非预案规定）"
    return tell(check, "check.chased", title, people, clause=clauses_of(check.plan_version).prevention)


def silent_units(check: HazardCheck) -> list[Unit]:
    """Return the units that have not answered."""
    return [row.unit for row in check.returns.filter(found__isnull=True).select_related("unit")]


@transaction.atomic
def check_close(*, check_id: int, version: int | None, user: Any, text: str = "") -> HazardCheck:
    """End a round: by the office, or the unit whose own check it is; who has not answered stays on record as such.

    Raises WrongState, StaleVersion, Forbidden.
    """
    return _end(check_id, version, user, CheckState.CLOSED, clean_text(text).strip())


@transaction.atomic
def check_withdraw(*, check_id: int, version: int | None, reason: str, user: Any) -> HazardCheck:
    """Withdraw a round opened by mistake; what was returned and found stays. Raises BadInput without a reason."""
    return _end(check_id, version, user, CheckState.WITHDRAWN, words_of(reason, "reason", "请写明撤销的理由。"))


def _end(check_id: int, version: int | None, user: Any, state: CheckState, words: str) -> HazardCheck:
    check = check_lock(check_id, user=user)
    check_version(check, version)
    doing = "撤销" if state == CheckState.WITHDRAWN else "结束"
    actor = _ender(user, check, doing)
    need_state(check, (CheckState.OPEN,), doing)
    silent = silent_units(check)
    check.state, check.closed_at, check.close_note = state, database_now(), words
    row_save(check)
    names = f"未报送{len(silent)}个单位：{'、'.join(str(one) for one in silent)}。" if silent else "各单位都已报送。"
    note(check, f"check.{state.value}", f"{doing}隐患排查：{names}{words}", actor)
    notices_settle(subject=("hazard_check", check.pk))
    if state == CheckState.WITHDRAWN and not check.own:
        tell(
            check,
            "check.withdrawn",
            f"隐患排查已撤销：{check.title}",
            unit_people(silent, check.plan_version),
            body=words,
        )
    return check


def _ender(user: Any, check: HazardCheck, doing: str) -> Actor:
    if not check.own:
        return office_actor(user, check.plan_version, f"{doing}隐患排查")
    row = check.returns.select_related("unit").get()
    return unit_actor(user, check.plan_version, row.unit, f"{doing}自查", "")[0]
