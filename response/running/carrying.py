"""What becomes of the room's rows when a response is replaced by one of another level, or is over."""

from __future__ import annotations

from response.models import Handover, OnSiteCommand, Response, SituationRhythm
from response.running.choices import OnSiteState
from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import database_now
from yangcheng_ec.deadlines.services import notices_settle
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line, record_append

__all__ = ["running_carry_over", "running_over"]

WITH_THE_END = "响应结束"


def running_carry_over(old: Response, new: Response) -> None:
    """Let the new level's response go on with orders, conferences, requests, rounds, and where command is.

    The record keeps under which response each was made. The case is locked; nothing of the room hangs on ``new`` yet.
    """
    for rows in (old.orders, old.conferences, old.control_checks, old.reinforcements, old.situation_rounds):
        rows.update(response=new)
    for model in (OnSiteCommand, SituationRhythm, Handover):
        model._default_manager.filter(response=old).update(response=new)
    if old.handed_over_at is not None:
        new.handed_over_to, new.handed_over_at = old.handed_over_to, old.handed_over_at
        new.save(update_fields=["handed_over_to", "handed_over_at"])


def running_over(head: CaseHead, response: Response, actor: Actor) -> None:
    """Stop calling for orders and asking for the situation; the command on the spot goes with the response.

    The case is locked. Writes a line for the command on the spot.
    """
    for pk in response.orders.values_list("pk", flat=True):
        notices_settle(subject=("commandorder", pk))
    SituationRhythm.objects.filter(response=response).update(next_at=None)
    for row in response.on_site.filter(state=OnSiteState.STANDING):
        row.state, row.dissolved_at, row.reason = OnSiteState.DISSOLVED, database_now(), WITH_THE_END
        row.version += 1
        row.save()
        words = f"{WITH_THE_END}，现场应急指挥部（{row.place}）随之撤销（非预案规定）"
        subject, data = ("onsitecommand", row.pk), {"version": row.version}
        record_append(
            head, Line("on_site.dissolved", words, actor=actor, clause=row.clause, subject=subject, data=data)
        )
