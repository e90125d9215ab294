"""A report's page and the acts on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_safe

from directory.choices import Act
from directory.models import Signature
from directory.rules import may
from incidents import forms, services
from incidents.authority import unit_side
from incidents.choices import ReportStage, ReportState, Symptom
from incidents.forms.attachments import AttachmentForm
from incidents.models import Incident, Report
from incidents.papers.links import paper_links
from incidents.selectors import incident_for, may_work_on, report_for
from incidents.selectors.addressees import callees_of_report
from incidents.selectors.attachments import attachment_panel
from incidents.selectors.chain import final_doubts
from incidents.selectors.report_changes import ReportChanges, report_changes
from incidents.views.common import posted
from yangcheng_ec.errors import BadInput, NotVisible
from yangcheng_ec.forms import errors_into_form

__all__ = ["report", "report_act"]


@dataclass(frozen=True)
class ReportAct:
    """One act on a report: its form, what it does, what it says when done."""

    form: type[Any]
    run: Callable[[Report, Any, Any], Any]
    done: Any
    title: Any
    button: Any = ""
    shows_face: bool = False


def _head(item: Report, form: Any, user: Any) -> dict[str, Any]:
    return {"report_id": item.pk, "version": form.cleaned_data["version"] or item.version, "user": user}


def _edit(item: Report, form: Any, user: Any) -> None:
    services.report_edit(
        **_head(item, form, user), content=form.content(), body=form.cleaned_data["body"], addressees=form.told(),
        beyond_reason=form.cleaned_data["beyond_reason"],
    )  # fmt: skip


def _review(item: Report, form: Any, user: Any) -> None:
    services.report_review(**_head(item, form, user), note=form.cleaned_data["note"])


def _review_by_phone(item: Report, form: Any, user: Any) -> None:
    services.report_review(**_head(item, form, user), note=form.cleaned_data["note"], call=form.call())


def _return(item: Report, form: Any, user: Any) -> None:
    services.report_return(**_head(item, form, user), reason=form.cleaned_data["reason"])


def _send(item: Report, form: Any, user: Any) -> None:
    names = ("channel", "proof", "done_at", "late_reason")
    services.report_send(**_head(item, form, user), **{name: form.cleaned_data[name] for name in names})


def _prove(item: Report, form: Any, user: Any) -> None:
    services.report_prove(report_id=item.pk, user=user, proof=form.cleaned_data["proof"])


def _receipt(item: Report, form: Any, user: Any) -> None:
    names = ("addressee", "received_by", "received_at")
    services.report_receipt(report_id=item.pk, user=user, **{name: form.cleaned_data[name] for name in names})


def _confirm(item: Report, form: Any, user: Any) -> None:
    services.report_confirm_late(report_id=item.pk, user=user, note=form.cleaned_data["note"])


ACTS: dict[str, ReportAct] = {
    "edit": ReportAct(forms.ReportEditForm, _edit, _l("已保存。"), _l("修改报告"), _l("保存修改")),
    "review": ReportAct(forms.ReviewForm, _review, _l("已签发。"), _l("签发"), shows_face=True),
    "phone-review": ReportAct(
        forms.PhoneReviewForm, _review_by_phone, _l("已记录电话签发，待补签。"), _l("记录电话签发"), shows_face=True
    ),
    "return": ReportAct(forms.ReturnForm, _return, _l("已退回。"), _l("退回修改"), shows_face=True),
    "send": ReportAct(forms.SendForm, _send, _l("已报出。"), _l("报出")),
    "proof": ReportAct(forms.ProofForm, _prove, _l("凭证已保存。"), _l("补充凭证")),
    "receipt": ReportAct(forms.ReceiptForm, _receipt, _l("签收已登记。"), _l("登记签收")),
    "confirm-late": ReportAct(forms.ReviewForm, _confirm, _l("补录已确认。"), _l("确认补录")),
}


@login_required
@require_safe
def report(request: HttpRequest, number: str, serial: int) -> HttpResponse:
    """A report: its face, its addressees and receipts, and what to do next."""
    case, item = _found(request, number, serial)
    return render(request, "incidents/report.html", _context(request, case, item))


@login_required
@require_http_methods(["GET", "POST"])
def report_act(request: HttpRequest, number: str, serial: int, act: str) -> HttpResponse:
    """One act on a report."""
    chosen = ACTS.get(act)
    case, item = _found(request, number, serial)
    if chosen is None:
        raise NotVisible()
    form = chosen.form(posted(request), report=item, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            chosen.run(item, form, request.user)
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, chosen.done)
            return redirect("report", number, serial)
    context = {"incident": case, "report": item, "form": form, "title": chosen.title, "act": act}
    context["button"] = chosen.button or chosen.title
    context["face"] = _face(item, report_changes(item)) if chosen.shows_face else []
    context["doubts"] = _doubts(item) if act == "send" else []
    context["callees"] = callees_of_report(item) if act == "send" else getattr(form, "callees", [])
    context["allowed"] = act in [row["code"] for row in _acts(request.user, case, item)]
    return render(request, "incidents/report_act.html", context, status=400 if form.is_bound else 200)


def _found(request: HttpRequest, number: str, serial: int) -> tuple[Incident, Report]:
    case = incident_for(request.user, number)
    item = report_for(case, serial)
    item.incident = case
    return case, item


def _context(request: HttpRequest, case: Incident, item: Report) -> dict[str, Any]:
    return {
        "incident": case,
        "report": item,
        "face": _face(item, changes := report_changes(item)),
        "changes": changes,
        "doubts": _doubts(item),
        "acts": _acts(request.user, case, item),
        "papers": paper_links(item),
        "attachments": attachment_panel(request.user, case, item),
        "attachment_form": AttachmentForm(),
        "signatures": Signature.objects.filter(subject_type="report", subject_id=item.pk).select_related("signer"),
    }


def _doubts(item: Report) -> list[str]:
    """Return what speaks against a 终报 that has not gone out."""
    return final_doubts(item) if item.stage == ReportStage.FINAL and item.state != ReportState.SENT else []


def _face(item: Report, changes: ReportChanges | None) -> list[dict[str, Any]]:
    """Return the report's items; those that differ from the report before are marked."""
    rows = [(name, str(label), item.content.get(name)) for name, label in forms.face_labels(item).items()]
    rows += [*_boxes(item), *([("body", _("补充说明"), item.body)] if item.body else [])]
    differ = {row.name for row in changes.rows} if changes else set()
    return [{"label": label, "value": value, "changed": name in differ} for name, label, value in rows]


