"""Running a drill: its case is filed like any other, injects are told by the clock, at the end all stands down."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction

from directory.choices import OFFICE_KINDS, Act
from directory.rules import actor_for
from directory.services.duty_modes import duty_modes_set
from early_warning.choices import ACTIVE as PUBLISHED
from early_warning.models import EarlyWarning
from incidents.choices import IncidentState, IntakeChannel
from incidents.models import Incident
from incidents.registry import case_ended
from incidents.services import Intake, incident_file
from incidents.services.clocks import clocks_waive_open
from incidents.services.common import check_lengths, incident_commit, snapshot
from incidents.services.intake import view_grant
from incidents.services.rhythm import rhythm_touch
from response.choices import RUNNING, TASK_OPEN, ResponseState
from response.drills.assessing import exercised
from response.drills.choices import DrillState, InjectState, InjectTo
from response.drills.models import Drill, DrillFinding, DrillInject
from response.drills.services.common import (
    COMMAND,
    act_clause,
    drill_lock,
    drill_url,
    message_of,
    people_of,
    tell,
    units_told,
)
from response.models import Response
from response.services.approve import tasks_close
from response.services.common import check_version, entry_write, required, state_in
from yangcheng_ec.actors import SYSTEM, Actor
from yangcheng_ec.clock import database_now
from yangcheng_ec.deadlines.registry import Recipient
from yangcheng_ec.deadlines.services import notices_settle
from yangcheng_ec.errors import NotVisible, WrongState
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line, case_lock, record_append
from yangcheng_ec.text import clean_text

__all__ = ["drill_end", "drill_start", "inject_fire", "inject_skip", "injects_round"]

BATCH = 50
ENDS_WITH = "演练结束"


@transaction.atomic
def drill_start(*, drill_id: int, version: int, user: Any) -> Drill:
    """Start an approved drill: its case is filed as any other, marked as a drill, and every inject gets its minute.

    The case has its own D-number, the same clauses and clocks, notices prefixed 【演练】, and is in no statistics.
    Participants see it and are told. Holds: the office director or staff of the plan. Raises NotVisible, Forbidden,
    StaleVersion, WrongState (not approved).
    """
    head, drill = drill_lock(drill_id, user=user)
    actor = actor_for(user, drill.plan_version, Act.ORGANISE_DRILL)
    check_version(drill, version)
    clause = act_clause(drill.plan_version)
    state_in(drill, [DrillState.APPROVED], "不能开始", clause)
    incident = _file(drill, user)
    now = database_now()
    drill.incident, drill.plan_version, drill.started_at = incident, incident.plan_version, now
    drill.state = DrillState.RUNNING
    text = f"演练「{drill.title}」开始，演练事件{incident.number}"
    entry_write(head, drill, Line("drill.started", f"{text}。", actor=actor, clause=clause))
    view_grant(incident, *drill.participants.all())
    for row in drill.injects.all():
        row.fire_at = now + timedelta(minutes=row.minute)
        row.save(update_fields=["fire_at"])
    notices_settle(subject=("drill", drill.pk), kinds=["drill.announced"])
    message = message_of(
        drill, "started", f"演练开始：{drill.title}", drill.scenario, url=f"/incidents/{incident.number}/"
    )
    tell(head, message, [*_everyone(drill)])
    return drill


def _file(drill: Drill, user: Any) -> Incident:
    """File the drill's case as whoever starts it; players grade it themselves, as they would a real one."""
    unit = drill.incident_unit
    now = database_now()
    intake = Intake(
        plan=drill.plan_version.plan.code, title=drill.title, description=drill.scenario, drill=True,
        channel=IntakeChannel.PHONE, caller_name="演练导调组", source=f"演练情景（{drill.number}）",
        location=drill.place, occurred_at=now, known_at=now, received_at=now,
        incident_unit=unit.code if unit else "", reporting_unit=unit.code if unit else "",
    )  # fmt: skip
    return incident_file(user=user, intake=intake)


def injects_round() -> int:
    """Tell every inject whose minute has come; return how many. Called by each sweep: one read when none is due."""
    due = DrillInject.objects.filter(state=InjectState.PENDING, fire_at__lte=database_now()).order_by("fire_at", "pk")
    return sum(_fire_due(pk) for pk in due.values_list("pk", flat=True)[:BATCH])


