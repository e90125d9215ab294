"""Words of the directory's pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import template
from django.utils.translation import gettext_lazy

from directory.models import PlanVersion
from directory.selectors.accounts import role_names
from directory.selectors.record import KINDS
from yangcheng_ec.permissions import Page, Role, may_open

register = template.Library()


# What the plans have kept ready and held regularly: label, address, what opens it.
STANDING: tuple[tuple[Any, str, frozenset[str]], ...] = (
    (gettext_lazy("演练"), "/standing/drills/", frozenset({Page.DRILLS_ALL, Page.DRILLS_OWN})),
    (gettext_lazy("应急资源"), "/standing/resources/", frozenset({Page.RESOURCES_ALL, Page.RESOURCES_OWN})),
    (gettext_lazy("行动方案备案"), "/standing/filings/", frozenset({Page.RESOURCES_ALL, Page.RESOURCES_OWN})),
    (gettext_lazy("培训记录"), "/standing/trainings/", frozenset({Page.RESOURCES_ALL, Page.RESOURCES_OWN})),
)


@register.inclusion_tag("standing/tabs.html", takes_context=True)
def standing_tabs(context: dict[str, Any]) -> dict[str, Any]:
    """The parts of 预案保障 this user may open, the one that is open marked."""
    request = context["request"]
    shown = [row for row in STANDING if any(may_open(request.user, page) for page in row[2])]
    return {"tabs": [(label, url, request.path.startswith(url)) for label, url, _pages in shown]}


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