def _boxes(item: Report) -> list[tuple[str, str, Any]]:
    """Return the ticked boxes of form 8.7 in words."""
    version, content = item.incident.plan_version, item.content
    if not version.plan.uses_form_8_7:
        return []
    category = version.categories.filter(code=content.get("category") or "").first()
    grade = version.grades.filter(code=content.get("grade") or "").first()
    symptoms = "、".join(str(label) for value, label in Symptom.choices if value in (content.get("symptoms") or []))
    return [
        ("category", _("事件分类"), str(category or "")),
        ("grade", _("事件级别"), str(grade or "")),
        ("symptoms", _("危害表象"), symptoms),
    ]


def _acts(user: Any, case: Incident, item: Report) -> list[dict[str, Any]]:
    """Return what the user may do with the report now."""
    own_unit = unit_side(user, case)
    mine = own_unit is None or item.reporting_unit_code == own_unit.code
    work, sign = mine and any(may_work_on(user, case)), may(user, case.plan_version, Act.REVIEW_REPORT)
    codes: list[str] = []
    if item.state in (ReportState.DRAFT, ReportState.RETURNED):
        codes += ["review"] if sign and user.pk != item.author_id else []
        codes += ["edit"] if work else []
        codes += ["phone-review"] if work and own_unit is None else []
    if item.state == ReportState.REVIEWED and work:
        codes.append("send")
    if item.state in (ReportState.DRAFT, ReportState.REVIEWED) and sign and user.pk != item.author_id:
        codes.append("return")
    if item.state == ReportState.SENT and work:
        codes += ["proof"] if item.lacks_proof else []
        codes += ["receipt"] if any(row.received_at is None for row in item.addressees.all()) else []
        own = user.pk in (item.author_id, item.recorded_by_id)
        waits = item.late_entry and item.confirmed_at is None and own_unit is None
        codes += ["confirm-late"] if waits and not own else []
    return [
        {"code": code, "label": ACTS[code].title, "url": reverse("report-act", args=[case.number, item.serial, code])}
        for code in codes
    ]
