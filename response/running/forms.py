"""Forms of a running response. They gather what was typed; every rule is asked of the services."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from directory.models import Unit, User
from directory.selectors.units import units_in_use
from incidents.rules import RuleBook
from response.models import Response
from response.running.choices import MeetingForm
from response.running.rules import command_holders
from response.running.selectors import forces_of
from response.running.services import Minutes, Said, Word
from yangcheng_ec.forms import CleanCharField, LocalDateTimeField, LongTextField

__all__ = [
    "ActForm", "AidAnswerForm", "AidArrivalForm", "ChaseForm", "ComposeForm", "ConferenceForm", "ControlForm",
    "EvidenceForm", "FirstActionForm", "ForceForm", "HandoverAcceptForm", "HumanMadeForm", "OnSiteForm", "OrderForm",
    "ReasonForm", "ReceiptForm", "ReplyForm", "RhythmForm", "TaskDueForm", "TaskSplitForm",
]  # fmt: skip


class ActForm(forms.Form):
    """What every form of an act carries: the version that was read, and the key that makes it count once."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)
    idempotency_key = CleanCharField(widget=forms.HiddenInput, required=False, max_length=100)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"idempotency_key": uuid4().hex, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)

    def given(self) -> dict[str, Any]:
        """Return what was typed, without what every form carries; call after ``is_valid``."""
        own = ("version", "idempotency_key")
        return {name: value for name, value in self.cleaned_data.items() if name not in own}


class _Units(forms.ModelMultipleChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.name)


def _units(label: Any) -> _Units:
    ticks = forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"})
    return _Units(units_in_use(), label=label, to_field_name="code", widget=ticks)


class _WithUnits(ActForm):
    """A form in which units are ticked: those with tasks of the response first."""

    def boxes(self, first: Iterable[Unit]) -> list[tuple[str, bool, list[Any]]]:
        """Return (heading, open, boxes) for the page."""
        codes = {unit.code for unit in first}
        boxes = list(self["units"])
        mine = [box for box in boxes if box.data["value"] in codes]
        rest = [box for box in boxes if box.data["value"] not in codes]
        ticked = any(box.data["selected"] for box in rest)
        return [
            (str(_("承担任务的单位")), True, mine),
            (str(_("其他单位（含预案未列出的）")), ticked or not mine, rest),
        ]


