"""The list of findings, its sheet, one finding, and reporting one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from directory.models import PlanVersion, Unit
from directory.sheets.sending import sheet_answer
from early_warning.intake import plans_in_force
from early_warning.models import EarlyWarning
from early_warning.prevention import selectors, services
from early_warning.prevention.choices import CheckState
from early_warning.prevention.forms import FilterForm, FindingForm
from early_warning.prevention.intake import plan_chosen, reporting_unit
from early_warning.prevention.models import Finding, HazardCheck
from early_warning.prevention.rules import clauses_of, named_units, operator_rule
from early_warning.prevention.selectors import PREVENTION, finding_for
from early_warning.prevention.views.acts import FINDING_ACTS
from early_warning.prevention.views.face import finding_context, speaks_for
from incidents.selectors.drafts import offices_of
from incidents.views.common import posted
from yangcheng_ec.access import page_required
from yangcheng_ec.errors import BadInput
from yangcheng_ec.forms import errors_into_form
from yangcheng_ec.permissions import Page, may_open

__all__ = ["finding_act", "finding_detail", "finding_list", "finding_new", "findings_sheet"]

PAGE_SIZE = 30


@page_required(*PREVENTION)
@require_safe
def finding_list(request: HttpRequest) -> HttpResponse:
    """The findings: what is late and mine first, with the line of figures and the rounds that wait for my unit."""
    versions = plans_in_force()
    form = _filter(request, versions)
    wanted = form.wanted()
    rows = selectors.findings_listed(request.user, wanted)
    context = {
        "form": form,
        "page_obj": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "counts": selectors.finding_counts(request.user, wanted.plan),
        "waiting": selectors.checks_to_return(request.user)[:5],
        "may_report": _may_report(request.user),
        "every": may_open(request.user, Page.PREVENTION_ALL),
        "limit": selectors.ROW_LIMIT,
    }
    return render(request, "prevention/findings.html", context)


def _filter(request: HttpRequest, versions: list[PlanVersion]) -> FilterForm:
    return FilterForm(request.GET, plans=versions, every=may_open(request.user, Page.PREVENTION_ALL))


def _may_report(user: Any) -> bool:
    return speaks_for(user, user.unit) or offices_of(user).exists()


@page_required(*PREVENTION)
@require_safe
def findings_sheet(request: HttpRequest, kind: str) -> Any:
    """The filtered list as csv or xlsx, in the list's order."""
    rows = selectors.findings_listed(request.user, _filter(request, plans_in_force()).wanted())
    lines = selectors.sheet_rows(rows, every=may_open(request.user, Page.PREVENTION_ALL))
    return sheet_answer(kind, "findings", _("风险隐患"), selectors.COLUMNS, lines)


@page_required(*PREVENTION)
@require_safe
def finding_detail(request: HttpRequest, number: str) -> HttpResponse:
    """Show one finding with its history and what this reader may do."""
    found = finding_for(request.user, number)
    return render(request, "prevention/finding.html", finding_context(request.user, found))


@page_required(*PREVENTION)
@require_POST
def finding_act(request: HttpRequest, number: str, act: str) -> HttpResponse:
    """Do one act on a finding; a refusal that is the typist's comes back beside the field."""
    row = finding_for(request.user, number)
    step = FINDING_ACTS[act]
    form: Any = step.form(request.POST, row=row, auto_id=f"{act}_%s")
    if form.is_valid():
        try:
            answer = step.handle(row, form.arguments(), request.user)
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, step.words(answer))
            return _after(act, row, answer)
    return render(
        request, "prevention/finding.html", finding_context(request.user, row, failed={act: form}), status=400
    )


def _after(act: str, row: Finding, answer: object) -> HttpResponse:
    """Go on to what came of the finding, or back to it."""
    if isinstance(answer, EarlyWarning):
        return redirect("warning-edit", number=answer.number)
    if act == "intake":
        return redirect("intake-draft", uuid=answer)
    return redirect("finding", number=row.number)


@page_required(*PREVENTION)
@require_http_methods(["GET", "POST"])
def finding_new(request: HttpRequest) -> HttpResponse:
    """Report a finding under a plan: one's own unit's, or for the office whosever was phoned in."""
    user = request.user
    version = plan_chosen(user, request.GET.get("plan", ""))
    unit = reporting_unit(user, version)
    checks = _rounds(user, version, unit)
    start = {"hazard_check": request.GET.get("check", ""), "unit": getattr(version.office_unit, "code", "")}
    form = FindingForm(posted(request), own_unit=unit, checks=checks, initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.finding_report(version=version, user=user, **form.arguments())
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, _("已报告 %(number)s，等待办公室受理。") % {"number": made.number})
            return redirect("finding", number=made.number)
    context = _new_context(version, unit) | {"form": form}
    return render(request, "prevention/finding_new.html", context, status=400 if form.errors else 200)


def _rounds(user: Any, version: PlanVersion, unit: Unit | None) -> list[HazardCheck]:
    """Return the open rounds of the plan that a finding may belong to."""
    rows = selectors.checks_visible_to(user).filter(state=CheckState.OPEN, plan_version__plan=version.plan_id)
    own = Q(returns__unit=unit) if unit is not None else Q()
    return list(rows.filter(own).order_by("due_at", "id"))


def _new_context(version: PlanVersion, unit: Unit | None) -> dict[str, Any]:
    rule = operator_rule(version)
    return {
        "version": version,
        "unit": unit,
        "plans": plans_in_force(),
        "clauses": clauses_of(version),
        "event_rule": rule,
        "named": unit is None or unit in named_units(version, rule),
    }
