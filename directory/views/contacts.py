"""The directory: search, a contact's page with its history, editing, where the plans disagree."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from directory.forms import ContactForm, ContactNewForm, ContactSearch, ReasonForm
from directory.models import Contact
from directory.selectors import contacts as reading
from directory.services import contacts as services
from yangcheng_ec.access import page_required
from yangcheng_ec.errors import BadInput
from yangcheng_ec.forms import errors_into_form
from yangcheng_ec.permissions import Page, may_open

__all__ = [
    "contact",
    "contact_conflicts",
    "contact_edit",
    "contact_new",
    "contact_restore",
    "contact_retire",
    "contact_verify",
    "directory",
]

readers = page_required(Page.DIRECTORY_VIEW, Page.DIRECTORY_EDIT)
keepers = page_required(Page.DIRECTORY_EDIT)


@require_GET
@readers
def directory(request: HttpRequest) -> HttpResponse:
    """Show the directory: one row per unit with both plans side by side, or as the appendices print it."""
    form = ContactSearch(request.GET)
    wanted: dict[str, Any] = form.cleaned_data if form.is_valid() else {}
    state = {"": "active", "all": ""}.get(wanted.get("state", ""), "retired")
    found = reading.contacts_found(request.user, query=wanted.get("q", ""), kind=wanted.get("kind", ""), state=state)
    contacts = reading.shown_to(request.user, found)
    versions = reading.plans_with_contacts()
    context = {
        "form": form,
        "versions": versions,
        "rows": reading.unit_rows(contacts, versions),
        "tables": reading.appendix_tables(contacts, versions) if wanted.get("by") == "plan" else [],
        "by_plan": wanted.get("by") == "plan",
        "count": len(contacts),
        "may_edit": may_open(request.user, Page.DIRECTORY_EDIT),
    }
    return render(request, "directory/contacts.html", context)


@require_GET
@readers
def contact_conflicts(request: HttpRequest) -> HttpResponse:
    """Show where the two plans print different numbers for one unit."""
    context = {
        "conflicts": reading.conflicts(request.user),
        "may_edit": may_open(request.user, Page.DIRECTORY_EDIT),
    }
    return render(request, "directory/conflicts.html", context)


@require_GET
@readers
def contact(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one contact with its history."""
    return _contact_page(request, reading.contact_get(request.user, pk), ReasonForm(label=_("停用理由")))


def _contact_page(request: HttpRequest, row: Contact, form: ReasonForm, status: int = 200) -> HttpResponse:
    may_edit = may_open(request.user, Page.DIRECTORY_EDIT)
    may_trace = may_edit or may_open(request.user, Page.CASES_ALL)
    context = {
        "contact": row,
        "form": form,
        "history": reading.contact_history(row) if may_trace else [],
        "may_trace": may_trace,
        "may_edit": may_edit,
    }
    return render(request, "directory/contact.html", context, status=status)


@require_http_methods(["GET", "POST"])
@keepers
def contact_new(request: HttpRequest) -> HttpResponse:
    """Add a contact the plans do not print."""
    form = ContactNewForm(request.POST or None, initial={"kind": "duty", "unit": request.GET.get("unit")})
    if request.method == "POST" and form.is_valid():
        data = {name: form.cleaned_data[name] for name in services.EDITABLE}
        try:
            row = services.contact_add(user=request.user, unit_id=form.cleaned_data["unit"].pk, **data)
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, _("已新增：%(name)s %(value)s") % {"name": row.printed_name, "value": row.value})
            return redirect("contact", pk=row.pk)
    return render(request, "directory/contact_form.html", {"form": form}, status=400 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@keepers
def contact_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a contact; the old number stays in its history."""
    row = reading.contact_get(request.user, pk)
    form = ContactForm(request.POST or None, initial=ContactForm.initial_of(row))
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in services.EDITABLE}
        try:
            version = form.cleaned_data["version"]
            services.contact_edit(user=request.user, contact_id=pk, version=version, values=values)
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, _("已保存，原来的内容留在变更记录里。"))
            return redirect("contact", pk=pk)
    context = {"form": form, "contact": row}
    return render(request, "directory/contact_form.html", context, status=400 if form.errors else 200)


@require_POST
@keepers
def contact_retire(request: HttpRequest, pk: int) -> HttpResponse:
    """Retire a contact with a reason."""
    row = reading.contact_get(request.user, pk)
    form = ReasonForm(request.POST, label=_("停用理由"))
    if not form.is_valid():
        return _contact_page(request, row, form, status=400)
    services.contact_retire(
        user=request.user, contact_id=pk, version=_version(form, row), reason=form.cleaned_data["reason"]
    )
    messages.success(request, _("已停用，没有删除：可以在「状态：停用」里查到。"))
    return redirect("contact", pk=pk)


@require_POST
@keepers
def contact_restore(request: HttpRequest, pk: int) -> HttpResponse:
    """Bring a retired contact back."""
    services.contact_restore(user=request.user, contact_id=pk, version=_posted_version(request))
    messages.success(request, _("已恢复使用。"))
    return redirect("contact", pk=pk)


@require_POST
@keepers
def contact_verify(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark a number as called and found right."""
    services.contact_verify(user=request.user, contact_id=pk, version=_posted_version(request))
    messages.success(request, _("已记为核实。"))
    if request.POST.get("from") == "conflicts":
        return redirect("contact-conflicts")
    return redirect("contact", pk=pk)


def _version(form: ReasonForm, row: Contact) -> int:
    return form.cleaned_data["version"] or row.version


def _posted_version(request: HttpRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0
