"""Opening a page: the role must open it (``permissions.ROLE_PAGES``). Acts are asked for again in the services."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from yangcheng_ec.errors import Forbidden
from yangcheng_ec.permissions import Page, may_open

__all__ = ["page_required", "require_page"]

View = Callable[..., HttpResponseBase]


def require_page(user: Any, *pages: str) -> None:
    """Raise Forbidden unless one of the user's roles opens one of the pages; the words say which act is meant."""
    if not any(may_open(user, page) for page in pages):
        raise Forbidden(f"您的角色不能{Page(pages[0]).label}。")


def page_required(*pages: str) -> Callable[[View], View]:
    """Let in whoever is logged in and has a role that opens one of the pages."""

    def wrap(view: View) -> View:
        @wraps(view)
        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            require_page(request.user, *pages)
            return view(request, *args, **kwargs)

        return login_required(inner)

    return wrap
