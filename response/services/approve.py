"""Approval and activation are one act: state, 24-hour duty, tasks, who sees them, one notice for each unit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db import transaction

from directory.choices import Act
from directory.models import Appointment, Unit
from directory.selectors.membership import member_units
from directory.services.duty_modes import duty_modes_set
from directory.services.signatures import PhoneCall, Signing, refuse_denied
from early_warning.services import warnings_supersede
from incidents.models import Incident, IncidentGroupObjectPermission
from incidents.services import incident_mark_responding
from response.choices import TASK_OPEN, UNDECIDED, ResponseState, TaskEventKind, TaskState
from response.models import Response, Task, TaskEvent, TaskGroupObjectPermission
from response.rules import ALL_MEMBERS, TaskPlan, duty_asked, groups_called, plan_tasks
from response.running.carrying import running_carry_over
from response.services.common import (
    COMMAND_KINDS,
    check_version,
    clause_of,
    decidable_since,
    entry_write,
    message_of,
    people_of,
    response_lock,
    sign,
    state_in,
    tell,
)
from yangcheng_ec.actors import Actor
from yangcheng_ec.callout.registry import Target
from yangcheng_ec.callout.services import callouts_start_each
from yangcheng_ec.clock import database_now, local_text
from yangcheng_ec.deadlines.services import Message
from yangcheng_ec.errors import Forbidden, WrongState
from yangcheng_ec.permissions import unit_group_name
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line, record_append

__all__ = ["response_approve", "tasks_close", "tasks_create", "tasks_grant", "tasks_tell"]


@transaction.atomic
def response_approve(
    *, response_id: int, version: int, user: Any, call: PhoneCall | None = None, note: str = ""
) -> Response:
    """Approve a level and activate it, on screen or by phone (``call``).

    Holds: a post that the level's clause names; nobody approves their own proposal; comms: the command has confirmed.
    Writes the signature, the state, the 24-hour duty and the tasks of the level's measures, what units may see, the
    record, one notice for each unit; the replaced response ends its level. Raises Forbidden, WrongState, StaleVersion,
    BadInput.
    """
    head, response = response_lock(response_id, user=user)
    check_version(response, version)
    clause = clause_of(response)
    _check_state(response, clause)
    signer = call.signer if call is not None else user
    if response.proposed_by_id == signer.pk:
        raise Forbidden("不能批准自己提出的响应建议，请由另一位有权的人批准。", clause=clause)
    signing = Signing(
        head,
        ("response", response.pk),
        Act.APPROVE_RESPONSE,
        response.plan_version,
        clause,
        note=note,
        level=response.level,
        since=decidable_since(response),
    )
    actor = sign(signing, user=user, call=call)
    _activate(head, response, actor, _how(call, user))
    return response


def _check_state(response: Response, clause: str) -> None:
    if response.level.needs_confirmation and response.state == ResponseState.PROPOSED:
        raise WrongState(f"{response.level}须先经{response.level.confirmed_by}确认，再由有权职务启动。", clause=clause)
    state_in(response, UNDECIDED, "不能批准", clause)
    refuse_denied(("response", response.pk), Act.CONFIRM_RESPONSE, clause)


def _how(call: PhoneCall | None, user: Any) -> str:
    if call is None:
        return ""
    return f"（{local_text(call.called_at)}电话批准，回拨{call.number}并复诵，{user}记录，待补签）"


def _activate(head: CaseHead, response: Response, actor: Actor, how: str) -> None:
    now = database_now()
    old = _retire_replaced(head, response, actor)
    response.state, response.activated_at = ResponseState.ACTIVE, now
    response.activated_post = _post_kind(actor)
    regime = f"值班要求：{response.level.duty_regime.rstrip('。')}。" if response.level.duty_regime else ""
    verb = response.level.approver_verb or "启动"
    text = f"{verb}{response.level}（{response.number}）{how}。{regime}"
    entry_write(head, response, Line("response.activated", text, actor=actor, clause=clause_of(response)))
    if old is not None:
        _take_over_hand_tasks(old, response)
        running_carry_over(old, response)
    plans = plan_tasks(response.level, response.incident)
    asked = duty_asked(response.level, plans)
    duty_modes_set(head=head, asked=asked, level=str(response.level), actor=actor, drill=response.drill)
    _groups_stand_up(head, response, plans, actor)
    tasks = tasks_create(head, response, plans, actor, now)
    clause, words = clause_of(response), f"进入响应：{response.level}（{response.number}）"
    incident_mark_responding(head=head, incident=response.incident, actor=actor, text=words, clause=clause)
    warnings_supersede(incident=response.incident, actor=actor, into=response.number)
    tasks_tell(head, response, tasks, also=_members(response))
    _tell_command(head, response, actor, how)


def _groups_stand_up(head: CaseHead, response: Response, plans: Sequence[TaskPlan], actor: Actor) -> None:
    """Record which work groups the level's measures call up, with lead and members, the case's own place among them."""
    for group in groups_called(plans, response.incident):
        words = f"成立{group.name}：牵头{group.lead}；成员{'、'.join(group.members) or '无'}（{response.number}）"
        entry = Line(
            "group.stood_up", words[:2000], actor=actor, clause=group.clause, subject=("response", response.pk)
        )
        record_append(head, entry)


def _retire_replaced(head: CaseHead, response: Response, actor: Actor) -> Response | None:
    """The response this one escalates or lowers stops; its open tasks from the plan give way to the new level's."""
    old = response.replaces
    if old is None:
        return None
    state_in(old, [ResponseState.ACTIVE], "原响应已不在进行中，不能调整级别", clause_of(response))
    old.state, old.ended_at = ResponseState.REPLACED, database_now()
    words = f"{old.number}（{old.level}）调整为{response.level}（{response.number}）"
    entry_write(head, old, Line("response.replaced", words, actor=actor, clause=clause_of(response)))
    open_tasks = list(old.tasks.filter(state__in=TASK_OPEN, actor__isnull=False))
    tasks_close(open_tasks, f"响应调整为{response.level}，由{response.number}的任务接续", actor)
    return old


