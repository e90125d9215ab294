"""Who has filed its action plan with a plan's office, who has not, and whose is due to be looked at again (P4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet

from directory.choices import Act, FilingState
from directory.models import ActionPlan, PlanVersion, Unit
from directory.rules import may
from directory.selectors.membership import member_units_of
from directory.selectors.plan_reviews import years_after
from directory.selectors.plans import plans_in_force
from directory.selectors.standing_duties import filing_duty
from yangcheng_ec.clock import SHANGHAI, database_now
from yangcheng_ec.errors import NotVisible
from yangcheng_ec.permissions import Page, may_open

__all__ = [
    "FilingLine",
    "files_own",
    "filing_get",
    "filing_lines",
    "filings_of",
    "filings_visible_to",
    "plans_filed_under",
    "plans_may_file",
    "review_suggested",
    "units_to_remind",
]

# Plans without a review interval of their own have none to lend; three years are both plans' (「非预案规定」 here).
REVIEW_YEARS = 3
SOON = timedelta(days=60)


@dataclass(frozen=True)
class FilingLine:
    """A member of a plan with what it has filed. ``mine``: the reader's own unit."""

    unit: Unit
    filed: ActionPlan | None
    today: date
    mine: bool = False

    @property
    def missing(self) -> bool:
        """Return whether nothing is filed."""
        return self.filed is None

    @property
    def overdue(self) -> bool:
        """Return whether the day of the next review has gone by."""
        return self.filed is not None and self.filed.review_on < self.today

    @property
    def soon(self) -> bool:
        """Return whether the next review is near."""
        return self.filed is not None and not self.overdue and self.filed.review_on <= self.today + SOON

    @property
    def place(self) -> tuple[int, int]:
        """Return where it stands: mine, then nothing filed, then overdue, then the rest in the plan's order."""
        state = 0 if self.missing else 1 if self.overdue else 2
        return (0 if self.mine and state < 2 else 1, state)


def filings_visible_to(user: Any) -> QuerySet[ActionPlan]:
    """Return the filed action plans the user may read: all, or those of the own unit."""
    rows = ActionPlan.objects.select_related("plan", "unit", "filed_by")
    if may_open(user, Page.RESOURCES_ALL):
        return rows
    if may_open(user, Page.RESOURCES_OWN) and user.unit_id is not None:
        return rows.filter(unit_id=user.unit_id)
    return rows.none()


def plans_filed_under(user: Any) -> list[PlanVersion]:
    """Return the plans in force that ask for action plans: all, or those the user's unit is a member of.

    The plan whose office the user serves comes first.
    """
    asking = [version for version in plans_in_force() if filing_duty(version) is not None]
    if may_open(user, Page.RESOURCES_ALL):
        return sorted(asking, key=lambda version: not may(user, version, Act.OFFICE))
    if user.unit_id is None or not may_open(user, Page.RESOURCES_OWN):
        return []
    own = set(user.unit.memberships.filter(version__in=asking).values_list("version_id", flat=True))
    return [version for version in asking if version.pk in own]


def filing_lines(user: Any, version: PlanVersion) -> list[FilingLine]:
    """Return the plan's members with what each filed: mine, then who has not, then who is overdue, then the rest."""
    whole = may_open(user, Page.RESOURCES_ALL)
    units = member_units_of(version) if whole else [user.unit]
    rows = filings_visible_to(user).filter(plan=version.plan_id, state=FilingState.CURRENT)
    filed = {row.unit_id: row for row in rows}
    today = database_now().astimezone(SHANGHAI).date()
    lines = [FilingLine(unit, filed.get(unit.pk), today, unit.pk == user.unit_id) for unit in units]
    return sorted(lines, key=lambda line: line.place)


def units_to_remind(lines: Iterable[FilingLine]) -> list[Unit]:
    """Return the members that have filed nothing, or whose review is overdue."""
    return [line.unit for line in lines if line.missing or line.overdue]


def filing_get(user: Any, pk: int) -> ActionPlan:
    """Return one filed action plan. Raises NotVisible."""
    found = filings_visible_to(user).filter(pk=pk).first()
    if found is None:
        raise NotVisible()
    return found


def filings_of(user: Any, row: ActionPlan) -> list[ActionPlan]:
    """Return every version the unit has filed under the plan, newest first."""
    return list(filings_visible_to(user).filter(plan=row.plan_id, unit=row.unit_id))


def plans_may_file(user: Any) -> list[PlanVersion]:
    """Return the plans under which the user may file: the office for any member, a member for itself."""
    own = files_own(user)
    return [version for version in plans_filed_under(user) if own or may(user, version, Act.OFFICE)]


def files_own(user: Any) -> bool:
    """Return whether the user files for their own unit."""
    return user.unit_id is not None and may_open(user, Page.RESOURCES_OWN)


def review_suggested(version: PlanVersion, dated_on: date) -> date:
    """Return when an action plan is to be looked at again: as often as the plan itself (「非预案规定」)."""
    return years_after(dated_on, version.review_years or REVIEW_YEARS)
