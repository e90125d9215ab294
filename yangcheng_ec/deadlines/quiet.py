"""Quiet hours: what is not urgent waits until they end. 「非预案规定」; for what is urgent there are none."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta

from django.conf import settings
from django.utils import timezone

__all__ = ["quiet_hours", "quiet_until"]

_SPAN = re.compile(r"^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$")


def quiet_hours() -> tuple[time, time] | None:
    """Return when quiet hours begin and end in Asia/Shanghai (``QUIET_HOURS=22:00-06:30``), None: there are none."""
    found = _SPAN.match(settings.QUIET_HOURS)
    if found is None:
        return None
    begin, end = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
    return (begin, end) if begin != end else None


def quiet_until(now: datetime) -> datetime | None:
    """Return the end of the quiet hours that a moment falls into, None when it falls into none."""
    hours = quiet_hours()
    if hours is None:
        return None
    begin, end = hours
    local = timezone.localtime(now)
    inside = begin <= local.time() < end if begin < end else not end <= local.time() < begin
    if not inside:
        return None
    until = local.replace(hour=end.hour, minute=end.minute, second=0, microsecond=0)
    return until if until > local else until + timedelta(days=1)