def tasks_close(tasks: Sequence[Task], reason: str, actor: Actor) -> None:
    """Carry open tasks over with a reason: an event for each, in two statements."""
    now = database_now()
    Task.objects.filter(pk__in=[task.pk for task in tasks]).update(state=TaskState.CARRIED_OVER, completed_at=now)
    TaskEvent.objects.bulk_create(
        TaskEvent(
            task=task,
            kind=TaskEventKind.CARRIED_OVER,
            text=reason,
            user=actor.user,
            post_label=actor.post,
            done_at=now,
            recorded_at=now,
        )
        for task in tasks
    )


def _take_over_hand_tasks(old: Response, new: Response) -> None:
    old.tasks.filter(state__in=TASK_OPEN, actor__isnull=True).update(response=new)


def _post_kind(actor: Actor) -> str:
    row = Appointment.objects.select_related("post").filter(pk=actor.appointment_id or 0).first()
    return row.post.kind if row is not None else ""


def tasks_create(
    head: CaseHead, response: Response, plans: Sequence[TaskPlan], actor: Actor, now: datetime
) -> list[Task]:
    """Write planned tasks that are not there yet, their first event, what units may see, and one record line."""
    known = set(response.tasks.filter(actor__isnull=False).values_list("actor_id", "assignee_label"))
    fresh = [plan for plan in plans if (plan.actor.pk, plan.assignee.label) not in known]
    tasks = Task.objects.bulk_create(_task(response, plan, now) for plan in fresh)
    TaskEvent.objects.bulk_create(
        TaskEvent(
            task=task,
            kind=TaskEventKind.ASSIGNED,
            text=task.quote,
            user=actor.user,
            post_label=actor.post,
            done_at=now,
            recorded_at=now,
        )
        for task in tasks
    )
    tasks_grant(response.incident, tasks)
    if tasks:
        units = len({task.unit_id for task in tasks if task.unit_id})
        words = f"下达任务{len(tasks)}项，涉及{units}个单位（{response.number}）"
        data = {"tasks": [task.pk for task in tasks]}
        line = Line(
            "task.assigned",
            words,
            actor=actor,
            clause=_measures_clause(response),
            data=data,
            subject=("response", response.pk),
        )
        record_append(head, line, now=now)
    return tasks


