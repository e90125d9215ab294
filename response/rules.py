"""What a plan's measures mean as tasks, and what its end asks for: read from the rows, never written here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from directory.choices import ActorKind, DutyModeKind, UnitKind
from directory.models import (
    CaseGroupMember,
    MeasureActor,
    Membership,
    PlanVersion,
    ResponseCondition,
    ResponseLevel,
    Unit,
    WorkGroup,
)
from directory.rules import clause_label, starter_ends
from directory.selectors.membership import (
    CaseMembers,
    GroupLine,
    case_members,
    group_changes,
    group_lines,
    group_units,
)
from directory.selectors.units import term_units
from directory.services.duty_modes import DutyAsked
from incidents.models import Incident
from yangcheng_ec.errors import BadInput

__all__ = [
    "ALL_MEMBERS",
    "HANDOVER",
    "REINFORCEMENT",
    "Assignee",
    "TaskPlan",
    "condition_of",
    "duty_asked",
    "end_findings_of",
    "groups_called",
    "level_of",
    "local_reason_asked",
    "measure_clause",
    "news_lead",
    "office_announces_end",
    "overlapping",
    "plan_tasks",
    "starter_ends",
]

ALL_MEMBERS = "all_members"
NEWS_GROUP = "新闻"
# The words of a condition that turns on whether the place itself can cope (cyber 4.2.3.1).
LOCALLY_MANAGEABLE = "依靠事发单位或事发地乡（镇）指挥部可以应对"
HANDOVER = "handover"
REINFORCEMENT = "reinforcement"
OF_THE_OFFICE = (ActorKind.COMMAND, ActorKind.OFFICE)


@dataclass(frozen=True)
class Assignee:
    """Who gets a task: a unit, or (``unit`` None) the command or its office. ``non_plan``: our reading."""

    label: str
    unit: Unit | None = None
    group: WorkGroup | None = None
    non_plan: bool = False


@dataclass(frozen=True)
class TaskPlan:
    """One task that an actor row of a measure makes, before it is written."""

    actor: MeasureActor
    assignee: Assignee
    clause: str
    duty: str

    @property
    def title(self) -> str:
        """Return the actor's short title."""
        return self.actor.title

    @property
    def non_plan(self) -> bool:
        """Return whether the assignment is ours and not the plan's."""
        return self.actor.non_plan or self.assignee.non_plan


class Assignment:
    """Who is meant by an actor's kind, for one incident under one plan version. Reads each table at most once."""

    def __init__(self, version: PlanVersion, incident: Incident) -> None:
        self.version = version
        self.incident = incident

    def of(self, actor: MeasureActor) -> list[Assignee]:
        """Return the assignees of an actor row; the office, 「非预案规定」, where nobody can be found."""
        method = getattr(self, f"_{actor.kind}", None)
        return (method(actor) if method else []) or [self._call_for(actor.get_kind_display())]

    def duty_of(self, unit: Unit | None) -> str:
        """Return the unit's own duty text of the plan, or an empty text."""
        row = self.memberships_by_unit.get(unit.pk) if unit is not None else None
        return (row.duty or "") if row is not None else ""

    @cached_property
    def memberships(self) -> list[Membership]:
        """The members of the command in the plan's order."""
        return list(self.version.memberships.select_related("unit"))

    @cached_property
    def adjusted(self) -> CaseMembers:
        """The units added to the command, and those taken out, during this case (cyber 2.1; comms 2.1)."""
        return case_members(self.incident.head_id)

    @cached_property
    def adjusted_groups(self) -> dict[int, dict[int, CaseGroupMember]]:
        """What was adjusted of the work groups during this case, by group and unit (cyber 2.4; comms 2.1)."""
        return group_changes(self.incident.head_id)

    @cached_property
    def memberships_by_unit(self) -> dict[int, Membership]:
        """The member rows by unit."""
        return {row.unit_id: row for row in self.memberships if row.unit_id is not None}

    def _call_for(self, label: str) -> Assignee:
        """The office keeps the task and calls whom the words mean."""
        return Assignee(label=label, non_plan=True)

    def _unit(self, actor: MeasureActor) -> list[Assignee]:
        return [Assignee(actor.unit.name, actor.unit)] if actor.unit is not None else []

    def _command(self, actor: MeasureActor) -> list[Assignee]:
        return [Assignee(self.version.command_name)]

    def _office(self, actor: MeasureActor) -> list[Assignee]:
        return [Assignee(self.version.office_name)]

    def _all_members(self, actor: MeasureActor) -> list[Assignee]:
        rows = [row for row in self.memberships if row.unit_id is None or row.unit_id not in self.adjusted.removed]
        listed = [self._generic(row.unit, row.printed_name) for row in rows]
        return _each_once([*listed, *(Assignee(unit.name, unit) for unit in self.adjusted.added)])

    def _generic(self, unit: Unit | None, printed: str, group: WorkGroup | None = None) -> Assignee:
        """A named unit; the generic 事发地乡（镇） is the incident's township, or is still to be determined."""
        found = unit or self.incident.township
        if found is None:
            return Assignee(f"{printed}（待确定）", group=group, non_plan=True)
        return Assignee(found.name, found, group)

    def _incident_unit(self, actor: MeasureActor) -> list[Assignee]:
        unit = self.incident.incident_unit
        if unit is not None:
            return [Assignee(unit.name, unit)]
        text = self.incident.incident_unit_text
        return [Assignee(f"{text}（未建档，由办公室联系）" if text else "确定事发单位", non_plan=True)]

    def _incident_township(self, actor: MeasureActor) -> list[Assignee]:
        return [self._generic(None, str(actor.get_kind_display()))]

    def _township_commands(self, actor: MeasureActor) -> list[Assignee]:
        return [Assignee(unit.name, unit) for unit in Unit.objects.filter(kind=UnitKind.TOWNSHIP)]

    def _system_owners(self, actor: MeasureActor) -> list[Assignee]:
        unit = self.incident.incident_unit
        return [Assignee(unit.name, unit, non_plan=True)] if unit is not None else []

    def _experts(self, actor: MeasureActor) -> list[Assignee]:
        group = actor.group or self.version.groups.filter(name__contains="专家").select_related("lead").first()
        return [Assignee(group.lead.name, group.lead, group, non_plan=True)] if group is not None else []

    def _operators(self, actor: MeasureActor) -> list[Assignee]:
        return [Assignee(unit.name, unit) for unit in term_units(self.version)]

    def _group(self, actor: MeasureActor) -> list[Assignee]:
        group = actor.group
        if group is None:
            return []
        listed, added = group_units(group, self.adjusted_groups.get(group.pk, {}))
        members = [self._generic(row.unit, row.printed_name, group) for row in listed]
        more = [Assignee(unit.name, unit, group) for unit in added]
        return _each_once([Assignee(group.lead.name, group.lead, group), *members, *more])


