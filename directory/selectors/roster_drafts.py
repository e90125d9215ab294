"""A month of duty about to be written: what it would change, and what the month would be with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet

from directory.choices import DutyRole
from directory.models import DutySlot, Roster, RosterDraft, User
from directory.selectors.roster_month import Month, month_of
from directory.sheets.choices import OPEN, WRITES, ItemState
from yangcheng_ec.errors import NotVisible

__all__ = ["DraftGroup", "draft_get", "draft_groups", "draft_month", "drafts_recent", "names_lately"]

NAMES_FROM = 70
SHOWN = 100


@dataclass(frozen=True)
class DraftGroup:
    """The lines of the preview that would do the same."""

    state: ItemState
    items: list[dict[str, Any]]

    @property
    def title(self) -> str:
        """Return the words over the group: of turns, not of numbers."""
        return {"error": "有错，不写入", "change": "改动", "add": "新排"}.get(self.state.value, "无变化")

    @property
    def shown(self) -> list[dict[str, Any]]:
        """Return what the page lists: a month has 62 turns at most, a wrong file thousands of errors."""
        return self.items[:SHOWN]

    @property
    def hidden(self) -> int:
        """Return how many the page does not list."""
        return len(self.items) - len(self.shown)


def draft_get(roster: Roster, pk: int) -> RosterDraft:
    """Return one draft of a roster, which the caller has checked. Raises NotVisible."""
    found = RosterDraft.objects.select_related("by", "written_by").filter(roster=roster, pk=pk).first()
    if found is None:
        raise NotVisible()
    return found


def drafts_recent(roster: Roster, count: int = 5) -> QuerySet[RosterDraft]:
    """Return the newest drafts of a roster, without their contents."""
    return RosterDraft.objects.filter(roster=roster).select_related("by", "written_by").defer("book", "items")[:count]


def draft_groups(draft: RosterDraft) -> list[DraftGroup]:
    """Return the preview by what each line would do, errors first."""
    groups = (DraftGroup(state, [item for item in draft.items if item["state"] == state]) for state in ItemState)
    return [group for group in groups if group.items]


def draft_month(draft: RosterDraft, roster: Roster, user: Any) -> Month | None:
    """Return the month as it would be when this is written; None once it is written or put aside."""
    if draft.state not in OPEN:
        return None
    wanted = [item for item in draft.items if item["state"] in WRITES]
    asked = {item[role] for item in wanted for role in DutyRole.values} - {None}
    people = User.objects.select_related("unit").in_bulk(asked)
    slots = [_slot(roster, item, people) for item in wanted]
    return month_of(roster, draft.month, user, proposed=slots)


def _slot(roster: Roster, item: dict[str, Any], people: dict[int, User]) -> DutySlot:
    day = date.fromisoformat(item["day"])
    starts_at, ends_at = roster.hours(day, item["shift"])
    slot = DutySlot(roster=roster, date=day, shift=item["shift"], starts_at=starts_at, ends_at=ends_at)
    for role in DutyRole.values:
        setattr(slot, role, people.get(item[role]))
    return slot


def names_lately(roster: Roster) -> dict[str, list[User]]:
    """Return who had turns lately, by role, in the order in which they last began to rotate; one statement."""
    rows = DutySlot.objects.filter(roster=roster).select_related("leader__unit", "officer__unit")
    latest = list(rows.order_by("-starts_at", "-id")[:NAMES_FROM])
    found: dict[str, list[User]] = {role: [] for role in DutyRole.values}
    for slot in reversed(latest):
        for role in DutyRole.values:
            person = getattr(slot, role)
            if person is not None and person.is_active and person not in found[role]:
                found[role].append(person)
    return found
