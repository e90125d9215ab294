"""The plans' words on prevention (cyber 3.1, 3.2.2; comms 3.1, 3.2). Docstrings are the sentences the user reads.

Rounds, due times, verification and chasing are the product's own: 「非预案规定」.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from directory.choices import UnitKind
from directory.models import Clause, PlanVersion, ReportingRule, Unit
from directory.rules import clause_label
from directory.selectors.units import units_in_use
from early_warning.prevention.choices import IN_MENDING
from early_warning.prevention.models import Finding
from yangcheng_ec.clock import local_text

__all__ = ["Clauses", "clauses_of", "is_late", "named_groups", "named_units", "operator_rule", "warning_basis"]

# Clauses are found by their titles, as the plans print them.
PREVENTION = ("预防", "预防机制")
MONITORING = ("监测与发布", "信息监测与报告")
# The trigger of the rule of an event found by one of the five operators (R12).
OPERATOR_EVENT = "operator_incident"
OPERATORS, WATCHERS = "条款列名的企业", "条款列名的监测单位"
TOWNSHIPS, DEPARTMENTS = "各乡（镇）人民政府", "县直各部门"


@dataclass(frozen=True)
class Clauses:
    """The labels of the two clauses: ``prevention`` asks for checks and mending, ``monitoring`` for reporting."""

    prevention: str
    monitoring: str


def clauses_of(version: PlanVersion) -> Clauses:
    """预防：谁主管谁负责、谁运行谁负责，排查隐患（网络预案 3.1、通信预案 3.2）；监测并报告（3.2.2；3.1）。"""
    refs = dict(
        Clause.objects.filter(version=version, title__in=[*PREVENTION, *MONITORING]).values_list("title", "ref")
    )
    found = [next((refs[title] for title in titles if title in refs), "") for titles in (PREVENTION, MONITORING)]
    return Clauses(*(clause_label(version, ref) for ref in found))


def operator_rule(version: PlanVersion) -> ReportingRule | None:
    """遇到突发事件，按有关规定立即上报县指挥部办公室（通信预案 3.1）。网络预案没有这一条。"""
    rows = ReportingRule.objects.filter(version=version, trigger=OPERATOR_EVENT)
    return rows.prefetch_related("owed_by_units").first()


def named_groups(version: PlanVersion, rule: ReportingRule | None) -> list[tuple[str, list[Unit]]]:
    """Return the units whose duty to watch, check and report the clauses state, each once, under the clauses' words.

    3.2.2 列名的监测单位、各乡（镇）人民政府、县直各部门（网络预案 3.1、3.2.2）；通信预案 3.1 的五家企业。
    """
    if rule is not None:
        return [(OPERATORS, list(rule.owed_by_units.filter(retired=False).order_by("order", "code")))]
    bodies = _bodies(version)
    if not bodies:
        return []
    named = list(units_in_use().filter(Q(name__in=bodies) | Q(aliases__name__in=bodies)).distinct())
    rest = list(units_in_use().filter(Q(county_level=True) | Q(kind=UnitKind.TOWNSHIP)))
    rest = [unit for unit in rest if unit not in named]
    townships = [unit for unit in rest if unit.kind == UnitKind.TOWNSHIP]
    return [(WATCHERS, named), (TOWNSHIPS, townships), (DEPARTMENTS, [unit for unit in rest if unit not in townships])]


def named_units(version: PlanVersion, rule: ReportingRule | None) -> list[Unit]:
    """Return all units the clauses name."""
    return [unit for _label, units in named_groups(version, rule) for unit in units]


def _bodies(version: PlanVersion) -> Sequence[str]:
    texts: dict[str, Any] = version.texts
    flow = texts.get("warning_flow")
    found: list[str] = (flow or {}).get("monitoring", {}).get("bodies", [])
    return found


def is_late(finding: Finding, now: datetime) -> bool:
    """整改期限已过而还没有整改完成（期限由办公室确定，非预案规定）。"""
    return finding.state in IN_MENDING and finding.due_at is not None and finding.due_at <= now


def warning_basis(finding: Finding) -> str:
    """Return the basis of a warning begun from a finding, naming it."""
    lines = [
        f"由风险隐患{finding.number}研判而来：{finding.title}（{finding.place}）。",
        f"{finding.unit.name}于{local_text(finding.found_at)}发现：{finding.description}",
    ]
    if finding.severity:
        lines.append(f"可能的危害：{finding.severity}")
    return "\n".join(lines)
