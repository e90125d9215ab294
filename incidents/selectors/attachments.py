"""附件: which of them a person sees, and what a page offers to do with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from incidents.authority import unit_side
from incidents.choices import OPEN_STATES, ReportKind, ReportState
from incidents.models import Attachment, Incident, Report, ReportAddressee
from incidents.selectors.actions import Standing, may_work_on
from incidents.selectors.cases import incidents_visible_to
from yangcheng_ec.errors import NotVisible
from yangcheng_ec.permissions import Page, may_open

__all__ = [
    "REPORT_OPEN",
    "AttachmentLine",
    "AttachmentPanel",
    "attachment_for",
    "attachment_lines",
    "attachment_panel",
    "attachments_of",
    "attachments_sealed",
    "attachments_visible_to",
]

SHOWN = 20
# Until it is signed a report's attachments change; what is signed is signed with them.
REPORT_OPEN = (ReportState.DRAFT, ReportState.RETURNED)


def attachments_visible_to(user: Any) -> QuerySet[Attachment]:
    """Return the attachments of the cases the user may see.

    A unit sees those of the case itself, of reports made in its name and of those sent to it; not what another
    unit put into its own report. What was withdrawn it sees only where it had been its own.
    """
    rows = Attachment.objects.filter(incident__in=incidents_visible_to(user))
    rows = rows.select_related("uploaded_by", "withdrawn_by", "report", "unit")
    if may_open(user, Page.CASES_ALL):
        return rows
    sent_to = ReportAddressee.objects.filter(
        report=OuterRef("report"), unit=user.unit_id, report__state=ReportState.SENT
    )
    own = Q(report__isnull=True) | Q(report__reporting_unit_code=user.unit.code if user.unit else "-")
    return rows.filter(own | Exists(sent_to), Q(withdrawn_at__isnull=True) | Q(unit=user.unit_id, unit__isnull=False))


def attachments_of(user: Any, incident: Incident, report: Report | None = None) -> QuerySet[Attachment]:
    """Return what the user sees of a case's attachments, its reports' among them, or of one report's; newest first."""
    rows = attachments_visible_to(user).filter(incident=incident)
    return (rows.filter(report=report) if report else rows).order_by("-id")


def attachment_for(user: Any, number: str, attachment_id: int) -> Attachment:
    """Return one attachment whose file the user may have. Raises NotVisible; withdrawn: for the auditor alone."""
    rows = attachments_visible_to(user).filter(incident__number=number, pk=attachment_id)
    row = rows.select_related("incident__plan_version__plan").first()
    if row is None or (row.withdrawn_at is not None and not may_open(user, Page.RECORD_ALL)):
        raise NotVisible()
    return row


def attachments_sealed(report: Report) -> list[dict[str, Any]]:
    """Return what goes out with a report, for the record: names and fingerprints."""
    rows = report.attachments.filter(withdrawn_at__isnull=True).order_by("pk")
    return [{"name": row.name, "size": row.size, "sha256": row.sha256} for row in rows]


@dataclass(frozen=True)
class AttachmentLine:
    """One attachment in a list, and what this person may do with it."""

    row: Attachment
    may_open: bool
    may_withdraw: bool


@dataclass(frozen=True)
class AttachmentPanel:
    """The attachments on a page: those shown, whether there are more, and whether this person may add some."""

    lines: list[AttachmentLine] = field(default_factory=list)
    more: bool = False
    may_add: bool = False
    frozen: bool = False


def attachment_panel(
    user: Any, incident: Incident, report: Report | None = None, *, standing: Standing | None = None
) -> AttachmentPanel:
    """Return the newest attachments of a case or a report for its page."""
    standing = standing or may_work_on(user, incident)
    rows = list(attachments_of(user, incident, report)[: SHOWN + 1])
    return AttachmentPanel(
        lines=attachment_lines(user, rows[:SHOWN], standing),
        more=len(rows) > SHOWN,
        may_add=_may_add(user, incident, report, standing),
        frozen=report is not None and report.state not in REPORT_OPEN,
    )


def _may_add(user: Any, incident: Incident, report: Report | None, standing: Standing) -> bool:
    """Return whether the case, or the report while it is written, takes attachments from this person."""
    if not any(standing) or incident.state not in OPEN_STATES or incident.secret:
        return False
    if report is None:
        return True
    if report.kind != ReportKind.WRITTEN or report.state not in REPORT_OPEN:
        return False
    own = unit_side(user, incident)
    return own is None or own.code == report.reporting_unit_code


def attachment_lines(user: Any, rows: list[Attachment], standing: Standing) -> list[AttachmentLine]:
    """Return rows with what the user may do: officers withdraw any, a unit its own until the report is signed."""
    reads_all = may_open(user, Page.RECORD_ALL)
    officer = any(standing) and may_open(user, Page.CASES_ALL)
    lines = []
    for row in rows:
        stands = row.withdrawn_at is None
        open_report = row.report is None or row.report.state in REPORT_OPEN
        sent = row.report is not None and row.report.state == ReportState.SENT
        own = any(standing) and open_report and row.unit_id is not None and row.unit_id == user.unit_id
        may_withdraw = stands and ((officer and (open_report or sent)) or own)
        lines.append(AttachmentLine(row, stands or reads_all, may_withdraw))
    return lines
