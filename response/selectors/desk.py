"""The duty desk: the clocks, what waits for this person, what is open, by role."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from directory.audience import duty_number
from directory.choices import Act
from directory.models import PlanVersion, Signature
from directory.rules import clause_label
from directory.selectors.duty_modes import DutyPanel, duty_panel
from directory.selectors.handoffs import Pair, handoffs_unbegun, handoffs_waiting
from directory.selectors.plan_reviews import ReviewClock, review_clocks_of
from directory.selectors.roster import DutyLine, Standing, duty_lines, standing_of
from directory.services.handoffs import side_of
from early_warning.choices import WarningState
from early_warning.models import EarlyWarning, WarningAddressee
from early_warning.selectors import active_warnings, expired_of
from incidents.choices import OPEN_STATES, ReportState
from incidents.models import Incident, IntakeDraft, Report
from incidents.selectors import clocks_mine_first, incidents_visible_to
from incidents.selectors.drafts import drafts_open
from incidents.selectors.instructions import follow_ups_open
from incidents.selectors.returns import own_returns_today
from response.choices import RUNNING, UNDECIDED, ReleaseState, ResponseState, TaskState
from response.drills.selectors import DrillClock, drill_clocks_of
from response.models import InformationRelease, Response, Task
from response.rules import starter_ends
from response.selectors.posts import Authority, authority_of
from response.selectors.responses import response_list
from response.selectors.tasks import TaskFilter, task_list
from response.selectors.waiting import Waiting, drills_to_do, rebuilds_to_do, reviews_to_do
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
        waiting=[*_handoffs(user, standing), *waiting_for(user, clocks)],
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
        handoffs=[*_handoffs(user, standing), *_follow_ups(user), *rebuilds_to_do(user)],
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


def _handoffs(user: Any, standing: Standing) -> list[Waiting]:
    """Hand-offs of the user's own duty room nobody has begun, or not signed by both; loud for whoever is next."""
    found = [_unbegun(pair, user) for pair in handoffs_unbegun(user, standing)]
    for row in handoffs_waiting(user, standing):
        side = side_of(row, user)
        verb = {"from": _("交班签字"), "to": _("接班签字")}.get(side, _("催签交接"))
        title = _("交接班 %(pair)s：%(state)s") % {"pair": row, "state": row.get_state_display()}
        found.append(Waiting(verb, title, f"/roster/{row.roster.code}/handoff/{row.pk}/", row.at, loud=bool(side)))
    return found


def _unbegun(pair: Pair, user: Any) -> Waiting:
    title = _("交接班 %(pair)s：已换班，还没有交接") % {"pair": pair}
    mine = user.pk in (*pair.giving.people, *pair.taking.people)
    url = f"/roster/{pair.giving.roster.code}/handoff/?from={pair.giving.pk}"
    return Waiting(_("写交接") if mine else _("催办交接"), title, url, pair.taking.starts_at, loud=mine)


