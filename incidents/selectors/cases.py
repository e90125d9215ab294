"""Cases: who sees which, the list, the time line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from incidents.choices import LIVE_STATES, OPEN_STATES
from incidents.models import Incident, IncidentGroupObjectPermission
from incidents.selectors.pages import CaseList
from incidents.selectors.search import found_ids
from yangcheng_ec.clauses import resolve_clause
from yangcheng_ec.clock import SHANGHAI, database_now
from yangcheng_ec.deadlines.choices import DeadlineState
from yangcheng_ec.deadlines.models import Deadline
from yangcheng_ec.errors import NotVisible
from yangcheng_ec.permissions import VIEW_INCIDENT, Page, may_open
from yangcheng_ec.record.selectors import entries_of

__all__ = ["ListFilter", "incident_for", "incident_list", "incident_timeline", "incidents_visible_to", "list_order"]

RELATED = ("plan_version__plan", "grade", "category", "incident_unit", "reporting_unit", "township")
# What a list shows, and no more: forty columns of fifty cases and their plans cost more than finding them.
SHOWN = (
    "head_id", "number", "version", "state", "title", "drill", "occurred_at", "received_at", "accepted_at",
    "filed_by_id", "incident_unit__name", "incident_unit__short_name", "incident_unit_text",
    "graded_at", "merged_into__number", "grade__code", "grade__name", "category__code", "category__name",
    "plan_version__plan__code", "plan_version__plan__short_name",
    "plan_version__number", "plan_version__edition", "plan_version__in_force",
)  # fmt: skip
SHOWN_OF = ("plan_version__plan", "grade", "category", "incident_unit", "merged_into")
EARLIEST, LATEST = date(1970, 1, 1), date(2999, 1, 1)
ORDERS = {
    "received_at": ("received_at", "id"),
    "-received_at": ("-received_at", "-id"),
    "number": ("number",),
    "-number": ("-number",),
    "occurred_at": ("occurred_at", "id"),
    "-occurred_at": ("-occurred_at", "-id"),
}


@dataclass(frozen=True)
class ListFilter:
    """What a list is narrowed to; empty words narrow nothing. ``state`` may be «open» or «live» (not set aside).

    ``unit`` and ``township`` are codes; ``unit`` is where it happened or who reported it. ``since`` and ``until`` are
    days of 接报, both included; ``overdue`` wants a clock that is overdue now.
    """

    state: str = ""
    plan: str = ""
    grade: str = ""
    search: str = ""
    drill: bool | None = None
    category: str = ""
    unit: str = ""
    township: str = ""
    since: date | None = None
    until: date | None = None
    overdue: bool = False


def incidents_visible_to(user: Any) -> QuerySet[Incident]:
    """Return the cases the user may see: all, those of their units, or none."""
    if may_open(user, Page.CASES_ALL):
        return Incident.objects.all()
    if not may_open(user, Page.CASES_OWN):
        return Incident.objects.none()
    granted = IncidentGroupObjectPermission.objects.filter(
        content_object=OuterRef("pk"), permission_id=_view_permission(), group_id__in=user.group_ids
    )
    return Incident.objects.filter(Exists(granted))


def _view_permission() -> Subquery:
    """Return the permission's id as a part of the statement that needs it."""
    label, codename = VIEW_INCIDENT.split(".")
    return Subquery(Permission.objects.filter(content_type__app_label=label, codename=codename).values("pk")[:1])


def incident_for(user: Any, number: str) -> Incident:
    """Return one visible case by its number. Raises NotVisible: nothing is said about whether it exists."""
    row = incidents_visible_to(user).select_related(
        *RELATED, "subcategory", "criterion", "filed_by", "accepted_by", "merged_into"
    )
    incident = row.filter(number=number).first()
    if incident is None:
        raise NotVisible()
    return incident


def incident_list(user: Any, wanted: ListFilter) -> QuerySet[Incident]:
    """Return visible cases, narrowed; ``list_order`` brings what a list shows.

    A search is looked up at once: its newest ``FOUND_LIMIT`` cases, all else already applied.
    """
    rows = incidents_visible_to(user).filter(_narrowed(wanted))
    return Incident.objects.filter(pk__in=found_ids(rows, wanted.search)) if wanted.search else rows


def _narrowed(wanted: ListFilter) -> Q:
    found = Q()
    for path, value in (
        ("plan_version__plan__code", wanted.plan), ("grade__code", wanted.grade), ("category__code", wanted.category),
        ("township__code", wanted.township), ("drill", wanted.drill), ("state", _states(wanted.state)),
    ):  # fmt: skip
        if isinstance(value, tuple):
            found &= Q(**{f"{path}__in": value})
        elif value not in ("", None):
            found &= Q(**{path: value})
    if wanted.unit:
        found &= Q(incident_unit__code=wanted.unit) | Q(reporting_unit__code=wanted.unit)
    if wanted.since:
        found &= Q(received_at__gte=_midnight(wanted.since))
    if wanted.until:
        found &= Q(received_at__lt=_midnight(min(wanted.until, LATEST) + timedelta(days=1)))
    return found & Q(head_id__in=_late_heads()) if wanted.overdue else found


def _states(name: str) -> str | tuple[str, ...]:
    """Return the states a word stands for."""
    return {"open": OPEN_STATES, "live": LIVE_STATES}.get(name, name)


def _midnight(day: date) -> datetime:
    """Return the beginning of a day, of one that every database can hold."""
    return datetime.combine(min(max(day, EARLIEST), LATEST), time(), tzinfo=SHANGHAI)


def list_order(rows: QuerySet[Incident], ordering: str = "", *, user: Any = None) -> CaseList:
    """Order a list: by a named field, or what is late and mine first, then the newest; paged in two steps."""
    whole = Incident.objects.select_related(*SHOWN_OF).only(*SHOWN)
    if ordering in ORDERS:
        return CaseList(rows, whole, order=ORDERS[ordering])
    return CaseList(rows, whole, order=ORDERS["-received_at"], tiers=_by_urgency(user))


def _by_urgency(user: Any) -> list[Q]:
    """Return what is late, what is open and mine, what else is open, and the rest: disjoint, in this order."""
    late = Q(head_id__in=_late_heads())
    still_open = Q(state__in=OPEN_STATES)
    mine = Q(filed_by=user)
    if user is not None and user.unit_id:
        mine |= Q(incident_unit=user.unit_id)
    return [late, ~late & still_open & mine, ~late & still_open & ~mine, ~late & ~still_open]


def _late_heads() -> list[int]:
    """Return the cases with an overdue clock, along the index of open clocks: what is overdue was due before now."""
    late = Deadline.objects.filter(state=DeadlineState.OVERDUE, due_at__lte=database_now())
    return list(late.order_by().values_list("head_id", flat=True).distinct())


def incident_timeline(incident: Incident) -> list[dict[str, Any]]:
    """Return the case's record in order, each line with its clause's sentence, for the time line."""
    return [_line(entry) for entry in entries_of(incident.head_id)]


def _line(entry: Any) -> dict[str, Any]:
    clause = resolve_clause(entry.clause) if entry.clause else None
    return {
        "seq": entry.seq,
        "kind": entry.kind,
        "happened_at": entry.done_at,
        "recorded_at": entry.recorded_at,
        "late_entry": entry.late_entry,
        "actor": entry.actor_name,
        "post": entry.actor_post,
        "text": entry.text,
        "plan_code": clause.plan_code if clause else "",
        "clause_ref": clause.ref if clause else entry.clause,
        "clause_text": clause.text if clause else "",
    }
