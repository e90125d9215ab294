"""每日零报告: the day's list, one tap to return, and corrections (「非预案规定」)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from directory.models import PlanVersion
from incidents import services
from incidents.forms.returns import CorrectForm, DayForm, ReturnForm
from incidents.selectors.returns import day_shown, return_by_id, return_day, return_lines, return_plans
from incidents.services import Returned
from incidents.views.common import posted
from yangcheng_ec.errors import BadInput, NotVisible
from yangcheng_ec.forms import errors_into_form

__all__ = ["daily_return", "daily_returns"]

PER_PAGE = 50


@login_required
@require_http_methods(["GET", "POST"])
def daily_returns(request: HttpRequest) -> HttpResponse:
    """Who has returned on a day and who has not; a POST files one return."""
    plans = return_plans(request.user)
    if not plans:
        raise NotVisible()
    form = ReturnForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            row = _file(request.user, form)
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, _("已报送：%(count)s 起。") % {"count": row.count})
            return redirect(_place(row.plan.code, row.date))
    return render(request, "incidents/daily_returns.html", _page(request, plans, form), status=_status(form))


def _status(form: Any) -> int:
    return 400 if form.is_bound else 200


def _file(user: Any, form: Any) -> Any:
    names = ("plan", "date", "unit", "count", "note")
    returned = Returned(**{name: form.cleaned_data[name] for name in names})
    return services.daily_return_file(user=user, returned=returned, key=form.cleaned_data["idempotency_key"])


def _place(plan: str, day: date) -> str:
    return f"{reverse('daily-returns')}?plan={plan}&date={day:%Y-%m-%d}"


def _page(request: HttpRequest, plans: list[PlanVersion], form: Any) -> dict[str, Any]:
    asked = DayForm(request.POST if form.is_bound else request.GET)
    asked.is_valid()
    today = return_day()
    day = day_shown(asked.cleaned_data.get("date"))
    version = next((row for row in plans if row.plan.code == asked.cleaned_data.get("plan")), plans[0])
    lines = return_lines(request.user, version, day)
    pages = Paginator(lines, PER_PAGE)
    return {
        "plans": [(row, _place(row.plan.code, day), row.pk == version.pk) for row in plans],
        "version": version,
        "day": day,
        "today": today,
        "before": _place(version.plan.code, day - timedelta(days=1)),
        "after": _place(version.plan.code, day + timedelta(days=1)) if day < today else "",
        "page_obj": pages.get_page(request.GET.get("page")),
        "done": sum(1 for line in lines if line.filed),
        "total": len(lines),
        "form": form,
        "row_of_form": form.data.get("unit", "") if form.is_bound else None,
    }


@login_required
@require_http_methods(["GET", "POST"])
def daily_return(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct a return, with the reason."""
    row = return_by_id(request.user, pk)
    start = {"version": row.version, "count": row.count}
    form = CorrectForm(posted(request), initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            services.daily_return_correct(return_id=row.pk, user=request.user, **form.cleaned_data)
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, _("已更正。"))
            return redirect(_place(row.plan.code, row.date))
    context = {"row": row, "form": form, "back": _place(row.plan.code, row.date)}
    return render(request, "incidents/daily_return.html", context, status=_status(form))
