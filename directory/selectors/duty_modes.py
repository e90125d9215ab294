"""24-hour duty that responses hold open now: who asks for it by which sentence, and what is missing on the rosters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from directory.choices import DutyModeKind, DutyRole, Shift
from directory.models import DutyMode, DutySlot, Roster
from directory.selectors.roster import Standing, rosters_visible_to
from directory.selectors.roster_month import roles_missing, shifts_arranged
from yangcheng_ec.clock import SHANGHAI, database_now
from yangcheng_ec.permissions import Page, may_open

__all__ = ["DAYS_AHEAD", "DutyGap", "DutyPanel", "Watch", "duty_panel", "duty_panel_of"]

# How far ahead turns are looked at: the plans say nothing of it (「非预案规定」).
DAYS_AHEAD = 3
AROUND_THE_CLOCK = (Shift.DAY, Shift.NIGHT)


@dataclass(frozen=True)
class DutyGap:
    """A turn to come that lacks somebody: 「11月22日 夜班」, what is missing, and the day's page."""

    label: str
    what: str
    url: str


@dataclass
class Watch:
    """One roster that a response holds open. ``bare``: an empty roster was opened with it, and is empty still."""

    roster: Roster
    modes: list[DutyMode]
    gaps: list[DutyGap] = field(default_factory=list)
    bare: bool = False

    @property
    def on_duty(self) -> bool:
        """Return whether somebody must be on duty, and not only be reached."""
        return any(row.kind == DutyModeKind.ON_DUTY for row in self.modes)

    @property
    def non_plan(self) -> bool:
        """Return whether no sentence names this body: it is on duty by our reading alone."""
        return all(row.non_plan for row in self.modes)


@dataclass
class DutyPanel:
    """What is shown of it: why, the rosters told turn by turn (``near``), and the others by what they lack."""

    causes: list[DutyMode]
    near: list[Watch]
    lacking: list[Watch]
    full: list[Watch]
    reachable: list[Watch]
    days: int = DAYS_AHEAD

    @property
    def late(self) -> bool:
        """Return whether anything is missing."""
        return bool(self.lacking) or any(watch.gaps for watch in self.near)

    @property
    def kind(self) -> DutyModeKind:
        """Return the strongest demand: on duty, or only within reach."""
        on_duty = any(row.kind == DutyModeKind.ON_DUTY for row in self.causes)
        return DutyModeKind.ON_DUTY if on_duty else DutyModeKind.REACHABLE


def duty_panel(user: Any, standing: Standing) -> DutyPanel | None:
    """Return what the user may see of it; None when nothing is open. One statement then, two otherwise.

    The command sees every body, the offices' turns one by one; a unit its own.
    """
    rows = _open_modes()
    if not may_open(user, Page.CASES_ALL):
        rows = rows.filter(roster__in=rosters_visible_to(user, standing).order_by().values("pk"))
    return _panel(list(rows), standing.units)


def duty_panel_of(roster: Roster) -> DutyPanel | None:
    """Return it for one roster the reader may open."""
    return _panel(list(_open_modes().filter(roster=roster)), {roster.unit_id} if roster.unit_id else set())


def _open_modes() -> QuerySet[DutyMode]:
    rows = DutyMode.objects.filter(closed_at__isnull=True).select_related("roster__plan", "roster__unit", "head")
    return rows.order_by("-opened_at", "-roster__plan__code", "roster__unit__order", "id")


def _panel(modes: Sequence[DutyMode], own_units: set[int]) -> DutyPanel | None:
    if not modes:
        return None
    watches = _watches(modes)
    near = [one for one in watches if one.on_duty and (one.roster.plan_id or one.roster.unit_id in own_units)]
    others = [one for one in watches if one.on_duty and one not in near]
    return DutyPanel(
        causes=_causes(modes),
        near=near,
        lacking=[one for one in others if one.gaps],
        full=[one for one in others if not one.gaps],
        reachable=[one for one in watches if not one.on_duty],
    )


def _causes(modes: Sequence[DutyMode]) -> list[DutyMode]:
    """Return one row for each case and sentence, duty before reach, the newest first; a body that is named first."""
    found: dict[tuple[int, str, str], DutyMode] = {}
    for row in sorted(modes, key=lambda one: one.non_plan):
        found.setdefault((row.head_id, row.kind, row.clause), row)
    return sorted(found.values(), key=lambda row: (row.kind == DutyModeKind.ON_DUTY, row.opened_at), reverse=True)


def _watches(modes: Sequence[DutyMode]) -> list[Watch]:
    """Return one for each roster, with its gaps; one statement for all of them."""
    found: dict[int, Watch] = {}
    for row in modes:
        found.setdefault(row.roster_id, Watch(row.roster, [])).modes.append(row)
    now = database_now()
    slots = _slots([watch for watch in found.values() if watch.on_duty], now)
    for watch in found.values():
        mine = slots.get(watch.roster.pk, [])
        if watch.on_duty:
            watch.gaps = _gaps(watch.roster, mine, now)
            watch.bare = any(row.roster_made for row in watch.modes) and not any(slot.people for slot in mine)
    return list(found.values())


def _slots(watches: Sequence[Watch], now: datetime) -> dict[int, list[DutySlot]]:
    rosters = [watch.roster.pk for watch in watches]
    rows = DutySlot.objects.filter(roster__in=rosters, ends_at__gt=now, starts_at__lt=now + timedelta(days=DAYS_AHEAD))
    found: dict[int, list[DutySlot]] = {}
    for slot in rows if rosters else ():
        found.setdefault(slot.roster_id, []).append(slot)
    return found


def _gaps(roster: Roster, slots: Sequence[DutySlot], now: datetime) -> list[DutyGap]:
    """Return the turns of the days ahead without a leader or an officer, and the nights nobody was given."""
    today = now.astimezone(SHANGHAI).date()
    found = []
    for number in range(-1, DAYS_AHEAD + 1):
        day = today + timedelta(days=number)
        turns = dict(shifts_arranged(roster, {slot.shift: slot for slot in slots if slot.date == day}))
        whole = Shift.WHOLE in turns
        for shift in Shift:
            if shift in turns or (not whole and shift in AROUND_THE_CLOCK):
                slot = turns.get(shift)
                starts_at, ends_at = (slot.starts_at, slot.ends_at) if slot else roster.hours(day, shift)
                missing = roles_missing(slot)
                if missing and ends_at > now and starts_at < now + timedelta(days=DAYS_AHEAD):
                    label = f"{day.month}月{day.day}日 {shift.label}"
                    found.append(DutyGap(label, _what(shift, missing, shift in turns), f"/roster/{roster.code}/{day}/"))
    return found


def _what(shift: Shift, missing: Sequence[str], arranged: bool) -> str:
    """Return what is missing of a turn, in a word: a turn left out by the pattern is a gap too."""
    if not arranged:
        return f"没有排{shift.label}，这段时间无人"
    return "空缺" if len(missing) == len(DutyRole) else f"缺{missing[0]}"
