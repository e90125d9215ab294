"""Reading findings and rounds of checks: always scoped to the user."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from directory.audience import unit_recipients
from directory.models import Unit
from early_warning.prevention.choices import FOR_OFFICE, IN_MENDING, OPEN, CheckState, FindingState
from early_warning.prevention.models import CheckReturn, Finding, HazardCheck
from incidents.selectors.drafts import offices_of
from yangcheng_ec.clock import SHANGHAI, database_now
from yangcheng_ec.errors import NotVisible
from yangcheng_ec.permissions import Page, may_open

__all__ = [
    "COLUMNS",
    "PREVENTION",
    "ROW_LIMIT",
    "FindingFilter",
    "ReturnRow",
    "check_for",
    "checks_listed",
    "checks_to_return",
    "checks_visible_to",
    "finding_counts",
    "finding_for",
    "findings_listed",
    "findings_visible_to",
    "return_rows",
    "sheet_rows",
]

# The pages that open this part.
PREVENTION = (Page.PREVENTION_ALL, Page.PREVENTION_OWN)
# 「非预案规定」: a sheet is to be read.
ROW_LIMIT = 10_000
COLUMNS = {
    "编号": 20, "隐患": 40, "预案": 14, "状态": 12, "报告单位": 26, "整改单位": 26, "系统或地点": 30, "可能的危害": 40,
    "发现时间": 18, "报告时间": 18, "整改期限": 18, "延期次数": 10, "是否逾期": 10, "整改完成": 18, "销号时间": 18,
    "来源": 20, "预警": 20, "事件": 20,
}  # fmt: skip


# --- findings ------------------------------------------------------------------------------------------------------


def findings_visible_to(user: Any) -> QuerySet[Finding]:
    """Return every finding for those who see all, else those the user's unit reported or has to mend."""
    rows = Finding.objects.select_related(
        "unit", "owner", "hazard_check", "warning", "incident", "plan_version__plan"
    ).defer("plan_version__texts")
    if may_open(user, Page.PREVENTION_ALL):
        return rows
    if not (may_open(user, Page.PREVENTION_OWN) and user.unit_id):
        return rows.none()
    # The unit named as the owner comes to it when the office has accepted it, not by the reporter's word.
    return rows.filter(Q(unit=user.unit_id) | Q(owner=user.unit_id, due_at__isnull=False))


def finding_for(user: Any, number: str) -> Finding:
    """Return one visible finding by its number; NotVisible (404) otherwise."""
    people = ("head", "reported_by", "mended_by", "verified_by", "plan_version__office_unit")
    found = findings_visible_to(user).select_related(*people).filter(number=number).first()
    if found is None:
        raise NotVisible()
    return found


@dataclass(frozen=True)
class FindingFilter:
    """The list's filters: ``state`` is a state, ``open``, ``late``, ``mine`` or ``warned``."""

    state: str = ""
    plan: str = ""
    unit: str = ""
    q: str = ""


def findings_listed(user: Any, wanted: FindingFilter) -> QuerySet[Finding]:
    """Return the list: what is late and mine first, then late, mine, the other open ones by due time, the rest."""
    now = database_now()
    marked = findings_visible_to(user).annotate(late=_flag(_late(now)), mine=_flag(_mine(user)))
    rows = _narrowed(marked, wanted, every=may_open(user, Page.PREVENTION_ALL))
    order = Case(
        When(late=True, mine=True, then=0), When(late=True, then=1), When(mine=True, then=2),
        When(state__in=OPEN, then=3), default=4,
    )  # fmt: skip
    due = Case(When(state__in=OPEN, then=F("due_at")))
    return rows.order_by(order, due.asc(nulls_last=True), "-reported_at", "-id")


