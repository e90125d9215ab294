"""Rows that are more than their columns: groups with members, levels, measures with quotes, rules, clauses, rungs.

Each takes the edit under way, the row (saved or new), and the values as they were typed; raises BadInput by field.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from directory.models import (
    Clause,
    GroupMember,
    LadderRung,
    Measure,
    MeasureActor,
    Membership,
    ReportingRule,
    ResponseCondition,
    ResponseLevel,
    Unit,
    WorkGroup,
)
from directory.services.plan_checks import flat, names_number
from directory.services.plan_edits.base import NOT_SAVED, Column, Edit, refused, renumber, unit_named
from yangcheng_ec.deadlines.choices import StepKind
from yangcheng_ec.errors import BadInput, Change

if TYPE_CHECKING:
    from directory.services.plan_edits.sections import Section

__all__ = [
    "actor", "clause", "condition", "free_code", "group", "level", "measure", "member", "plain", "rule", "rung",
    "rung_problem",
]  # fmt: skip

Values = Mapping[str, Any]
QUOTE = Column("quote", "引文", "words")
TOWNSHIP = "事发地乡（镇）人民政府"
LONGEST = 60 * 24 * 365


def plain(work: Edit, section: Section, row: Any, values: Values) -> None:
    """Write the columns and nothing else."""
    work.write(row, section.columns, values)


def member(work: Edit, section: Section, row: Membership, values: Values) -> None:
    """Write a member; a new one takes the unit's name where none was typed, and its clauses from the last one."""
    if row.pk is None:
        unit = unit_named(values.get("unit"))
        if work.draft.memberships.filter(unit=unit).exists():
            raise refused("unit", f"{unit.name}已是成员单位。")
        last = work.draft.memberships.order_by("-number").first()
        row.clause, row.duty_clause, row.duty_name = (
            (last.clause, last.duty_clause, unit.name) if last else ("", "", "")
        )
        values = {**values, "printed_name": values.get("printed_name") or unit.name}
    was = row.duty
    work.write(row, section.columns, values)
    if row.duty != was and row.duty_items:
        row.duty_items = []  # they were the parts of the words that are gone
        row.save(update_fields=["duty_items"])


def group(work: Edit, section: Section, row: WorkGroup, values: Values) -> None:
    """Write a group, its lead and its members: those kept in their printed order, new ones after them.

    ``units`` are ids; ``with_township`` keeps 事发地乡（镇）人民政府.
    """
    was = row.lead_id
    if "lead" in values:
        lead = unit_named(values["lead"], "lead")
        row.printed_lead = row.printed_lead if lead.pk == was else lead.name
    work.write(row, section.columns, {name: value for name, value in values.items() if name not in MEMBERS})
    if "units" in values:
        _regroup(work, row, [int(pk) for pk in values["units"]], bool(values.get("with_township")))


MEMBERS = ("units", "with_township")


def _regroup(work: Edit, row: WorkGroup, unit_ids: list[int], with_township: bool) -> None:
    rows = list(row.members.select_related("unit"))
    kept = [one for one in rows if (one.unit_id in unit_ids if one.unit_id else with_township)]
    known = {one.unit_id for one in kept}
    units = Unit.objects.in_bulk([pk for pk in unit_ids if pk not in known])
    if missing := set(unit_ids) - known - set(units):
        raise refused("units", f"没有编号为{sorted(missing)[0]}的单位。")
    members: list[tuple[Unit | None, str]] = [(one.unit, one.printed_name) for one in kept]
    members += [(unit, unit.name) for unit in units.values()]
    if with_township and None not in known:
        members.append((None, TOWNSHIP))
    was, now = ("、".join(names) for names in ([one.printed_name for one in rows], [name for _, name in members]))
    if was == now:
        return
    row.members.all().delete()
    GroupMember.objects.bulk_create(
        GroupMember(group=row, unit=unit, number=n, printed_name=name) for n, (unit, name) in enumerate(members, 1)
    )
    work.changes.append(Change("组成", was, now))


