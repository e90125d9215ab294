"""A month of duty at once: out as Excel and on paper, in from a sheet, filled by rotation, looked at, written."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from directory.duty_sheets.names import NameBook
from directory.duty_sheets.writing import month_workbook
from directory.forms_fill import FillForm, RosterFileForm, RosterSheetForm
from directory.models import Roster, RosterDraft
from directory.papers.roster_month import roster_paper
from directory.selectors import roster as reading, roster_drafts as drafts
from directory.selectors.roster_month import month_called, month_of
from directory.services import roster_drafts as services
from directory.services.roster import arranger_of
from directory.sheets.choices import OPEN, WRITES, ItemState
from directory.sheets.uploads import cap_upload, content_of
from directory.views.roster import readers
from directory.views.sheets import XLSX, file_answer, version_of
from yangcheng_ec.errors import BadInput
from yangcheng_ec.forms import errors_into_form
from yangcheng_ec.papers import pdf_of

__all__ = [
    "roster_draft",
    "roster_draft_drop",
    "roster_draft_sheet",
    "roster_draft_write",
    "roster_export",
    "roster_fill",
    "roster_import",
    "roster_print",
]


def _roster(request: HttpRequest, code: str) -> Roster:
    return reading.roster_for(request.user, code, reading.standing_of(request.user))


def _arranged(request: HttpRequest, code: str) -> Roster:
    """Return a roster the reader arranges. Raises NotVisible, Forbidden."""
    standing = reading.standing_of(request.user)
    roster = reading.roster_for(request.user, code, standing)
    arranger_of(standing, roster)
    return roster


# --- out -----------------------------------------------------------------------------------------------------------


@require_GET
@readers
def roster_export(request: HttpRequest, code: str) -> HttpResponse:
    """Give one month as a workbook that import reads back; who took it is recorded."""
    roster = _roster(request, code)
    month = month_of(roster, month_called(request.GET.get("month", "")), request.user)
    slots = [turn.slot for day in month.days for turn in day.turns if turn.slot]
    people = {person.pk: person for slot in slots for person in (slot.leader, slot.officer) if person is not None}
    content = month_workbook(month, NameBook(roster, people.values()))
    services.roster_export_record(user=request.user, roster=roster, month=month.first, form="Excel")
    return file_answer(content, XLSX, f"{roster.name}值班表-{month.first:%Y-%m}.xlsx")


@require_GET
@readers
def roster_print(request: HttpRequest, code: str) -> HttpResponse:
    """Print one month as an office hangs it on the wall."""
    roster = _roster(request, code)
    first = month_called(request.GET.get("month", ""))
    content = pdf_of("roster/papers/month.html", roster_paper(request.user, roster, first))
    services.roster_export_record(user=request.user, roster=roster, month=first, form="打印")
    return file_answer(content, "application/pdf", f"{roster.name}值班表-{first:%Y-%m}.pdf", inline=True)


# --- in ------------------------------------------------------------------------------------------------------------


@csrf_exempt  # the token is checked one step below: the size limit must stand before the body is read
def roster_import(request: HttpRequest, code: str) -> HttpResponseBase:
    """Limit the upload, then take it."""
    cap_upload(request)
    return _roster_import(request, code)


@csrf_protect
@require_http_methods(["GET", "POST"])
@readers
def _roster_import(request: HttpRequest, code: str) -> HttpResponse:
    """Take a sheet for one month and show what it would change."""
    roster, first = _arranged(request, code), month_called(request.GET.get("month", ""))
    form = RosterFileForm()
    if request.method == "POST":
        try:
            name, content = content_of(request, request.FILES)
            draft = services.draft_upload(user=request.user, code=code, month=first, file_name=name, content=content)
        except BadInput as error:
            form = RosterFileForm(data={})
            form.errors.clear()
            errors_into_form(form, error)
        else:
            return redirect("roster-draft", code=code, pk=draft.pk)
    context = {"roster": roster, "first": first, "form": form, "drafts": drafts.drafts_recent(roster)}
    return render(request, "roster/import.html", context, status=400 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@readers
def roster_fill(request: HttpRequest, code: str) -> HttpResponse:
    """Fill one month by rotation, to be looked at first."""
    roster, first = _arranged(request, code), month_called(request.GET.get("month", ""))
    lately = drafts.names_lately(roster)
    names = NameBook(roster, [person for people in lately.values() for person in people])
    form = FillForm(request.POST or None, names=names, month=first, lately=lately)
    if request.method == "POST" and form.is_valid():
        try:
            draft = services.draft_fill(user=request.user, code=code, plan=form.plan())
        except BadInput as error:
            errors_into_form(form, error)
        else:
            return redirect("roster-draft", code=code, pk=draft.pk)
    own = [names.label(person) for person in names.by_id.values() if person.pk in names.own]
    context = {"roster": roster, "first": first, "form": form, "own": own}
    return render(request, "roster/fill.html", context, status=400 if form.errors else 200)


@require_GET
@readers
def roster_draft(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Show what would be written and the month as it would be; afterwards, what was written."""
    roster = _arranged(request, code)
    return _draft_page(request, roster, drafts.draft_get(roster, pk))


def _draft_page(
    request: HttpRequest, roster: Roster, draft: RosterDraft, form: RosterSheetForm | None = None
) -> HttpResponse:
    groups = drafts.draft_groups(draft)
    counts = {str(group.state): len(group.items) for group in groups}
    context: dict[str, Any] = {
        "roster": roster,
        "draft": draft,
        "groups": groups,
        "open": draft.state in OPEN,
        "to_write": sum(counts.get(str(state), 0) for state in WRITES),
        "faulty": counts.get(str(ItemState.ERROR), 0),
        "month": drafts.draft_month(draft, roster, request.user),
        "form": form or RosterSheetForm(draft=draft),
    }
    return render(request, "roster/draft.html", context, status=400 if form else 200)


@require_POST
@readers
def roster_draft_sheet(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Read another worksheet, or the same one anew."""
    roster = _arranged(request, code)
    draft = drafts.draft_get(roster, pk)
    form = RosterSheetForm(request.POST, draft=draft)
    if not form.is_valid():
        return _draft_page(request, roster, draft, form)
    try:
        services.draft_sheet(user=request.user, code=code, draft_id=pk, **form.cleaned_data)
    except BadInput as error:
        errors_into_form(form, error)
        return _draft_page(request, roster, draft, form)
    messages.success(request, _("已重新预览。"))
    return redirect("roster-draft", code=code, pk=pk)


@require_POST
@readers
def roster_draft_write(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Write what the preview says."""
    draft = services.draft_write(user=request.user, code=code, draft_id=pk, version=version_of(request))
    messages.success(request, _("已写入值班表。每一班的原来内容留在记录里。"))
    return redirect(_month_address(code, draft))


@require_POST
@readers
def roster_draft_drop(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Put the preview aside."""
    draft = services.draft_drop(user=request.user, code=code, draft_id=pk, version=version_of(request))
    messages.success(request, _("已放弃，值班表没有改动。"))
    return redirect(_month_address(code, draft))


def _month_address(code: str, draft: RosterDraft) -> str:
    return f"{reverse('roster', args=[code])}?month={draft.month:%Y-%m}"
