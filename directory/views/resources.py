"""What the plans have kept ready: the list, one with its history, keeping it, a sheet and a printed list."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from directory.choices import ResourceKind
from directory.forms import ReasonForm
from directory.forms_standing import CheckForm, ResourceForm, ResourceNewForm, ResourceSearch
from directory.models import PlanVersion, Resource
from directory.papers.resources import SHEET_COLUMNS, resource_paper, sheet_rows
from directory.selectors import resources as reading
from directory.selectors.plans import plan_in_force
from directory.selectors.resources import ResourceFilter
from directory.selectors.standing_duties import resource_duties
from directory.services import resources as services
from directory.sheets.writing import text_workbook
from directory.views.contacts import posted_version
from directory.views.sheets import XLSX, file_answer
from yangcheng_ec.access import page_required
from yangcheng_ec.clock import database_now, local_text
from yangcheng_ec.errors import BadInput, Forbidden
from yangcheng_ec.forms import errors_into_form
from yangcheng_ec.papers import pdf_of
from yangcheng_ec.permissions import Page, may_open

__all__ = [
    "resource",
    "resource_check",
    "resource_edit",
    "resource_new",
    "resource_restore",
    "resource_retire",
    "resource_reveal",
    "resources",
    "resources_print",
    "resources_sheet",
]

PER_PAGE = 50
readers = page_required(Page.RESOURCES_ALL, Page.RESOURCES_OWN)


def _wanted(request: HttpRequest) -> tuple[ResourceSearch, ResourceFilter]:
    form = ResourceSearch(request.GET, units=may_open(request.user, Page.RESOURCES_ALL))
    return form, ResourceFilter(**form.cleaned_data) if form.is_valid() else ResourceFilter()


@require_GET
@readers
def resources(request: HttpRequest) -> HttpResponse:
    """The list, mine first, then what is due to be looked at."""
    form, wanted = _wanted(request)
    page = Paginator(reading.resources_found(request.user, wanted), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "rows": reading.shown_to(request.user, page.object_list),
        "counts": reading.resource_counts(request.user),
        "wanted": wanted,
        "days": reading.check_days(),
        "may_add": bool(reading.plans_kept(request.user)),
        "query": request.GET.urlencode(),
    }
    return render(request, "resources/list.html", context)


@require_GET
@readers
def resource(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one resource with its history; that somebody looked at a mobile is recorded."""
    row = reading.resource_get(request.user, pk)
    services.resource_opened(user=request.user, row=row)
    return _page(request, row)


def _page(request: HttpRequest, row: Resource, *, status: int = 200, **forms: Any) -> HttpResponse:
    version = plan_in_force(row.plan.code)
    context = {
        "row": row,
        "duty": resource_duties(version).get(row.kind),
        "version": version,
        "days": reading.check_days(),
        "may_keep": reading.may_keep(request.user, row, version),
        "may_reveal": row.masked and may_open(request.user, Page.RESOURCES_ALL),  # type: ignore[attr-defined]
        "history": [] if row.masked else reading.resource_history(row),  # type: ignore[attr-defined]
        "check_form": CheckForm(initial={"on": timezone.localdate(), "version": row.version}),
        "retire_form": ReasonForm(label=_("停用理由")),
        **forms,
    }
    return render(request, "resources/resource.html", context, status=status)


@require_http_methods(["GET", "POST"])
@readers
def resource_new(request: HttpRequest) -> HttpResponse:
    """Add a line to a plan's list."""
    plans, own = _keeping(request.user)
    kinds = [(kind.value, str(kind.label)) for kind in (ResourceKind if own is None else reading.OWN_KINDS)]
    start = {"plan": request.GET.get("plan"), "kind": request.GET.get("kind"), "quantity": None}
    form = ResourceNewForm(request.POST or None, initial=start, plans=plans, kinds=kinds, own=own)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            row = services.resource_add(
                user=request.user, plan=data["plan"], kind=data["kind"], values=form.values()
            )  # fmt: skip
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, _("已新增：%(name)s") % {"name": row.name})
            return redirect("resource", pk=row.pk)
    context = {"form": form, "plans": [(version, resource_duties(version).items()) for version in plans]}
    return render(request, "resources/form.html", context, status=400 if form.errors else 200)


