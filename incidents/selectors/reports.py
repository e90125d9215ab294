"""Reports, their addressees and inquiries."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from incidents.models import Incident, Inquiry, Report
from incidents.rules import Addressee, RuleBook
from incidents.selectors.cases import incidents_visible_to
from yangcheng_ec.errors import NotVisible

__all__ = [
    "addressee_choices",
    "inquiries_of",
    "inquiry_for",
    "report_by_id",
    "report_for",
    "reports_of",
    "reports_visible_to",
]

RELATED = ("author", "reviewer", "confirmed_by", "recorded_by", "follows_call")


def reports_of(incident: Incident) -> QuerySet[Report]:
    """Return a case's reports in order, with their addressees."""
    return incident.reports.select_related(*RELATED).prefetch_related("addressees").order_by("serial")


def reports_visible_to(user: Any) -> QuerySet[Report]:
    """Return the reports of the cases the user may see."""
    return Report.objects.filter(incident__in=incidents_visible_to(user)).select_related(
        *RELATED, "incident__plan_version__plan", "incident__head"
    )


def report_for(incident: Incident, serial: int) -> Report:
    """Return one report of a case. Raises NotVisible."""
    report = reports_of(incident).filter(serial=serial).first()
    if report is None:
        raise NotVisible()
    return report


def report_by_id(user: Any, report_id: int) -> Report:
    """Return one report the user may see. Raises NotVisible."""
    report = reports_visible_to(user).prefetch_related("addressees").filter(pk=report_id).first()
    if report is None:
        raise NotVisible()
    return report


def inquiries_of(incident: Incident) -> QuerySet[Inquiry]:
    """Return a case's inquiries, the newest first."""
    return incident.inquiries.select_related("recorded_by", "replied_by").order_by("-received_at", "-id")


def inquiry_for(user: Any, inquiry_id: int) -> Inquiry:
    """Return one inquiry of a case the user may see. Raises NotVisible."""
    rows = Inquiry.objects.select_related("incident__plan_version__plan", "incident__head")
    inquiry = rows.filter(pk=inquiry_id, incident__in=incidents_visible_to(user)).first()
    if inquiry is None:
        raise NotVisible()
    return inquiry


def addressee_choices(incident: Incident, book: RuleBook | None = None) -> list[Addressee]:
    """Return whom the plan's rules say to report to, those whose clock is open first comes with the form."""
    return list((book or RuleBook(incident.plan_version)).addressees(incident).values())
