"""What upper apps do with a case: they register their panel, and what ends with the case, when they start."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from incidents.models import Incident
from yangcheng_ec.actors import Actor
from yangcheng_ec.record.models import CaseHead

__all__ = [
    "CaseEnd",
    "CasePanel",
    "case_ended",
    "case_panels",
    "panels_for",
    "register_case_end",
    "register_case_panel",
]

# Given the request and the case, return (template name, context), or None to show nothing.
CasePanel = Callable[[HttpRequest, Incident], tuple[str, dict[str, Any]] | None]
case_panels: list[CasePanel] = []
# Given the case, its locked head, who ends it and why in words: settle what must not outlive the case.
CaseEnd = Callable[[Incident, CaseHead, Actor, str], None]
_case_ends: list[CaseEnd] = []


def register_case_panel(panel: CasePanel) -> CasePanel:
    """Register a panel once; fit to be a decorator."""
    if panel not in case_panels:
        case_panels.append(panel)
    return panel


def register_case_end(handler: CaseEnd) -> CaseEnd:
    """Register once what is done, in the same transaction, when a case ends (误报、转交、结案)."""
    if handler not in _case_ends:
        _case_ends.append(handler)
    return handler


def case_ended(incident: Incident, head: CaseHead, actor: Actor, reason: str) -> None:
    """Let the upper apps settle what hung on the case."""
    for handler in _case_ends:
        handler(incident, head, actor, reason)


def panels_for(request: HttpRequest, incident: Incident) -> list[str]:
    """Return the panels of a case's page, rendered each with its own context."""
    found = [panel(request, incident) for panel in case_panels]
    return [render_to_string(item[0], item[1], request=request) for item in found if item is not None]
