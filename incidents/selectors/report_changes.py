"""What changed since the report before: for the report's page and the API."""

from __future__ import annotations

from dataclasses import dataclass

from incidents.choices import ReportKind
from incidents.comparing import FieldChange, changes_between, previous_report, told_by
from incidents.models import Report
from incidents.services.faces import COMPARED

__all__ = ["ReportChanges", "report_changes"]


@dataclass(frozen=True)
class ReportChanges:
    """The report before, what differs, and whether its own face was kept.

    ``known`` False: an older call, of which only the words said stand. ``moved``: another report went out after the
    draft's section was written.
    """

    previous: Report
    rows: list[FieldChange]
    known: bool
    moved: bool = False


def report_changes(report: Report) -> ReportChanges | None:
    """Return what a written report says otherwise than the one before it; None for a first report and for a call."""
    if report.kind != ReportKind.WRITTEN or report.incident.secret:
        return None
    previous = previous_report(report)
    if previous is None:
        return None
    was = told_by(previous)
    rows = changes_between(report.incident.plan_version, was, report.content)
    return ReportChanges(previous, rows, bool(was), report.content.get(COMPARED) != previous.serial)
