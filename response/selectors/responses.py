"""Reading responses, already scoped to the user, and what an approval would change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q, QuerySet

from directory.audience import recipient_of
from directory.choices import DutyModeKind
from directory.models import (
    Appointment,
    PlanVersion,
    ResponseCondition,
    ResponseLevel,
    Signature,
    Unit,
    User,
    WorkGroup,
)
from directory.rules import approver_kinds, holders
from directory.services.duty_modes import DutyAsked
from directory.services.signatures import known_numbers
from incidents.conditions import Finding, facts_from
from incidents.models import Incident
from incidents.selectors.conditions import condition_finding
from response.choices import RUNNING, TASK_OPEN, UNDECIDED, TaskState
from response.models import Response
from response.rules import ALL_MEMBERS, TaskPlan, duty_asked, plan_tasks
from yangcheng_ec.deadlines.choices import OPEN
from yangcheng_ec.deadlines.models import Deadline
from yangcheng_ec.errors import NotVisible
from yangcheng_ec.permissions import Page, may_open
from yangcheng_ec.record.models import RecordEntry

__all__ = [
    "Alternative",
    "Preview",
    "ReachableHolder",
    "activation_preview",
    "alternatives_of",
    "conditions_of",
    "holders_of_act",
    "phone_choices",
    "response_entries",
    "response_for",
    "response_list",
    "responses_visible_to",
    "signatures_awaiting",
    "signatures_of",
    "signer_named",
]

BESIDE = (
    "commandorder", "orderreceipt", "conference", "controlcheck", "reinforcement", "handover", "situationrhythm",
    "situationround", "situationreply", "onsitecommand", "humanmade", "evidencenote", "firstaction",
)  # fmt: skip
RELATED = (
    "incident__incident_unit",
    "incident__township",
    "incident__grade",
    "incident__plan_version__plan",
    "level",
    "level__version__plan",
    "condition",
    "plan_version__plan",
    "proposed_by",
    "replaces__level",
)


@dataclass(frozen=True)
class ReachableHolder:
    """Who holds a post that may decide, and on which numbers; ``own`` is the proposer, who may not."""

    post: str
    person: str
    numbers: list[str]
    own: bool = False


@dataclass(frozen=True)
class Preview:
    """What an approval would change."""

    tasks: list[TaskPlan]
    units: list[Unit]
    groups: list[WorkGroup]
    deciders: list[ReachableHolder]
    clocks: list[Deadline]
    informed: list[str]
    duty: list[DutyAsked] = field(default_factory=list)

    @property
    def on_duty(self) -> list[DutyAsked]:
        """Return whose rosters must have somebody around the clock."""
        return [one for one in self.duty if one.kind == DutyModeKind.ON_DUTY]

    @property
    def by_assignee(self) -> list[tuple[str, list[TaskPlan]]]:
        """Return the tasks under each assignee, in the plan's order."""
        found: dict[str, list[TaskPlan]] = {}
        for task in self.tasks:
            found.setdefault(task.assignee.label, []).append(task)
        return list(found.items())


@dataclass(frozen=True)
class Alternative:
    """A lower level and who may start it now, while this one waits."""

    level: ResponseLevel
    holders: list[ReachableHolder]


def responses_visible_to(user: Any) -> QuerySet[Response]:
    """Return the responses the user may see: all or none; a unit sees its tasks instead."""
    return Response.objects.all() if may_open(user, Page.RESPONSES) else Response.objects.none()


def response_list(user: Any, *, state: str = "", plan: str = "") -> QuerySet[Response]:
    """Return visible responses with their task figures; ``state`` may be «open»."""
    rows = responses_visible_to(user).select_related("incident", "level", "plan_version__plan")
    if state == "open":
        rows = rows.filter(state__in=[*UNDECIDED, *RUNNING])
    elif state:
        rows = rows.filter(state=state)
    if plan:
        rows = rows.filter(plan_version__plan__code=plan)
    unsigned = Count("tasks", filter=Q(tasks__state=TaskState.ASSIGNED))
    return rows.annotate(
        task_total=Count("tasks"),
        task_unsigned=unsigned,
        task_open=Count("tasks", filter=Q(tasks__state__in=TASK_OPEN)),
    ).order_by("-created_at", "-id")


def response_for(user: Any, number: str) -> Response:
    """Return one visible response by its number. Raises NotVisible."""
    response = responses_visible_to(user).select_related(*RELATED).filter(number=number).first()
    if response is None:
        raise NotVisible()
    return response


