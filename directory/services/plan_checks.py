"""What must hold of a draft before it is put before the second person: the same the loader asks of a file.

Each finding names its row, so that the draft's page leads there.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from directory.choices import UNIT_KINDS, Act, ActorKind, PostKind
from directory.models import Measure, PlanVersion
from directory.services.plan_citing import citing_rows, row_title

__all__ = ["Finding", "flat", "names_number", "revision_faults"]

Wanted = tuple[str, str, str, str, Any]


@dataclass(frozen=True)
class Finding:
    """Something that keeps a draft from being put forward, with the row it is about (``section``, ``row_id``)."""

    words: str
    section: str = ""
    row_id: int = 0


def flat(text: str) -> str:
    """Return words without white space: how quotes are compared."""
    return "".join(text.split())


def names_number(words: str, number: int) -> bool:
    """Return whether a number stands in words by itself: 30, not the 30 of 130."""
    return re.search(rf"(?<!\d){number}(?!\d)", words) is not None


def revision_faults(draft: PlanVersion) -> list[Finding]:
    """Return everything that keeps a draft from being put in force; with a fixed number of statements."""
    whole = PlanVersion.objects.select_related("plan").prefetch_related(*READ).get(pk=draft.pk)
    return [finding for check in CHECKS for finding in check(whole)]


READ = (
    "clauses", "posts", "memberships", "categories__subitems", "groups__members", "grades__criteria", "warning_levels",
    "response_levels__conditions__level", "response_levels__measures__level", "response_levels__measures__actors",
    "reporting_rules__addressees", "reporting_rules__owed_by_units", "act_rules", "ladder_rungs",
    "based_on__act_rules",
)  # fmt: skip


def _clauses(draft: PlanVersion) -> Iterator[Finding]:
    """Whatever cites a clause cites one there is; what cites none is marked as not from the plan."""
    known = {clause.ref for clause in draft.clauses.all()}
    for row, ref in citing_rows(draft):
        section = SECTION_OF.get(row._meta.model_name, "")
        if ref and ref not in known:
            yield Finding(f"{row_title(row)}引用的条款 {ref} 不存在", section, row.pk)
        elif not ref and not getattr(row, "non_plan", True):
            yield Finding(f"{row_title(row)}没有写明条款，又没有标「非预案规定」", section, row.pk)


SECTION_OF = {
    "post": "post", "membership": "member", "workgroup": "group", "category": "category", "grade": "grade",
    "warninglevel": "warning", "responselevel": "level", "reportingrule": "rule", "actrule": "act",
}  # fmt: skip


def _quotes(draft: PlanVersion) -> Iterator[Finding]:
    """Conditions, measures, rules and acts quote their clause word for word."""
    printed = {clause.ref: flat(clause.text) for clause in draft.clauses.all()}
    for level in draft.response_levels.all():
        wanted: list[Wanted] = [(f"{level}启动程序", level.procedure_clause, level.procedure, "level", level)]
        for what, section, ref, rows in (
            ("条件", "condition", level.conditions_clause, level.conditions.all()),
            ("措施", "measure", level.measures_clause, level.measures.all()),
        ):
            wanted += [(f"{level}{what}（{row.number}）", ref, row.text, section, row) for row in rows]
        yield from _missing(printed, wanted)
    rules = draft.reporting_rules.all()
    yield from _missing(printed, [(f"报告规则「{row}」", row.clause, row.quote, "rule", row) for row in rules])
    acts = [row for row in draft.act_rules.all() if row.quote]
    words = [(f"「{row.get_act_display()}」的依据", row.clause, row.quote, "act", row) for row in acts]
    yield from _missing(printed, words)


def _missing(printed: dict[str, str], wanted: Sequence[Wanted]) -> Iterator[Finding]:
    for what, ref, text, section, row in wanted:
        if flat(text) not in printed.get(ref, ""):
            yield Finding(f"{what}的文字在条款 {ref} 中找不到，请一并修改条款原文", section, row.pk)


def _actors(draft: PlanVersion) -> Iterator[Finding]:
    """Somebody must act on each measure, in the measure's words."""
    for measure in [row for level in draft.response_levels.all() for row in level.measures.all()]:
        if not measure.actors.all():
            yield Finding(f"{_measure(measure)}没有责任主体，不会产生任务", "measure", measure.pk)
        for row in measure.actors.all():
            if flat(row.quote) not in flat(measure.text):
                yield Finding(f"{_measure(measure)}责任主体「{row.title}」的引文不在措施的文字中", "actor", row.pk)
            if (row.kind == ActorKind.UNIT and not row.unit_id) or (row.kind == ActorKind.GROUP and not row.group_id):
                yield Finding(f"{_measure(measure)}责任主体「{row.title}」没有指明单位或工作组", "actor", row.pk)


def _measure(row: Measure) -> str:
    return str(row) if row.number else f"{row.level}措施总述"


def _levels(draft: PlanVersion) -> Iterator[Finding]:
    """Each level has its conditions and measures, and is approved by a post of this plan."""
    kinds = {post.kind for post in draft.posts.all()}
    for level in draft.response_levels.all():
        if not level.approvers:
            yield Finding(f"{level}没有写明由谁批准启动", "level", level.pk)
        for kind in level.approvers:
            if kind not in kinds | set(UNIT_KINDS):
                yield Finding(f"{level}的批准职务「{_kind(kind)}」不是本预案的职务", "level", level.pk)
        for what, rows in (("启动条件", level.conditions.all()), ("响应措施", level.measures.all())):
            if not rows:
                yield Finding(f"{level}没有{what}", "level", level.pk)


