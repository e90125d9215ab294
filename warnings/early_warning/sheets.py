"""The list of warnings as a sheet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models import QuerySet

from early_warning.models import EarlyWarning
from early_warning.rules import is_expired, level_label
from yangcheng_ec.clock import SHANGHAI, database_now

__all__ = ["COLUMNS", "ROW_LIMIT", "sheet_rows"]

# 「非预案规定」: a sheet is to be read; the whole is in the database's backup.
ROW_LIMIT = 10_000
COLUMNS = {
    "编号": 20, "标题": 40, "预案": 14, "级别": 24, "状态": 14, "演练": 8, "来源": 24, "响应范围": 30,
    "公开程度": 16, "发布时间": 18, "预计失效": 18, "过期未解除": 12, "解除时间": 18, "通知单位数": 12, "已确认": 10,
    "更新自": 20,
}  # fmt: skip


def sheet_rows(rows: QuerySet[EarlyWarning]) -> Iterator[list[str]]:
    """Yield the first ``ROW_LIMIT`` warnings as texts, in the list's order."""
    now = database_now()
    wanted = rows.select_related("level", "plan_version__plan", "previous")[:ROW_LIMIT]
    for row in wanted.iterator(chunk_size=500):
        yield _row(row, now)


def _row(row: EarlyWarning, now: datetime) -> list[str]:
    sent = row.published_at is not None
    return [
        row.number, row.title, row.plan_version.plan.short_name, level_label(row.level), str(row.state_choice.label),
        "是" if row.drill else "", " ".join(filter(None, [row.get_source_kind_display(), row.source_reference])),
        row.scope, row.get_publicity_display(), _time(row.published_at), _time(row.valid_until),
        "是" if is_expired(row, now) else "", _time(row.lifted_at),
        str(getattr(row, "addressed", "")) if sent else "", str(getattr(row, "confirmed", "")) if sent else "",
        row.previous.number if row.previous else "",
    ]  # fmt: skip


def _time(moment: datetime | None) -> str:
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if moment else ""
