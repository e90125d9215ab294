"""Cases that may be the same event as the one being taken down (「非预案规定」)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet

from incidents.models import Incident
from incidents.selectors.cases import incidents_visible_to
from yangcheng_ec.clock import database_now

__all__ = ["Alike", "Probe", "alike_hours", "alike_of_case", "incidents_like"]

# More rows than a night brings; what differs in category or networks is sorted out of these.
ROWS_LOOKED_AT = 60
SHOWN = 5
CODE_NAME = ("code", "name", "short_name")


@dataclass(frozen=True, kw_only=True)
class Probe:
    """What is known of the new event: units, township and category by code or name, networks by name."""

    units: tuple[str, ...] = ()
    unit_texts: tuple[str, ...] = ()
    township: str = ""
    category: str = ""
    networks: tuple[str, ...] = ()
    received_at: datetime | None = None
    drill: bool = False

    @property
    def has_place(self) -> bool:
        """Return whether there is anything to look for."""
        return bool(self.units or self.unit_texts or self.township)


@dataclass(frozen=True)
class Alike:
    """One case that may be the same event, and why it is offered."""

    incident: Incident
    reasons: list[str] = field(default_factory=list)


def alike_hours() -> int:
    """Return how near in time two cases must have come in to be offered as one event (a local rule)."""
    return int(settings.INTAKE_ALIKE_HOURS)


def incidents_like(
    user: Any, probe: Probe, *, leave_out: Sequence[str] = (), among: QuerySet[Incident] | None = None
) -> list[Alike]:
    """Return visible cases of the same unit or township, of a category or networks that do not differ, near in time.

    A case whose category or networks are not known yet does not differ. One statement, along the index of times;
    ``among`` replaces what the user sees (a monitoring system: its own unit's cases).
    """
    if not probe.has_place:
        return []
    near, span = probe.received_at or database_now(), timedelta(hours=alike_hours())
    rows = incidents_visible_to(user) if among is None else among
    rows = rows.filter(_same_place(probe), received_at__range=(near - span, near + span), drill=probe.drill)
    related = ("plan_version__plan", "category", "incident_unit", "reporting_unit", "township")
    found = rows.exclude(number__in=list(leave_out)).select_related(*related).order_by("-received_at", "-id")
    alike = [Alike(row, _reasons(row, probe)) for row in found[:ROWS_LOOKED_AT] if not _differs(row, probe)]
    return alike[:SHOWN]


def alike_of_case(user: Any, incident: Incident, *, leave_out: Sequence[str] = ()) -> list[Alike]:
    """Return the cases that may be the same event as one just filed; a service sees those of its own unit."""
    units = [unit.code for unit in (incident.incident_unit, incident.reporting_unit) if unit is not None]
    texts = [text for text in (incident.incident_unit_text, incident.reporting_unit_text) if text]
    probe = Probe(
        units=tuple(units), unit_texts=tuple(texts), drill=incident.drill, received_at=incident.received_at,
        township=incident.township.code if incident.township else "",
        category=incident.category.code if incident.category else "",
        networks=tuple(incident.facts.get("networks") or ()),
    )  # fmt: skip
    among = None
    if user.service is not None:
        own = user.service.unit
        among = Incident.objects.filter(Q(reporting_unit=own) | Q(incident_unit=own))
    return incidents_like(user, probe, leave_out=leave_out, among=among)


def _same_place(probe: Probe) -> Q:
    wanted = Q(pk__in=[])
    for side in ("incident_unit", "reporting_unit") if probe.units else ():
        for name in CODE_NAME:
            wanted |= Q(**{f"{side}__{name}__in": probe.units})
    if probe.unit_texts:
        wanted |= Q(incident_unit_text__in=probe.unit_texts) | Q(reporting_unit_text__in=probe.unit_texts)
    if probe.township:
        wanted |= Q(township__code=probe.township) | Q(township__name=probe.township)
    return wanted


def _differs(row: Incident, probe: Probe) -> bool:
    """Return whether category or networks are known on both sides and are not the same."""
    if probe.category and row.category and probe.category not in (row.category.code, row.category.name):
        return True
    known = set(row.facts.get("networks") or ())
    return bool(probe.networks and known and not known & set(probe.networks))


def _reasons(row: Incident, probe: Probe) -> list[str]:
    """Return in words what is the same."""
    reasons = []
    for label, unit in (("事发单位", row.incident_unit), ("报告单位", row.reporting_unit)):
        if unit is not None and {unit.code, unit.name, unit.short_name} & set(probe.units):
            reasons.append(f"{label}：{unit.name}")
    texts = {row.incident_unit_text, row.reporting_unit_text} & set(probe.unit_texts)
    reasons += [f"单位：{text}" for text in sorted(texts)]
    if row.township is not None and probe.township in (row.township.code, row.township.name):
        reasons.append(f"乡镇：{row.township.name}")
    if probe.category and row.category:
        reasons.append(f"分类：{row.category.name}")
    both = sorted(set(row.facts.get("networks") or ()) & set(probe.networks))
    return [*reasons, *(f"网络：{name}" for name in both)]
