"""Reading drills: who sees which, the script, the clock of the yearly drill, what waits for somebody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Case, IntegerField, Max, Min, Q, QuerySet, Value, When
from django.utils.translation import gettext as _

from directory.choices import OFFICE_KINDS, Act
from directory.models import Grade, PlanVersion
from directory.rules import appointments_in_force
from directory.selectors.standing_duties import StandingDuty, drill_duty
from response.drills.choices import BEFORE, HELD, DrillState, InjectState
from response.drills.models import Drill, DrillInject
from response.selectors.posts import Authority
from yangcheng_ec.clock import SHANGHAI, database_now
from yangcheng_ec.errors import NotVisible
from yangcheng_ec.permissions import Page, may_open
from yangcheng_ec.record.models import RecordEntry

__all__ = [
    "DrillClock",
    "DrillFilter",
    "drill_clocks",
    "drill_clocks_of",
    "drill_for",
    "drill_history",
    "drills_found",
    "drills_visible_to",
    "drills_waiting",
    "grades_shown",
    "injects_shown",
    "sees_script",
]

SOON = timedelta(days=60)
SHOWN_TO_UNITS = (DrillState.APPROVED, DrillState.RUNNING, DrillState.ENDED, DrillState.EVALUATED)
SCRIPTED = (Act.ORGANISE_DRILL, Act.APPROVE_DRILL)
RELATED = ("plan_version__plan", "grade", "incident_unit", "incident", "planned_by")


@dataclass(frozen=True)
class DrillFilter:
    """What the list is narrowed to; empty words narrow nothing."""

    plan: str = ""
    state: str = ""


def drills_visible_to(user: Any) -> QuerySet[Drill]:
    """Return the drills the user may see: all, or the approved ones its unit takes part in."""
    rows = Drill.objects.select_related(*RELATED).defer("plan_version__texts")
    if may_open(user, Page.DRILLS_ALL):
        return rows
    if may_open(user, Page.DRILLS_OWN) and user.unit_id is not None:
        own = Drill.participants.through.objects.filter(unit=user.unit_id).values("drill_id")
        return rows.filter(pk__in=own, state__in=SHOWN_TO_UNITS)
    return rows.none()


def drills_found(user: Any, wanted: DrillFilter) -> QuerySet[Drill]:
    """Return what matches: those that run, then those past their date that have not begun, then the newest.

    ``late``: planned for a time gone by, not begun; or ended and not evaluated for a month.
    """
    rows = drills_visible_to(user)
    exact = {"plan_version__plan__code": wanted.plan, "state": wanted.state}
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    late = Q(state__in=BEFORE, planned_at__lt=database_now())
    rank = Case(
        When(state=DrillState.RUNNING, then=Value(0)),
        When(late, then=Value(1)),
        When(state__in=[*BEFORE, DrillState.ENDED], then=Value(2)),
        default=Value(3),
        output_field=IntegerField(),
    )
    return rows.annotate(rank=rank).order_by("rank", "-planned_at", "-id")


def drill_for(user: Any, number: str) -> Drill:
    """Return one visible drill. Raises NotVisible."""
    found = drills_visible_to(user).filter(number=number).first()
    if found is None:
        raise NotVisible()
    return found


def sees_script(user: Any, drill: Drill, authority: Authority) -> bool:
    """Return whether the user may read scenario and injects beforehand: who directs or approves, and the auditor.

    Players see the scenario when the drill starts, and each inject once it is told.
    """
    directs = any(authority.may(drill.plan_version_id, act) for act in SCRIPTED)
    return directs or may_open(user, Page.RECORD_ALL) or drill.state == DrillState.EVALUATED


def grades_shown(user: Any, drills: Iterable[Drill], authority: Authority) -> list[Drill]:
    """Give each drill ``grade_shown``: the scenario's grade, empty to the players until the drill has ended."""
    rows = list(drills)
    for drill in rows:
        known = drill.ended_at is not None or sees_script(user, drill, authority)
        drill.grade_shown = str(drill.grade or "") if known else ""  # type: ignore[attr-defined]
    return rows


def injects_shown(user: Any, drill: Drill, *, script: bool) -> list[DrillInject]:
    """Return the injects the user may read: all, or those already told, for a unit those told to it."""
    rows = drill.injects.select_related("unit").order_by("minute", "pk")
    if script:
        return list(rows)
    rows = rows.filter(state=InjectState.FIRED)
    if not may_open(user, Page.DRILLS_ALL):
        rows = rows.filter(Q(unit_id=user.unit_id) | Q(to="everyone"))
    return list(rows)


def drill_history(drill: Drill) -> QuerySet[RecordEntry]:
    """Return the lines of a drill's own chain, in order."""
    return RecordEntry.objects.filter(head_id=drill.head_id).order_by("seq")


# The clock of the yearly drill


