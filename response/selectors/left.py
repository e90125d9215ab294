"""What a response leaves open when it is to end: tasks not done, clocks that still run."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import F

from response.choices import TASK_OPEN
from response.models import Response, Task
from yangcheng_ec.deadlines.choices import OPEN
from yangcheng_ec.deadlines.models import Deadline

__all__ = ["left_open", "left_words"]


def left_open(response: Response) -> tuple[list[Task], list[Deadline]]:
    """Return the tasks not done and the clocks that still run, those due first in front."""
    tasks = response.tasks.filter(state__in=TASK_OPEN)
    clocks = Deadline.objects.filter(head_id=response.incident.head_id, state__in=OPEN)
    return list(tasks), list(clocks.order_by(F("due_at").asc(nulls_last=True), "pk"))


def left_words(tasks: Sequence[Task], clocks: Sequence[Deadline]) -> str:
    """Return in words how many are left, the clocks by name; empty when nothing is."""
    names = "、".join(dict.fromkeys(row.title for row in clocks))
    parts = [f"{len(tasks)}项任务没有办结"] if tasks else []
    return "，".join([*parts, *([f"{len(clocks)}个时限没有了结（{names}）"] if clocks else [])])
