"""The list of warnings: filters in the address, the order one chose last, the list as a sheet."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_safe

from directory.choices import Act
from directory.rules import may
from directory.sheets.writing import csv_lines, text_workbook
from early_warning.choices import ACTIVE
from early_warning.forms import FilterForm
from early_warning.intake import plans_in_force
from early_warning.models import EarlyWarning
from early_warning.rules import standing_allowed
from early_warning.selectors import ORDERS, warnings_listed
from early_warning.sheets import COLUMNS, ROW_LIMIT, sheet_rows
from yangcheng_ec.access import page_required
from yangcheng_ec.clock import database_now, local_text
from yangcheng_ec.errors import NotVisible
from yangcheng_ec.permissions import Page, may_open

__all__ = ["warning_list", "warning_sheet"]

PAGES = (Page.WARNINGS_ALL, Page.WARNINGS_OWN)
PAGE_SIZE = 30
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
REMEMBERED = "warnings_order"


@page_required(*PAGES)
@require_GET
def warning_list(request: HttpRequest) -> HttpResponse:
    """Show the warnings: those in force first, the gravest at the top; an expired one is shown loudly."""
    form, rows = _chosen(request)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    now, versions = database_now(), form.versions
    active = [row for row in page if row.state in ACTIVE]
    every = may_open(request.user, Page.WARNINGS_ALL)
    context = {
        "form": form,
        "page_obj": page,
        "active": active,
        "rest": [row for row in page if row.state not in ACTIVE],
        "expired": [row for row in active if row.valid_until and row.valid_until <= now],
        "now": now,
        "limit": ROW_LIMIT,
        "narrowed": any(value for name, value in form.cleaned_data.items() if name != "order"),
        "query": request.GET.urlencode(),
        "standing": every and any(standing_allowed(row) for row in versions),
        "may_draft": every and any(may(request.user, row, Act.PROPOSE_WARNING) for row in versions),
    }
    return render(request, "warnings/list.html", context)


@page_required(*PAGES)
@require_safe
def warning_sheet(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Send the filtered list as csv or xlsx, in the list's order, at most ``ROW_LIMIT`` rows."""
    lines = sheet_rows(_chosen(request)[1])
    if kind == "csv":
        return _saved(StreamingHttpResponse(csv_lines(COLUMNS, lines), content_type="text/csv; charset=utf-8"), kind)
    if kind == "xlsx":
        return _saved(HttpResponse(text_workbook(_("预警"), COLUMNS, lines), content_type=XLSX), kind)
    raise NotVisible()


def _chosen(request: HttpRequest) -> tuple[FilterForm, QuerySet[EarlyWarning]]:
    """Return the filter and its rows. What is no filter narrows nothing; the order chosen last is kept."""
    data = request.GET.copy()
    if "order" in data and data["order"] in ORDERS:
        request.session[REMEMBERED] = data["order"]
    elif request.session.get(REMEMBERED):
        data["order"] = request.session[REMEMBERED]
    form = FilterForm(data, versions=plans_in_force())
    form.is_valid()
    chosen: dict[str, Any] = {name: form.cleaned_data.get(name, "") for name in form.fields}
    search = chosen.pop("q")
    return form, warnings_listed(request.user, search=search, **chosen)


def _saved(response: HttpResponseBase, kind: str) -> HttpResponseBase:
    stamp = "".join(letter for letter in local_text(database_now()) if letter.isdigit())
    response["Content-Disposition"] = f'attachment; filename="warnings-{stamp}.{kind}"'
    response["Cache-Control"] = "private, no-store"
    return response