@dataclass(frozen=True)
class DrillClock:
    """What a plan asks of its drills: the last one that counts, the day by which the next is due, one that is planned.

    ``due_on`` None: 「定期」 names no day, or none was ever held. ``other``: the last on another grade, if later.
    """

    version: PlanVersion
    duty: StandingDuty
    today: date
    last: date | None = None
    other: date | None = None
    due_on: date | None = None
    planned: date | None = None
    grade: str = ""

    @property
    def overdue(self) -> bool:
        """Return whether the day has gone by."""
        return self.due_on is not None and self.due_on < self.today

    @property
    def never(self) -> bool:
        """Return whether the plan asks for one every so often and none was ever held here."""
        return self.duty.months is not None and self.last is None

    @property
    def soon(self) -> bool:
        """Return whether the day is near."""
        return self.due_on is not None and not self.overdue and self.due_on <= self.today + SOON


def drill_clocks(versions: Sequence[PlanVersion]) -> list[DrillClock]:
    """Return the drill clock of each plan that asks for drills; two statements for all."""
    duties = {version.pk: duty for version in versions if (duty := drill_duty(version)) is not None}
    if not duties:
        return []
    held, planned = _days([version.plan_id for version in versions])
    names = dict(Grade.objects.filter(version__in=list(duties)).values_list("code", "name"))
    today = database_now().astimezone(SHANGHAI).date()
    return [
        _clock(version, duties[version.pk], held, today, planned.get(version.plan_id), names)
        for version in versions
        if version.pk in duties
    ]


def _days(plans: Sequence[int]) -> tuple[dict[tuple[int, str], date], dict[int, date]]:
    """Return when each plan (id, code of the scenario's grade) was last drilled, and when it is next to be."""
    held: dict[tuple[int, str], date] = {}
    planned: dict[int, date] = {}
    rows = Drill.objects.filter(plan_version__plan__in=plans, state__in=[*HELD, DrillState.APPROVED]).order_by()
    grouped = rows.values_list("plan_version__plan", "grade__code", "state")
    for plan, grade, state, ended, next_at in grouped.annotate(ended=Max("ended_at"), next_at=Min("planned_at")):
        if state == DrillState.APPROVED:
            day = next_at.astimezone(SHANGHAI).date()
            planned[plan] = min(planned.get(plan, day), day)
        else:
            day = ended.astimezone(SHANGHAI).date()
            held[plan, grade or ""] = max(held.get((plan, grade or ""), day), day)
    return held, planned


def _clock(
    version: PlanVersion, duty: StandingDuty, held: dict[tuple[int, str], date], today: date, planned: date | None,
    names: dict[str, str],
) -> DrillClock:  # fmt: skip
    own = {code: day for (plan, code), day in held.items() if plan == version.plan_id}
    latest = max(own.values(), default=None)
    last = own.get(duty.grade) if duty.grade else latest
    due = months_after(last, duty.months) if last and duty.months else None
    other = latest if latest and (last is None or latest > last) else None
    return DrillClock(version, duty, today, last, other, due, planned, names.get(duty.grade, ""))


def months_after(day: date, months: int) -> date:
    """Return the same day so many months later, or the last of a shorter month."""
    years, month = divmod(day.month - 1 + months, 12)
    first = date(day.year + years, month + 1, 1)
    days = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - first
    return first.replace(day=min(day.day, days.days))


def drill_clocks_of(user: Any) -> list[DrillClock]:
    """Return the drill clocks of the plans in whose office or command the user holds a post, for the desk."""
    kinds = [*OFFICE_KINDS, "commander", "deputy"]
    held = appointments_in_force().filter(user=user, post__version__in_force=True, post__kind__in=kinds)
    versions = {row.post.version_id: row.post.version for row in held if row.post.version is not None}
    return drill_clocks(list(versions.values()))


def drills_waiting(authority: Authority) -> list[tuple[str, Drill, bool]]:
    """Return (what to do, drill, whether it runs) for the desk: to approve, start, direct, evaluate. One statement."""
    approves, directs = authority.versions(Act.APPROVE_DRILL), authority.versions(Act.ORGANISE_DRILL)
    if not approves and not directs:
        return []
    tomorrow = database_now() + timedelta(days=1)
    wanted = Q(state=DrillState.PLANNED, plan_version__in=approves)
    wanted |= Q(state=DrillState.APPROVED, plan_version__in=directs, planned_at__lte=tomorrow)
    wanted |= Q(state__in=[DrillState.RUNNING, DrillState.ENDED], plan_version__in=directs)
    verbs: dict[str, str] = {
        DrillState.PLANNED: _("批准演练"), DrillState.APPROVED: _("开始演练"), DrillState.RUNNING: _("导调演练"),
        DrillState.ENDED: _("评估演练"),
    }  # fmt: skip
    rows = Drill.objects.filter(wanted).order_by("planned_at", "pk")
    return [(verbs[row.state], row, row.state == DrillState.RUNNING) for row in rows]
