"""The ladder of reminders and escalation of a plan in force, and its changes."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from directory.forms_ladder import LadderForm
from directory.models import PlanVersion
from directory.selectors.ladders import clocks_running, editions_of
from directory.selectors.plans import plan_in_force
from directory.services.ladders import ladder_change, may_change_ladder
from yangcheng_ec.access import page_required
from yangcheng_ec.errors import BadInput
from yangcheng_ec.permissions import Page

__all__ = ["plan_ladder"]


@require_http_methods(["GET", "POST"])
@page_required(Page.RESPONSES)
def plan_ladder(request: HttpRequest, code: str) -> HttpResponse:
    """Show the ladder with its changes; the office director changes it here."""
    version = plan_in_force(code)
    form = LadderForm(request.POST if request.method == "POST" else None, version=version)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        lines = [line for _row, line in form.placed().values()]
        try:
            made = ladder_change(version_id=version.pk, lines=lines, user=request.user, **data)
        except BadInput as error:
            form.take_errors(error.fields)
        else:
            messages.success(request, _("已调整。") if made else _("没有变化，未调整。"))
            return redirect("plan-ladder", code=code)
    return _page(request, version, form)


def _page(request: HttpRequest, version: PlanVersion, form: LadderForm) -> HttpResponse:
    context = {
        "version": version,
        "form": form,
        "rungs": version.ladder_rungs.all(),
        "editions": editions_of(version),
        "running": clocks_running(version),
        "may_change": may_change_ladder(request.user, version),
    }
    return render(request, "plans/ladder.html", context, status=400 if form.is_bound else 200)
