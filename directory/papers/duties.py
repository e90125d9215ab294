"""The duty of the coming days for the file that opens without a server."""

from __future__ import annotations

from typing import Any

from directory.choices import DutyRole
from directory.papers.offline import OfflineDuty
from directory.selectors.roster import slots_coming, standing_of

__all__ = ["duties_of"]


def duties_of(user: Any) -> list[OfflineDuty]:
    """Return who is on duty now and in the coming 14 days on the rosters the user may read, by time; two statements."""
    return [
        OfflineDuty(slot.label, slot.roster.name, str(role.label), str(person), person.mobile)
        for slot in slots_coming(user, standing_of(user))
        for role in DutyRole
        if (person := getattr(slot, role.value)) is not None
    ]
