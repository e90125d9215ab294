"""How answers for everybody are sent: cached briefly, 304 when nothing changed, counted per address."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from rest_framework.throttling import SimpleRateThrottle

__all__ = ["PUBLIC_SECONDS", "PublicThrottle", "conditional", "for_everybody", "public_page", "public_shell"]

# How long a browser or proxy may show a page before it asks again: a lifted warning must not linger.
PUBLIC_SECONDS = 30


class PublicThrottle(SimpleRateThrottle):
    """300 requests a minute from one address (「非预案规定」): many phones share a carrier's address, so it is wide."""

    scope = "public"
    rate = "300/min"

    def get_cache_key(self, request: Any, view: Any) -> str | None:
        """Count strangers by address; who is logged in is not counted here. A page (no view) never asks who it is."""
        if view is not None and request.user.is_authenticated:
            return None
        return f"throttle:public:{hashlib.sha256(self.get_ident(request).encode()).hexdigest()}"


def conditional(
    request: HttpRequest, response: HttpResponse, *, public: bool, changed: datetime | None = None
) -> HttpResponse:
    """Return the answer with its ETag (of its bytes) and time, or 304 when the reader has it already."""
    etag = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    modified = int(changed.timestamp()) if changed else None
    response["ETag"] = etag
    if modified is not None:
        response["Last-Modified"] = http_date(modified)
    response["Cache-Control"] = f"public, max-age={PUBLIC_SECONDS}" if public else "private, no-cache"
    answer = get_conditional_response(request, etag=etag, last_modified=modified, response=response)
    return answer if isinstance(answer, HttpResponse) else response


def public_page(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """Return a page rendered without the request: no session is read, no cookie set, nobody is known."""
    response = HttpResponse(render_to_string(template, context), status=status)
    if status != 200:
        response["Cache-Control"] = "no-store"
        return response
    return conditional(request, response, public=True)


def public_shell() -> dict[str, Any]:
    """Return what every public page says of itself: that this installation is not the real one, if so."""
    return {"trial": settings.DEMO_ACCOUNTS_ALLOWED}


def for_everybody(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let a page be read by everybody: only GET and HEAD, and not without end from one address."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            response = public_page(request, "public/refused.html", {"status": 405}, status=405)
            response["Allow"] = "GET, HEAD"
            return response
        throttle = PublicThrottle()
        if not throttle.allow_request(request, None):  # type: ignore[arg-type]
            response = public_page(request, "public/refused.html", {"status": 429}, status=429)
            response["Retry-After"] = str(int(throttle.wait() or 1) + 1)
            return response
        return view(request, *args, **kwargs)

    return guarded