def level(work: Edit, section: Section, row: ResponseLevel, values: Values) -> None:
    """Write which posts may start a level, and the words that say so, here and in their clause."""
    was = row.procedure
    work.write(row, section.columns, values)
    work.reword(row.procedure_clause, was, row.procedure)


def condition(work: Edit, section: Section, row: ResponseCondition, values: Values) -> None:
    """Write a condition; words that stand in its clause change there too."""
    was = row.text
    work.write(row, section.columns, values)
    work.reword(row.level.conditions_clause, was, row.text)


def measure(work: Edit, section: Section, row: Measure, values: Values) -> None:
    """Write a measure, here and in its clause, and what is quoted of it (``quotes``: actor → words).

    A quote that no longer stands in the words is refused.
    """
    was = row.text
    words = {name: "".join(str(value).splitlines()) for name, value in values.items() if name in ("heading", "text")}
    work.write(row, section.columns, words)
    if row.text != was and row.paragraphs is not None:
        row.paragraphs = None
        row.save(update_fields=["paragraphs"])
    work.reword(row.level.measures_clause, was, row.text)
    quotes: Mapping[int, str] = values.get("quotes", {})
    problems: dict[str, list[str]] = {}
    for one in row.actors.all():
        quote = quotes.get(one.pk, one.quote).strip()
        if not quote or flat(quote) not in flat(row.text):
            problems[f"quote_{one.pk}"] = [f"「{one.title}」的引文须是措施文字中的原话。"]
        else:
            work.write(one, [QUOTE], {"quote": quote}, prefix=one.title)
    if problems:
        raise BadInput(NOT_SAVED, fields=problems)


def actor(work: Edit, section: Section, row: MeasureActor, values: Values) -> None:
    """Write who must do what of a measure: a unit or a group where the kind names one, words of the measure."""
    values = dict(values)
    chosen = values.pop("group", None)
    if "kind" in values:
        values["unit"] = values.get("unit") if values["kind"] == "unit" else None
        if values["kind"] == "unit" and values["unit"] is None:
            raise refused("unit", "责任主体是「指定单位」，请选单位。")
        _in_group(work, row, chosen if values["kind"] == "group" else None, needed=values["kind"] == "group")
    if flat(str(values.get("quote", row.quote))) not in flat(row.measure.text):
        raise refused("quote", "引文须是措施文字中的原话。")
    work.write(row, section.columns, values)


def _in_group(work: Edit, row: MeasureActor, chosen: Any, *, needed: bool) -> None:
    found = work.draft.groups.filter(pk=chosen).first() if chosen else None
    if needed and found is None:
        raise refused("group", "责任主体是「应急工作组」，请选本草案的工作组。")
    if row.group != found:
        work.changes.append(Change("工作组", str(row.group or ""), str(found or "")))
        row.group = found


def rule(work: Edit, section: Section, row: ReportingRule, values: Values) -> None:
    """Write a reporting rule; ``minutes`` None has no minutes, others stand in the quote. ``owed_by_units`` are ids."""
    minutes, was = values.get("minutes"), row.quote
    if minutes is not None and not 1 <= minutes <= LONGEST:
        raise refused("minutes", "分钟须是 1 以上的整数；没有分钟数的请留空。")
    if minutes is not None and not names_number(str(values.get("quote", row.quote)), minutes):
        raise refused("quote", f"引文中没有 {minutes} 分钟，请一并修改引文。")
    if row.pk is None:
        row.code = free_code(
            f"{work.draft.plan.code}:{values.get('clause', '')}-",
            work.draft.reporting_rules.values_list("code", flat=True),
        )
    work.write(row, section.columns, {name: value for name, value in values.items() if name != "owed_by_units"})
    work.reword(row.clause, was, row.quote)
    if "owed_by_units" in values:
        _owing(work, row, [int(pk) for pk in values["owed_by_units"]])


