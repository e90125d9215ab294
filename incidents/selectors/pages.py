"""Long lists in two steps: the page's ids first, over narrow rows; then those rows with all they show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count, Q, QuerySet

from incidents.models import Incident

__all__ = ["CaseList"]


class CaseList(Sequence[Incident]):
    """An ordered list of cases that pages cheaply: tier after tier, each walked along its index.

    ``tiers`` are disjoint conditions that together hold for every row; the first tier comes first. Nothing is sorted
    as a whole, and a tier beyond the page is not read. Fit for Django's Paginator: it can be counted and sliced.
    """

    ordered = True

    def __init__(
        self, rows: QuerySet[Incident], whole: QuerySet[Incident], *, order: Sequence[str], tiers: Sequence[Q] = (Q(),)
    ) -> None:
        self.rows, self.whole, self.order, self.tiers = rows.order_by(), whole, order, tiers
        self._count: int | None = None

    def __len__(self) -> int:
        if self._count is None:
            self._count = self.rows.count()
        return self._count

    def __iter__(self) -> Iterator[Incident]:
        rows: list[Incident] = self[:]
        return iter(rows)

    def __getitem__(self, part: Any) -> Any:
        if not isinstance(part, slice):
            return self[part : part + 1][0]
        start, stop, _step = part.indices(len(self))
        ids = self._ids(start, stop)
        found = self.whole.in_bulk(ids)
        return [found[pk] for pk in ids if pk in found]

    def chunks(self, limit: int, *, size: int = 500) -> Iterator[list[Incident]]:
        """Yield the first ``limit`` rows a few hundred at a time: the order is read once, the rows as they are sent."""
        ids = self._ids(0, limit)
        for begin in range(0, len(ids), size):
            found = self.whole.in_bulk(ids[begin : begin + size])
            yield [found[pk] for pk in ids[begin : begin + size] if pk in found]

    def _ids(self, start: int, stop: int) -> list[int]:
        """Return the ids at these places, reading only the tiers they lie in."""
        ids: list[int] = []
        lengths = self._lengths() if start and len(self.tiers) > 1 else None
        for place, tier in enumerate(self.tiers):
            if stop - start <= len(ids):
                break
            if lengths and not ids and lengths[place] <= start:
                start, stop = start - lengths[place], stop - lengths[place]
                continue
            begin, end = (0, stop - start - len(ids)) if ids else (start, stop)
            ids += self.rows.filter(tier).order_by(*self.order).values_list("pk", flat=True)[begin:end]
        return ids

    def _lengths(self) -> list[int]:
        """Count every tier in one statement that reads no row of the last and longest: that one has what is left."""
        first = self.tiers[:-1]
        counts = {f"tier_{place}": Count("pk", filter=tier) for place, tier in enumerate(first)}
        found = list(self.rows.filter(reduce(or_, first)).aggregate(**counts).values())
        return [*found, len(self) - sum(found)]
