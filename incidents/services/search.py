"""What a case is found by: written in the same transaction as the case and its reports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections

from incidents.models import Incident, IncidentSearch, Report
from incidents.searching import fold, terms_of

__all__ = ["search_backfill", "search_refresh"]

RELATED = ("incident_unit", "reporting_unit", "township", "category", "subcategory", "grade")
UNITS = ("township", "incident_unit", "reporting_unit")
TEXTS = (
    "title", "location", "incident_unit_text", "reporting_unit_text", "source", "description", "measures_taken",
    "consequence_estimate", "suggestions", "loss_estimate", "impact_scope", "trend", "referral_to", "triage_note",
    "closing_note",
)  # fmt: skip
BATCH = 500


def search_refresh(incident: Incident, *, reports: Iterable[Report] | None = None) -> None:
    """Write anew what a case is found by. ``reports`` spares reading them where the caller knows them all."""
    if reports is None:
        reports = Report.objects.filter(incident=incident).only("body", "content")
    _write([_row(incident, reports)])


def search_backfill(*, everything: bool = False, using: str = DEFAULT_DB_ALIAS) -> int:
    """Write the rows that are missing, or all of them; return how many. Safe to run at any time, and again."""
    rows = Incident.objects.using(using).order_by("pk")
    rows = rows if everything else rows.filter(words__isnull=True)
    ids, done = list(rows.values_list("pk", flat=True)), 0
    for begin in range(0, len(ids), BATCH):
        found = Incident.objects.using(using).select_related(*RELATED).prefetch_related("reports")
        made = [_row(row, row.reports.all()) for row in found.filter(pk__in=ids[begin : begin + BATCH])]
        _write(made, using=using)
        done += len(made)
    return done


def search_ready(using: str = DEFAULT_DB_ALIAS) -> bool:
    """Return whether the table of cases has every column of the model: not so halfway through migrations."""
    connection = connections[using]
    with connection.cursor() as cursor:
        table = connection.introspection.get_table_description(cursor, Incident._meta.db_table)
    return {field.column for field in Incident._meta.concrete_fields} <= {column.name for column in table}


def _write(rows: list[IncidentSearch], *, using: str = DEFAULT_DB_ALIAS) -> None:
    IncidentSearch.objects.using(using).bulk_create(
        rows, update_conflicts=True, unique_fields=["incident"], update_fields=["text", "terms"]
    )


def _row(incident: Incident, reports: Iterable[Report]) -> IncidentSearch:
    text = fold("\n".join(dict.fromkeys(part for part in _parts(incident, reports) if part)))
    return IncidentSearch(incident_id=incident.pk, text=text, terms=" ".join(sorted(terms_of(text))))


def _parts(incident: Incident, reports: Iterable[Report]) -> Iterator[str]:
    """Yield everything a case is found by; of a secret one (涉密) nothing but its number and its neutral name."""
    yield incident.number
    yield incident.title
    if incident.secret:
        return
    for name in UNITS:
        unit = getattr(incident, name)
        yield f"{unit.name}\n{unit.short_name}" if unit else ""
    for row in (incident.category, incident.subcategory):
        yield str(row or "")
    for name in TEXTS:
        yield getattr(incident, name)
    yield from _words(incident.facts)
    for report in reports:
        yield report.body
        yield from _words(report.content)


def _words(value: Any) -> Iterator[str]:
    """Yield every text inside a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _words(item)
