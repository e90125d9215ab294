"""Which posts a user holds now and what they may do with them: read once for a whole page, asked in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from directory.choices import Nature
from directory.models import ActRule, PlanVersion, ResponseLevel
from directory.rules import appointments_in_force

__all__ = ["Authority", "authority_of"]


@dataclass
class Authority:
    """The user's posts by plan version, with the scope of a 授权, and the rules of the acts."""

    held: dict[int, list[tuple[str, list[str]]]] = field(default_factory=dict)
    rules: dict[tuple[int, str], list[str]] = field(default_factory=dict)

    def may(self, version_id: int, act: str, kinds: list[str] | None = None) -> bool:
        """Return whether one of the posts may do the act; ``kinds`` are a level's own approvers."""
        wanted = self.rules.get((version_id, act), []) if kinds is None else kinds
        return any(kind in wanted and (not scope or act in scope) for kind, scope in self.held.get(version_id, []))

    def may_start(self, level: ResponseLevel) -> bool:
        """Return whether one of the posts may start the level."""
        return self.may(level.version_id, "approve_response", list(level.approvers))

    def versions(self, act: str) -> list[int]:
        """Return the plan versions under which the user may do the act."""
        return [version_id for version_id in self.held if self.may(version_id, act)]


def authority_of(user: Any) -> Authority:
    """Return what the user may do now, with two statements."""
    found = Authority()
    for row in appointments_in_force().filter(user=user, post__version__isnull=False):
        scope = list(row.scope) if row.nature == Nature.AUTHORISED else []
        found.held.setdefault(row.post.version_id or 0, []).append((row.post.kind, scope))
    versions = PlanVersion.objects.filter(pk__in=list(found.held))
    for rule in ActRule.objects.filter(version__in=versions):
        found.rules[(rule.version_id, rule.act)] = list(rule.post_kinds)
    return found
