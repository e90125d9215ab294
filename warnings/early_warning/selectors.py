"""Reading warnings: always scoped to the user."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Value, When

from directory.audience import unit_recipients
from directory.choices import CountersignState, UnitKind
from directory.models import Membership, PlanVersion, Signature, Unit, WarningLevel
from directory.selectors.units import units_in_use
from early_warning.choices import ACTIVE, Rung
from early_warning.models import EarlyWarning, EarlyWarningGroupObjectPermission, WarningAddressee
from yangcheng_ec.deadlines.registry import Recipient
from yangcheng_ec.errors import BadInput, NotVisible
from yangcheng_ec.permissions import Page, may_open

__all__ = [
    "AddresseeRow",
    "PreviewRow",
    "active_warnings",
    "addressee_of",
    "addressee_rows",
    "addressees_of",
    "denied_signatures",
    "level_named",
    "publish_preview",
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
        .select_related("previous", "next", "proposed_by", "published_by", "created_by", "plan_version__office_unit")
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


def warnings_listed(user: Any, *, state: str = "", plan: str = "", search: str = "") -> QuerySet[EarlyWarning]:
    """Return the list page's warnings: active ones first, then what waits, then the newest; with receipt counts."""
    rows = warnings_visible_to(user).annotate(
        in_force=Q(state__in=ACTIVE),
        addressed=Count("addressees"),
        confirmed=Count("addressees", filter=Q(addressees__confirmed_at__isnull=False)),
    )
    if state == "active":
        rows = rows.filter(state__in=ACTIVE)
    elif state:
        rows = rows.filter(state=state)
    if plan:
        rows = rows.filter(plan_version__plan__code=plan)
    if search:
        rows = rows.filter(Q(number__icontains=search) | Q(title__icontains=search))
    gravest = Case(When(state__in=ACTIVE, then=F("level__ordinal")), default=Value(0))
    return rows.order_by("-in_force", gravest, "-created_at", "-id")


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


@dataclass(frozen=True)
class PreviewRow:
    """Who would get the warning at a unit, and how; ``unreachable`` when there is no channel at all."""

    unit: Unit
    recipients: list[Recipient]

    @property
    def channels(self) -> list[str]:
        """Return the channels in words: inbox, e-mail, telephone."""
        found = []
        for one in self.recipients:
            ways = [
                ("系统收件箱", bool(one.user_id)),
                (f"邮件 {one.email}", bool(one.email)),
                (f"电话 {one.phone}", bool(one.phone)),
            ]
            words = "、".join(text for text, has in ways if has) or "没有任何渠道"
            found.append(f"{one.label}：{words}")
        return found

    @property
    def unreachable(self) -> bool:
        """Return whether nobody at the unit can be reached by any channel."""
        return not any(one.user_id or one.email or one.phone for one in self.recipients)

    @property
    def without_phone(self) -> bool:
        """Return whether no recipient has a telephone number."""
        return not any(one.phone for one in self.recipients)


def publish_preview(warning: EarlyWarning, units: Sequence[Unit]) -> list[PreviewRow]:
    """Return, before signing, who will get the warning through which channel; units without any channel first."""
    found = unit_recipients(units, warning.plan_version_id)
    rows = [PreviewRow(unit, found.get(unit.pk, [])) for unit in units]
    return sorted(rows, key=lambda row: not row.unreachable)


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
