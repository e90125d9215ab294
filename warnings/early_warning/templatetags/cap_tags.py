"""What of a warning goes out: the printed notice, the public page, the CAP documents."""

from __future__ import annotations

from typing import Any

from django import template

from early_warning.cap.choices import CapMessage, CapScope, CapStatus
from early_warning.cap.selectors import documents_of
from early_warning.choices import Publicity
from early_warning.models import EarlyWarning

register = template.Library()

COLOURS = {CapMessage.ALERT: "running", CapMessage.UPDATE: "waiting", CapMessage.CANCEL: "done"}


@register.inclusion_tag("warnings/_standards.html")
def standards(warning: EarlyWarning, user: Any) -> dict[str, Any]:
    """Return the card of a published warning; empty before it is published."""
    documents = documents_of(user, warning.pk) if warning.published_at else []
    return {
        "warning": warning,
        "documents": [
            {
                "identifier": one.identifier,
                "label": CapMessage(one.message).label,
                "colour": COLOURS[CapMessage(one.message)],
                "status": CapStatus(one.status).label,
                "scope": CapScope(one.scope).label,
                "sent": one.sent,
            }
            for one in documents
        ],
        "public": warning.published_at and warning.publicity == Publicity.PUBLIC and not warning.drill,
        "drill_kept_back": warning.publicity == Publicity.PUBLIC and warning.drill,
    }
