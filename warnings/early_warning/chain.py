"""The versions of a warning, from the first to the one in force, and what differs between two of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from directory.models import Unit
from early_warning.choices import WarningState
from early_warning.models import EarlyWarning
from early_warning.selectors import warnings_visible_to
from early_warning.wording import changes_between, content_words, level_change
from yangcheng_ec.clock import local_text
from yangcheng_ec.record.models import RecordEntry

__all__ = ["ChainLink", "Difference", "chain_of", "difference_before_signing"]


@dataclass(frozen=True)
class ChainLink:
    """One version: ``way`` (up, down, same or first) and the words against the one before it."""

    warning: EarlyWarning
    way: str
    words: str
    here: bool

    @property
    def arrow(self) -> str:
        """Return the arrow beside the level."""
        return {"up": "↑", "down": "↓", "same": "→"}.get(self.way, "")

    @property
    def at(self) -> datetime:
        """Return when it was published, or written while it is not."""
        return self.warning.published_at or self.warning.created_at


@dataclass(frozen=True)
class Difference:
    """What changed, item by item, against what."""

    title: str
    was_label: str
    rows: list[dict[str, str]]


def chain_of(user: Any, warning: EarlyWarning) -> list[ChainLink]:
    """Return the versions this person may read, the first one first; withdrawn ones are left out."""
    rows = warnings_visible_to(user).filter(head_id=warning.head_id).order_by("created_at", "id")
    found: list[ChainLink] = []
    for row in rows:
        if row.state == WarningState.WITHDRAWN and row.pk != warning.pk:
            continue
        way, words = level_change(found[-1].warning.level, row.level) if found else ("first", "")
        found.append(ChainLink(row, way, words, row.pk == warning.pk))
    return found


def difference_before_signing(warning: EarlyWarning, units: Sequence[Unit]) -> Difference | None:
    """Return what changed since it was last proposed (and returned), else since the version it updates."""
    now = content_words(warning, units)
    last = _last_proposed(warning)
    if last is not None:
        rows = changes_between(last.data["content"], now)
        return Difference(f"与上次提出（{local_text(last.recorded_at)}）相比", "上次提出", rows)
    old = warning.previous
    if old is None:
        return None
    before = content_words(old, [one.unit for one in old.addressees.select_related("unit")])
    return Difference(f"与所更新的{old.number}相比", "原版本", changes_between(before, now))


def _last_proposed(warning: EarlyWarning) -> RecordEntry | None:
    """Return the proposal before the one that stands, or the last one while it is being rewritten."""
    rows = RecordEntry.objects.filter(
        head_id=warning.head_id, kind="warning.proposed", subject_type="warning", subject_id=warning.pk
    ).order_by("-seq")
    stands = warning.state in (WarningState.PROPOSED, WarningState.APPROVED)
    found = list(rows[1:2] if stands else rows[:1])
    return next((row for row in found if "content" in row.data), None)