def plan_tasks(level: ResponseLevel, incident: Incident, *, event: str = "") -> list[TaskPlan]:
    """Return the tasks of a level's measures, one per actor row and assignee.

    ``event`` empty: those of the activation; otherwise those that wait for that event (``handover``…).
    """
    assignment = Assignment(level.version, incident)
    rows = MeasureActor.objects.filter(measure__level=level, on_event=event).order_by("measure__number", "number")
    return [
        TaskPlan(row, assignee, measure_clause(level, row), assignment.duty_of(assignee.unit))
        for row in rows.select_related("measure", "unit", "group", "group__lead")
        for assignee in assignment.of(row)
    ]


@dataclass(frozen=True)
class GroupCalled:
    """A work group that a level's measures call up: who leads, who belongs to it in this case, by which clause."""

    name: str
    lead: str
    members: list[str]
    clause: str


def groups_called(plans: Sequence[TaskPlan], incident: Incident) -> list[GroupCalled]:
    """Return the work groups that a level's tasks call up; 事发地乡（镇） among their members is the case's own (O6).

    The clause is that of the first task; members adjusted during the case are counted as they stand.
    """
    clauses: dict[int, str] = {}
    for plan in plans:
        if plan.assignee.group is not None:
            clauses.setdefault(plan.assignee.group.pk, plan.clause)
    if not clauses:
        return []
    lines = group_lines(plans[0].actor.measure.level.version, incident.head_id)
    return [
        GroupCalled(line.group.name, line.group.lead.name, _in_group(line, incident), clauses[line.group.pk])
        for line in lines
        if line.group.pk in clauses
    ]


def _in_group(line: GroupLine, incident: Incident) -> list[str]:
    here = incident.township.name if incident.township else ""
    names = [row.name if row.unit else here or f"{row.name}（待确定）" for row in line.members if not row.out]
    return [name for name in dict.fromkeys(names) if name != line.group.lead.name]


def duty_asked(level: ResponseLevel, plans: Sequence[TaskPlan]) -> list[DutyAsked]:
    """Return whom a level's own sentences put on duty, or keep within reach, around the clock (S4; cyber 4.2.1.3).

    The words decide: 「24小时值班」, 「24小时联络畅通」. The unit that hosts the office is on duty with the office; an
    office that no sentence names is on duty with its members, 「非预案规定」. Without such a sentence: nobody.
    """
    asked = [one for plan in plans for one in _asked_of(level, plan)]
    on_duty = [one for one in asked if one.kind == DutyModeKind.ON_DUTY]
    if on_duty and not any(one.plan is not None for one in on_duty):
        first = on_duty[0]
        asked.insert(0, _of_the_office(level, first.kind, first.clause, first.quote, non_plan=True))
    hosted = level.version.office_unit_id if on_duty else None
    found: dict[str, DutyAsked] = {}
    for one in sorted(asked, key=lambda row: row.kind != DutyModeKind.ON_DUTY):
        if one.unit is None or one.unit.pk != hosted:
            found.setdefault(one.code, one)
    return list(found.values())