def signatures_of(response: Response) -> QuerySet[Signature]:
    """Return the decisions on a response, in order."""
    rows = Signature.objects.filter(subject_type="response", subject_id=response.pk)
    return rows.select_related("signer", "recorded_by").order_by("signed_at", "id")


def signatures_awaiting(user: Any) -> QuerySet[Signature]:
    """Return the user's approvals given by phone that wait for 补签 or 否认."""
    rows = Signature.objects.filter(signer=user, countersign="awaiting")
    return rows.select_related("head", "recorded_by").order_by("signed_at", "id")


def response_entries(response: Response) -> QuerySet[RecordEntry]:
    """Return the record lines about the response and its tasks, newest first."""
    tasks = response.tasks.values("pk")
    about = Q(subject_type="response", subject_id=response.pk) | Q(subject_type="task", subject_id__in=tasks)
    about |= Q(subject_type__in=BESIDE)  # orders, conferences… of the case: one response runs at a time
    return RecordEntry.objects.filter(about, head_id=response.incident.head_id).order_by("-seq")


def activation_preview(response: Response) -> Preview:
    """Return what approving would change: tasks, units, groups, who decides, clocks, who is told."""
    tasks = plan_tasks(response.level, response.incident)
    units = {task.assignee.unit.pk: task.assignee.unit for task in tasks if task.assignee.unit is not None}
    groups = {task.assignee.group.pk: task.assignee.group for task in tasks if task.assignee.group is not None}
    clocks = Deadline.objects.filter(head_id=response.incident.head_id, state__in=OPEN).order_by("due_at", "pk")
    return Preview(
        tasks=tasks,
        units=sorted(units.values(), key=lambda unit: unit.order),
        groups=list(groups.values()),
        deciders=holders_of_act(response, "approve_response"),
        clocks=list(clocks),
        informed=_informed(response),
        duty=duty_asked(response.level, tasks),
    )


def _informed(response: Response) -> list[str]:
    """Whom the level's clause tells, in words."""
    words = response.level.informs_at_proposal
    names = list(
        Unit.objects.filter(code__in=[word for word in words if word != ALL_MEMBERS]).values_list("name", flat=True)
    )
    return [*names, "各成员单位"] if ALL_MEMBERS in words else names


def holders_of_act(response: Response, act: str) -> list[ReachableHolder]:
    """Return who may do an act on this response now; the proposer is marked."""
    kinds = approver_kinds(response.plan_version, act, response.level)[0]
    return _reachable(holders(response.plan_version, kinds), response.proposed_by_id)


def _reachable(rows: Sequence[Appointment], own_id: int | None = None) -> list[ReachableHolder]:
    return [
        ReachableHolder(
            row.post.label, row.user.display_name, [n for n in [recipient_of(row).phone] if n], row.user_id == own_id
        )
        for row in rows
    ]


def alternatives_of(response: Response) -> list[Alternative]:
    """Return the lower levels that somebody may start now: offered while a higher one waits (非预案规定)."""
    if response.state not in UNDECIDED:
        return []
    levels = response.plan_version.response_levels.filter(ordinal__gt=response.level.ordinal)
    waited_for = {row.user_id for row in holders(response.plan_version, response.level.approvers)}
    found = []
    for level in levels:
        rows = [row for row in holders(response.plan_version, level.approvers) if row.user_id not in waited_for]
        found.append(Alternative(level, _reachable(rows)))
    return [item for item in found if item.holders]


def phone_choices(
    version: PlanVersion, kinds: Sequence[str], *, without: Sequence[int | None] = ()
) -> list[tuple[str, str]]:
    """Return («user|number», label) for each holder and each number on which they may be called back."""
    found: dict[str, str] = {}
    for row in holders(version, kinds):
        if row.user_id in without:
            continue
        for number in known_numbers(row.user):
            found.setdefault(f"{row.user_id}|{number}", f"{row.post.label} {row.user.display_name} {number}")
    return list(found.items())


def conditions_of(
    version: PlanVersion, incident: Incident
) -> list[tuple[ResponseLevel, list[tuple[ResponseCondition, Finding]]]]:
    """Return every level with its conditions, each with what the known facts say of it (``incidents.conditions``)."""
    levels = version.response_levels.prefetch_related("conditions").select_related("version__plan")
    facts = facts_from(incident.facts, incident.grade)
    return [(level, [(row, condition_finding(row, facts)) for row in level.conditions.all()]) for level in levels]


def signer_named(text: str) -> User | None:
    """Return the active user of an account name, for the API."""
    return User.objects.filter(username=text, is_active=True).first()
