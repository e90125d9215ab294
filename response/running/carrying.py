"""What goes on when a response is replaced by one of another level: the case has one running response at a time."""

from __future__ import annotations

from response.models import Handover, OnSiteCommand, Response, SituationRhythm

__all__ = ["running_carry_over"]


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
