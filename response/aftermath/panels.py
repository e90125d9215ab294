"""Where the aftermath shows elsewhere: on its case's page, on its plan's page, in the case as it was known then."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from directory.choices import Act
from directory.models import PlanVersion
from incidents.choices import IncidentState
from incidents.models import Incident
from incidents.registry import ThenLine, ThenPart
from response.aftermath.choices import ReviewState
from response.aftermath.rules import GOES_ON
from response.aftermath.selectors import concerns, proposals_of, sees_whole, unsettled
from response.selectors.posts import authority_of
from yangcheng_ec.record.models import RecordEntry

__all__ = ["aftermath_panel", "aftermath_then", "aftermath_work", "proposals_panel"]

PROPOSALS_SHOWN = 20
# When a case page says what of the aftermath is left.
SETTLED_BY = (IncidentState.AFTERMATH, IncidentState.CLOSED)


def aftermath_panel(request: HttpRequest, incident: Incident) -> tuple[str, dict[str, Any]] | None:
    """Return the way to a case's aftermath and what of it is not settled; nothing before it is analysed."""
    if incident.state not in GOES_ON:
        return None
    whole = sees_whole(request.user)
    if not whole and not concerns(request.user, incident):
        return None
    left = unsettled(incident) if whole and incident.state in SETTLED_BY else []
    return "aftermath/panel.html", {"case": incident, "unsettled": left}


def aftermath_work(incident: Incident) -> list[str]:
    """Return the reports and items begun on a case, so that nobody takes it from under them."""
    reports = [f"{row.title}（{row.get_state_display()}）" for row in incident.reviews.order_by("serial")]
    count = incident.aftercare.count()
    return [*reports, *([f"善后事项{count}项"] if count else [])]


def proposals_panel(user: Any, version: PlanVersion) -> tuple[str, dict[str, Any]] | None:
    """Return the open proposals to revise a plan in force, for its page."""
    if not version.in_force or not sees_whole(user):
        return None
    rows = list(proposals_of(version)[:PROPOSALS_SHOWN])
    if not rows:
        return None
    revises = authority_of(user).may(version.pk, Act.REVISE_PLAN)
    return "aftermath/proposals.html", {"proposals": rows, "revises": revises}


def aftermath_then(incident: Incident, at: datetime) -> ThenPart | None:
    """Return the reports begun by then, in the state the record gives them at that moment."""
    reports = list(incident.reviews.filter(created_at__lte=at).order_by("serial"))
    if not reports:
        return None
    entries = RecordEntry.objects.filter(
        head_id=incident.head_id, subject_type="reviewreport", recorded_at__lte=at
    ).order_by("seq")
    states = {pk: data["state"] for pk, data in entries.values_list("subject_id", "data") if "state" in data}
    return ThenPart(
        _("当时的总结调查报告"),
        [
            ThenLine(
                row.title,
                reverse("aftermath-review", args=[incident.number, row.serial]),
                ReviewState(states.get(row.pk, ReviewState.DRAFT)),
            )
            for row in reports
        ],
    )
