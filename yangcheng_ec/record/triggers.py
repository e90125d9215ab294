"""Database triggers that make tables append-only on PostgreSQL and SQLite: the record, and what upper floors add.

Installed idempotently after every migrate (a migration that rebuilds a table drops SQLite's),
checked at start, dropped only by the test runner to flush.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import DEFAULT_DB_ALIAS, connections

__all__ = ["Guarded", "drop", "guard", "install", "installed", "missing"]


@dataclass(frozen=True)
class Guarded:
    """A table only ever added to. ``prefix`` names its triggers, ``called`` stands in the refusal."""

    table: str
    prefix: str
    called: str

    @property
    def postgres_names(self) -> tuple[str, str]:
        """Return the names of its triggers on PostgreSQL."""
        return f"{self.prefix}_no_change", f"{self.prefix}_no_truncate"

    @property
    def sqlite_names(self) -> tuple[str, str]:
        """Return the names of its triggers on SQLite."""
        return f"{self.prefix}_no_update", f"{self.prefix}_no_delete"


_guarded: list[Guarded] = [Guarded("record_recordentry", "record", "the record")]

_FUNCTION = """
CREATE OR REPLACE FUNCTION record_append_only() RETURNS trigger AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: % refused', TG_ARGV[0], TG_OP USING ERRCODE = 'integrity_constraint_violation';
END $$ LANGUAGE plpgsql
"""


def guard(one: Guarded) -> None:
    """Register a table of an upper floor: its triggers stand from the next migrate on."""
    if one not in _guarded:
        _guarded.append(one)


def install(using: str = DEFAULT_DB_ALIAS) -> None:
    """Install the triggers; safe to run again."""
    postgres = connections[using].vendor == "postgresql"
    found = _present(using)
    statements = [_FUNCTION] if postgres and found else []
    for one in found:
        statements += [*_postgres_drop(one), *_postgres(one)] if postgres else _sqlite(one)
    _run(using, statements)


def drop(using: str = DEFAULT_DB_ALIAS) -> None:
    """Drop the triggers: for the test runner's flush only."""
    postgres = connections[using].vendor == "postgresql"
    found = _present(using)
    _run(using, [line for one in found for line in (_postgres_drop(one) if postgres else _sqlite_drop(one))])


def installed(using: str = DEFAULT_DB_ALIAS) -> bool:
    """Return whether every guarded table is there with both its triggers."""
    return len(_present(using)) == len(_guarded) and not missing(using)


def missing(using: str = DEFAULT_DB_ALIAS) -> list[str]:
    """Return the guarded tables that stand without their triggers; none before the first migrate."""
    postgres = connections[using].vendor == "postgresql"
    ask = "SELECT tgname FROM pg_trigger" if postgres else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    with connections[using].cursor() as cursor:
        cursor.execute(ask)
        known = {name for (name,) in cursor.fetchall()}
    return [
        one.table for one in _present(using) if set(one.postgres_names if postgres else one.sqlite_names) - known
    ]  # fmt: skip


def _postgres(one: Guarded) -> list[str]:
    change, truncate = one.postgres_names
    refuse = f"EXECUTE FUNCTION record_append_only('{one.called}')"
    return [
        f"CREATE TRIGGER {change} BEFORE UPDATE OR DELETE ON {one.table} FOR EACH ROW {refuse}",
        f"CREATE TRIGGER {truncate} BEFORE TRUNCATE ON {one.table} FOR EACH STATEMENT {refuse}",
    ]


def _postgres_drop(one: Guarded) -> list[str]:
    return [f"DROP TRIGGER IF EXISTS {name} ON {one.table}" for name in one.postgres_names]


def _sqlite(one: Guarded) -> list[str]:
    return [
        f"CREATE TRIGGER IF NOT EXISTS {name} BEFORE {verb} ON {one.table} "
        f"BEGIN SELECT RAISE(ABORT, '{one.called} is append-only: {verb} refused'); END"
        for name, verb in zip(one.sqlite_names, ("UPDATE", "DELETE"), strict=True)
    ]


def _sqlite_drop(one: Guarded) -> list[str]:
    return [f"DROP TRIGGER IF EXISTS {name}" for name in one.sqlite_names]


def _present(using: str) -> list[Guarded]:
    tables = set(connections[using].introspection.table_names())
    return [one for one in _guarded if one.table in tables]


def _run(using: str, statements: Iterable[str]) -> None:
    with connections[using].cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
