"""Standing down: when each group and team had left, by its own unit or the office for it (comms 4.6)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from response.aftermath.choices import StandDownState
from response.aftermath.models import StandDown
from response.aftermath.services.common import cleaned, own_or_office, row_lock, row_write, time_done
from response.services.common import check_version, state_in
from yangcheng_ec.clock import database_now
from yangcheng_ec.deadlines.services import notices_settle
from yangcheng_ec.errors import BadInput, NotVisible
from yangcheng_ec.permissions import Page, may_open
from yangcheng_ec.record.services import Line

__all__ = ["stand_down_report"]

MOST_PEOPLE = 100_000


@transaction.atomic
def stand_down_report(
    *, row_id: int, version: int, user: Any, left_at: datetime | None = None, people: int | None = None,
    note: str = "", said_by: str = "",
) -> StandDown:  # fmt: skip
    """Record that a group or team has left (撤离), when, how many; by its own unit, or the office for it (代录).

    Raises NotVisible, Forbidden, StaleVersion, WrongState (left already), BadInput (before it was told, in the future).
    """
    incident, head, row = row_lock(StandDown, row_id, user=user, of="response__incident_id")
    if row.unit_id != user.unit_id and not may_open(user, Page.RESPONSES):
        raise NotVisible()
    actor, said = own_or_office(incident, row.unit, user, said_by, row.clause)
    check_version(row, version)
    state_in(row, [StandDownState.TOLD], "已经登记过撤离", row.clause)
    if people is not None and not 0 <= people <= MOST_PEOPLE:
        raise BadInput("人数不对。", fields={"people": [f"请填写 0 到 {MOST_PEOPLE} 之间的人数。"]})
    row.left_at, late = time_done(left_at, "left_at", "撤离时间", _since(row))
    row.people, row.note, row.said_by = people, cleaned(note, "note", limit=500), said
    row.state, row.recorded_at, row.recorded_by, row.recorded_post = (
        StandDownState.DONE,
        database_now(),
        user,
        actor.post,
    )
    count = f"，{people}人" if people is not None else ""
    spoken = f"（代录，{said}所说）" if said else ""
    words = f"{row.label}撤离{count}{spoken}" + (f"：{row.note}" if row.note else "")
    line = Line("stand_down.left", f"{words}。", actor=actor, clause=row.clause, done_at=row.left_at, late_entry=late)
    row_write(head, row, line)
    if row.unit is not None and not row.response.stand_downs.filter(unit=row.unit, state=StandDownState.TOLD).exists():
        settled = ("response.stand_down",)
        notices_settle(subject=("response", row.response_id), kinds=settled, unit_code=row.unit.code)
    return row


def _since(row: StandDown) -> datetime | None:
    """Teams may leave while the end is being decided, not before the response began."""
    return row.response.activated_at
