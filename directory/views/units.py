"""The registry of units: search, one unit with its names and what rests on it, adding and changing."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from directory.forms import ReasonForm
from directory.forms_units import AliasForm, UnitForm, UnitSearch
from directory.models import Unit
from directory.selectors import units as reading
from directory.selectors.plans import plans_in_force
from directory.services import units as services
from directory.views.contacts import keepers, posted_version, readers
from yangcheng_ec.errors import BadInput
from yangcheng_ec.forms import errors_into_form
from yangcheng_ec.permissions import Page, may_open

__all__ = [
    "unit",
    "unit_alias_add",
    "unit_alias_remove",
    "unit_edit",
    "unit_new",
    "unit_restore",
    "unit_retire",
    "units",
]

PAGE_SIZE = 50


@require_GET
@readers
def units(request: HttpRequest) -> HttpResponse:
    """List the registry."""
    form = UnitSearch(request.GET)
    wanted: dict[str, Any] = form.cleaned_data if form.is_valid() else {}
    retired = wanted.get("state") == "retired"
    rows = reading.units_listed(query=wanted.get("q", ""), kind=wanted.get("kind", ""), retired=retired)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "may_edit": may_open(request.user, Page.DIRECTORY_EDIT)}
    return render(request, "directory/units.html", context)


@require_GET
@readers
def unit(request: HttpRequest, code: str) -> HttpResponse:
    """Show one unit."""
    return _page(request, reading.unit_get(code))


def _page(request: HttpRequest, row: Unit, *, status: int = 200, **forms: Any) -> HttpResponse:
    may_edit = may_open(request.user, Page.DIRECTORY_EDIT)
    may_trace = may_edit or may_open(request.user, Page.CASES_ALL)
    context = {
        "unit": row,
        "alias_form": AliasForm(initial={"version": row.version}),
        "form": ReasonForm(label=_("停用理由")),
        "uses": reading.unit_uses(row),
        "versions": plans_in_force(),
        "history": reading.unit_history(row) if may_trace else [],
        "may_edit": may_edit,
        "may_trace": may_trace,
        **forms,
    }
    return render(request, "directory/unit.html", context, status=status)


@require_http_methods(["GET", "POST"])
@keepers
def unit_new(request: HttpRequest) -> HttpResponse:
    """Add a unit the plans do not name."""
    form = UnitForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = services.unit_add(user=request.user, **form.values())
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, _("已新增单位：%(name)s") % {"name": row.name})
            return redirect("unit", code=row.code)
    return render(request, "directory/unit_form.html", {"form": form}, status=400 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@keepers
def unit_edit(request: HttpRequest, code: str) -> HttpResponse:
    """Change a unit; a name that is left stays as an alias."""
    row = reading.unit_get(code)
    form = UnitForm(request.POST or None, initial=UnitForm.initial_of(row))
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"] or 0
        try:
            services.unit_edit(user=request.user, unit_id=row.pk, version=version, values=form.values())
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, _("已保存，原来的名称留作别名。"))
            return redirect("unit", code=code)
    context = {"form": form, "unit": row}
    return render(request, "directory/unit_form.html", context, status=400 if form.errors else 200)


@require_POST
@keepers
def unit_alias_add(request: HttpRequest, code: str) -> HttpResponse:
    """Add another name."""
    row = reading.unit_get(code)
    form = AliasForm(request.POST)
    if form.is_valid():
        try:
            services.unit_alias_add(user=request.user, unit_id=row.pk, **form.cleaned_data)
        except BadInput as error:
            errors_into_form(form, error)
        else:
            return redirect("unit", code=code)
    return _page(request, row, alias_form=form, status=400)


@require_POST
@keepers
def unit_alias_remove(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Take away a name that was entered here."""
    row = reading.unit_get(code)
    services.unit_alias_remove(user=request.user, unit_id=row.pk, version=posted_version(request), alias_id=pk)
    return redirect("unit", code=code)


@require_POST
@keepers
def unit_retire(request: HttpRequest, code: str) -> HttpResponse:
    """Retire a unit on which nothing rests."""
    row = reading.unit_get(code)
    form = ReasonForm(request.POST, label=_("停用理由"))
    if not form.is_valid():
        return _page(request, row, form=form, status=400)
    version, reason = form.cleaned_data["version"] or 0, form.cleaned_data["reason"]
    services.unit_retire(user=request.user, unit_id=row.pk, version=version, reason=reason)
    messages.success(request, _("已停用，没有删除：可以在「状态：停用」里查到、恢复。"))
    return redirect("unit", code=code)


@require_POST
@keepers
def unit_restore(request: HttpRequest, code: str) -> HttpResponse:
    """Bring a retired unit back."""
    row = reading.unit_get(code)
    services.unit_restore(user=request.user, unit_id=row.pk, version=posted_version(request))
    messages.success(request, _("已恢复使用。"))
    return redirect("unit", code=code)
