"""Reading what the plans have kept ready: search, counts, who sees which number, what is due to be looked at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When

from directory.choices import Act, ContactKind, ContactState, ResourceKind
from directory.models import PlanVersion, Resource, Unit
from directory.phones import MOBILE_PATTERN, is_mobile, mask, number_tidy
from directory.pinyin import initials_pattern
from directory.rules import may
from directory.selectors.plans import plans_in_force
from directory.selectors.standing_duties import resource_duties
from directory.selectors.units import units_named_like
from yangcheng_ec.clock import SHANGHAI, database_now
from yangcheng_ec.errors import NotVisible
from yangcheng_ec.permissions import Page, may_open
from yangcheng_ec.record.models import RecordEntry

__all__ = [
    "OWN_KINDS",
    "KindCount",
    "ResourceFilter",
    "check_days",
    "dials",
    "kind_choices",
    "may_keep",
    "plans_kept",
    "resource_counts",
    "resource_get",
    "resource_history",
    "resources_found",
    "resources_visible_to",
    "shown_to",
]

# What a member unit keeps up to date itself, for itself.
OWN_KINDS = tuple(kind for kind in ResourceKind if kind.countable)


@dataclass(frozen=True)
class ResourceFilter:
    """What the list is narrowed to; empty words narrow nothing. ``state``: in use unless «retired»."""

    q: str = ""
    plan: str = ""
    kind: str = ""
    unit: str = ""
    state: str = ""
    late: bool = False


@dataclass(frozen=True)
class KindCount:
    """How many of a kind are in use, and how many of them are due to be looked at."""

    kind: ResourceKind
    count: int
    late: int


def resources_visible_to(user: Any) -> QuerySet[Resource]:
    """Return the resources the user may read: all, or those of the own unit; nothing else exists for a unit."""
    rows = Resource.objects.select_related("plan", "unit")
    if may_open(user, Page.RESOURCES_ALL):
        return rows
    if may_open(user, Page.RESOURCES_OWN) and user.unit_id is not None:
        return rows.filter(unit_id=user.unit_id)
    return rows.none()


def resources_found(user: Any, wanted: ResourceFilter) -> QuerySet[Resource]:
    """Return what matches, mine first, then what is due to be looked at, then by kind and name.

    ``q`` finds a name, its initials, an ability, a person, a unit as people call it, or a number that is shown.
    """
    retired = wanted.state == ContactState.RETIRED
    rows = resources_visible_to(user).filter(state=ContactState.RETIRED if retired else ContactState.ACTIVE)
    if wanted.q:
        rows = rows.filter(_called(user, wanted.q))
    exact = {"plan__code": wanted.plan, "kind": wanted.kind, "unit__code": wanted.unit}
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    if wanted.late:
        rows = rows.filter(_due())
    mine = Q(unit_id=user.unit_id) if user.unit_id is not None else Q(pk__in=[])
    return rows.annotate(
        others=_flag(mine, yes=0), calm=_flag(_due(), yes=0), rank=_rank(), late=_flag(_due(), yes=1, no=0)
    ).order_by("others", "calm", "rank", "name", "id")


def _called(user: Any, text: str) -> Q:
    wanted = Q(name__icontains=text) | Q(body__icontains=text) | Q(ability__icontains=text)
    wanted |= Q(contact__icontains=text) | Q(place__icontains=text)
    wanted |= Q(unit__in=Unit.objects.filter(units_named_like(text)).values("pk"))
    if pattern := initials_pattern(text):
        wanted |= Q(initials__regex=pattern)
    digits = number_tidy(text, ContactKind.DUTY)
    readable = Q() if dials(user) else Q(unit_id=user.unit_id) | ~Q(number__regex=MOBILE_PATTERN)
    return wanted | (Q(number__contains=digits) & readable)


def _due() -> Q:
    """Return the condition that equipment, spares or vehicles were not looked at for too long, or never."""
    return Q(kind__in=OWN_KINDS) & (Q(checked_on__isnull=True) | Q(checked_on__lt=_checked_since()))


def _checked_since() -> date:
    return database_now().astimezone(SHANGHAI).date() - timedelta(days=check_days())


def _flag(condition: Q, *, yes: int, no: int = 1) -> Case:
    return Case(When(condition, then=Value(yes)), default=Value(no), output_field=IntegerField())


def _rank() -> Case:
    whens = [When(kind=kind, then=Value(place)) for place, kind in enumerate(ResourceKind)]
    return Case(*whens, output_field=IntegerField())


def check_days() -> int:
    """Return after how many days equipment is looked at again (「非预案规定」)."""
    return int(settings.RESOURCE_CHECK_DAYS)


def resource_get(user: Any, pk: int) -> Resource:
    """Return one resource as the user sees it, with ``late``. Raises NotVisible."""
    found = resources_visible_to(user).annotate(late=_flag(_due(), yes=1, no=0)).filter(pk=pk).first()
    if found is None:
        raise NotVisible()
    return shown_to(user, [found])[0]


def shown_to(user: Any, rows: Iterable[Resource]) -> list[Resource]:
    """Give each ``shown`` and ``masked``: mobiles are hidden from those who need not dial them, as of contacts."""
    found, everything = list(rows), dials(user)
    for row in found:
        readable = everything or (row.unit_id is not None and row.unit_id == user.unit_id)
        row.shown = row.number if readable else mask(row.number)  # type: ignore[attr-defined]
        row.masked = is_mobile(row.number) and not readable  # type: ignore[attr-defined]
    return found


def dials(user: Any) -> bool:
    """Return whether the user's role dials or keeps the numbers."""
    return may_open(user, Page.CALL_SHEET) or may_open(user, Page.DIRECTORY_EDIT)


def resource_history(row: Resource) -> QuerySet[RecordEntry]:
    """Return the record's lines about a resource, newest first."""
    return RecordEntry.objects.filter(subject_type="resource", subject_id=row.pk).order_by("-id")


def resource_counts(user: Any) -> list[KindCount]:
    """Return each kind's number in use, in the lists' order; one statement."""
    rows = resources_visible_to(user).filter(state=ContactState.ACTIVE).order_by()
    counted = rows.values("kind").annotate(count=Count("pk"), late=Count("pk", filter=_due()))
    found = {row["kind"]: row for row in counted}
    return [KindCount(kind, found[kind]["count"], found[kind]["late"]) for kind in ResourceKind if kind in found]


def plans_kept(user: Any, *, kinds: Iterable[str] = ()) -> list[PlanVersion]:
    """Return the plans in force whose lists the user may add to: the keeper's all, the office's own, a unit's.

    ``kinds`` narrows it to plans that have one of these kinds.
    """
    wanted = set(kinds)
    keeper = may_open(user, Page.DIRECTORY_EDIT)
    found = [row for row in plans_in_force() if not wanted or wanted & set(resource_duties(row))]
    own = may_open(user, Page.RESOURCES_OWN) and user.unit_id is not None
    return [row for row in found if keeper or own or may(user, row, Act.OFFICE)]


def may_keep(user: Any, row: Resource, version: PlanVersion) -> bool:
    """Return whether the user may change a resource: for buttons; the service asks again."""
    if may_open(user, Page.DIRECTORY_EDIT) or may(user, version, Act.OFFICE):
        return True
    own = row.unit_id is not None and row.unit_id == user.unit_id and may_open(user, Page.RESOURCES_OWN)
    return own and row.kind in OWN_KINDS


def kind_choices(version: PlanVersion) -> list[tuple[str, str]]:
    """Return the kinds a plan has kept, in its order."""
    return [(kind, str(ResourceKind(kind).label)) for kind in resource_duties(version)]
