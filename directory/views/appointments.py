"""Who holds which post: entered by one, confirmed by another; and who may approve what right now."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from directory.choices import Act, AppointmentState, PaperKind
from directory.forms import AppointmentEndForm, AppointmentForm, AppointmentSearch, ReasonForm
from directory.models import Appointment
from directory.selectors import appointments as reading
from directory.selectors.touches import touches_of
from directory.services import appointments as services
from directory.services.papers import paper_content
from yangcheng_ec.access import page_required
from yangcheng_ec.clock import database_now
from yangcheng_ec.errors import BadInput, NotVisible
from yangcheng_ec.forms import errors_into_form
from yangcheng_ec.permissions import Page, may_open

__all__ = [
    "appointment",
    "appointment_confirm",
    "appointment_document",
    "appointment_end",
    "appointment_new",
    "appointment_reject",
    "appointment_revoke",
    "appointments",
]

PAGE_SIZE = 50
readers = page_required(Page.APPOINTMENT_ENTER, Page.APPOINTMENT_CONFIRM, Page.RESPONSES)


@require_GET
@readers
def appointments(request: HttpRequest) -> HttpResponse:
    """List the appointments, those that wait first, and who may approve what right now."""
    form = AppointmentSearch(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    rows = reading.appointments_listed(query=wanted.get("q", ""), state=wanted.get("state", ""))
    context = {
        "form": form,
        "page": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "tables": reading.authority_tables(),
        "may_enter": may_open(request.user, Page.APPOINTMENT_ENTER),
        "now": database_now(),
    }
    return render(request, "directory/appointments.html", context)


@require_http_methods(["GET", "POST"])
@page_required(Page.APPOINTMENT_ENTER)
def appointment_new(request: HttpRequest) -> HttpResponse:
    """Enter an appointment; another person confirms it."""
    posted = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = AppointmentForm(*posted, initial={"nature": "tenure", "starts_at": database_now()})
    if request.method == "POST" and form.is_valid():
        try:
            row = services.appointment_enter(user=request.user, entry=form.entry(), upload=form.upload())
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, _("已录入，等安全管理员复核后生效。"))
            return redirect("appointment", pk=row.pk)
    return render(request, "directory/appointment_form.html", {"form": form}, status=400 if form.errors else 200)


@require_GET
@readers
def appointment(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one appointment with what this person may do about it."""
    return _appointment_page(request, reading.appointment_get(pk))


def _appointment_page(
    request: HttpRequest,
    row: Appointment,
    form: ReasonForm | None = None,
    end_form: AppointmentEndForm | None = None,
    status: int = 200,
) -> HttpResponse:
    waiting = row.state == AppointmentState.ENTERED
    standing = waiting or reading.stands(row, database_now())
    context: dict[str, Any] = {
        "appointment": row,
        "paper": reading.paper_of(row),
        "form": form or ReasonForm(),
        "end_form": end_form or AppointmentEndForm(auto_id="id_end_%s"),
        "now": database_now(),
        "scope_labels": [Act(act).label for act in row.scope if act in Act.values],
        "others": reading.appointments_of(row.user).exclude(pk=row.pk),
        "touches": touches_of(row, request.user, ending=not waiting) if standing else [],
        **_may(request, row),
    }
    return render(request, "directory/appointment.html", context, status=status)


def _may(request: HttpRequest, row: Appointment) -> dict[str, Any]:
    """Return which buttons stand on the page, and why not; the services ask again."""
    waiting = row.state == AppointmentState.ENTERED
    confirms = may_open(request.user, Page.APPOINTMENT_CONFIRM)
    own = request.user.pk in (row.entered_by_id, row.user_id)
    return {
        "may_decide": waiting and confirms and not own,
        "blocked": _("任职须由录入人和本人以外的另一人复核。") if waiting and confirms and own else "",
        "may_revoke": row.state == AppointmentState.CONFIRMED and confirms,
        "may_end": confirms and reading.stands(row, database_now()) and row.starts_at <= database_now(),
        "may_withdraw": waiting and row.entered_by_id == request.user.pk,
    }


@require_GET
@readers
def appointment_document(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out the uploaded paper: always as a download, never shown by the browser as part of this site."""
    paper = reading.paper_of(reading.appointment_get(pk))
    if paper is None:
        raise NotVisible()
    response = HttpResponse(paper_content(paper), content_type=PaperKind(paper.kind).mime)
    response["Content-Disposition"] = content_disposition_header(True, paper.name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
@page_required(Page.APPOINTMENT_CONFIRM)
def appointment_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Write when an appointment ends; with 离任 everything the person holds ends then."""
    row = reading.appointment_get(pk)
    form = AppointmentEndForm(request.POST, auto_id="id_end_%s")
    if form.is_valid():
        try:
            ended = services.appointment_end(user=request.user, appointment_id=pk, **form.cleaned_data)
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, _("已写明截止，共 %(n)s 项；以前的任职保留。") % {"n": len(ended)})
            return redirect("appointment", pk=pk)
    return _appointment_page(request, row, end_form=form, status=400)


@require_POST
@page_required(Page.APPOINTMENT_CONFIRM)
def appointment_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm an appointment: from now on it authorises."""
    row = services.appointment_confirm(user=request.user, appointment_id=pk)
    messages.success(request, _("已生效：%(row)s") % {"row": row})
    return redirect("appointments")


@require_POST
@page_required(Page.APPOINTMENT_CONFIRM)
def appointment_reject(request: HttpRequest, pk: int) -> HttpResponse:
    """Refuse an appointment with a reason."""
    return _with_reason(request, pk, services.appointment_reject, _("已退回。"))


@require_POST
@readers
def appointment_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """End an appointment at once, or withdraw one's own entry."""
    return _with_reason(request, pk, services.appointment_revoke, _("已撤销。"))


def _with_reason(request: HttpRequest, pk: int, service: Any, done: str) -> HttpResponse:
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _appointment_page(request, reading.appointment_get(pk), form, status=400)
    service(user=request.user, appointment_id=pk, reason=form.cleaned_data["reason"])
    messages.success(request, done)
    return redirect("appointments")
