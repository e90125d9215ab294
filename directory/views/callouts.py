"""One call-out: how far it has come, what comes next; confirming it, and giving it up with a reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from directory.callouts import answers_for_itself
from directory.choices import Act
from directory.forms_callouts import AnswerForm, GiveUpForm
from directory.models import PlanVersion
from directory.rules import may
from directory.selectors.callouts import callout_for
from directory.services.callouts import callout_abandon, callout_answer
from yangcheng_ec.callout.choices import CONFIRMABLE, CalloutState
from yangcheng_ec.callout.models import Callout
from yangcheng_ec.errors import BadInput
from yangcheng_ec.forms import errors_into_form

__all__ = ["callout", "callout_confirmed", "callout_given_up"]


@require_GET
@login_required
def callout(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one call-out: its rungs, whom each step told, what comes next."""
    return _page(request, callout_for(request.user, pk))


@require_POST
@login_required
def callout_confirmed(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm it."""
    return _act(request, pk, AnswerForm(request.POST), callout_answer, "answer", _("已确认收到。"))


@require_POST
@login_required
def callout_given_up(request: HttpRequest, pk: int) -> HttpResponse:
    """Give it up with a reason."""
    return _act(request, pk, GiveUpForm(request.POST), callout_abandon, "give_up", _("已记下：不再叫应。"))


def _act(
    request: HttpRequest, pk: int, form: forms.Form, service: Callable[..., Any], name: str, done: str
) -> HttpResponse:
    row = callout_for(request.user, pk)
    if form.is_valid():
        try:
            service(callout_id=pk, user=request.user, **form.cleaned_data)
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, done)
            return redirect(_next(request, pk))
    return _page(request, row, **{name: form})


def _next(request: HttpRequest, pk: int) -> str:
    """Return where the button was pressed, when that is here."""
    address = request.POST.get("next", "")
    own = url_has_allowed_host_and_scheme(address, allowed_hosts=None)
    return address if own and address.startswith("/") else f"/callouts/{pk}/"


def _page(
    request: HttpRequest, row: Callout, *, answer: forms.Form | None = None, give_up: forms.Form | None = None
) -> HttpResponse:
    version = PlanVersion.objects.select_related("plan").filter(pk=row.cause.plan_version_id).first()
    context = {
        "callout": row,
        "steps": row.steps.all(),
        "told": row.told.select_related("notice").prefetch_related("notice__deliveries"),
        "own": answers_for_itself(row, request.user),
        "office": version is not None and may(request.user, version, Act.OFFICE),
        "confirmable": row.state in CONFIRMABLE,
        "open": row.state == CalloutState.OPEN,
        "answer": answer or AnswerForm(),
        "give_up": give_up or GiveUpForm(),
    }
    return render(request, "callouts/callout.html", context, status=400 if answer or give_up else 200)
