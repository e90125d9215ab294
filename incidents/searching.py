"""全文检索: how words are folded, cut and looked up; the same on PostgreSQL and SQLite.

pg_trgm is no help: a Chinese word has mostly two characters, one fewer than a trigram, and in some locales Chinese
counts as no letter at all. So texts are cut here, into letters and pairs of neighbouring letters, and the database
only keeps them: as a tsvector made without any parser (no locale has a say in it), or in SQLite's FTS5.
"""

from __future__ import annotations

import unicodedata
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Lookup

__all__ = ["HasTerms", "fold", "install", "terms_of"]

TABLE, FTS = "incidents_incidentsearch", "incidents_search_fts"
# A tsvector holds a megabyte: even if no two letters were alike, the pairs of so many fit in. What lies beyond is not
# searched; texts that reports repeat are kept once.
TEXT_LIMIT = 80_000
READ_LIMIT = 1_000_000


def fold(text: str) -> str:
    """Return the text as it is compared: full-width as half-width, small letters, only letters and figures."""
    plain = unicodedata.normalize("NFKC", text[:READ_LIMIT]).casefold()
    return " ".join("".join(letter if letter.isalnum() else " " for letter in plain).split())[:TEXT_LIMIT]


def terms_of(folded: str) -> set[str]:
    """Return every letter and every pair of neighbouring letters of a folded text."""
    found: set[str] = set()
    for run in folded.split():
        found.update(run)
        found.update(run[place : place + 2] for place in range(len(run) - 1))
    return found


def asked_terms(word: str) -> list[str]:
    """Return what a text that holds the word must have: its pairs, or its one letter."""
    return sorted({word[place : place + 2] for place in range(len(word) - 1)} or {word})


class HasTerms(Lookup):
    """``HasTerms(F("terms"), [...])``: the row has all these terms; along the index of the database in use."""

    lookup_name = "has_terms"
    prepare_rhs = False

    def get_db_prep_lookup(self, value: Any, connection: Any) -> Any:
        """Return the terms as they are; each database puts them together in its own way."""
        return "%s", value

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """Ask the generated tsvector. The terms are letters and figures only: nothing in them is an operator."""
        column, params = self.process_lhs(compiler, connection)
        vector = column.replace('"terms"', '"vector"')
        return f"{vector} @@ %s::tsquery", [*params, " & ".join(f"'{term}'" for term in self.rhs)]

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """Ask FTS5 by row."""
        column, params = self.process_lhs(compiler, connection)
        key = column.replace('"terms"', '"incident_id"')
        found = f"SELECT rowid FROM {FTS} WHERE {FTS} MATCH %s"  # noqa: S608
        return f"{key} IN ({found})", [*params, " ".join(f'"{term}"' for term in self.rhs)]


_POSTGRES = (
    f"ALTER TABLE {TABLE} ADD COLUMN IF NOT EXISTS vector tsvector "
    "GENERATED ALWAYS AS (array_to_tsvector(string_to_array(terms, ' '))) STORED",
    f"CREATE INDEX IF NOT EXISTS incidents_search_vector ON {TABLE} USING gin (vector)",
)
_GONE = f"INSERT INTO {FTS}({FTS}, rowid, terms) VALUES ('delete', old.incident_id, old.terms)"  # noqa: S608
_COME = f"INSERT INTO {FTS}(rowid, terms) VALUES (new.incident_id, new.terms)"  # noqa: S608
_SQLITE = (
    f"CREATE VIRTUAL TABLE IF NOT EXISTS {FTS} USING fts5("
    f"terms, content='{TABLE}', content_rowid='incident_id', detail=none, tokenize='unicode61 remove_diacritics 0')",
    f"CREATE TRIGGER IF NOT EXISTS {FTS}_insert AFTER INSERT ON {TABLE} BEGIN {_COME}; END",
    f"CREATE TRIGGER IF NOT EXISTS {FTS}_delete AFTER DELETE ON {TABLE} BEGIN {_GONE}; END",
    f"CREATE TRIGGER IF NOT EXISTS {FTS}_update AFTER UPDATE ON {TABLE} BEGIN {_GONE}; {_COME}; END",
)


def install(using: str = DEFAULT_DB_ALIAS) -> bool:
    """Install the index; safe to run again. Return whether the table is there at all."""
    connection = connections[using]
    if TABLE not in connection.introspection.table_names():
        return False
    with connection.cursor() as cursor:
        for statement in _POSTGRES if connection.vendor == "postgresql" else _SQLITE:
            cursor.execute(statement)
    return True