def _keeping(user: Any) -> tuple[list[PlanVersion], Any]:
    """Return the plans whose lists the user may add to, and the unit whose own equipment alone is kept."""
    plans = reading.plans_kept(user)
    if not plans:
        raise Forbidden(_("应急资源由预案的办公室、通讯录管理员维护；成员单位只维护本单位的装备和车辆。"))
    keeps_all = may_open(user, Page.RESOURCES_ALL)
    return plans, None if keeps_all else user.unit


@require_http_methods(["GET", "POST"])
@readers
def resource_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a resource; what stood there stays in its history."""
    row = reading.resource_get(request.user, pk)
    own = None if may_open(request.user, Page.RESOURCES_ALL) else request.user.unit  # type: ignore[union-attr]
    form = ResourceForm(request.POST or None, initial=ResourceForm.initial_of(row), own=own)
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"] or 0
        try:
            services.resource_edit(user=request.user, resource_id=pk, version=version, values=form.values())
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, _("已保存，原来的内容留在变更记录里。"))
            return redirect("resource", pk=pk)
    context = {"form": form, "row": row}
    return render(request, "resources/form.html", context, status=400 if form.errors else 200)


@require_POST
@readers
def resource_check(request: HttpRequest, pk: int) -> HttpResponse:
    """Record that equipment was looked at."""
    row = reading.resource_get(request.user, pk)
    form = CheckForm(request.POST)
    if form.is_valid():
        try:
            services.resource_check(user=request.user, resource_id=pk, **form.cleaned_data)
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, _("已登记检查。"))
            return redirect("resource", pk=pk)
    return _page(request, row, check_form=form, status=400)


@require_POST
@readers
def resource_retire(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a resource out of use with a reason."""
    row = reading.resource_get(request.user, pk)
    form = ReasonForm(request.POST, label=_("停用理由"))
    if not form.is_valid():
        return _page(request, row, retire_form=form, status=400)
    version, reason = form.cleaned_data["version"] or 0, form.cleaned_data["reason"]
    services.resource_retire(user=request.user, resource_id=pk, version=version, reason=reason)
    messages.success(request, _("已停用，没有删除：可以在「状态：停用」里查到、恢复。"))
    return redirect("resource", pk=pk)


@require_POST
@readers
def resource_restore(request: HttpRequest, pk: int) -> HttpResponse:
    """Bring a resource back into use."""
    services.resource_restore(user=request.user, resource_id=pk, version=posted_version(request))
    messages.success(request, _("已恢复使用。"))
    return redirect("resource", pk=pk)


@require_POST
@readers
def resource_reveal(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a masked mobile in full; who looked is recorded."""
    row = services.resource_reveal(user=request.user, resource_id=pk)
    return _page(request, row)


@require_GET
@readers
def resources_sheet(request: HttpRequest) -> HttpResponse:
    """Give the narrowed list as a workbook; who took it is recorded."""
    _form, wanted = _wanted(request)
    rows = reading.shown_to(request.user, reading.resources_found(request.user, wanted))
    content = text_workbook("应急资源", SHEET_COLUMNS, sheet_rows(rows))
    services.resources_exported(user=request.user, form="Excel", count=len(rows))
    return file_answer(content, XLSX, f"应急资源-{_stamp()}.xlsx")


@require_GET
@readers
def resources_print(request: HttpRequest) -> HttpResponse:
    """Print the narrowed list in the county's look; who took it is recorded."""
    paper = resource_paper(request.user, _wanted(request)[1])
    content = pdf_of("resources/papers/list.html", paper)
    services.resources_exported(user=request.user, form="打印", count=paper["count"])
    return file_answer(content, "application/pdf", f"应急资源-{_stamp()}.pdf", inline=True)


def _stamp() -> str:
    return "".join(letter for letter in local_text(database_now()) if letter.isdigit())
