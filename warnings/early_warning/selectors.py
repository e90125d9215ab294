"""Reading warnings: always scoped to the user."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from directory.choices import CountersignState, UnitKind
from directory.models import Membership, PlanVersion, Signature, Unit, WarningLevel
from directory.selectors.units import units_in_use
from early_warning.choices import ACTIVE, Rung
from early_warning.models import EarlyWarning, EarlyWarningGroupObjectPermission, WarningAddressee
from early_warning.rules import is_expired
from yangcheng_ec.clock import database_now
from yangcheng_ec.errors import BadInput, NotVisible
from yangcheng_ec.permissions import Page, may_open

__all__ = [
    "ORDERS",
    "VALIDITY",
    "AddresseeRow",
    "active_warnings",
    "addressee_of",
    "addressee_rows",
    "addressees_of",
    "denied_signatures",
    "expired_of",
    "level_named",
    "units_choosable",
    "units_named",
    "warning_for",
    "warnings_listed",
    "warnings_visible_to",
]

NO_ADDRESSEES = (UnitKind.SUPERIOR, UnitKind.AUTHORITY)


def warnings_visible_to(user: Any) -> QuerySet[EarlyWarning]:
    """Return every warning for those who see all, else those addressed to the user's unit."""
    rows = EarlyWarning.objects.select_related("level", "plan_version__plan", "incident", "head")
    if may_open(user, Page.WARNINGS_ALL):
        return rows
    if not may_open(user, Page.WARNINGS_OWN):
        return rows.none()
    granted = EarlyWarningGroupObjectPermission.objects.filter(
        content_object=OuterRef("pk"), group__user=user, permission__codename="view_earlywarning"
    )
    return rows.filter(Exists(granted))


def warning_for(user: Any, number: str) -> EarlyWarning:
    """Return one visible warning by its number; NotVisible (404) otherwise."""
    warning = (
        warnings_visible_to(user)
        .select_related(
            "previous__level", "next", "proposed_by", "published_by", "created_by", "plan_version__office_unit"
        )
        .select_related("superior", "standing__post")
        .filter(number=number)
        .first()
    )
    if warning is None:
        raise NotVisible()
    return warning


def active_warnings() -> QuerySet[EarlyWarning]:
    """Return the warnings in force, gravest first; an expired one stays until somebody lifts it."""
    return (
        EarlyWarning.objects.filter(state__in=ACTIVE)
        .select_related("level", "plan_version__plan")
        .order_by("level__ordinal", "published_at", "id")
    )


# 「在效的在前，重的在前」 unless somebody chose another.
ORDERS: dict[str, tuple[Any, ...]] = {
    "": ("-in_force", "gravest", "-created_at", "-id"),
    "newest": ("-created_at", "-id"),
    "ending": (F("valid_until").asc(nulls_last=True), "-created_at", "-id"),
    "number": ("number",),
}


def expired_of(rows: Sequence[EarlyWarning]) -> list[EarlyWarning]:
    """Return those of these that are past their end and still in force."""
    now = database_now()
    return [row for row in rows if is_expired(row, now)]


def warnings_listed(
    user: Any,
    *,
    state: str = "",
    plan: str = "",
    search: str = "",
    level: str = "",
    validity: str = "",
    order: str = "",
) -> QuerySet[EarlyWarning]:
    """Return the list page's warnings: those in force first, the gravest at the top; with receipt counts.

    ``level`` is an ordinal, or «plan code:ordinal». An unknown order is the usual one.
    """
    gravest = Case(When(state__in=ACTIVE, then=F("level__ordinal")), default=Value(0))
    rows = _narrowed(warnings_visible_to(user), state=state, plan=plan, search=search, level=level, validity=validity)
    receipts = WarningAddressee.objects.filter(warning=OuterRef("pk")).order_by().values("warning")
    addressed = receipts.annotate(n=Count("pk")).values("n")
    confirmed = receipts.filter(confirmed_at__isnull=False).annotate(n=Count("pk")).values("n")
    rows = rows.annotate(
        in_force=Q(state__in=ACTIVE),
        gravest=gravest,
        addressed=Coalesce(Subquery(addressed), 0),
        confirmed=Coalesce(Subquery(confirmed), 0),
    )
    return rows.order_by(*ORDERS.get(order, ORDERS[""]))


def _narrowed(
    rows: QuerySet[EarlyWarning], *, state: str, plan: str, search: str, level: str, validity: str
) -> QuerySet[EarlyWarning]:
    if state == "active" or validity in VALIDITY:
        rows = rows.filter(state__in=ACTIVE)
    if state and state != "active":
        rows = rows.filter(state=state)
    if validity == "expired":
        rows = rows.filter(valid_until__lte=database_now())
    elif validity == "in_force":
        rows = rows.exclude(valid_until__lte=database_now())
    if plan:
        rows = rows.filter(plan_version__plan__code=plan)
    if level:
        code, _colon, ordinal = level.rpartition(":")
        rows = rows.filter(level__ordinal=int(ordinal) if ordinal.isdecimal() and len(ordinal) < 3 else -1)
        rows = rows.filter(plan_version__plan__code=code) if code else rows
    if search:
        words = Q(number__icontains=search) | Q(title__icontains=search) | Q(text__icontains=search)
        rows = rows.filter(words | Q(scope__icontains=search))
    return rows


