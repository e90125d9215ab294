"""What a report begins with: the facts of the case under each heading, for a person to weigh and write out."""

from __future__ import annotations

from collections.abc import Callable

from incidents.choices import Symptom
from incidents.models import Incident
from response.aftermath.choices import Outcome
from response.aftermath.performance import clock_duties
from response.aftermath.rules import report_sections

__all__ = ["first_texts"]


def first_texts(incident: Incident) -> dict[str, str]:
    """Return the first words of each section the clause asks for, from the case; empty where it says nothing."""
    return {
        section.key: FIRST[section.key](incident) if section.key in FIRST else ""
        for section in report_sections(incident.plan_version)
    }


def _said(*parts: tuple[str, object]) -> str:
    """Return what is known, one line each."""
    return "\n".join(f"{label}：{value}" for label, value in parts if value not in ("", None))


def _cause(incident: Incident) -> str:
    facts = incident.facts
    return _said(
        ("中断原因", facts.get("cause")), ("灾害性质", facts.get("disaster_nature")), ("经过", incident.description),
        ("数据痕迹和细节", facts.get("traces")),
    )  # fmt: skip


def _nature(incident: Incident) -> str:
    kind = "，".join(str(part) for part in (incident.category, incident.subcategory) if part)
    grade = f"{incident.grade}" if incident.grade else ""
    ground = incident.criterion.text if incident.criterion else ""
    return _said(("分类", kind), ("级别", grade), ("标准", ground), ("严重程度", incident.facts.get("severity")))


def _impact(incident: Incident) -> str:
    seen = "、".join(str(Symptom(value).label) for value in incident.symptoms if value in Symptom.values)
    return _said(
        ("影响范围", incident.impact_scope), ("危害表象", seen), ("社会影响", incident.facts.get("social_impact")),
        ("经济损失的初步评估", incident.loss_estimate),
    )  # fmt: skip


def _consequence(incident: Incident) -> str:
    return _said(
        ("后果的初步估计", incident.consequence_estimate), ("预计损失", incident.facts.get("loss_expected")),
        ("退服基站数", incident.facts.get("stations_down")),
    )  # fmt: skip


def _responsibility(incident: Incident) -> str:
    """The units, and what was reported late or not at all (7.2, 7.3: 瞒报漏报): the finding is a person's."""
    faults = [duty for duty in clock_duties(incident) if duty.outcome in (Outcome.LATE, Outcome.SKIPPED)]
    lines = "\n".join(f"{duty.clause} {duty.title}：{duty.evidence}" for duty in faults)
    unit = "" if incident.incident_unit_label == "不详" else incident.incident_unit_label
    return _said(("事发单位", unit), ("逾期、未报的时限", f"\n{lines}" if lines else ""))


def _measures(incident: Incident) -> str:
    return _said(("处置措施", incident.measures_taken), ("拟采取的措施", incident.facts.get("planned_measures")))


def _suggestions(incident: Incident) -> str:
    return _said(("事件处置中的意见和建议", incident.suggestions))


FIRST: dict[str, Callable[[Incident], str]] = {
    "cause": _cause,
    "nature": _nature,
    "impact": _impact,
    "consequence": _consequence,
    "responsibility": _responsibility,
    "capacity": _measures,
    "opinion": _suggestions,
}