@transaction.atomic
def _fire_due(inject_id: int) -> bool:
    """Tell one inject unless somebody else has just done so: both chains are locked, then the row is read again."""
    ids = DrillInject.objects.filter(pk=inject_id).values_list("drill__head_id", "drill__incident__head_id").first()
    heads = list(CaseHead.objects.select_for_update(skip_locked=True).filter(pk__in=ids or []).order_by("pk"))
    if len(heads) < 2:
        return False
    row = _inject(inject_id)
    if row.state != InjectState.PENDING or row.fire_at is None or row.fire_at > database_now():
        return False
    _fire(_case_head(row.drill, heads), row, SYSTEM, by_hand=False)
    return True


def _inject(pk: int) -> DrillInject:
    related = ("unit", "drill__plan_version__plan", "drill__incident")
    return DrillInject.objects.select_related(*related).get(pk=pk)


def _case_head(drill: Drill, heads: Sequence[CaseHead]) -> CaseHead:
    return next(head for head in heads if drill.incident is not None and head.pk == drill.incident.head_id)


@transaction.atomic
def inject_fire(*, drill_id: int, inject_id: int, user: Any) -> DrillInject:
    """Tell an inject now, before the clock does. Holds: the directing office; the drill runs; it is pending.

    Raises NotVisible, Forbidden, WrongState (told or skipped meanwhile).
    """
    row, case, actor = _pending(drill_id, inject_id, user)
    _fire(case, row, actor, by_hand=True)
    return row


@transaction.atomic
def inject_skip(*, drill_id: int, inject_id: int, user: Any, reason: str) -> DrillInject:
    """Leave an inject out, with a reason. Raises as ``inject_fire``, BadInput without a reason."""
    row, case, actor = _pending(drill_id, inject_id, user)
    row.reason = required(clean_text(reason), "reason", "请写明略过理由。")
    row.state = InjectState.SKIPPED
    check_lengths(row)
    row.save(update_fields=["state", "reason"])
    text = f"略过情景注入（第{row.minute}分钟，{row.told}）：{row.reason}。"
    record_append(case, Line("inject.skipped", text, actor=actor, subject=("inject", row.pk)))
    return row


def _pending(drill_id: int, inject_id: int, user: Any) -> tuple[DrillInject, CaseHead, Actor]:
    _head, drill = drill_lock(drill_id, user=user)
    actor = actor_for(user, drill.plan_version, Act.ORGANISE_DRILL)
    if not drill.injects.filter(pk=inject_id).exists():
        raise NotVisible()
    clause = act_clause(drill.plan_version)
    state_in(drill, [DrillState.RUNNING], "演练没有在进行", clause)
    case = _case_lock(drill)
    row = _inject(inject_id)
    state_in(row, [InjectState.PENDING], "不能再处理这条注入", clause)
    return row, case, actor


def _case_lock(drill: Drill) -> CaseHead:
    """Lock the chain of the drill's case; the drill's own, which is older, was locked before."""
    if drill.incident is None:
        raise WrongState("演练还没有开始。")
    return case_lock(drill.incident.head_id)


def _fire(case: CaseHead, row: DrillInject, actor: Actor, *, by_hand: bool) -> None:
    now = database_now()
    row.state, row.fired_at, row.by_hand = InjectState.FIRED, now, by_hand
    row.save(update_fields=["state", "fired_at", "by_hand"])
    how = "，人工提前" if by_hand and row.fire_at is not None and row.fire_at > now else ""
    text = f"情景注入（第{row.minute}分钟{how}，致{row.told}）：{row.text}"
    record_append(case, Line("inject.fired", text, actor=actor, subject=("inject", row.pk)))
    drill = row.drill
    url = f"/incidents/{drill.incident.number}/" if drill.incident else drill_url(drill)
    message = message_of(
        drill, "inject", f"情景注入：{drill.title}", row.text, url=url, urgent=True, dedupe=f"inject:{row.pk}"
    )
    tell(case, message, _audience(row))


