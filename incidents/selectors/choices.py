"""What filters may be set to: plans, grades and categories in force, units."""

from __future__ import annotations

from typing import Any

from django.db.models import F, IntegerField, QuerySet, Value

from directory.choices import UnitKind
from directory.models import Category, Grade, Plan, Unit

__all__ = ["filter_choices", "unit_groups"]

Pairs = list[tuple[str, str]]


def filter_choices() -> dict[str, Pairs]:
    """Return ``plans``, ``grades``, ``categories`` and each kind of unit, all as (code, name); one statement."""
    found: dict[str, Pairs] = {name: [] for name in ("plans", "grades", "categories", *UnitKind.values)}
    rows = _rows(Value("plans"), Plan.objects.order_by(), "id", "short_name").union(
        _rows(Value("grades"), Grade.objects.order_by().filter(version__in_force=True), "number", "name"),
        _rows(Value("categories"), Category.objects.order_by().filter(version__in_force=True), "number", "name"),
        _rows(F("kind"), Unit.objects.order_by(), "order", "name"),
    )
    for group, _place, code, name in sorted(rows):
        found[group].append((code, name))
    return found


def unit_groups(choices: dict[str, Pairs]) -> list[tuple[str, Pairs]]:
    """Return the units grouped by kind, under its label."""
    return [(str(kind.label), choices[kind]) for kind in UnitKind if choices[kind]]


def _rows(group: Any, rows: QuerySet[Any], place: str, name: str) -> Any:
    placed = rows.annotate(group_of=group, place=F(place) + Value(0, IntegerField()))
    return placed.values_list("group_of", "place", "code", name)
