"""A warning in words: its fields side by side, what differs between two of it, and what the addressees read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from directory.models import Unit, WarningLevel
from early_warning.choices import Publicity
from early_warning.models import EarlyWarning
from early_warning.rules import level_label
from yangcheng_ec.clock import local_text

__all__ = [
    "FIELDS",
    "LABELS",
    "UNITS_LABEL",
    "changes_between",
    "content_words",
    "field_words",
    "level_change",
    "published_title",
    "published_words",
    "units_words",
]

LABELS = {
    "level": "级别", "title": "标题", "text": "内容", "scope": "响应范围", "publicity": "公开程度或保密要求",
    "publicity_note": "公开或保密的说明", "basis": "研判依据", "advice": "防范建议", "valid_from": "生效时间",
    "valid_until": "预计失效时间", "respond_by": "反馈目标（非预案规定）",
}  # fmt: skip
FIELDS = tuple(LABELS)
UNITS_LABEL = "通知单位"
# What the addressees may not read: why the command decided, and when the office wants an answer stands with the task.
OFFICE_ONLY = ("研判依据", UNITS_LABEL)


def field_words(name: str, value: Any) -> str:
    """Return one field's value as people read it."""
    if isinstance(value, WarningLevel):
        return level_label(value)
    if isinstance(value, datetime):
        return local_text(value)
    if name == "publicity":
        return str(Publicity(value).label) if value in Publicity.values else ""
    return "" if value is None else str(value)


def units_words(units: Iterable[Unit]) -> str:
    """Return units in words, in one order whoever asks."""
    return "、".join(sorted(str(unit) for unit in units))


def content_words(warning: EarlyWarning, units: Iterable[Unit]) -> dict[str, str]:
    """Return everything that is proposed and approved, label → words."""
    words = {label: field_words(name, getattr(warning, name)) for name, label in LABELS.items()}
    return words | {UNITS_LABEL: units_words(units)}


def changes_between(was: Mapping[str, str], now: Mapping[str, str]) -> list[dict[str, str]]:
    """Return what differs, item by item, in the order of the form."""
    labels = dict.fromkeys([*now, *was])
    return [
        {"field": label, "was": was.get(label, ""), "now": now.get(label, "")}
        for label in labels
        if was.get(label, "") != now.get(label, "")
    ]


def level_change(old: WarningLevel, new: WarningLevel) -> tuple[str, str]:
    """Return (up, down or same; the words): a lower ordinal is the graver one (3.2.1; 3.3)."""
    if new.ordinal < old.ordinal:
        return "up", f"升级：{level_label(old)} → {level_label(new)}"
    if new.ordinal > old.ordinal:
        return "down", f"降级：{level_label(old)} → {level_label(new)}"
    return "same", f"级别不变：{level_label(new)}"


def published_title(warning: EarlyWarning) -> str:
    """Return the title the addressees read: an update says so first, and what became of the level."""
    title = f"{level_label(warning.level)}：{warning.title}"
    if warning.previous is None:
        return title
    way, words = level_change(warning.previous.level, warning.level)
    return f"预警更新（{words if way != 'same' else '级别不变'}）：{warning.title}"


def published_words(warning: EarlyWarning, changes: Sequence[Mapping[str, str]] = ()) -> str:
    """Return what the addressees read: the words that were approved, and of an update what changed."""
    words = _update_words(warning, changes) + f"内容：{warning.text}\n响应范围：{warning.scope}\n"
    if warning.advice:
        words += f"防范建议：{warning.advice}\n"
    if warning.publicity_note:
        words += f"{warning.get_publicity_display()}：{warning.publicity_note}\n"
    if warning.valid_until:
        words += f"预计失效：{local_text(warning.valid_until)}\n"
    return words + "请确认收到，报告本单位领导，并报送所采取的措施。"


def _update_words(warning: EarlyWarning, changes: Sequence[Mapping[str, str]]) -> str:
    old = warning.previous
    if old is None:
        return ""
    told = [row["field"] for row in changes if row["field"] not in OFFICE_ONLY]
    changed = f"变化：{'、'.join(told)}。" if told else ""
    return f"本预警是对{old.number}的更新，{old.number}自本预警发布起不再有效。{changed}\n"
