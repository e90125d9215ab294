"""``{% load plan_tags %}``: the chip of a clause by plan version and number, and the words of plan rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import template

from directory.choices import PostKind
from directory.models import PlanVersion, ReportingRule
from directory.rules import clause_label
from directory.selectors.plans import clause_texts, readings_of
from yangcheng_ec.templatetags import faces
from yangcheng_ec.templatetags.yec import clause as chip

register = template.Library()


@register.inclusion_tag("components/clause.html")
def clause_chip(version: PlanVersion, ref: str, text: str = "") -> dict[str, Any]:
    """The chip 「网络预案 4.2.1.2」 with its sentence on hover or tap; ``text`` narrows it to the words that matter."""
    words = text or clause_texts(version).get(ref, "")
    context: dict[str, Any] = chip(faces.clause_face(version.plan.code, clause_label(version, ref), words))
    return context


@register.filter
def post_labels(kinds: Sequence[str], version: PlanVersion) -> str:
    """Return post kinds in the plan's own words: 总指挥、副总指挥."""
    labels = getattr(version, "_post_labels", None)
    if labels is None:
        labels = dict(version.posts.values_list("kind", "label"))
        version._post_labels = labels  # type: ignore[attr-defined]
    words = [labels.get(kind) or str(PostKind(kind).label) if kind in PostKind.values else "责任单位" for kind in kinds]
    return "、".join(words)


@register.filter
def grade_names(codes: Sequence[str], grades: Sequence[Any]) -> str:
    """Return grade codes as names: 特别重大事件、重大事件."""
    names = {grade.code: grade.name for grade in grades}
    return "、".join(names.get(code, code) for code in codes)


@register.filter
def is_reading(rule: ReportingRule, field: str) -> bool:
    """Return whether a field of a rule is our reading and not the plan's words."""
    return field in readings_of(rule)


@register.filter
def magnitude(number: int) -> int:
    """Return a number without its sign: 20 of −20."""
    return abs(number)
