"""The acts on findings and rounds: each is a form, one service and what is said when it is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms as django_forms
from django.utils.translation import gettext as _, gettext_lazy

from early_warning.prevention import forms, services
from early_warning.prevention.models import Finding, HazardCheck

__all__ = ["CHECK_ACTS", "FINDING_ACTS", "Step"]

Handler = Callable[[Any, dict[str, Any], Any], object]


@dataclass(frozen=True)
class Step:
    """One act: its form, what it calls with (row, arguments, user), and what is said then (of the service's answer)."""

    form: Callable[..., django_forms.Form]
    handle: Handler
    done: Any

    def words(self, answer: object) -> str:
        """Return what is said when it is done."""
        return str(self.done(answer) if callable(self.done) else self.done)


def _finding(service: Callable[..., object]) -> Handler:
    def handle(row: Finding, arguments: dict[str, Any], user: Any) -> object:
        return service(finding_id=row.pk, user=user, **arguments)

    return handle


def _check(service: Callable[..., object]) -> Handler:
    def handle(row: HazardCheck, arguments: dict[str, Any], user: Any) -> object:
        return service(check_id=row.pk, user=user, **arguments)

    return handle


def _told(count: Any) -> str:
    if not count:
        return _("已记录催办。对方没有账号，系统通知不到，请打电话。")
    return _("已催办，通知了 %(n)d 人。") % {"n": count}


FINDING_ACTS: dict[str, Step] = {
    "supplement": Step(forms.SupplementForm, _finding(services.finding_supplement), gettext_lazy("已补充，等待受理。")),
    "accept": Step(forms.AcceptForm, _finding(services.finding_accept), gettext_lazy("已受理，已通知整改单位。")),
    "ask-back": Step(forms.ReasonForm, _finding(services.finding_ask_back), gettext_lazy("已退回补充。")),
    "reject": Step(forms.ReasonForm, _finding(services.finding_reject), gettext_lazy("已记录不予受理。")),
    "progress": Step(forms.ProgressForm, _finding(services.finding_progress), gettext_lazy("已报送整改进展。")),
    "mended": Step(forms.MendedForm, _finding(services.finding_mended), gettext_lazy("已报整改完成，等待复核。")),
    "extend": Step(forms.ExtendForm, _finding(services.finding_extend), gettext_lazy("已延期，已通知整改单位。")),
    "chase": Step(forms.NoteForm, _finding(services.finding_chase), _told),
    "verify": Step(forms.NoteForm, _finding(services.finding_verify), gettext_lazy("复核通过，已销号。")),
    "send-back": Step(forms.ReasonForm, _finding(services.finding_send_back), gettext_lazy("已退回继续整改。")),
    "warning": Step(forms.WarnForm, _finding(services.finding_warn), gettext_lazy("已起草预警，请补全后提出建议。")),
    "intake": Step(forms.VersionForm, _finding(services.finding_intake), gettext_lazy("已按隐患填好，请核对后登记。")),
    "incident": Step(forms.IncidentForm, _finding(services.finding_as_incident), gettext_lazy("已按事件办理。")),
}
CHECK_ACTS: dict[str, Step] = {
    "chase": Step(forms.ChaseForm, _check(services.check_chase), _told),
    "close": Step(forms.NoteForm, _check(services.check_close), gettext_lazy("本轮排查已结束。")),
    "withdraw": Step(forms.ReasonForm, _check(services.check_withdraw), gettext_lazy("本轮排查已撤销。")),
}
