"""From a clause label such as 「网络预案 4.1」 to its sentence: the directory registers who knows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["ClauseText", "register_clause_resolver", "resolve_clause"]


@dataclass(frozen=True)
class ClauseText:
    """A clause as the page shows it; ``label`` is how it is cited, 「网络预案 4.1」."""

    plan_code: str
    ref: str
    text: str
    label: str = ""


_resolvers: list[Callable[[str], ClauseText | None]] = []


def register_clause_resolver(resolver: Callable[[str], ClauseText | None]) -> None:
    """Register the function that knows clauses by their label."""
    if resolver not in _resolvers:
        _resolvers.append(resolver)


def resolve_clause(label: str) -> ClauseText | None:
    """Return the clause behind a label, or behind «plan code + space + ref»; None when nobody knows it."""
    for resolver in _resolvers:
        found = resolver(label)
        if found is not None:
            return found
    return None
