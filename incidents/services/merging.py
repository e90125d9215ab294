"""并案: a duplicate becomes part of another case of the same plan, and comes out again. 「非预案规定」.

Nothing is erased, and no merge hides a deadline that was nearer (cyber 7: 瞒报漏报): a clock of the duplicate is set
aside only where the main case has the same rule, for the same debtor and addressees, due no later; every other one
goes on in the main case from its own start. What a superior asked about the duplicate is answered there.
When one of the two is 涉密, both are while they are merged (comms 4.1, 6.3): see ``sealing``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from directory.choices import Act
from directory.models import Unit
from directory.rules import actor_for
from incidents.choices import OPEN_STATES, RESPONSE_MAY_BE_PROPOSED, IncidentState
from incidents.merging import Merging, merging_of
from incidents.models import Incident
from incidents.registry import case_ended, case_work
from incidents.selectors import incident_for
from incidents.services.clocks import open_clocks
from incidents.services.clocks_aside import CARRIED, spec_carried
from incidents.services.common import check_state, check_version, incident_commit, snapshot
from incidents.services.intake import accept_now, view_grant
from incidents.services.linking import both_locked
from incidents.services.membership import view_withdraw
from incidents.services.sealing import event_of, event_seal
from incidents.services.setting_aside import AsideLine, put_aside, reason_given, take_up
from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import local_text
from yangcheng_ec.deadlines.choices import DeadlineState
from yangcheng_ec.deadlines.models import Deadline
from yangcheng_ec.deadlines.services import deadline_bring_back, deadline_carry, deadline_reopen, deadline_waive
from yangcheng_ec.errors import BadInput, WrongState

__all__ = ["incident_merge", "incident_unmerge"]


@transaction.atomic
def incident_merge(*, incident_id: int, version: int | None, user: Any, into: str, reason: str) -> Incident:
    """Make a case part of ``into``, the main one: it takes no more acts, and every list says where it went.

    Holds: both of the same plan version, both drills or both real; the duplicate
    has no response, no warning and no duplicates of its own; the main case is open. Sent reports stay with the
    duplicate: they do not count for clocks of the main case. The duplicate's units see the main case.
    Raises BadInput (``into``, ``reason``), WrongState, StaleVersion, Forbidden, NotVisible.
    """
    actor_for(user, _readable(incident_id, user).plan_version, Act.OFFICE)
    incident, main = both_locked(incident_id, user, into, "into")
    check_version(incident, version)
    actor = actor_for(user, incident.plan_version, Act.OFFICE)
    words = reason_given(reason, "reason", "请写明为什么是同一起事件。")
    _check_pair(incident, main)
    for one in (incident, main):
        if one.accepted_at is None:
            accept_now(one, one.head, actor)
    of_main = Deadline.objects.filter(head=main.head).prefetch_related("addressees").order_by("id")
    merging = merging_of(open_clocks(incident.head), list(of_main))
    before, before_main = snapshot(incident), snapshot(main)
    sealed = event_seal(event_of(main, incident))
    text = f"并入 {main.number} {main.title}。理由：{words}{_sealed(incident, sealed)}"
    line = AsideLine("incident.merged", text, actor, before)
    incident.merged_into = main
    put_aside(incident, IncidentState.MERGED, words, merging.stopped, line)
    _clocks_merge(incident, main, merging, actor)
    view_grant(main, *_units(incident))
    case_ended(incident, incident.head, actor, f"事件已并入{main.number}")
    text = f"{incident.number} {incident.title} 并入本案。理由：{words}{_brought(merging)}{_sealed(main, sealed)}"
    _say_in_main(main, before_main, actor, "incident.merged_in", text)
    return incident


def _readable(incident_id: int, user: Any) -> Incident:
    """Return the case as the user may see it, before anything is locked. Raises NotVisible."""
    number = Incident.objects.filter(pk=incident_id).values_list("number", flat=True).first()
    return incident_for(user, number or "")


def _check_pair(incident: Incident, main: Incident) -> None:
    problem = ""
    if incident.plan_version_id != main.plan_version_id:
        problem = f"{main.number} 依据的是另一预案（或另一版本），不能并案，请用「关联」。"
    elif incident.drill != main.drill:
        problem = "演练与真实事件不能并案。"
    if problem:
        raise BadInput(problem, fields={"into": [problem]})
    check_state(incident, RESPONSE_MAY_BE_PROPOSED, "并案")
    if main.state not in OPEN_STATES:
        raise WrongState(f"{main.number} 现在是「{main.state_choice.label}」，不能再并入别的事件。")
    work = [*case_work(incident), *(f"已有 {row.number} 并入本案" for row in incident.merged.all())]
    if work:
        raise WrongState(f"本案不能并入别的事件：{'；'.join(work)}。可以反过来，把 {main.number} 并入本案。")


def _clocks_merge(incident: Incident, main: Incident, merging: Merging, actor: Actor) -> None:
    for clock, cover in merging.covered:
        reason = f"已并入{main.number}，由该案同一时限承担（{_due(cover)}，不晚于本案）"
        deadline_waive(head=incident.head, deadline=clock, reason=reason, actor=actor)
    for clock in merging.carried:
        deadline_carry(
            source=incident.head, target=main.head, deadline=clock, spec=spec_carried(clock, incident, main),
            reason=f"已并入{main.number}，在该案继续计时", actor=actor,
        )  # fmt: skip


def _due(clock: Deadline) -> str:
    return f"应于{local_text(clock.due_at)}前完成" if clock.due_at else f"自{local_text(clock.starts_at)}起算"


def _brought(merging: Merging) -> str:
    names = "、".join(f"{row.title}（{_due(row)}）" for row in merging.carried)
    return f"。随之带来的时限：{names}" if names else ""


def _sealed(row: Incident, sealed: Sequence[Incident]) -> str:
    """Say what became of 涉密, where a merge or its undoing changed it."""
    if row not in sealed:
        return ""
    if row.secret_with is None:
        return "。不再随同涉密，恢复原来的名称"
    return f"。{row.secret_with.number} 涉密（经{row.secret_with.secret_channel}），本案随之按涉密办理"


def _say_in_main(main: Incident, before: dict[str, str], actor: Actor, kind: str, text: str) -> None:
    incident_commit(main, main.head, before=before, kind=kind, text=text, actor=actor)


def _units(incident: Incident) -> tuple[Unit | None, ...]:
    return incident.reporting_unit, incident.incident_unit, incident.township


@transaction.atomic
def incident_unmerge(*, incident_id: int, version: int | None, user: Any, reason: str) -> Incident:
    """Take a merged case out again: it has the state it had, and its clocks run again from their own start.

    Clocks carried over are replaced by those they came from; what the main case reported meanwhile was about the main
    case and does not count. Raises WrongState (not merged), BadInput (no reason), StaleVersion, Forbidden, NotVisible.
    """
    seen = _readable(incident_id, user)
    actor = actor_for(user, seen.plan_version, Act.OFFICE)
    if seen.merged_into is None:
        raise WrongState("这起事件没有并入别的事件。")
    incident, main = both_locked(incident_id, user, seen.merged_into.number)
    check_version(incident, version)
    if incident.merged_into_id != main.pk:
        raise WrongState("这起事件已被他人撤销并案。")
    words = reason_given(reason, "reason", "请写明为什么不是同一起事件。")
    before, before_main = snapshot(incident), snapshot(main)
    incident.merged_into = None
    incident.save(update_fields=["merged_into"])
    sealed = [*event_seal(event_of(main)), *event_seal([incident])]
    text = f"撤销并案，不再属于 {main.number}。理由：{words}{_sealed(incident, sealed)}"
    line = AsideLine("incident.unmerged", text, actor, before)
    _clocks_unmerge(incident, main, take_up(incident, line), actor)
    for unit in _units(incident):
        if unit is not None:
            view_withdraw(main, unit)
    text = f"{incident.number} 撤销并案，不再属于本案。理由：{words}{_sealed(main, sealed)}"
    _say_in_main(main, before_main, actor, "incident.unmerged_out", text)
    return incident


def _clocks_unmerge(incident: Incident, main: Incident, clocks: Sequence[Deadline], actor: Actor) -> None:
    ids = [row.pk for row in clocks]
    rows = Deadline.objects.filter(head=main.head, subject_type=CARRIED, subject_id__in=ids)
    carried = {row.subject_id: row for row in rows.exclude(state=DeadlineState.SUPERSEDED)}
    reason = f"撤销并案，不再由{main.number}承担"
    for clock in clocks:
        if clock.pk in carried:
            deadline_bring_back(
                source=incident.head, target=main.head, deadline=clock, carried=carried[clock.pk], reason=reason,
                actor=actor,
            )  # fmt: skip
        else:
            deadline_reopen(head=incident.head, deadline=clock, reason=reason, actor=actor)
