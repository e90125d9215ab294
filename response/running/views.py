"""Pages of a running response for the command, and what a unit answers: orders, situation, its own log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from directory.views.sheets import file_answer
from response.models import Handover, OrderReceipt, Response, SituationReply
from response.running import forms, services
from response.running.papers import handover_paper
from response.running.sections import SECTIONS, Section, rights_of, room_links
from response.running.selectors import (
    board_of,
    incident_seen,
    order_receipt_for,
    receipts_visible_to,
    replies_visible_to,
    reply_for,
    response_seen,
)
from response.selectors.posts import authority_of
from yangcheng_ec.errors import BadInput, NotVisible
from yangcheng_ec.forms import errors_into_form
from yangcheng_ec.idempotency import fingerprint_of, once
from yangcheng_ec.papers import pdf_of
from yangcheng_ec.permissions import Page, may_open

__all__ = [
    "board", "board_chase", "evidence_new", "first_action", "handover_pdf", "order", "orders", "section",
    "section_act", "situation", "situations",
]  # fmt: skip

PER_PAGE = 50
GROUPINGS = {"unit": _("按单位"), "group": _("按工作组"), "state": _("按状态")}


@login_required
@require_safe
def board(request: HttpRequest, number: str) -> HttpResponse:
    """Show the tasks of a response by unit, group or state; units that work for two cases are marked."""
    return _board(request, response_seen(request.user, number), forms.ChaseForm())


@login_required
@require_POST
def board_chase(request: HttpRequest, number: str) -> HttpResponse:
    """Chase every task that nobody has signed for."""
    response = response_seen(request.user, number)
    form = forms.ChaseForm(request.POST)
    if form.is_valid():
        try:
            _once(request, form, "chase", response.pk, lambda: services.tasks_chase(
                response_id=response.pk, version=form.cleaned_data["version"] or 0, user=request.user, **form.given()
            ))  # fmt: skip
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, _("已催办，每个单位一条通知，同时列入叫应单。"))
            return redirect("response-board", number=number)
    return _board(request, response, form, status=400)


def _board(request: HttpRequest, response: Response, form: forms.ChaseForm, status: int = 200) -> HttpResponse:
    by = request.GET.get("by", "unit")
    by = by if by in GROUPINGS else "unit"
    context = {
        "response": response,
        "title": _("任务看板"),
        "section": "board",
        "room_links": room_links(response),
        "by": by,
        "groupings": GROUPINGS.items(),
        "rows": board_of(response, by),
        "form": form,
        "may": rights_of(authority_of(request.user), response),
    }
    return render(request, "running/board.html", context, status=status)


@login_required
@require_safe
def section(request: HttpRequest, number: str, name: str) -> HttpResponse:
    """Show one page of a running response."""
    response = response_seen(request.user, number)
    return _section(request, response, name)


@login_required
@require_POST
def section_act(request: HttpRequest, number: str, name: str, act: str, pk: int = 0) -> HttpResponse:
    """Do one act of a page, once for each rendering of its form."""
    response = response_seen(request.user, number)
    found = _known(response, name)
    if act not in found.acts:
        raise Http404
    form = found.acts[act].form(response, request.POST)
    if form.is_valid():
        version = form.cleaned_data["version"] or 0
        try:
            _once(request, form, f"{name}.{act}", pk or response.pk, lambda: found.acts[act].run(
                request, response, form, version, pk
            ))  # fmt: skip
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, found.acts[act].says)
            return redirect("response-section", number=number, name=name)
    return _section(request, response, name, failed=act, form=form, pk=pk)


def _once(request: HttpRequest, form: forms.ActForm, scope: str, subject: int, run: Callable[[], Any]) -> None:
    """Run the act once for this rendering of the form; a double click finds it done."""
    data = {name: str(value) for name, value in form.cleaned_data.items()}
    once(
        user=request.user, scope=f"running.{scope}", key=form.cleaned_data["idempotency_key"] or "",
        fingerprint=fingerprint_of({"subject": subject, **data}), act=lambda: str(getattr(run(), "pk", 1)),
    )  # fmt: skip


def _known(response: Response, name: str) -> Section:
    found = SECTIONS.get(name)
    if found is None or not found.shown(response):
        raise NotVisible()
    return found


def _section(
    request: HttpRequest, response: Response, name: str, *, failed: str = "", form: Any = None, pk: int = 0
) -> HttpResponse:
    found = _known(response, name)
    rights = rights_of(authority_of(request.user), response)
    blank = {act: one.form(response, None) for act, one in found.acts.items()}
    context = {
        "response": response,
        "incident": response.incident,
        "section": name,
        "title": found.title,
        "room_links": room_links(response),
        "may": rights,
        "failed": failed,
        "failed_pk": pk,
        "failed_form": form,
        "forms": {**{act.replace("-", "_"): one for act, one in blank.items()}, **_back(failed, form, pk)},
        **found.context(response, request.user),
    }
    context["unit_boxes"] = _unit_boxes(context)
    return render(request, found.template, context, status=400 if failed else 200)


def _unit_boxes(context: dict[str, Any]) -> list[Any]:
    """The units to tick of the page's one form that has any: those with tasks of the response first."""
    form = next((one for one in context["forms"].values() if hasattr(one, "boxes")), None)
    return form.boxes(context["working"]) if form is not None else []


