"""The list of cases: filters in the address, views under a name, the list as a sheet."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Min
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from directory.choices import UnitKind
from directory.sheets.sending import sheet_answer
from incidents.choices import IncidentState
from incidents.forms.filters import filter_of, query_of
from incidents.models import Incident
from incidents.selectors import ListFilter, incident_list, list_order
from incidents.selectors.choices import filter_choices, unit_groups
from incidents.selectors.search import FOUND_LIMIT
from incidents.selectors.sheets import COLUMNS, ROW_LIMIT, sheet_rows
from incidents.selectors.views import views_of
from incidents.services.views import view_default, view_delete, view_save
from yangcheng_ec.access import page_required
from yangcheng_ec.deadlines.choices import OPEN
from yangcheng_ec.deadlines.models import Deadline
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible
from yangcheng_ec.permissions import Page, may_open

__all__ = ["incidents", "incidents_sheet", "incidents_view", "incidents_view_save"]

PAGE_SIZE = 30


@login_required
@require_safe
def incidents(request: HttpRequest) -> HttpResponse:
    """The list: what is late and mine first; filters in the address. Bare, it opens with one's default view."""
    _reader(request.user)
    views = views_of(request.user)
    first = next((row for row in views if row.default and row.user_id == request.user.pk), None)
    if first is not None and not request.GET:
        return redirect(f"{reverse('incidents')}?{first.query}")
    wanted = filter_of(request.GET)
    rows = list_order(incident_list(request.user, wanted), request.GET.get("order", ""), user=request.user)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page_obj": page,
        "rows": _with_clocks([row for row in page.object_list if isinstance(row, Incident)], request.user),
        "may_file": may_open(request.user, Page.CASE_FILE),
        "all_cases": may_open(request.user, Page.CASES_ALL),
        "views": views,
        "capped": bool(wanted.search) and page.paginator.count >= FOUND_LIMIT,
        **_choices(wanted),
    }
    return render(request, "incidents/list.html", context)


def _reader(user: Any) -> None:
    if not (may_open(user, Page.CASES_ALL) or may_open(user, Page.CASES_OWN)):
        raise Forbidden(_("您的角色不查看事件。"))


def _choices(wanted: ListFilter) -> dict[str, Any]:
    """Return the filter as it stands and what may be chosen."""
    chosen = filter_choices()
    rare = (wanted.category, wanted.unit, wanted.township, wanted.since, wanted.until, wanted.overdue)
    return {
        "wanted": wanted,
        "query": query_of(wanted),
        "more": any(rare) or wanted.drill is not None,
        "states": IncidentState.choices,
        **{name: chosen[name] for name in ("plans", "grades", "categories")},
        "units": unit_groups(chosen),
        "townships": chosen[UnitKind.TOWNSHIP],
        "limit": ROW_LIMIT,
    }


def _with_clocks(rows: list[Incident], user: Any) -> list[dict[str, Any]]:
    """Return each case with its next due time and whether it is late or mine: two statements for the page."""
    heads = [row.head_id for row in rows]
    open_clocks = Deadline.objects.filter(head_id__in=heads, state__in=OPEN)
    due = dict(open_clocks.values_list("head_id").annotate(first=Min("due_at")))
    now = timezone.now()
    found = []
    for row in rows:
        first = due.get(row.head_id)
        mine = row.filed_by_id == user.pk or (user.unit_id is not None and row.incident_unit_id == user.unit_id)
        found.append({"incident": row, "due": first, "late": bool(first and first <= now), "mine": mine})
    return found


@require_safe
@page_required(Page.CASES_ALL, Page.CASES_OWN)
def incidents_sheet(request: HttpRequest, kind: str) -> Any:
    """The filtered list as csv or xlsx, in the list's order, at most ``ROW_LIMIT`` rows."""
    wanted = filter_of(request.GET)
    rows = list_order(incident_list(request.user, wanted), request.GET.get("order", ""), user=request.user)
    return sheet_answer(kind, "incidents", _("事件"), COLUMNS, sheet_rows(rows))


@require_POST
@page_required(Page.CASES_ALL, Page.CASES_OWN)
def incidents_view_save(request: HttpRequest) -> HttpResponse:
    """Keep the filter of the page under a name; a refusal is said on the list, filtered as it was."""
    query = query_of(filter_of(QueryDict(request.POST.get("query", "")[:4000])))
    try:
        view = view_save(
            user=request.user, name=request.POST.get("name", ""), query=query,
            share="share" in request.POST, default="default" in request.POST,
        )  # fmt: skip
    except BadInput as error:
        messages.error(request, "".join(text for texts in error.fields.values() for text in texts))
    else:
        messages.success(request, _("已保存视图「%(name)s」。") % {"name": view.name})
    return redirect(f"{reverse('incidents')}?{query or 'all=1'}")


@require_POST
@page_required(Page.CASES_ALL, Page.CASES_OWN)
def incidents_view(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """Delete one's own view, or make it the one the list opens with."""
    if act == "delete":
        view_delete(user=request.user, view_id=pk)
    elif act == "default":
        view_default(user=request.user, view_id=pk)
    else:
        raise NotVisible()
    messages.success(request, _("已更新视图。"))
    return redirect(f"{reverse('incidents')}?all=1")
