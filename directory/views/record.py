"""The record: one case's chain, the auditor's search, and the check that nothing was changed."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from directory.forms import RecordSearch
from directory.selectors import record as reading
from yangcheng_ec.access import page_required
from yangcheng_ec.permissions import Page
from yangcheng_ec.record.selectors import entries_of

__all__ = ["record", "record_case", "record_verify"]

PAGE_SIZE = 50
CASE_PAGE_SIZE = 200
auditor = page_required(Page.RECORD_ALL)


@require_GET
@auditor
def record(request: HttpRequest) -> HttpResponse:
    """Search the whole record."""
    form = RecordSearch(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    page = Paginator(reading.entries_found(request.user, **wanted), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "record/list.html", {"form": form, "page": page, "kinds": reading.KINDS})


@require_GET
@auditor
def record_verify(request: HttpRequest) -> HttpResponse:
    """Check every chain and say what is broken."""
    return render(request, "record/verify.html", {"result": reading.verify_all()})


@require_GET
@login_required
def record_case(request: HttpRequest, key: str) -> HttpResponse:
    """Show one chain in order; with ``?verify=1`` check it."""
    head = reading.head_get(request.user, key)
    page = Paginator(entries_of(head.pk), CASE_PAGE_SIZE).get_page(request.GET.get("page"))
    result = reading.verify_head(head) if request.GET.get("verify") else None
    return render(request, "record/case.html", {"head": head, "page": page, "result": result})
