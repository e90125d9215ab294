"""What of prevention rests on which clause, for 「本条用于」 on the plan's page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from directory.models import Clause, PlanVersion
from directory.registry import ClauseUse
from early_warning.prevention.rules import MONITORING, PREVENTION

__all__ = ["clause_uses"]


def clause_uses(version: PlanVersion, clauses: Sequence[Clause]) -> Iterator[ClauseUse]:
    """Yield checks and mending for the clause on prevention, reporting for the one on watching."""
    for clause in clauses:
        if clause.title in PREVENTION:
            yield ClauseUse(clause.ref, "按钮", "隐患排查；隐患整改、复核（期限与复核为非预案规定）")
        if clause.title in MONITORING:
            yield ClauseUse(clause.ref, "按钮", "报告风险隐患")
