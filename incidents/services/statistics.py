"""Counting the cases, block by block; a block is counted again when the record says that one of its cases changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Max, Min

from incidents.choices import LIVE_STATES
from incidents.models import Incident, StatBlock
from yangcheng_ec.clock import SHANGHAI, database_now
from yangcheng_ec.deadlines.choices import CLOSED, DeadlineState
from yangcheng_ec.deadlines.models import Deadline

__all__ = ["BLOCK", "DIMENSIONS", "blocks_now"]

BLOCK = 1000
# An act may be recorded a little before it can be seen: so much is looked at again.
MARGIN = timedelta(seconds=20)
LONGEST = 7 * 24 * 60
DIMENSIONS = {
    "grade": "grade__code", "category": "category__code", "unit": "incident_unit__code",
    "township": "township__code", "channel": "channel",
}  # fmt: skip
ASIDE = (DeadlineState.WAIVED, DeadlineState.SUPERSEDED)
Cell = dict[str, Any]


def blocks_now() -> list[list[Cell]]:
    """Return the counts of every block, right as of now; what changed since they were counted is counted anew.

    Every change of a case or its clocks is a line of its record: the lines since the last count name the blocks.
    """
    known = {row.number: row for row in StatBlock.objects.all()}
    now = database_now()
    numbers = _changed_since(max(row.counted_at for row in known.values()) - MARGIN) if known else _all_blocks()
    fresh = [StatBlock(number=number, counts=_counted(number), counted_at=now) for number in numbers]
    if fresh:
        StatBlock.objects.bulk_create(
            fresh, update_conflicts=True, unique_fields=["number"], update_fields=["counts", "counted_at"]
        )
    known.update((row.number, row) for row in fresh)
    return [row.counts for row in known.values()]


def _all_blocks() -> Iterable[int]:
    ends = Incident.objects.aggregate(first=Min("pk"), last=Max("pk"))
    return range(ends["first"] // BLOCK, ends["last"] // BLOCK + 1) if ends["last"] else ()


def _changed_since(moment: datetime) -> Iterable[int]:
    rows = Incident.objects.filter(head__entries__recorded_at__gt=moment).annotate(block=F("pk") / BLOCK)
    return list(rows.order_by().values_list("block", flat=True).distinct())


def _counted(number: int) -> list[Cell]:
    """Return the counts of one block: a cell for each month, plan, and drill or not; two statements."""
    cells: dict[tuple[str, str, bool], Cell] = {}
    cell_of: dict[int, Cell] = {}
    names = ("head_id", "received_at", "state", "drill", "plan_version__plan__code", *DIMENSIONS.values())
    for row in Incident.objects.filter(pk__gte=number * BLOCK, pk__lt=(number + 1) * BLOCK).values_list(*names):
        head, received, state, drill, plan, *values = row
        key = (received.astimezone(SHANGHAI).strftime("%Y-%m"), plan, drill)
        cell = cells.setdefault(key, _empty(*key))
        if state not in LIVE_STATES:
            cell["aside"][state] += 1
            continue
        cell_of[head] = cell
        cell["cases"] += 1
        for name, value in zip(DIMENSIONS, values, strict=True):
            cell[name][value or ""] += 1
    _count_clocks(cell_of)
    return list(cells.values())


def _empty(month: str, plan: str, drill: bool) -> Cell:
    counters: Cell = {name: Counter() for name in (*DIMENSIONS, "aside")}
    return {"month": month, "plan": plan, "drill": drill, "cases": 0, "rules": {}, **counters}


def _count_clocks(cell_of: dict[int, Cell]) -> None:
    """Add how the clocks of these cases were kept: per rule the states, and how many took how many minutes."""
    clocks = Deadline.objects.filter(head_id__in=list(cell_of)).exclude(state__in=ASIDE)
    for head, rule, state, started, done in clocks.values_list("head_id", "rule_code", "state", "starts_at", "done_at"):
        kept = cell_of[head]["rules"].setdefault(rule, {"states": Counter(), "minutes": Counter()})
        kept["states"][state] += 1
        if state in CLOSED and done is not None:
            minutes = max(int((done - started).total_seconds()) // 60, 0)
            kept["minutes"][str(min(minutes, LONGEST))] += 1
