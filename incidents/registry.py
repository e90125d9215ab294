"""What upper apps do with a case: they register their panel, and what ends with the case, when they start."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from directory.models import Unit
from incidents.models import Incident
from yangcheng_ec.actors import Actor
from yangcheng_ec.record.models import CaseHead

__all__ = [
    "CaseEnd",
    "CasePanel",
    "CaseTie",
    "case_ended",
    "case_panels",
    "case_tied",
    "panels_for",
    "register_case_end",
    "register_case_panel",
    "register_case_tie",
]

# Given the request and the case, return (template name, context), or None to show nothing.
CasePanel = Callable[[HttpRequest, Incident], tuple[str, dict[str, Any]] | None]
case_panels: list[CasePanel] = []
# Given the case, its locked head, who ends it and why in words: settle what must not outlive the case.
CaseEnd = Callable[[Incident, CaseHead, Actor, str], None]
_case_ends: list[CaseEnd] = []
# Given the case and a unit: whether something of an upper app (a task) ties the unit to the case.
CaseTie = Callable[[Incident, Unit], bool]
_case_ties: list[CaseTie] = []


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


def register_case_tie(tie: CaseTie) -> CaseTie:
    """Register once what else lets a unit see a case, so that taking it out of the command does not hide its work."""
    if tie not in _case_ties:
        _case_ties.append(tie)
    return tie


def case_tied(incident: Incident, unit: Unit) -> bool:
    """Return whether an upper app ties the unit to the case."""
    return any(tie(incident, unit) for tie in _case_ties)


def panels_for(request: HttpRequest, incident: Incident) -> list[str]:
    """Return the panels of a case's page, rendered each with its own context."""
    found = [panel(request, incident) for panel in case_panels]
    return [render_to_string(item[0], item[1], request=request) for item in found if item is not None]
