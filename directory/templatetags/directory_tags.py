"""Words of the directory's pages."""

from __future__ import annotations

from typing import Any

from django import template

from directory.selectors.accounts import role_names
from directory.selectors.record import KINDS
from yangcheng_ec.permissions import Role

register = template.Library()


@register.filter
def role_labels(person: Any) -> str:
    """Return a person's roles as people call them."""
    return "、".join(str(Role(name).label) for name in sorted(role_names(person))) or "—"


@register.filter
def kind_label(kind: str) -> str:
    """Return what people call an entry's kind."""
    return KINDS.get(kind.partition(".")[0], "其他")
