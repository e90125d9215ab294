"""What a case's page shows of this room: 先期处置, orders to the reader's unit, evidence (S7, S11)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from directory.choices import Act
from directory.rules import may
from incidents.choices import OPEN_STATES, IncidentState
from incidents.models import Incident
from response.running.rules import first_action_clause
from response.running.selectors import evidence_of, first_actions_of
from yangcheng_ec.permissions import Page, may_open

__all__ = ["first_action_panel"]

RAN = (IncidentState.RESPONDING, IncidentState.AFTERMATH, IncidentState.CLOSED)


def first_action_panel(request: HttpRequest, incident: Incident) -> tuple[str, dict[str, Any]] | None:
    """Return the unit's own log and the evidence kept; nothing where the plan has no such clause and nobody wrote."""
    user: Any = request.user
    clause = first_action_clause(incident.plan_version)
    lines = list(first_actions_of(user, incident)) if clause else []
    ran = incident.state in RAN  # before a response there is nothing to keep evidence of
    notes = list(evidence_of(user, incident)) if ran else []
    unit = incident.incident_unit or incident.reporting_unit
    own = unit is not None and user.unit_id == unit.pk and may_open(user, Page.TASKS_OWN)
    writes = bool(clause) and incident.state in OPEN_STATES and (own or may(user, incident.plan_version, Act.OFFICE))
    keeps = ran and own and incident.state in OPEN_STATES
    if not (lines or notes or writes or keeps):
        return None
    return "running/case_panel.html", {
        "case": incident, "clause": clause, "lines": lines, "notes": notes, "writes": writes, "keeps": keeps,
    }  # fmt: skip
