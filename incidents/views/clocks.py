"""All running clocks across cases: what is mine and most urgent first."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from directory.ladders import Acknowledger
from directory.models import Plan
from incidents.selectors.clocks import OFFICE_ITSELF, ClockFilter, clocks_running, units_owing
from yangcheng_ec.access import require_page
from yangcheng_ec.deadlines.choices import OPEN
from yangcheng_ec.permissions import Page, may_open

__all__ = ["clocks"]

PAGE_SIZE = 30
FILTERS = ("plan", "state", "unit", "drill", "order")


@login_required
@require_safe
def clocks(request: HttpRequest) -> HttpResponse:
    """List the running and overdue clocks the user may see; the list alone for the browser's refreshing."""
    require_page(request.user, Page.CASES_ALL, Page.CASES_OWN)
    wanted = ClockFilter(**{name: request.GET.get(name, "").strip()[:60] for name in FILTERS})
    page = Paginator(clocks_running(request.user, wanted), PAGE_SIZE).get_page(request.GET.get("page"))
    page.object_list = list(page.object_list)
    Acknowledger(request.user).mark(page.object_list)
    context = {"page_obj": page, "back": request.get_full_path()}
    if request.headers.get("HX-Request"):
        return render(request, "clocks/_rows.html", context)
    return render(request, "clocks/list.html", context | _choices(request, wanted))


def _choices(request: HttpRequest, wanted: ClockFilter) -> dict[str, object]:
    whole = may_open(request.user, Page.CASES_ALL)
    return {
        "wanted": wanted,
        "plans": Plan.objects.order_by("code").values_list("code", "short_name"),
        "states": [(state.value, state.label) for state in OPEN],
        "units": [(OFFICE_ITSELF, _("指挥部办公室")), *units_owing()] if whole else [],
        "whole": whole,
        "narrowed": any([wanted.plan, wanted.state, wanted.unit, wanted.drill]),
    }
