"""What of this floor rests on which clause, for 「本条用于」 on the plan's page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from directory.models import Clause, PlanVersion
from directory.registry import ClauseUse
from incidents.rules import CLAUSES

__all__ = ["clause_uses"]

# 登记接报 itself is a row of the plan's own acts.
ACTS = {
    "report": "报告：拟稿、签发、报出、签收",
    "inquiry": "催报、核实与回复",
    "triage": "核实：确认、误报、转交",
    "analyse": "研判：选择分类",
    "grade": "研判：选择级别、改级",
    "close": "结案",
}
OFFICE_TAKES = "2.2"
FORM = "上报表"


def clause_uses(version: PlanVersion, clauses: Sequence[Clause]) -> Iterator[ClauseUse]:
    """Yield the acts of a case and the papers it prints, each with its clause."""
    for act, ref in CLAUSES.get(version.plan.code, {}).items():
        if ref and act in ACTS:
            yield ClauseUse(ref, "按钮", ACTS[act])
    yield ClauseUse(OFFICE_TAKES, "按钮", "另一办公室接手事件")
    contents = str(version.texts.get("report_contents_text", ""))
    for clause in clauses:
        if contents and contents in clause.text:
            paper = "文字报告要写的内容" if version.plan.uses_form_8_7 else "书面简要报告（PDF）"
            yield ClauseUse(clause.ref, "文书", paper)
        if version.plan.uses_form_8_7 and clause.ref.startswith("8") and FORM in clause.title:
            yield ClauseUse(clause.ref, "文书", f"{clause.title}（PDF）")