def _narrowed(rows: QuerySet[Finding], wanted: FindingFilter, *, every: bool) -> QuerySet[Finding]:
    special = {
        "open": Q(state__in=OPEN), "late": Q(late=True), "mine": Q(mine=True),
        "warned": Q(warning__isnull=False) if every else Q(pk__in=[]),
    }  # fmt: skip
    if wanted.state:
        rows = rows.filter(special.get(wanted.state, Q(state=wanted.state)))
    if wanted.plan:
        rows = rows.filter(plan_version__plan__code=wanted.plan)
    if wanted.unit:
        rows = rows.filter(Q(unit__code=wanted.unit) | Q(owner__code=wanted.unit))
    if wanted.q:
        rows = rows.filter(Q(number__icontains=wanted.q) | Q(title__icontains=wanted.q) | Q(place__icontains=wanted.q))
    return rows


def _flag(condition: Q) -> ExpressionWrapper[Case]:
    """Return a condition as a column that is true or false, never null."""
    return ExpressionWrapper(Case(When(condition, then=Value(True)), default=Value(False)), BooleanField())


def _late(now: datetime) -> Q:
    return Q(state__in=IN_MENDING, due_at__lte=now)


def _mine(user: Any) -> Q:
    """Return what waits for this person: their unit's to mend or to complete, their office's to accept or verify."""
    wanted = Q(pk__in=[])
    if may_open(user, Page.PREVENTION_OWN) and user.unit_id:
        wanted |= Q(owner=user.unit_id, state__in=IN_MENDING) | Q(unit=user.unit_id, state=FindingState.ASKED_BACK)
    return wanted | Q(plan_version__plan__in=offices_of(user), state__in=FOR_OFFICE)


def finding_counts(user: Any, plan: str = "") -> dict[str, int]:
    """Return the line of figures: open, overdue, waiting for the office, mended, of these in time. One statement."""
    rows = Finding.objects.filter(pk__in=findings_visible_to(user).select_related(None).values("pk"))
    if plan:
        rows = rows.filter(plan_version__plan__code=plan)
    mended = Q(state__in=[FindingState.MENDED, FindingState.VERIFIED])
    found: dict[str, int] = rows.aggregate(
        open=Count("pk", filter=Q(state__in=OPEN)),
        late=Count("pk", filter=_late(database_now())),
        waiting=Count("pk", filter=Q(state__in=FOR_OFFICE)),
        mended=Count("pk", filter=mended),
        in_time=Count("pk", filter=mended & Q(mended_at__lte=F("due_at"))),
    )
    return found


def sheet_rows(rows: QuerySet[Finding], *, every: bool) -> Iterator[list[str]]:
    """Yield the first ``ROW_LIMIT`` findings as texts, in the list's order; a unit does not learn of warnings."""
    for row in rows[:ROW_LIMIT].iterator(chunk_size=500):
        yield _texts(row, every)


def _texts(row: Finding, every: bool) -> list[str]:
    check, warning, incident = row.hazard_check, row.warning if every else None, row.incident
    late = "是" if row.late else ""  # type: ignore[attr-defined]
    return [
        row.number, row.title, row.plan_version.plan.short_name, str(row.state_choice.label), row.unit.name,
        row.owner.name, row.place, row.severity, _time(row.found_at), _time(row.reported_at), _time(row.due_at),
        str(row.extended or ""), late, _time(row.mended_at), _time(row.verified_at),
        check.number if check else "", warning.number if warning else "", incident.number if incident else "",
    ]  # fmt: skip


def _time(moment: datetime | None) -> str:
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if moment else ""


# --- rounds of checks ----------------------------------------------------------------------------------------------


def checks_visible_to(user: Any) -> QuerySet[HazardCheck]:
    """Return every round for those who see all, else those the user's unit has to answer."""
    rows = HazardCheck.objects.select_related("plan_version__plan", "opened_by").defer("plan_version__texts")
    if may_open(user, Page.PREVENTION_ALL):
        return rows
    if not (may_open(user, Page.PREVENTION_OWN) and user.unit_id):
        return rows.none()
    return rows.filter(Exists(CheckReturn.objects.filter(hazard_check=OuterRef("pk"), unit=user.unit_id)))


def check_for(user: Any, number: str) -> HazardCheck:
    """Return one visible round by its number; NotVisible (404) otherwise."""
    found = checks_visible_to(user).select_related("head", "plan_version__office_unit").filter(number=number).first()
    if found is None:
        raise NotVisible()
    return found


