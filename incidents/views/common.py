"""What the pages of cases share."""

from __future__ import annotations

from django.http import HttpRequest, QueryDict

__all__ = ["posted"]


def posted(request: HttpRequest) -> QueryDict | None:
    """Return what was posted, empty or not; None for a page that is only opened."""
    return request.POST if request.method == "POST" else None
