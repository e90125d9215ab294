"""One warning, and the page on which a warning is written."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from directory.choices import Act
from directory.models import PlanVersion
from directory.rules import actor_for, clause_label, may
from early_warning.choices import SourceKind
from early_warning.forms import ContentForm, NewForm, initial_of
from early_warning.intake import draft_once, incident_named, plan_in_force, plans_in_force
from early_warning.models import EarlyWarning
from early_warning.rules import act_clause, incident_may_warn, level_label
from early_warning.selectors import warning_for
from early_warning.services import warning_adjust, warning_edit, warning_opened, warning_propose
from early_warning.verdict import response_verdict, situation_rows
from early_warning.views.face import detail_context
from yangcheng_ec.access import page_required
from yangcheng_ec.errors import BadInput
from yangcheng_ec.forms import errors_into_form
from yangcheng_ec.permissions import Page

__all__ = ["warning_adjust_page", "warning_detail", "warning_edit_page", "warning_new"]

PAGES = (Page.WARNINGS_ALL, Page.WARNINGS_OWN)


@page_required(*PAGES)
@require_GET
def warning_detail(request: HttpRequest, number: str) -> HttpResponse:
    """Show one warning; when an addressed unit opens it first, that is its delivery."""
    warning = warning_for(request.user, number)
    warning_opened(warning_id=warning.pk, user=request.user)
    return render(request, "warnings/detail.html", detail_context(request.user, warning))


@page_required(*PAGES)
@require_http_methods(["GET", "POST"])
def warning_new(request: HttpRequest) -> HttpResponse:
    """Draft a warning under a plan, from scratch or from an incident that met no response condition."""
    incident = incident_named(request.user, request.GET.get("incident", ""))
    version = incident.plan_version if incident else _chosen_plan(request)
    actor_for(request.user, version, Act.PROPOSE_WARNING)
    if incident is not None:
        incident_may_warn(incident)
    source = SourceKind.SUPERIOR if request.GET.get("from") == "superior" else SourceKind.SCRATCH
    start: dict[str, Any] = {"idempotency_key": uuid.uuid4().hex, "source": source}
    if incident is not None:
        start |= {"title": incident.title, "basis": incident.description, "drill": incident.drill}
    posted = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = NewForm(*posted, plan_version=version, initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            warning = draft_once(form, user=request.user, incident=incident, key=form.cleaned_data["idempotency_key"])
        except BadInput as error:
            errors_into_form(form, error)
        else:
            return _saved(request, warning)
    return _form_page(request, form, version, incident=incident, title=_("起草预警"))


@page_required(*PAGES)
@require_http_methods(["GET", "POST"])
def warning_edit_page(request: HttpRequest, number: str) -> HttpResponse:
    """Change what an unpublished warning says."""
    return _rewrite(request, number, warning_edit, _("修改预警"))


@page_required(*PAGES)
@require_http_methods(["GET", "POST"])
def warning_adjust_page(request: HttpRequest, number: str) -> HttpResponse:
    """Draft the adjusted version of a warning in force."""
    return _rewrite(request, number, warning_adjust, _("调整预警"))


def _rewrite(request: HttpRequest, number: str, service: Any, title: str) -> HttpResponse:
    warning = warning_for(request.user, number)
    actor_for(request.user, warning.plan_version, Act.PROPOSE_WARNING)
    start = initial_of(warning) | {"version": warning.version}
    form = ContentForm(request.POST or None, plan_version=warning.plan_version, initial=start)
    form.fields.pop("drill")
    form.fields["version"].required = True
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"]
        try:
            saved = service(warning_id=warning.pk, version=version, content=form.content(), user=request.user)
        except BadInput as error:
            errors_into_form(form, error)
        else:
            return _saved(request, saved)
    updating = service is warning_adjust
    return _form_page(request, form, warning.plan_version, warning=warning, title=title, updating=updating)


def _saved(request: HttpRequest, warning: EarlyWarning) -> HttpResponse:
    """Go on to the warning; «保存并提出建议» proposes it at once, and what is missing is said on its page."""
    if request.POST.get("then") != "propose":
        messages.success(request, _("预警草稿已保存。"))
        return redirect("warning", number=warning.number)
    try:
        warning_propose(warning_id=warning.pk, version=warning.version, user=request.user)
    except BadInput as error:
        texts = [text for found in error.fields.values() for text in found]
        messages.error(request, _("草稿已保存，但还不能提出建议：") + "".join(texts))
        return redirect("warning-edit", number=warning.number)
    messages.success(request, _("已提出预警建议，等待批准。"))
    return redirect("warning", number=warning.number)


def _chosen_plan(request: HttpRequest) -> PlanVersion:
    """Return the plan asked for, or the first one under which this person may propose a warning."""
    code = request.GET.get("plan", "")
    if code:
        return plan_in_force(code)
    versions = plans_in_force()
    return next((row for row in versions if may(request.user, row, Act.PROPOSE_WARNING)), versions[0])


def _form_page(
    request: HttpRequest, form: ContentForm, version: PlanVersion, *, title: str, **context: Any
) -> HttpResponse:
    warning = context.get("warning")
    shown = context.get("incident") or (warning.incident if warning else None)
    situations = {row.level.pk: row for row in situation_rows(version, shown)}
    context |= {
        "form": form,
        "version": version,
        "title": title,
        "clause": act_clause(version, Act.PROPOSE_WARNING),
        "level_clause": clause_label(version, form.levels[0].clause) if form.levels else "",
        "levels": [(level, level_label(level), situations.get(level.pk)) for level in form.levels],
        "criteria": any(level.text for level in form.levels),
        "verdict": response_verdict(shown) if shown else None,
        "plans": plans_in_force() if "warning" not in context and not context.get("incident") else [],
    }
    return render(request, "warnings/form.html", context, status=400 if form.errors else 200)
