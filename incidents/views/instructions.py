"""批示: handing something to do on, and answering it. Recording one is an act of the case."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from incidents import services
from incidents.forms.instructions import AnswerForm, FollowUpForm
from incidents.models import FollowUp, Incident
from incidents.selectors import incident_for, may_work_on
from incidents.selectors.instructions import follow_up_for, instruction_for
from incidents.views.common import posted
from yangcheng_ec.errors import BadInput, NotVisible
from yangcheng_ec.forms import errors_into_form

__all__ = ["follow_up", "follow_up_new"]


@login_required
@require_http_methods(["GET", "POST"])
def follow_up_new(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """Hand something to do out of an instruction to a unit, or to the office."""
    case = incident_for(request.user, number)
    row = instruction_for(request.user, pk)
    if row.incident_id != case.pk:
        raise NotVisible()
    form = FollowUpForm(posted(request), incident=case, user=request.user)
    if request.method == "POST" and form.is_valid():
        wanted = {name: form.cleaned_data[name] for name in ("to_do", "unit", "due_at")}
        try:
            services.follow_up_add(instruction_id=row.pk, user=request.user, **wanted)
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, _("已交办。"))
            return redirect("incident", number)
    context = {"incident": case, "instruction": row, "form": form, "allowed": may_work_on(request.user, case)[0]}
    return render(request, "incidents/follow_up_new.html", context, status=400 if form.is_bound else 200)


@login_required
@require_http_methods(["GET", "POST"])
def follow_up(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """One thing to do, and its answer."""
    case, item = incident_for(request.user, number), follow_up_for(request.user, pk)
    if item.instruction.incident_id != case.pk:
        raise NotVisible()
    form = AnswerForm(posted(request), version=item.version, secret=case.secret)
    if request.method == "POST" and form.is_valid():
        try:
            services.follow_up_done(
                follow_up_id=item.pk, version=form.cleaned_data["version"], user=request.user,
                answer=form.cleaned_data["answer"],
            )  # fmt: skip
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, _("已办结。"))
            return redirect("incident", number)
    context = {"incident": case, "item": item, "form": form, "allowed": _may_answer(request.user, case, item)}
    return render(request, "incidents/follow_up.html", context, status=400 if form.is_bound else 200)


def _may_answer(user: Any, case: Incident, item: FollowUp) -> bool:
    """Return whether the page offers the answer; the service asks again."""
    own = item.unit_id is not None and user.unit_id == item.unit_id
    return item.done_at is None and (own or may_work_on(user, case)[0])
