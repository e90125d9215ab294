"""What a shift hands over of prevention: findings whose due time has passed, and those that wait for the office."""

from __future__ import annotations

from django.db.models import Q

from directory.models import Roster
from directory.registry import HandoffItem, HandoffSection
from early_warning.prevention.choices import FOR_OFFICE, IN_MENDING
from early_warning.prevention.models import Finding
from yangcheng_ec.clock import database_now, local_text

__all__ = ["open_findings"]

ITEMS_SHOWN = 20


def open_findings(roster: Roster) -> list[HandoffSection]:
    """Return the overdue findings of a plan or a unit, and of a plan those its office has to accept or verify."""
    late = Q(state__in=IN_MENDING, due_at__lte=database_now())
    mine = Q(plan_version__plan=roster.plan_id) if roster.plan_id is not None else Q(owner=roster.unit_id)
    wanted = late | Q(state__in=FOR_OFFICE) if roster.plan_id is not None else late
    rows = Finding.objects.filter(mine, wanted).order_by("due_at", "id")
    count = rows.count()
    if not count:
        return []
    return [HandoffSection("逾期或待办的隐患", count, "/prevention/", [_item(row) for row in rows[:ITEMS_SHOWN]])]


def _item(row: Finding) -> HandoffItem:
    due = f"，期限{local_text(row.due_at)}" if row.due_at else ""
    return HandoffItem(row.number, row.title, f"/prevention/findings/{row.number}/", f"{row.state_choice.label}{due}")
