"""Drafts of the intake page: my own and those of my office's colleagues."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from directory.choices import OFFICE_KINDS
from directory.rules import appointments_in_force
from incidents.choices import DraftState
from incidents.models import IntakeDraft
from yangcheng_ec.errors import NotVisible
from yangcheng_ec.permissions import Page, may_open

__all__ = ["draft_for", "drafts_open", "drafts_visible_to", "offices_of"]

DRAFTS_SHOWN = 12


def offices_of(user: Any) -> QuerySet[Any]:
    """Return the plans (ids) whose office the user serves now."""
    held = appointments_in_force().filter(user=user, post__kind__in=OFFICE_KINDS, post__version__in_force=True)
    return held.order_by().values("post__version__plan")


def drafts_visible_to(user: Any) -> QuerySet[IntakeDraft]:
    """Return the user's own drafts and those of the offices they serve; none without the right to file."""
    if not may_open(user, Page.CASE_FILE):
        return IntakeDraft.objects.none()
    rows = IntakeDraft.objects.filter(Q(user=user) | Q(office__in=offices_of(user)))
    return rows.select_related("user", "made_by", "incident", "other_incident")


def drafts_open(user: Any, *, limit: int = DRAFTS_SHOWN) -> list[IntakeDraft]:
    """Return the drafts not filed yet, one's own first, the newest first; one statement."""
    rows = drafts_visible_to(user).filter(state=DraftState.OPEN).defer("data")
    found = list(rows.order_by("-saved_at", "-id")[:limit])
    return sorted(found, key=lambda row: row.user_id != user.pk)


def draft_for(user: Any, uuid: UUID) -> IntakeDraft | None:
    """Return a draft by its address, None when nobody saved it yet. Raises NotVisible for others' drafts."""
    draft = drafts_visible_to(user).filter(uuid=uuid).first()
    if draft is None and IntakeDraft.objects.filter(uuid=uuid).exists():
        raise NotVisible()
    return draft
