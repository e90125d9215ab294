"""时限证据表: each clock of a case with its clause, its times, who met it, through what, how late and why.

One builder for the page, the paper and the case's file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from incidents.models import Incident, Report
from incidents.selectors import clocks_of_case
from yangcheng_ec.clock import database_now
from yangcheng_ec.deadlines.choices import DeadlineState
from yangcheng_ec.deadlines.models import Deadline, DeadlineAddressee
from yangcheng_ec.deadlines.selectors import gaps_during
from yangcheng_ec.templatetags.yec import duration_cn

__all__ = ["ClockRow", "Told", "clock_table_of", "lateness_of", "watched"]


@dataclass(frozen=True)
class Told:
    """One addressee of a clock: when it was told, when that was entered, through what, with its proof.

    ``report`` is the report that told it; ``confirmed`` says who confirmed a 补录 and when, or that nobody has.
    """

    label: str
    done_at: datetime | None
    recorded_at: datetime | None
    through: str = ""
    report: Report | None = None
    late_entry: bool = False
    confirmed: str = ""


@dataclass(frozen=True)
class ClockRow:
    """A clock as evidence. ``replaced`` are those it took the place of, the latest first: what was believed when."""

    clock: Deadline
    late: str
    addressees: list[Told]
    rungs: list[Any]
    replaced: list[ClockRow] = field(default_factory=list)


def clock_table_of(incident: Incident) -> dict[str, Any]:
    """Return the evidence table: one row per clock with those it replaced under it, and when nobody watched."""
    clocks = clocks_of_case(incident, with_superseded=True)
    reports = {row.pk: row for row in incident.reports.select_related("confirmed_by")}
    now = database_now()
    return {
        "title": _("时限证据表"),
        "number": incident.number,
        "name": incident.title,
        "plan": f"{incident.plan_version.title} {incident.plan_version.number}",
        "drill": incident.drill,
        "printed_at": now,
        "clocks": _nested([_row(clock, reports, incident, now) for clock in clocks]),
        **watched(incident, clocks),
    }


def _row(clock: Deadline, reports: dict[int, Report], incident: Incident, now: datetime) -> ClockRow:
    told = [_told(row, reports, incident) for row in clock.addressees.all()]
    return ClockRow(clock, lateness_of(clock, now), told, clock.rungs)  # type: ignore[attr-defined]


def _nested(rows: Sequence[ClockRow]) -> list[ClockRow]:
    """Put each replaced clock under the one that took its place: the same rule on the same subject."""
    standing = {_identity(row): row for row in rows if row.clock.state != DeadlineState.SUPERSEDED}
    alone: list[ClockRow] = []
    for row in sorted(rows, key=lambda row: -row.clock.pk):
        if row.clock.state != DeadlineState.SUPERSEDED:
            continue
        above = standing.get(_identity(row))
        (above.replaced if above else alone).append(row)
    return [row for row in rows if row.clock.state != DeadlineState.SUPERSEDED] + alone


def _identity(row: ClockRow) -> tuple[str, str, int]:
    return row.clock.rule_code, row.clock.subject_type, row.clock.subject_id


def lateness_of(clock: Deadline, now: datetime) -> str:
    """Return how much later than due it was done, or is still not done; nothing when in time or without minutes."""
    if clock.due_at is None or not (clock.done_at or clock.is_open):
        return ""
    late = ((clock.done_at or now) - clock.due_at).total_seconds()
    if late <= 0:
        return ""
    words = _("逾期%(for)s") if clock.done_at else _("至今逾期%(for)s")
    return words % {"for": duration_cn(max(late, 60))}


def _told(row: DeadlineAddressee, reports: dict[int, Report], incident: Incident) -> Told:
    """Return one addressee with its proof: the report that covered it, or the call the case began with."""
    if row.by_type == "incident":
        through = _("接报登记（%(channel)s）") % {"channel": incident.get_channel_display()}
        return Told(row.label, row.done_at, row.recorded_at, through, late_entry=incident.late_entry)
    report = reports.get(row.by_id or 0) if row.by_type == "report" else None
    if report is None:
        through = str(_("对催报、核实的答复")) if row.by_type == "inquiry" else ""
        return Told(row.label, row.done_at, row.recorded_at, through)
    through = f"{report.label}，{report.get_channel_display()}"
    return Told(
        row.label, row.done_at, row.recorded_at, through, report, report.late_entry, _confirmed(report)
    )  # fmt: skip


def _confirmed(report: Report) -> str:
    if not report.late_entry:
        return ""
    if report.confirmed_by is None:
        return str(_("尚待另一人确认"))
    return _("%(who)s已确认") % {"who": report.confirmed_by.display_name}


def watched(incident: Incident, clocks: list[Deadline]) -> dict[str, Any]:
    """Return the stretch the clocks cover, and the gaps in it in which the system kept no time."""
    end = incident.closed_at or timezone.now()
    start = min([incident.received_at, *(row.starts_at for row in clocks)])
    return {"gaps": gaps_during(start, end), "start": start, "end": end}
