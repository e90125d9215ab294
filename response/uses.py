"""What of this floor rests on which clause, for 「本条用于」 on the plan's page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from directory.choices import AftercareKind, DutyModeKind, PayerKind
from directory.models import Clause, PlanVersion
from directory.registry import ClauseUse
from response.running import rules

__all__ = ["clause_uses"]

UNLISTED = "未列出的部门和单位"
NEWS = "信息发布"
AFTER = {
    "report": "总结调查报告", "stand_down": "队伍撤离", "rebuild": "恢复重建计划", "lessons": "教训和改进措施",
    "revision": "修订预案的建议", "praise": "表彰", "blame": "责任追究",
}  # fmt: skip
# The acts of a running response, by the words of the clause they rest on.
RUNNING = {
    "应急指令：发布、签收、报告执行情况": rules.ORDER,
    "现场应急指挥部：组建、撤销": rules.ON_SITE,
    "社会力量和专家：动员并列为任务": rules.FORCES,
    "信息汇总：按时收集、编成报告（间隔为非预案规定）": rules.SITUATION,
}


def clause_uses(version: PlanVersion, clauses: Sequence[Clause]) -> Iterator[ClauseUse]:
    """Yield the acts of a response beside those the plan's own rows name."""
    for clause in clauses:
        if UNLISTED in clause.text:
            yield ClauseUse(clause.ref, "任务", "指令任务：派给预案未列出的部门和单位")
        if any(str(kind.label) in clause.text for kind in DutyModeKind):
            yield ClauseUse(clause.ref, "值班", "启动时打开值班表：24小时值班、联络畅通")
        if clause.title == NEWS:
            yield ClauseUse(clause.ref, "按钮", "信息发布：拟稿、报批、发布")
        for label, words in RUNNING.items():
            if any(word in clause.text for word in words):
                yield ClauseUse(clause.ref, "按钮", label)
        if clause.title == rules.FIRST_ACTION and version.texts.get("first_response"):
            yield ClauseUse(clause.ref, "按钮", "先期处置：事发单位自行记录")
    yield from _after(version)


def _after(version: PlanVersion) -> Iterator[ClauseUse]:
    """Yield what follows a response, by the plan's own section on it."""
    after = version.texts.get("after") or {}
    for name, words in AFTER.items():
        row = after.get(name)
        if row:
            yield ClauseUse(row["clause"], "名单", words, row["non_plan"])
    for row in after.get("routes", []):
        yield ClauseUse(row["clause"], "按钮", f"调查的组织：{row['organiser']}")
    for row in after.get("care", []):
        yield ClauseUse(row["clause"], "名单", f"善后事项：{AftercareKind(row['kind']).label}")
    for row in after.get("payers", []):
        yield ClauseUse(row["clause"], "名单", f"费用承担：{PayerKind(row['kind']).label}")
