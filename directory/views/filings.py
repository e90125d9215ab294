"""Members' action plans filed with the office: who has not, one with its versions, filing, reminding."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from directory.choices import Act, FilingState, PaperKind
from directory.forms import ReasonForm
from directory.forms_standing import FilingForm
from directory.models import ActionPlan, PlanVersion
from directory.rules import may
from directory.selectors import filings as reading
from directory.selectors.plans import plan_in_force
from directory.selectors.standing_duties import filing_duty
from directory.selectors.units import units_in_use
from directory.services import filings as services
from directory.views.sheets import file_answer
from yangcheng_ec.access import page_required
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible
from yangcheng_ec.forms import errors_into_form
from yangcheng_ec.permissions import Page

__all__ = ["filing", "filing_file", "filing_new", "filing_void", "filings", "filings_remind"]

readers = page_required(Page.RESOURCES_ALL, Page.RESOURCES_OWN)


@require_GET
@readers
def filings(request: HttpRequest) -> HttpResponse:
    """One plan's members with what they filed: who has not comes first."""
    plans = reading.plans_filed_under(request.user)
    if not plans:
        raise Forbidden(_("您的单位不是预案的成员单位，没有需要备案的行动方案。"))
    version = next((row for row in plans if row.plan.code == request.GET.get("plan")), plans[0])
    lines, office = reading.filing_lines(request.user, version), may(request.user, version, Act.OFFICE)
    context = {
        "plans": plans,
        "version": version,
        "duty": filing_duty(version),
        "lines": lines,
        "done": sum(1 for line in lines if not line.missing),
        "waiting": len(reading.units_to_remind(lines)),
        "may_remind": office,
        "may_file": office or reading.files_own(request.user),
    }
    return render(request, "filings/list.html", context)


@require_http_methods(["GET", "POST"])
@readers
def filing_new(request: HttpRequest) -> HttpResponse:
    """File an action plan: a member its own, the office for one."""
    form = _form(request)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            row = services.filing_add(
                user=request.user, plan=data["plan"], unit=data.get("unit"), filed=form.filed(), upload=form.upload()
            )
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, _("已备案：%(title)s") % {"title": row.title})
            return redirect("filing", pk=row.pk)
    return render(request, "filings/form.html", {"form": form}, status=400 if form.errors else 200)


def _form(request: HttpRequest) -> FilingForm:
    plans = reading.plans_may_file(request.user)
    if not plans:
        raise Forbidden(_("行动方案由成员单位自己备案，或由预案的办公室代录。"))
    office = any(may(request.user, version, Act.OFFICE) for version in plans)
    units = units_in_use().filter(memberships__version__in=plans).distinct() if office else None
    posted = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    unit = units.filter(code=request.GET.get("unit", "")).first() if units is not None else None
    return FilingForm(*posted, initial={"plan": request.GET.get("plan"), "unit": unit}, plans=plans, units=units)


@require_GET
@readers
def filing(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one filed version, and every other the unit has filed."""
    return _page(request, reading.filing_get(request.user, pk))


def _page(request: HttpRequest, row: ActionPlan, *, form: ReasonForm | None = None, status: int = 200) -> HttpResponse:
    version = plan_in_force(row.plan.code)
    context = {
        "row": row,
        "duty": filing_duty(version),
        "versions": reading.filings_of(request.user, row),
        "may_void": row.state != FilingState.VOID and _may_file(request.user, version, row),
        "form": form or ReasonForm(label=_("作废理由"), initial={"version": row.version}),
    }
    return render(request, "filings/filing.html", context, status=status)


def _may_file(user: Any, version: PlanVersion, row: ActionPlan) -> bool:
    return row.unit_id == user.unit_id or may(user, version, Act.OFFICE)


@require_POST
@readers
def filing_void(request: HttpRequest, pk: int) -> HttpResponse:
    """Declare a filed version void."""
    row = reading.filing_get(request.user, pk)
    form = ReasonForm(request.POST, label=_("作废理由"))
    if form.is_valid():
        version, reason = form.cleaned_data["version"] or 0, form.cleaned_data["reason"]
        try:
            services.filing_void(user=request.user, filing_id=pk, version=version, reason=reason)
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, _("已作废，仍可查阅。"))
            return redirect("filing", pk=pk)
    return _page(request, row, form=form, status=400)


@require_GET
@readers
def filing_file(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out the file: always as a download."""
    row = reading.filing_get(request.user, pk)
    if not row.stored:
        raise NotVisible()
    return file_answer(services.filing_content(row), PaperKind(row.file_kind).mime, row.file_name)


@require_POST
@readers
def filings_remind(request: HttpRequest, code: str) -> HttpResponse:
    """Remind every member that has filed nothing, or whose review is overdue."""
    units = services.filings_remind(user=request.user, plan=code)
    messages.success(request, _("已提醒 %(n)d 个单位。") % {"n": len(units)})
    return redirect(f"{reverse('filings')}?plan={code}")
