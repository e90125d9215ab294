"""Where drills show elsewhere: on their case's page, on their plan's page, and in who is told of a confined one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Q
from django.http import HttpRequest

from directory.models import PlanVersion
from directory.rules import appointments_in_force
from early_warning.models import EarlyWarning
from incidents.models import Incident
from response.drills.models import Drill
from response.drills.selectors import drill_clocks, drills_visible_to, injects_shown, sees_script
from response.selectors.posts import authority_of
from yangcheng_ec.deadlines.registry import Recipient
from yangcheng_ec.permissions import Page, may_open

__all__ = ["drill_confinements", "drill_panel", "drill_standing"]


def drill_panel(request: HttpRequest, incident: Incident) -> tuple[str, dict[str, Any]] | None:
    """Return the drill a case belongs to, with the injects told so far; nothing for a real case."""
    if not incident.drill:
        return None
    drill = drills_visible_to(request.user).filter(incident=incident).first()
    if drill is None:
        return None
    script = sees_script(request.user, drill, authority_of(request.user))
    return "drills/panel.html", {"drill": drill, "injects": injects_shown(request.user, drill, script=script)}


def drill_standing(user: Any, version: PlanVersion) -> tuple[str, dict[str, Any]] | None:
    """Return when a plan in force was last drilled and is next due, for its page."""
    if not version.in_force or not may_open(user, Page.DRILLS_ALL):
        return None
    return "drills/clocks.html", {"clocks": drill_clocks([version])}


def drill_confinements(heads: set[int]) -> dict[int, Callable[[Recipient], bool]]:
    """Return, for the chains of confined drills, their cases and warnings, who may be told of them."""
    warned = EarlyWarning.objects.filter(head__in=heads, drill=True, incident__isnull=False)
    pairs = list(warned.values_list("incident_id", "head_id"))
    wanted = Q(head__in=heads) | Q(incident__head__in=heads) | Q(incident__in=[incident for incident, _head in pairs])
    found: dict[int, Callable[[Recipient], bool]] = {}
    for drill in Drill.objects.filter(wanted, confined=True).select_related("incident", "plan_version__office_unit"):
        of_case = {drill.incident.head_id} if drill.incident is not None else set()
        of_warnings = {head for incident, head in pairs if incident == drill.incident_id}
        found |= dict.fromkeys({drill.head_id} | of_case | of_warnings, _players(drill))
    return found


def _players(drill: Drill) -> Callable[[Recipient], bool]:
    """Return whether a recipient is of a participating unit, of the office's unit, or holds a post of the plan."""
    units = {unit.code for unit in drill.participants.all()}
    if drill.plan_version.office_unit is not None:
        units.add(drill.plan_version.office_unit.code)
    posts = appointments_in_force().filter(post__version=drill.plan_version_id)
    people = set(posts.values_list("user_id", flat=True))
    return lambda recipient: recipient.user_id in people or recipient.unit_code in units
