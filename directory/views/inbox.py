"""The inbox: what waits to be read; opening a notice enters the record."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from directory.rules import any_actor
from directory.selectors.calls import inbox_listed, inbox_unconfirmed
from directory.services.acknowledging import rung_told
from yangcheng_ec.callout.choices import CONFIRMABLE
from yangcheng_ec.callout.models import CalloutNotice
from yangcheng_ec.deadlines.selectors import unread_count
from yangcheng_ec.deadlines.services import notice_open
from yangcheng_ec.permissions import Page, may_open

__all__ = ["inbox", "notice"]

PAGE_SIZE = 30


@require_GET
@login_required
def inbox(request: HttpRequest) -> HttpResponse:
    """List the user's notices: unread and urgent first."""
    unread_only = request.GET.get("show") == "unread"
    page = Paginator(inbox_listed(request.user, unread_only=unread_only), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "unread_only": unread_only,
        "unread": unread_count(request.user),
        "unconfirmed": inbox_unconfirmed(request.user),
        "outbox": may_open(request.user, Page.CALL_SHEET) or may_open(request.user, Page.RECORD_ALL),
    }
    template = "inbox/_list.html" if request.headers.get("HX-Request") else "inbox/list.html"
    return render(request, template, context)


@require_GET
@login_required
def notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Open one notice; the first time enters the record."""
    row = notice_open(notice_id=pk, user=request.user, actor=any_actor(request.user))
    asks = CalloutNotice.objects.select_related("callout__cause").filter(notice=row).first()
    context = {
        "notice": row,
        "rung": rung_told(row, request.user),
        "callout": asks.callout if asks else None,
        "confirmable": asks is not None and asks.callout.state in CONFIRMABLE,
    }
    return render(request, "inbox/notice.html", context)
