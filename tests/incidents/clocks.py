"""Reading a case's clocks in tests."""

from __future__ import annotations

from typing import Any

from yangcheng_ec.deadlines.models import Deadline


def clocks(incident: Any) -> dict[str, Deadline]:
    """The case's clocks by the part of the rule's code after the colon; superseded ones left out."""
    rows = Deadline.objects.filter(head_id=incident.head_id).exclude(state="superseded").order_by("id")
    return {row.rule_code.partition(":")[2]: row for row in rows}


def open_codes(incident: Any) -> set[str]:
    """The rules whose clock still runs or is late."""
    return {code for code, row in clocks(incident).items() if row.is_open}


def told(clock: Deadline) -> dict[str, bool]:
    """Addressee code → has been told."""
    return {row.code: row.done_at is not None for row in clock.addressees.all()}
