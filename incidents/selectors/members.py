"""What the pages of a case say of its members: the lists, who may adjust them, what may be chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from directory.choices import Act, ActLimit
from directory.models import Unit
from directory.rules import approver_kinds, clause_label, limits_of, may
from directory.selectors.membership import GroupLine, MemberLine, group_lines, member_lines
from directory.selectors.units import units_in_use
from incidents.choices import OPEN_STATES
from incidents.models import Incident

__all__ = ["MembersPanel", "addable_units", "group_lines_of", "members_panel", "removable_lines"]


@dataclass(frozen=True)
class MembersPanel:
    """The members of a case's command: the plan's, those added, those taken out; whether the reader may adjust."""

    lines: list[MemberLine]
    may_adjust: bool
    clause: str

    @property
    def listed(self) -> list[MemberLine]:
        """Return the plan's members that are in."""
        return [line for line in self.lines if line.by_plan and not line.out]

    @property
    def current(self) -> list[MemberLine]:
        """Return everybody who is in."""
        return [*self.listed, *self.added]

    @property
    def added(self) -> list[MemberLine]:
        """Return those added during the case."""
        return [line for line in self.lines if not line.by_plan]

    @property
    def removed(self) -> list[MemberLine]:
        """Return the plan's members that were taken out during the case."""
        return [line for line in self.lines if line.out]


def members_panel(user: Any, incident: Incident) -> MembersPanel:
    """Return the members of a case for its page."""
    version = incident.plan_version
    open_now = incident.state in OPEN_STATES
    return MembersPanel(
        lines=member_lines(version, incident.head_id),
        may_adjust=open_now and may(user, version, Act.ADD_MEMBER),
        clause=clause_label(version, approver_kinds(version, Act.ADD_MEMBER)[1]),
    )


def group_lines_of(incident: Incident) -> list[GroupLine]:
    """Return the work groups as they stand in a case."""
    return group_lines(incident.plan_version, incident.head_id)


def addable_units(incident: Incident, panel: MembersPanel) -> list[Unit]:
    """Return the units that may be added to the command: no members yet, within what the clause allows."""
    inside = {line.unit.pk for line in panel.lines if line.unit is not None and not line.out}
    limits, _quote = limits_of(incident.plan_version, Act.ADD_MEMBER)
    rows = units_in_use().exclude(pk__in=inside)
    return list(rows.filter(county_level=True) if ActLimit.COUNTY_LEVEL in limits else rows)


def removable_lines(incident: Incident, panel: MembersPanel) -> list[MemberLine]:
    """Return the members that may be taken out: those added, and the plan's own where it lets them be adjusted."""
    limits, _quote = limits_of(incident.plan_version, Act.ADD_MEMBER)
    if ActLimit.ADD_ONLY in limits:
        return panel.added
    return [line for line in panel.current if line.unit is not None]
