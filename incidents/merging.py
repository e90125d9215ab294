"""What a merge does to clocks: a pure rule. No merge may hide a deadline that was nearer (cyber 7: 瞒报漏报)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from yangcheng_ec.deadlines.choices import DeadlineState
from yangcheng_ec.deadlines.models import Deadline

__all__ = ["STAYS", "Merging", "merging_of"]

# What a superior asked about the duplicate is answered there: its clock stays.
STAYS = "inquiry"


@dataclass(frozen=True)
class Merging:
    """Which clock of the main case covers which of the duplicate; which go on in the main case; which stay."""

    covered: list[tuple[Deadline, Deadline]]
    carried: list[Deadline]
    stays: list[Deadline]

    @property
    def stopped(self) -> list[Deadline]:
        """Return the duplicate's clocks that stop there."""
        return [clock for clock, _cover in self.covered] + self.carried


def merging_of(clocks: Iterable[Deadline], of_main: Sequence[Deadline]) -> Merging:
    """Return what would become of the duplicate's open clocks, given all those of the main case."""
    merging = Merging([], [], [])
    for clock in clocks:
        cover = next((row for row in of_main if _covers(row, clock)), None)
        if clock.subject_type == STAYS:
            merging.stays.append(clock)
        elif cover is not None:
            merging.covered.append((clock, cover))
        else:
            merging.carried.append(clock)
    return merging


def _covers(main: Deadline, clock: Deadline) -> bool:
    """Same rule, same debtor, the same people to tell, due no later, and not itself set aside."""
    if (main.rule_code, main.owed_by_unit) != (clock.rule_code, clock.owed_by_unit):
        return False
    if main.state in (DeadlineState.WAIVED, DeadlineState.SUPERSEDED) or _moment(main) > _moment(clock):
        return False
    left = {row.code for row in clock.addressees.all() if row.done_at is None}
    return left <= {row.code for row in main.addressees.all()}


def _moment(clock: Deadline) -> datetime:
    return clock.due_at or clock.starts_at
