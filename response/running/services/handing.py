"""移交指挥权: the package frozen at the handover, the superior's acceptance (S5)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from directory.audience import unit_recipients
from directory.models import Signature, Unit
from directory.rules import holders
from response.choices import RUNNING, TASK_OPEN
from response.models import Handover, Response
from response.running.choices import HandoverState
from response.running.services.common import happened, write
from response.services.common import (
    check_version,
    command_or_office,
    message_of,
    people_of,
    required,
    response_lock,
    state_in,
    tell,
)
from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import database_now, local_text
from yangcheng_ec.deadlines.choices import OPEN
from yangcheng_ec.deadlines.models import Deadline
from yangcheng_ec.errors import NotVisible
from yangcheng_ec.record.models import CaseHead, RecordEntry
from yangcheng_ec.record.services import Line

__all__ = ["handover_accept", "handover_write"]

LINES = 200
TOLD = ("commander", "deputy", "office_director", "office_staff", "duty_officer")


def handover_write(head: CaseHead, response: Response, note: str, clause: str, actor: Actor) -> Handover:
    """Freeze what is handed over. The caller has locked the case, asked for the authority and set the response."""
    row = Handover(
        response=response, version=0, to=response.handed_over_to, note=note, clause=clause,
        package=package_of(response), handed_by=actor.user, handed_post=actor.post,
        handed_at=response.handed_over_at or database_now(),
    )  # fmt: skip
    words = f"编制移交材料（{response.number}，接管：{row.to}）：事件状态、任务、联系人、时限、决定"
    write(head, row, Line("handover.packed", words, actor=actor, clause=clause))
    return row


@transaction.atomic
def handover_accept(
    *, response_id: int, version: int, accepted_by: str, accepted_post: str, acceptance: str, user: Any,
    accepted_at: datetime | None = None,
) -> Handover:  # fmt: skip
    """Record that the superior has accepted the command: who, as what, how, when (cyber 4.2.1.3(3); comms 4.4.1(5)).

    ``version`` is the handover's. Holds: handed over and not accepted; a post that may start the level, or the office.
    Writes the acceptance, the record, tells the command. Raises NotVisible, StaleVersion, Forbidden, WrongState,
    BadInput.
    """
    head, response = response_lock(response_id, user=user)
    row = Handover.objects.filter(response=response).first()
    if row is None:
        raise NotVisible()
    row.response = response
    check_version(row, version)
    actor = command_or_office(user, response)
    state_in(row, [HandoverState.HANDED], "不能登记接管", row.clause)
    state_in(response, RUNNING, "不能登记接管", row.clause)
    row.accepted_by = required(accepted_by, "accepted_by", "请写明接管人。", row.clause)
    row.accepted_post = required(accepted_post, "accepted_post", "请写明接管人职务。", row.clause)
    row.acceptance = required(acceptance, "acceptance", "请写明接管方式和凭证（文号、电话记录）。", row.clause)
    row.accepted_at = happened(accepted_at, "accepted_at", row.handed_at)
    row.state, row.recorded_by = HandoverState.ACCEPTED, user
    words = f"{row.to}接管指挥权（{row.accepted_post}{row.accepted_by}）：{row.acceptance}"
    line = Line("handover.accepted", words, actor=actor, clause=row.clause, done_at=row.accepted_at)
    write(head, row, line)
    message = message_of(
        response, "handover_accepted", words, urgent=True, clause=row.clause, dedupe=f"handover:{row.pk}:accepted"
    )
    tell(head, message, people_of(response, TOLD))
    return row


def package_of(response: Response) -> dict[str, Any]:
    """Return what a superior needs: state, tasks, contacts, clocks, decisions, as they stand now. Plain JSON."""
    return {
        "incident": _incident(response),
        "response": _response(response),
        "tasks": _tasks(response),
        "contacts": _contacts(response),
        "clocks": _clocks(response),
        "decisions": _decisions(response),
        "record": _record(response),
    }


def _incident(response: Response) -> list[list[str]]:
    case = response.incident
    facts = [
        ("事件编号", case.number), ("事件名称", case.title), ("状态", case.get_state_display()),
        ("级别", str(case.grade or "未定级")), ("地点", case.location), ("事发单位", case.incident_unit_label),
        ("事发时间", local_text(case.occurred_at) if case.occurred_at else ""), ("影响范围", case.impact_scope),
        ("发展态势", case.trend), ("已采取措施", case.measures_taken), ("事件描述", case.description),
    ]  # fmt: skip
    return [[label, str(value) or "不详"] for label, value in facts]


def _response(response: Response) -> list[list[str]]:
    facts = [
        ("响应", f"{response.level}（{response.number}）"),
        ("启动时间", local_text(response.activated_at) if response.activated_at else ""),
        ("启动条件", response.condition.text), ("研判依据", response.basis),
        ("值班要求", response.level.duty_regime or "预案未列"),
    ]  # fmt: skip
    return [[label, value] for label, value in facts]


def _tasks(response: Response) -> list[list[str]]:
    rows = response.tasks.select_related("unit", "group").order_by("unit__order", "id")
    open_first = sorted(rows, key=lambda task: task.state not in TASK_OPEN)
    return [[task.assignee_label, task.title, str(task.state_choice.label), task.clause] for task in open_first]


def _contacts(response: Response) -> list[list[str]]:
    version = response.plan_version
    posts = [[row.post.label, row.user.display_name, row.user.mobile or ""] for row in holders(version, TOLD)]
    units = list(Unit.objects.filter(tasks__response=response).distinct().order_by("order"))
    told = unit_recipients(units, version.pk)
    return posts + [[unit.name, row.label, row.phone] for unit in units for row in told.get(unit.pk, [])]


def _clocks(response: Response) -> list[list[str]]:
    rows = Deadline.objects.filter(head_id=response.incident.head_id, state__in=OPEN).order_by("due_at", "pk")
    return [
        [row.title, local_text(row.due_at) if row.due_at else "未定分钟数", str(row.get_state_display()), row.clause]
        for row in rows
    ]


def _decisions(response: Response) -> list[list[str]]:
    signed = Signature.objects.filter(head_id=response.incident.head_id).select_related("signer").order_by("signed_at")
    rows = [
        [local_text(row.signed_at), str(row.get_act_display()), f"{row.post_label} {row.signer}", row.clause]
        for row in signed
    ]
    orders = response.orders.select_related("ordered_by").order_by("ordered_at")
    return rows + [
        [
            local_text(row.ordered_at),
            f"指令{row.serial} {row.title}",
            f"{row.ordered_post} {row.ordered_by}",
            row.clause,
        ]
        for row in orders
    ]


def _record(response: Response) -> list[list[str]]:
    rows = RecordEntry.objects.filter(head_id=response.incident.head_id).order_by("-seq")[:LINES]
    return [[local_text(row.done_at), row.text, f"{row.actor_post} {row.actor_name}".strip()] for row in rows[::-1]]
