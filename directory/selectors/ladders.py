"""The ladder of a plan in force: what it is now, what it was, how many clocks run by it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from directory.models import LadderEdition, PlanVersion
from directory.services.ladders import LadderLine, ladder_words
from yangcheng_ec.deadlines.choices import OPEN
from yangcheng_ec.deadlines.models import Deadline

__all__ = ["EditionLine", "clocks_running", "editions_of"]

SHOWN = 20


@dataclass(frozen=True)
class EditionLine:
    """One change of the ladder in words."""

    edition: LadderEdition
    was: str
    now: str


def editions_of(version: PlanVersion) -> list[EditionLine]:
    """Return the changes of a version's ladder, the latest first."""
    labels = dict(version.posts.values_list("kind", "label"))
    rows = version.ladder_editions.select_related("by").order_by("-number")[:SHOWN]
    return [EditionLine(row, _words(row.was, labels), _words(row.rungs, labels)) for row in rows]


def _words(rungs: list[dict[str, Any]], labels: dict[str, str]) -> str:
    return ladder_words([LadderLine(**{**row, "audience": tuple(row["audience"])}) for row in rungs], labels)


def clocks_running(version: PlanVersion) -> int:
    """Return how many clocks of a version run or are late."""
    return Deadline.objects.filter(state__in=OPEN, plan_version_id=version.pk).count()
