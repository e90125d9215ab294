"""From what was typed to a row: plan, units, category, grade, symptoms, comms facts; every fault beside its field."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from django.db import models

from directory.choices import UnitKind
from directory.models import Category, Criterion, Grade, PlanVersion, SubCategory
from directory.services.plan_revisions import plans_enforce_due
from incidents.choices import BusinessScope, Capacity, IntakeChannel, Spreading, Symptom, TriState
from incidents.services.common import unit_named
from yangcheng_ec.errors import BadInput
from yangcheng_ec.text import LONG_TEXT_LIMIT, clean_text

__all__ = [
    "ANALYSIS_LABELS",
    "CHOICES",
    "COUNTS",
    "FACT_LABELS",
    "LISTS",
    "LONG_TEXTS",
    "SECRET_CONTENT",
    "SHORT_TEXTS",
    "Intake",
    "Problems",
    "category_named",
    "criterion_numbered",
    "facts_of",
    "grade_named",
    "plan_named",
    "symptoms_of",
    "texts_of",
    "units_of",
]

UNDETERMINED = "undetermined"
TITLE_FROM_DESCRIPTION = 40

# The comms plan's own facts (4.1, 4.2): traces, nature, cause, what is hit, all or part, spreading, stations, measures.
FACT_LABELS = {
    "traces": "数据痕迹和细节", "disaster_nature": "灾害性质", "cause": "中断原因", "networks": "受影响的网络",
    "systems": "受影响的重要信息系统", "network_count": "受影响的基础运营网络数",
    "system_count": "受影响的重要信息系统数", "networks_all": "是否影响本县所有网络",
    "systems_all": "是否影响本县所有重要信息系统", "business": "业务受影响范围", "spreading": "扩散性",
    "stations_down": "退服基站数", "planned_measures": "拟采取的措施", "social_impact": "社会影响",
}  # fmt: skip
ANALYSIS_LABELS = {
    "loss_expected": "预计损失", "severity": "严重程度", "spread": "扩散情况", "capacity": "现有处置能力",
}  # fmt: skip
LISTS = ("networks", "systems")
COUNTS = ("network_count", "system_count", "stations_down")
CHOICES: dict[str, type[models.TextChoices]] = {
    "networks_all": TriState, "systems_all": TriState, "business": BusinessScope, "spreading": Spreading,
    "capacity": Capacity,
}  # fmt: skip
SHORT_TEXTS = (
    "title", "caller_name", "caller_number", "location", "source", "incident_unit_text", "reporting_unit_text",
)  # fmt: skip
LONG_TEXTS = (
    "description", "measures_taken", "consequence_estimate", "suggestions", "loss_estimate", "impact_scope", "trend",
)  # fmt: skip
# What says something of the event itself: nothing of it is kept of a secret one (comms 4.1, 6.3).
SECRET_CONTENT = (
    "title", "location", "source", "township", "incident_unit", "incident_unit_text", "category", "subcategory",
    "grade", "symptoms", "facts", *LONG_TEXTS,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Intake:
    """What was taken down. Only the plan, what happened and who called are needed; the rest may be 「不详」.

    Units are given by code, name or alias; category and sub-item by code or name; grade by code or name.
    ``secret`` (涉密) forbids all content: only who called, when, and which secure channel it went by.
    """

    plan: str
    title: str = ""
    description: str = ""
    channel: str = IntakeChannel.PHONE
    caller_name: str = ""
    caller_number: str = ""
    read_back: bool = False
    occurred_at: datetime | None = None
    occurred_approximate: bool = False
    known_at: datetime | None = None
    received_at: datetime | None = None
    location: str = ""
    township: str = ""
    incident_unit: str = ""
    incident_unit_text: str = ""
    reporting_unit: str = ""
    reporting_unit_text: str = ""
    source: str = ""
    category: str = ""
    subcategory: str = ""
    grade: str = ""
    symptoms: tuple[str, ...] = ()
    measures_taken: str = ""
    consequence_estimate: str = ""
    suggestions: str = ""
    loss_estimate: str = ""
    impact_scope: str = ""
    trend: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    drill: bool = False
    secret: bool = False
    secret_channel: str = ""
    secret_sent_at: datetime | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return everything that was sent, for the fingerprint of a retry."""
        return {item.name: getattr(self, item.name) for item in fields(self)}


class Problems:
    """Gathers refusals so that a person sees them all at once."""

    def __init__(self) -> None:
        self.fields: dict[str, list[str]] = {}

    def add(self, name: str, text: str) -> None:
        """Note one fault."""
        self.fields.setdefault(name, []).append(text)

    @contextmanager
    def gather(self) -> Iterator[None]:
        """Note the faults of a refusal and go on."""
        try:
            yield
        except BadInput as error:
            for name, texts in (error.fields or {"__all__": [error.message]}).items():
                self.fields.setdefault(name, []).extend(texts)

    def raise_any(self, message: str, *, clause: str = "") -> None:
        """Raise BadInput when there was any fault."""
        if self.fields:
            raise BadInput(message, fields=self.fields, clause=clause)


def plan_named(code: str) -> PlanVersion:
    """Return the version in force of a plan at this moment, also in midnight's first second. BadInput for others."""
    plans_enforce_due()
    version = PlanVersion.objects.select_related("plan").filter(plan__code=code.strip(), in_force=True).first()
    if version is None:
        raise BadInput("没有这个预案。", fields={"plan": [f"没有代码为「{code[:40]}」的现行预案。"]})
    return version


