"""Where a report's papers are: a short one is opened, a long one is asked for."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from incidents.choices import PaperKind, ReportKind
from incidents.models import Report
from incidents.papers.kinds import is_long

__all__ = ["paper_links"]


def paper_links(report: Report) -> list[dict[str, str]]:
    """Return the papers of a report: label, address, and where to ask when it will go over one page."""
    if report.kind != ReportKind.WRITTEN:
        return []
    own = PaperKind.FORM_8_7 if report.incident.plan_version.plan.uses_form_8_7 else PaperKind.BRIEF
    names = {PaperKind.FORM_8_7: "form-8-7", PaperKind.BRIEF: "brief-report", PaperKind.LETTER: "letter"}
    place = [report.incident.number, report.serial]
    return [
        {
            "label": _("打印%(paper)s") % {"paper": kind.label},
            "url": reverse(names[kind], args=place),
            "ask": reverse("paper-ask", args=[place[0], kind, place[1]]) if is_long(report, kind) else "",
        }
        for kind in (own, PaperKind.LETTER)
    ]
