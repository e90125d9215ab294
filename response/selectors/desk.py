"""The duty desk: the clocks, what waits for this person, what is open, by role."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from directory.audience import duty_number
from directory.models import PlanVersion
from directory.selectors.duty_modes import DutyPanel, duty_panel
from directory.selectors.plan_reviews import ReviewClock, review_clocks_of
from directory.selectors.roster import DutyLine, duty_lines, standing_of
from early_warning.choices import WarningState
from early_warning.models import EarlyWarning, WarningAddressee
from early_warning.selectors import active_warnings, expired_of
from incidents.choices import OPEN_STATES
from incidents.models import Incident, IntakeDraft
from incidents.selectors import clocks_mine_first, incidents_visible_to
from incidents.selectors.drafts import drafts_open
from incidents.selectors.returns import own_returns_today
from response.choices import TaskState
from response.drills.selectors import DrillClock, drill_clocks_of
from response.models import Response, Task
from response.selectors.responses import response_list
from response.selectors.tasks import TaskFilter, task_list
from response.selectors.waiting import Waiting, handoff_waiting, unit_waiting_for, waiting_for
from yangcheng_ec.clock import SHANGHAI
from yangcheng_ec.deadlines.models import Deadline, Notice
from yangcheng_ec.deadlines.selectors import OutboxAlarm, call_sheet, outbox_alarm
from yangcheng_ec.permissions import Page, may_open
from yangcheng_ec.record.models import RecordEntry

__all__ = ["CommandDesk", "UnitDesk", "Waiting", "command_desk", "log_today", "unit_desk", "waiting_for"]

CLOCKS_SHOWN = 24
ROWS_SHOWN = 20
LOG_LINES = 12


@dataclass(frozen=True)
class Office:
    """Whom a unit calls: a command's office and its duty number."""

    name: str
    number: str


@dataclass
class CommandDesk:
    """What duty officers, the office and the command see."""

    clocks: list[Deadline] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    incidents: list[Incident] = field(default_factory=list)
    responses: list[Response] = field(default_factory=list)
    warnings: list[EarlyWarning] = field(default_factory=list)
    log: list[RecordEntry] = field(default_factory=list)
    calls: int = 0
    duty: list[DutyLine] = field(default_factory=list)
    reviews: list[ReviewClock] = field(default_factory=list)
    drills: list[DrillClock] = field(default_factory=list)
    drafts: list[IntakeDraft] = field(default_factory=list)
    panel: DutyPanel | None = None
    outbox: OutboxAlarm | None = None

    @property
    def urgent(self) -> Deadline | None:
        """Return the clock to show largest."""
        return self.clocks[0] if self.clocks else None

    @property
    def expired_warnings(self) -> list[EarlyWarning]:
        """Return the warnings past their end that nobody has lifted: they are still in force."""
        return expired_of(self.warnings)

    @property
    def count(self) -> int:
        """Return how many things wait, for the browser's title."""
        return len(self.waiting) + len(self.notices)


@dataclass
class UnitDesk:
    """What a member unit sees."""

    clocks: list[Deadline] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    unsigned: int = 0
    warnings: list[WarningAddressee] = field(default_factory=list)
    incidents: list[Incident] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    offices: list[Office] = field(default_factory=list)
    duty: list[DutyLine] = field(default_factory=list)
    handoffs: list[Waiting] = field(default_factory=list)
    returns: list[tuple[PlanVersion, bool]] = field(default_factory=list)
    drafts: list[IntakeDraft] = field(default_factory=list)
    panel: DutyPanel | None = None

    @property
    def urgent(self) -> Deadline | None:
        """Return the clock to show largest."""
        return self.clocks[0] if self.clocks else None

    @property
    def count(self) -> int:
        """Return how many things wait, for the browser's title."""
        return self.unsigned + len(self.notices) + sum(1 for row in self.warnings if row.confirmed_at is None)


def command_desk(user: Any) -> CommandDesk:
    """Return the desk of a duty officer, the office or the command."""
    opened = incidents_visible_to(user).filter(state__in=OPEN_STATES).select_related("plan_version__plan", "grade")
    clocks = list(clocks_mine_first(user)[:CLOCKS_SHOWN])
    standing = standing_of(user)
    return CommandDesk(
        clocks=clocks,
        waiting=[*handoff_waiting(user, standing), *waiting_for(user, clocks)],
        notices=_urgent_notices(user),
        incidents=list(opened.order_by("-received_at", "-id")[:ROWS_SHOWN]),
        responses=list(response_list(user, state="open")[:ROWS_SHOWN]),
        warnings=list(active_warnings()[:ROWS_SHOWN]),
        log=list(log_today()[:LOG_LINES]),
        calls=call_sheet().count() if may_open(user, Page.CALL_SHEET) else 0,
        duty=duty_lines(user, standing, brief=True),
        reviews=review_clocks_of(user),
        drills=drill_clocks_of(user),
        drafts=drafts_open(user),
        panel=duty_panel(user, standing),
        outbox=outbox_alarm(),
    )


def unit_desk(user: Any) -> UnitDesk:
    """Return the desk of a member unit: its tasks, its warnings, its cases."""
    tasks = list(task_list(user, TaskFilter(state="open"))[:ROWS_SHOWN])
    mine = WarningAddressee.objects.filter(
        unit_id=user.unit_id, warning__state__in=[WarningState.PUBLISHED, WarningState.LIFT_PROPOSED]
    )
    standing = standing_of(user)
    return UnitDesk(
        clocks=list(_owed(user)[:CLOCKS_SHOWN]),
        tasks=tasks,
        unsigned=sum(1 for task in tasks if task.state == TaskState.ASSIGNED),
        warnings=list(mine.select_related("warning__level").order_by("warning__level__ordinal", "pk"))
        if user.unit_id
        else [],
        incidents=list(
            incidents_visible_to(user)
            .filter(state__in=OPEN_STATES)
            .select_related("grade")
            .order_by("-received_at")[:ROWS_SHOWN]
        ),
        notices=_urgent_notices(user),
        offices=_offices(),
        duty=duty_lines(user, standing, brief=True),
        handoffs=unit_waiting_for(user, standing),
        returns=own_returns_today(user),
        drafts=drafts_open(user),
        panel=duty_panel(user, standing),
    )


def _owed(user: Any) -> QuerySet[Deadline]:
    """Return the clocks the user's own unit owes."""
    return clocks_mine_first(user).filter(owed_by_unit=user.unit.code if user.unit else "-")


def _offices() -> list[Office]:
    rows = PlanVersion.objects.filter(in_force=True).select_related("plan")
    return [
        Office(row.office_name, duty_number(row.office_unit_id, row.pk) if row.office_unit_id else "") for row in rows
    ]


def log_today() -> QuerySet[RecordEntry]:
    """Return today's lines of the cases, newest first: the duty log."""
    midnight = timezone.localtime(timezone=SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    rows = RecordEntry.objects.filter(recorded_at__gte=midnight, head__kind__in=["incident", "warning"])
    return rows.select_related("head").order_by("-recorded_at", "-id")


def _urgent_notices(user: Any) -> list[Notice]:
    rows = Notice.objects.filter(recipient=user, opened_at__isnull=True, settled_at__isnull=True, urgent=True)
    return list(rows.order_by("-created_at", "-id")[:6])
