"""A call-out that nobody has confirmed ends: a human gives it up with a reason, or its cause is settled."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from yangcheng_ec.actors import Actor
from yangcheng_ec.callout.choices import CalloutState, CalloutStepState
from yangcheng_ec.callout.models import Callout, CalloutStep
from yangcheng_ec.callout.services.confirming import callout_locked, end_rows
from yangcheng_ec.clock import database_now
from yangcheng_ec.errors import BadInput, WrongState
from yangcheng_ec.record.services import Line, record_append

__all__ = ["callout_give_up", "callouts_settle"]

REASON_LIMIT = 500


@transaction.atomic
def callout_give_up(*, callout_id: int, reason: str, actor: Actor) -> Callout:
    """Stop calling a target that nobody reached, with a reason on record (「非预案规定」). It may still confirm later.

    The caller has checked the authority: the office of that plan. Raises NotVisible, WrongState, BadInput.
    """
    head, callout = callout_locked(callout_id)
    words = reason.strip()
    if not 0 < len(words) <= REASON_LIMIT:
        problem = f"理由最多 {REASON_LIMIT} 个字。" if words else "请写明为什么不再叫应。"
        raise BadInput(problem, fields={"reason": [problem]})
    if callout.state != CalloutState.OPEN:
        raise WrongState(f"{callout.label}现在是「{callout.state_choice.label}」，不需要放弃。")
    now, cause = database_now(), callout.cause
    callout.state, callout.reason, callout.ended_at = CalloutState.GIVEN_UP, words, now
    callout.ended_by = f"{actor.post} {actor.name}".strip()[:260]
    callout.save(update_fields=["state", "reason", "ended_at", "ended_by"])
    end_rows([callout.pk], now)
    line = Line(
        kind="callout.given_up",
        text=f"放弃叫应{callout.label}：{words}（{cause.title}；非预案规定）。",
        actor=actor,
        clause=cause.clause,
        subject=(cause.subject_type, cause.subject_id),
        data={"callout": callout.pk, "target": callout.target_key},
    )
    record_append(head, line, now=now)
    return callout


def callouts_settle(notice_ids: Sequence[int], now: datetime) -> None:
    """End the open call-outs whose notices were settled: the warning is lifted, the decision is made.

    Called in the transaction that settles the notices.
    """
    wanted = Callout.objects.filter(state=CalloutState.OPEN, told__notice__in=notice_ids)
    ids = list(wanted.order_by("pk").values_list("pk", flat=True).distinct())
    if not ids:
        return
    Callout.objects.filter(pk__in=ids).update(state=CalloutState.SETTLED, ended_at=now)
    CalloutStep.objects.filter(callout__in=ids, state=CalloutStepState.PENDING).update(state=CalloutStepState.CANCELLED)
