"""Fragments that are asked for again and again: an entity tag, and 304 when nothing has changed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified

__all__ = ["not_modified", "tagged"]


def not_modified(request: HttpRequest, mark: str) -> HttpResponse | None:
    """Return 304 when the reader has this very state, else None; ``mark`` changes whenever the fragment does."""
    known = request.headers.get("If-None-Match", "")
    return tagged(HttpResponseNotModified(), mark) if f'"{mark}"' in known else None


def tagged(response: HttpResponse, mark: str) -> HttpResponse:
    """Give the answer its tag; it is the reader's own and is asked for again each time."""
    response["ETag"] = f'"{mark}"'
    response["Cache-Control"] = "private, no-cache"
    return response
