"""A case's own pages: the case, its clocks as evidence, and one page per act."""

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
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from directory.ladders import Acknowledger
from directory.models import Plan
from incidents import forms, services
from incidents.choices import OPEN_STATES, ReportStage
from incidents.forms.attachments import AttachmentForm
from incidents.forms.instructions import InstructionForm
from incidents.models import Incident
from incidents.papers.evidence import clock_table_of
from incidents.papers.kinds import may_see_whole_case
from incidents.registry import panels_for
from incidents.rules import RuleBook
from incidents.selectors import (
    actions_on,
    clocks_of_case,
    incident_for,
    incident_timeline,
    incidents_visible_to,
    inquiries_of,
    may_work_on,
    most_urgent,
    reports_of,
)
from incidents.selectors.attachments import attachment_panel
from incidents.selectors.chain import silence_of
from incidents.selectors.conditions import plan_sides
from incidents.selectors.instructions import instructions_of
from incidents.selectors.members import members_panel
from incidents.services.foretelling import grade_foretold
from incidents.views.common import posted
from incidents.views.facts import facts_of_case
from incidents.views.foretold import Foretold, foretold_first
from yangcheng_ec.clock import database_now
from yangcheng_ec.deadlines.models import Deadline
from yangcheng_ec.errors import BadInput, NotVisible
from yangcheng_ec.forms import errors_into_form
from yangcheng_ec.permissions import Page, may_open

__all__ = ["incident", "incident_act", "incident_clocks", "incident_explain", "incident_subitems", "inquiry_answer"]


@login_required
@require_safe
def incident(request: HttpRequest, number: str) -> HttpResponse:
    """The case page: the most urgent clock largest, then what to do, then everything known."""
    case = incident_for(request.user, number)
    standing = may_work_on(request.user, case)
    clocks = _untitled(clocks_of_case(case))
    Acknowledger(request.user).mark(clocks)
    urgent = most_urgent(clocks)
    links = list(incidents_visible_to(request.user).filter(links=case).select_related("plan_version__plan", "grade"))
    due = urgent is not None and urgent.due_at is not None
    reports = list(reports_of(case))
    closed = None if any(row.stage == ReportStage.FINAL for row in reports) else False
    actions = actions_on(request.user, case, standing, report_due=due, linked=bool(links), closed=closed)
    context = {
        "incident": case,
        "plan": case.plan_version.plan,
        "other_plan": _other_plan(case) if any(standing) and case.state in OPEN_STATES else None,
        "urgent": urgent,
        "clocks": [row for row in clocks if row is not urgent],
        "actions": actions,
        "minor": [row for row in actions if row.minor],
        "merged": case.merged.order_by("number"),
        "may_unmerge": standing[0],
        "sides": plan_sides(request.user, case, links, standing),
        "may_work": any(standing),
        "whole_case": may_see_whole_case(request.user),
        "explain_form": forms.ExplainForm(),
        "reply_form": forms.ReplyForm(),
        "facts": facts_of_case(case),
        "reports": reports,
        "silence": silence_of(case, reports, database_now()),
        "instructions": instructions_of(request.user, case),
        "may_assign": standing[0],
        "inquiries": inquiries_of(case),
        "links": links,
        "entries": incident_timeline(case) if may_open(request.user, Page.RECORD_OWN) else [],
        "panels": panels_for(request, case),
        "members": members_panel(request.user, case),
        "attachments": attachment_panel(request.user, case, standing=standing),
        "attachment_form": AttachmentForm(),
    }
    return render(request, "incidents/case.html", context)


def _other_plan(case: Incident) -> Plan | None:
    return Plan.objects.exclude(pk=case.plan_version.plan_id).first()


def _untitled(clocks: list[Deadline]) -> list[Deadline]:
    """On the case's own page a clock does not repeat the case's name."""
    for row in clocks:
        row.case_title = ""
    return clocks


@login_required
@require_safe
def incident_clocks(request: HttpRequest, number: str) -> HttpResponse:
    """时限证据表: every clock with clause, start, due, done, by whom, lateness, reason; and when nobody watched."""
    case = incident_for(request.user, number)
    return render(request, "incidents/clocks.html", {"incident": case, **clock_table_of(case)})


@dataclass(frozen=True)
class ActPage:
    """One act: its form, what it does, what it says when done. ``run`` returns where to go, or None for the case."""

    form: type[forms.VersionForm] | Any
    run: Callable[[Incident, Any, Any], Any]
    done: Any
    button: Any


def _head(case: Incident, form: Any, user: Any) -> dict[str, Any]:
    return {"incident_id": case.pk, "version": form.cleaned_data["version"] or case.version, "user": user}


