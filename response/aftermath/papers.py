"""The report as a paper, and what the case's file (卷宗) and its export hold of the aftermath."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from incidents.models import Incident
from incidents.registry import CasePaper, CasePart
from response.aftermath.choices import ReviewState
from response.aftermath.models import (
    AftercareItem,
    Lesson,
    MeritNote,
    RebuildPlan,
    RebuildStep,
    ReviewAddressee,
    ReviewReport,
    StandDown,
)
from response.aftermath.performance import record_facts
from response.aftermath.rules import report_duty, report_sections
from response.aftermath.selectors import aftermath_whole, review_for

__all__ = ["KIND", "REVIEW_PAPER", "aftermath_parts", "aftermath_rows", "review_paper"]

KIND = "review"


def review_paper(report: ReviewReport) -> dict[str, Any]:
    """Return what the report says: what was signed once it was put before the signer, the record's state before."""
    version = report.incident.plan_version
    title, _duty, asked = report_duty(version)
    frozen = report.state != ReviewState.DRAFT
    facts = report.facts if frozen else record_facts(report.incident)
    sections = [(row.title, report.texts.get(row.key, "")) for row in report_sections(version)]
    return {
        "title": title,
        "heading": report.title,
        "number": f"{report.incident.number} {report.get_state_display()}",
        "author": report.author.display_name,
        "plan": f"《{version.title}》（{version.number}）",
        "office": version.office_name,
        "report": report,
        "asked": asked,
        "draft": frozen is False,
        "drill": report.incident.drill,
        "sections": sections,
        "facts": facts,
        "addressees": list(report.addressees.all()),
    }


def _check(user: Any, incident: Incident, serial: int) -> None:
    review_for(user, incident, serial)


def _build(user: Any, incident: Incident, serial: int) -> tuple[str, dict[str, Any]]:
    return "papers/review_report.html", review_paper(review_for(user, incident, serial))


REVIEW_PAPER = CasePaper(KIND, _("总结调查报告"), _check, _build)


def aftermath_parts(incident: Incident) -> list[CasePart]:
    """Return the aftermath as a part of the case's file; nothing where nothing was begun."""
    found = aftermath_whole(incident)
    if found.empty:
        return []
    for report in found.reviews:
        report.incident = incident
    told = [
        {"report": row, "anchor": f"review-{row.pk}", "sections": _sections(row)} for row in found.reviews
    ]  # fmt: skip
    headings = [(f"review-{row.pk}", row.title) for row in found.reviews]
    context = {"aftermath": found, "reviews": told, "incident": incident}
    return [CasePart(_("后期处置"), "aftermath/papers/case.html", context, headings)]


def _sections(report: ReviewReport) -> list[tuple[str, str]]:
    rows = report_sections(report.incident.plan_version)
    return [(row.title, report.texts.get(row.key, "")) for row in rows]


def aftermath_rows(incident: Incident) -> dict[str, QuerySet[Any]]:
    """Return the rows of the aftermath for the case's export."""
    return {
        "reviews": ReviewReport.objects.filter(incident=incident).order_by("serial"),
        "review_addressees": ReviewAddressee.objects.filter(report__incident=incident).order_by("id"),
        "aftercare": AftercareItem.objects.filter(incident=incident).order_by("id"),
        "rebuild_plans": RebuildPlan.objects.filter(incident=incident),
        "rebuild_steps": RebuildStep.objects.filter(plan__incident=incident).order_by("id"),
        "lessons": Lesson.objects.filter(incident=incident).order_by("id"),
        "merits": MeritNote.objects.filter(incident=incident).order_by("id"),
        "stand_downs": StandDown.objects.filter(response__incident=incident).order_by("id"),
    }
