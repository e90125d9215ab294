"""What the case's page shows of its warnings."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from directory.choices import Act
from directory.rules import may
from early_warning.choices import WarningState
from early_warning.rules import level_label
from early_warning.selectors import warnings_visible_to
from incidents.choices import RESPONSE_MAY_BE_PROPOSED
from incidents.models import Incident

__all__ = ["incident_panel", "warning_work"]


def warning_work(incident: Incident) -> list[str]:
    """Return the warnings begun from a case, those taken back left out."""
    rows = incident.warnings.exclude(state=WarningState.WITHDRAWN).order_by("pk")
    return [f"预警 {row.number}（{row.state_choice.label}）" for row in rows]


def incident_panel(request: HttpRequest, incident: Incident) -> tuple[str, dict[str, Any]] | None:
    """Show the incident's warnings, and to the office the way to begin one (8.2: 未达到响应启动条件)."""
    rows = [(row, level_label(row.level)) for row in warnings_visible_to(request.user).filter(incident=incident)]
    open_to = incident.state in RESPONSE_MAY_BE_PROPOSED
    may_draft = open_to and may(request.user, incident.plan_version, Act.PROPOSE_WARNING)
    if not rows and not may_draft:
        return None
    return "warnings/case_panel.html", {"warnings": rows, "may_draft_warning": may_draft, "incident": incident}
