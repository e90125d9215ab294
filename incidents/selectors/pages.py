"""Long lists in two steps: the page's ids first, over narrow rows; then those rows with all they show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import QuerySet

from incidents.models import Incident

__all__ = ["CaseList"]


class CaseList(Sequence[Incident]):
    """An ordered list of cases that pages cheaply: at 10,000 cases only the page's own rows are joined.

    Fit for Django's Paginator: it can be counted and sliced.
    """

    ordered = True

    def __init__(self, rows: QuerySet[Incident], whole: QuerySet[Incident]) -> None:
        self.rows, self.whole = rows, whole

    def __len__(self) -> int:
        return self.rows.order_by().count()

    def __iter__(self) -> Iterator[Incident]:
        rows: list[Incident] = self[:]
        return iter(rows)

    def __getitem__(self, part: Any) -> Any:
        if not isinstance(part, slice):
            return self[part : part + 1][0]
        ids = list(self.rows.values_list("pk", flat=True)[part])
        found = self.whole.in_bulk(ids)
        return [found[pk] for pk in ids]
