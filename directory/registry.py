"""Where upper floors say who may read a case's record: this floor knows chains, not cases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from yangcheng_ec.permissions import Page, may_open
from yangcheng_ec.record.models import CaseHead

__all__ = ["CASE_KINDS", "case_visible", "register_case_visibility"]

CaseVisibility = Callable[[Any, CaseHead], bool]
CASE_KINDS = ("incident", "warning")

_checks: list[CaseVisibility] = []


def register_case_visibility(check: CaseVisibility) -> None:
    """Register a function (user, head) → whether the user may read that case."""
    if check not in _checks:
        _checks.append(check)


def case_visible(user: Any, head: CaseHead) -> bool:
    """Return whether the user may read this chain.

    The auditor reads every chain. Whoever sees all cases reads theirs; anyone else what an app grants.
    Standing chains (directory, accounts, system) are the auditor's alone.
    """
    if may_open(user, Page.RECORD_ALL):
        return True
    if head.kind not in CASE_KINDS or not may_open(user, Page.RECORD_OWN):
        return False
    return may_open(user, Page.CASES_ALL) or any(check(user, head) for check in _checks)
