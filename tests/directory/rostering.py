"""What the tests of rosters share: a roster, turns around a fixed noon, people on them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from directory.models import DutySlot, Roster
from directory.services.roster import SlotInput, roster_open, slot_set
from yangcheng_ec.clock import SHANGHAI

# A Sunday, in the day shift.
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=SHANGHAI)
TODAY = date(2026, 11, 22)
CYBER = "cyber-2025"


def office(people: Any, code: str = CYBER) -> Roster:
    """Open an office's roster."""
    return roster_open(user=people["office" if code == CYBER else "comms_office"], code=code)


def put(people: Any, day: date, shift: str, officer: str = "", leader: str = "", **values: Any) -> DutySlot:
    """Put people on one turn of an office's roster."""
    code = values.pop("code", CYBER)
    entry = SlotInput(
        day,
        shift,
        people[leader].pk if leader else None,
        people[officer].pk if officer else None,
        **values,
    )
    return slot_set(user=people["office" if code == CYBER else "comms_office"], code=code, entry=entry)[0]


def three_turns(people: Any) -> tuple[DutySlot, DutySlot, DutySlot]:
    """Arrange last night (duty2), today's day (duty) and tonight (duty2), with a leader each."""
    office(people)
    last = put(people, TODAY - timedelta(days=1), "night", "duty2", "director")
    now = put(people, TODAY, "day", "duty", "deputy")
    coming = put(people, TODAY, "night", "duty2", "director")
    return last, now, coming
