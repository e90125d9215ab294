"""Middleware of the project: the content security policy, and one answer for the domain's errors."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from yangcheng_ec.errors import BadInput, Busy, DomainError, NotVisible, is_busy, is_unstorable

__all__ = ["ContentSecurityPolicyMiddleware", "DomainErrorMiddleware"]

# Bootstrap's own style sheet carries its small icons as data: images; nothing comes from another host.
POLICY = {
    "default-src": "'self'",
    "img-src": "'self' data:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
# Swagger UI writes its own styles; its scripts, the start script too, are files of this server.
API_DOCS_POLICY = POLICY | {
    "style-src": "'self' 'unsafe-inline'",
}
API_DOCS_PATH = "/api/docs/"


def _header(policy: dict[str, str]) -> str:
    """Return the header's text."""
    return "; ".join(f"{name} {value}" for name, value in policy.items())


class ContentSecurityPolicyMiddleware:
    """Send the policy with every answer that has none: own files only, nothing inline, framed by nobody."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.policy = _header(POLICY)
        self.api_docs_policy = _header(API_DOCS_POLICY)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Add the header."""
        response = self.get_response(request)
        relaxed = request.path.startswith(API_DOCS_PATH)
        response.headers.setdefault("Content-Security-Policy", self.api_docs_policy if relaxed else self.policy)
        return response


class DomainErrorMiddleware:
    """Turn a typed error that no view caught into a page with its words, its clause and its status."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer a domain error, or a database locked longer than its time-out; leave the rest to Django."""
        if is_busy(error):
            error = Busy()
        if is_unstorable(error):
            error = BadInput("内容或地址含有不可见字符，请去掉后重试。")
        if not isinstance(error, DomainError):
            return None
        if isinstance(error, NotVisible):
            return render(request, "404.html", {"error": error}, status=404)
        context = {"error": error, "back_url": request.path, "typed": _typed(request)}
        return render(request, f"errors/{error.status}.html", context, status=error.status)


def _typed(request: HttpRequest) -> list[tuple[str, str]]:
    """Return what the person typed, so that the page can show it again: nothing is lost."""
    hidden = ("csrfmiddlewaretoken", "password")
    return [(name, str(value)) for name, value in request.POST.items() if name not in hidden]
