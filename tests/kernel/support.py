"""What the kernel's tests share."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from typing import Any

from yangcheng_ec.deadlines.models import Deadline
from yangcheng_ec.deadlines.registry import Recipient
from yangcheng_ec.deadlines.services import ClockSpec, Rung
from yangcheng_ec.record.models import CaseHead, RecordEntry
from yangcheng_ec.record.selectors import verify_chain

__all__ = ["LADDER", "NOON", "Told", "kinds_of", "make_spec", "states_of", "whole"]

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
LADDER = (
    Rung("remind", "due", -15, ("duty",)),
    Rung("remind", "due", -5, ("duty",)),
    Rung("overdue", "due", 0, ("duty",)),
    Rung("escalate", "due", 10, ("duty",)),
)
_subjects = count(9_000_001)


class Told(dict[str, list[Recipient]]):
    """Audience word → recipients, for the test's resolver."""


def make_spec(**changes: Any) -> ClockSpec:
    """Return a clock of 30 minutes with two addressees, on a subject of its own."""
    facts: dict[str, Any] = {
        "rule_code": "kernel:30min",
        "plan_code": "kernel",
        "plan_version_id": 0,
        "clause": "网络预案 4.1",
        "quote": "应在事件发生后30分钟内向县人民政府报告。",
        "title": "向县人民政府报告",
        "owed_by": "县数据中心",
        "subject": ("incident", next(_subjects)),
        "start_basis": "occurred",
        "starts_at": NOON,
        "wording": "30分钟内",
        "addressees": (("gov", "县人民政府"), ("party", "县委")),
        "minutes": 30,
        "case_title": "机房断电",
        "url": "/incidents/CY-20261122-901/",
        "ladder": LADDER,
    }
    return ClockSpec(**(facts | {name: value for name, value in changes.items() if name != "head"}))


def kinds_of(head: CaseHead) -> list[str]:
    """Return the kinds of a case's record lines in order."""
    return list(RecordEntry.objects.filter(head=head).order_by("seq").values_list("kind", flat=True))


def states_of(deadline: Deadline) -> list[str]:
    """Return the states of a clock's steps in order."""
    return list(deadline.steps.order_by("sequence").values_list("state", flat=True))


def whole(head: CaseHead) -> bool:
    """Return whether the chain verifies."""
    return verify_chain(CaseHead.objects.get(pk=head.pk)) is None
