"""Bringing rows in line with a fixture: create, update in place, remove only what nothing refers to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.db.models.deletion import Collector, ProtectedError, RestrictedError

from directory import models as rows
from directory.loading.source import Entry, FixtureError

__all__ = ["Changes", "Wanted", "sync"]

# What a fixture owns: removing one of these may take its own children along, but nothing else.
_OWNED = {
    rows.ActRule, rows.Category, rows.Clause, rows.Criterion, rows.Grade, rows.GroupMember, rows.LadderRung,
    rows.Measure, rows.MeasureActor, rows.Membership, rows.Post, rows.ReportingAddressee, rows.ReportingRule,
    rows.ReportingRule.owed_by_units.through, rows.ResponseCondition, rows.ResponseLevel, rows.SubCategory,
    rows.Unit, rows.UnitAlias, rows.WarningLevel, rows.WorkGroup,
}  # fmt: skip


@dataclass
class Changes:
    """What a load changed, row by row, in words: ``created``, ``updated``, ``removed``."""

    lines: list[str] = field(default_factory=list)
    vanished: list[models.Model] = field(default_factory=list)

    def add(self, verb: str, row: models.Model, detail: str = "") -> None:
        """Note one change."""
        self.lines.append(f"{verb} {row._meta.model_name} {row}{f'（{detail}）' if detail else ''}")

    def remove_vanished(self) -> None:
        """Remove what the fixtures no longer hold, children first. Raises FixtureError for a row still in use."""
        for row in reversed(self.vanished):
            users = _referring(row)
            if users:
                raise FixtureError(
                    f"「{row}」（{row._meta.verbose_name}）在文件中已没有，但仍被使用：{'、'.join(users)}。"
                    "请保留该条目，或作为预案的新版本另建文件。"
                )
            self.add("删除", row)
            row.delete()
        self.vanished.clear()


@dataclass(frozen=True)
class Wanted:
    """A row as the fixture wants it, with the entry it comes from."""

    entry: Entry
    values: dict[str, Any]


def sync(
    queryset: models.QuerySet[Any],
    key: str | Sequence[str],
    wanted: Iterable[Wanted],
    changes: Changes,
    *,
    parent: dict[str, Any] | None = None,
) -> list[Any]:
    """Make the queryset's rows equal the wanted ones, matched by ``key``; return them in the wanted order.

    ``parent`` are the values every new row gets. Raises FixtureError for a key written twice, a value a field
    cannot hold. Rows the fixture no longer holds wait in ``changes.vanished`` until the whole load is through.
    """
    keys = [key] if isinstance(key, str) else list(key)
    wishes = list(wanted)
    existing = {tuple(getattr(row, name) for name in keys): row for row in queryset}
    new, found, seen = [], [], set()
    for wish in wishes:
        natural = tuple(wish.values[name] for name in keys)
        if natural in seen:
            wish.entry.fail(keys[0], f"重复：{'、'.join(map(str, natural))}")
        seen.add(natural)
        _check(queryset.model, wish)
        row = existing.get(natural)
        if row is None:
            row = queryset.model(**(parent or {}), **wish.values)
            new.append(row)
        else:
            _update(row, wish.values, changes)
        found.append(row)
    changes.vanished += [row for natural, row in existing.items() if natural not in seen]
    queryset.model._base_manager.bulk_create(new)
    for row in new:
        changes.add("新增", row)
    return found


def _check(model: type[models.Model], wish: Wanted) -> None:
    for name, value in wish.values.items():
        column = model._meta.get_field(name.removesuffix("_id"))
        limit = getattr(column, "max_length", None)
        if limit and isinstance(value, str) and len(value) > limit:
            wish.entry.fail(name, f"最多 {limit} 字，现有 {len(value)} 字")


def _update(row: models.Model, values: dict[str, Any], changes: Changes) -> None:
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    if not changed:
        return
    for name in changed:
        setattr(row, name, values[name])
    row.save(update_fields=changed)
    changes.add("更新", row, "、".join(changed))


def _referring(row: models.Model) -> list[str]:
    """Return the names of whatever outside the fixture refers to the row or what it would take along."""
    collector = Collector(using=row._state.db or "default", origin=row)
    try:
        collector.collect([row])
    except (ProtectedError, RestrictedError) as error:
        blockers: set[models.Model] = getattr(error, "protected_objects", set())
        blockers = blockers or getattr(error, "restricted_objects", set())
        return sorted({str(item._meta.verbose_name) for item in blockers})
    taken = set(collector.data) | {part.model for part in collector.fast_deletes if part.exists()}
    unset: set[Any] = {column.model for column, _ in collector.field_updates}
    return sorted(str(model._meta.verbose_name) for model in (taken - _OWNED) | unset)
