"""Notices for tests, as rows to look at."""

from __future__ import annotations

from typing import Any

from yangcheng_ec.deadlines.models import Notice
from yangcheng_ec.deadlines.services import notice_queue


def queued(**facts: Any) -> list[Notice]:
    """Queue as ``notice_queue`` does and return the new notices in their order."""
    return list(Notice.objects.filter(pk__in=notice_queue(**facts)).order_by("pk"))
