"""The directory: search, a contact's page with its history, editing."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from directory.contact_forms import PlaceForm
from directory.forms import ContactForm, ContactNewForm, ContactSearch, ReasonForm
from directory.models import Contact
from directory.selectors import contact_care as care, contacts as reading
from directory.selectors.conflicts import conflict_pairs
from directory.services import contacts as services
from directory.services.contact_care import contact_opened
from yangcheng_ec.access import page_required
from yangcheng_ec.errors import BadInput
from yangcheng_ec.forms import errors_into_form
from yangcheng_ec.permissions import Page, may_open

__all__ = [
    "contact",
    "contact_edit",
    "contact_new",
    "contact_page",
    "contact_restore",
    "contact_retire",
    "contact_verify",
    "directory",
    "keepers",
    "posted_version",
    "readers",
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
    versions = reading.own_plan_first(request.user)
    pairs = conflict_pairs(versions)
    by_plan = wanted.get("by") == "plan"
    context = {
        "form": form,
        "versions": versions,
        "rows": [] if by_plan else reading.unit_rows(contacts, versions, pairs),
        "tables": reading.appendix_tables(contacts, versions, pairs) if by_plan else [],
        "by_plan": by_plan,
        "count": len(contacts),
        "may_edit": may_open(request.user, Page.DIRECTORY_EDIT),
    }
    return render(request, "directory/contacts.html", context)


@require_GET
@readers
def contact(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one contact with its history; that somebody looked at a private mobile is recorded."""
    row = reading.contact_get(request.user, pk)
    contact_opened(user=request.user, contact=row)
    return contact_page(request, row)


def contact_page(
    request: HttpRequest,
    row: Contact,
    *,
    form: ReasonForm | None = None,
    place_form: PlaceForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render a contact's page; who sees its number masked does not read it in the history either."""
    may_edit = may_open(request.user, Page.DIRECTORY_EDIT)
    may_trace = (may_edit or may_open(request.user, Page.CASES_ALL)) and not row.masked  # type: ignore[attr-defined]
    context = {
        "contact": row,
        "form": form or ReasonForm(label=_("停用理由")),
        "place_form": (place_form or PlaceForm(row, care.places_of(row))) if may_edit else None,
        "undoable": may_edit and care.edit_undoable(row),
        "pairs": care.pairs_of(row),
        "days": care.verify_days(),
        "history": reading.contact_history(row) if may_trace else [],
        "may_trace": may_trace,
        "may_edit": may_edit,
        "may_reveal": row.masked and reading.may_reveal(request.user, row),  # type: ignore[attr-defined]
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
            return redirect(_back(request.GET, pk))
    context = {"form": form, "contact": row, "back": _back(request.GET, pk)}
    return render(request, "directory/contact_form.html", context, status=400 if form.errors else 200)


@require_POST
@keepers
def contact_retire(request: HttpRequest, pk: int) -> HttpResponse:
    """Retire a contact with a reason."""
    row = reading.contact_get(request.user, pk)
    form = ReasonForm(request.POST, label=_("停用理由"))
    if not form.is_valid():
        return contact_page(request, row, form=form, status=400)
    services.contact_retire(
        user=request.user, contact_id=pk, version=_version(form, row), reason=form.cleaned_data["reason"]
    )
    messages.success(request, _("已停用，没有删除：可以在「状态：停用」里查到、恢复。"))
    return redirect(_back(request.POST, pk))


@require_POST
@keepers
def contact_restore(request: HttpRequest, pk: int) -> HttpResponse:
    """Bring a retired contact back."""
    services.contact_restore(user=request.user, contact_id=pk, version=posted_version(request))
    messages.success(request, _("已恢复使用。"))
    return redirect("contact", pk=pk)


@require_POST
@keepers
def contact_verify(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark a number as called and found right."""
    services.contact_verify(user=request.user, contact_id=pk, version=posted_version(request))
    messages.success(request, _("已记为核实。"))
    return redirect(_back(request.POST, pk))


def _back(query: Any, pk: int) -> str:
    """Return where the person came from: the queue of calls, the unequal numbers, or the contact's own page."""
    if query.get("from") == "conflicts":
        return reverse("contact-conflicts")
    if query.get("from") == "verify":
        return f"{reverse('contact-verify-queue')}?{urlencode({'after': query.get('after', '')})}"
    return reverse("contact", args=[pk])


def _version(form: ReasonForm, row: Contact) -> int:
    return form.cleaned_data["version"] or row.version


def posted_version(request: HttpRequest) -> int:
    """Return the version the page was read at; 0, which fits nothing, where it is no number."""
    text = request.POST.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0
