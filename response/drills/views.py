"""Pages of drills: the list with each plan's clock, one drill with its script and acts, its evaluation, its report."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from directory.choices import Act
from directory.forms import ReasonForm
from directory.models import PlanVersion
from directory.selectors.plans import plans_in_force
from directory.selectors.standing_duties import drill_duty
from directory.views.contacts import posted_version
from directory.views.sheets import file_answer
from response.drills import services
from response.drills.choices import BEFORE, HELD, DrillState
from response.drills.forms import DrillFilterForm, DrillForm, EvaluationForm, ImprovementForm, InjectForm
from response.drills.models import Drill
from response.drills.papers import report_paper
from response.drills.selectors import (
    DrillFilter,
    drill_clocks,
    drill_for,
    drill_history,
    drills_found,
    grades_shown,
    injects_shown,
    sees_script,
)
from response.selectors.posts import Authority, authority_of
from yangcheng_ec.access import page_required
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible
from yangcheng_ec.forms import errors_into_form
from yangcheng_ec.papers import pdf_of
from yangcheng_ec.permissions import Page, may_open

__all__ = [
    "act", "edit", "evaluate", "improvement_remove", "improvements", "index", "inject_act", "injects", "new", "report",
    "show",
]  # fmt: skip

PER_PAGE = 50
readers = page_required(Page.DRILLS_ALL, Page.DRILLS_OWN)


@require_safe
@readers
def index(request: HttpRequest) -> HttpResponse:
    """List drills, those that run or are late first, with when each plan is next due."""
    plans = list(plans_in_force())
    form = DrillFilterForm(request.GET, plans=plans)
    wanted = DrillFilter(**form.cleaned_data) if form.is_valid() else DrillFilter()
    page = Paginator(drills_found(request.user, wanted), PER_PAGE).get_page(request.GET.get("page"))
    sees_all = may_open(request.user, Page.DRILLS_ALL)
    context = {
        "form": form,
        "page": page,
        "rows": grades_shown(request.user, page.object_list, authority_of(request.user)),
        "clocks": drill_clocks(plans) if sees_all else [],
        "may_plan": _organised(request.user, plans),
    }
    return render(request, "drills/list.html", context)


def _organised(user: Any, plans: list[PlanVersion]) -> list[PlanVersion]:
    authority = authority_of(user)
    return [version for version in plans if authority.may(version.pk, Act.ORGANISE_DRILL)]


@require_http_methods(["GET", "POST"])
@readers
def new(request: HttpRequest) -> HttpResponse:
    """Plan a drill."""
    mine = _organised(request.user, list(plans_in_force()))
    if not mine:
        raise Forbidden(_("演练由预案的指挥部办公室组织。"))
    version = next((row for row in mine if row.plan.code == request.GET.get("plan")), mine[0])
    form = DrillForm(version, request.POST or None, initial=DrillForm.initial_of(version, None))
    if request.method == "POST" and form.is_valid():
        key = form.cleaned_data["idempotency_key"]
        try:
            drill = services.drill_plan(user=request.user, planned=form.planned(), key=key)
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, _("方案已拟定，请加上情景注入；批准后才能开始。"))
            return redirect("drill", number=drill.number)
    return _form_page(request, form, version, None)


@require_http_methods(["GET", "POST"])
@readers
def edit(request: HttpRequest, number: str) -> HttpResponse:
    """Change a drill before it starts."""
    drill = drill_for(request.user, number)
    if not sees_script(request.user, drill, authority_of(request.user)):
        raise Forbidden(_("演练方案由预案的指挥部办公室修改。"))
    version = drill.plan_version
    form = DrillForm(version, request.POST or None, initial=DrillForm.initial_of(version, drill))
    if request.method == "POST" and form.is_valid():
        seen = form.cleaned_data["version"] or 0
        try:
            services.drill_edit(drill_id=drill.pk, version=seen, user=request.user, planned=form.planned())
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, _("方案已修改，批准后才能开始。"))
            return redirect("drill", number=number)
    return _form_page(request, form, version, drill)


def _form_page(request: HttpRequest, form: DrillForm, version: PlanVersion, drill: Drill | None) -> HttpResponse:
    context = {"form": form, "version": version, "drill": drill, "duty": drill_duty(version)}
    return render(request, "drills/form.html", context, status=400 if form.errors else 200)


@require_safe
@readers
def show(request: HttpRequest, number: str) -> HttpResponse:
    """Show one drill: what it is, its script for those who direct, what may be done now."""
    return _page(request, drill_for(request.user, number))


def _page(request: HttpRequest, drill: Drill, *, status: int = 200, **forms: Any) -> HttpResponse:
    authority = authority_of(request.user)
    script = sees_script(request.user, drill, authority)
    context = {
        "drill": drill,
        "duty": drill_duty(drill.plan_version),
        "participants": drill.participants.all(),
        "script": script,
        "injects": injects_shown(request.user, drill, script=script),
        "findings": drill.findings.all() if drill.state in HELD else [],
        "improvements": drill.improvements.select_related("unit") if drill.state in HELD else [],
        "history": drill_history(drill) if script or drill.state in HELD else [],
        "inject_form": InjectForm(),
        "reason_form": ReasonForm(auto_id="id_reason_%s"),
        **_may(request.user, drill, authority),
        **forms,
    }
    return render(request, "drills/drill.html", context, status=status)


def _may(user: Any, drill: Drill, authority: Authority) -> dict[str, bool]:
    """Return which buttons stand on the page; the services ask again."""
    directs = authority.may(drill.plan_version_id, Act.ORGANISE_DRILL)
    approves = authority.may(drill.plan_version_id, Act.APPROVE_DRILL) and drill.state == DrillState.PLANNED
    before = drill.state in BEFORE
    return {
        "may_approve": approves and drill.planned_by_id != user.pk,
        "own_plan": approves and drill.planned_by_id == user.pk,
        "may_return": approves,
        "may_edit": directs and before,
        "may_start": directs and drill.state == DrillState.APPROVED,
        "may_inject": directs and (before or drill.state == DrillState.RUNNING),
        "may_direct": directs and drill.state == DrillState.RUNNING,
        "may_evaluate": directs and drill.state == DrillState.ENDED,
    }


ACTS: dict[str, tuple[Callable[..., Any], bool, str]] = {
    "approve": (services.drill_approve, False, "已批准，参演单位已收到通知。"),
    "return": (services.drill_return, True, "已退回。"),
    "cancel": (services.drill_cancel, True, "已取消。"),
    "start": (services.drill_start, False, "演练开始，情景按时注入。"),
    "end": (services.drill_end, False, "演练结束，请填写评估。"),
}


@require_POST
@readers
def act(request: HttpRequest, number: str, act: str) -> HttpResponse:
    """Approve, return, cancel, start or end a drill."""
    if act not in ACTS:
        raise Http404
    service, reasoned, words = ACTS[act]
    drill = drill_for(request.user, number)
    common: dict[str, Any] = {"drill_id": drill.pk, "version": posted_version(request), "user": request.user}
    form = ReasonForm(request.POST, auto_id="id_reason_%s")
    if reasoned and not form.is_valid():
        return _page(request, drill, reason_form=form, failed=act, status=400)
    service(**common, **({"reason": form.cleaned_data["reason"]} if reasoned else {}))
    messages.success(request, _(words))
    return redirect("drill-evaluate" if act == "end" else "drill", number=number)


@require_POST
@readers
def injects(request: HttpRequest, number: str) -> HttpResponse:
    """Add an inject."""
    drill = drill_for(request.user, number)
    form = InjectForm(request.POST)
    if form.is_valid():
        version = form.cleaned_data["version"] or 0
        try:
            services.inject_add(drill_id=drill.pk, version=version, user=request.user, words=form.words())
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, _("已增加。"))
            return redirect("drill", number=number)
    return _page(request, drill, inject_form=form, status=400)


@require_POST
@readers
def inject_act(request: HttpRequest, number: str, pk: int, act: str) -> HttpResponse:
    """Tell an inject now, leave it out, or take it from the plan."""
    drill = drill_for(request.user, number)
    common: dict[str, Any] = {"drill_id": drill.pk, "inject_id": pk, "user": request.user}
    if act == "fire":
        services.inject_fire(**common)
    elif act == "skip":
        services.inject_skip(**common, reason=request.POST.get("reason", ""))
    elif act == "remove":
        services.inject_remove(**common, version=posted_version(request))
    else:
        raise Http404
    messages.success(request, _("已记录。"))
    return redirect("drill", number=number)


@require_http_methods(["GET", "POST"])
@readers
def evaluate(request: HttpRequest, number: str) -> HttpResponse:
    """Judge what the drill exercised, clause by clause; kept as far as it goes, or finished."""
    drill = drill_for(request.user, number)
    if not _may(request.user, drill, authority_of(request.user))["may_evaluate"]:
        return redirect("drill", number=number)
    start = {"version": drill.version, "summary": drill.summary, "evaluators": drill.evaluators}
    form = EvaluationForm(list(drill.findings.all()), request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            return _judged(request, drill, form)
        except BadInput as error:
            errors_into_form(form, error)
    return _evaluation(request, drill, form, status=400 if form.errors else 200)


def _judged(request: HttpRequest, drill: Drill, form: EvaluationForm) -> HttpResponse:
    data = form.cleaned_data
    common: dict[str, Any] = {"drill_id": drill.pk, "version": data["version"], "user": request.user}
    if "finish" not in request.POST:
        services.drill_judge(**common, judged=form.judged())
        messages.success(request, _("评定已保存，评估还没有完成。"))
        return redirect("drill-evaluate", number=drill.number)
    services.drill_evaluate(
        **common, judged=form.judged(), evaluators=data["evaluators"], summary=data["summary"]
    )  # fmt: skip
    messages.success(request, _("评估完成，报告可以打印。"))
    return redirect("drill", number=drill.number)


def _evaluation(
    request: HttpRequest, drill: Drill, form: EvaluationForm, *, improve: ImprovementForm | None = None,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    context = {
        "drill": drill,
        "form": form,
        "improvements": drill.improvements.select_related("unit"),
        "improve": improve or ImprovementForm(auto_id="id_improve_%s"),
    }
    return render(request, "drills/evaluate.html", context, status=status)


@require_POST
@readers
def improvements(request: HttpRequest, number: str) -> HttpResponse:
    """Add what is to be improved."""
    drill = drill_for(request.user, number)
    improve = ImprovementForm(request.POST, auto_id="id_improve_%s")
    if improve.is_valid():
        version = improve.cleaned_data["version"] or 0
        try:
            services.improvement_add(
                drill_id=drill.pk, version=version, user=request.user, improvement=improve.improvement()
            )  # fmt: skip
        except BadInput as error:
            errors_into_form(improve, error)
        else:
            messages.success(request, _("已增加。"))
            return redirect("drill-evaluate", number=number)
    form = EvaluationForm(list(drill.findings.all()), initial={"version": drill.version})
    return _evaluation(request, drill, form, improve=improve, status=400)


@require_POST
@readers
def improvement_remove(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """Take an improvement back while the evaluation is open."""
    drill = drill_for(request.user, number)
    version = posted_version(request)
    services.improvement_remove(drill_id=drill.pk, version=version, user=request.user, improvement_id=pk)
    return redirect("drill-evaluate", number=number)


@require_safe
@readers
def report(request: HttpRequest, number: str) -> HttpResponse:
    """Print the evaluation report."""
    drill = drill_for(request.user, number)
    if drill.state not in HELD or not _reads_report(request.user, drill):
        raise NotVisible()
    paper = report_paper(drill, str(request.user))
    return file_answer(
        pdf_of("papers/drill_report.html", paper), "application/pdf", f"{drill.number}-评估报告.pdf", inline=True
    )


def _reads_report(user: Any, drill: Drill) -> bool:
    """Return whether the user may read the report: participants once it is finished."""
    return may_open(user, Page.DRILLS_ALL) or drill.state == DrillState.EVALUATED
