"""Proposing, approving and returning a warning."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from directory.choices import Act
from directory.rules import actor_for, any_actor
from directory.services.signatures import PhoneCall, Signing, sign_as
from early_warning.choices import WarningState
from early_warning.models import EarlyWarning
from early_warning.rules import act_clause, content_fingerprint, level_label, proposal_problems
from early_warning.services.common import check_version, need_state, note, save_checked, sign, warning_lock
from early_warning.services.standing import standing_use
from early_warning.services.telling import tell_holders, tell_user
from early_warning.wording import content_words
from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import database_now
from yangcheng_ec.errors import BadInput

__all__ = ["recorder_for", "warning_approve", "warning_propose", "warning_return"]


@transaction.atomic
def warning_propose(*, warning_id: int, version: int, user: Any) -> EarlyWarning:
    """Propose a warning's level to the command (3.2.2; 3.4): scope, publicity, basis and addressees must stand.

    Everyone who may approve it now is told and put on the call sheet. Raises WrongState, StaleVersion,
    Forbidden (office posts only), BadInput with the missing fields.
    """
    warning = warning_lock(warning_id, user=user)
    check_version(warning, version)
    actor = actor_for(user, warning.plan_version, Act.PROPOSE_WARNING)
    need_state(warning, [WarningState.DRAFT, WarningState.RETURNED], "提出建议")
    clause, now = act_clause(warning.plan_version, Act.PROPOSE_WARNING), database_now()
    units = [one.unit for one in warning.addressees.select_related("unit")]
    problems = proposal_problems(warning, units, now)
    if problems:
        raise BadInput("预警建议还不完整，请补全。", fields=problems, clause=clause)
    warning.state, warning.return_reason, warning.decided_at = WarningState.PROPOSED, "", None
    warning.proposed_by, warning.proposed_post, warning.proposed_at = actor.user, actor.post, now
    save_checked(warning)
    text = f"提出{level_label(warning.level)}建议：{warning.title}；响应范围：{warning.scope}；"
    text += f"{warning.get_publicity_display()}；通知{len(units)}个单位。依据：{warning.basis}"
    note(warning, "proposed", text, actor, clause=clause, now=now, content=content_words(warning, units))
    approval = act_clause(warning.plan_version, Act.APPROVE_WARNING)
    title = f"请审批{level_label(warning.level)}：{warning.title}"
    tell_holders(warning, Act.APPROVE_WARNING, "proposed", title, approval)
    return warning


@transaction.atomic
def warning_approve(
    *,
    warning_id: int,
    version: int,
    user: Any,
    remark: str = "",
    call: PhoneCall | None = None,
    standing_id: int | None = None,
) -> EarlyWarning:
    """Approve a proposed warning (3.2.2「经县指挥部批准」; 3.4), on screen, by a recorded call or on authorisation.

    The command signs: commander or a deputy (「非预案规定」, the clause names nobody), never the proposer. With
    ``standing_id`` the holder of the post that a standing authorisation names signs in the command's name (comms 3.4
    「或授权」). Writes the signature and the fingerprint of exactly what was approved. Raises WrongState, StaleVersion,
    Forbidden, BadInput.
    """
    warning = warning_lock(warning_id, user=user)
    check_version(warning, version)
    clause = act_clause(warning.plan_version, Act.APPROVE_WARNING)
    need_state(warning, [WarningState.PROPOSED], "批准", clause)
    if standing_id is not None and call is not None:
        text = "按授权批准须本人在系统里办理，不能由电话记录。"
        raise BadInput(text, fields={"call": [text]}, clause=clause)
    if standing_id is None:
        actor = _decide(warning, user, call, "approved", remark, clause)
    else:
        warning.standing, actor = standing_use(warning, standing_id, user=user)
        sign_as(signing=_signing(warning, "approved", remark, clause), actor=actor)
    now = database_now()
    warning.state, warning.decided_at = WarningState.APPROVED, now
    save_checked(warning)
    codes = list(warning.addressees.values_list("unit__code", flat=True))
    how = "电话批准" if call else "按授权批准" if standing_id else "批准"
    text = f"{how}发布{level_label(warning.level)}：{warning.title}。{remark}"
    note(warning, "approved", text, actor, clause=clause, now=now, done_at=call.called_at if call else None,
         fingerprint=content_fingerprint(warning, codes))  # fmt: skip
    publishing = act_clause(warning.plan_version, Act.PUBLISH_WARNING)
    title = f"预警已批准，请发布：{warning.title}"
    tell_holders(warning, Act.PUBLISH_WARNING, "approved", title, publishing)
    return warning


@transaction.atomic
def warning_return(
    *, warning_id: int, version: int, reason: str, user: Any, call: PhoneCall | None = None
) -> EarlyWarning:
    """Return a proposal, or the proposal to lift, to the office with the reason; a warning in force stays in force.

    The same posts as for approving. Raises BadInput without a reason, WrongState, StaleVersion, Forbidden.
    """
    warning = warning_lock(warning_id, user=user)
    check_version(warning, version)
    need_state(warning, [WarningState.PROPOSED, WarningState.LIFT_PROPOSED], "退回")
    lifting = warning.state == WarningState.LIFT_PROPOSED
    clause = act_clause(warning.plan_version, Act.APPROVE_LIFT if lifting else Act.APPROVE_WARNING)
    if not reason.strip():
        raise BadInput("请写明退回理由。", fields={"reason": ["请写明退回理由。"]}, clause=clause)
    actor = _decide(warning, user, call, "returned", reason, clause)
    now = database_now()
    proposer = warning.lift_proposed_by if lifting else warning.proposed_by
    warning.state = WarningState.PUBLISHED if lifting else WarningState.RETURNED
    warning.return_reason, warning.decided_at = reason.strip(), now if not lifting else warning.decided_at
    save_checked(warning)
    what = "解除建议" if lifting else "预警建议"
    note(warning, "returned", f"退回{what}：{reason.strip()}", actor, clause=clause, now=now)
    tell_user(warning, proposer, "returned", f"{what}被退回：{warning.title}", clause)
    return warning


def recorder_for(warning: EarlyWarning, user: Any, call: PhoneCall | None) -> Actor:
    """Return who records a decision given by phone: an office post of this plan. On screen nobody records."""
    if call is None:
        return any_actor(user, warning.plan_version)
    return actor_for(user, warning.plan_version, Act.OFFICE)


def _decide(warning: EarlyWarning, user: Any, call: PhoneCall | None, decision: str, words: str, clause: str) -> Actor:
    lifting = warning.state == WarningState.LIFT_PROPOSED
    not_by = warning.lift_proposed_by_id if lifting else warning.proposed_by_id
    recorder = recorder_for(warning, user, call)
    signing = _signing(warning, decision, words, clause)
    return sign(signing=signing, user=user, call=call, recorder=recorder, not_by=not_by)


def _signing(warning: EarlyWarning, decision: str, words: str, clause: str) -> Signing:
    lifting = warning.state == WarningState.LIFT_PROPOSED
    return Signing(
        head=warning.head,
        subject=("warning", warning.pk),
        act=Act.APPROVE_LIFT if lifting else Act.APPROVE_WARNING,
        version=warning.plan_version,
        clause=clause,
        decision=decision,
        note=words,
        since=warning.lift_proposed_at if lifting else warning.proposed_at,
    )
