"""What waits for a person on the desk: to decide, to sign, to review, to hand over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from directory.choices import Act
from directory.models import Signature
from directory.rules import clause_label
from directory.selectors.handoffs import Pair, handoffs_unbegun, handoffs_waiting
from directory.selectors.roster import Standing
from directory.services.handoffs import side_of
from early_warning.choices import WarningState
from early_warning.models import EarlyWarning
from incidents.choices import OPEN_STATES, ReportState
from incidents.models import Incident, Report
from incidents.selectors.instructions import follow_ups_open
from response.aftermath.selectors import rebuilds_waiting, reviews_waiting
from response.choices import RUNNING, UNDECIDED, ReleaseState, ResponseState, TaskState
from response.drills.selectors import drills_waiting
from response.models import InformationRelease, Response, Task
from response.rules import starter_ends
from response.running.waiting import office_waits, unit_waits
from response.selectors.posts import Authority, authority_of
from yangcheng_ec.deadlines.models import Deadline

__all__ = ["Waiting", "handoff_waiting", "unit_waiting_for", "waiting_for"]

ROWS_SHOWN = 20


@dataclass(frozen=True)
class Waiting:
    """One thing that waits for this person: what to do, about what, since when, where."""

    verb: str
    title: str
    url: str
    since: datetime | None = None
    clause: str = ""
    drill: bool = False
    loud: bool = False


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
        *_drills(authority),
        *_reviews_after(user, authority),
        *(Waiting(*row) for row in office_waits(authority)),
    ]
    return sorted(found, key=lambda item: (not item.loud, item.since or timezone.now()))


def unit_waiting_for(user: Any, standing: Standing) -> list[Waiting]:
    """Return what waits for a unit's people besides its tasks: hand-offs, follow-ups, orders, rebuilding."""
    return [
        *handoff_waiting(user, standing),
        *_follow_ups(user),
        *_rebuilds(user),
        *(Waiting(*row) for row in unit_waits(user)),
    ]


def handoff_waiting(user: Any, standing: Standing) -> list[Waiting]:
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
        f"/response/{row.number}/brief/" if row.state in UNDECIDED else f"/response/{row.number}/",
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


def _drills(authority: Authority) -> list[Waiting]:
    """Drills to approve, to start, to direct, to evaluate; loud while one runs."""
    return [
        Waiting(verb, row.title, f"/standing/drills/{row.number}/", row.created_at, drill=True, loud=running)
        for verb, row, running in drills_waiting(authority)
    ]


def _reviews_after(user: Any, authority: Authority) -> list[Waiting]:
    """Reports on events to sign, or to send once signed."""
    return [
        Waiting(
            verb, row.title, f"/incidents/{case.number}/aftermath/review/{row.serial}/", row.submitted_at,
            row.route.get("clause", ""), case.drill,
        )
        for verb, row, case in reviews_waiting(user, authority)
    ]  # fmt: skip


def _rebuilds(user: Any) -> list[Waiting]:
    """Plans of rebuilding that the user's unit has to write."""
    return [
        Waiting(
            _("报送恢复计划"), row.incident.title, f"/incidents/{row.incident.number}/aftermath/", row.asked_at,
            row.clause, row.incident.drill,
        )
        for row in rebuilds_waiting(user)
    ]  # fmt: skip
