"""The papers as downloads."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from incidents.choices import ReportKind
from incidents.models import Report
from incidents.papers.build import brief_report_of, form_8_7_of
from incidents.selectors import incident_for
from yangcheng_ec.errors import NotVisible
from yangcheng_ec.papers import pdf_of

__all__ = ["brief_report", "form_8_7"]


@login_required
@require_safe
def form_8_7(request: HttpRequest, number: str, serial: int) -> HttpResponse:
    """Print form 8.7 (cyber); 404 for a plan that has none (G9)."""
    report = _report(request, number, serial)
    if not report.incident.plan_version.plan.uses_form_8_7:
        raise NotVisible()
    return _pdf(pdf_of("papers/form_8_7.html", form_8_7_of(report)), f"{number}-{serial}-8.7.pdf")


@login_required
@require_safe
def brief_report(request: HttpRequest, number: str, serial: int) -> HttpResponse:
    """Print the 书面简要报告 (comms 4.1); 404 for a plan that uses form 8.7 instead."""
    report = _report(request, number, serial)
    if report.incident.plan_version.plan.uses_form_8_7:
        raise NotVisible()
    return _pdf(pdf_of("papers/brief_report.html", brief_report_of(report)), f"{number}-{serial}.pdf")


def _report(request: HttpRequest, number: str, serial: int) -> Report:
    """Return a written report of a visible case; a phone report has no paper (the plans give it none)."""
    incident = incident_for(request.user, number)
    report = (
        Report.objects.select_related("incident__plan_version__plan", "incident__incident_unit", "author", "reviewer")
        .filter(incident=incident, serial=serial, kind=ReportKind.WRITTEN)
        .first()
    )
    if report is None:
        raise NotVisible()
    return report


def _pdf(content: bytes, filename: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{filename}"'
    response["Cache-Control"] = "private, no-store"
    return response
