"""全文检索 over the cases a person may see."""

from __future__ import annotations

import re

from django.db.models import F, Q, QuerySet

from incidents.models import Incident, IncidentSearch
from incidents.searching import HasTerms, asked_terms, fold

__all__ = ["FOUND_LIMIT", "found_ids", "is_number"]

# No more than so many are looked through: who finds more narrows the search (「非预案规定」).
FOUND_LIMIT = 1000
_NUMBER = re.compile(r"^[A-Za-z]{2}-[Dd]?\d*(-\d*)?$")


def is_number(text: str) -> bool:
    """Return whether a case's number is looked for, or how it begins."""
    return bool(_NUMBER.match(text))


def found_ids(rows: QuerySet[Incident], text: str) -> list[int]:
    """Return which of these cases hold every word, the newest first, at most ``FOUND_LIMIT``; one statement.

    A word may be a single character. Words are found inside others: 数据 in 县数据中心.
    """
    if is_number(text):
        rows = rows.filter(number__startswith=text.upper())
    elif words := fold(text).split():
        rows = rows.filter(pk__in=_holding(words).values("pk"))
    else:
        return []
    return list(rows.order_by("-received_at", "-id").values_list("pk", flat=True)[:FOUND_LIMIT])


def _holding(words: list[str]) -> QuerySet[IncidentSearch]:
    """Return the rows with all terms of all words; a word of three letters or more must also stand there as a whole."""
    terms = sorted({term for word in words for term in asked_terms(word)})
    whole = Q()
    for word in words:
        whole &= Q(text__contains=word) if len(word) > 2 else Q()
    return IncidentSearch.objects.filter(HasTerms(F("terms"), terms), whole)
