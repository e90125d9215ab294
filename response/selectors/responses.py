"""Reading responses, already scoped to the user."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from directory.models import PlanVersion, ResponseCondition, ResponseLevel, Signature, User
from directory.rules import holders
from directory.services.signatures import known_numbers
from incidents.conditions import Finding, facts_from
from incidents.models import Incident
from incidents.selectors.conditions import condition_finding
from response.choices import RUNNING, TASK_OPEN, UNDECIDED, TaskState
from response.models import Response
from response.selectors.preview import ReachableHolder, reachable_of
from yangcheng_ec.errors import NotVisible
from yangcheng_ec.permissions import Page, may_open
from yangcheng_ec.record.models import RecordEntry

__all__ = [
    "Alternative",
    "alternatives_of",
    "conditions_of",
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
    "return_level",
)


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


def alternatives_of(response: Response) -> list[Alternative]:
    """Return the lower levels that somebody may start now: offered while a higher one waits (非预案规定)."""
    if response.state not in UNDECIDED:
        return []
    levels = response.plan_version.response_levels.filter(ordinal__gt=response.level.ordinal)
    waited_for = {row.user_id for row in holders(response.plan_version, response.level.approvers)}
    found = []
    for level in levels:
        rows = [row for row in holders(response.plan_version, level.approvers) if row.user_id not in waited_for]
        found.append(Alternative(level, reachable_of(rows)))
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
