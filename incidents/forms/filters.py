"""The filters of the case list: from the address and back to it. What is no filter is passed over, not refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from typing import Any
from urllib.parse import urlencode

from incidents.choices import IncidentState
from incidents.selectors import ListFilter
from yangcheng_ec.text import clean_text

__all__ = ["filter_of", "filter_words", "query_of"]

TEXTS = ("state", "plan", "grade", "search", "category", "unit", "township")
TEXT_LIMIT = 60
DAYS = ("since", "until")
YES = {"1": True, "0": False}
LABELS = {
    "search": "查找", "state": "状态", "plan": "预案", "grade": "级别", "category": "分类", "unit": "单位",
    "township": "乡镇", "since": "自", "until": "至", "overdue": "有逾期时限", "drill": "演练",
}  # fmt: skip
WORDS = {"open": "未了结", "live": "不含撤回、并案", "True": "是", "False": "否", **dict(IncidentState.choices)}


def filter_of(query: Mapping[str, Any]) -> ListFilter:
    """Return the filter an address asks for; a word too long, or a day that is none, narrows nothing."""
    texts: dict[str, Any] = {name: clean_text(query.get(name, "")).strip()[:TEXT_LIMIT] for name in TEXTS}
    days: dict[str, Any] = {name: _day(query.get(name, "")) for name in DAYS}
    return ListFilter(
        **texts, **days, overdue=query.get("overdue") == "1", drill=YES.get(query.get("drill", ""))
    )  # fmt: skip


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def query_of(wanted: ListFilter) -> str:
    """Return the filter as an address writes it, without «?»; empty when it narrows nothing."""
    pairs = {item.name: _written(getattr(wanted, item.name)) for item in fields(wanted)}
    pairs["overdue"] = "1" if wanted.overdue else ""
    return urlencode({name: text for name, text in pairs.items() if text})


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return value.isoformat() if isinstance(value, date) else str(value or "")


def filter_words(wanted: ListFilter) -> str:
    """Return the filter in words, for the head of an export: 「状态：未了结；级别：serious」."""
    pairs = [(item.name, getattr(wanted, item.name)) for item in fields(wanted)]
    said = [f"{LABELS[name]}：{WORDS.get(str(value), value)}" for name, value in pairs if value not in ("", None)]
    return "；".join(words for words in said if words != "有逾期时限：否") or "全部"
