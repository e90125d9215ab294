"""What an approval would change: tasks, units, groups, duty, who decides, and against a level that runs, what is
gained and what is dropped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from directory.audience import recipient_of
from directory.choices import Act, DutyModeKind, PostKind
from directory.models import Appointment, ResponseLevel, Unit, WorkGroup
from directory.rules import appointments_in_force, approver_kinds, holders
from directory.services.duty_modes import DutyAsked
from incidents.models import Incident
from response.models import Response
from response.rules import ALL_MEMBERS, TaskPlan, duty_asked, plan_tasks
from yangcheng_ec.deadlines.choices import OPEN
from yangcheng_ec.deadlines.models import Deadline

__all__ = [
    "Preview",
    "ReachableHolder",
    "Shift",
    "activation_preview",
    "holders_of_act",
    "level_preview",
    "liaisons_of",
    "reachable_of",
]


LIAISON = "明确联络员"


@dataclass(frozen=True)
class ReachableHolder:
    """Who holds a post that may decide, and on which numbers; ``own`` is the proposer, who may not."""

    post: str
    person: str
    numbers: list[str]
    own: bool = False


@dataclass(frozen=True)
class Shift:
    """What changes against the level that runs: tasks and units more and less, the old and the new words on duty."""

    level: ResponseLevel
    tasks_gained: list[TaskPlan]
    tasks_dropped: list[TaskPlan]
    units_gained: list[str]
    units_dropped: list[str]
    duty_was: str


@dataclass(frozen=True)
class Preview:
    """What an approval would change. ``shift``: against the level that runs, if one does."""

    level: ResponseLevel
    tasks: list[TaskPlan]
    units: list[Unit]
    groups: list[WorkGroup]
    deciders: list[ReachableHolder]
    clocks: list[Deadline]
    informed: list[str]
    duty: list[DutyAsked] = field(default_factory=list)
    shift: Shift | None = None

    @property
    def on_duty(self) -> list[DutyAsked]:
        """Return whose rosters must have somebody around the clock."""
        return [one for one in self.duty if one.kind == DutyModeKind.ON_DUTY]

    @property
    def by_assignee(self) -> list[tuple[str, list[TaskPlan]]]:
        """Return the tasks under each assignee, in the plan's order."""
        found: dict[str, list[TaskPlan]] = {}
        for task in self.tasks:
            found.setdefault(task.assignee.label, []).append(task)
        return list(found.items())


def activation_preview(response: Response) -> Preview:
    """Return what approving a proposal would change."""
    running = response.replaces.level if response.replaces else None
    return level_preview(response.level, response.incident, running=running, proposer_id=response.proposed_by_id)


def level_preview(
    level: ResponseLevel, incident: Incident, *, running: ResponseLevel | None = None, proposer_id: int | None = None
) -> Preview:
    """Return what starting a level for a case would change; ``running`` is the level it would replace."""
    tasks = plan_tasks(level, incident)
    groups = {task.assignee.group.pk: task.assignee.group for task in tasks if task.assignee.group is not None}
    clocks = Deadline.objects.filter(head_id=incident.head_id, state__in=OPEN).order_by("due_at", "pk")
    return Preview(
        level=level,
        tasks=tasks,
        units=_units(tasks),
        groups=list(groups.values()),
        deciders=_holders(level, Act.APPROVE_RESPONSE, proposer_id),
        clocks=list(clocks),
        informed=_informed(level),
        duty=duty_asked(level, tasks),
        shift=_shift(running, incident, tasks) if running is not None else None,
    )


def _units(tasks: Sequence[TaskPlan]) -> list[Unit]:
    units = {task.assignee.unit.pk: task.assignee.unit for task in tasks if task.assignee.unit is not None}
    return sorted(units.values(), key=lambda unit: unit.order)


def _shift(running: ResponseLevel, incident: Incident, tasks: Sequence[TaskPlan]) -> Shift:
    before = plan_tasks(running, incident)
    was, now = {_face(task): task for task in before}, {_face(task): task for task in tasks}
    units_was, units_now = [unit.name for unit in _units(before)], [unit.name for unit in _units(tasks)]
    return Shift(
        level=running,
        tasks_gained=[task for face, task in now.items() if face not in was],
        tasks_dropped=[task for face, task in was.items() if face not in now],
        units_gained=[name for name in units_now if name not in units_was],
        units_dropped=[name for name in units_was if name not in units_now],
        duty_was=running.duty_regime,
    )


def _face(task: TaskPlan) -> tuple[str, str]:
    return task.assignee.label, task.title


def _informed(level: ResponseLevel) -> list[str]:
    """Whom the level's clause tells, in words."""
    words = level.informs_at_proposal
    codes = [word for word in words if word != ALL_MEMBERS]
    names = list(Unit.objects.filter(code__in=codes).values_list("name", flat=True)) if codes else []
    return [*names, "各成员单位"] if ALL_MEMBERS in words else names


def holders_of_act(response: Response, act: str) -> list[ReachableHolder]:
    """Return who may do an act on this response now; the proposer is marked."""
    return _holders(response.level, act, response.proposed_by_id)


def _holders(level: ResponseLevel, act: str, own_id: int | None) -> list[ReachableHolder]:
    return reachable_of(holders(level.version, approver_kinds(level.version, act, level)[0]), own_id)


def reachable_of(rows: Sequence[Appointment], own_id: int | None = None) -> list[ReachableHolder]:
    """Return who holds these posts, with their numbers; ``own_id`` is the proposer."""
    return [
        ReachableHolder(
            row.post.label, row.user.display_name, [n for n in [recipient_of(row).phone] if n], row.user_id == own_id
        )
        for row in rows
    ]


def liaisons_of(response: Response) -> list[tuple[str, list[ReachableHolder]]]:
    """Return each unit that is to name a liaison (4.2.2.3: 「明确联络员」) with its liaisons on file; none where no
    measure says so. A unit without one comes first.
    """
    asked = response.tasks.filter(quote__contains=LIAISON, unit__isnull=False).select_related("unit")
    units = {task.unit.pk: task.unit for task in asked.order_by("unit__order", "pk") if task.unit is not None}
    rows = appointments_in_force().filter(post__unit_id__in=units, post__kind=PostKind.UNIT_LIAISON) if units else []
    found: dict[int, list[Appointment]] = {pk: [] for pk in units}
    for row in rows:
        found[row.post.unit_id or 0].append(row)
    named = [(units[pk].name, reachable_of(held)) for pk, held in found.items()]
    return sorted(named, key=lambda pair: bool(pair[1]))
