"""The registry of units: finding one as people write it, the list with what each is in the plans, what rests on one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet

from directory.choices import OPEN_STAGES, ContactState
from directory.models import (
    Appointment,
    Contact,
    GroupMember,
    MeasureActor,
    Membership,
    PlanVersion,
    Post,
    ReportingAddressee,
    Resource,
    Roster,
    Unit,
    UnitAlias,
    User,
    WorkGroup,
)
from directory.pinyin import initials_pattern
from directory.rules import appointments_in_force
from yangcheng_ec.errors import NotVisible
from yangcheng_ec.record.models import RecordEntry

__all__ = [
    "name_owner",
    "plain_name",
    "term_units",
    "unit_called",
    "unit_get",
    "unit_history",
    "unit_uses",
    "units_in_use",
    "units_listed",
    "units_named_like",
]


def unit_called(text: str) -> Unit | None:
    """Return the unit with this code, name, alias or short name; None when no unit is called so."""
    text = text.strip()
    return (
        Unit.objects.filter(code=text).first()
        or Unit.objects.filter(name=text).first()
        or Unit.objects.filter(aliases__name=text).first()
        or Unit.objects.filter(short_name=text).order_by("pk").first()
    )


def units_in_use() -> QuerySet[Unit]:
    """Return the units that may be chosen, in the registry's order."""
    return Unit.objects.filter(retired=False).order_by("order", "code")


def units_named_like(query: str) -> Q:
    """Return the condition that one of a unit's names has this in it, or these initials."""
    wanted = Q(name__icontains=query) | Q(short_name__icontains=query) | Q(aliases__name__icontains=query)
    pattern = initials_pattern(query)
    if pattern:
        wanted |= Q(initials__regex=pattern) | Q(aliases__initials__regex=pattern)
    return wanted


def units_listed(*, query: str = "", kind: str = "", retired: bool = False) -> QuerySet[Unit]:
    """Return the registry: other names, ``seats`` in the plans in force, ``groups``, numbers in use (``numbers``)."""
    rows = Unit.objects.filter(retired=retired)
    if query:
        rows = rows.filter(pk__in=Unit.objects.filter(units_named_like(query)).values("pk"))
    if kind:
        rows = rows.filter(kind=kind)
    seats = Membership.objects.filter(version__in_force=True).select_related("version__plan")
    grouped = GroupMember.objects.filter(group__version__in_force=True)
    return (
        rows.prefetch_related(
            "aliases",
            Prefetch("memberships", seats.defer("version__texts"), to_attr="seats"),
            Prefetch("group_memberships", grouped, to_attr="groups"),
        )
        .annotate(numbers=Count("contacts", filter=Q(contacts__state=ContactState.ACTIVE)))
        .order_by("order", "code")
    )


def unit_get(code: str) -> Unit:
    """Return one unit with its other names. Raises NotVisible."""
    row = Unit.objects.prefetch_related("aliases").filter(code=code).first()
    if row is None:
        raise NotVisible()
    return row


def unit_history(unit: Unit) -> QuerySet[RecordEntry]:
    """Return the record's lines about a unit, newest first."""
    return RecordEntry.objects.filter(subject_type="unit", subject_id=unit.pk).order_by("-id")


def plain_name(text: str) -> str:
    """Return a name as two of them are compared: without spaces, full and half width alike."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).lower()


def name_owner(text: str, *, but: UnitAlias | None = None) -> tuple[Unit, str] | None:
    """Return whose name this is already and which of its names: ``name``, ``alias`` or ``code``."""
    wanted = plain_name(text)
    units = list(Unit.objects.order_by("pk"))
    for unit in units:
        if wanted in {plain_name(unit.name), plain_name(unit.short_name)}:
            return unit, "name"
    for alias in UnitAlias.objects.select_related("unit").order_by("pk"):
        if plain_name(alias.name) == wanted and alias != but:
            return alias.unit, "alias"
    return next(((unit, "code") for unit in units if unit.code == wanted), None)


def unit_uses(unit: Unit) -> list[str]:
    """Return in words what still rests on a unit: it cannot be retired while anything does."""
    return [words for words, rows in _resting_on(unit) if rows.exists()]


def _resting_on(unit: Unit) -> Iterator[tuple[str, QuerySet[Any, Any]]]:
    """Yield each thing that needs the unit, with its rows; a draft on its way counts as a plan."""
    versions = PlanVersion.objects.filter(Q(in_force=True) | Q(stage__in=OPEN_STAGES))
    plans = list(versions.values_list("pk", flat=True))
    yield "预案的成员单位", Membership.objects.filter(version__in=plans, unit=unit)
    yield "预案的办公室所在单位", versions.filter(office_unit=unit)
    yield "应急工作组的牵头部门", WorkGroup.objects.filter(version__in=plans, lead=unit)
    yield "应急工作组成员", GroupMember.objects.filter(group__version__in=plans, unit=unit)
    yield "响应措施的承办单位", MeasureActor.objects.filter(measure__level__version__in=plans, unit=unit)
    yield "报告的接收单位", ReportingAddressee.objects.filter(rule__version__in=plans, unit=unit)
    yield "预案职务的所在单位", Post.objects.filter(version__in=plans, unit=unit)
    yield "现任人员", _incumbents(unit)
    yield "在用的账号", User.objects.filter(unit=unit, is_active=True)
    yield "在用的联络方式", Contact.objects.filter(unit=unit, state=ContactState.ACTIVE)
    yield "在用的应急资源", Resource.objects.filter(unit=unit, state=ContactState.ACTIVE)
    yield "值班表", Roster.objects.filter(unit=unit)


def _incumbents(unit: Unit) -> QuerySet[Appointment]:
    return appointments_in_force().filter(post__unit=unit)


def term_units(version: PlanVersion) -> list[Unit]:
    """Return the units a defined term of the plan means, found by their printed names."""
    term = (version.texts.get("plan_management") or {}).get("term") or {}
    names: Sequence[str] = term.get("means", [])
    by_name = {unit.name: unit for unit in Unit.objects.filter(name__in=names)}
    by_name |= {row.name: row.unit for row in UnitAlias.objects.filter(name__in=names).select_related("unit")}
    return [by_name[name] for name in names if name in by_name]
