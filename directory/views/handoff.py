"""Swaps, hand-offs and the duty log of one roster."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from directory.choices import HandoffState
from directory.forms_roster import HandoffForm, LogForm, SignForm, SwapAnswerForm, SwapForm
from directory.models import Handoff, Roster
from directory.registry import handoff_sections
from directory.selectors import handoffs as reading
from directory.selectors.roster import Standing, people_choosable, roster_for, standing_of, swaps_of
from directory.services import duty_log as log_services, handoffs as services, swaps as swap_services
from directory.views.roster import readers
from yangcheng_ec.clock import database_now
from yangcheng_ec.errors import BadInput
from yangcheng_ec.forms import errors_into_form

__all__ = ["duty_log", "handoff", "handoff_one", "handoff_sign", "swap_answer", "swap_withdraw", "swaps"]

PAGE_SIZE = 50
SLOTS_OFFERED = 62
HANDOFFS_SHOWN = 20


# --- swaps ----------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@readers
def swaps(request: HttpRequest, code: str) -> HttpResponse:
    """Show the requests to swap, and ask for one."""
    roster = roster_for(request.user, code, standing_of(request.user))
    form = _swap_form(request, roster)
    if request.method == "POST" and form.is_valid():
        entry = swap_services.SwapInput(**form.asked())
        try:
            swap_services.swap_propose(user=request.user, code=code, entry=entry)
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, _("已发给对方，对方同意后才换。"))
            return redirect("roster-swaps", code=code)
    return _swaps_page(request, roster, form)


@require_POST
@readers
def swap_answer(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Agree to a swap or decline it."""
    roster = roster_for(request.user, code, standing_of(request.user))
    form = SwapAnswerForm(request.POST)
    if form.is_valid():
        agree = request.POST.get("agree") == "1"
        try:
            swap_services.swap_answer(
                user=request.user, code=code, swap_id=pk, agree=agree, note=form.cleaned_data["note"]
            )
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, _("已换班，值班表已更新。") if agree else _("已答复：不同意。"))
            return redirect("roster-swaps", code=code)
    return _swaps_page(request, roster, _swap_form(request, roster, bind=False), (pk, form))


@require_POST
@readers
def swap_withdraw(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Take back one's own request."""
    swap_services.swap_withdraw(user=request.user, code=code, swap_id=pk)
    messages.success(request, _("已撤回。"))
    return redirect("roster-swaps", code=code)


def _swap_form(request: HttpRequest, roster: Roster, *, bind: bool = True) -> SwapForm:
    coming = reading.arranged(roster).filter(starts_at__gt=database_now()).order_by("starts_at")[:SLOTS_OFFERED]
    data = request.POST if bind and request.method == "POST" else None
    form = SwapForm(data, user=request.user, people=people_choosable(roster), slots=coming)
    form.prefer(request.GET.get("mine", ""))
    return form


def _swaps_page(
    request: HttpRequest, roster: Roster, form: SwapForm, answer: tuple[int, SwapAnswerForm] | None = None
) -> HttpResponse:
    page = Paginator(swaps_of(roster), PAGE_SIZE).get_page(request.GET.get("page"))
    rows = [(row, answer[1] if answer and answer[0] == row.pk else SwapAnswerForm()) for row in page]
    failed = bool(form.errors) or (answer is not None and bool(answer[1].errors))
    context = {"roster": roster, "form": form, "page": page, "rows": rows}
    return render(request, "roster/swaps.html", context, status=400 if failed else 200)


# --- hand-off -------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@readers
def handoff(request: HttpRequest, code: str) -> HttpResponse:
    """Write down what this turn hands to the next; the counts are filled in."""
    standing = standing_of(request.user)
    roster = roster_for(request.user, code, standing)
    pairs = reading.pairs_now(roster)
    pair = _chosen(request, pairs)
    known = pair.handoff if pair else None
    initial = {"text": known.text if known else "", "version": known.version if known else 0}
    form = HandoffForm(request.POST or None, initial=initial)
    if request.method == "POST" and pair is not None and form.is_valid():
        try:
            row = services.handoff_begin(
                user=request.user, code=code, from_slot_id=pair.giving.pk, **form.cleaned_data
            )  # fmt: skip
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, _("交接内容已写好，请交班人签字。"))
            return redirect("handoff-one", code=code, pk=row.pk)
    context = {
        "roster": roster,
        "pairs": pairs,
        "pair": pair,
        "form": form,
        "sections": handoff_sections(roster) if pair else [],
        "may_begin": pair is not None
        and services.may_begin(request.user, roster, standing, pair.giving, pair.taking)
        and (known is None or known.state == HandoffState.BEGUN),
        "rows": reading.handoffs_of(roster)[:HANDOFFS_SHOWN],
        "now": database_now(),
    }
    return render(request, "roster/handoff.html", context, status=400 if form.errors else 200)


