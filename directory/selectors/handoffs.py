"""Hand-offs: which shift hands to which now, what was handed over, what still waits for a signature."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

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
    "handoffs_unbegun",
    "handoffs_waiting",
    "log_of",
    "pairs_now",
    "people_of",
]

# A roster on which nobody follows any more asks for its last hand-off a day longer (「非预案规定」).
ASKED_FOR = timedelta(days=1)
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

    def __str__(self) -> str:
        return f"{self.giving} → {self.taking}"

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
    own = _own(standing)
    on_it = Q(from_slot__leader=user) | Q(from_slot__officer=user) | Q(to_slot__leader=user) | Q(to_slot__officer=user)
    rows = Handoff.objects.exclude(state=HandoffState.DONE).filter(own | on_it)
    return list(rows.select_related(*RELATED).order_by("at", "id"))


def handoffs_unbegun(user: Any, standing: Standing) -> list[Pair]:
    """Return the shifts that changed without anybody beginning the hand-off, of rosters the user belongs to or is on.

    The last turn that has begun and the one before it, as on the roster's own page; one statement when there is none.
    """
    now = database_now()
    somebody = Q(leader__isnull=False) | Q(officer__isnull=False)
    begun = DutySlot.objects.filter(somebody, roster=OuterRef("roster"), starts_at__lte=now)
    before = begun.filter(starts_at__lt=OuterRef("starts_at")).order_by("-starts_at", "-id")
    taking = (
        DutySlot.objects.filter(somebody, starts_at__lte=now, ends_at__gt=now - ASKED_FOR)
        .filter(~Exists(begun.filter(starts_at__gt=OuterRef("starts_at"))))
        .annotate(giving=Subquery(before.values("pk")[:1]))
        .filter(giving__isnull=False)
        .filter(~Exists(Handoff.objects.filter(to_slot=OuterRef("pk"), from_slot=OuterRef("giving"))))
        .filter(_own(standing) | Q(leader=user) | Q(officer=user) | Q(giving__in=_turns_of(user, now)))
    )
    rows = {row.giving: row for row in taking.select_related("roster", "leader", "officer").order_by("starts_at")}
    given = DutySlot.objects.select_related("roster", "leader", "officer").in_bulk(list(rows)) if rows else {}
    return [Pair(given[pk], row, due=True) for pk, row in rows.items() if pk in given]


def _own(standing: Standing) -> Q:
    """The rosters of the bodies the user belongs to."""
    versions = [row.post.version for row in standing.rows if row.post.version is not None]
    plans = [version.plan_id for version in versions if version.in_force]
    return Q(roster__plan_id__in=plans) | Q(roster__unit_id__in=standing.units)


def _turns_of(user: Any, now: datetime) -> QuerySet[DutySlot]:
    return DutySlot.objects.filter(Q(leader=user) | Q(officer=user), starts_at__lte=now).order_by()


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
