"""Reading the aftermath of a case: the whole for the command's side, its own part for a unit; what is not settled."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import F, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from directory.choices import OPEN_STAGES, Act
from directory.models import PlanVersion
from incidents.choices import IncidentState
from incidents.models import Incident
from incidents.selectors import incident_for
from response.aftermath.choices import BEFORE_SENT, CARE_OPEN, LessonState, RebuildState, ReviewState, StandDownState
from response.aftermath.models import (
    AftercareItem,
    Lesson,
    MeritNote,
    RebuildPlan,
    RebuildStep,
    ReviewAddressee,
    ReviewReport,
    StandDown,
)
from response.aftermath.rules import report_duty
from response.choices import TaskState
from response.models import Task
from response.selectors.posts import Authority
from yangcheng_ec.deadlines.choices import OPEN
from yangcheng_ec.deadlines.models import Deadline
from yangcheng_ec.errors import NotVisible
from yangcheng_ec.permissions import Page, may_open

__all__ = [
    "Aftermath",
    "Total",
    "aftermath_case",
    "aftermath_of",
    "aftermath_whole",
    "care_totals",
    "concerns",
    "open_revisions",
    "proposals_of",
    "rebuilds_waiting",
    "review_for",
    "reviews_waiting",
    "sees_whole",
    "unsettled",
]


@dataclass
class Total:
    """The agreed costs that one payer bears, and what of it is paid."""

    label: str
    clause: str
    agreed: Decimal = Decimal("0.00")
    settled: Decimal = Decimal("0.00")


@dataclass
class Aftermath:
    """Everything of a case's aftermath that the reader may see."""

    whole: bool
    stand_downs: list[StandDown] = field(default_factory=list)
    reviews: list[ReviewReport] = field(default_factory=list)
    care: list[AftercareItem] = field(default_factory=list)
    totals: list[Total] = field(default_factory=list)
    rebuild: RebuildPlan | None = None
    steps: list[RebuildStep] = field(default_factory=list)
    lessons: list[Lesson] = field(default_factory=list)
    merits: list[MeritNote] = field(default_factory=list)
    carried: list[Task] = field(default_factory=list)
    clocks: list[Deadline] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Return whether nothing was begun."""
        begun = (self.stand_downs, self.reviews, self.care, self.lessons, self.merits, self.carried)
        return not any(begun) and self.rebuild is None


def sees_whole(user: Any) -> bool:
    """Return whether the user sees the whole aftermath of every case; a unit sees what concerns itself."""
    return may_open(user, Page.RESPONSES)


def aftermath_case(user: Any, number: str) -> Incident:
    """Return a case whose aftermath the user may read: all of it, or the unit's own part. Raises NotVisible."""
    incident = incident_for(user, number)
    if not sees_whole(user) and not concerns(user, incident):
        raise NotVisible()
    return incident


def concerns(user: Any, incident: Incident) -> bool:
    """Return whether something of the aftermath is the user's own unit's to do."""
    if user.unit_id is None:
        return False
    told = StandDown.objects.filter(response__incident=incident, unit=user.unit_id)
    return RebuildPlan.objects.filter(incident=incident, unit=user.unit_id).exists() or told.exists()


def aftermath_of(user: Any, incident: Incident) -> Aftermath:
    """Return the aftermath of a case that ``aftermath_case`` has let the user read; a fixed number of statements."""
    return aftermath_whole(incident) if sees_whole(user) else _part(incident, Q(unit=user.unit_id), whole=False)


def _part(incident: Incident, own: Q, *, whole: bool) -> Aftermath:
    """Return what concerns units: who stands down, the plan of rebuilding."""
    downs = StandDown.objects.filter(own, response__incident=incident).select_related("unit", "response", "recorded_by")
    rebuild = RebuildPlan.objects.filter(own, incident=incident).select_related("unit").first()
    found = Aftermath(whole=whole, stand_downs=list(downs.order_by("pk")), rebuild=rebuild)
    found.steps = list(rebuild.steps.filter(struck=False).order_by("due_on", "number")) if rebuild is not None else []
    return found


def aftermath_whole(incident: Incident) -> Aftermath:
    """Return everything of a case's aftermath, for who sees whole cases."""
    found = _part(incident, Q(), whole=True)
    addressees = Prefetch("addressees", ReviewAddressee.objects.order_by("number"))
    reviews = ReviewReport.objects.filter(incident=incident).select_related("author", "signer")
    found.reviews = list(reviews.prefetch_related(addressees).order_by("serial"))
    care = AftercareItem.objects.filter(incident=incident).select_related("unit", "payer_unit", "created_by")
    found.care = list(care.order_by("pk"))
    found.totals = care_totals(found.care)
    lessons = Lesson.objects.filter(incident=incident).select_related("unit", "revision", "created_by")
    found.lessons = list(lessons.order_by("pk"))
    found.merits = list(MeritNote.objects.filter(incident=incident).select_related("created_by").order_by("pk"))
    carried = Task.objects.filter(response__incident=incident, state=TaskState.CARRIED_OVER, response__state="ended")
    found.carried = list(carried.order_by("pk"))
    clocks = Deadline.objects.filter(head_id=incident.head_id, state__in=OPEN)
    found.clocks = list(clocks.order_by(F("due_at").asc(nulls_last=True), "pk"))
    return found