def _task(response: Response, plan: TaskPlan, now: datetime) -> Task:
    return Task(
        response=response,
        actor=plan.actor,
        kind=plan.actor.kind,
        unit=plan.assignee.unit,
        group=plan.assignee.group,
        assignee_label=plan.assignee.label,
        title=plan.title,
        quote=plan.actor.quote,
        duty=plan.duty,
        clause=plan.clause,
        non_plan=plan.non_plan,
        drill=response.drill,
        assigned_at=now,
    )


def _measures_clause(response: Response) -> str:
    return clause_of(response, response.level.measures_clause)


def tasks_grant(incident: Incident, tasks: Iterable[Task]) -> None:
    """Let each task's unit see its task and the case: object permissions of the unit's group."""
    mine = [task for task in tasks if task.unit is not None]
    names = {task.unit.code: unit_group_name(task.unit.code) for task in mine if task.unit is not None}
    if not names:
        return
    Group.objects.bulk_create([Group(name=name) for name in names.values()], ignore_conflicts=True)
    groups = {group.name: group for group in Group.objects.filter(name__in=names.values())}
    view_task, view_incident = _permission("response", "view_task"), _permission("incidents", "view_incident")
    TaskGroupObjectPermission.objects.bulk_create(
        [
            TaskGroupObjectPermission(permission=view_task, group=groups[names[task.unit.code]], content_object=task)
            for task in mine
            if task.unit is not None
        ],
        ignore_conflicts=True,
    )
    IncidentGroupObjectPermission.objects.bulk_create(
        [
            IncidentGroupObjectPermission(permission=view_incident, group=group, content_object=incident)
            for group in groups.values()
        ],
        ignore_conflicts=True,
    )


def _permission(app: str, codename: str) -> Permission:
    return Permission.objects.get(content_type__app_label=app, codename=codename)


def tasks_tell(head: CaseHead, response: Response, tasks: Sequence[Task], also: Sequence[Unit] = ()) -> None:
    """Call out each unit once, however many tasks it got; signing for one confirms it. ``also`` got none."""
    units = {task.unit_id: task.unit for task in tasks if task.unit is not None} | {unit.pk: unit for unit in also}
    cause = f"response:{response.pk}:tasks:{min((task.pk for task in tasks), default=0)}:{len(tasks)}"
    asks = []
    for unit_id, unit in units.items():
        if unit is not None:
            mine = [task for task in tasks if task.unit_id == unit_id]
            message = _unit_message(response, mine, f"{cause}:{unit.code}")
            asks.append((message, [Target.of_unit(unit.code, str(unit))]))
    callouts_start_each(head=head, asks=asks, plan_version_id=response.plan_version_id)


def _unit_message(response: Response, mine: Sequence[Task], cause: str) -> Message:
    title = f"启动{response.level}：{response.incident.title}"
    title += f"。贵单位有{len(mine)}项任务，请签收" if mine else ""
    regime = f"值班要求：{response.level.duty_regime.rstrip('。')}。\n" if response.level.duty_regime else ""
    body = regime + "\n".join(f"{number}. {task.title}（{task.clause}）" for number, task in enumerate(mine, 1))
    url = "/response/tasks/" if mine else "/inbox/"
    return message_of(
        response, "activated", title, body, url=url, urgent=bool(mine), dedupe=cause, confirm=True,
        level=response.level.ordinal,
    )  # fmt: skip


def _members(response: Response) -> list[Unit]:
    """All members are told where the level's clause tells them of the proposal already."""
    if ALL_MEMBERS not in response.level.informs_at_proposal:
        return []
    return member_units(response.plan_version, response.incident.head_id)


def _tell_command(head: CaseHead, response: Response, actor: Actor, how: str) -> None:
    title = f"已启动{response.level}：{response.incident.title}"
    body = f"{actor.post}{actor.name}{how}。"
    kinds = [*COMMAND_KINDS, "office_staff", "duty_officer"]
    tell(head, message_of(response, "started", title, body, urgent=True), people_of(response, kinds))
