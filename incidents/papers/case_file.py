"""卷宗: a whole case as one paper, with a table of contents; the upper apps add their parts through the registry."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from incidents.choices import ReportKind
from incidents.models import Incident, Report
from incidents.papers.build import NUMERALS, brief_report_of, form_8_7_of
from incidents.papers.evidence import clock_table_of
from incidents.registry import CasePart, case_parts
from incidents.selectors import incident_timeline, inquiries_of, reports_of
from incidents.selectors.instructions import instructions_of
from incidents.selectors.members import members_panel
from incidents.views.facts import facts_of_case
from yangcheng_ec.record.selectors import verify_chain
from yangcheng_ec.templatetags.yec import local_full

__all__ = ["case_file_of"]


def case_file_of(incident: Incident, user: Any) -> dict[str, Any]:
    """Return the file of a case: cover, parts in order, the end of its record. ``user`` is who asked for it.

    The caller holds the case's lock, so that every part tells of the same moment.
    """
    clocks = clock_table_of(incident)
    parts = [_facts(incident, user), _timeline(incident), *_reports(incident), *_inquiries(incident)]
    parts += [*_instructions(incident, user), _clocks(clocks), *case_parts(incident), _record(incident)]
    return {
        "title": _("事件卷宗"),
        "number": incident.number,
        "name": incident.title,
        "drill": incident.drill,
        "incident": incident,
        "asked_by": user.display_name,
        "printed_at": clocks["printed_at"],
        "parts": [_numbered(place, part, incident.drill) for place, part in enumerate(parts)],
    }


def _numbered(place: int, part: CasePart, drill: bool) -> dict[str, Any]:
    numeral = NUMERALS[place] if place < len(NUMERALS) else str(place + 1)
    return {
        "anchor": f"part-{place + 1}",
        "title": f"{numeral}、{part.title}",
        "template": part.template,
        "headings": part.headings,
        "wide": part.wide,
        "context": {**part.context, "drill": drill},
    }


def _facts(incident: Incident, user: Any) -> CasePart:
    context = {
        "facts": facts_of_case(incident, local_full),
        "members": members_panel(user, incident),
        "incident": incident,
    }
    return CasePart(_("基本情况"), "papers/case/facts.html", context)


def _timeline(incident: Incident) -> CasePart:
    return CasePart(_("大事记"), "papers/case/timeline.html", {"lines": incident_timeline(incident)})


def _reports(incident: Incident) -> list[CasePart]:
    reports = list(reports_of(incident))
    for report in reports:
        report.incident = incident
    rows = [{"report": report, "anchor": f"report-{report.serial}", **_face(report)} for report in reports]
    headings = [(row["anchor"], _heading(row["report"])) for row in rows]
    return [CasePart(_("报告"), "papers/case/reports.html", {"reports": rows}, headings)] if rows else []


def _heading(report: Report) -> str:
    return f"{report.label}（{report.get_kind_display()}，{report.state_choice.label}）"


def _face(report: Report) -> dict[str, Any]:
    """Return the report as its own paper shows it: form 8.7, brief report, or the call in words."""
    if report.kind != ReportKind.WRITTEN:
        return {"kind": "call", "heading": _heading(report)}
    if report.incident.plan_version.plan.uses_form_8_7:
        return {"kind": "form", "heading": _heading(report), "paper": form_8_7_of(report)}
    return {"kind": "brief", "heading": _heading(report), "paper": brief_report_of(report)}


def _inquiries(incident: Incident) -> list[CasePart]:
    rows = list(inquiries_of(incident).order_by("received_at", "id"))
    return [CasePart(_("催报、核实"), "papers/case/inquiries.html", {"inquiries": rows})] if rows else []


def _instructions(incident: Incident, user: Any) -> list[CasePart]:
    rows = list(instructions_of(user, incident).order_by("received_at", "id"))
    context = {"instructions": rows, "office": incident.plan_version.office_name}
    return [CasePart(_("批示与办理"), "papers/case/instructions.html", context)] if rows else []


def _clocks(clocks: dict[str, Any]) -> CasePart:
    return CasePart(_("时限证据表"), "papers/_clocks.html", clocks, wide=True)


def _record(incident: Incident) -> CasePart:
    """Return the end of the case's record, checked line by line now."""
    context = {"head": incident.head, "fault": verify_chain(incident.head)}
    return CasePart(_("记录核验"), "papers/case/record.html", context)
