"""How a time and a clock look in an answer, the same in every app."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from yangcheng_ec.deadlines.models import Deadline

__all__ = ["clock_face", "iso"]


def iso(moment: datetime | None) -> str | None:
    """Return ISO 8601 in Asia/Shanghai with the offset, or None."""
    return timezone.localtime(moment).isoformat() if moment else None


def clock_face(row: Deadline) -> dict[str, Any]:
    """Return one clock: rule, clause, who owes it, each addressee's state, start, due, done (DESIGN §7)."""
    return {
        "id": row.pk,
        "rule": row.rule_code,
        "clause": row.clause,
        "title": row.title,
        "owed_by": row.owed_by,
        "addressees": [
            {"code": one.code, "label": one.label, "done_at": iso(one.done_at)} for one in row.addressees.all()
        ],
        "start_basis": row.start_basis,
        "start_note": row.start_note,
        "starts_at": iso(row.starts_at),
        "due_at": iso(row.due_at),
        "wording": row.wording,
        "state": row.state,
        "done_at": iso(row.done_at),
        "recorded_at": iso(row.recorded_at),
        "overdue_at": iso(row.overdue_at),
        "late_reason": row.late_reason,
    }
