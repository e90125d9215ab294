"""Responses: the list, the proposal, the brief with its decisions."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from incidents.conditions import NO_BASIS, facts_from, no_basis
from incidents.models import Incident
from incidents.selectors import incident_for
from incidents.selectors.conditions import missing_words
from response import services
from response.choices import ResponseState
from response.forms import ProposeForm
from response.models import Response
from response.selectors import conditions_of, response_for, response_list
from response.views.brief import ACTS, brief_context, callout_context, callout_kinds
from yangcheng_ec.callout.selectors import progress_mark
from yangcheng_ec.errors import BadInput, NotVisible
from yangcheng_ec.forms import errors_into_form
from yangcheng_ec.http import not_modified, tagged
from yangcheng_ec.permissions import Page, may_open

__all__ = ["act", "callouts", "index", "new", "shift", "show"]

PAGE_SIZE = 50


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """List responses."""
    if not may_open(request.user, Page.RESPONSES):
        raise NotVisible()
    state, plan = request.GET.get("state", ""), request.GET.get("plan", "")
    page = Paginator(response_list(request.user, state=state, plan=plan), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page_obj": page, "states": ResponseState.choices, "state": state, "plan": plan}
    return render(request, "response/list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Propose a level for a case."""
    incident = incident_for(request.user, request.GET.get("incident", ""))
    form = _propose_form(request, incident, None)
    if request.method == "POST" and form.is_valid():
        try:
            found = services.response_propose(
                incident_id=incident.pk,
                level=form.level,
                condition=form.condition,
                user=request.user,
                basis=form.cleaned_data["basis"],
                withdraws=form.cleaned_data["withdraws"],
            )
            messages.success(request, _("已提出建议，等待决定。"))
            return redirect("response", number=found.number)
        except BadInput as error:
            errors_into_form(form, error)
    return _render_new(request, incident, form, None)


@login_required
@require_safe
def callouts(request: HttpRequest, number: str) -> HttpResponse:
    """Answer how far the call-outs have come, or 304 when nothing has changed since."""
    if not may_open(request.user, Page.RESPONSES):
        raise NotVisible()
    response = response_for(request.user, number)
    mark = f"{response.version}-{progress_mark(('response', response.pk), callout_kinds(response))}"
    unchanged = not_modified(request, mark)
    if unchanged is not None:
        return unchanged
    return tagged(render(request, "response/_callouts.html", callout_context(response)), mark)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def shift(request: HttpRequest, number: str) -> HttpResponse:
    """Propose a higher or lower level for a running response."""
    running = response_for(request.user, number)
    form = _propose_form(request, running.incident, running)
    if request.method == "POST" and form.is_valid():
        lower = int(form.level) > running.level.ordinal
        propose = services.response_lower if lower else services.response_escalate
        try:
            found = propose(
                response_id=running.pk,
                version=_version(request),
                level=form.level,
                condition=form.condition,
                basis=form.cleaned_data["basis"],
                user=request.user,
            )
            return redirect("response", number=found.number)
        except BadInput as error:
            errors_into_form(form, error)
    return _render_new(request, running.incident, form, running)


@login_required
@require_safe
def show(request: HttpRequest, number: str) -> HttpResponse:
    """Show the brief of a response and what this person may decide."""
    return render(request, "response/response.html", brief_context(request, response_for(request.user, number)))


@login_required
@require_POST
def act(request: HttpRequest, number: str, act: str) -> HttpResponse:
    """Decide, hand over, ask for reinforcement, propose or approve the end, add a task."""
    response = response_for(request.user, number)
    if act not in ACTS:
        raise Http404
    form = ACTS[act].form(request, response)
    if form.is_valid():
        try:
            ACTS[act].run(request, response, form, _version(request))
            messages.success(request, _("已记录。"))
            return redirect("response", number=number)
        except BadInput as error:
            errors_into_form(form, error)
    context = brief_context(request, response_for(request.user, number), failed=act, form=form)
    return render(request, "response/response.html", context, status=400)


def _version(request: HttpRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _propose_form(request: HttpRequest, incident: Incident, running: Response | None) -> ProposeForm:
    choices = [
        (f"{level.ordinal}-{row.number}", row.text)
        for level, rows in conditions_of(incident.plan_version, incident)
        for row, _finding in rows
        if running is None or level.pk != running.level_id
    ]
    initial = {"withdraws": request.GET.get("withdraws", "")}
    return ProposeForm(request.POST or None, choices=choices, initial=initial)


def _render_new(request: HttpRequest, incident: Incident, form: ProposeForm, running: Response | None) -> HttpResponse:
    levels = conditions_of(incident.plan_version, incident)
    wanted = request.GET.get("level", "")
    uncovered = no_basis((found for _l, rows in levels for _r, found in rows), facts_from(incident.facts))
    context = {
        "incident": incident,
        "form": form,
        "running": running,
        "wanted": wanted,
        "levels": [
            (level, [(row, found, missing_words(found), f"{level.ordinal}-{row.number}") for row, found in rows])
            for level, rows in levels
            if running is None or level.pk != running.level_id
        ],
        "chosen": form["choice"].value() or "",
        "no_basis": NO_BASIS if uncovered else "",
    }
    return render(request, "response/new.html", context, status=400 if form.is_bound else 200)
