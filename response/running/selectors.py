"""Reading what a running response makes, already scoped to the user: all for the command, its own for a unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet

from directory.choices import ContactState, ResourceKind
from directory.models import Resource, Unit
from incidents.models import Incident
from incidents.selectors import incidents_visible_to
from response.choices import RUNNING, TASK_OPEN, TaskState
from response.models import (
    CommandOrder,
    EvidenceNote,
    FirstAction,
    Handover,
    OrderReceipt,
    Response,
    SituationReply,
    SituationRound,
    Task,
)
from response.running.choices import HandoverState, OrderState, ReceiptState
from response.running.rules import forces_clause
from response.selectors.responses import responses_visible_to
from yangcheng_ec.errors import NotVisible
from yangcheng_ec.permissions import Page, may_open

__all__ = [
    "BoardRow", "board_of", "evidence_of", "first_actions_of", "forces_of", "handed_over", "loaded_units",
    "order_receipt_for", "orders_of", "receipts_visible_to", "receipts_waiting", "replies_visible_to",
    "replies_waiting", "reply_for", "rounds_of",
]  # fmt: skip

CALLABLE = (ResourceKind.SOCIAL, ResourceKind.EXPERT, ResourceKind.ADVISER, ResourceKind.TEAM)
ORDER_RELATED = (
    "unit", "order__response__incident__plan_version__plan", "order__response__plan_version__plan",
    "order__response__level__version__plan", "order__ordered_by", "order__recorded_by",
)  # fmt: skip


def receipts_visible_to(user: Any) -> QuerySet[OrderReceipt]:
    """Return the receipts of orders that the user may see: all, those of the own unit, or none."""
    if may_open(user, Page.RESPONSES):
        return OrderReceipt.objects.all()
    if user.unit_id is None or not may_open(user, Page.TASKS_OWN):
        return OrderReceipt.objects.none()
    return OrderReceipt.objects.filter(unit_id=user.unit_id)


def receipts_waiting(user: Any) -> QuerySet[OrderReceipt]:
    """Return the orders in force that the user's own unit has not reported on, those not signed for first."""
    rows = receipts_visible_to(user).filter(unit_id=user.unit_id, unit__isnull=False, order__state=OrderState.ISSUED)
    rows = rows.exclude(state=ReceiptState.REPORTED).filter(order__response__state__in=RUNNING)
    return rows.select_related(*ORDER_RELATED).order_by("-state", "-order__ordered_at", "id")


def order_receipt_for(user: Any, pk: int) -> OrderReceipt:
    """Return one visible receipt with its order. Raises NotVisible."""
    row = receipts_visible_to(user).select_related(*ORDER_RELATED).filter(pk=pk).first()
    if row is None:
        raise NotVisible()
    return row


def orders_of(response: Response) -> QuerySet[CommandOrder]:
    """Return a response's orders, the newest first, with their receipts: two statements."""
    receipts = Prefetch("receipts", OrderReceipt.objects.select_related("unit").order_by("unit__order", "id"))
    return response.orders.select_related("ordered_by", "recorded_by").prefetch_related(receipts)


def replies_visible_to(user: Any) -> QuerySet[SituationReply]:
    """Return the replies of situation rounds that the user may see: all, those of the own unit, or none."""
    if may_open(user, Page.RESPONSES):
        return SituationReply.objects.all()
    if user.unit_id is None or not may_open(user, Page.TASKS_OWN):
        return SituationReply.objects.none()
    return SituationReply.objects.filter(unit_id=user.unit_id)


def replies_waiting(user: Any) -> QuerySet[SituationReply]:
    """Return what the user's own unit is asked for and has not said, of rounds that are not composed yet."""
    rows = replies_visible_to(user).filter(unit_id=user.unit_id, unit__isnull=False, replied_at__isnull=True)
    rows = rows.filter(round__composed_at__isnull=True, round__response__state__in=RUNNING)
    return rows.select_related("unit", "round__response__incident").order_by("-id")


def reply_for(user: Any, pk: int) -> SituationReply:
    """Return one visible reply with its round. Raises NotVisible."""
    related = ("unit", "round__response__incident__plan_version__plan", "round__response__plan_version__plan")
    row = replies_visible_to(user).select_related(*related).filter(pk=pk).first()
    if row is None:
        raise NotVisible()
    return row


def rounds_of(response: Response) -> QuerySet[SituationRound]:
    """Return a response's rounds, the newest first, with what the units said: two statements."""
    replies = Prefetch("replies", SituationReply.objects.select_related("unit").order_by("unit__order", "id"))
    return response.situation_rounds.select_related("report").prefetch_related(replies)


