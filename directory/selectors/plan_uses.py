"""«本条用于»: which buttons, clocks, levels, warnings, tasks and papers rest on a clause, from the plan's rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from directory.registry import ClauseUse, registered_uses
from directory.selectors.plans import PlanReading, readings_of

__all__ = ["clause_uses"]

KINDS = ("按钮", "时限", "响应级别", "任务", "预警", "文书", "分类分级", "职务", "名单")


def clause_uses(reading: PlanReading) -> Mapping[str, Sequence[ClauseUse]]:
    """Return clause ref → what rests on it; a use of 「4.2.1.3（2）」 stands with 4.2.1.3."""
    found: dict[str, list[ClauseUse]] = {}
    for use in (*_own(reading), *registered_uses(reading.version, reading.rows)):
        uses = found.setdefault(use.ref.partition("（")[0], [])
        if use not in uses:
            uses.append(use)
    return {ref: sorted(uses, key=_place) for ref, uses in found.items()}


def _place(use: ClauseUse) -> int:
    return KINDS.index(use.kind) if use.kind in KINDS else len(KINDS)


def _own(reading: PlanReading) -> Iterator[ClauseUse]:
    for act in reading.acts:
        yield ClauseUse(act.clause, "按钮", str(act.get_act_display()), act.non_plan)
    for rule in reading.rules:
        yield ClauseUse(rule.clause, "时限", f"{rule.title}（{_wording(rule)}）", "wording" in readings_of(rule))
    yield from _of_levels(reading)
    for level in reading.warning_levels:
        yield ClauseUse(level.clause, "预警", f"预警级别：{level.name}")
    for post in reading.posts:
        yield ClauseUse(post.clause, "职务", f"{post.label}（{post.title}）", post.non_plan)
    yield from _of_lists(reading)


def _wording(rule: object) -> str:
    minutes = getattr(rule, "minutes", None)
    return f"{minutes}分钟" if minutes else str(getattr(rule, "wording", ""))


def _of_levels(reading: PlanReading) -> Iterator[ClauseUse]:
    for level in reading.levels:
        yield ClauseUse(level.conditions_clause, "响应级别", f"{level}的{len(level.conditions.all())}项启动条件")
        yield ClauseUse(level.procedure_clause, "按钮", f"提出、批准启动{level}")
        if level.needs_confirmation:
            yield ClauseUse(level.procedure_clause, "按钮", f"{level}启动前的指挥部确认")
        for measure in level.measures.all():
            number = f"（{measure.number}）" if measure.number else "总述"
            count = len(measure.actors.all())
            if count:
                yield ClauseUse(level.measures_clause, "任务", f"{level}措施{number}{measure.heading}：{count}项任务")


def _of_lists(reading: PlanReading) -> Iterator[ClauseUse]:
    if reading.members:
        yield ClauseUse(reading.members[0].clause, "名单", f"{len(reading.members)}个成员单位")
        yield ClauseUse(reading.members[0].duty_clause, "名单", "成员单位职责（任务页显示）")
    if reading.groups:
        yield ClauseUse(reading.groups[0].clause, "名单", f"{len(reading.groups)}个应急工作组")
    for category in reading.categories[:1]:
        yield ClauseUse(category.clause, "分类分级", f"事件分类：{len(reading.categories)}类")
    for grade in reading.grades:
        yield ClauseUse(grade.clause, "分类分级", f"事件分级：{grade.name}")
    if reading.contacts_ref:
        yield ClauseUse(reading.contacts_ref, "名单", f"通讯录：{reading.contacts}条")
