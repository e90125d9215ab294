"""预案保障: one page that says how each standing duty stands, and leads to it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from directory.models import PlanVersion
from directory.selectors.filings import filing_lines, plans_filed_under, units_to_remind
from directory.selectors.plans import plans_in_force
from directory.selectors.resources import resource_counts
from directory.selectors.trainings import TrainingFilter, trainings_found
from response.drills.choices import BEFORE, DrillState
from response.drills.selectors import DrillFilter, drill_clocks, drills_found, grades_shown
from response.selectors.posts import authority_of
from yangcheng_ec.access import page_required
from yangcheng_ec.permissions import Page, may_open

__all__ = ["standing"]

SHOWN = 5
EVERY = (Page.DRILLS_ALL, Page.DRILLS_OWN, Page.RESOURCES_ALL, Page.RESOURCES_OWN)


@require_safe
@page_required(*EVERY)
def standing(request: HttpRequest) -> HttpResponse:
    """Show the four duties: drills, resources, filed action plans, training."""
    user = request.user
    drills = any(may_open(user, page) for page in EVERY[:2])
    kept = any(may_open(user, page) for page in EVERY[2:])
    context: dict[str, Any] = {"drills": drills, "kept": kept}
    if drills:
        context |= _drills(user)
    if kept:
        context |= {
            "counts": resource_counts(user),
            "filings": [_filed(user, version) for version in plans_filed_under(user)],
            "trainings": list(trainings_found(user, TrainingFilter())[:SHOWN]),
        }
    return render(request, "standing/index.html", context)


def _drills(user: Any) -> dict[str, Any]:
    sees_all = may_open(user, Page.DRILLS_ALL)
    open_states = [*BEFORE, DrillState.RUNNING, DrillState.ENDED]
    rows = drills_found(user, DrillFilter()).filter(state__in=open_states)[:SHOWN]
    return {
        "clocks": drill_clocks(list(plans_in_force())) if sees_all else [],
        "upcoming": grades_shown(user, rows, authority_of(user)),
    }


def _filed(user: Any, version: PlanVersion) -> dict[str, Any]:
    lines = filing_lines(user, version)
    done = sum(1 for line in lines if not line.missing)
    return {"version": version, "total": len(lines), "done": done, "waiting": len(units_to_remind(lines))}
