"""The plans read online, with their charts."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET

from directory.charts.pdf import charts_pdf
from directory.forms_plans import PlanSearchForm
from directory.selectors import plans as reading
from directory.selectors.plan_page import charts_of, plan_page
from yangcheng_ec.access import page_required
from yangcheng_ec.permissions import Page

__all__ = ["plan", "plan_charts", "plans"]

readers = page_required(Page.PLANS)


@require_GET
@readers
def plans(request: HttpRequest) -> HttpResponse:
    """List the plans in force."""
    return render(request, "plans/index.html", {"versions": reading.plans_in_force()})


@gzip_page
@require_GET
@readers
def plan(request: HttpRequest, code: str) -> HttpResponse:
    """Show one plan: its words with an anchor per clause, both charts, its rows, and where ``?q=`` stands in it."""
    version = reading.plan_at(code)
    form = PlanSearchForm(request.GET if "q" in request.GET else None)
    valid = not form.is_bound or form.is_valid()
    query = form.cleaned_data["q"] if form.is_bound and valid else ""
    page = plan_page(version, request.user, query)
    context = {"page": page, "reading": page.reading, "form": form, "query": query}
    return render(request, "plans/plan.html", context, status=200 if valid else 400)


@require_GET
@readers
def plan_charts(request: HttpRequest, code: str) -> HttpResponse:
    """Print both charts, A4 landscape."""
    version = reading.plan_at(code)
    content = charts_pdf(version, charts_of(reading.plan_reading(version), request.user))
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{version.plan.code}-charts.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response
