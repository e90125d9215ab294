"""A plan's call-out policies and their changes, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from directory.models import CalloutEdition, Plan
from directory.services.callout_policy import PolicyLine, policy_words

__all__ = ["CalloutEditionLine", "editions_of"]

SHOWN = 20


@dataclass(frozen=True)
class CalloutEditionLine:
    """One change in words."""

    edition: CalloutEdition
    was: str
    now: str


def editions_of(plan: Plan) -> list[CalloutEditionLine]:
    """Return the changes of a plan's policies, the latest first."""
    rows = plan.callout_editions.select_related("by").order_by("-number")[:SHOWN]
    return [CalloutEditionLine(row, _words(row.was), _words(row.rows)) for row in rows]


def _words(rows: list[dict[str, Any]]) -> str:
    return policy_words([PolicyLine(row["level"], row["minutes"], tuple(row["first"])) for row in rows])
