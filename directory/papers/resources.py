"""The resources as a printed list: one table a kind, in the plan's order, with the numbers the reader may see."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from directory.models import Resource
from directory.selectors.resources import ResourceFilter, resources_found, shown_to
from yangcheng_ec.clock import database_now, local_text

__all__ = ["SHEET_COLUMNS", "resource_paper", "sheet_rows"]

SHEET_COLUMNS = {
    "预案": 14, "类别": 16, "名称": 30, "所属单位": 34, "专长、用途": 36, "联系人": 12, "联系电话": 16, "数量": 10,
    "存放地点": 24, "所在名录": 12, "最近检查": 14, "状态": 8, "备注": 30,
}  # fmt: skip


def resource_paper(user: Any, wanted: ResourceFilter) -> dict[str, Any]:
    """Return what the paper says: every line of the narrowed list, by kind."""
    rows = shown_to(user, resources_found(user, wanted))
    rows.sort(key=lambda row: row.rank)  # type: ignore[attr-defined]
    tables = [(kind, list(found)) for kind, found in groupby(rows, key=lambda row: row.kind_choice)]
    return {
        "title": "阳城县应急资源清单",
        "stamp": f"截至 {local_text(database_now())}",
        "author": user.display_name,
        "tables": [{"label": str(kind.label), "countable": kind.countable, "rows": found} for kind, found in tables],
        "count": len(rows),
    }


def sheet_rows(rows: Iterable[Resource]) -> list[list[str]]:
    """Return the rows of the workbook, every cell a text; each row has ``shown``."""
    return [
        [
            row.plan.short_name, str(row.kind_choice.label), row.name, row.belongs_to, row.ability, row.contact,
            row.shown, row.amount, row.place, str(row.get_listed_display()),  # type: ignore[attr-defined]
            str(row.checked_on or ""), str(row.get_state_display()), row.note,
        ]
        for row in rows
    ]  # fmt: skip
