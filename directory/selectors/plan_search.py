"""Searching inside a plan: every clause and row as a passage, hits with the words found."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from directory.selectors.plans import PlanReading

__all__ = ["Hit", "Part", "marked", "search", "terms_of"]

AROUND = 40
SNIPPETS = 3


@dataclass(frozen=True)
class Part:
    """A piece of a text; ``hit`` when it is a word that was searched for."""

    text: str
    hit: bool


@dataclass(frozen=True)
class Hit:
    """A passage with all words: where it stands and what it says around them."""

    anchor: str
    where: list[Part]
    snippets: list[list[Part]]


@dataclass(frozen=True)
class _Passage:
    anchor: str
    where: str
    texts: Sequence[str]


def terms_of(query: str) -> list[str]:
    """Return the words of a query, folded (全角 = 半角, Ⅱ = II, case does not matter), each once."""
    return list(dict.fromkeys(fold(query)[0].split()))


def fold(text: str) -> tuple[str, list[int]]:
    """Return the folded text, and for each of its letters the place it has in the original."""
    letters, places = [], []
    for place, letter in enumerate(text):
        plain = unicodedata.normalize("NFKC", letter).casefold()
        letters.append(plain)
        places.extend([place] * len(plain))
    return "".join(letters), places


def search(reading: PlanReading, terms: Sequence[str]) -> list[Hit]:
    """Return the passages that have all words, in the plan's order."""
    if not terms:
        return []
    return [hit for passage in _passages(reading) if (hit := _hit(passage, terms)) is not None]


def marked(text: str, terms: Sequence[str]) -> list[Part]:
    """Return the text in pieces, the words found apart from the rest."""
    spans = _spans(text, terms)
    parts, at = [], 0
    for start, end in spans:
        if start > at:
            parts.append(Part(text[at:start], hit=False))
        parts.append(Part(text[start:end], hit=True))
        at = end
    if at < len(text):
        parts.append(Part(text[at:], hit=False))
    return parts


def _spans(text: str, terms: Sequence[str]) -> list[tuple[int, int]]:
    """Return where the words stand in the text, overlapping ones joined."""
    folded, places = fold(text)
    found = []
    for term in terms:
        at = folded.find(term)
        while at >= 0:
            found.append((places[at], places[at + len(term) - 1] + 1))
            at = folded.find(term, at + len(term))
    joined: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _hit(passage: _Passage, terms: Sequence[str]) -> Hit | None:
    whole = fold("\n".join([passage.where, *passage.texts]))[0]
    if not all(term in whole for term in terms):
        return None
    snippets = [_snippet(text, spans) for text in passage.texts if (spans := _spans(text, terms))]
    return Hit(passage.anchor, marked(passage.where, terms), [marked(text, terms) for text in snippets[:SNIPPETS]])


def _snippet(text: str, spans: Sequence[tuple[int, int]]) -> str:
    start, end = max(spans[0][0] - AROUND, 0), min(max(spans[0][1], spans[-1][1]) + AROUND, len(text))
    end = min(end, start + 6 * AROUND)
    return f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}"


def _passages(reading: PlanReading) -> Iterator[_Passage]:
    for clause in reading.clauses:
        yield _Passage(clause.ref, f"{clause.ref} {clause.title}", clause.paragraphs)
    yield from _rows(reading)


def _rows(reading: PlanReading) -> Iterator[_Passage]:
    """Yield what stands in tables and not in the clauses' own words."""
    for member in reading.members:
        if member.duty_clause != member.clause and member.duty_clause.startswith("8"):
            where = f"{member.duty_clause} {member.printed_name} {member.printed_short}".strip()
            yield _Passage(f"member-{member.number}", where, [member.duty or "原文未列"])
    for group in reading.groups:
        names = "、".join(row.printed_name for row in group.members.all())
        if group.clause.startswith("8"):
            texts = [group.printed_lead, names, group.duty]
            yield _Passage(f"group-{group.number}", f"{group.clause} {group.name}", texts)
    for category in reading.categories:
        texts = [category.definition or category.definition_fragment, category.subitems_text or ""]
        yield _Passage(f"category-{category.code}", f"{category.clause} {category.name}", texts)
    for grade in reading.grades:
        texts = [row.text for row in grade.criteria.all()]
        yield _Passage(f"grade-{grade.code}", f"{grade.clause} {grade.name} {grade.level}".strip(), texts)
    for row in reading.contacts_printed:
        yield _Passage(f"contact-{row['no']}", f"{reading.contacts_ref} {row['unit']}", [row["phone"]])
