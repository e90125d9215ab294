"""The acts on one warning: each is a form, one service and a sentence; one view serves them all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from directory.choices import Act
from early_warning import services
from early_warning.forms import (
    ConfirmForm,
    LeaderForm,
    LiftForm,
    PhoneForm,
    ProgressForm,
    ReasonForm,
    RemarkForm,
    ReportForm,
    StandingUseForm,
    VersionForm,
)
from early_warning.models import EarlyWarning
from early_warning.selectors import warning_for
from early_warning.views.face import detail_context
from yangcheng_ec.access import page_required
from yangcheng_ec.errors import BadInput
from yangcheng_ec.forms import errors_into_form
from yangcheng_ec.permissions import Page

__all__ = ["ACTS", "ApprovePhoneForm", "LiftPhoneForm", "Step", "warning_act"]

Handler = Callable[[EarlyWarning, Any, Any], object]


class ApprovePhoneForm(PhoneForm):
    """The approval of a warning by phone."""

    act = Act.APPROVE_WARNING


class LiftPhoneForm(PhoneForm):
    """The approval of a lifting by phone."""

    act = Act.APPROVE_LIFT


@dataclass(frozen=True)
class Step:
    """One act: its form, what it calls, and what is said when it is done."""

    form: Callable[..., forms.Form]
    handle: Handler
    done: Any


def _key(warning: EarlyWarning, form: Any, user: Any) -> dict[str, Any]:
    return {"warning_id": warning.pk, "version": form.cleaned_data["version"], "user": user}


def _propose(warning: EarlyWarning, form: Any, user: Any) -> object:
    return services.warning_propose(**_key(warning, form, user))


def _approve(warning: EarlyWarning, form: Any, user: Any) -> object:
    return services.warning_approve(**_key(warning, form, user), remark=form.cleaned_data["remark"])


def _approve_phone(warning: EarlyWarning, form: Any, user: Any) -> object:
    remark = form.cleaned_data["remark"]
    return services.warning_approve(**_key(warning, form, user), remark=remark, call=form.call())


def _approve_standing(warning: EarlyWarning, form: Any, user: Any) -> object:
    data = form.cleaned_data
    return services.warning_approve(**_key(warning, form, user), remark=data["remark"], standing_id=data["standing"])


def _return(warning: EarlyWarning, form: Any, user: Any) -> object:
    return services.warning_return(**_key(warning, form, user), reason=form.cleaned_data["reason"])


def _withdraw(warning: EarlyWarning, form: Any, user: Any) -> object:
    return services.warning_withdraw(**_key(warning, form, user), reason=form.cleaned_data["reason"])


def _publish(warning: EarlyWarning, form: Any, user: Any) -> object:
    return services.warning_publish(**_key(warning, form, user))


def _propose_lift(warning: EarlyWarning, form: Any, user: Any) -> object:
    return services.warning_propose_lift(**_key(warning, form, user), findings=form.findings())


def _lift(warning: EarlyWarning, form: Any, user: Any) -> object:
    return services.warning_lift(**_key(warning, form, user), remark=form.cleaned_data["remark"])


def _lift_phone(warning: EarlyWarning, form: Any, user: Any) -> object:
    remark = form.cleaned_data["remark"]
    return services.warning_lift(**_key(warning, form, user), remark=remark, call=form.call())


def _confirm(warning: EarlyWarning, form: Any, user: Any) -> object:
    return services.warning_confirm(warning_id=warning.pk, user=user, **form.arguments())


def _leader(warning: EarlyWarning, form: Any, user: Any) -> object:
    return services.warning_inform_leader(warning_id=warning.pk, user=user, **form.arguments())


def _progress(warning: EarlyWarning, form: Any, user: Any) -> object:
    return services.warning_progress(warning_id=warning.pk, user=user, **form.arguments())


def _report(warning: EarlyWarning, form: Any, user: Any) -> object:
    data = dict(form.cleaned_data)
    return services.warning_report_up(warning_id=warning.pk, deadline_id=data.pop("deadline"), user=user, **data)


ACTS: dict[str, Step] = {
    "propose": Step(VersionForm, _propose, _("已提出预警建议，等待批准。")),
    "approve": Step(RemarkForm, _approve, _("已批准，等待发布：现在还没有通知任何单位。")),
    "approve-phone": Step(ApprovePhoneForm, _approve_phone, _("已记录电话批准，等待批准人补签。")),
    "approve-standing": Step(StandingUseForm, _approve_standing, _("已按授权批准，等待发布。")),
    "return": Step(ReasonForm, _return, _("已退回，理由已通知提出人。")),
    "withdraw": Step(ReasonForm, _withdraw, _("已撤回。")),
    "publish": Step(VersionForm, _publish, _("预警已发布，正在通知各单位。")),
    "propose-lift": Step(LiftForm, _propose_lift, _("已提出解除建议，等待批准。")),
    "lift": Step(RemarkForm, _lift, _("预警已解除，正在通知各单位。")),
    "lift-phone": Step(LiftPhoneForm, _lift_phone, _("预警已按电话批准解除，等待批准人补签。")),
    "confirm": Step(ConfirmForm, _confirm, _("已确认收到。")),
    "leader": Step(LeaderForm, _leader, _("已记录报告领导的情况。")),
    "progress": Step(ProgressForm, _progress, _("已报送。")),
    "report": Step(ReportForm, _report, _("已记录向上报告。")),
}


@page_required(Page.WARNINGS_ALL, Page.WARNINGS_OWN)
@require_POST
def warning_act(request: HttpRequest, number: str, act: str) -> HttpResponse:
    """Do one act on a warning; a refusal that is the typist's comes back beside the field."""
    warning = warning_for(request.user, number)
    step = ACTS[act]
    behalf = {"behalf": "unit" in request.POST} if act in ("confirm", "leader", "progress") else {}
    form = step.form(request.POST, warning=warning, **behalf)
    if form.is_valid():
        try:
            step.handle(warning, form, request.user)
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, step.done)
            return redirect("warning", number=number)
    context = detail_context(request.user, warning, failed={act: form})
    return render(request, "warnings/detail.html", context, status=400)
