"""Whom a report may go to, by which body it is received, and on which number that is reached."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q

from directory.choices import UnitKind
from directory.models import Unit
from directory.selectors.numbers import dialled, numbers_by_unit
from incidents.models import Incident, Report
from incidents.rules import INCIDENT_PLACE, OFFICE, Addressee

__all__ = ["Callee", "addressee_bodies", "callees_of", "callees_of_report"]

# 「县委」 is reached through 县委办公室, 「县政府」 through 县政府办公室: the directory's unit of that name.
OFFICE_WORD = "办公室"
COMPETENT = "主管部门"


def addressee_bodies(known: Iterable[Addressee]) -> dict[str, list[Unit]]:
    """Return the bodies of the directory that receive for an addressee, by code, with two statements.

    For an authority (县委、县政府) its office; for superiors whom the clause does not name (上级有关部门) those of the
    directory; for a 主管部门 the superior that the directory gives this name as an alias. 「非预案规定」: the clauses
    name no body.
    """
    items = [item for item in known if item.code not in (OFFICE, INCIDENT_PLACE)]
    names = {f"{item.unit.short_name}{OFFICE_WORD}" for item in items if item.unit is not None}
    rows = Unit.objects.filter(Q(kind=UnitKind.SUPERIOR) | Q(name__in=names)).prefetch_related("aliases")
    found = list(rows.order_by("order", "code"))
    return {item.code: [row for row in found if _receives(row, item)] for item in items}


def _receives(row: Unit, item: Addressee) -> bool:
    if item.unit is not None:
        return row.name == f"{item.unit.short_name}{OFFICE_WORD}"
    if COMPETENT in item.label:
        return item.label in {alias.name for alias in row.aliases.all()}
    return row.kind == UnitKind.SUPERIOR


@dataclass(frozen=True)
class Callee:
    """Who is called, for which addressees, and the numbers the directory has; none: the page says so."""

    label: str
    numbers: list[str]
    receives: str = ""


def callees_of(incident: Incident, known: Sequence[Addressee]) -> list[Callee]:
    """Return whom to call for the addressees, each body once, the county's first; three statements."""
    bodies = addressee_bodies(known)
    wanted: dict[str, tuple[Unit | None, list[str]]] = {}
    for item in sorted(known, key=lambda one: one.unit is None and one.code != OFFICE):
        own = incident.plan_version.office_unit if item.code == OFFICE else item.unit
        receiving: Sequence[Unit | None] = bodies.get(item.code) or [own]
        for row in receiving:
            wanted.setdefault(row.name if row else item.label, (row, []))[1].append(item.label)
    numbers = numbers_by_unit({row.pk for row, _ in wanted.values() if row}, incident.plan_version_id)
    return [
        Callee(name, dialled(numbers.get(row.pk, [])) if row else [], "、".join(labels) if row else "")
        for name, (row, labels) in wanted.items()
    ]


def callees_of_report(report: Report) -> list[Callee]:
    """Return whom to call for a report's addressees: the body named, else those that receive; four statements."""
    rows = report.addressees.select_related("unit")
    return callees_of(report.incident, [Addressee(row.code, row.label, row.unit) for row in rows])
