"""Words of the directory's pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import template

from directory.models import PlanVersion
from directory.selectors.accounts import role_names
from directory.selectors.record import KINDS
from yangcheng_ec.permissions import Role

register = template.Library()


@register.filter
def role_labels(person: Any) -> str:
    """Return a person's roles as people call them."""
    return "、".join(str(Role(name).label) for name in sorted(role_names(person))) or "—"


@register.simple_tag
def plan_words(text: str, versions: Sequence[PlanVersion]) -> str:
    """Return a text with the plans' codes as people call the plans: 通信预案 2.1、2.3."""
    for version in versions:
        text = text.replace(version.plan.code, version.plan.short_name)
    return text


@register.filter
def kind_label(kind: str) -> str:
    """Return what people call an entry's kind."""
    return KINDS.get(kind.partition(".")[0], "其他")