def category_named(version: PlanVersion, category: str, subcategory: str) -> tuple[Category | None, SubCategory | None]:
    """Return category and sub-item by code or name; a sub-item alone brings its category. Raises BadInput."""
    if not (category or subcategory):
        return None, None
    if not version.plan.uses_grades:
        raise BadInput("本预案没有事件分类。", fields={"category": ["本预案没有事件分类表，请留空。"]})
    main = _one(Category.objects.filter(version=version), category, "category", "分类", ("name", "form_name"))
    subs = SubCategory.objects.filter(category__version=version).select_related("category")
    sub = _one(subs.filter(category=main) if main else subs, subcategory, "subcategory", "子类", ("name",))
    return main or (sub.category if sub else None), sub


def grade_named(version: PlanVersion, grade: str) -> Grade | None:
    """Return a grade by code or name; 暂时无法判明 when none is given. Comms has no grades (G9). Raises BadInput."""
    if not version.plan.uses_grades:
        if grade:
            raise BadInput("本预案没有分级标准。", fields={"grade": ["本预案没有分级标准，不填级别。"]})
        return None
    found: Grade | None = _one(
        Grade.objects.filter(version=version), grade or UNDETERMINED, "grade", "级别", ("name", "level")
    )
    return found


def criterion_numbered(grade: Grade, number: int | None) -> Criterion | None:
    """Return the criterion of 8.4 that a grade rests on. Raises BadInput when it is missing or there is no such one."""
    if grade.code == UNDETERMINED:
        return None
    found = grade.criteria.filter(number=number).first() if number is not None else None
    if found is None:
        raise BadInput("请选定级所依据的标准。", fields={"criterion": ["请选择定级所依据的分级标准条目。"]})
    return found


def _one(rows: models.QuerySet[Any], text: str, name: str, label: str, names: tuple[str, ...]) -> Any:
    text = text.strip()
    if not text:
        return None
    for key in ("code", *names):
        found = rows.filter(**{key: text}).first()
        if found is not None:
            return found
    raise BadInput(f"{label}不在预案中。", fields={name: [f"预案中没有「{text[:40]}」这个{label}。"]})


def symptoms_of(values: tuple[str, ...] | list[str]) -> list[str]:
    """Return the symptoms of form 8.7 by code or name, in its order. Raises BadInput for an unknown one."""
    by_label = {str(label): value for value, label in Symptom.choices}
    chosen = {by_label.get(value, value) for value in values}
    unknown = [value for value in chosen if value not in Symptom.values]
    if unknown:
        raise BadInput("危害表象不在表中。", fields={"symptoms": [f"没有「{unknown[0][:40]}」这个危害表象。"]})
    return [value for value in Symptom.values if value in chosen]


def facts_of(version: PlanVersion, facts: dict[str, Any]) -> dict[str, Any]:
    """Return the comms plan's facts cleaned; empty ones left out. Raises BadInput for unknown or wrong ones."""
    problems, clean = Problems(), {}
    for key, value in facts.items():
        with problems.gather():
            cleaned = _fact(version, key, value)
            if cleaned not in (None, "", []):
                clean[key] = cleaned
    problems.raise_any("事故情况有内容需要更正。")
    return clean


def _fact(version: PlanVersion, key: str, value: Any) -> Any:
    if key in CHOICES and value not in ("", None) and value not in CHOICES[key].values:
        raise BadInput("不在选项中。", fields={key: [f"没有「{str(value)[:40]}」这个选项。"]})
    if key in ANALYSIS_LABELS:
        return _text(key, value)
    if key not in FACT_LABELS or version.plan.uses_grades:
        raise BadInput("没有这一项。", fields={key: ["本预案不收集这一项。"]})
    if key in COUNTS:
        return _count(key, value)
    if key in LISTS:
        items = value if isinstance(value, list | tuple) else str(value or "").replace("，", "、").split("、")
        return [_text(key, item).strip() for item in items if str(item).strip()]
    return _text(key, value)


def _count(key: str, value: Any) -> int | None:
    if value in ("", None):
        return None
    if isinstance(value, bool) or not str(value).isdigit() or int(value) > 100_000:
        raise BadInput("须为整数。", fields={key: [f"{FACT_LABELS[key]}须为 0 到 100000 的整数。"]})
    return int(value)


def _text(key: str, value: Any) -> str:
    text = clean_text(str(value or "")).strip()
    if len(text) > LONG_TEXT_LIMIT:
        raise BadInput("内容过长。", fields={key: [f"内容过长（{len(text)} 字），最多 {LONG_TEXT_LIMIT} 字。"]})
    return text


def texts_of(intake: Intake, names: tuple[str, ...]) -> dict[str, str]:
    """Return long texts cleaned. Raises BadInput naming each one that is too long; nothing is ever cut."""
    problems, clean = Problems(), {}
    for name in names:
        with problems.gather():
            clean[name] = _text(name, getattr(intake, name))
    problems.raise_any("内容过长。")
    return clean


def units_of(intake: Intake, problems: Problems) -> dict[str, Any]:
    """Return the units of an intake; unknown ones are noted."""
    found: dict[str, Any] = {}
    for name, kind in (("incident_unit", ""), ("reporting_unit", ""), ("township", UnitKind.TOWNSHIP)):
        with problems.gather():
            found[name] = unit_named(getattr(intake, name), name, kind=kind)
    if found.get("township") is None and "township" not in problems.fields:
        unit = found.get("incident_unit")
        found["township"] = unit if unit is not None and unit.kind == UnitKind.TOWNSHIP else None
    return found