def _accept(case: Incident, form: Any, user: Any) -> None:
    services.incident_accept(**_head(case, form, user))


def _triage(case: Incident, form: Any, user: Any) -> None:
    names = ("result", "note", "receiving_body", "how", "traces")
    services.incident_triage(**_head(case, form, user), **{name: form.value_of(name) for name in names})


def _analyse(case: Incident, form: Any, user: Any) -> None:
    services.incident_analyse(**_head(case, form, user), analysis=form.analysis())


def _grade(case: Incident, form: Any, user: Any) -> None:
    grade, criterion = form.grade_and_criterion()
    services.incident_grade(
        **_head(case, form, user), grade=grade, criterion=criterion, reason=form.cleaned_data["reason"]
    )


def _times(case: Incident, form: Any, user: Any) -> None:
    names = ("occurred_at", "occurred_approximate", "known_at", "received_at", "reason")
    services.incident_correct_times(**_head(case, form, user), **{name: form.cleaned_data[name] for name in names})


def _update(case: Incident, form: Any, user: Any) -> None:
    services.incident_update(**_head(case, form, user), changes=form.changes())


def _link(case: Incident, form: Any, user: Any) -> None:
    data = form.cleaned_data
    services.incident_link(**_head(case, form, user), other_number=data["other"], note=data["note"])


def _unlink(case: Incident, form: Any, user: Any) -> None:
    data = form.cleaned_data
    services.incident_unlink(**_head(case, form, user), other_number=data["other"], reason=data["reason"])


def _merge(case: Incident, form: Any, user: Any) -> None:
    data = form.cleaned_data
    services.incident_merge(**_head(case, form, user), into=data["into"], reason=data["reason"])


def _unmerge(case: Incident, form: Any, user: Any) -> None:
    services.incident_unmerge(**_head(case, form, user), reason=form.cleaned_data["reason"])


def _withdraw(case: Incident, form: Any, user: Any) -> None:
    names = ("ground", "reason", "instead")
    services.incident_withdraw(**_head(case, form, user), **{name: form.cleaned_data[name] for name in names})


def _reopen(case: Incident, form: Any, user: Any) -> None:
    services.incident_reopen(**_head(case, form, user), reason=form.cleaned_data["reason"])


def _close(case: Incident, form: Any, user: Any) -> None:
    data = form.cleaned_data
    names = ("note", "waive_reason", "unsettled_reason")
    services.incident_close(**_head(case, form, user), **{name: data.get(name, "") for name in names})


def _phone(case: Incident, form: Any, user: Any) -> Any:
    key = form.cleaned_data["idempotency_key"]
    return services.report_phone_record(incident_id=case.pk, user=user, call=form.call(), key=key)


def _draft(case: Incident, form: Any, user: Any) -> Any:
    key = form.cleaned_data["idempotency_key"]
    return services.report_draft(incident_id=case.pk, user=user, draft=form.draft(), key=key)


def _instruction(case: Incident, form: Any, user: Any) -> None:
    key = form.cleaned_data["idempotency_key"]
    services.instruction_record(incident_id=case.pk, user=user, said=form.said(), key=key)


def _reopen_chain(case: Incident, form: Any, user: Any) -> None:
    services.report_chain_reopen(incident_id=case.pk, user=user, reason=form.cleaned_data["reason"])


def _inquiry(case: Incident, form: Any, user: Any) -> None:
    key = form.cleaned_data["idempotency_key"]
    services.inquiry_record(incident_id=case.pk, user=user, asked=form.asked(), key=key)


# A button that only looks something up in a form, for who has no JavaScript: nothing is written.
LOOKING = "look"

