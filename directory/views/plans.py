"""The plans read online."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from directory.selectors import plans as reading
from yangcheng_ec.access import page_required
from yangcheng_ec.permissions import Page

__all__ = ["plan", "plans"]

readers = page_required(Page.PLANS)


@require_GET
@readers
def plans(request: HttpRequest) -> HttpResponse:
    """List the plans in force."""
    return render(request, "plans/index.html", {"versions": reading.plans_in_force()})


@require_GET
@readers
def plan(request: HttpRequest, code: str) -> HttpResponse:
    """Show one plan: its words with an anchor per clause, and the rows the system works by."""
    return render(request, "plans/plan.html", {"reading": reading.plan_reading(reading.plan_in_force(code))})
