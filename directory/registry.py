"""Where upper floors say what this floor cannot know: who may read a case's record, and what rests on a clause."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from yangcheng_ec.permissions import Page, may_open
from yangcheng_ec.record.models import CaseHead

if TYPE_CHECKING:
    from directory.models import Appointment, Clause, PlanVersion, Roster

__all__ = [
    "CASE_KINDS",
    "ClauseUse",
    "HandoffItem",
    "HandoffSection",
    "Touchpoint",
    "case_visible",
    "handoff_sections",
    "plan_panels",
    "register_appointment_touch",
    "register_case_visibility",
    "register_clause_uses",
    "register_handoff_section",
    "register_plan_panel",
    "registered_uses",
    "touchpoints_of",
]

CaseVisibility = Callable[[Any, CaseHead], bool]
CASE_KINDS = ("incident", "warning", "finding", "hazard_check")

_checks: list[CaseVisibility] = []


def register_case_visibility(check: CaseVisibility) -> None:
    """Register a function (user, head) → whether the user may read that case."""
    if check not in _checks:
        _checks.append(check)


def case_visible(user: Any, head: CaseHead) -> bool:
    """Return whether the user may read this chain.

    The auditor reads every chain. Whoever sees all cases reads theirs; anyone else what an app grants.
    Standing chains (directory, accounts, system) are the auditor's alone.
    """
    if may_open(user, Page.RECORD_ALL):
        return True
    if head.kind not in CASE_KINDS or not may_open(user, Page.RECORD_OWN):
        return False
    return may_open(user, Page.CASES_ALL) or any(check(user, head) for check in _checks)


@dataclass(frozen=True)
class ClauseUse:
    """What of the system rests on a clause: ``kind`` is 按钮, 时限, 任务, 文书…; ``non_plan`` marks our reading."""

    ref: str
    kind: str
    label: str
    non_plan: bool = False


ClauseUses = Callable[["PlanVersion", "Sequence[Clause]"], Iterable[ClauseUse]]
_uses: list[ClauseUses] = []


def register_clause_uses(provider: ClauseUses) -> None:
    """Register a function (version, its clauses) → what an app does by them; it reads no database."""
    if provider not in _uses:
        _uses.append(provider)


def registered_uses(version: PlanVersion, clauses: Sequence[Clause]) -> list[ClauseUse]:
    """Return what all apps do by the clauses of a version."""
    return [use for provider in _uses for use in provider(version, clauses)]


@dataclass(frozen=True)
class Touchpoint:
    """Something open that an appointment's start or end touches.

    ``what`` names it without the case's title: who keeps appointments sees no cases. ``page`` opens ``url``.
    ``kinds`` are the posts that may do ``act`` on it, and ``asked_by`` whoever may not since they asked for it;
    without an act it is touched whoever else holds the post (a duty slot).
    """

    what: str
    url: str
    page: str
    act: str = ""
    kinds: tuple[str, ...] = ()
    asked_by: int | None = None


AppointmentTouch = Callable[["Appointment"], Iterable[Touchpoint]]
_touches: list[AppointmentTouch] = []


def register_appointment_touch(touch: AppointmentTouch) -> None:
    """Register a function appointment → the open things it may touch; each a fixed number of statements."""
    if touch not in _touches:
        _touches.append(touch)


def touchpoints_of(appointment: Appointment) -> list[Touchpoint]:
    """Return everything open that this appointment may touch, of every floor."""
    return [point for touch in _touches for point in touch(appointment)]


@dataclass(frozen=True)
class HandoffItem:
    """One thing that stays open: its number or name, what it is, how it stands, where it is."""

    number: str
    title: str
    url: str = ""
    state: str = ""


@dataclass(frozen=True)
class HandoffSection:
    """One kind of open things: how many there are, where all of them are, and the first of them."""

    label: str
    count: int
    url: str = ""
    items: list[HandoffItem] = field(default_factory=list)


HandoffSource = Callable[["Roster"], Sequence[HandoffSection]]
_sources: list[HandoffSource] = []


def register_handoff_section(source: HandoffSource) -> None:
    """Register a function that says what a roster's body has open now."""
    if source not in _sources:
        _sources.append(source)


def handoff_sections(roster: Roster) -> list[dict[str, Any]]:
    """Return what a roster's body has open now, as plain data: it is kept with the hand-off as it was then."""
    return [asdict(section) for source in _sources for section in source(roster)]


# Given a user and a plan version: what an upper floor says at the head of its page (template, context), or None.
PlanPanel = Callable[[Any, "PlanVersion"], tuple[str, dict[str, Any]] | None]
_plan_panels: list[PlanPanel] = []


def register_plan_panel(panel: PlanPanel) -> None:
    """Register what an upper floor says of a plan at the head of the plan's page."""
    if panel not in _plan_panels:
        _plan_panels.append(panel)


def plan_panels(user: Any, version: PlanVersion) -> list[tuple[str, dict[str, Any]]]:
    """Return what upper floors say of a plan to this reader."""
    return [found for panel in _plan_panels if (found := panel(user, version)) is not None]
