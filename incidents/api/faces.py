"""What the endpoints answer; ``outputs`` documents each face field by field."""

from __future__ import annotations

from typing import Any

from incidents.choices import ReportKind
from incidents.models import Incident, Inquiry, Report
from incidents.selectors import clocks_of_case, incidents_visible_to, reports_of
from incidents.selectors.alike import Alike
from yangcheng_ec.api.faces import clock_face, iso

__all__ = [
    "alike_face",
    "entry_face",
    "incident_brief",
    "incident_face",
    "incident_filed",
    "inquiry_face",
    "report_face",
]

TEXTS = (
    "caller_name", "caller_number", "read_back", "location", "source", "description", "measures_taken",
    "consequence_estimate", "suggestions", "loss_estimate", "impact_scope", "trend", "referral_to", "referral_how",
    "triage_note", "closing_note", "channel", "occurred_approximate", "symptoms", "facts", "filed_as", "late_entry",
)  # fmt: skip
MOMENTS = ("known_at", "filed_at", "accepted_at", "closed_at")
REPORT_TEXTS = (
    "serial", "label", "kind", "stage", "state", "version", "content", "body", "author_post", "review_note", "channel",
    "proof", "late_entry", "late_reason", "beyond_reason",
)  # fmt: skip
REPORT_MOMENTS = ("reviewed_at", "done_at", "recorded_at", "confirmed_at")


def incident_brief(incident: Incident) -> dict[str, Any]:
    """Return a case for a list."""
    return {
        "number": incident.number,
        "state": incident.state,
        "version": incident.version,
        "plan": incident.plan_version.plan.code,
        "title": incident.title,
        "grade": _code(incident.grade),
        "category": _code(incident.category),
        "incident_unit": incident.incident_unit_label,
        "occurred_at": iso(incident.occurred_at),
        "received_at": iso(incident.received_at),
        "drill": incident.drill,
        "accepted": incident.accepted_at is not None,
        "merged_into": incident.merged_into.number if incident.merged_into else None,
    }


def _code(row: Any) -> str | None:
    return row.code if row else None


def incident_filed(incident: Incident) -> dict[str, Any]:
    """Return the answer to filing: number, state, version and the clocks that now run."""
    return {
        "number": incident.number,
        "state": incident.state,
        "version": incident.version,
        "deadlines": [clock_face(row) for row in clocks_of_case(incident)],
    }


def alike_face(alike: Alike) -> dict[str, Any]:
    """Return a case that may be the same event, and why it is named."""
    row = alike.incident
    return {
        "number": row.number,
        "title": row.title,
        "state": row.state,
        "plan": row.plan_version.plan.code,
        "received_at": iso(row.received_at),
        "reasons": alike.reasons,
    }


def incident_face(incident: Incident, user: Any) -> dict[str, Any]:
    """Return one case whole; of the linked ones those that the user may see."""
    links = incidents_visible_to(user).filter(links=incident).order_by("number")
    return incident_brief(incident) | {
        **{name: getattr(incident, name) for name in TEXTS},
        **{name: iso(getattr(incident, name)) for name in MOMENTS},
        "township": _code(incident.township),
        "incident_unit_code": _code(incident.incident_unit),
        "reporting_unit": incident.reporting_unit_label,
        "reporting_unit_code": _code(incident.reporting_unit),
        "subcategory": _code(incident.subcategory),
        "criterion": incident.criterion.number if incident.criterion else None,
        "filed_by": incident.filed_by.display_name,
        "secret": incident.secret,
        "secret_channel": incident.secret_channel,
        "secret_sent_at": iso(incident.secret_sent_at),
        "links": list(links.values_list("number", flat=True)),
        "merged": list(incident.merged.order_by("number").values_list("number", flat=True)),
        "deadlines": [clock_face(row) for row in clocks_of_case(incident)],
        "reports": [report_face(row, incident.number) for row in reports_of(incident)],
    }


def report_face(report: Report, number: str = "") -> dict[str, Any]:
    """Return one report with each addressee's receipt: sent is not received."""
    return {
        "id": report.pk,
        "incident": number or report.incident.number,
        **{name: getattr(report, name) for name in REPORT_TEXTS},
        **{name: iso(getattr(report, name)) for name in REPORT_MOMENTS},
        "call": _call(report),
        "follows_call": report.follows_call.serial if report.follows_call else None,
        "reporting_unit": report.reporting_unit_label,
        "author": report.author.display_name,
        "reviewer": report.reviewer.display_name if report.reviewer else None,
        "addressees": [
            {"code": row.code, "label": row.label, "received_at": iso(row.received_at), "received_by": row.received_by}
            for row in report.addressees.all()
        ],
    }


def _call(report: Report) -> dict[str, Any] | None:
    if report.kind != ReportKind.PHONE:
        return None
    names = ("caller", "number", "heard_by", "read_back")
    return {name: getattr(report, f"call_{name}") for name in names}


def inquiry_face(inquiry: Inquiry, number: str = "") -> dict[str, Any]:
    """Return one inquiry and its answer."""
    names = ("kind", "asked_by", "asked_of", "question", "channel", "reply", "reply_channel", "reply_heard_by")
    return {
        "id": inquiry.pk,
        "incident": number or inquiry.incident.number,
        **{name: getattr(inquiry, name) for name in names},
        "received_at": iso(inquiry.received_at),
        "replied_at": iso(inquiry.replied_at),
    }


def entry_face(entry: Any) -> dict[str, Any]:
    """Return one line of the record."""
    return {
        "seq": entry.seq,
        "kind": entry.kind,
        "text": entry.text,
        "actor": entry.actor_name,
        "post": entry.actor_post,
        "clause": entry.clause,
        "done_at": iso(entry.done_at),
        "recorded_at": iso(entry.recorded_at),
        "late_entry": entry.late_entry,
        "hash": entry.hash,
    }
