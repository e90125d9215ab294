"""Lifting a warning: proposal with the plan's findings, approval and publication of the lifting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from directory.choices import Act
from directory.rules import actor_for
from directory.services.signatures import PhoneCall, Signing
from early_warning.choices import WarningState
from early_warning.models import EarlyWarning
from early_warning.rules import LIFTED, act_clause, clock_specs, level_label, lift_conditions
from early_warning.services.common import check_version, need_state, note, save_checked, sign, warning_lock
from early_warning.services.decisions import recorder_for
from early_warning.services.tasks import tasks_end
from early_warning.services.telling import tell_holders, tell_units, tell_user
from yangcheng_ec.clock import database_now
from yangcheng_ec.deadlines.services import deadline_start
from yangcheng_ec.errors import BadInput

__all__ = ["warning_lift", "warning_propose_lift"]


@transaction.atomic
def warning_propose_lift(*, warning_id: int, version: int, findings: Mapping[int, str], user: Any) -> EarlyWarning:
    """Propose to lift a warning: every finding of the plan, each with its evidence (3.2.4; 3.6).

    ``findings`` maps the finding's place in the clause (1, 2…) to the evidence. Everyone who may approve is told.
    Raises BadInput for each finding without evidence, WrongState, StaleVersion, Forbidden.
    """
    warning = warning_lock(warning_id, user=user)
    check_version(warning, version)
    actor = actor_for(user, warning.plan_version, Act.PROPOSE_WARNING)
    clause, now = act_clause(warning.plan_version, Act.APPROVE_LIFT), database_now()
    need_state(warning, [WarningState.PUBLISHED], "提出解除建议", clause)
    conditions = lift_conditions(warning.plan_version)
    missing = {
        f"finding_{place}": [f"解除须认定「{words}」，请勾选并写明依据。"]
        for place, words in enumerate(conditions, start=1)
        if not findings.get(place, "").strip()
    }
    if missing:
        raise BadInput("解除建议没有提出：认定不全。", fields=missing, clause=clause)
    warning.lift_findings = [
        {"finding": words, "evidence": findings[place].strip()} for place, words in enumerate(conditions, start=1)
    ]
    warning.state, warning.return_reason = WarningState.LIFT_PROPOSED, ""
    warning.lift_proposed_by, warning.lift_proposed_at = actor.user, now
    save_checked(warning)
    told = "；".join(f"{row['finding']}（{row['evidence']}）" for row in warning.lift_findings)
    note(warning, "lift_proposed", f"提出解除预警建议：{told}", actor, clause=clause, now=now)
    tell_holders(warning, Act.APPROVE_LIFT, "lift_proposed", f"请审批解除预警：{warning.title}", clause)
    return warning


@transaction.atomic
def warning_lift(
    *, warning_id: int, version: int, user: Any, remark: str = "", call: PhoneCall | None = None
) -> EarlyWarning:
    """Approve and publish the lifting (3.2.4「经批准同意后，发布预警解除信息」; 3.6「由发布单位宣布解除预警」).

    The posts of the plan's row for lifting, never the proposer; on screen or by a recorded call. Every addressee is
    told; the clocks of the plan's rules start (cyber 3.2.4: 报县委县政府和上级有关部门). Raises WrongState,
    StaleVersion, Forbidden, BadInput.
    """
    warning = warning_lock(warning_id, user=user)
    check_version(warning, version)
    clause = act_clause(warning.plan_version, Act.APPROVE_LIFT)
    need_state(warning, [WarningState.LIFT_PROPOSED], "解除", clause)
    signing = Signing(
        head=warning.head, subject=("warning", warning.pk), act=Act.APPROVE_LIFT,
        version=warning.plan_version, clause=clause, note=remark, since=warning.lift_proposed_at,
    )  # fmt: skip
    actor = sign(
        signing=signing, user=user, call=call, recorder=recorder_for(warning, user, call),
        not_by=warning.lift_proposed_by_id,
    )  # fmt: skip
    now = database_now()
    warning.state, warning.lifted_at, warning.nag_at = WarningState.LIFTED, now, None
    save_checked(warning)
    tasks_end(warning, now)
    how = "电话批准" if call else "批准"
    text = f"{how}解除{level_label(warning.level)}：{warning.title}。{remark}"
    note(warning, "lifted", text, actor, clause=clause, now=now, done_at=call.called_at if call else None)
    units = [one.unit for one in warning.addressees.select_related("unit")]
    issuer = warning.plan_version.command_name
    words = f"{issuer}宣布：{level_label(warning.level)}（{warning.number}）已解除，相关措施终止。"
    tell_units(warning, units, "lifted", f"预警解除：{warning.title}", words, clause)
    tell_user(warning, warning.lift_proposed_by, "lift_approved", f"预警已解除：{warning.title}", clause)
    for spec in clock_specs(warning, LIFTED, now):
        deadline_start(head=warning.head, spec=spec, actor=actor)
    return warning
