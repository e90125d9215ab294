"""Call-outs as pages and API read them: the offices and the command see all, everybody else what calls them."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from yangcheng_ec.callout.choices import CalloutState
from yangcheng_ec.callout.models import Callout, CalloutNotice
from yangcheng_ec.callout.selectors import pending_steps
from yangcheng_ec.errors import NotVisible
from yangcheng_ec.permissions import Page, may_open

__all__ = ["callout_for", "callouts_listed", "callouts_visible_to"]

OWN = (Page.WARNINGS_OWN, Page.TASKS_OWN)


def callouts_visible_to(user: Any) -> QuerySet[Callout]:
    """Return the call-outs a user may see: all, or those of the user's unit and those that told the user."""
    rows = Callout.objects.select_related("cause__head")
    if may_open(user, Page.CASES_ALL):
        return rows
    told = Exists(CalloutNotice.objects.filter(callout=OuterRef("pk"), notice__recipient=user))
    of_unit = user.unit_id is not None and any(may_open(user, page) for page in OWN)
    return rows.filter(Q(told) | Q(unit_code=user.unit.code, user__isnull=True) if of_unit else Q(told))


def callouts_listed(user: Any, *, case: str = "", unconfirmed: bool = False) -> QuerySet[Callout]:
    """Return call-outs for a list, the newest first; those of one case, or those nobody has confirmed."""
    rows = callouts_visible_to(user)
    if case:
        rows = rows.filter(cause__head__key=case)
    if unconfirmed:
        rows = rows.filter(state=CalloutState.OPEN)
    return rows.prefetch_related(pending_steps()).order_by("-created_at", "-id")


def callout_for(user: Any, pk: int) -> Callout:
    """Return one call-out the user may see. Raises NotVisible."""
    row = callouts_visible_to(user).filter(pk=pk).first()
    if row is None:
        raise NotVisible()
    return row
