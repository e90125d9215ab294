"""Forms of instructions (批示) and what follows from them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _, gettext_lazy

from incidents.choices import SendChannel
from incidents.forms.base import CaseForm, Line, NumberedForm, Section, describe_free_text, unit_choices
from incidents.services import Instructed
from yangcheng_ec.forms import CleanCharField, LocalDateTimeField, LongTextField

__all__ = ["AnswerForm", "FollowUpForm", "InstructionForm"]

OFFICE_DOES = gettext_lazy("指挥部办公室")
TARGET_HELP = gettext_lazy("可不填；到时没有办结会提醒（非预案规定）。")


class ToDoFields(forms.Form):
    """What is to be done, by whom, by when."""

    to_do = LongTextField(label=gettext_lazy("要办什么"), required=False, rows=2)
    unit = forms.ChoiceField(label=gettext_lazy("交给谁办"), required=False)
    due_at = LocalDateTimeField(label=gettext_lazy("办结目标"), required=False, future=True, help_text=TARGET_HELP)


class InstructionForm(ToDoFields, NumberedForm):
    """A superior's instruction, and what is to be done about it at once."""

    issued_by = CleanCharField(label=gettext_lazy("谁批示的"), max_length=120,
                               help_text=gettext_lazy("姓名和职务，或机关"))  # fmt: skip
    text = LongTextField(label=gettext_lazy("批示内容"), rows=3, required=False)
    channel = forms.ChoiceField(label=gettext_lazy("怎么来的"), choices=SendChannel.choices, initial="phone")
    received_at = LocalDateTimeField(
        label=gettext_lazy("收到时间"), required=False, help_text=gettext_lazy("空着就是现在；晚于五分钟补记的按补录。")
    )
    proof = CleanCharField(label=gettext_lazy("凭证"), max_length=200, required=False,
                           help_text=gettext_lazy("文号、传真单、邮件编号；原件请作为事件的附件上传"))  # fmt: skip

    def prepare(self) -> None:
        """Offer the units, the office first; of a secret case no words are asked for."""
        self.fields["unit"].choices = unit_choices(empty=OFFICE_DOES)  # type: ignore[attr-defined]
        self.fields["text"].required = not self.incident.secret

    def said(self) -> Instructed:
        """Return what was typed, for the service."""
        names = ("issued_by", "text", "channel", "received_at", "proof", "to_do", "unit", "due_at")
        return Instructed(**{name: self.cleaned_data[name] for name in names})

    def sections(self) -> list[Section]:
        """The instruction, then what is to be done; the plans say nothing of either."""
        own = ("issued_by", "text", "channel", "received_at", "proof")
        first = [Line(self[name], {}, nonplan=_("预案没有批示的规定") if name == "issued_by" else "") for name in own]
        note = _("现在就交办的写在这里；也可以记下批示以后再交办，一条批示可以交办多项。")
        todo = [Line(self[name], {}) for name in ("to_do", "unit", "due_at")]
        return [Section(_("批示"), first), Section(_("交办"), todo, note=note)]


class FollowUpForm(ToDoFields, CaseForm):
    """One more thing to do out of an instruction."""

    def prepare(self) -> None:
        """Offer the units, the office first; of a secret case no words are asked for."""
        self.fields["unit"].choices = unit_choices(empty=OFFICE_DOES)  # type: ignore[attr-defined]
        self.fields["to_do"].required = not self.incident.secret


class AnswerForm(forms.Form):
    """What was done."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    answer = LongTextField(label=gettext_lazy("办理结果"), rows=4, required=False)

    def __init__(self, *args: Any, version: int, secret: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["version"].initial = version
        self.fields["answer"].required = not secret
        describe_free_text(self)
