"""The case list as a sheet: the columns people keep their own tables by."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from incidents.models import Incident
from incidents.selectors.pages import CaseList
from yangcheng_ec.clock import SHANGHAI

__all__ = ["COLUMNS", "ROW_LIMIT", "sheet_rows"]

# 「非预案规定」: a sheet is to be read; the whole is in the database's backup.
ROW_LIMIT = 10_000
COLUMNS = {
    "编号": 20, "事件名称": 40, "预案": 14, "演练": 8, "状态": 12, "级别": 14, "分类": 18, "事发单位": 26,
    "报告单位": 26, "事发乡镇": 14, "地点": 30,
    "接报方式": 12, "事发时间": 18, "接报时间": 18, "结案时间": 18, "并入": 20,
}  # fmt: skip
RELATED = (
    "plan_version__plan", "grade", "category", "incident_unit", "reporting_unit", "township", "merged_into",
)  # fmt: skip
READ = (
    "number", "title", "drill", "state", "location", "channel", "occurred_at", "received_at", "closed_at", "secret",
    "incident_unit_text", "reporting_unit_text", "incident_unit__name", "reporting_unit__name", "township__name",
    "grade__name", "category__name", "merged_into__number", "plan_version__plan__short_name",
)  # fmt: skip


def sheet_rows(rows: CaseList) -> Iterator[list[str]]:
    """Yield the first ``ROW_LIMIT`` cases as texts, in the list's order."""
    rows.whole = Incident.objects.select_related(*RELATED).only(*READ)
    for chunk in rows.chunks(ROW_LIMIT):
        yield from map(_row, chunk)


def _row(row: Incident) -> list[str]:
    return [
        row.number, row.title, row.plan_version.plan.short_name, "是" if row.drill else "", str(row.state_choice.label),
        row.grade.name if row.grade else "", row.category.name if row.category else "",
        row.incident_unit.name if row.incident_unit else row.incident_unit_text,
        row.reporting_unit.name if row.reporting_unit else row.reporting_unit_text,
        row.township.name if row.township else "", row.location, row.get_channel_display(),
        _time(row.occurred_at), _time(row.received_at), _time(row.closed_at),
        row.merged_into.number if row.merged_into else "",
    ]  # fmt: skip


def _time(moment: datetime | None) -> str:
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if moment else ""
