"""Pages of the aftermath: one page of a case, its acts by form, the report with its signing, sending and paper."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from directory.choices import Act
from incidents.choices import PaperState
from incidents.models import Incident
from incidents.papers.kinds import paper_name
from incidents.papers.views import pdf_answer
from incidents.services.papers import paper_content, paper_get
from response.aftermath import services
from response.aftermath.choices import ReviewState
from response.aftermath.forms import DraftForm, ReasonForm, ReceiptForm, ReviewForm, SendForm
from response.aftermath.models import ReviewAddressee, ReviewReport
from response.aftermath.pages import ACTS, Failed, page_context, row_of
from response.aftermath.papers import KIND, review_paper
from response.aftermath.rules import GOES_ON, report_duty
from response.aftermath.selectors import aftermath_case, review_for
from response.selectors.posts import authority_of
from yangcheng_ec.errors import BadInput, NotVisible
from yangcheng_ec.forms import errors_into_form

__all__ = ["act", "review", "review_act", "review_pdf", "show"]


@login_required
@require_safe
def show(request: HttpRequest, number: str) -> HttpResponse:
    """Show the aftermath of a case, as far as it concerns the reader."""
    incident = aftermath_case(request.user, number)
    return render(request, "aftermath/aftermath.html", page_context(request.user, incident))


@login_required
@require_POST
def act(request: HttpRequest, number: str, act: str, pk: int = 0) -> HttpResponse:
    """Carry out one act of the page; a form that is refused comes back in its place."""
    incident = aftermath_case(request.user, number)
    spec = ACTS.get(act)
    if spec is None or bool(pk) != (spec.model is not None):
        raise Http404
    row = row_of(incident, spec, pk)
    if spec.model is not None and row is None:
        raise NotVisible()
    form = spec.form(request.user, incident, row, request.POST, auto_id=f"{act}-{pk}_%s")
    if form.is_valid():
        try:
            done = spec.run(request.user, incident, row, form)
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, _("已记录。"))
            return _next(incident, spec.anchor, done)
    context = page_context(request.user, incident, Failed(act, pk, form))
    return render(request, "aftermath/aftermath.html", context, status=400)


def _next(incident: Incident, anchor: str, done: Any) -> HttpResponse:
    if isinstance(done, ReviewReport):
        return redirect("aftermath-review", number=incident.number, serial=done.serial)
    return redirect(f"{reverse('aftermath', args=[incident.number])}#{anchor}")


# The report


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, number: str, serial: int) -> HttpResponse:
    """Show a report on a case; the office writes it while it is a draft, and puts it before the signer."""
    report = _report(request, number, serial)
    form = ReviewForm(request.POST or None, report=report) if report.state == ReviewState.DRAFT else None
    if request.method == "POST":
        form = form or ReviewForm(request.POST, report=report)
        if form.is_valid():
            try:
                return _written(request, report, form)
            except BadInput as error:
                errors_into_form(form, error)
    status = 400 if form is not None and form.errors else 200
    return _review_page(request, report, form=form, status=status)


def _written(request: HttpRequest, report: ReviewReport, form: ReviewForm) -> HttpResponse:
    version = form.cleaned_data["version"] or 0
    common: dict[str, Any] = {"report_id": report.pk, "version": version, "user": request.user}
    if "submit" in request.POST:
        services.review_submit(**common, written=form.written())
        messages.success(request, _("已送签，内容不再改动。"))
    else:
        services.review_edit(**common, written=form.written())
        messages.success(request, _("已保存。"))
    return redirect("aftermath-review", number=report.incident.number, serial=report.serial)


def _report(request: HttpRequest, number: str, serial: int) -> ReviewReport:
    return review_for(request.user, aftermath_case(request.user, number), serial)


def _review_page(
    request: HttpRequest, report: ReviewReport, *, status: int = 200, failed: str = "", **forms: Any
) -> HttpResponse:
    incident, start = report.incident, {"version": report.version}
    context = {
        "incident": incident,
        "report": report,
        "paper": review_paper(report),
        "duty": report_duty(incident.plan_version)[1],
        "failed": failed,
        "form": None,
        "send_form": SendForm(initial=start, auto_id="send_%s"),
        "reason_form": ReasonForm(initial=start, auto_id="return_%s"),
        "receipts": _receipts(report),
        **_may(request, report),
        **forms,
    }  # fmt: skip
    return render(request, "aftermath/review.html", context, status=status)


def _may(request: HttpRequest, report: ReviewReport) -> dict[str, bool]:
    """Return which buttons stand on the page; the services ask again."""
    authority, version_id = authority_of(request.user), report.incident.plan_version_id
    back = report.incident.state in GOES_ON
    office = authority.may(version_id, Act.OFFICE)
    signs = back and authority.may(version_id, Act.REVIEW_REPORT, list(report.route.get("signers", [])))
    waits = report.state == ReviewState.SUBMITTED
    own = request.user.pk in (report.author_id, report.submitted_by_id)
    return {
        "may_write": office and back and report.state == ReviewState.DRAFT,
        "may_sign": signs and waits and not own,
        "own": signs and waits and own,
        "may_return": signs and report.state in (ReviewState.SUBMITTED, ReviewState.SIGNED),
        "may_send": office and back and report.state == ReviewState.SIGNED,
        "may_receive": office and back and report.state == ReviewState.SENT,
    }


def _sign(common: dict[str, Any], form: Any, pk: int) -> Any:
    return services.review_sign(**common)


def _return(common: dict[str, Any], form: Any, pk: int) -> Any:
    return services.review_return(**common, reason=form.cleaned_data["reason"])


def _send(common: dict[str, Any], form: Any, pk: int) -> Any:
    names = ("channel", "proof", "sent_at")
    return services.review_send(**common, **{name: form.cleaned_data[name] for name in names})


def _receive(common: dict[str, Any], form: Any, pk: int) -> Any:
    names = ("received_by", "received_at")
    return services.review_receipt(**common, addressee_id=pk, **{name: form.cleaned_data[name] for name in names})


REVIEW_ACTS: dict[str, tuple[type[Any], Callable[[dict[str, Any], Any, int], Any], str, str]] = {
    "sign": (DraftForm, _sign, "", "已签发，可以报送。"),
    "return": (ReasonForm, _return, "return_%s", "已退回。"),
    "send": (SendForm, _send, "send_%s", "已登记报送，报告定稿。"),
    "receipt": (ReceiptForm, _receive, "receipt-{pk}_%s", "已登记签收。"),
}


@login_required
@require_POST
def review_act(request: HttpRequest, number: str, serial: int, act: str, pk: int = 0) -> HttpResponse:
    """Sign, return, send a report, or record a receipt."""
    report = _report(request, number, serial)
    if act not in REVIEW_ACTS or bool(pk) != (act == "receipt"):
        raise Http404
    kind, run, ids, words = REVIEW_ACTS[act]
    form = kind(request.POST, auto_id=ids.format(pk=pk) or None)
    common = {"report_id": report.pk, "version": _version(request), "user": request.user}
    if form.is_valid():
        try:
            run(common, form, pk)
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, _(words))
            return redirect("aftermath-review", number=number, serial=serial)
    return _review_page(request, report, status=400, failed=f"{act}-{pk}", **_back(report, act, pk, form))


def _back(report: ReviewReport, act: str, pk: int, form: Any) -> dict[str, Any]:
    """Return the form that was refused, where the page has it."""
    if act != "receipt":
        return {f"{'reason' if act == 'return' else act}_form": form}
    return {"receipts": [(row, form if row.pk == pk else fresh) for row, fresh in _receipts(report)]}


def _receipts(report: ReviewReport) -> list[tuple[ReviewAddressee, ReceiptForm]]:
    """Return each addressee with the form of its receipt."""
    start = {"version": report.version}
    rows = report.addressees.all()
    return [(row, ReceiptForm(initial=start, auto_id=f"receipt-{row.pk}_%s")) for row in rows]


def _version(request: HttpRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0


@login_required
@require_safe
def review_pdf(request: HttpRequest, number: str, serial: int) -> HttpResponse:
    """Give the report as PDF: made by a worker, its page shows how far it is."""
    report = _report(request, number, serial)
    paper = paper_get(incident=report.incident, kind=KIND, serial=serial, user=request.user)
    if isinstance(paper, bytes):
        return pdf_answer(paper, paper_name(number, KIND, serial))
    if paper.state == PaperState.DONE:
        return pdf_answer(paper_content(paper), paper_name(number, KIND, serial))
    return redirect("paper", paper.key)