class OrderForm(_WithUnits):
    """An order; ``ordered_by`` is filled in only where the office enters an order given by word."""

    title = CleanCharField(label=_("指令事项"), max_length=120)
    text = LongTextField(label=_("指令内容"), rows=4)
    units = _units(_("接收单位"))
    ordered_by = forms.ChoiceField(
        label=_("口头下达人"), required=False, help_text=_("办公室代为记录口头指令时选择；本人会收到告知，可以撤回。")
    )
    ordered_at = LocalDateTimeField(label=_("下达时间"), required=False)

    def __init__(self, response: Response, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = [(str(row.user_id), f"{row.post.label} {row.user}") for row in command_holders(response.plan_version)]
        none = [("", _("不是口头指令"))]
        self.fields["ordered_by"].choices = [*none, *dict(rows).items()]  # type: ignore[attr-defined]

    def word(self) -> Word | None:
        """Return who gave the order by word; call after ``is_valid``."""
        pk = self.cleaned_data["ordered_by"]
        return Word(User.objects.get(pk=int(pk)), self.cleaned_data["ordered_at"]) if pk else None


class ReasonForm(ActForm):
    """A reason."""

    reason = CleanCharField(label=_("理由"), max_length=500)


class ReceiptForm(ActForm):
    """What a unit reports on an order, or what the office enters for it."""

    text = LongTextField(label=_("执行情况"), rows=3, required=False)
    said_by = CleanCharField(label=_("代录：该单位何人所说"), max_length=120, required=False)
    done_at = LocalDateTimeField(label=_("发生时间（补录时填写）"), required=False)


class ConferenceForm(_WithUnits):
    """The record of a conference."""

    held_at = LocalDateTimeField(label=_("会商时间"))
    form = forms.ChoiceField(label=_("方式"), choices=MeetingForm.choices)
    place = CleanCharField(label=_("地点"), max_length=120, required=False)
    chair = CleanCharField(label=_("主持人"), max_length=120)
    units = _units(_("参加单位"))
    others = CleanCharField(label=_("其他参加人"), max_length=300, required=False)
    agenda = LongTextField(label=_("议题"), rows=2)
    conclusions = LongTextField(label=_("会商意见"), rows=4)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["units"].required = False

    def minutes(self) -> Minutes:
        """Return what was typed; call after ``is_valid``."""
        return Minutes(**self.given())


class ControlForm(ActForm):
    """Whether things are under control; nothing is preselected."""

    controlled = forms.TypedChoiceField(
        label=_("事态是否得到控制"), choices=[("yes", _("是")), ("no", _("否"))], widget=forms.RadioSelect,
        coerce=lambda value: value == "yes",
    )  # fmt: skip
    words = LongTextField(label=_("判断依据"), rows=2)


class AidAnswerForm(ActForm):
    """What the superior answered."""

    agreed = forms.TypedChoiceField(
        label=_("答复"), choices=[("yes", _("同意")), ("no", _("未同意"))], widget=forms.RadioSelect,
        coerce=lambda value: value == "yes",
    )  # fmt: skip
    answer = LongTextField(label=_("答复内容"), rows=2)
    answered_by = CleanCharField(label=_("答复人"), max_length=120)
    answered_at = LocalDateTimeField(label=_("答复时间"), required=False)


class AidArrivalForm(ActForm):
    """What has arrived."""

    arrival = CleanCharField(label=_("到位的力量和地点"), max_length=500)
    arrived_at = LocalDateTimeField(label=_("到位时间"), required=False)


class HandoverAcceptForm(ActForm):
    """Who of the superior accepted the command."""

    accepted_by = CleanCharField(label=_("接管人"), max_length=120)
    accepted_post = CleanCharField(label=_("接管人职务"), max_length=120)
    acceptance = LongTextField(label=_("接管方式和凭证"), rows=2, help_text=_("文号，或何人、何时、以何号码电话告知。"))
    accepted_at = LocalDateTimeField(label=_("接管时间"), required=False)


class RhythmForm(ActForm):
    """Every how many hours."""

    every_hours = forms.IntegerField(label=_("每几小时收集一次"), min_value=1, max_value=24)


class ComposeForm(ActForm):
    """To whom the composed report is to go."""

    addressees = forms.MultipleChoiceField(label=_("报送对象"), widget=forms.CheckboxSelectMultiple, required=False)

    def __init__(self, response: Response, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = RuleBook(response.plan_version).addressees(response.incident).values()
        self.fields["addressees"].choices = [(row.code, row.label) for row in known]  # type: ignore[attr-defined]


class ReplyForm(ActForm):
    """What a unit says of the situation."""

    progress = LongTextField(label=_("进展情况"), rows=3)
    problems = LongTextField(label=_("存在问题"), rows=2, required=False)
    needs = LongTextField(label=_("需要的支持"), rows=2, required=False)
    said_by = CleanCharField(label=_("代录：该单位何人所说"), max_length=120, required=False)

    def said(self) -> Said:
        """Return what was typed; call after ``is_valid``."""
        return Said(*(self.cleaned_data[name] for name in ("progress", "problems", "needs")))


class OnSiteForm(_WithUnits):
    """The command on the spot."""

    place = CleanCharField(label=_("地点"), max_length=120)
    leader = CleanCharField(label=_("现场指挥"), max_length=120)
    number = CleanCharField(label=_("联系电话"), max_length=60, required=False)
    units = _units(_("组成单位"))
    set_up_at = LocalDateTimeField(label=_("组建时间"), required=False)


class ForceForm(ActForm):
    """Whom to call in, for what."""

    resource = forms.TypedChoiceField(label=_("动员谁"), coerce=int)
    title = CleanCharField(label=_("任务名称"), max_length=120)
    text = LongTextField(label=_("任务内容"), rows=2)
    due_at = LocalDateTimeField(label=_("完成时限"), required=False, future=True)

    def __init__(self, response: Response, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = [(row.pk, f"{row.kind_choice.label} {row.name}（{row.belongs_to}）") for row in forces_of(response)]
        self.fields["resource"].choices = [("", "————"), *rows]  # type: ignore[attr-defined]


class HumanMadeForm(ActForm):
    """Why it is held for human-made."""

    basis = LongTextField(label=_("认定依据"), rows=2)


class EvidenceForm(ActForm):
    """What is kept, by whom, where."""

    what = LongTextField(label=_("证据"), rows=2)
    keeper = CleanCharField(label=_("保管人"), max_length=120)
    place = CleanCharField(label=_("存放位置"), max_length=120)
    kept_at = LocalDateTimeField(label=_("固定时间"), required=False)


class FirstActionForm(ActForm):
    """What the unit did of its own."""

    text = LongTextField(label=_("处置情况"), rows=2)
    said_by = CleanCharField(label=_("代录：该单位何人所说"), max_length=120, required=False)
    done_at = LocalDateTimeField(label=_("发生时间（补录时填写）"), required=False)


class ChaseForm(ActForm):
    """What is urged."""

    text = CleanCharField(label=_("催办内容"), max_length=500)
    unit = forms.ModelChoiceField(
        units_in_use(), label=_("只催一个单位"), required=False, to_field_name="code", empty_label=_("全部待签收的单位")
    )


class TaskDueForm(ActForm):
    """A local due time."""

    due_at = LocalDateTimeField(label=_("完成时限"), future=True)
    reason = CleanCharField(label=_("改动理由"), max_length=500, required=False)


class TaskSplitForm(ActForm):
    """A part of a task; a unit names whom of its own people."""

    unit = forms.ModelChoiceField(
        units_in_use(), label=_("承办单位"), required=False, to_field_name="code", empty_label=_("指挥部办公室")
    )
    label = CleanCharField(label=_("具体承办（科室、人员）"), max_length=60, required=False)
    title = CleanCharField(label=_("子任务名称"), max_length=120)
    text = LongTextField(label=_("子任务内容"), rows=2)
    due_at = LocalDateTimeField(label=_("完成时限"), required=False, future=True)
