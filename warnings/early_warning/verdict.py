"""对照预案 of a warning begun from an incident: did its facts meet a response condition (8.2), and which 情形."""

from __future__ import annotations

from dataclasses import dataclass, field

from directory.models import PlanVersion, ResponseLevel, WarningLevel
from incidents.conditions import Facts, Finding, Verdict, facts_from, judge
from incidents.models import Incident
from incidents.selectors.conditions import condition_finding, missing_words

__all__ = ["ResponseVerdict", "SituationRow", "response_verdict", "situation_rows"]


@dataclass(frozen=True)
class ResponseVerdict:
    """What the facts say of all response conditions: those they meet, and how many cannot be judged yet."""

    text: str
    met: tuple[str, ...] = ()
    unknown: int = 0


@dataclass(frozen=True)
class SituationRow:
    """One 情形 with what the facts say of it."""

    level: WarningLevel
    finding: Finding
    missing: list[tuple[str, str]] = field(default_factory=list)


def response_verdict(incident: Incident) -> ResponseVerdict:
    """未达到应急响应启动条件的，启动预警（网络预案 8.2）：说明已知情况符合哪些响应启动条件；由人决定。"""
    if incident.secret:
        return ResponseVerdict("涉密事件，本系统不存内容，无法对照响应启动条件。")
    facts = facts_from(incident.facts, incident.grade)
    met, unknown = _met(incident.plan_version, facts)
    if met:
        text = f"已知情况符合响应启动条件：{'、'.join(met)}。应先研判是否启动响应。"
    elif unknown:
        text = f"已知情况没有符合任何一级的响应启动条件；另有{unknown}项条件尚不能判断。"
    else:
        text = "已知情况不符合任何一级的响应启动条件。"
    return ResponseVerdict(text, tuple(met), unknown)


def _met(version: PlanVersion, facts: Facts) -> tuple[list[str], int]:
    met, unknown = [], 0
    for level in ResponseLevel.objects.filter(version=version).prefetch_related("conditions").order_by("ordinal"):
        for condition in level.conditions.all():
            verdict = condition_finding(condition, facts).verdict
            if verdict in (Verdict.MET, Verdict.SPLIT):
                met.append(f"{level}第{condition.number}项")
            unknown += verdict == Verdict.UNKNOWN
    return met, unknown


def situation_rows(version: PlanVersion, incident: Incident | None) -> list[SituationRow]:
    """Return the plan's 情形, each judged against the incident's facts; none where levels have no criteria (colours).

    Without an incident there are no facts: nothing is judged and nothing suggested.
    """
    if incident is None or incident.secret:
        return []
    facts = facts_from(incident.facts, incident.grade)
    rows = []
    for level in version.warning_levels.all():
        if level.text:
            finding = judge(level.text, facts)
            rows.append(SituationRow(level, finding, missing_words(finding)))
    return rows
