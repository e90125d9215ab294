"""What waits for a person on the desk, and what of the rooms of this app does: drills, what follows a response."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from response.aftermath.selectors import rebuilds_waiting, reviews_waiting
from response.drills.selectors import drills_waiting
from response.selectors.posts import Authority

__all__ = ["Waiting", "drills_to_do", "rebuilds_to_do", "reviews_to_do"]


@dataclass(frozen=True)
class Waiting:
    """One thing that waits for this person: what to do, about what, since when, where."""

    verb: str
    title: str
    url: str
    since: datetime | None = None
    clause: str = ""
    drill: bool = False
    loud: bool = False


def drills_to_do(authority: Authority) -> list[Waiting]:
    """Drills to approve, to start, to direct, to evaluate; loud while one runs."""
    return [
        Waiting(verb, row.title, f"/standing/drills/{row.number}/", row.created_at, drill=True, loud=running)
        for verb, row, running in drills_waiting(authority)
    ]


def reviews_to_do(user: Any, authority: Authority) -> list[Waiting]:
    """Reports on events to sign, or to send once signed."""
    return [
        Waiting(
            verb, row.title, f"/incidents/{case.number}/aftermath/review/{row.serial}/", row.submitted_at,
            row.route.get("clause", ""), case.drill,
        )
        for verb, row, case in reviews_waiting(user, authority)
    ]  # fmt: skip


def rebuilds_to_do(user: Any) -> list[Waiting]:
    """Plans of rebuilding that the user's unit has to write."""
    return [
        Waiting(
            _("报送恢复计划"), row.incident.title, f"/incidents/{row.incident.number}/aftermath/", row.asked_at,
            row.clause, row.incident.drill,
        )
        for row in rebuilds_waiting(user)
    ]  # fmt: skip
