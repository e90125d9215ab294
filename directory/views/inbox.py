"""The inbox: what waits to be read; opening a notice enters the record."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from directory.rules import any_actor
from directory.selectors.calls import inbox_listed
from directory.services.acknowledging import rung_told
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
        "outbox": may_open(request.user, Page.CALL_SHEET) or may_open(request.user, Page.RECORD_ALL),
    }
    template = "inbox/_list.html" if request.headers.get("HX-Request") else "inbox/list.html"
    return render(request, template, context)


@require_GET
@login_required
def notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Open one notice; the first time enters the record."""
    row = notice_open(notice_id=pk, user=request.user, actor=any_actor(request.user))
    return render(request, "inbox/notice.html", {"notice": row, "rung": rung_told(row, request.user)})
