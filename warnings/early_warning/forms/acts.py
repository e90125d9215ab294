"""The acts on one warning: what each of them asks for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from directory.models import Unit, User
from directory.rules import approver_kinds, holders
from directory.services.signatures import PhoneCall, known_numbers
from early_warning.models import EarlyWarning
from early_warning.rules import lift_conditions
from incidents.choices import SendChannel
from yangcheng_ec.deadlines.models import Deadline
from yangcheng_ec.forms import CleanCharField, LocalDateTimeField, LongTextField

__all__ = [
    "ChaseForm",
    "ConfirmForm",
    "LeaderForm",
    "LiftForm",
    "PhoneForm",
    "ProgressForm",
    "ReasonForm",
    "RemarkForm",
    "ReportForm",
    "StandingUseForm",
    "TaskForm",
    "VersionForm",
]


class VersionForm(forms.Form):
    """An act that only needs the version the page was read at."""

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, warning: EarlyWarning, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.warning = warning
        if not self.is_bound and "version" in self.fields:
            self.initial["version"] = warning.version


class RemarkForm(VersionForm):
    """An approval on screen, with a remark. The version comes from the decision component."""

    remark = LongTextField(label=_("审批意见"), rows=2, required=False, max_length=2000)


class ReasonForm(VersionForm):
    """A return or a withdrawal with its reason."""

    reason = CleanCharField(label=_("理由"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class StandingUseForm(RemarkForm):
    """An approval by a standing authorisation (comms 3.4)."""

    standing = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


class TaskForm(forms.Form):
    """What a unit says of one action; ``person`` when the office enters it for the unit (代录)."""

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    text = LongTextField(label=_("落实情况或理由"), rows=2, required=False)
    person = CleanCharField(label=_("对方姓名（代录必填）"), max_length=60, required=False)


def _addressed(warning: EarlyWarning) -> list[Unit]:
    """Return the addressed units; a page has several forms of one warning and reads them once."""
    known: list[Unit] | None = warning.__dict__.get("_addressed")
    if known is None:
        known = warning.__dict__["_addressed"] = [one.unit for one in warning.addressees.select_related("unit")]
    return known


class ChaseForm(forms.Form):
    """Which units are chased; none ticked is all of them."""

    units = forms.MultipleChoiceField(label=_("单位"), required=False)

    def __init__(self, *args: Any, warning: EarlyWarning, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        addressed = _addressed(warning)
        self.known: dict[str, Unit] = {unit.code: unit for unit in addressed}
        self.fields["units"].choices = [(unit.code, unit.name) for unit in addressed]  # type: ignore[attr-defined]

    def chosen(self) -> list[Unit]:
        """Return the units ticked."""
        return [self.known[code] for code in self.cleaned_data["units"]]


class PhoneForm(VersionForm):
    """An approval given by phone: whom we called back on which number of the directory, when, and the read-back."""

    holder = forms.ChoiceField(label=_("回拨的批准人和号码"), help_text=_("须回拨通讯录登记的号码，不能以来电为准。"))
    called_at = LocalDateTimeField(label=_("通话时间"))
    read_back = forms.BooleanField(label=_("已向批准人逐字复诵，得到确认"))
    remark = LongTextField(label=_("批准原话"), rows=2, required=False, max_length=2000)
    act = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = approver_kinds(self.warning.plan_version, self.act)[0]
        self.people = {row.user_id: row.user for row in holders(self.warning.plan_version, kinds)}
        choices = [
            (f"{user.pk}|{number}", f"{user.display_name} {number}")
            for user in self.people.values()
            for number in known_numbers(user)
        ]
        self.fields["holder"].choices = [("", "——"), *choices]  # type: ignore[attr-defined]

    def call(self) -> PhoneCall:
        """Return the call for the service."""
        signer, _bar, number = self.cleaned_data["holder"].partition("|")
        person: User = self.people[int(signer)]
        return PhoneCall(
            signer=person,
            number=number,
            called_at=self.cleaned_data["called_at"],
            read_back=self.cleaned_data["read_back"],
        )


class LiftForm(VersionForm):
    """The findings of the lifting clause: each is ticked and has its evidence; what came back stands as it was."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = {row["finding"]: row["evidence"] for row in self.warning.lift_findings}
        for place, words in enumerate(lift_conditions(self.warning.plan_version), start=1):
            before = known.get(words, "")
            self.fields[f"tick_{place}"] = forms.BooleanField(
                label=_("认定：") + words, required=False, initial=bool(before)
            )
            self.fields[f"finding_{place}"] = LongTextField(
                label=_("依据（谁、何时、以什么查明）"), rows=2, required=False, max_length=2000, initial=before
            )

    def findings(self) -> dict[int, str]:
        """Return place → evidence for the findings that are ticked."""
        data = self.cleaned_data
        places = [int(name.removeprefix("tick_")) for name in self.fields if name.startswith("tick_") and data[name]]
        return {place: data[f"finding_{place}"] for place in places}

    def clean(self) -> dict[str, Any] | None:
        """Say beside the field that evidence without its tick is no finding."""
        for name in list(self.cleaned_data):
            place = name.removeprefix("finding_")
            if name.startswith("finding_") and self.cleaned_data[name] and not self.cleaned_data.get(f"tick_{place}"):
                self.add_error(f"tick_{place}", _("请勾选这一项认定。"))
        return super().clean()


