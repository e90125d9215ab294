"""Tokens of monitoring systems, for the security administrator."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from directory.forms_services import ServiceTokenForm
from directory.models import ServiceToken
from directory.services.service_tokens import service_token_make, service_token_revoke
from yangcheng_ec.access import page_required
from yangcheng_ec.errors import BadInput
from yangcheng_ec.forms import errors_into_form
from yangcheng_ec.permissions import Page

__all__ = ["service_token_end", "service_token_new", "service_tokens"]

PAGE_SIZE = 50
security = page_required(Page.ACCOUNTS)


@require_GET
@security
def service_tokens(request: HttpRequest) -> HttpResponse:
    """List the tokens: whose, for what, until when, last used; never the key."""
    rows = ServiceToken.objects.select_related("unit", "made_by", "revoked_by")
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "directory/service_tokens.html", {"page": page, "now": timezone.now()})


@never_cache
@require_http_methods(["GET", "POST"])
@security
def service_token_new(request: HttpRequest) -> HttpResponse:
    """Make a token; its key is shown on the answer, once."""
    form = ServiceTokenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            token, key = service_token_make(user=request.user, entry=form.entry())
        except BadInput as error:
            errors_into_form(form, error)
        else:
            return render(request, "directory/service_token_secret.html", {"token": token, "key": key})
    return render(request, "directory/service_token_form.html", {"form": form}, status=400 if form.errors else 200)


@require_POST
@security
def service_token_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Revoke a token."""
    token = service_token_revoke(user=request.user, token_id=pk, reason=request.POST.get("reason", ""))
    messages.success(request, _("令牌「%(name)s」已吊销。") % {"name": token.name})
    return redirect("service-tokens")
