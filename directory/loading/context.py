"""What the readers of one plan's sections share."""

from __future__ import annotations

from dataclasses import dataclass, field

from directory.loading.source import ClauseText, Entry
from directory.loading.sync import Changes
from directory.loading.units import Registry
from directory.models import PlanVersion

__all__ = ["Context"]


@dataclass
class Context:
    """The version being loaded, the registry, the words of its clauses, and what changes."""

    source: Entry
    version: PlanVersion
    registry: Registry
    changes: Changes
    clauses: dict[str, str] = field(default_factory=dict)

    @property
    def parent(self) -> dict[str, PlanVersion]:
        """Return what every row of this version carries."""
        return {"version": self.version}

    def clause(self, entry: Entry, key: str = "clause") -> str:
        """Return a clause ref that exists in this plan, or fail."""
        ref = entry.text(key)
        if ref not in self.clauses:
            entry.fail(key, f"本预案没有条款「{ref}」")
        return ref

    def quote(self, entry: Entry, words: str, key: str = "quote") -> str:
        """Return the quote if it stands verbatim in ``words``, or fail."""
        text = entry.text(key)
        if text not in words.replace("\n", ""):
            entry.fail(key, f"引文不是原文：「{text}」")
        return text

    def resolve(self, value: object) -> object:
        """Return a value of ``texts`` with every ``!clause`` replaced by that clause's words."""
        if isinstance(value, Entry):
            return {key: self._part(value, key, item) for key, item in value.values.items()}
        if isinstance(value, list):
            return [self.resolve(item) for item in value]
        return value

    def _part(self, entry: Entry, key: str, value: object) -> object:
        if not isinstance(value, ClauseText):
            return self.resolve(value)
        if not self.clauses.get(value.ref):
            entry.fail(key, f"本预案没有条款「{value.ref}」，或该条没有文字")
        return self.clauses[value.ref].replace("\n", "")
