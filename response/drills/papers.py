"""The evaluation report of a drill in the county's paper look."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from directory.models import PlanVersion
from response.drills.models import Drill
from response.drills.services.common import act_clause
from yangcheng_ec.clock import local_text
from yangcheng_ec.templatetags.yec import duration_cn

__all__ = ["report_paper"]


def report_paper(drill: Drill, author: str) -> dict[str, Any]:
    """Return what the report says: the drill, each clause with its findings, the injects, what is to be improved."""
    version: PlanVersion = drill.plan_version
    findings = list(drill.findings.all())
    spent = (drill.ended_at - drill.started_at) if drill.ended_at and drill.started_at else None
    return {
        "title": "应急演练评估报告",
        "number": drill.number,
        "author": author,
        "office": version.office_name,
        "plan": f"《{version.title}》（{version.number}）",
        "clause": act_clause(version),
        "drill": drill,
        "facts": _facts(drill, duration_cn(spent.total_seconds()) if spent else "不详"),
        "clauses": [(clause, list(rows)) for clause, rows in groupby(_by_clause(findings), key=lambda row: row.clause)],
        "counts": _counts(findings),
        "injects": list(drill.injects.select_related("unit")),
        "improvements": list(drill.improvements.select_related("unit")),
    }


def _by_clause(findings: list[Any]) -> list[Any]:
    """Return the findings with those of one clause beside each other, in the order a clause first came up."""
    first: dict[str, int] = {}
    for row in findings:
        first.setdefault(row.clause, row.number)
    return sorted(findings, key=lambda row: (first[row.clause], row.number))


def _facts(drill: Drill, spent: str) -> list[tuple[str, str]]:
    units = "、".join(unit.name for unit in drill.participants.all())
    number = drill.incident.number if drill.incident is not None else ""
    return [
        ("演练名称", drill.title),
        ("演练编号", f"{drill.number}（演练事件{number}）"),
        ("情景级别", drill.grade.name if drill.grade else "不设定"),
        ("演练时间", f"{local_text(drill.started_at)}至{local_text(drill.ended_at)}，历时{spent}"),
        ("演练地点", drill.place or "不详"),
        ("参演单位", units),
        ("评估人员", drill.evaluators or "（评估未完成）"),
    ]


def _counts(findings: list[Any]) -> dict[str, int]:
    judged = [row.judgement for row in findings]
    return {"total": len(findings), **{name: judged.count(name) for name in ("done", "partly", "not_done")}}
