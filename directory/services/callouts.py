"""Answering a call-out by hand: one's own, or for a target that said so on the telephone or by fax."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from directory.callouts import actor_to_confirm, actor_to_give_up, answers_for_itself
from directory.selectors.callouts import callout_for
from yangcheng_ec.callout.choices import ConfirmedHow
from yangcheng_ec.callout.models import Callout
from yangcheng_ec.callout.services import Said, callout_confirm, callout_give_up, callout_inform_leader

__all__ = ["callout_abandon", "callout_answer", "callout_answer_leader"]


def callout_answer(
    *,
    callout_id: int,
    user: Any,
    person: str = "",
    leader: str = "",
    done_at: datetime | None = None,
    fax: bool = False,
) -> Callout:
    """Confirm a call-out (值班确认): the target's own people, or the plan's office for it, by telephone or fax (代录).

    Raises NotVisible, Forbidden, WrongState, BadInput (the office: no name of whoever answered).
    """
    callout = callout_for(user, callout_id)
    actor = actor_to_confirm(callout, user)
    by_hand = ConfirmedHow.FAX if fax else ConfirmedHow.PHONE
    how = ConfirmedHow.SCREEN if answers_for_itself(callout, user) else by_hand
    said = Said(how, person=person, leader=leader, done_at=done_at)
    return callout_confirm(callout_id=callout.pk, said=said, actor=actor)


def callout_answer_leader(*, callout_id: int, user: Any, leader: str, done_at: datetime | None = None) -> Callout:
    """Note which leader was informed, after the confirmation. Raises as ``callout_answer``."""
    callout = callout_for(user, callout_id)
    actor = actor_to_confirm(callout, user)
    return callout_inform_leader(callout_id=callout.pk, leader=leader, actor=actor, done_at=done_at)


def callout_abandon(*, callout_id: int, user: Any, reason: str) -> Callout:
    """Give a call-out up with a reason (放弃叫应): the office of its plan, nobody else.

    Raises NotVisible, Forbidden, WrongState, BadInput.
    """
    callout = callout_for(user, callout_id)
    return callout_give_up(callout_id=callout.pk, reason=reason, actor=actor_to_give_up(callout, user))
