"""What must hold of a draft before it is put before the second person: the same the loader asks of a file."""

from __future__ import annotations

from collections.abc import Iterator

from directory.choices import PostKind
from directory.models import MeasureActor, PlanVersion

__all__ = ["flat", "revision_faults"]


def flat(text: str) -> str:
    """Return words without white space: how quotes are compared."""
    return "".join(text.split())


def revision_faults(draft: PlanVersion) -> list[str]:
    """Return, in words, everything that keeps a draft from being put in force; with a fixed number of statements."""
    return [*_quotes(draft), *_actors(draft), *_posts(draft), *_rules(draft), *_members(draft)]


def _quotes(draft: PlanVersion) -> Iterator[str]:
    """Conditions, measures, rules and acts quote their clause word for word."""
    printed = {clause.ref: flat(clause.text) for clause in draft.clauses.all()}
    for level in draft.response_levels.prefetch_related("conditions", "measures"):
        wanted = [(f"{level}启动程序", level.procedure_clause, level.procedure)]
        for what, ref, rows in (
            ("条件", level.conditions_clause, level.conditions.all()),
            ("措施", level.measures_clause, level.measures.all()),
        ):
            wanted += [(f"{level}{what}（{row.number}）", ref, row.text) for row in rows]
        yield from _missing(printed, wanted)
    yield from _missing(printed, [(f"报告规则「{row}」", row.clause, row.quote) for row in draft.reporting_rules.all()])
    acts = draft.act_rules.exclude(quote="")
    yield from _missing(printed, [(f"「{row.get_act_display()}」的依据", row.clause, row.quote) for row in acts])


def _missing(printed: dict[str, str], wanted: list[tuple[str, str, str]]) -> Iterator[str]:
    for what, ref, text in wanted:
        if flat(text) not in printed.get(ref, ""):
            yield f"{what}的文字在条款 {ref} 中找不到，请一并修改条款原文"


def _actors(draft: PlanVersion) -> Iterator[str]:
    rows = MeasureActor.objects.filter(measure__level__version=draft).select_related("measure__level")
    for row in rows:
        if flat(row.quote) not in flat(row.measure.text):
            yield f"{row.measure}责任主体「{row.title}」的引文不在措施的文字中"


def _posts(draft: PlanVersion) -> Iterator[str]:
    """Whoever approves must be a post of this plan."""
    kinds = set(draft.posts.values_list("kind", flat=True)) | {PostKind.UNIT_LEADER, PostKind.UNIT_LIAISON}
    for level in draft.response_levels.all():
        if not level.approvers:
            yield f"{level}没有写明由谁批准启动"
        for kind in level.approvers:
            if kind not in kinds:
                yield f"{level}的批准职务「{PostKind(kind).label}」不是本预案的职务"
    for rule in draft.act_rules.all():
        if not set(rule.post_kinds) & kinds:
            yield f"「{rule.get_act_display()}」没有可以办理的职务"


def _rules(draft: PlanVersion) -> Iterator[str]:
    for rule in draft.reporting_rules.prefetch_related("addressees"):
        if not rule.addressees.all():
            yield f"报告规则「{rule}」没有报告对象"
        if rule.minutes is not None and str(rule.minutes) not in rule.quote:
            yield f"报告规则「{rule}」的 {rule.minutes} 分钟在引文中找不到"


def _members(draft: PlanVersion) -> Iterator[str]:
    if not draft.memberships.exists():
        yield "没有成员单位"