@dataclass(frozen=True)
class BoardRow:
    """The tasks under one heading of the board, and how they stand. ``cases`` > 1: the unit works for two cases."""

    label: str
    tasks: list[Task]
    cases: int = 0

    @property
    def unsigned(self) -> int:
        """Return how many wait for a signature."""
        return sum(1 for task in self.tasks if task.state == TaskState.ASSIGNED)

    @property
    def returned(self) -> int:
        """Return how many came back."""
        return sum(1 for task in self.tasks if task.state == TaskState.RETURNED)

    @property
    def late(self) -> int:
        """Return how many are past their local due time."""
        return sum(1 for task in self.tasks if task.late)

    @property
    def still_open(self) -> int:
        """Return how many are not done."""
        return sum(1 for task in self.tasks if task.state in TASK_OPEN)


def board_of(response: Response, by: str) -> list[BoardRow]:
    """Return a response's tasks by «unit», «group» or «state», what is late or came back first. Two statements."""
    rows = response.tasks.select_related("unit", "group", "group__lead", "parent").order_by("assigned_at", "id")
    loaded = loaded_units(response.drill) if by == "unit" else {}
    found: dict[str, list[Task]] = {}
    for task in sorted(rows, key=_order_by(by)):
        found.setdefault(_heading(task, by), []).append(task)
    boards = [BoardRow(label, tasks, loaded.get(tasks[0].unit_id or 0, 0)) for label, tasks in found.items()]
    if by == "state":
        return boards
    return sorted(boards, key=lambda row: (-row.late, -row.returned, -row.unsigned))


def _order_by(by: str) -> Any:
    if by == "state":
        states = list(TaskState.values)
        return lambda task: states.index(task.state)
    if by == "group":
        return lambda task: task.group.number if task.group else 99
    return lambda task: task.unit.order if task.unit else -1


def _heading(task: Task, by: str) -> str:
    if by == "state":
        return str(task.state_choice.label)
    if by == "group":
        return f"{task.group}（牵头：{task.group.lead}）" if task.group else "不经工作组"
    return task.unit.name if task.unit else task.assignee_label


def loaded_units(drill: bool) -> dict[int, int]:
    """Return, by unit id, for how many cases it has open tasks where there is more than one. One statement."""
    rows = Task.objects.filter(state__in=TASK_OPEN, response__state__in=RUNNING, drill=drill, unit__isnull=False)
    counted = rows.values("unit_id").annotate(cases=Count("response__incident", distinct=True)).filter(cases__gt=1)
    return dict(counted.order_by().values_list("unit_id", "cases"))


def handed_over(head_id: int) -> Handover | None:
    """Return the handover in force in a case: command is with the superior until the response ends (S5)."""
    stands = Q(response__state__in=[*RUNNING, "replaced"])
    rows = Handover.objects.filter(stands, response__incident__head_id=head_id)
    return rows.order_by("-handed_at").first()


def first_actions_of(user: Any, incident: Incident) -> QuerySet[FirstAction]:
    """Return a case's 先期处置 that the user may read: all who see whole cases, otherwise the own unit's."""
    rows = incident.first_actions.select_related("unit", "user")
    return rows if may_open(user, Page.CASES_ALL) else rows.filter(unit_id=user.unit_id, unit__isnull=False)


def evidence_of(user: Any, incident: Incident) -> QuerySet[EvidenceNote]:
    """Return a case's notes on evidence: all who see whole cases, otherwise those that the own unit's people wrote."""
    rows = incident.evidence_notes.select_related("user")
    return rows if may_open(user, Page.CASES_ALL) else rows.filter(user__unit_id=user.unit_id or 0)


def forces_of(response: Response) -> QuerySet[Resource]:
    """Return whom a response may call in: the plan's registered companies, experts, advisers and teams (cyber 4.3)."""
    if not forces_clause(response.plan_version):
        return Resource.objects.none()
    rows = Resource.objects.filter(plan=response.plan_version.plan, state=ContactState.ACTIVE, kind__in=CALLABLE)
    return rows.select_related("unit").order_by("kind", "name", "id")


def incident_seen(user: Any, number: str) -> Incident:
    """Return one visible case. Raises NotVisible."""
    rows = incidents_visible_to(user).select_related("plan_version__plan", "incident_unit", "reporting_unit")
    row = rows.filter(number=number).first()
    if row is None:
        raise NotVisible()
    return row


def response_seen(user: Any, number: str) -> Response:
    """Return one visible response as the pages of this room need it. Raises NotVisible."""
    related = ("incident__plan_version__plan", "plan_version__plan", "level__version__plan", "incident__incident_unit")
    row = responses_visible_to(user).select_related(*related).filter(number=number).first()
    if row is None:
        raise NotVisible()
    return row


def units_of_response(response: Response) -> QuerySet[Unit]:
    """Return the units with open tasks of a response."""
    return Unit.objects.filter(tasks__response=response, tasks__state__in=TASK_OPEN).distinct().order_by("order")


def accepted(handover: Handover | None) -> bool:
    """Return whether the superior has accepted the command."""
    return handover is not None and handover.state == HandoverState.ACCEPTED
