"""Members adjusted during a case (cyber 2.1, 2.4; comms 2.1): who may, how far the clause goes, what is recorded.

The caller owns the case: it has locked the head, and afterwards lets the unit see the case and tells it.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction

from directory.choices import Act, ActLimit, MemberState
from directory.models import CaseGroupMember, CaseMember, PlanVersion, Unit, WorkGroup
from directory.rules import actor_for, approver_kinds, clause_label, limits_of
from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import database_now
from yangcheng_ec.errors import BadInput, Forbidden, WrongState
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line, record_append

__all__ = ["case_group_add", "case_group_remove", "case_member_add", "case_member_remove"]

REASON_LIMIT = 300


@transaction.atomic
def case_member_add(*, head: CaseHead, version: PlanVersion, unit: Unit, reason: str, user: Any) -> CaseMember:
    """Make a unit a member of the command in this case. The caller has locked the head.

    Holds: a post that the clause names (cyber 2.1: the commander; comms 2.1: the command); no unit beyond what the
    clause allows (cyber: 县直); not a member already. Raises Forbidden, BadInput, WrongState with the clause.
    """
    actor, clause = _actor(version, Act.ADD_MEMBER, user)
    note = _reason(reason, clause)
    limits, quote = limits_of(version, Act.ADD_MEMBER)
    if ActLimit.COUNTY_LEVEL in limits and not unit.county_level:
        words = f"「{unit.name}」不是县直单位，不能增加。预案原文：「{quote}」。"
        raise BadInput(words, fields={"unit": [words]}, clause=clause)
    row = CaseMember.objects.filter(head=head, unit=unit).first()
    listed = version.memberships.filter(unit=unit).exists()
    if (row.state == MemberState.ACTIVE) if row is not None else listed:
        raise WrongState(f"「{unit.name}」已经是指挥部成员单位，不用再增加。", clause=clause)
    row = row or CaseMember(head=head, plan_version=version, unit=unit)
    _change(row, MemberState.ACTIVE, actor, clause, note)
    text = f"增加{unit.name}为{version.command_name}成员单位（本案）。理由：{note}"
    _append(head, row, "added", text, actor)
    return row


@transaction.atomic
def case_member_remove(*, head: CaseHead, version: PlanVersion, unit: Unit, reason: str, user: Any) -> CaseMember:
    """Take a unit out of the command in this case: one that was added, or, where the plan lets the command adjust
    its members (comms 2.1), one that the plan lists.

    Taking an added one out again is our reading under a clause that speaks of adding only. Raises Forbidden (the
    plan lists the unit and only allows adding), WrongState (not a member), BadInput.
    """
    actor, clause = _actor(version, Act.ADD_MEMBER, user)
    note = _reason(reason, clause)
    limits, quote = limits_of(version, Act.ADD_MEMBER)
    row = CaseMember.objects.filter(head=head, unit=unit).first()
    listed = version.memberships.filter(unit=unit).exists()
    if not (row.state == MemberState.ACTIVE if row is not None else listed):
        raise WrongState(f"「{unit.name}」现在不是本案的成员单位。", clause=clause)
    if listed and ActLimit.ADD_ONLY in limits:
        raise Forbidden(f"「{unit.name}」是预案列明的成员单位，预案只规定可以增加：「{quote}」。", clause=clause)
    row = row or CaseMember(head=head, plan_version=version, unit=unit)
    _change(row, MemberState.REMOVED, actor, clause, note)
    mark = "（非预案规定）" if ActLimit.ADD_ONLY in limits else ""
    text = f"{unit.name}不再作为{version.command_name}成员单位（本案）{mark}。理由：{note}"
    _append(head, row, "removed", text, actor)
    return row


@transaction.atomic
def case_group_add(
    *, head: CaseHead, version: PlanVersion, group: WorkGroup, unit: Unit, reason: str, user: Any
) -> CaseGroupMember:
    """Put a unit into a work group in this case (cyber 2.4; comms 2.1). Raises Forbidden, BadInput, WrongState."""
    actor, clause = _actor(version, Act.ADJUST_GROUP, user)
    note = _reason(reason, clause)
    row, inside = _in_group(head, group, unit)
    if inside:
        raise WrongState(f"「{unit.name}」已经在{group.name}。", clause=clause)
    row = row or CaseGroupMember(head=head, group=group, unit=unit)
    _change(row, MemberState.ACTIVE, actor, clause, note)
    _append(head, row, "group_added", f"{unit.name}加入{group.name}（本案）。理由：{note}", actor)
    return row


@transaction.atomic
def case_group_remove(
    *, head: CaseHead, version: PlanVersion, group: WorkGroup, unit: Unit, reason: str, user: Any
) -> CaseGroupMember:
    """Take a unit out of a work group in this case; never its lead. Raises Forbidden, BadInput, WrongState."""
    actor, clause = _actor(version, Act.ADJUST_GROUP, user)
    note = _reason(reason, clause)
    if unit.pk == group.lead_id:
        raise WrongState(f"「{unit.name}」是{group.name}的牵头部门，不能调出。", clause=clause)
    row, inside = _in_group(head, group, unit)
    if not inside:
        raise WrongState(f"「{unit.name}」现在不在{group.name}。", clause=clause)
    row = row or CaseGroupMember(head=head, group=group, unit=unit)
    _change(row, MemberState.REMOVED, actor, clause, note)
    _append(head, row, "group_removed", f"{unit.name}调出{group.name}（本案）。理由：{note}", actor)
    return row


def _actor(version: PlanVersion, act: str, user: Any) -> tuple[Actor, str]:
    actor = actor_for(user, version, act)
    return actor, clause_label(version, approver_kinds(version, act)[1])


def _reason(text: str, clause: str) -> str:
    reason = text.strip()
    problem = "请写明理由。" if not reason else f"理由最多 {REASON_LIMIT} 个字。" if len(reason) > REASON_LIMIT else ""
    if problem:
        raise BadInput(problem, fields={"reason": [problem]}, clause=clause)
    return reason


def _in_group(head: CaseHead, group: WorkGroup, unit: Unit) -> tuple[CaseGroupMember | None, bool]:
    """Return (the case's row for this unit in this group, whether the unit is in the group now)."""
    row = CaseGroupMember.objects.filter(head=head, group=group, unit=unit).first()
    if row is not None:
        return row, row.state == MemberState.ACTIVE
    return None, unit.pk == group.lead_id or group.members.filter(unit=unit).exists()


def _change(row: CaseMember | CaseGroupMember, state: MemberState, actor: Actor, clause: str, reason: str) -> None:
    row.state, row.clause, row.reason = state, clause, reason
    row.changed_by, row.changed_post, row.changed_at = actor.user, actor.post, database_now()
    row.save()


def _append(head: CaseHead, row: CaseMember | CaseGroupMember, verb: str, text: str, actor: Actor) -> None:
    data: dict[str, Any] = {"unit": row.unit.code, "reason": row.reason}
    if isinstance(row, CaseGroupMember):
        data["group"] = row.group.number
    line = Line(
        f"member.{verb}", text, actor=actor, clause=row.clause, subject=(row._meta.model_name or "", row.pk), data=data
    )
    record_append(head, line)
