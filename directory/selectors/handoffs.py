"""Hand-offs: which shift hands to which now, what was handed over, what still waits for a signature."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.db.models import Q, QuerySet

from directory.choices import HandoffState
from directory.models import DutyLogEntry, DutySlot, Handoff, Roster
from directory.selectors.roster import Standing
from yangcheng_ec.clock import database_now
from yangcheng_ec.errors import NotVisible

__all__ = [
    "Pair",
    "arranged",
    "following_slot",
    "handoff_get",
    "handoffs_of",
    "handoffs_waiting",
    "log_of",
    "pairs_now",
    "people_of",
]

RELATED = (
    "roster__plan",
    "roster__unit",
    "from_slot__leader",
    "from_slot__officer",
    "to_slot__leader",
    "to_slot__officer",
    "begun_by",
    "signed_by_from",
    "signed_by_to",
)


@dataclass
class Pair:
    """Two turns that follow each other, with their hand-off where one was begun. ``due``: the next one has begun."""

    giving: DutySlot
    taking: DutySlot
    handoff: Handoff | None = None
    due: bool = False

    @property
    def done(self) -> bool:
        """Return whether both signed."""
        return self.handoff is not None and self.handoff.state == HandoffState.DONE


def arranged(roster: Roster) -> QuerySet[DutySlot]:
    """Return the turns of a roster that have somebody on them."""
    rows = DutySlot.objects.filter(Q(leader__isnull=False) | Q(officer__isnull=False), roster=roster)
    return rows.select_related("roster", "leader", "officer")


def following_slot(slot: DutySlot) -> DutySlot | None:
    """Return the turn that takes over from this one."""
    return arranged(slot.roster).filter(starts_at__gt=slot.starts_at).order_by("starts_at", "id").first()


def pairs_now(roster: Roster) -> list[Pair]:
    """Return the hand-offs of this moment: the last turn to the one that runs, and that one to the next."""
    now = database_now()
    begun = list(arranged(roster).filter(starts_at__lte=now).order_by("-starts_at", "-id")[:2])
    coming = arranged(roster).filter(starts_at__gt=now).order_by("starts_at", "id").first()
    turns = [*reversed(begun), *([coming] if coming else [])]
    pairs = [Pair(giving, taking, due=taking.starts_at <= now) for giving, taking in pairwise(turns)]
    rows = Handoff.objects.filter(from_slot__in=[pair.giving for pair in pairs]).select_related(*RELATED)
    known = {(row.from_slot_id, row.to_slot_id): row for row in rows}
    for pair in pairs:
        pair.handoff = known.get((pair.giving.pk, pair.taking.pk))
    return pairs


def handoffs_of(roster: Roster) -> QuerySet[Handoff]:
    """Return a roster's hand-offs, newest first."""
    return Handoff.objects.filter(roster=roster).select_related(*RELATED).order_by("-at", "-id")


def handoff_get(roster: Roster, pk: int) -> Handoff:
    """Return one hand-off of a roster. Raises NotVisible."""
    found = handoffs_of(roster).filter(pk=pk).first()
    if found is None:
        raise NotVisible()
    return found


def handoffs_waiting(user: Any, standing: Standing) -> list[Handoff]:
    """Return the hand-offs not signed by both, of rosters the user belongs to or is on; with one statement."""
    versions = [row.post.version for row in standing.rows if row.post.version is not None]
    plans = [version.plan_id for version in versions if version.in_force]
    own = Q(roster__plan_id__in=plans) | Q(roster__unit_id__in=standing.units)
    on_it = Q(from_slot__leader=user) | Q(from_slot__officer=user) | Q(to_slot__leader=user) | Q(to_slot__officer=user)
    rows = Handoff.objects.exclude(state=HandoffState.DONE).filter(own | on_it)
    return list(rows.select_related(*RELATED).order_by("at", "id"))


def people_of(slot: DutySlot) -> str:
    """Return the names on a turn: 带班领导 某某、值班员 某某."""
    named = [("带班领导", slot.leader), ("值班员", slot.officer)]
    return "、".join(f"{role} {person}" for role, person in named if person is not None)


def log_of(roster: Roster, *, since: datetime | None = None, until: datetime | None = None) -> QuerySet[DutyLogEntry]:
    """Return a roster's duty log, newest first, each line with the line it corrects and its corrections."""
    rows = DutyLogEntry.objects.filter(roster=roster).select_related("by", "corrects").prefetch_related("corrections")
    if since is not None:
        rows = rows.filter(at__gte=since)
    if until is not None:
        rows = rows.filter(at__lt=until)
    return rows.order_by("-at", "-id")
