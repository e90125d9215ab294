"""Reading issued documents: always scoped to who asks; a stranger reads the public ones."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from early_warning.cap.choices import CapScope, CapStatus
from early_warning.cap.models import CapDocument
from early_warning.selectors import warnings_visible_to
from yangcheng_ec.errors import NotVisible, WrongState
from yangcheng_ec.permissions import Page, may_open

__all__ = ["FEED_LENGTH", "document_of", "documents_of", "documents_visible_to", "feed_documents"]

FEED_LENGTH = 100
PUBLIC = Q(scope=CapScope.PUBLIC, status=CapStatus.ACTUAL)


def documents_visible_to(user: Any) -> QuerySet[CapDocument]:
    """Return the documents a person may read: public ones, and those of the warnings they may read.

    A confidential warning's envelope names every addressee: only who reads all warnings gets it.
    """
    rows = CapDocument.objects.all()
    if may_open(user, Page.WARNINGS_ALL):
        return rows
    if not may_open(user, Page.WARNINGS_OWN):
        return rows.filter(PUBLIC)
    own = Q(warning__in=warnings_visible_to(user).values("pk")) & ~Q(scope=CapScope.PRIVATE)
    return rows.filter(PUBLIC | own)


def document_of(user: Any, number: str, identifier: str = "") -> CapDocument:
    """Return a warning's newest document, or the one with an identifier.

    NotVisible (404) for a warning or document the user may not read; WrongState (409) where the warning may be read
    and has no document: it was not published, or it is confidential and the user is one of its addressees.
    """
    rows = documents_visible_to(user).filter(warning__number=number)
    found = rows.filter(identifier=identifier).first() if identifier else rows.first()
    if found is not None:
        return found
    if not identifier and warnings_visible_to(user).filter(number=number).exists():
        raise WrongState("这条预警没有可提供的 CAP 文档：尚未发布，或按保密要求管理。")
    raise NotVisible()


def documents_of(user: Any, warning_id: int) -> list[CapDocument]:
    """Return a warning's documents that a person may read, without their text, the first one first."""
    rows = documents_visible_to(user).filter(warning_id=warning_id).defer("xml")
    return list(rows.order_by("sent", "id"))


def feed_documents(user: Any) -> list[CapDocument]:
    """Return the newest documents a person may read, for the feed."""
    return list(documents_visible_to(user).select_related("warning").defer("xml")[:FEED_LENGTH])
