"""What of this floor rests on which clause, for 「本条用于」 on the plan's page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from directory.models import Clause, PlanVersion
from directory.registry import ClauseUse
from early_warning.rules import ACTION_TITLE

__all__ = ["clause_uses"]

CHART = "流程图"
LIFT_TITLE = "预警解除"


def clause_uses(version: PlanVersion, clauses: Sequence[Clause]) -> Iterator[ClauseUse]:
    """Yield the acts of a warning beside those the plan's own rows name."""
    for clause in clauses:
        if clause.title == ACTION_TITLE:
            yield ClauseUse(clause.ref, "按钮", "预警：单位反馈采取的措施和事态进展")
        elif clause.title == LIFT_TITLE:
            yield ClauseUse(clause.ref, "预警", "解除预警前逐项核对的条件")
        elif CHART in clause.title and version.plan.uses_grades:
            yield ClauseUse(clause.ref, "按钮", "由事件发起预警（未达到响应启动条件）")
