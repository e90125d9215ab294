"""The page behind a one-time link: no login, this one notice only. Looking changes nothing; only the button confirms.

The link itself is the secret, and the page has no session to abuse: it needs no CSRF token, so that it also works in
mail programs that keep no cookies.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from directory.forms_callouts import LinkForm
from yangcheng_ec.api.throttles import LinkThrottle
from yangcheng_ec.callout.choices import CONFIRMABLE
from yangcheng_ec.callout.links import link_found
from yangcheng_ec.callout.models import CalloutLink
from yangcheng_ec.callout.services import callout_confirm_by_link
from yangcheng_ec.errors import BadInput, NotVisible, WrongState
from yangcheng_ec.forms import errors_into_form

__all__ = ["callout_link"]


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def callout_link(request: HttpRequest, token: str) -> HttpResponse:
    """Show the notice and a button; the button with a name confirms, once."""
    link = link_found(token)
    if link is None:
        return _unknown(request)
    form = LinkForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            callout_confirm_by_link(token=token, **form.cleaned_data)
        except BadInput as error:
            errors_into_form(form, error)
        except NotVisible:
            return _unknown(request)
        except WrongState:  # somebody was faster: the page says who and when
            pass
        link = link_found(token) or link
    return _page(request, link, form)


def _page(request: HttpRequest, link: CalloutLink, form: LinkForm) -> HttpResponse:
    callout = link.notice.asks.callout
    context: dict[str, Any] = {
        "notice": link.notice,
        "callout": callout,
        "form": form,
        "open": callout.state in CONFIRMABLE,
    }
    return _closed(render(request, "callouts/link.html", context, status=400 if form.errors else 200))


def _unknown(request: HttpRequest) -> HttpResponse:
    """Answer an unknown and an expired link alike; whoever tries many is told to wait."""
    throttle = LinkThrottle()
    if not throttle.allow_request(request, None):  # type: ignore[arg-type]
        words = _("尝试次数太多，请过一会儿再打开，或打电话给发通知的办公室。")
        response = render(request, "callouts/link_gone.html", {"words": words}, status=429)
        response["Retry-After"] = str(int(throttle.wait() or 60))
        return _closed(response)
    return _closed(render(request, "callouts/link_gone.html", status=404))


def _closed(response: HttpResponse) -> HttpResponse:
    """Keep the address out of caches, search engines and other sites' logs."""
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
