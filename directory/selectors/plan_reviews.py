"""When a plan is next due to be evaluated or revised (P1, P2): from its own words, its print and its reviews."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Max

from directory.choices import OFFICE_KINDS
from directory.models import PlanReview, PlanVersion
from directory.rules import appointments_in_force, clause_label
from yangcheng_ec.clock import SHANGHAI, database_now

__all__ = ["ReviewClock", "review_clocks", "review_clocks_of", "reviews_of"]


@dataclass(frozen=True)
class ReviewClock:
    """The review a version in force owes: what, by when, since which day it counts, who is responsible."""

    version: PlanVersion
    since: date
    due_on: date
    reviewed: bool
    today: date

    @property
    def overdue(self) -> bool:
        """Return whether the day has gone by."""
        return self.due_on < self.today

    @property
    def days(self) -> int:
        """Return how many days are left, or have gone by since."""
        return abs((self.due_on - self.today).days)

    @property
    def what(self) -> str:
        """Return 评估 or 修订."""
        return str(self.version.get_review_kind_display())

    @property
    def clause(self) -> str:
        """Return the label of the clause that says so."""
        return clause_label(self.version, self.version.review_clause)


def review_clocks(versions: Sequence[PlanVersion]) -> list[ReviewClock]:
    """Return the clocks of versions in force whose plan names an interval; with one statement.

    An interval counts from the day the version was issued, or from the last review recorded of it.
    """
    asking = [version for version in versions if version.in_force and version.review_years]
    if not asking:
        return []
    rows = PlanReview.objects.filter(version__in=asking).order_by().values("version").annotate(last=Max("reviewed_on"))
    last = dict(rows.values_list("version", "last"))
    today = database_now().astimezone(SHANGHAI).date()
    return [_clock(version, last.get(version.pk), today) for version in asking]


def review_clocks_of(user: Any) -> list[ReviewClock]:
    """Return the clocks of the plans whose office the user serves, for the desk; overdue ones first."""
    held = appointments_in_force().filter(user=user, post__version__in_force=True, post__kind__in=OFFICE_KINDS)
    versions = {row.post.version_id: row.post.version for row in held.select_related("post__version__office_unit")}
    return sorted(
        review_clocks([version for version in versions.values() if version is not None]), key=lambda row: row.due_on
    )


def reviews_of(version: PlanVersion) -> list[PlanReview]:
    """Return what was recorded of reviews of any version of the plan, newest first."""
    rows = PlanReview.objects.filter(version__plan=version.plan_id).select_related("version", "recorded_by")
    return list(rows.defer("version__texts"))


def _clock(version: PlanVersion, last: date | None, today: date) -> ReviewClock:
    since = max(version.issued_on, last) if last else version.issued_on
    return ReviewClock(version, since, years_after(since, version.review_years or 0), last is not None, today)


def years_after(day: date, years: int) -> date:
    """Return the same day so many years later; 29 February becomes 1 March where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)
