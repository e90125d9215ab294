"""The chain of reports: whether a final report has closed it, how long the last one is ago, what a final one lacks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from incidents.authority import unit_side
from incidents.choices import OPEN_STATES, IncidentState, ReportStage, ReportState
from incidents.models import FollowUp, Incident, Report
from yangcheng_ec.deadlines.choices import OPEN
from yangcheng_ec.deadlines.models import Deadline

__all__ = ["Silence", "chain_closed_for", "chain_final", "final_doubts", "follow_up_every", "silence_of"]

UNDETERMINED = "undetermined"


def chain_final(incident: Incident, unit_code: str) -> Report | None:
    """Return the sent 终报 that closes a reporting unit's chain (the office: an empty code), None while it is open."""
    finals = incident.reports.filter(
        stage=ReportStage.FINAL, state=ReportState.SENT, reporting_unit_code=unit_code, reopening__isnull=True
    )
    return finals.order_by("-serial").first()


def chain_closed_for(user: Any, incident: Incident) -> bool:
    """Return whether a 终报 has closed the chain this person would report in: the unit's own, or the office's."""
    own = unit_side(user, incident)
    return chain_final(incident, own.code if own else "") is not None


def final_doubts(report: Report) -> list[str]:
    """Return what speaks against ending with this 终报, in words: it is said, never refused (「非预案规定」)."""
    incident, found = report.incident, []
    if incident.plan_version.plan.uses_grades and (incident.grade is None or incident.grade.code == UNDETERMINED):
        found.append(_("级别仍是「暂时无法判明」"))
    if incident.state == IncidentState.RESPONDING:
        found.append(_("应急响应还没有结束"))
    for number, words in (
        (Deadline.objects.filter(head_id=incident.head_id, state__in=OPEN).count(), _("个时限还没有了结")),
        (incident.inquiries.filter(replied_at__isnull=True).count(), _("条催报、核实还没有回应")),
        (FollowUp.objects.filter(instruction__incident=incident, done_at=None).count(), _("项批示事项还没有办结")),
    ):
        if number:
            found.append(f"{number} {words}")
    return found


def follow_up_every(plan_code: str) -> timedelta | None:
    """Return the plan's rhythm of 续报 while a response runs (a setting, 「非预案规定」), None where there is none."""
    hours = settings.FOLLOW_UP_HOURS.get(plan_code, 0)
    return timedelta(hours=hours) if hours > 0 else None


@dataclass(frozen=True)
class Silence:
    """How long nothing was reported of a case: «距上次报告 3小时». ``every`` is the rhythm while a response runs."""

    last: Report
    since: timedelta
    every: timedelta | None

    @property
    def long(self) -> bool:
        """Return whether the next 续报 should have gone out by the rhythm."""
        return self.every is not None and self.since >= self.every


def silence_of(incident: Incident, reports: Iterable[Report], now: datetime) -> Silence | None:
    """Return the time since the last report of an open case; None before the first, and after the end."""
    sent: list[tuple[Any, Report]] = [(row.done_at, row) for row in reports if row.done_at is not None]
    if not sent or incident.state not in OPEN_STATES:
        return None
    done_at, last = max(sent, key=lambda pair: (pair[0], pair[1].serial))
    if last.stage == ReportStage.FINAL:
        return None
    running = incident.state == IncidentState.RESPONDING
    return Silence(last, now - done_at, follow_up_every(incident.plan_version.plan.code) if running else None)
