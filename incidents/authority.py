"""For whom a person acts on a case: the plan's office, a unit of the case, or the officer who filed it."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from directory.choices import Act
from directory.models import PlanVersion, Unit
from directory.rules import actor_for, actor_of_unit, may
from incidents.models import Incident
from yangcheng_ec.actors import Actor
from yangcheng_ec.errors import Forbidden

__all__ = ["actor_of_filer", "case_actor", "office_side_actor", "settled_actor", "unit_of_duplicate", "unit_side"]


def case_actor(user: Any, incident: Incident) -> Actor:
    """Return the user as the plan's office, or for a unit of this case (事发、报告单位、事发乡镇).

    A case that another plan's duty officer filed stays in that officer's hands until the office accepts it.
    Raises Forbidden with the posts and the clause.
    """
    version = incident.plan_version
    if may(user, version, Act.OFFICE):
        return actor_for(user, version, Act.OFFICE)
    if unit_side(user, incident) is not None:
        return actor_of_unit(user, user.unit_id)
    if incident.filed_by_id == user.pk and incident.accepted_at is None:
        return actor_of_filer(user)
    return actor_for(user, version, Act.OFFICE)


def unit_side(user: Any, incident: Incident) -> Unit | None:
    """Return the unit the user acts for on this case as its leader or liaison, or None for everybody else."""
    if may(user, incident.plan_version, Act.OFFICE) or not user.unit_id:
        return None
    own = (incident.incident_unit_id, incident.reporting_unit_id, incident.township_id)
    if user.unit_id not in own and not unit_of_duplicate(incident, user.unit_id):
        return None
    try:
        actor_of_unit(user, user.unit_id)
    except Forbidden:
        return None
    unit: Unit = user.unit
    return unit


def unit_of_duplicate(incident: Incident, unit_id: int) -> bool:
    """Return whether the unit is one of a case that was merged into this one: its reports now belong here."""
    of_case = Q(incident_unit=unit_id) | Q(reporting_unit=unit_id) | Q(township=unit_id)
    return Incident.objects.filter(of_case, merged_into=incident).exists()


def office_side_actor(user: Any, incident: Incident) -> Actor:
    """Return the user as ``case_actor`` does, units of the case left out: for acts of the officers alone."""
    if unit_side(user, incident) is not None:
        return actor_for(user, incident.plan_version, Act.OFFICE)
    return case_actor(user, incident)


def settled_actor(user: Any, incident: Incident) -> Actor:
    """Return who may change what the clocks rest on: the officers; a unit only in a case it filed, until accepted."""
    if incident.accepted_at is None and incident.filed_by_id == user.pk:
        return case_actor(user, incident)
    return office_side_actor(user, incident)


def actor_of_filer(user: Any) -> Actor:
    """Return the user as a duty post of whichever plan they serve. Raises Forbidden when they serve none."""
    versions = list(PlanVersion.objects.select_related("plan").filter(in_force=True))
    for version in versions:
        if may(user, version, Act.OFFICE):
            return actor_for(user, version, Act.OFFICE)
    return actor_for(user, versions[0], Act.OFFICE)
