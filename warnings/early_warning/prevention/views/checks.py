"""The rounds of checks: their list, one round with who has answered, and opening one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from directory.models import PlanVersion
from early_warning.intake import plans_in_force
from early_warning.prevention import selectors, services
from early_warning.prevention.forms import CheckFilterForm, CheckForm, CheckReturnForm
from early_warning.prevention.intake import plan_chosen, reporting_unit, round_units
from early_warning.prevention.models import HazardCheck
from early_warning.prevention.rules import clauses_of
from early_warning.prevention.selectors import PREVENTION, check_for
from early_warning.prevention.views.acts import CHECK_ACTS
from early_warning.prevention.views.face import check_context, speaks_for
from incidents.selectors.drafts import offices_of
from incidents.views.common import posted
from yangcheng_ec.access import page_required
from yangcheng_ec.errors import BadInput
from yangcheng_ec.forms import errors_into_form

__all__ = ["check_act", "check_detail", "check_list", "check_new"]

PAGE_SIZE = 30


@page_required(*PREVENTION)
@require_safe
def check_list(request: HttpRequest) -> HttpResponse:
    """The rounds: late and unanswered first, then those that wait for my unit."""
    versions = plans_in_force()
    user: Any = request.user
    form = CheckFilterForm(request.GET, plans=versions)
    rows = selectors.checks_listed(user, **form.wanted())
    office = offices_of(user).exists()
    context = {
        "form": form,
        "page_obj": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "office": office,
        "may_open_round": office or speaks_for(user, user.unit),
    }
    return render(request, "prevention/checks.html", context)


@page_required(*PREVENTION)
@require_safe
def check_detail(request: HttpRequest, number: str) -> HttpResponse:
    """Show one round: who has answered what, who has not, the findings it brought."""
    check = check_for(request.user, number)
    return render(request, "prevention/check.html", check_context(request.user, check))


@page_required(*PREVENTION)
@require_POST
def check_act(request: HttpRequest, number: str, act: str) -> HttpResponse:
    """Do one act on a round, or return a unit's result; what is wrong comes back beside the field."""
    check, user = check_for(request.user, number), request.user
    form = _bound(request, check, act)
    if form.is_valid():
        try:
            words = _do(check, act, form.arguments(), user)
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, words)
            return redirect("hazard-check", number=number)
    return render(request, "prevention/check.html", check_context(user, check, failed={act: form}), status=400)


def _bound(request: HttpRequest, check: HazardCheck, act: str) -> Any:
    """Return the act's form as it was sent; the office's own form of a result names the unit."""
    if act != "return":
        return CHECK_ACTS[act].form(request.POST, row=check, auto_id=f"{act}_%s")
    if "said_by" in request.POST:
        units = [row.unit for row in check.returns.select_related("unit")]
        return CheckReturnForm(request.POST, units=units, auto_id="behalf_%s")
    return CheckReturnForm(request.POST, auto_id="own_%s")


def _do(check: HazardCheck, act: str, arguments: dict[str, Any], user: Any) -> str:
    if act == "return":
        row = services.check_return(check_id=check.pk, user=user, **arguments)
        if row.found:
            return _("已报送：发现 %(n)d 处。请逐处报告隐患。") % {"n": row.found}
        return _("已报送：未发现隐患。")
    step = CHECK_ACTS[act]
    return step.words(step.handle(check, arguments, user))


@page_required(*PREVENTION)
@require_http_methods(["GET", "POST"])
def check_new(request: HttpRequest) -> HttpResponse:
    """Open a round of checks for units (the office), or one's own unit's own check."""
    user = request.user
    version = plan_chosen(user, request.GET.get("plan", ""))
    unit = reporting_unit(user, version)
    today = timezone.localdate()
    form = CheckForm(
        posted(request), unit_groups=[] if unit else round_units(version), initial={"starts_on": today}
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            made = services.check_open(version=version, user=user, **form.arguments())
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, _opened(made))
            return redirect("hazard-check", number=made.number)
    return render(
        request, "prevention/check_new.html", _context(version, unit, form), status=400 if form.errors else 200
    )


def _opened(made: HazardCheck) -> str:
    if made.own:
        return _("自查已开始：%(number)s。") % {"number": made.number}
    return _("已部署 %(number)s，已通知各单位有账号的人员。") % {"number": made.number}


def _context(version: PlanVersion, unit: Any, form: CheckForm) -> dict[str, Any]:
    return {
        "version": version, "unit": unit, "form": form, "plans": plans_in_force(), "clauses": clauses_of(version),
    }  # fmt: skip