def _asked_of(level: ResponseLevel, plan: TaskPlan) -> list[DutyAsked]:
    kind = next((one for one in DutyModeKind if str(one.label) in plan.actor.quote), None)
    if kind is None:
        return []
    if plan.actor.kind in OF_THE_OFFICE:
        return [_of_the_office(level, kind, plan.clause, plan.actor.quote, non_plan=plan.non_plan)]
    unit = plan.assignee.unit
    if unit is None:
        return []
    return [DutyAsked(kind, plan.clause, plan.actor.quote, unit.name, unit=unit, non_plan=plan.non_plan)]


def _of_the_office(level: ResponseLevel, kind: DutyModeKind, clause: str, quote: str, *, non_plan: bool) -> DutyAsked:
    version = level.version
    return DutyAsked(kind, clause, quote, version.office_name, plan=version.plan, non_plan=non_plan)


def measure_clause(level: ResponseLevel, actor: MeasureActor) -> str:
    """Return how a measure is cited: 「网络预案 4.2.1.3（2）」; the sentence before the numbered ones has no number."""
    number = actor.measure.number
    return clause_label(level.version, f"{level.measures_clause}（{number}）" if number else level.measures_clause)


def level_of(version: PlanVersion, given: Any) -> ResponseLevel:
    """Return the level by Ⅰ, I or 1. Raises BadInput with the levels the plan has."""
    levels = list(version.response_levels.select_related("version", "version__plan"))
    wanted = str(given).strip().upper()
    for level in levels:
        if wanted in (str(level.ordinal), level.roman, level.roman_as_printed, "I" * level.ordinal):
            return level
    names = "、".join(level.roman for level in levels)
    message = f"没有这个响应级别；{version.plan.short_name}有{names}级。"
    raise BadInput(message, fields={"level": [message]})


def condition_of(level: ResponseLevel, number: Any) -> ResponseCondition:
    """Return the level's condition by its ordinal in the clause. Raises BadInput with the field."""
    text = str(number).strip()
    found = level.conditions.filter(number=int(text)).first() if text.isdecimal() and len(text) < 4 else None
    if found is None:
        message = f"请选择{level}的一个启动条件。"
        raise BadInput(
            message, fields={"condition": [message]}, clause=clause_label(level.version, level.conditions_clause)
        )
    return found


def local_reason_asked(condition: ResponseCondition) -> bool:
    """一般事件两级条件都说到：依靠事发单位或事发地乡（镇）指挥部可以应对的为Ⅲ级，否则为Ⅱ级（4.2.2.1、4.2.3.1）。"""
    every = ResponseCondition.objects.filter(level__version=condition.level.version_id).select_related("level")
    return condition.pk in overlapping(every)


def overlapping(conditions: Iterable[ResponseCondition]) -> set[int]:
    """Return which of a version's conditions ask for a written reason, by id (``local_reason_asked``).

    The one with the words on coping locally, and the first condition of the level above it, which the grade 一般 meets
    just as well (G10): which of the two it is, is a judgement to be written down.
    """
    rows = sorted(conditions, key=lambda row: (row.level.ordinal, row.number))
    lower = next((row for row in rows if LOCALLY_MANAGEABLE in row.text), None)
    if lower is None:
        return set()
    above = [row for row in rows if row.level.ordinal == lower.level.ordinal - 1 and row.number == 1]
    return {row.pk for row in (lower, *above)}


def end_findings_of(version: PlanVersion) -> list[str]:
    """Return the findings an end rests on: the plan's list, else the parts of its sentence before 「后，」."""
    end = version.texts.get("response_end") or {}
    if end.get("conditions"):
        return [str(text) for text in end["conditions"]]
    before, found, _rest = str(end.get("text", "")).partition("后，")
    return [part for part in before.split("，") if part] if found else []


def news_lead(version: PlanVersion) -> Unit | None:
    """新闻主管部门按照指挥部意见，组织做好对外信息发布工作（网络预案 4.4）：牵头新闻宣传组的单位。"""
    group = version.groups.filter(name__contains=NEWS_GROUP).select_related("lead").first()
    return group.lead if group is not None else None


def office_announces_end(version: PlanVersion) -> bool:
    """Return whether a body other than the approving one announces the end: then approval alone does not end it."""
    return bool((version.texts.get("response_end") or {}).get("announced_by"))


def _each_once(assignees: Iterable[Assignee]) -> list[Assignee]:
    found: dict[str, Assignee] = {}
    for assignee in assignees:
        found.setdefault(assignee.label, assignee)
    return list(found.values())