def _owing(work: Edit, row: ReportingRule, unit_ids: list[int]) -> None:
    was = list(row.owed_by_units.order_by("order", "code"))
    units = list(Unit.objects.filter(pk__in=unit_ids).order_by("order", "code"))
    if len(units) != len(set(unit_ids)):
        raise refused("owed_by_units", "请从名单中选择单位。")
    if units != was:
        work.changes.append(Change("指定单位", *("、".join(map(str, rows)) for rows in (was, units))))
        row.owed_by_units.set(units)


def rung(work: Edit, section: Section, row: LadderRung, values: Values) -> None:
    """Write a rung of a ladder: reminders before what is due, escalation after; rungs follow each other in time."""
    timed = bool(values.get("timed", row.timed)) if row.pk is None else row.timed
    kind, minutes = values.get("kind", row.kind), values.get("offset_minutes", row.offset_minutes)
    if reason := rung_problem(timed, str(kind), minutes):
        raise refused("offset_minutes", reason)
    if row.pk is None:
        row.timed, row.anchor = timed, "due" if timed else "start"
        row.number = work.draft.ladder_rungs.filter(timed=timed).count() + 1
    work.write(row, section.columns, values)
    rows = work.draft.ladder_rungs.filter(timed=timed).order_by("offset_minutes", "number")
    renumber(list(rows), "number")


def rung_problem(timed: bool, kind: str, minutes: Any) -> str:
    """Return why a rung may not stand there, or nothing: reminders before what is due, escalation after."""
    if kind not in StepKind.values:
        return ""  # the column says so
    if not isinstance(minutes, int) or abs(minutes) > 60 * 24 * 7:
        return "分钟须是整数，最多一周。"
    if not timed:
        return (
            ""
            if minutes > 0 and kind != StepKind.OVERDUE
            else "没有分钟数的时限不会逾期，只在起算后若干分钟提醒或升级。"
        )
    fits: dict[str, bool] = {
        StepKind.REMIND: minutes < 0,
        StepKind.OVERDUE: minutes == 0,
        StepKind.ESCALATE: minutes > 0,
    }
    return "" if fits.get(kind, True) else "提醒在到期前（负数），逾期在到期时（0），升级在到期后（正数）。"


def clause(work: Edit, section: Section, row: Clause, values: Values) -> None:
    """Write a clause; a new one stands where its number puts it, under a clause there is.

    Leaves of the version's ``texts`` that repeat its words follow them. Quotes that no longer stand in it are named
    by the checks.
    """
    new, was = row.pk is None, row.text
    if new:
        _check_ref(work, str(values.get("ref", "")).strip())
    elif was and not str(values.get("text", was)).strip():
        raise refused("text", "文字不能为空。")
    work.write(row, section.columns, values)
    if new:
        renumber(sorted(work.draft.clauses.all(), key=lambda one: _steps(one.ref)), "order")
    if was and row.text != was:
        work.draft.texts = _reworded(work.draft.texts, was.replace("\n", ""), row.text.replace("\n", ""))


def _check_ref(work: Edit, ref: str) -> None:
    known = set(work.draft.clauses.values_list("ref", flat=True))
    parent = ref.rpartition(".")[0]
    if not re.fullmatch(r"[1-9]\d{0,2}(\.[1-9]\d{0,2}){0,4}", ref, re.ASCII):
        raise refused("ref", "条款号写作 4.2.1 这样的数字。")
    if ref in known:
        raise refused("ref", f"已有条款 {ref}。")
    if parent and parent not in known:
        raise refused("ref", f"没有上一级条款 {parent}，请先增加。")


def _steps(ref: str) -> list[int]:
    return [int(part) if part.isdigit() else 0 for part in ref.split(".")]


def _reworded(value: Any, was: str, now: str) -> Any:
    if isinstance(value, dict):
        return {key: _reworded(item, was, now) for key, item in value.items()}
    if isinstance(value, list):
        return [_reworded(item, was, now) for item in value]
    return now if value == was else value


def free_code(start: str, taken: Iterable[str], first: int = 1) -> str:
    """Return the first code of this beginning that is not taken."""
    known = set(taken)
    number = first
    while f"{start}{number}" in known:
        number += 1
    return f"{start}{number}"