VALIDITY = ("in_force", "expired")


def addressees_of(warning: EarlyWarning) -> QuerySet[WarningAddressee]:
    """Return the addressed units, those who have not confirmed first."""
    return (
        warning.addressees.select_related("unit")
        .prefetch_related("progress")
        .order_by(F("confirmed_at").asc(nulls_first=True), "unit__order", "unit__code")
    )


def addressee_of(warning: EarlyWarning, user: Any) -> WarningAddressee | None:
    """Return the row of the user's own unit, if it is addressed."""
    if not user.unit_id:
        return None
    return warning.addressees.select_related("unit").prefetch_related("progress").filter(unit_id=user.unit_id).first()


@dataclass(frozen=True)
class AddresseeRow:
    """One addressee for the table: its five rungs with their times, and the last thing it reported."""

    addressee: WarningAddressee
    rungs: list[dict[str, Any]]
    last: Any

    @property
    def late(self) -> bool:
        """Return whether nobody has confirmed."""
        return self.addressee.confirmed_at is None


def addressee_rows(addressees: Sequence[WarningAddressee]) -> list[AddresseeRow]:
    """Return the addressees as the table shows them."""
    rows = []
    for one in addressees:
        reports = list(one.progress.all())
        rows.append(AddresseeRow(one, _rungs(one), reports[-1] if reports else None))
    return rows


def _rungs(one: WarningAddressee) -> list[dict[str, Any]]:
    told = f"{one.confirmed_by} {one.confirmed_how}".strip()
    notes: dict[str, tuple[datetime | None, str]] = {
        Rung.SENT: (one.sent_at, ""),
        Rung.DELIVERED: (one.delivered_at, ""),
        Rung.CONFIRMED: (one.confirmed_at, told),
        Rung.LEADER_INFORMED: (one.leader_informed_at, one.leader_name),
        Rung.MEASURES_REPORTED: (one.measures_reported_at, ""),
    }
    return [{"rung": Rung(key), "at": at, "note": note} for key, (at, note) in notes.items()]


def denied_signatures(warning: EarlyWarning) -> QuerySet[Signature]:
    """Return the decisions given by phone that their holder denied afterwards."""
    return Signature.objects.filter(
        subject_type="warning", subject_id=warning.pk, countersign=CountersignState.DENIED
    ).select_related("signer")


def units_choosable(version: PlanVersion) -> list[tuple[str, list[Unit]]]:
    """Return the units a warning may be addressed to: members of the plan, townships, others."""
    units = list(units_in_use().exclude(kind__in=NO_ADDRESSEES))
    member_ids = set(Membership.objects.filter(version=version).values_list("unit_id", flat=True))
    members = [unit for unit in units if unit.pk in member_ids]
    rest = [unit for unit in units if unit.pk not in member_ids]
    townships = [unit for unit in rest if unit.kind == UnitKind.TOWNSHIP]
    others = [unit for unit in rest if unit.kind != UnitKind.TOWNSHIP]
    groups = [("成员单位", members), ("乡镇人民政府", townships), ("其他单位", others)]
    return [(label, rows) for label, rows in groups if rows]


def units_named(words: Sequence[str]) -> list[Unit]:
    """Return units by code, name, short name or alias; BadInput names the unknown ones. Doubles count once."""
    wanted = list(dict.fromkeys(word.strip() for word in words if word.strip()))
    rows = Unit.objects.exclude(kind__in=NO_ADDRESSEES).filter(
        Q(code__in=wanted) | Q(name__in=wanted) | Q(short_name__in=wanted) | Q(aliases__name__in=wanted)
    )
    known: dict[str, Unit] = {}
    for unit in rows.distinct().prefetch_related("aliases"):
        for word in (unit.short_name, *(alias.name for alias in unit.aliases.all()), unit.name, unit.code):
            known[word] = unit
    unknown = [word for word in wanted if word not in known]
    if unknown:
        text = f"没有这个单位，或不能作为预警通知单位：{'、'.join(word[:40] for word in unknown)}。"
        raise BadInput(text, fields={"units": [text]})
    return list({known[word].pk: known[word] for word in wanted}.values())


def level_named(version: PlanVersion, word: str) -> WarningLevel:
    """Return a warning level by ordinal, roman number, colour or name; BadInput otherwise."""
    word = str(word).strip()
    for level in version.warning_levels.all():
        names = {str(level.ordinal), level.roman, level.name, level.colour_name, level.colour} - {""}
        if word in names or word == f"{level.colour_name}预警":
            return level
    text = "没有这个预警级别（情形）。"
    raise BadInput(text, fields={"level": [text]})
