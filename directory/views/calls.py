"""The call sheet: the next number to call, the words to read, the result."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from directory.forms import CallForm
from directory.forms_callouts import GiveUpForm
from directory.rules import any_actor
from directory.selectors import calls as reading
from yangcheng_ec.access import page_required
from yangcheng_ec.callout.services import call_take
from yangcheng_ec.deadlines.choices import CallResult, DeliveryState
from yangcheng_ec.deadlines.models import Delivery
from yangcheng_ec.errors import BadInput
from yangcheng_ec.forms import errors_into_form
from yangcheng_ec.permissions import Page

__all__ = ["call", "calls", "calls_print"]

callers = page_required(Page.CALL_SHEET)
SHOWN = 50


@require_GET
@callers
def calls(request: HttpRequest) -> HttpResponse:
    """Show the next call, the queue behind it and what was done today."""
    case = request.GET.get("case", "")[:60]
    queued = reading.calls_queued(request.user, case)
    after = request.GET.get("after", "")
    chosen = reading.call_next(queued, int(after) if after.isdecimal() else None)
    return _sheet(request, chosen, queued=queued, case=case)


@require_GET
@callers
def calls_print(request: HttpRequest) -> HttpResponse:
    """Show the whole sheet for paper: numbers, words, and blanks to fill in when everything else is down."""
    case = request.GET.get("case", "")[:60]
    return render(request, "calls/print.html", {"cards": reading.calls_printed(request.user, case), "case": case})


def _sheet(
    request: HttpRequest,
    chosen: Delivery | None,
    *,
    queued: list[Delivery] | None = None,
    case: str = "",
    form: CallForm | None = None,
    status: int = 200,
) -> HttpResponse:
    rows = reading.calls_queued(request.user, case) if queued is None else queued
    card = reading.call_card(chosen) if chosen else None
    asks = getattr(chosen.notice, "asks", None) if chosen else None
    context = {
        "card": card,
        "form": form or (CallForm(numbers=card.numbers) if card else None),
        "callout": asks.callout if asks else None,
        "give_up": GiveUpForm(auto_id="give_up_%s"),
        "open": chosen is not None and chosen.state == DeliveryState.QUEUED,
        "queue": [row for row in rows if chosen is None or row.pk != chosen.pk][:SHOWN],
        "total": reading.calls_total(request.user, rows, case),
        "cases": reading.cases_of(rows),
        "case": case,
        "done": reading.calls_done_since(request.user, reading.midnight(), case)[:SHOWN],
    }
    return render(request, "calls/sheet.html", context, status=status)


@require_http_methods(["GET", "POST"])
@callers
def call(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one call of the sheet, or take its result and go on to the next."""
    row = reading.call_get(request.user, pk)
    case = request.GET.get("case", "")[:60]
    if request.method == "GET":
        return _sheet(request, row, case=case)
    form = CallForm(request.POST, numbers=reading.call_card(row).numbers)
    if not form.is_valid() or not _recorded(request, pk, form):
        return _sheet(request, row, case=case, form=form, status=400)
    result = CallResult(form.cleaned_data["result"])
    messages.success(
        request, _("已记下：%(who)s，%(result)s。") % {"who": row.notice.recipient_label, "result": result.label}
    )
    tail = f"&case={case}" if case else ""
    return redirect(f"{reverse('calls')}?after={pk}{tail}")


def _recorded(request: HttpRequest, pk: int, form: CallForm) -> bool:
    """Record the call; put a refusal of what was typed into the form."""
    try:
        call_take(delivery_id=pk, actor=any_actor(request.user), number=form.dialled(), **form.told())
    except BadInput as error:
        errors_into_form(form, error)
        return False
    return True