def checks_listed(user: Any, *, state: str = "", plan: str = "") -> QuerySet[HazardCheck]:
    """Return the rounds: late and unanswered first, then the other open ones by due time, then the newest.

    Each with ``asked`` units, how many have ``answered``, what they ``found``, whether it is ``late`` and ``mine``; a
    unit counts itself alone.
    """
    now, scope = database_now(), _own_returns(user)
    rows = checks_visible_to(user).annotate(
        asked=Count("returns", filter=scope),
        answered=Count("returns", filter=scope & Q(returns__found__isnull=False)),
        found=Coalesce(Sum("returns__found", filter=scope), 0),
        # No condition that is never true: PostgreSQL takes no constant in a GROUP BY.
        mine=_flag(_to_return(user)) if may_open(user, Page.PREVENTION_OWN) else Value(False, BooleanField()),
    )
    rows = rows.annotate(late=_flag(Q(state=CheckState.OPEN, due_at__lte=now, answered__lt=F("asked"))))
    if state:
        rows = rows.filter(state=state)
    if plan:
        rows = rows.filter(plan_version__plan__code=plan)
    order = Case(
        When(late=True, then=0), When(mine=True, then=1), When(state=CheckState.OPEN, then=2), default=3
    )  # fmt: skip
    due = Case(When(state=CheckState.OPEN, then=F("due_at")))
    return rows.order_by(order, due.asc(nulls_last=True), "-opened_at", "-id")


def _own_returns(user: Any) -> Q:
    return Q(returns__isnull=False) if may_open(user, Page.PREVENTION_ALL) else Q(returns__unit=user.unit_id)


def _to_return(user: Any) -> Q:
    """Return which rounds wait for the user's own unit."""
    if not may_open(user, Page.PREVENTION_OWN):
        return Q(pk__in=[])
    unanswered = CheckReturn.objects.filter(hazard_check=OuterRef("pk"), unit=user.unit_id, found__isnull=True)
    return Q(Exists(unanswered), state=CheckState.OPEN)


def checks_to_return(user: Any) -> QuerySet[HazardCheck]:
    """Return the open rounds the user's unit has not answered, the first due first."""
    return checks_visible_to(user).filter(_to_return(user)).order_by("due_at", "id")


@dataclass(frozen=True)
class ReturnRow:
    """One unit of a round: what it returned, how many findings of it are on file, and how it can be reached."""

    row: CheckReturn
    filed: int
    unreached: bool = False
    phone: str = ""

    @property
    def gap(self) -> int:
        """Return how many of the findings it counted are not on file yet."""
        return max((self.row.found or 0) - self.filed, 0)


def return_rows(user: Any, check: HazardCheck) -> list[ReturnRow]:
    """Return the units of a round, those who have not answered first; a unit sees itself alone."""
    rows = check.returns.select_related("unit", "returned_by", "hazard_check")
    every = may_open(user, Page.PREVENTION_ALL)
    if not every:
        rows = rows.filter(unit=user.unit_id)
    found = list(rows.order_by(F("found").asc(nulls_first=True), "unit__order", "unit_id"))
    counts = check.findings.order_by().values_list("unit").annotate(n=Count("pk"))
    filed: dict[int, int] = dict(counts)
    silent = [row.unit for row in found if row.found is None] if every and check.state == CheckState.OPEN else []
    phones = _phones(silent, check)
    # Those who counted none come last: nothing is left to do about them.
    found.sort(key=lambda row: row.found is not None)
    return [
        ReturnRow(row, filed.get(row.unit_id, 0), row.unit_id in phones, phones.get(row.unit_id, "")) for row in found
    ]


def _phones(units: list[Unit], check: HazardCheck) -> dict[int, str]:
    """Return the duty numbers of the units where nobody has an account: they were not told by the system."""
    people = unit_recipients(units, check.plan_version_id) if units else {}
    return {pk: rows[0].phone for pk, rows in people.items() if rows and not any(one.user_id for one in rows)}