def _chosen(request: HttpRequest, pairs: list[reading.Pair]) -> reading.Pair | None:
    """Return the pair asked for; else the one whose turn has begun and is not signed; else the coming one."""
    wanted = request.POST.get("from") or request.GET.get("from", "")
    asked = next((pair for pair in pairs if str(pair.giving.pk) == wanted), None)
    open_one = next((pair for pair in pairs if pair.due and not pair.done), None)
    return asked or open_one or (pairs[-1] if pairs else None)


@require_GET
@readers
def handoff_one(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Show one hand-off as it was written down, with its signatures; fit to be printed."""
    roster = roster_for(request.user, code, standing_of(request.user))
    return _handoff_page(request, reading.handoff_get(roster, pk))


@require_POST
@readers
def handoff_sign(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Sign a hand-off: the giver first, then the taker."""
    roster = roster_for(request.user, code, standing_of(request.user))
    form = SignForm(request.POST)
    if form.is_valid():
        try:
            row = services.handoff_sign(user=request.user, code=code, handoff_id=pk, **form.cleaned_data)
        except BadInput as error:
            errors_into_form(form, error)
        else:
            done = row.state == HandoffState.DONE
            messages.success(request, _("双方已签字，交接完成。") if done else _("已签字，等接班人签字。"))
            return redirect("handoff-one", code=code, pk=pk)
    return _handoff_page(request, reading.handoff_get(roster, pk), form)


def _handoff_page(request: HttpRequest, row: Handoff, form: SignForm | None = None) -> HttpResponse:
    context = {
        "roster": row.roster,
        "handoff": row,
        "side": services.side_of(row, request.user),
        "form": form or SignForm(initial={"version": row.version}),
        "log": reading.log_of(row.roster, since=row.from_slot.starts_at, until=row.at),
        "now": database_now(),
    }
    return render(request, "roster/handoff_one.html", context, status=400 if form else 200)


# --- duty log -------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@readers
def duty_log(request: HttpRequest, code: str) -> HttpResponse:
    """Show the duty log, newest first, and add a line."""
    standing = standing_of(request.user)
    roster = roster_for(request.user, code, standing)
    form = LogForm(request.POST or None, initial={"corrects": _corrected(request)})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            log_services.log_add(
                user=request.user, code=code, text=data["text"], at=data["at"], corrects_id=data["corrects"]
            )
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, _("已记入值班日志。"))
            return redirect("duty-log", code=code)
    return _log_page(request, roster, standing, form)


def _log_page(request: HttpRequest, roster: Roster, standing: Standing, form: LogForm) -> HttpResponse:
    rows = reading.log_of(roster)
    corrects = form["corrects"].value()
    context = {
        "roster": roster,
        "form": form,
        "page": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "corrected": rows.filter(pk=corrects).first() if str(corrects or "").isdecimal() else None,
        "may_log": log_services.may_log(request.user, roster, standing),
    }
    return render(request, "roster/log.html", context, status=400 if form.errors else 200)


def _corrected(request: HttpRequest) -> int | None:
    text = request.GET.get("corrects", "")
    return int(text) if text.isdecimal() and len(text) < 10 else None
