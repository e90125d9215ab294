"""Times as CAP writes them."""

from __future__ import annotations

from datetime import datetime

from yangcheng_ec.clock import SHANGHAI

__all__ = ["cap_time", "whole_second"]


def whole_second(moment: datetime) -> datetime:
    """Return the moment without its fraction: CAP has no microseconds, and a reference must match to the letter."""
    return moment.replace(microsecond=0)


def cap_time(moment: datetime) -> str:
    """Return ``2026-11-22T03:05:07+08:00``: always the county's zone, never «Z»."""
    return whole_second(moment).astimezone(SHANGHAI).isoformat()