def _audience(row: DrillInject) -> list[Recipient]:
    drill = row.drill
    if row.to == InjectTo.UNIT and row.unit is not None:
        return units_told(drill, [row.unit])
    if row.to == InjectTo.EVERYONE:
        return _everyone(drill)
    return people_of(drill.plan_version, COMMAND if row.to == InjectTo.COMMAND else OFFICE_KINDS)


def _everyone(drill: Drill) -> list[Recipient]:
    return [*units_told(drill), *people_of(drill.plan_version, [*COMMAND, *OFFICE_KINDS])]


@transaction.atomic
def drill_end(*, drill_id: int, version: int, user: Any) -> Drill:
    """End a drill: what it exercised is read from the record and kept, then everything in it stands down.

    Injects not told are left out, running responses end, open tasks and clocks are closed, the case is closed; all
    with 「演练结束」 as the reason (「非预案规定」). Raises NotVisible, Forbidden, StaleVersion, WrongState (not
    running, or a warning of the drill is still published: it must be lifted, since units act by it).
    """
    head, drill = drill_lock(drill_id, user=user)
    actor = actor_for(user, drill.plan_version, Act.ORGANISE_DRILL)
    check_version(drill, version)
    clause = act_clause(drill.plan_version)
    state_in(drill, [DrillState.RUNNING], "不能结束", clause)
    case = _case_lock(drill)
    incident = Incident.objects.select_related("plan_version__plan", "grade").get(head=case)
    _refuse_published(incident)
    findings = [
        DrillFinding(drill=drill, number=number, **vars(row))
        for number, row in enumerate(exercised(drill, incident), start=1)
    ]
    DrillFinding.objects.bulk_create(findings)
    pending = drill.injects.filter(state=InjectState.PENDING)
    left = pending.update(state=InjectState.SKIPPED, reason=f"{ENDS_WITH}，没有注入")
    _stand_down(case, incident, actor, clause)
    drill.state, drill.ended_at = DrillState.ENDED, database_now()
    text = f"演练「{drill.title}」结束，{len(findings)}项待评估" + (f"，{left}条注入没有用" if left else "")
    entry_write(head, drill, Line("drill.ended", f"{text}。", actor=actor, clause=clause))
    notices_settle(subject=("drill", drill.pk))
    tell(head, message_of(drill, "ended", f"演练结束：{drill.title}", "各单位恢复正常工作秩序。"), _everyone(drill))
    return drill


def _refuse_published(incident: Incident) -> None:
    row = EarlyWarning.objects.filter(incident=incident, state__in=PUBLISHED).first()
    if row is not None:
        words = f"演练中的预警{row.number}还没有解除，请先解除，再结束演练。"
        raise WrongState(words, link=(row.number, f"/warnings/{row.number}/"))


def _stand_down(case: CaseHead, incident: Incident, actor: Actor, clause: str) -> None:
    """Close the drill's case with everything in it: nothing of a drill may ring or wait afterwards."""
    case_ended(incident, case, actor, ENDS_WITH)
    for response in Response.objects.filter(incident=incident, state__in=RUNNING):
        tasks_close(list(response.tasks.filter(state__in=TASK_OPEN)), ENDS_WITH, actor)
        response.state, response.ended_at = ResponseState.ENDED, database_now()
        words = f"{ENDS_WITH}，{response.number}随之终止（非预案规定）。"
        entry_write(case, response, Line("response.ended", words, actor=actor, clause=clause))
    duty_modes_set(head=case, asked=[], level="", actor=actor)
    clocks_waive_open(head=case, reason=ENDS_WITH, actor=actor)
    for head_id in EarlyWarning.objects.filter(incident=incident).order_by("head_id").values_list("head_id", flat=True):
        clocks_waive_open(head=case_lock(head_id), reason=ENDS_WITH, actor=actor)
    _close(case, incident, actor, clause)


def _close(case: CaseHead, incident: Incident, actor: Actor, clause: str) -> None:
    if not incident.running:
        return
    before = snapshot(incident)
    incident.state, incident.closed_at = IncidentState.CLOSED, database_now()
    incident.closing_note = ENDS_WITH
    text = f"{ENDS_WITH}，演练事件随之结案（非预案规定）。"
    incident_commit(incident, case, before=before, kind="incident.closed", text=text, actor=actor, clause=clause)
    rhythm_touch(incident, incident.closed_at)
