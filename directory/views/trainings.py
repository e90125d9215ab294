"""The training log: the list, one entry with its history, entering, correcting, taking back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from directory.forms import ReasonForm
from directory.forms_standing import TrainingForm, TrainingNewForm, TrainingSearch
from directory.models import Training
from directory.selectors import trainings as reading
from directory.selectors.plans import plan_in_force, plans_in_force
from directory.selectors.standing_duties import training_duty
from directory.selectors.trainings import TrainingFilter
from directory.services import trainings as services
from yangcheng_ec.access import page_required
from yangcheng_ec.errors import BadInput, Forbidden
from yangcheng_ec.forms import errors_into_form
from yangcheng_ec.permissions import Page, may_open

__all__ = ["training", "training_edit", "training_new", "training_void", "trainings"]

PER_PAGE = 50
readers = page_required(Page.RESOURCES_ALL, Page.RESOURCES_OWN)


@require_GET
@readers
def trainings(request: HttpRequest) -> HttpResponse:
    """The log, the newest first, with how many trainings and people that makes."""
    form = TrainingSearch(request.GET, units=may_open(request.user, Page.RESOURCES_ALL))
    wanted = TrainingFilter(**form.cleaned_data) if form.is_valid() else TrainingFilter()
    found = reading.trainings_found(request.user, wanted)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "people": found.order_by().aggregate(total=Sum("headcount"))["total"] or 0,
        "duties": [training_duty(version) for version in plans_in_force()],
        "may_add": bool(reading.plans_trained(request.user)),
    }
    return render(request, "trainings/list.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@readers
def training_new(request: HttpRequest) -> HttpResponse:
    """Enter a training that was held."""
    plans = reading.plans_trained(request.user)
    if not plans:
        raise Forbidden(_("培训由预案的办公室或成员单位登记。"))
    form = TrainingNewForm(request.POST or None, initial=TrainingForm.initial_of(None), plans=plans)
    if request.method == "POST" and form.is_valid():
        try:
            row = services.training_add(user=request.user, plan=form.cleaned_data["plan"], trained=form.trained())
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, _("已登记：%(subject)s") % {"subject": row.subject})
            return redirect("training", pk=row.pk)
    return render(request, "trainings/form.html", {"form": form}, status=400 if form.errors else 200)


@require_GET
@readers
def training(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one entry with its history."""
    return _page(request, reading.training_get(request.user, pk))


def _page(request: HttpRequest, row: Training, *, status: int = 200, **forms: Any) -> HttpResponse:
    version = plan_in_force(row.plan.code)
    context = {
        "row": row,
        "duty": training_duty(version),
        "may_change": not row.void_reason and reading.may_change_training(request.user, row, version),
        "history": reading.training_history(row),
        "form": ReasonForm(label=_("作废理由"), initial={"version": row.version}),
        **forms,
    }
    return render(request, "trainings/training.html", context, status=status)


@require_http_methods(["GET", "POST"])
@readers
def training_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct an entry."""
    row = reading.training_get(request.user, pk)
    form = TrainingForm(request.POST or None, initial=TrainingForm.initial_of(row))
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"] or 0
        try:
            services.training_edit(user=request.user, training_id=pk, version=version, values=form.values())
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, _("已更正，原来的内容留在变更记录里。"))
            return redirect("training", pk=pk)
    return render(request, "trainings/form.html", {"form": form, "row": row}, status=400 if form.errors else 200)


@require_POST
@readers
def training_void(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back an entry made by mistake."""
    row = reading.training_get(request.user, pk)
    form = ReasonForm(request.POST, label=_("作废理由"))
    if form.is_valid():
        version, reason = form.cleaned_data["version"] or 0, form.cleaned_data["reason"]
        try:
            services.training_void(user=request.user, training_id=pk, version=version, reason=reason)
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, _("已作废，留在记录里。"))
            return redirect("trainings")
    return _page(request, row, form=form, status=400)
