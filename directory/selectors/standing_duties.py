"""What a plan has kept ready and held regularly, by its own clauses (P3, P4; cyber 6.x, comms 6.x)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from directory.choices import ResourceKind
from directory.models import Clause, PlanVersion
from directory.registry import ClauseUse
from directory.rules import clause_label

__all__ = ["StandingDuty", "drill_duty", "filing_duty", "resource_duties", "standing_uses", "training_duty"]


@dataclass(frozen=True)
class StandingDuty:
    """A duty with its clause and words. ``months`` None: 「定期」; ``grade`` is the code of the scenario's grade.

    ``non_plan``: the plan names no such list, it is ours.
    """

    ref: str
    label: str
    quote: str = ""
    non_plan: bool = False
    months: int | None = None
    grade: str = ""


def drill_duty(version: PlanVersion) -> StandingDuty | None:
    """Return how often the plan has drills held, on what; None for a plan that asks for none."""
    row = _rows(version).get("drill")
    return _duty(version, row, months=row["months"], grade=row["grade"]) if row else None


def training_duty(version: PlanVersion) -> StandingDuty | None:
    """Return the clause of training."""
    row = _rows(version).get("training")
    return _duty(version, row) if row else None


def filing_duty(version: PlanVersion) -> StandingDuty | None:
    """Return the clause by which members file their own action plans with the office (P4)."""
    row = _rows(version).get("filing")
    return _duty(version, row) if row else None


def resource_duties(version: PlanVersion) -> dict[str, StandingDuty]:
    """Return the kinds of resources the plan has kept, in its order, each with its clause."""
    return {row["kind"]: _duty(version, row) for row in _rows(version).get("resources", [])}


def standing_uses(version: PlanVersion, clauses: Sequence[Clause]) -> Iterator[ClauseUse]:
    """Yield what of this app rests on which clause, for 「本条用于」."""
    named = (
        ("演练", drill_duty(version)),
        ("培训记录", training_duty(version)),
        ("行动方案备案", filing_duty(version)),
    )
    for words, duty in named:
        if duty is not None:
            yield ClauseUse(duty.ref, "名单", words, duty.non_plan)
    for kind, duty in resource_duties(version).items():
        yield ClauseUse(duty.ref, "名单", f"应急资源：{ResourceKind(kind).label}", duty.non_plan)


def _rows(version: PlanVersion) -> dict[str, Any]:
    found: dict[str, Any] = version.texts.get("standing") or {}
    return found


def _duty(version: PlanVersion, row: dict[str, Any], **more: Any) -> StandingDuty:
    ref = row["clause"]
    return StandingDuty(ref, clause_label(version, ref), row["quote"], row["non_plan"], **more)