def _back(failed: str, form: Any, pk: int) -> dict[str, Any]:
    """A form that stands once on its page comes back as it was typed; one of a row beside that row."""
    return {failed.replace("-", "_"): form} if failed and not pk else {}


@login_required
@require_safe
def handover_pdf(request: HttpRequest, number: str) -> HttpResponse:
    """Answer with what was handed over, as it stood at that moment."""
    response = response_seen(request.user, number)
    row = Handover.objects.select_related("handed_by").filter(response=response).first()
    if row is None:
        raise NotVisible()
    content = pdf_of("papers/handover.html", handover_paper(row, response))
    return file_answer(content, "application/pdf", f"{number}-移交材料.pdf", inline=True)


@login_required
@require_safe
def orders(request: HttpRequest) -> HttpResponse:
    """List the orders a unit received, those that wait first; the command sees every receipt."""
    related = ("unit", "order__response__incident", "order__response__level", "order__ordered_by")
    rows = receipts_visible_to(request.user).select_related(*related).order_by("-state", "-id")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "running/own_orders.html", {"page_obj": page, "sees_all": _sees_all(request)})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def order(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one order to a unit; sign for it, or report how it was carried out (``act``)."""
    receipt = order_receipt_for(request.user, pk)
    form = forms.ReceiptForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _once(request, form, "receipt", receipt.pk, lambda: _receipt_act(request, receipt, form))
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, _("已记录。"))
            return redirect("order", pk=pk)
    context = {"receipt": receipt, "order": receipt.order, "form": form, "own": _own(request, receipt)}
    context |= {"may": {**rights_of(authority_of(request.user), receipt.order.response)}}
    return render(request, "running/order.html", context, status=400 if form.is_bound else 200)


def _receipt_act(request: HttpRequest, receipt: OrderReceipt, form: forms.ReceiptForm) -> Any:
    data = form.cleaned_data
    common: dict[str, Any] = {
        "receipt_id": receipt.pk, "version": data["version"] or 0, "user": request.user,
        "said_by": data["said_by"], "done_at": data["done_at"],
    }  # fmt: skip
    if request.POST.get("act") == "report":
        return services.order_report(**common, text=data["text"])
    return services.order_acknowledge(**common)


@login_required
@require_safe
def situations(request: HttpRequest) -> HttpResponse:
    """List what a unit is asked for and what it said; the command sees every unit's."""
    related = ("unit", "round__response__incident", "round__response__level")
    rows = replies_visible_to(request.user).select_related(*related).order_by("-id")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "running/own_situations.html", {"page_obj": page, "sees_all": _sees_all(request)})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def situation(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what a unit is asked for, and take what it says."""
    reply = reply_for(request.user, pk)
    start = {name: getattr(reply, name) for name in ("progress", "problems", "needs", "version")}
    form = forms.ReplyForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        version, said_by = form.cleaned_data["version"] or 0, form.cleaned_data["said_by"]
        try:
            services.situation_reply(reply_id=pk, version=version, said=form.said(), said_by=said_by, user=request.user)
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, _("已报送。"))
            return redirect("situation", pk=pk)
    context = {"reply": reply, "form": form, "own": _own(request, reply)}
    context |= {"may": rights_of(authority_of(request.user), reply.round.response)}
    return render(request, "running/situation.html", context, status=400 if form.is_bound else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def first_action(request: HttpRequest, number: str) -> HttpResponse:
    """Add a line to the unit's own log of 先期处置."""
    form = forms.FirstActionForm(request.POST or None)
    return _on_case(request, number, form, services.first_action_log, _("先期处置记录"))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def evidence_new(request: HttpRequest, number: str) -> HttpResponse:
    """Note what evidence a unit of the case keeps."""
    form = forms.EvidenceForm(request.POST or None)
    return _on_case(request, number, form, services.evidence_note, _("记录证据"))


def _on_case(
    request: HttpRequest, number: str, form: forms.ActForm, service: Callable[..., Any], title: str
) -> HttpResponse:
    """A page with one form whose act is on a case."""
    incident = incident_seen(request.user, number)
    if request.method == "POST" and form.is_valid():
        try:
            _once(request, form, service.__name__, incident.pk, lambda: service(
                incident_id=incident.pk, user=request.user, **form.given()
            ))  # fmt: skip
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, _("已记录。"))
            return redirect("incident", number=number)
    context = {"incident": incident, "form": form, "title": title, "own": not _sees_all(request)}
    return render(request, "running/on_case.html", context, status=400 if form.is_bound else 200)


def _own(request: HttpRequest, row: OrderReceipt | SituationReply) -> bool:
    user: Any = request.user
    return row.unit_id == user.unit_id and may_open(user, Page.TASKS_OWN)


def _sees_all(request: HttpRequest) -> bool:
    return may_open(request.user, Page.RESPONSES)
