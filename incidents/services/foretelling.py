"""What an act would do to the clocks of a case, shown before it is confirmed.

The act itself is carried out and undone: what is shown is what will happen, with no second set of rules.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from directory.models import Grade
from incidents.choices import ReportState
from incidents.models import Incident
from incidents.rules import RuleBook, regrade_preview
from incidents.services.clocks_aside import carried_changes
from yangcheng_ec.clock import database_now
from yangcheng_ec.deadlines.choices import OPEN, DeadlineState
from yangcheng_ec.deadlines.models import Deadline
from yangcheng_ec.deadlines.services import ClockSpec

__all__ = ["ForetoldClock", "clocks_foretell", "grade_foretold"]

STARTED, REOPENED, WAIVED, REPLACED = "started", "reopened", "waived", "replaced"


@dataclass(frozen=True)
class ForetoldClock:
    """One clock that an act would change: how, from and until when, and what it would be at once.

    ``was`` is the clock it replaces. ``overdue``: it is over as soon as the act is confirmed. ``late``: what was
    reported in time would then be late, and needs a reason.
    """

    change: str
    title: str
    clause: str
    owed_by: str
    starts_at: datetime
    due_at: datetime | None
    wording: str
    overdue: bool = False
    late: bool = False
    was: Deadline | None = None

    @property
    def words(self) -> str:
        """Return what happens to it in words."""
        named = {
            STARTED: _("开始计时"), REOPENED: _("恢复计时"), WAIVED: _("不再适用"), REPLACED: _("改按更正后的计时"),
        }  # fmt: skip
        return str(named[self.change])

    @property
    def colour(self) -> str:
        """Return the colour token of the change."""
        if self.overdue or self.late:
            return "late"
        return "neutral" if self.change == WAIVED else "running"


def clocks_foretell(incident: Incident, act: Callable[[], Any]) -> list[ForetoldClock]:
    """Carry the act out, read what became of the case's clocks, and undo everything. Raises what the act raises."""
    with transaction.atomic():
        before = _clocks(incident)
        act()
        after = _clocks(incident)
        transaction.set_rollback(True)
    replaced = {_identity(row): before[pk] for pk, row in after.items() if pk in before and _gone(before[pk], row)}
    found = []
    for pk, row in after.items():
        was = before.get(pk)
        if was is None and row.state != DeadlineState.SUPERSEDED:
            old = replaced.get(_identity(row))
            found.append(_foretold(REPLACED if old else STARTED, row, old))
        elif was is not None and was.state == DeadlineState.WAIVED and row.state in OPEN:
            found.append(_foretold(REOPENED, row))
        elif was is not None and was.state in OPEN and row.state == DeadlineState.WAIVED:
            found.append(_foretold(WAIVED, row))
    return found


def _clocks(incident: Incident) -> dict[int, Deadline]:
    return Deadline.objects.filter(head_id=incident.head_id).order_by("pk").in_bulk()


def _identity(row: Deadline) -> tuple[str, str, int]:
    return row.rule_code, row.subject_type, row.subject_id


def _gone(was: Deadline, row: Deadline) -> bool:
    return row.state == DeadlineState.SUPERSEDED and was.state != DeadlineState.SUPERSEDED


def _foretold(change: str, row: Deadline, was: Deadline | None = None) -> ForetoldClock:
    late = row.state == DeadlineState.MET_LATE and (was is None or was.state == DeadlineState.MET)
    overdue = change != WAIVED and row.due_at is not None and row.done_at is None and row.due_at <= database_now()
    return ForetoldClock(
        change, row.title, row.clause, row.owed_by, row.starts_at, row.due_at, row.wording, overdue, late, was
    )


def grade_foretold(incident: Incident, grade: Grade, book: RuleBook) -> list[ForetoldClock]:
    """Return what a grade would do to the clocks, those that merged cases brought included."""
    preview, (stopped, again) = regrade_preview(incident, grade, book), carried_changes(incident, grade, book)
    reported = bool(preview.started) and incident.reports.filter(state=ReportState.SENT).exists()
    return [
        *(_of_spec(spec, again=spec.rule_code in preview.reopened, reported=reported) for spec in preview.started),
        *(_foretold(REOPENED, row) for row in again),
        *(_foretold(WAIVED, row) for row in (*preview.waived, *stopped)),
    ]


def _of_spec(spec: ClockSpec, *, again: bool, reported: bool) -> ForetoldClock:
    """What was reported already may cover it: then only the act itself shows whether it is over."""
    due_at = spec.due_at
    overdue = due_at is not None and due_at <= database_now() and not reported
    change = REOPENED if again else STARTED
    return ForetoldClock(change, spec.title, spec.clause, spec.owed_by, spec.starts_at, due_at, spec.wording, overdue)
