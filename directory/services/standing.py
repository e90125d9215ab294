"""What the standing chains (directory, accounts) share: the role that acts, the lock, the words of a change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from yangcheng_ec.actors import Actor
from yangcheng_ec.errors import Change
from yangcheng_ec.permissions import Role
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import head_named

__all__ = ["accounts_head", "actor_as_role", "changes_data", "changes_text", "directory_head"]


def directory_head() -> CaseHead:
    """Return the locked head of the directory's chain: contacts and appointments."""
    return head_named("directory", kind="directory")


def accounts_head() -> CaseHead:
    """Return the locked head of the accounts' chain."""
    return head_named("accounts", kind="system")


def actor_as_role(user: Any, role: Role) -> Actor:
    """Return the user acting by a role: keeping directory and accounts is no plan's post."""
    return Actor(user=user, post=str(role.label))


def changes_text(changes: Sequence[Change]) -> str:
    """Return the changes as one sentence: 号码 4814501 → 4814601."""
    return "；".join(f"{change.field} {change.was or '（空）'} → {change.now or '（空）'}" for change in changes)


def changes_data(changes: Sequence[Change]) -> list[dict[str, str]]:
    """Return the changes for the record's machine-readable part."""
    return [{"field": change.field, "was": change.was, "now": change.now} for change in changes]
