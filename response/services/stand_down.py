"""Who is told to stand down when a response ends: its work groups and teams (comms 4.6: 「应急救援队伍撤离现场」)."""

from __future__ import annotations

from collections.abc import Iterator

from directory.choices import ActorKind
from response.aftermath.choices import StandDownKind
from response.aftermath.models import StandDown
from response.aftermath.rules import cited
from response.models import Response, Task
from yangcheng_ec.clock import database_now

__all__ = ["stand_downs_tell"]

# Whose tasks bring a team of its own to the place, beside the plan's work groups.
TEAMS = (ActorKind.SUPPORT_TEAMS, ActorKind.EXPERTS, ActorKind.OPERATORS)


def stand_downs_tell(response: Response) -> list[StandDown]:
    """Write who is told to stand down: each work group that had tasks (its lead answers), each team. In the caller's
    transaction, when the response ends; what stood before the level was changed is among the tasks of its responses.
    """
    rests, now = cited(response.plan_version, "stand_down"), database_now()
    wanted = {row.label: row for row in _bodies(response)}
    for row in wanted.values():
        row.clause, row.non_plan, row.told_at = rests.label, rests.non_plan, now
    return StandDown.objects.bulk_create(wanted.values())


def _bodies(response: Response) -> Iterator[StandDown]:
    tasks = Task.objects.filter(response__incident=response.incident_id).select_related("group__lead", "unit")
    for task in tasks.exclude(response__activated_at=None).order_by("pk"):
        if task.group is not None and task.kind == ActorKind.GROUP:
            lead = task.group.lead
            yield StandDown(
                response=response, kind=StandDownKind.GROUP, label=task.group.name, group=task.group, unit=lead
            )
        elif task.kind in TEAMS:
            label = f"{ActorKind(task.kind).label}（{task.assignee_label}）" if task.unit else task.assignee_label
            yield StandDown(response=response, kind=StandDownKind.TEAM, label=label[:120], unit=task.unit)