def log_today() -> QuerySet[RecordEntry]:
    """Return today's lines of the cases, newest first: the duty log."""
    midnight = timezone.localtime(timezone=SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    rows = RecordEntry.objects.filter(recorded_at__gte=midnight, head__kind__in=["incident", "warning"])
    return rows.select_related("head").order_by("-recorded_at", "-id")


def waiting_for(user: Any, clocks: Sequence[Deadline] = ()) -> list[Waiting]:
    """Return what waits for this person, the loud first, then the oldest. A fixed number of statements."""
    authority = authority_of(user)
    found = [
        *_reporting(authority, clocks),
        *_responses(user, authority),
        *_signatures(user),
        *_warnings(user, authority),
        *_cases(authority),
        *_reports(user, authority),
        *_follow_ups(user),
        *_releases(user, authority),
        *_returned(authority),
        *drills_to_do(authority),
        *reviews_to_do(user, authority),
    ]
    return sorted(found, key=lambda item: (not item.loud, item.since or timezone.now()))


def _reporting(authority: Authority, clocks: Sequence[Deadline]) -> list[Waiting]:
    """A clock that still runs is work of the plan's office: one line per case, its most urgent clock."""
    versions, found = authority.versions(Act.OFFICE), {}
    for clock in clocks:
        if clock.plan_version_id not in versions or clock.url in found:
            continue
        missing = "、".join(one.label for one in clock.addressees.all() if one.done_at is None)
        title = _("%(case)s：还没有报%(missing)s") % {"case": clock.case_title, "missing": missing}
        found[clock.url] = Waiting(
            _("去报告"), title, clock.url, clock.starts_at, clock.clause, clock.drill, loud=clock.due_at is not None
        )
    return list(found.values())


def _urgent_notices(user: Any) -> list[Notice]:
    rows = Notice.objects.filter(recipient=user, opened_at__isnull=True, settled_at__isnull=True, urgent=True)
    return list(rows.order_by("-created_at", "-id")[:6])


def _responses(user: Any, authority: Authority) -> list[Waiting]:
    states = [*UNDECIDED, ResponseState.END_PROPOSED, ResponseState.END_APPROVED]
    rows = Response.objects.filter(Q(state__in=states) | Q(disputed=True, state__in=RUNNING))
    found = []
    for row in rows.select_related("incident", "level", "plan_version__plan"):
        verb = _verb(row, user, authority)
        if verb:
            found.append(_about(row, verb))
    return found


def _verb(row: Response, user: Any, authority: Authority) -> str:
    """Return what this person may do with a response now, or nothing."""
    version_id = row.plan_version_id
    if row.state in UNDECIDED:
        return _verb_undecided(row, user, authority)
    if row.state == ResponseState.END_PROPOSED and row.end_proposed_by_id != user.pk:
        kinds = list(row.level.approvers) if starter_ends(row.plan_version) else None
        return _("批准结束") if authority.may(version_id, Act.APPROVE_END, kinds) else ""
    if row.state == ResponseState.END_APPROVED:
        return _("宣布结束") if authority.may(version_id, Act.ANNOUNCE_END) else ""
    if row.disputed and authority.may_start(row.level):
        return _("核定争议")
    return ""


def _verb_undecided(row: Response, user: Any, authority: Authority) -> str:
    if row.proposed_by_id == user.pk:
        return ""
    if row.level.needs_confirmation and row.state == ResponseState.PROPOSED:
        return _("确认") if authority.may(row.plan_version_id, Act.CONFIRM_RESPONSE) else ""
    return _("批准启动") if authority.may_start(row.level) else ""


def _about(row: Response, verb: str) -> Waiting:
    since = row.end_proposed_at if row.state in (ResponseState.END_PROPOSED, ResponseState.END_APPROVED) else None
    return Waiting(
        verb,
        f"{row.level} · {row.incident.title}",
        f"/response/{row.number}/",
        since or row.proposed_at,
        clause_label(row.plan_version, row.level.procedure_clause),
        row.drill,
        loud=True,
    )


def _signatures(user: Any) -> list[Waiting]:
    rows = Signature.objects.filter(signer=user, countersign="awaiting").select_related("head")
    return [
        Waiting(_("补签或否认"), f"{Act(row.act).label} · {row.head.key}", "/signatures/", row.signed_at, row.clause)
        for row in rows
    ]


def _warnings(user: Any, authority: Authority) -> list[Waiting]:
    acts = {
        WarningState.PROPOSED: (Act.APPROVE_WARNING, _("批准预警")),
        WarningState.APPROVED: (Act.PUBLISH_WARNING, _("发布预警")),
        WarningState.LIFT_PROPOSED: (Act.APPROVE_LIFT, _("批准解除预警")),
    }
    rows = EarlyWarning.objects.filter(state__in=list(acts)).select_related("level")
    found = []
    for row in rows:
        act, verb = acts[WarningState(row.state)]
        proposer = row.lift_proposed_by_id if row.state == WarningState.LIFT_PROPOSED else row.proposed_by_id
        own = proposer == user.pk and act != Act.PUBLISH_WARNING
        if not own and authority.may(row.plan_version_id, act):
            since = row.lift_proposed_at or row.proposed_at
            found.append(Waiting(verb, row.title, f"/warnings/{row.number}/", since, drill=row.drill, loud=True))
    return found


def _cases(authority: Authority) -> list[Waiting]:
    """Cases of an office that it has not taken over yet: 「未接手」."""
    rows = Incident.objects.filter(
        accepted_at__isnull=True, state__in=OPEN_STATES, plan_version_id__in=authority.versions(Act.OFFICE)
    )
    return [
        Waiting(_("接手"), row.title, f"/incidents/{row.number}/", row.received_at, drill=row.drill, loud=True)
        for row in rows[:ROWS_SHOWN]
    ]


def _reports(user: Any, authority: Authority) -> list[Waiting]:
    """Drafts of others to review, and late entries of others to confirm."""
    versions = authority.versions(Act.REVIEW_REPORT)
    draft = Q(state=ReportState.DRAFT) & ~Q(author=user)
    late = Q(late_entry=True, confirmed_by__isnull=True, state=ReportState.SENT) & ~Q(author=user)
    rows = Report.objects.filter(draft | late, incident__plan_version_id__in=versions).select_related("incident")
    return [
        Waiting(
            _("审核签发") if row.state == ReportState.DRAFT else _("确认补录"),
            f"{row.label} · {row.incident.title}",
            f"/incidents/{row.incident.number}/reports/{row.serial}/",
            row.created_at,
            drill=row.incident.drill,
        )
        for row in rows[:ROWS_SHOWN]
    ]


def _follow_ups(user: Any) -> list[Waiting]:
    """What came out of superiors' instructions and waits for the user's office or unit."""
    return [
        Waiting(
            _("办理批示"),
            f"{row.text[:60]} · {row.instruction.incident.title}",
            f"/incidents/{row.instruction.incident.number}/follow-ups/{row.pk}/",
            row.made_at,
            drill=row.instruction.incident.drill,
            loud=row.due_at is not None and row.due_at <= timezone.now(),
        )
        for row in follow_ups_open(user)[:ROWS_SHOWN]
    ]


def _releases(user: Any, authority: Authority) -> list[Waiting]:
    versions = authority.versions(Act.APPROVE_RELEASE)
    rows = InformationRelease.objects.filter(state=ReleaseState.DRAFT, incident__plan_version_id__in=versions)
    return [
        Waiting(_("批准信息发布"), row.title, f"/incidents/{row.incident.number}/", row.created_at)
        for row in rows.exclude(drafted_by=user).select_related("incident")[:ROWS_SHOWN]
    ]


def _returned(authority: Authority) -> list[Waiting]:
    """Tasks that units returned: the office gives them to somebody else."""
    versions = authority.versions(Act.OFFICE)
    rows = Task.objects.filter(state=TaskState.RETURNED, response__plan_version_id__in=versions)
    return [
        Waiting(
            _("改派"), f"{row.title}（{row.assignee_label}）", f"/response/tasks/{row.pk}/", row.assigned_at, row.clause
        )
        for row in rows[:ROWS_SHOWN]
    ]
