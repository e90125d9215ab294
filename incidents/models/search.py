"""全文检索: a row of searchable words beside each case, kept in the same transaction as what it is made from."""

from django.db import models

from incidents.models.cases import Incident

__all__ = ["IncidentSearch"]


class IncidentSearch(models.Model):
    """What a case is found by (``incidents.searching``). ``text`` is folded; ``terms`` its letters and letter pairs.

    The index over ``terms`` differs by database and is installed after every migrate: on PostgreSQL a generated
    tsvector with a GIN index, on SQLite an FTS5 table.
    """

    incident = models.OneToOneField(Incident, on_delete=models.CASCADE, primary_key=True, related_name="words")
    text = models.TextField()
    terms = models.TextField()

    def __str__(self) -> str:
        return f"{self.incident_id}"