class UnitForm(VersionForm):
    """What a unit reports. The office chooses the unit it enters for (代录); the unit's own form has no choice."""

    version = None  # type: ignore[assignment]
    unit = forms.ChoiceField(label=_("单位"), required=False)
    person = CleanCharField(label=_("对方接听人"), max_length=60, required=False)
    done_at = LocalDateTimeField(label=_("时间"), required=False, help_text=_("不填即现在。"))

    def __init__(self, *args: Any, behalf: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        addressed = _addressed(self.warning)
        self.fields["unit"].choices = [("", "——")] + [(u.code, u.name) for u in addressed]  # type: ignore[attr-defined]
        self.known: dict[str, Unit] = {unit.code: unit for unit in addressed}
        if not behalf:
            for name in ("unit", "person", "done_at"):
                del self.fields[name]

    def arguments(self) -> dict[str, Any]:
        """Return the keyword arguments for the service."""
        data = dict(self.cleaned_data)
        data["unit"] = self.known.get(data.get("unit", ""))
        return data


class ConfirmForm(UnitForm):
    """Receipt, and optionally the leader informed at once."""

    leader = CleanCharField(label=_("已报告的本单位领导（可稍后补记）"), max_length=60, required=False)


class LeaderForm(UnitForm):
    """Which leader was informed."""

    leader = CleanCharField(label=_("已报告的本单位领导（姓名、职务）"), max_length=60)

    def arguments(self) -> dict[str, Any]:
        """Return the keyword arguments; nobody's name is needed but the leader's."""
        data = super().arguments()
        data.pop("person", None)
        return data


class ProgressForm(UnitForm):
    """Developments, or the measures taken."""

    text = LongTextField(label=_("进展或措施"), rows=3)
    measures = forms.BooleanField(label=_("这是采取的措施（计入「已报送措施」）"), required=False)


class ReportForm(forms.Form):
    """A report upward of one publication or lifting: to whom, how, who received it."""

    deadline = forms.IntegerField(widget=forms.HiddenInput)
    codes = forms.MultipleChoiceField(label=_("报告对象"), widget=forms.CheckboxSelectMultiple)
    channel = forms.ChoiceField(label=_("方式"), choices=SendChannel.choices, initial=SendChannel.PHONE)
    heard_by = CleanCharField(label=_("接收人"), max_length=60)
    done_at = LocalDateTimeField(label=_("报告时间"), required=False, help_text=_("不填即现在。"))
    proof = CleanCharField(label=_("凭证（文号、传真号、通话记录）"), max_length=200, required=False)
    late_reason = CleanCharField(label=_("逾期原因（如已逾期）"), max_length=500, required=False)

    def __init__(self, *args: Any, warning: EarlyWarning, deadline: Deadline | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.clock = deadline or self._posted()
        rows = list(self.clock.addressees.all()) if self.clock else []
        self.fields["codes"].choices = [(row.code, row.label) for row in rows]  # type: ignore[attr-defined]
        self.fields["codes"].error_messages["required"] = _("请选择报告了哪些机关。")
        if not self.is_bound and self.clock:
            self.initial["deadline"] = self.clock.pk
            self.initial["codes"] = [row.code for row in rows if not row.done_at]
        if self.clock and self.clock.due_at is None:
            del self.fields["late_reason"]

    def _posted(self) -> Deadline | None:
        value = str(self.data.get("deadline", ""))
        return Deadline.objects.filter(pk=int(value)).first() if value.isdecimal() and len(value) < 18 else None
