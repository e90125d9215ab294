"""Warning actions on the pages: a unit signs for them and reports, the office enters for units and chases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from early_warning import services
from early_warning.actions import tasks_visible_to
from early_warning.forms import ChaseForm, TaskForm
from early_warning.models import WarningTask
from early_warning.selectors import warning_for
from early_warning.views.face import detail_context
from yangcheng_ec.access import page_required
from yangcheng_ec.errors import BadInput, NotVisible
from yangcheng_ec.forms import errors_into_form
from yangcheng_ec.permissions import Page

__all__ = ["warning_chase", "warning_task_act"]

PAGES = (Page.WARNINGS_ALL, Page.WARNINGS_OWN)


def _acknowledge(task: WarningTask, data: dict[str, Any], user: Any) -> object:
    return services.warning_task_acknowledge(task_id=task.pk, version=data["version"], user=user, person=data["person"])


def _complete(task: WarningTask, data: dict[str, Any], user: Any) -> object:
    return services.warning_task_complete(task_id=task.pk, user=user, **data)


def _return(task: WarningTask, data: dict[str, Any], user: Any) -> object:
    return services.warning_task_return(task_id=task.pk, user=user, **data)


DOINGS: dict[str, tuple[Callable[[WarningTask, dict[str, Any], Any], object], str]] = {
    "acknowledge": (_acknowledge, "已签收预警行动。"),
    "complete": (_complete, "已报告落实情况。"),
    "return": (_return, "已退回，办公室会看到理由。"),
}


@page_required(*PAGES)
@require_POST
def warning_task_act(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """Do one act on one action; the act is the button that was pressed."""
    warning = warning_for(request.user, number)
    task = tasks_visible_to(request.user).filter(warning=warning, pk=pk).first()
    if task is None:
        raise NotVisible()
    found = DOINGS.get(request.POST.get("act", ""))
    if found is None:
        raise Http404
    form = TaskForm(request.POST)
    if form.is_valid():
        try:
            found[0](task, form.cleaned_data, request.user)
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, _(found[1]))
            return redirect("tasks" if "back" in request.POST else warning)
    context = detail_context(request.user, warning, failed={f"task-{pk}": form})
    return render(request, "warnings/detail.html", context, status=400)


@page_required(Page.WARNINGS_ALL)
@require_POST
def warning_chase(request: HttpRequest, number: str) -> HttpResponse:
    """Chase the units with open actions, all or those ticked."""
    warning = warning_for(request.user, number)
    form = ChaseForm(request.POST, warning=warning)
    if form.is_valid():
        try:
            chased = services.warning_chase(warning_id=warning.pk, user=request.user, units=form.chosen())
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, _("已催办 %(n)d 个单位。") % {"n": len(chased)})
            return redirect(warning)
    context = detail_context(request.user, warning, failed={"chase": form})
    return render(request, "warnings/detail.html", context, status=400)
