"""Numbers people quote on the phone: ``CY-20261122-001``; drills carry a ``D`` before the date (DESIGN §7)."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F

from yangcheng_ec.clock import SHANGHAI
from yangcheng_ec.models import NumberSequence

__all__ = ["number_next"]


def number_next(prefix: str, *, at: datetime, drill: bool = False) -> str:
    """Return the next number for the prefix on the day of ``at`` in Asia/Shanghai.

    Call it inside the transaction that uses the number: the sequence row stays locked until its end,
    so numbers have no gaps and no doubles.
    """
    day = at.astimezone(SHANGHAI).strftime("%Y%m%d")
    stem = f"{prefix}-{'D' if drill else ''}{day}"
    rows = NumberSequence.objects.filter(prefix=stem)
    if not rows.update(last=F("last") + 1):
        NumberSequence.objects.get_or_create(prefix=stem)
        rows.update(last=F("last") + 1)
    return f"{stem}-{rows.values_list('last', flat=True).get():03d}"
