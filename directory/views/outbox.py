"""The outbox: channels and their switches, dead letters, one cause's progress, the sheet for when all else is down."""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from directory.forms_outbox import LettersForm, SwitchForm
from directory.selectors import outbox as reading
from directory.services import outbox as services
from yangcheng_ec.access import page_required
from yangcheng_ec.deadlines.channels import DRILLS, book
from yangcheng_ec.deadlines.choices import BY_MACHINE, Channel
from yangcheng_ec.deadlines.selectors import dead_letters, outbox_overview
from yangcheng_ec.errors import BadInput, NotVisible
from yangcheng_ec.forms import errors_into_form
from yangcheng_ec.permissions import Page

__all__ = ["dead", "fax", "notices", "progress", "sheet", "switch"]

readers = page_required(Page.CALL_SHEET, Page.RECORD_ALL)
PAGE_SIZE = 50


@require_GET
@readers
def notices(request: HttpRequest) -> HttpResponseBase:
    """Show each channel: what waits, went out, is in doubt, is dead, and whether it works."""
    lines = outbox_overview()
    drills = reading.switch_of(DRILLS)
    context = {"lines": lines, "drills": drills, "drills_leave": book().drills_leave}
    if request.headers.get("HX-Request"):
        return _unless_same(request, "notices/_channels.html", context, [vars(line) for line in lines])
    return render(request, "notices/overview.html", context | {"may_switch": services.may_switch(request.user)})


def _unless_same(request: HttpRequest, template: str, context: dict[str, Any], facts: object) -> HttpResponseBase:
    """Answer a fragment, or 304 where the browser has it already."""
    etag = f'"{hashlib.sha256(repr(facts).encode()).hexdigest()[:32]}"'
    answer = get_conditional_response(request, etag=etag) or render(request, template, context)
    answer.headers["ETag"] = etag
    patch_cache_control(answer, private=True, no_cache=True)
    return answer


@require_GET
@login_required
def progress(request: HttpRequest, subject: str, pk: int) -> HttpResponseBase:
    """Show how far the notices of one cause have come; a fragment that other pages take in and ask for again."""
    found = reading.progress_of(request.user, subject, pk, request.GET.get("kind", "")[:40])
    context = {"progress": found, "address": request.get_full_path()}
    return _unless_same(request, "notices/_progress.html", context, vars(found))


@require_http_methods(["GET", "POST"])
@readers
def switch(request: HttpRequest, name: str) -> HttpResponse:
    """Ask why, then switch a channel or the drills' way out."""
    if name not in [*BY_MACHINE, DRILLS]:
        raise NotVisible()
    row = reading.switch_of(name)
    is_on = row.on if row else (book().drills_leave if name == DRILLS else True)
    form = SwitchForm(request.POST or None, initial={"on": not is_on, "version": row.version if row else 0})
    if request.method == "POST" and form.is_valid() and _switched(request, name, form):
        return redirect("notices")
    label = _("演练通知") if name == DRILLS else Channel(name).label
    context = {
        "form": form, "name": name, "label": label, "is_on": is_on, "row": row, "drills": name == DRILLS,
        "may_switch": services.may_switch(request.user),
    }  # fmt: skip
    return render(request, "notices/switch.html", context, status=400 if request.method == "POST" else 200)


def _switched(request: HttpRequest, name: str, form: SwitchForm) -> bool:
    data = form.cleaned_data
    try:
        services.switch_set(user=request.user, name=name, on=data["on"], reason=data["reason"], version=data["version"])
    except BadInput as error:
        errors_into_form(form, error)
        return False
    messages.success(request, _("已办理，并已记入记录。"))
    return True


@require_http_methods(["GET", "POST"])
@readers
def dead(request: HttpRequest) -> HttpResponse:
    """List dead letters; send them again or set them aside, those ticked or a whole channel's."""
    channel = request.GET.get("channel", "")
    channel = channel if channel in BY_MACHINE else ""
    page = Paginator(dead_letters(channel), PAGE_SIZE).get_page(request.GET.get("page"))
    form = LettersForm(request.POST or None, shown=_posted_ids(request), initial={"channel": channel})
    if request.method == "POST" and form.is_valid() and _handled(request, form):
        return redirect(request.get_full_path())
    context = {
        "page": page, "form": form, "channel": channel, "choices": [(one.value, one.label) for one in BY_MACHINE],
        "may_switch": services.may_switch(request.user),
    }  # fmt: skip
    return render(request, "notices/dead.html", context, status=400 if request.method == "POST" else 200)


def _posted_ids(request: HttpRequest) -> list[int]:
    """Return the ids that were ticked, as far as they are ids: whether they are dead letters the service asks."""
    return [
        int(text) for text in request.POST.getlist("letters") if text.isascii() and text.isdecimal() and len(text) < 19
    ]


def _handled(request: HttpRequest, form: LettersForm) -> bool:
    data = form.cleaned_data
    try:
        if data["act"] == "drop":
            count = services.letters_drop(user=request.user, ids=data["letters"], reason=data["reason"])
            messages.success(request, _("已不再投递 %(count)s 件，原因已记入记录。") % {"count": count})
        else:
            whole = data["act"] == "resend_all"
            which = {"channel": data["channel"]} if whole else {"ids": data["letters"]}
            count = services.letters_resend(user=request.user, **which)
            messages.success(request, _("已重新排队 %(count)s 件。") % {"count": count})
    except BadInput as error:
        errors_into_form(form, error)
        return False
    return True


@require_GET
@readers
def sheet(request: HttpRequest) -> HttpResponse:
    """Show everything pending for the printer: with telephone, paper and pen the work goes on."""
    return render(request, "notices/sheet.html", {"rows": reading.sheet_rows()})


@require_GET
@page_required(Page.CALL_SHEET)
def fax(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a fax as the page that is printed and sent."""
    return render(request, "notices/fax.html", {"fax": reading.fax_get(request.user, pk)})
