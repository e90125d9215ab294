"""A call of the call sheet whose notice asks for a confirmation: the call and what it confirmed, in one act."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from yangcheng_ec.actors import Actor
from yangcheng_ec.callout.choices import CONFIRMABLE, ConfirmedHow
from yangcheng_ec.callout.models import CalloutNotice
from yangcheng_ec.callout.services.confirming import Said, callout_confirm
from yangcheng_ec.deadlines.choices import CallResult, Channel
from yangcheng_ec.deadlines.models import CallAttempt
from yangcheng_ec.deadlines.services import call_record

__all__ = ["call_take"]


@transaction.atomic
def call_take(*, delivery_id: int, actor: Actor, leader: str = "", **told: Any) -> CallAttempt:
    """Record a call (``call_record``); one that reached somebody who read it back confirms what it asked for.

    Without a read-back it was delivered, not confirmed: the call-out goes on. ``leader`` is whom they say they have
    informed. Raises as ``call_record`` does, and BadInput for a leader's name that is too long.
    """
    call = call_record(delivery_id=delivery_id, actor=actor, **told)
    if call.result != CallResult.REACHED or not call.read_back:
        return call
    asks = CalloutNotice.objects.select_related("callout").filter(notice=call.delivery.notice_id).first()
    if asks is not None and asks.callout.state in CONFIRMABLE:
        how = ConfirmedHow.FAX if call.delivery.channel == Channel.FAX else ConfirmedHow.PHONE
        said = Said(how, person=call.person, leader=leader, done_at=call.called_at)
        callout_confirm(callout_id=asks.callout_id, said=said, actor=actor)
    return call
