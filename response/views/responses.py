"""Responses: the list, the proposal, the brief with its decisions."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from directory.models import ResponseCondition, ResponseLevel
from incidents.conditions import NO_BASIS, Finding, facts_from, no_basis
from incidents.models import Incident
from incidents.selectors import incident_for
from incidents.selectors.conditions import missing_words
from response import services
from response.choices import ResponseState
from response.forms import ProposeForm
from response.models import Response
from response.rules import overlapping
from response.selectors import conditions_of, level_preview, response_for, response_list
from response.views.brief import ACTS, brief_context, callout_context, callout_kinds, short_context
from yangcheng_ec.callout.selectors import progress_mark
from yangcheng_ec.errors import BadInput, NotVisible
from yangcheng_ec.forms import errors_into_form
from yangcheng_ec.http import not_modified, tagged
from yangcheng_ec.permissions import Page, may_open

__all__ = ["act", "brief", "callouts", "index", "new", "shift", "show"]

PAGE_SIZE = 50
# Every level with its conditions, each with what the known facts say of it.
Levels = list[tuple[ResponseLevel, list[tuple[ResponseCondition, Finding]]]]


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
    levels = conditions_of(incident.plan_version, incident)
    form = _propose_form(request, incident, levels, None)
    if request.method == "POST" and form.is_valid() and not _looks_first(request):
        try:
            found = services.response_propose(
                incident_id=incident.pk,
                level=form.level,
                condition=form.condition,
                user=request.user,
                basis=form.cleaned_data["basis"],
                withdraws=form.cleaned_data["withdraws"],
                local_reason=form.given_reason(),
            )
            messages.success(request, _("已提出建议，等待决定。"))
            return redirect("response", number=found.number)
        except BadInput as error:
            errors_into_form(form, error)
    return _render_new(request, incident, form, levels, None)


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
    levels = conditions_of(running.incident.plan_version, running.incident)
    form = _propose_form(request, running.incident, levels, running)
    if request.method == "POST" and form.is_valid() and not _looks_first(request):
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
                local_reason=form.given_reason(),
            )
            return redirect("response", number=found.number)
        except BadInput as error:
            errors_into_form(form, error)
    return _render_new(request, running.incident, form, levels, running)


@login_required
@require_safe
def show(request: HttpRequest, number: str) -> HttpResponse:
    """Show the brief of a response and what this person may decide."""
    return render(request, "response/response.html", brief_context(request, response_for(request.user, number)))


@login_required
@require_safe
def brief(request: HttpRequest, number: str) -> HttpResponse:
    """Show the one page of whoever decides: small enough for a phone with a bad line."""
    return render(request, "response/brief.html", short_context(request, response_for(request.user, number)))


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
            return redirect("response-brief" if request.POST.get("page") == "brief" else "response", number=number)
        except BadInput as error:
            errors_into_form(form, error)
    context = brief_context(request, response_for(request.user, number), failed=act, form=form)
    return render(request, "response/response.html", context, status=400)


def _version(request: HttpRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _looks_first(request: HttpRequest) -> bool:
    """Return whether the office wants to see what would follow before it proposes."""
    return request.POST.get("then") == "preview"


def _propose_form(request: HttpRequest, incident: Incident, levels: Levels, running: Response | None) -> ProposeForm:
    choices = {
        f"{level.ordinal}-{row.number}": row
        for level, found in levels
        for row, _finding in found
        if running is None or level.pk != running.level_id
    }
    asked = overlapping(row for _level, found in levels for row, _finding in found)
    return ProposeForm(
        request.POST or None,
        choices=[(value, row.text) for value, row in choices.items()],
        overlapping=[value for value, row in choices.items() if row.pk in asked],
        initial={"withdraws": request.GET.get("withdraws", ""), **_basis_before(request, incident)},
    )


def _basis_before(request: HttpRequest, incident: Incident) -> dict[str, str]:
    """Return what an earlier proposal of this case was based on, for the one that follows it (改提)."""
    number = request.GET.get("like") or request.GET.get("withdraws") or ""
    old = incident.responses.filter(number=number).first() if number else None
    return {"basis": old.basis, "local_reason": old.local_reason} if old else {}


def _render_new(
    request: HttpRequest, incident: Incident, form: ProposeForm, levels: Levels, running: Response | None
) -> HttpResponse:
    uncovered = no_basis((found for _l, rows in levels for _r, found in rows), facts_from(incident.facts))
    looked = form.is_bound and form.is_valid() and _looks_first(request)
    chosen = next((level for level, _rows in levels if looked and str(level.ordinal) == form.level), None)
    context = {
        "incident": incident,
        "form": form,
        "running": running,
        "wanted": request.GET.get("level", ""),
        "levels": [
            (level, [(row, found, missing_words(found), f"{level.ordinal}-{row.number}") for row, found in rows])
            for level, rows in levels
            if running is None or level.pk != running.level_id
        ],
        "overlapping": form.overlapping,
        "chosen": form["choice"].value() or "",
        "no_basis": NO_BASIS if uncovered else "",
        "preview": chosen and level_preview(chosen, incident, running=running.level if running else None),
    }
    return render(request, "response/new.html", context, status=400 if form.is_bound and not chosen else 200)
