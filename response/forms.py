"""Forms of responses, tasks and releases. They gather what was typed; every rule is asked of the services."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from directory.models import PlanVersion, User
from directory.selectors.units import units_in_use
from directory.services.signatures import PhoneCall
from response.rules import end_findings_of
from response.services.tasks import Behalf
from yangcheng_ec.forms import CleanCharField, LocalDateTimeField, LongTextField

__all__ = [
    "BehalfForm",
    "ConfirmForm",
    "EndForm",
    "HandoverForm",
    "PhoneForm",
    "ProposeForm",
    "ReassignForm",
    "ReinforceForm",
    "ReleaseForm",
    "TaskAddForm",
]

OFFICE = "office"


class ProposeForm(forms.Form):
    """Level and condition are one choice, «level-condition»: nothing is preselected."""

    choice = forms.ChoiceField(
        label=_("启动条件"), widget=forms.RadioSelect, error_messages={"required": _("请选择一个启动条件。")}
    )
    basis = LongTextField(label=_("研判依据"), rows=5, help_text=_("写明事实和判断：影响了什么、为什么符合所选条件。"))
    local_reason = LongTextField(
        label=_("能否就地应对，为什么"),
        rows=3,
        required=False,
        help_text=_("选了标有「须写明能否就地应对」的条件时必填：一般事件两级的条件都说到，由您判断并写下理由。"),
    )
    withdraws = CleanCharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, choices: Sequence[tuple[str, str]] = (), overlapping: Collection[str] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.overlapping = overlapping
        self.fields["choice"].choices = list(choices)  # type: ignore[attr-defined]
        if not overlapping:
            del self.fields["local_reason"]

    def given_reason(self) -> str | None:
        """Return what was written where the chosen condition overlaps with another level's; None where it does not."""
        return self.cleaned_data["local_reason"] if self.cleaned_data["choice"] in self.overlapping else None

    @property
    def level(self) -> str:
        """Return the chosen level's ordinal."""
        return str(self.cleaned_data["choice"]).partition("-")[0]

    @property
    def condition(self) -> str:
        """Return the chosen condition's number."""
        return str(self.cleaned_data["choice"]).partition("-")[2]


class PhoneForm(forms.Form):
    """An approval given by phone: whom, on which number of the directory, when, read back."""

    signer = forms.ChoiceField(label=_("批准人与回拨号码"), help_text=_("按通讯录登记的号码回拨，核实本人。"))
    called_at = LocalDateTimeField(label=_("通话时间"))
    read_back = forms.BooleanField(label=_("已向批准人复诵批准内容并得到确认"), required=False)
    note = CleanCharField(label=_("批准人的话"), required=False, max_length=300)

    def __init__(self, *args: Any, choices: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        kwargs.setdefault("prefix", "phone")
        super().__init__(*args, **kwargs)
        self.fields["signer"].choices = [("", "————"), *choices]  # type: ignore[attr-defined]

    def call(self) -> PhoneCall:
        """Return what was recorded; call after ``is_valid``."""
        user_id, _bar, number = str(self.cleaned_data["signer"]).partition("|")
        signer = User.objects.get(pk=int(user_id))
        data = self.cleaned_data
        return PhoneCall(signer=signer, number=number, called_at=data["called_at"], read_back=data["read_back"])


class ConfirmForm(forms.Form):
    """The command's confirmation with its minutes (comms)."""

    minutes = LongTextField(label=_("确认纪要"), rows=3, help_text=_("何人、何时、以何种方式（会议、电话会商）确认。"))


class HandoverForm(forms.Form):
    """Handing command over to the superior."""

    to = CleanCharField(label=_("接管的上级指挥机构"), max_length=120)
    note = LongTextField(label=_("上级接管的通知"), rows=2, help_text=_("何人、何时、以何种方式通知接管。"))


class ReinforceForm(forms.Form):
    """Asking for reinforcement."""

    to = CleanCharField(label=_("向谁请求"), max_length=120)
    request = LongTextField(label=_("需要的力量、装备和原因"), rows=2)


class EndForm(forms.Form):
    """The clause's findings, each ticked with its evidence; what is ``left`` open is carried over with a reason."""

    def __init__(self, *args: Any, version: PlanVersion, left: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.texts = end_findings_of(version)
        for number, text in enumerate(self.texts, 1):
            self.fields[f"tick_{number}"] = forms.BooleanField(label=text, required=False)
            self.fields[f"finding_{number}"] = LongTextField(label=_("依据"), rows=2, required=False)
        if left:
            self.fields["carry_over"] = LongTextField(
                label=_("未办结任务、未了结时限结转后期处置的理由"),
                rows=2,
                required=False,
                help_text=_("还有%(left)s。") % {"left": left},
            )

    def pairs(self) -> list[tuple[Any, Any]]:
        """Return each finding's tick and evidence fields, for the page."""
        return [(self[f"tick_{number}"], self[f"finding_{number}"]) for number, _text in enumerate(self.texts, 1)]

    def findings(self) -> dict[int, str]:
        """Return the evidence of the ticked findings only; call after ``is_valid``."""
        data = self.cleaned_data
        ticked = [number for number, _text in enumerate(self.texts, 1) if data.get(f"tick_{number}")]
        return {number: data.get(f"finding_{number}", "") for number in ticked}


class BehalfForm(forms.Form):
    """What a unit writes, or what the office enters for it (said_by)."""

    text = LongTextField(label=_("内容"), rows=3, required=False)
    said_by = CleanCharField(label=_("代录：该单位何人所说"), max_length=120, required=False)
    done_at = LocalDateTimeField(label=_("发生时间（补录时填写）"), required=False)

    def behalf(self) -> Behalf:
        """Return who said it and when; call after ``is_valid``."""
        return Behalf(said_by=self.cleaned_data.get("said_by", ""), done_at=self.cleaned_data.get("done_at"))


def _unit_field(label: Any) -> forms.ModelChoiceField:
    return forms.ModelChoiceField(
        units_in_use(), label=label, required=False, to_field_name="code", empty_label=_("指挥部办公室")
    )


class ReassignForm(forms.Form):
    """Giving a task to somebody else."""

    unit = _unit_field(_("改派给"))
    reason = CleanCharField(label=_("改派理由"), max_length=500)


class TaskAddForm(forms.Form):
    """A task by hand, also to a unit the plan does not list."""

    unit = _unit_field(_("承办单位"))
    title = CleanCharField(label=_("任务名称"), max_length=120)
    text = LongTextField(label=_("任务内容"), rows=2)
    due_at = LocalDateTimeField(label=_("完成时限"), required=False)

    def clean_due_at(self) -> Any:
        """Refuse a time that is over."""
        value = self.cleaned_data.get("due_at")
        if value is not None and value <= timezone.now():
            raise forms.ValidationError(_("完成时限须晚于现在。"))
        return value


class ReleaseForm(forms.Form):
    """A draft for the public."""

    title = CleanCharField(label=_("标题"), max_length=120)
    text = LongTextField(label=_("发布内容"), rows=5)
    channel = CleanCharField(label=_("发布渠道"), max_length=120, required=False)