ACTS: dict[str, ActPage] = {
    "accept": ActPage(forms.VersionForm, _accept, _l("已接手。"), _l("接手")),
    "triage": ActPage(forms.TriageForm, _triage, _l("核实结果已记录。"), _l("记录核实结果")),
    "analyse": ActPage(forms.AnalyseForm, _analyse, _l("研判已记录。"), _l("记录研判")),
    "grade": ActPage(forms.GradeForm, _grade, _l("已定级，时限已随级别调整。"), _l("定级")),
    "times": ActPage(forms.TimesForm, _times, _l("时间已更正，时限已重新起算。"), _l("更正时间")),
    "update": ActPage(forms.UpdateForm, _update, _l("情况已更新。"), _l("保存")),
    "link": ActPage(forms.LinkForm, _link, _l("已关联。"), _l("关联")),
    "unlink": ActPage(forms.UnlinkForm, _unlink, _l("已取消关联。"), _l("取消关联")),
    "merge": ActPage(forms.MergeForm, _merge, _l("已并案，时限已随之处理。"), _l("并案")),
    "unmerge": ActPage(forms.UnmergeForm, _unmerge, _l("已撤销并案，时限已恢复。"), _l("撤销并案")),
    "withdraw": ActPage(forms.WithdrawForm, _withdraw, _l("已撤回。"), _l("撤回登记")),
    "reopen": ActPage(forms.ReopenForm, _reopen, _l("已恢复办理，时限继续计时。"), _l("恢复办理")),
    "close": ActPage(forms.CloseForm, _close, _l("已结案。"), _l("结案")),
    "phone": ActPage(forms.PhoneForm, _phone, _l("电话报告已登记。"), _l("登记这次电话")),
    "report": ActPage(forms.DraftForm, _draft, _l("已按事件情况填好，请核对后送审。"), _l("起草")),
    "inquiry": ActPage(forms.InquiryForm, _inquiry, _l("已登记。"), _l("登记")),
    "instruction": ActPage(InstructionForm, _instruction, _l("批示已记录。"), _l("记录批示")),
    "reopen-chain": ActPage(forms.ReopenChainForm, _reopen_chain, _l("续报已恢复。"), _l("恢复续报")),
}


@login_required
@require_http_methods(["GET", "POST"])
def incident_act(request: HttpRequest, number: str, act: str) -> HttpResponse:
    """One act on a case: its own small page."""
    page = ACTS.get(act)
    if page is None:
        raise NotVisible()
    case = incident_for(request.user, number)
    form = page.form(posted(request), incident=case, user=request.user)
    if request.method == "POST" and LOOKING not in request.POST and form.is_valid():
        try:
            shown = foretold_first(request, case, act, lambda: page.run(case, form, request.user))
            if shown:
                return _act_page(request, case, act, page, form, shown)
            made = page.run(case, form, request.user)
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, page.done)
            return redirect(_after(case, made))
    return _act_page(request, case, act, page, form)


def _after(case: Incident, made: Any) -> str:
    if made is not None:
        return reverse("report", args=[case.number, made.serial])
    return reverse("incident", args=[case.number])


def _act_page(
    request: HttpRequest, case: Incident, act: str, page: ActPage, form: Any, shown: Foretold | None = None
) -> HttpResponse:
    action = next((row for row in actions_on(request.user, case) if row.code == act), None)
    context = {
        "incident": case,
        "act": act,
        "form": form,
        "action": action,
        "button": page.button,
        "state_label": case.state_choice.label,
        "previews": _previews(case) if act == "grade" and action else [],
        "foretold": shown,
    }
    refused = form.is_bound and LOOKING not in request.POST and shown is None
    return render(request, "incidents/act.html", context, status=400 if refused else 200)


@login_required
@require_safe
def incident_subitems(request: HttpRequest, number: str) -> HttpResponse:
    """The sub-items of 8.3 that fit what is typed, while the analysis is being written."""
    case = incident_for(request.user, number)
    rows = list(case.plan_version.categories.prefetch_related("subitems"))
    text = request.GET.get("find", "")[:30]
    return render(request, "incidents/_subitems.html", {"matches": forms.subitems_matching(rows, text), "find": text})


def _previews(case: Incident) -> list[dict[str, Any]]:
    """Return, per grade, what would happen to the clocks: seen before it is decided."""
    grades = [row for row in case.plan_version.grades.order_by("number") if row.pk != case.grade_id]
    book = RuleBook(case.plan_version)
    return [{"grade": row, "clocks": grade_foretold(case, row, book)} for row in grades]


@login_required
@require_POST
def incident_explain(request: HttpRequest, number: str, deadline_id: int) -> HttpResponse:
    """Write why a clock was met late."""
    case = incident_for(request.user, number)
    services.clock_explain(
        incident_id=case.pk, deadline_id=deadline_id, user=request.user, reason=request.POST.get("late_reason", "")
    )
    messages.success(request, _("逾期原因已记录。"))
    return redirect("incident", number)


@login_required
@require_http_methods(["GET", "POST"])
def inquiry_answer(request: HttpRequest, number: str, inquiry_id: int) -> HttpResponse:
    """Answer a 催报 or 核实."""
    case = incident_for(request.user, number)
    inquiry = case.inquiries.filter(pk=inquiry_id).first()
    if inquiry is None:
        raise NotVisible()
    form = forms.ReplyForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            services.inquiry_reply(inquiry_id=inquiry.pk, user=request.user, **form.cleaned_data)
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, _("回应已记录。"))
            return redirect("incident", number)
    context = {"incident": case, "inquiry": inquiry, "form": form, "may_work": any(may_work_on(request.user, case))}
    return render(request, "incidents/inquiry.html", context, status=400 if form.is_bound else 200)