def _acts(draft: PlanVersion) -> Iterator[Finding]:
    """Every act of the version in force is still somebody's; nobody's act would stop the system."""
    kinds = {post.kind for post in draft.posts.all()} | set(UNIT_KINDS)
    rules = {rule.act: rule for rule in draft.act_rules.all()}
    for rule in rules.values():
        if not set(rule.post_kinds) & kinds:
            yield Finding(f"「{rule.get_act_display()}」没有可以办理的职务", "act", rule.pk)
    base = [rule.act for rule in draft.based_on.act_rules.all()] if draft.based_on else []
    for act in sorted(set(base) - set(rules)):
        yield Finding(f"「{Act(act).label}」没有写明谁可以办理", "act")


def _rules(draft: PlanVersion) -> Iterator[Finding]:
    """A rule says who owes the report, to whom, and in the clause's own minutes."""
    for rule in draft.reporting_rules.all():
        if not rule.addressees.all():
            yield Finding(f"报告规则「{rule}」没有报告对象", "rule", rule.pk)
        if not rule.owed_by_kinds:
            yield Finding(f"报告规则「{rule}」没有责任单位类别", "rule", rule.pk)
        if ActorKind.UNIT in rule.owed_by_kinds and not rule.owed_by_units.all():
            yield Finding(f"报告规则「{rule}」由指定单位报告，但没有选单位", "rule", rule.pk)
        if rule.minutes is not None and not names_number(rule.quote, rule.minutes):
            yield Finding(f"报告规则「{rule}」的 {rule.minutes} 分钟在引文中找不到", "rule", rule.pk)


def _grades(draft: PlanVersion) -> Iterator[Finding]:
    """Conditions and rules name grades there are."""
    known = {grade.code for grade in draft.grades.all()}
    conditions = [row for level in draft.response_levels.all() for row in level.conditions.all()]
    rows: list[tuple[str, Any]] = [("rule", row) for row in draft.reporting_rules.all()]
    for section, row in [*rows, *(("condition", row) for row in conditions)]:
        if set(row.grades) - known:
            yield Finding(f"{row_title(row)}所指的事件分级已不在草案中", section, row.pk)


def _doubles(draft: PlanVersion) -> Iterator[Finding]:
    """Nothing is listed twice: sub-items of a category, members, categories."""
    subitems = [row for category in draft.categories.all() for row in category.subitems.all()]
    yield from _twice("子类", "subitem", subitems, lambda row: (row.category_id, row.name))
    yield from _twice("分类", "category", draft.categories.all(), lambda row: row.name)
    members = [row for row in draft.memberships.all() if row.unit_id]
    yield from _twice("成员单位", "member", members, lambda row: row.unit_id)


def _twice(what: str, section: str, rows: Iterable[Any], key: Callable[[Any], Any]) -> Iterator[Finding]:
    found = list(rows)
    count = Counter(key(row) for row in found)
    for row in found:
        if count[key(row)] > 1:
            yield Finding(f"{what}「{row}」重复", section, row.pk)


def _numbers(draft: PlanVersion) -> Iterator[Finding]:
    """Rows that are cited by their number follow each other without a gap."""
    for what, section, rows, place in (
        ("成员单位", "member", draft.memberships.all(), "number"), ("工作组", "group", draft.groups.all(), "number"),
        ("分类", "category", draft.categories.all(), "number"),
        ("预警级别", "warning", draft.warning_levels.all(), "ordinal"),
        ("响应级别", "level", draft.response_levels.all(), "ordinal"),
        ("有分钟数的提醒与升级", "rung", [row for row in draft.ladder_rungs.all() if row.timed], "number"),
        ("其他提醒与升级", "rung", [row for row in draft.ladder_rungs.all() if not row.timed], "number"),
    ):  # fmt: skip
        yield from _gaps(what, section, rows, place)
    for section, above, related, what in (
        ("subitem", draft.categories.all(), "subitems", "子类"), ("criterion", draft.grades.all(), "criteria", "标准"),
        ("condition", draft.response_levels.all(), "conditions", "启动条件"),
        ("measure", draft.response_levels.all(), "measures", "措施"), ("", draft.groups.all(), "members", "组成单位"),
    ):  # fmt: skip
        for parent in above:
            yield from _gaps(f"{parent}的{what}", section, getattr(parent, related).all(), "number")


def _gaps(what: str, section: str, rows: Iterable[Any], place: str) -> Iterator[Finding]:
    last = 0
    for row in sorted(rows, key=lambda one: getattr(one, place)):
        number = getattr(row, place)
        if number and number != last + 1:
            yield Finding(f"{what}序号不连续：缺第 {last + 1}", section, row.pk)
        last = number


def _whole(draft: PlanVersion) -> Iterator[Finding]:
    """A plan without members or reminders cannot be worked by."""
    if not draft.memberships.all():
        yield Finding("没有成员单位", "member")
    timed = {rung.timed for rung in draft.ladder_rungs.all()}
    for wanted, words in ((True, "有分钟数的时限"), (False, "「立即」「及时」的时限")):
        if wanted not in timed:
            yield Finding(f"{words}没有提醒与升级", "rung")
    for rung in draft.ladder_rungs.all():
        if not rung.audience:
            yield Finding(f"提醒与升级第 {rung.number} 级没有告知任何人", "rung", rung.pk)


def _kind(kind: str) -> str:
    return str(PostKind(kind).label) if kind in PostKind.values else kind


CHECKS: tuple[Callable[[PlanVersion], Iterable[Finding]], ...] = (
    _clauses, _quotes, _actors, _levels, _acts, _rules, _grades, _doubles, _numbers, _whole,
)  # fmt: skip
