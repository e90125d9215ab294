"""已知悉: who was told of a clock that is late says that they know (「非预案规定」)."""

from __future__ import annotations

from typing import Any

from directory.ladders import Acknowledger
from yangcheng_ec.deadlines.models import Deadline, Notice, Step
from yangcheng_ec.deadlines.services import step_acknowledge
from yangcheng_ec.errors import Forbidden, NotVisible
from yangcheng_ec.permissions import Page, may_open

__all__ = ["rung_acknowledge", "rung_told"]


def rung_acknowledge(*, step_id: int, user: Any) -> Step:
    """Acknowledge a rung of a clock's ladder as one of those it told upward; it enters the case's record.

    Raises NotVisible (no such rung, or nothing the user may know of), Forbidden (it told others), WrongState.
    """
    try:
        return step_acknowledge(step_id=step_id, user=user)
    except Forbidden:
        told = Notice.objects.filter(step=step_id, recipient=user).exists()
        if told or may_open(user, Page.CASES_ALL):
            raise
        raise NotVisible() from None


def rung_told(notice: Notice, user: Any) -> Step | None:
    """Return the rung a notice is of, with ``mine`` where the reader may acknowledge it; None for other notices."""
    if notice.step_id is None:
        return None
    step = Step.objects.get(pk=notice.step_id)
    mine = Acknowledger(user).may(step, Deadline.objects.get(pk=step.deadline_id))
    step.mine = mine  # type: ignore[attr-defined]
    return step