def care_totals(items: Iterable[AftercareItem]) -> list[Total]:
    """Return what each payer bears of the agreed items, in the order they first came up (F4)."""
    found: dict[str, Total] = {}
    for item in items:
        if item.agreed is None or item.state == "dropped":
            continue
        total = found.setdefault(item.payer_label, Total(item.payer_label, item.payer_clause))
        total.agreed += item.agreed
        total.settled += item.agreed if item.state == "settled" else Decimal(0)
    return list(found.values())


def review_for(user: Any, incident: Incident, serial: int) -> ReviewReport:
    """Return one report on a case. Raises NotVisible, also for a unit."""
    rows = ReviewReport.objects.select_related("author", "signer", "submitted_by").filter(incident=incident)
    found = rows.filter(serial=serial).first()
    if found is None or not sees_whole(user):
        raise NotVisible()
    found.incident = incident
    return found


def unsettled(incident: Incident) -> list[str]:
    """Return in words what of a case's aftermath is not settled: the report that the clause asks for, and all begun."""
    return [*_reports_open(incident), *_care_open(incident), *_rebuild_open(incident), *_carried_open(incident)]


def _reports_open(incident: Incident) -> list[str]:
    title = report_duty(incident.plan_version)[0]
    states = list(incident.reviews.order_by("serial").values_list("state", flat=True))
    if any(state in BEFORE_SENT for state in states):
        return [_("%(title)s没有报送") % {"title": title}]
    if not states:
        return [_("没有%(title)s") % {"title": title}] if incident.state == IncidentState.AFTERMATH else []
    rows = ReviewAddressee.objects.filter(report__incident=incident, received_at__isnull=True)
    missing = list(dict.fromkeys(rows.order_by("report__serial", "number").values_list("label", flat=True)))
    return [_("%(names)s没有签收报告") % {"names": "、".join(missing)}] if missing else []


def _care_open(incident: Incident) -> list[str]:
    count = incident.aftercare.filter(state__in=CARE_OPEN).count()
    return [_("%(n)d项善后事项没有办结") % {"n": count}] if count else []


def _rebuild_open(incident: Incident) -> list[str]:
    row = RebuildPlan.objects.filter(incident=incident).exclude(state=RebuildState.FINISHED).first()
    return [_("恢复重建：%(state)s") % {"state": row.get_state_display()}] if row is not None else []


def _carried_open(incident: Incident) -> list[str]:
    tasks = Task.objects.filter(response__incident=incident, response__state="ended", state=TaskState.CARRIED_OVER)
    downs = StandDown.objects.filter(response__incident=incident, state=StandDownState.TOLD)
    words = ((_("%(n)d项结转的任务没有办结"), tasks.count()), (_("%(n)d支队伍没有报告撤离"), downs.count()))
    return [text % {"n": count} for text, count in words if count]


def proposals_of(version: PlanVersion) -> QuerySet[Lesson]:
    """Return the open proposals to revise a plan, whatever version the case ran under, the oldest first."""
    rows = Lesson.objects.filter(revises_plan=True, state=LessonState.OPEN, plan_version__plan=version.plan_id)
    return rows.filter(incident__drill=False).select_related("incident", "created_by").order_by("created_at", "pk")


def open_revisions(version: PlanVersion) -> list[PlanVersion]:
    """Return the revisions of a plan that are being worked on."""
    return list(PlanVersion.objects.filter(plan=version.plan_id, stage__in=OPEN_STAGES).defer("texts"))


def reviews_waiting(user: Any, authority: Authority) -> list[tuple[str, ReviewReport, Incident]]:
    """Return (what to do, report, case) for the desk: to sign, and to send once signed. One statement."""
    if not authority.held:
        return []
    rows = ReviewReport.objects.filter(state__in=[ReviewState.SUBMITTED, ReviewState.SIGNED])
    rows = rows.filter(incident__plan_version__in=list(authority.held)).select_related("incident")
    rows = rows.exclude(incident__drill=True, incident__state=IncidentState.CLOSED)
    found = ((_verb(row, user, authority), row, row.incident) for row in rows.order_by("submitted_at", "pk"))
    return [line for line in found if line[0]]


def _verb(row: ReviewReport, user: Any, authority: Authority) -> str:
    version_id = row.incident.plan_version_id
    if row.state == ReviewState.SIGNED:
        return _("报送报告") if authority.may(version_id, Act.OFFICE) else ""
    own = user.pk in (row.author_id, row.submitted_by_id)
    signs = authority.may(version_id, Act.REVIEW_REPORT, list(row.route.get("signers", [])))
    return _("签发报告") if signs and not own else ""


def rebuilds_waiting(user: Any) -> Sequence[RebuildPlan]:
    """Return the plans of rebuilding that the user's unit has to write, for its desk."""
    if user.unit_id is None:
        return []
    states = [RebuildState.ASKED, RebuildState.RETURNED]
    rows = RebuildPlan.objects.filter(unit=user.unit_id, state__in=states).exclude(incident__state=IncidentState.CLOSED)
    return list(rows.select_related("incident").order_by("asked_at"))
