"""From when until when, as a cell says it: 「2026-01-01至2026-12-31」, 「2026年1月1日起」, 「另行通知」."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from yangcheng_ec.clock import SHANGHAI

__all__ = ["EXAMPLE", "Term", "term_read", "term_text"]

Term = tuple[datetime | None, datetime | None]
EXAMPLE = "2026-01-01至2026-12-31，或 2026-01-01起"
OPEN = "另行通知"
_DATE = re.compile(r"(\d{4})\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})日?(?:\s*(\d{1,2})[::](\d{2}))?")
_UNTIL_ONLY = re.compile(r"^\s*(至|到|截至)")
_BETWEEN = re.compile(r"(自|从|起|至今|截至|至|到|止|—|–|-|~|～|另行通知|\s)*")


def term_read(text: str) -> Term | str:
    """Return start and end, None where none is said; or the words for what cannot be read. A last day counts whole."""
    found = list(_DATE.finditer(text))
    if len(found) > 2 or not _BETWEEN.fullmatch(_DATE.sub("", text)):
        return f"看不懂「{text[:30]}」，请写成 {EXAMPLE}"
    moments = []
    for match in found:
        try:
            moments.append(datetime(*(int(part or 0) for part in match.groups()), tzinfo=SHANGHAI))  # type: ignore[misc,arg-type]
        except ValueError:
            return f"没有「{match[0]}」这一天"
    whole_day = bool(found) and found[-1][4] is None
    if len(moments) == 1 and not _UNTIL_ONLY.match(text):
        return moments[0], None
    if not moments:
        return None, None
    end = moments[-1] + timedelta(days=1) if whole_day else moments[-1]
    return (moments[0] if len(moments) == 2 else None), end


def term_text(starts_at: datetime, ends_at: datetime | None) -> str:
    """Return start and end so that ``term_read`` reads the same minutes again."""
    return f"{_moment(starts_at)} 至 {_moment(ends_at, last=True) if ends_at else OPEN}"


def _moment(moment: datetime, *, last: bool = False) -> str:
    local = moment.astimezone(SHANGHAI)
    if (local.hour, local.minute) != (0, 0):
        return local.strftime("%Y-%m-%d %H:%M")
    return (local - timedelta(days=1) if last else local).strftime("%Y-%m-%d")
