"""Database triggers that make the record append-only on PostgreSQL and SQLite.

Installed idempotently after every migrate (a migration that rebuilds the table drops SQLite's),
checked at start, dropped only by the test runner to flush.
"""

from __future__ import annotations

from django.db import DEFAULT_DB_ALIAS, connections

__all__ = ["drop", "install", "installed"]

TABLE = "record_recordentry"

_POSTGRES = f"""
CREATE OR REPLACE FUNCTION record_append_only() RETURNS trigger AS $$
BEGIN
  RAISE EXCEPTION 'the record is append-only: % refused', TG_OP USING ERRCODE = 'integrity_constraint_violation';
END $$ LANGUAGE plpgsql;
DROP TRIGGER IF EXISTS record_no_change ON {TABLE};
CREATE TRIGGER record_no_change BEFORE UPDATE OR DELETE ON {TABLE}
  FOR EACH ROW EXECUTE FUNCTION record_append_only();
DROP TRIGGER IF EXISTS record_no_truncate ON {TABLE};
CREATE TRIGGER record_no_truncate BEFORE TRUNCATE ON {TABLE}
  FOR EACH STATEMENT EXECUTE FUNCTION record_append_only();
"""
_POSTGRES_DROP = f"""
DROP TRIGGER IF EXISTS record_no_change ON {TABLE};
DROP TRIGGER IF EXISTS record_no_truncate ON {TABLE};
"""
_SQLITE = [
    f"CREATE TRIGGER IF NOT EXISTS record_no_update BEFORE UPDATE ON {TABLE} "
    "BEGIN SELECT RAISE(ABORT, 'the record is append-only: UPDATE refused'); END",
    f"CREATE TRIGGER IF NOT EXISTS record_no_delete BEFORE DELETE ON {TABLE} "
    "BEGIN SELECT RAISE(ABORT, 'the record is append-only: DELETE refused'); END",
]
_SQLITE_DROP = ["DROP TRIGGER IF EXISTS record_no_update", "DROP TRIGGER IF EXISTS record_no_delete"]


def install(using: str = DEFAULT_DB_ALIAS) -> None:
    """Install the triggers; safe to run again."""
    _run(using, [_POSTGRES], _SQLITE)


def drop(using: str = DEFAULT_DB_ALIAS) -> None:
    """Drop the triggers: for the test runner's flush only."""
    _run(using, [_POSTGRES_DROP], _SQLITE_DROP)


def installed(using: str = DEFAULT_DB_ALIAS) -> bool:
    """Return whether both triggers stand."""
    connection = connections[using]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT count(*) FROM pg_trigger WHERE tgname IN ('record_no_change', 'record_no_truncate')")
        else:
            cursor.execute(
                "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' "
                "AND name IN ('record_no_update', 'record_no_delete')"
            )
        return cursor.fetchone()[0] == 2


def _run(using: str, postgres: list[str], sqlite: list[str]) -> None:
    connection = connections[using]
    if TABLE not in connection.introspection.table_names():
        return
    with connection.cursor() as cursor:
        for statement in postgres if connection.vendor == "postgresql" else sqlite:
            cursor.execute(statement)
