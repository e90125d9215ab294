"""Who belongs to the command and its groups in one case: the plan's lists, and what was adjusted during the case."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from directory.choices import MemberState
from directory.models import CaseGroupMember, CaseMember, GroupMember, Membership, PlanVersion, Unit, WorkGroup

__all__ = [
    "CaseMembers",
    "GroupLine",
    "MemberLine",
    "case_members",
    "group_changes",
    "group_lines",
    "group_units",
    "member_lines",
    "member_units",
    "member_units_of",
    "outsiders",
]


@dataclass(frozen=True)
class CaseMembers:
    """What a case adjusts: the units added to the command and those taken out, with their rows."""

    rows: list[CaseMember]

    @property
    def added(self) -> list[Unit]:
        """Return the units that are members in this case, in the order they were added."""
        return [row.unit for row in self.rows if row.state == MemberState.ACTIVE]

    @property
    def removed(self) -> set[int]:
        """Return the ids of the units that are not members in this case, whatever the plan lists."""
        return {row.unit_id for row in self.rows if row.state == MemberState.REMOVED}


@dataclass(frozen=True)
class MemberLine:
    """A unit on a case's list. ``by_plan``: the plan lists it; ``row``: what the case adjusted, if anything.

    ``outsider``: a unit of a group that is no member of the command (非成员单位).
    """

    name: str
    unit: Unit | None
    by_plan: bool
    duty: str = ""
    lead: bool = False
    row: CaseMember | CaseGroupMember | None = None
    outsider: bool = False

    @property
    def out(self) -> bool:
        """Return whether the unit was taken out in this case."""
        return self.row is not None and self.row.state == MemberState.REMOVED

    @property
    def changed(self) -> bool:
        """Return whether the case stands otherwise than the plan: added, or taken out."""
        return self.row is not None and self.out == self.by_plan


@dataclass(frozen=True)
class GroupLine:
    """A work group with its lead first, then its members in this case."""

    group: WorkGroup
    members: list[MemberLine]

    @property
    def listed(self) -> list[MemberLine]:
        """Return the plan's members that are in."""
        return [line for line in self.members if line.by_plan and not line.out]


def case_members(head_id: int) -> CaseMembers:
    """Return what one case adjusts of the command's members, with one statement."""
    return CaseMembers(list(CaseMember.objects.filter(head_id=head_id).select_related("unit", "changed_by")))


def member_units(version: PlanVersion, head_id: int) -> list[Unit]:
    """Return the units that «all members» means in a case: the plan's, less those taken out, and those added."""
    adjusted = case_members(head_id)
    rows = version.memberships.filter(unit__isnull=False).select_related("unit")
    listed = [row.unit for row in rows if row.unit is not None and row.unit_id not in adjusted.removed]
    return list({unit.pk: unit for unit in [*listed, *adjusted.added]}.values())


def member_lines(version: PlanVersion, head_id: int) -> list[MemberLine]:
    """Return the members of the command in a case: the plan's in its order, then those added. Two statements."""
    adjusted = {row.unit_id: row for row in case_members(head_id).rows}
    rows: list[Membership] = list(version.memberships.select_related("unit"))
    listed = [
        MemberLine(row.printed_name, row.unit, True, duty=row.duty or "", row=adjusted.get(row.unit_id or 0))
        for row in rows
    ]
    return [*listed, *_added(adjusted.values(), {row.unit_id for row in rows})]


def group_changes(head_id: int) -> dict[int, dict[int, CaseGroupMember]]:
    """Return what one case adjusts of the groups, by group id and unit id, with one statement."""
    found: dict[int, dict[int, CaseGroupMember]] = {}
    for row in CaseGroupMember.objects.filter(head_id=head_id).select_related("unit", "changed_by"):
        found.setdefault(row.group_id, {})[row.unit_id] = row
    return found


def group_units(group: WorkGroup, changes: Mapping[int, CaseGroupMember]) -> tuple[list[GroupMember], list[Unit]]:
    """Return (the group's listed members that are in it in this case, the units added), with one statement."""
    out = {unit_id for unit_id, row in changes.items() if row.state == MemberState.REMOVED}
    listed = [row for row in group.members.select_related("unit") if row.unit_id is None or row.unit_id not in out]
    return listed, [row.unit for row in changes.values() if row.state == MemberState.ACTIVE]


def group_lines(version: PlanVersion, head_id: int) -> list[GroupLine]:
    """Return every work group of the plan as it stands in a case, with five statements."""
    adjusted = group_changes(head_id)
    current = [line for line in member_lines(version, head_id) if not line.out]
    ids, named = {line.unit.pk for line in current if line.unit}, _bracketed(line.name for line in current)
    groups = version.groups.select_related("lead").prefetch_related("members__unit")
    return [
        GroupLine(
            group,
            [
                replace(line, outsider=line.unit is not None and _outside(line.unit.pk, line.name, ids, named))
                for line in _group_members(group, adjusted.get(group.pk, {}))
            ],
        )
        for group in groups
    ]


def outsiders(group: WorkGroup, members: Sequence[Membership]) -> list[str]:
    """Return the printed names of a group's units that the plan does not list as members of the command."""
    ids, named = {row.unit_id for row in members}, _bracketed(row.printed_name for row in members)
    rows = [(row.unit_id, row.printed_name) for row in group.members.all() if row.unit_id]
    units = dict([(group.lead_id, group.printed_lead), *reversed(rows)])
    return [name for pk, name in units.items() if _outside(pk, name, ids, named)]


def _outside(pk: int, name: str, ids: Container[int | None], named: Sequence[str]) -> bool:
    """Return whether a unit is no member: neither listed, nor named in a member's brackets (县委宣传部（网信办）)."""
    return pk not in ids and not any(name.endswith(part) for part in named)


def _bracketed(names: Iterable[str]) -> list[str]:
    return [part for name in names for inner in re.findall(r"（(.+?)）", name) for part in inner.split("、")]


def _group_members(group: WorkGroup, adjusted: dict[int, CaseGroupMember]) -> list[MemberLine]:
    rows = [row for row in group.members.all() if row.unit_id != group.lead_id]
    lead = MemberLine(group.printed_lead, group.lead, True, lead=True)
    listed = [MemberLine(row.printed_name, row.unit, True, row=adjusted.get(row.unit_id or 0)) for row in rows]
    return [lead, *listed, *_added(adjusted.values(), {group.lead_id, *(row.unit_id for row in rows)})]


def _added(rows: Iterable[CaseMember | CaseGroupMember], listed: Container[int | None]) -> list[MemberLine]:
    return [
        MemberLine(row.unit.name, row.unit, False, row=row)
        for row in rows
        if row.unit_id not in listed and row.state == MemberState.ACTIVE
    ]


def member_units_of(version: PlanVersion) -> list[Unit]:
    """Return the plan's member units, each once, in its order."""
    rows = version.memberships.filter(unit__isnull=False).select_related("unit").order_by("number")
    return list({row.unit_id: row.unit for row in rows if row.unit is not None}.values())
