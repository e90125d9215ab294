"""The one clock of the truth: the database's (DESIGN §6), so that application hosts may be wrong."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.utils import timezone

__all__ = ["SHANGHAI", "database_now", "local_text"]

SHANGHAI = ZoneInfo("Asia/Shanghai")


def database_now() -> datetime:
    """Return the database's clock as an aware UTC time.

    SQLite runs in this process, so its clock is ours. Tests that travel in time set
    ``CLOCK_SOURCE = "process"``; the tests with real processes do not.
    """
    if settings.CLOCK_SOURCE == "process" or connection.vendor == "sqlite":
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def local_text(moment: datetime | None) -> str:
    """Return ``2026年11月22日 03:05`` in Asia/Shanghai, or 「不详」."""
    if moment is None:
        return "不详"
    return moment.astimezone(SHANGHAI).strftime("%Y年%m月%d日 %H:%M")
