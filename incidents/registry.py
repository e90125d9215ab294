"""What upper apps show on a case's page: responses and warnings register a panel here when they start."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from incidents.models import Incident

__all__ = ["CasePanel", "case_panels", "panels_for", "register_case_panel"]

# Given the request and the case, return (template name, context), or None to show nothing.
CasePanel = Callable[[HttpRequest, Incident], tuple[str, dict[str, Any]] | None]
case_panels: list[CasePanel] = []


def register_case_panel(panel: CasePanel) -> CasePanel:
    """Register a panel once; fit to be a decorator."""
    if panel not in case_panels:
        case_panels.append(panel)
    return panel


def panels_for(request: HttpRequest, incident: Incident) -> list[str]:
    """Return the panels of a case's page, rendered each with its own context."""
    found = [panel(request, incident) for panel in case_panels]
    return [render_to_string(item[0], item[1], request=request) for item in found if item is not None]
