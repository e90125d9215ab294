"""Forms of findings and rounds of checks: they check shape and length; the services check the rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from directory.models import PlanVersion, Unit
from early_warning.choices import Publicity
from early_warning.prevention.choices import CheckState, FindingState
from early_warning.prevention.models import CheckReturn, Finding, HazardCheck
from early_warning.prevention.selectors import FindingFilter
from early_warning.prevention.services import Found, Round
from early_warning.rules import level_label
from early_warning.selectors import level_named
from early_warning.services import Content
from incidents.forms.base import describe_free_text, new_key, unit_choices
from yangcheng_ec.forms import CleanCharField, LocalDateTimeField, LongTextField

__all__ = [
    "AcceptForm",
    "ChaseForm",
    "CheckFilterForm",
    "CheckForm",
    "CheckReturnForm",
    "ExtendForm",
    "FilterForm",
    "FindingForm",
    "IncidentForm",
    "MendedForm",
    "NoteForm",
    "ProgressForm",
    "ReasonForm",
    "SupplementForm",
    "VersionForm",
    "WarnForm",
]

SAID_BY = _("对方是谁（代录时填写）")
SAID_BY_HELP = _("对方电话报来、由您代录的，写明对方姓名。")


def _unit(code: str) -> Unit | None:
    return Unit.objects.filter(code=code).first() if code else None


class FindingForm(forms.Form):
    """A finding: what, where, how bad in words. No grade is asked for: the plans have none for hazards."""

    unit = forms.ChoiceField(label=_("报告单位"))
    said_by = CleanCharField(label=SAID_BY, max_length=60, required=False, help_text=SAID_BY_HELP)
    hazard_check = forms.ChoiceField(label=_("来自哪一轮排查"), required=False)
    title = CleanCharField(label=_("隐患"), max_length=120)
    place = CleanCharField(label=_("系统或地点"), max_length=200)
    description = LongTextField(label=_("情况"), rows=4)
    severity = CleanCharField(
        label=_("可能的危害"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("用文字说明可能影响什么；预案没有给隐患分级。"),
    )  # fmt: skip
    measure = LongTextField(label=_("已采取和拟采取的措施"), rows=3, required=False)
    found_at = LocalDateTimeField(label=_("发现时间"), required=False, help_text=_("不填即现在。"))
    owner = forms.ChoiceField(label=_("整改单位"), required=False, help_text=_("不填即报告单位自行整改。"))
    idempotency_key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=100, initial=new_key)

    def __init__(self, *args: Any, own_unit: Unit | None, checks: Sequence[HazardCheck] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.own_unit = own_unit
        if own_unit is not None:
            del self.fields["unit"], self.fields["said_by"]
        else:
            self.fields["unit"].choices = unit_choices(empty=_("请选择"))  # type: ignore[attr-defined]
        self.fields["owner"].choices = unit_choices(empty=_("报告单位"))  # type: ignore[attr-defined]
        self.checks = {check.number: check for check in checks}
        rounds = [("", _("日常发现，不属于某一轮排查")), *((row.number, str(row)) for row in checks)]
        self.fields["hazard_check"].choices = rounds  # type: ignore[attr-defined]
        if not checks:
            del self.fields["hazard_check"]
        self.has_free_text = describe_free_text(self)

    def arguments(self) -> dict[str, Any]:
        """Return the keyword arguments for the service."""
        data = self.cleaned_data
        return {
            "found": _found(data),
            "unit": self.own_unit or _unit(data["unit"]),
            "owner": _unit(data["owner"]),
            "said_by": data.get("said_by", ""),
            "hazard_check": self.checks.get(data.get("hazard_check", "")),
            "key": data["idempotency_key"],
        }


def _found(data: dict[str, Any]) -> Found:
    names = ("title", "place", "description", "severity", "measure", "found_at")
    return Found(**{name: data[name] for name in names})


class VersionForm(forms.Form):
    """An act that only needs the version the page was read at."""

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, row: Finding | HazardCheck, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.row = row
        if not self.is_bound:
            self.initial.setdefault("version", row.version)
        self.prepare()
        self.has_free_text = describe_free_text(self)

    def prepare(self) -> None:
        """Set choices and initial values that depend on the row."""

    def arguments(self) -> dict[str, Any]:
        """Return the keyword arguments for the service."""
        return dict(self.cleaned_data)


class SupplementForm(VersionForm):
    """The finding's own words, corrected or completed."""

    said_by = CleanCharField(label=SAID_BY, max_length=60, required=False, help_text=SAID_BY_HELP)
    title = FindingForm.base_fields["title"]
    place = FindingForm.base_fields["place"]
    description = FindingForm.base_fields["description"]
    severity = FindingForm.base_fields["severity"]
    measure = FindingForm.base_fields["measure"]
    found_at = LocalDateTimeField(label=_("发现时间"))

    def prepare(self) -> None:
        """Start from what stands there."""
        for name in ("title", "place", "description", "severity", "measure", "found_at"):
            self.initial.setdefault(name, getattr(self.row, name))

    def arguments(self) -> dict[str, Any]:
        """Return the keyword arguments for the service."""
        data = self.cleaned_data
        return {"version": data["version"], "said_by": data["said_by"], "found": _found(data)}


class ReasonForm(VersionForm):
    """An act with its reason."""

    reason = CleanCharField(label=_("理由"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class NoteForm(VersionForm):
    """An act with a remark that may be left out."""

    text = CleanCharField(
        label=_("说明"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )  # fmt: skip


class AcceptForm(VersionForm):
    """Who mends it, and until when."""

    owner = forms.ChoiceField(label=_("整改单位"), required=False)
    due_at = LocalDateTimeField(future=True, label=_("整改期限"))

    def prepare(self) -> None:
        """Offer the units, the one named by the reporter first."""
        self.fields["owner"].choices = unit_choices(empty=_("报告单位"))  # type: ignore[attr-defined]
        if isinstance(self.row, Finding):
            self.initial.setdefault("owner", self.row.owner.code)

    def arguments(self) -> dict[str, Any]:
        """Return the keyword arguments for the service."""
        return self.cleaned_data | {"owner": _unit(self.cleaned_data["owner"])}


class ExtendForm(ReasonForm):
    """A later due time and why."""

    due_at = LocalDateTimeField(future=True, label=_("延期至"))
    field_order = ("due_at", "reason")


class ProgressForm(VersionForm):
    """What is planned, or how far it is."""

    text = LongTextField(label=_("整改措施或进展"), rows=3, help_text=_("需要延期的，也在这里说明，由办公室办理。"))
    said_by = CleanCharField(label=SAID_BY, max_length=60, required=False)


class MendedForm(VersionForm):
    """That it is mended: how, how one knows, when."""

    text = LongTextField(label=_("怎样整改的、怎样确认已消除"), rows=3)
    mended_at = LocalDateTimeField(label=_("整改完成时间"), required=False, help_text=_("不填即现在。"))
    said_by = CleanCharField(label=SAID_BY, max_length=60, required=False)


class WarnForm(VersionForm):
    """The start of a warning's draft. No level is chosen beforehand: a person decides (DESIGN §1.3)."""

    level = forms.ChoiceField(label=_("预警级别（情形）"), widget=forms.RadioSelect)
    title = CleanCharField(label=_("预警标题"), max_length=120)
    text = LongTextField(label=_("预警内容"), rows=4, help_text=_("单位看到和电话里念的就是这段原文；草稿里还可以改。"))
    publicity = forms.ChoiceField(label=_("公开程度或保密要求"), choices=Publicity.choices, widget=forms.RadioSelect)

    def prepare(self) -> None:
        """Offer the plan's levels, and begin with the finding's words."""
        levels = self.row.plan_version.warning_levels.all()
        self.fields["level"].choices = [(str(row.ordinal), level_label(row)) for row in levels]  # type: ignore[attr-defined]
        self.fields["level"].error_messages["required"] = _("请选择预警级别（情形）。")
        if isinstance(self.row, Finding):
            self.initial.setdefault("title", self.row.title)
            self.initial.setdefault("text", self.row.description)

    def arguments(self) -> dict[str, Any]:
        """Return the keyword arguments for the service."""
        data = dict(self.cleaned_data)
        version = data.pop("version")
        level = level_named(self.row.plan_version, data.pop("level"))
        return {"version": version, "content": Content(level=level, **data)}


class IncidentForm(VersionForm):
    """The case it is handled as."""

    incident = CleanCharField(label=_("事件编号"), max_length=30)

    def arguments(self) -> dict[str, Any]:
        """Return the keyword arguments for the service."""
        return {"version": self.cleaned_data["version"], "number": self.cleaned_data["incident"]}


class CheckForm(forms.Form):
    """A round of checks; the office chooses units, a unit's own check has none to choose."""

    title = CleanCharField(label=_("名称"), max_length=120)
    content = LongTextField(label=_("排查什么"), rows=5)
    starts_on = forms.DateField(label=_("排查自"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    ends_on = forms.DateField(label=_("排查至"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    due_at = LocalDateTimeField(future=True, label=_("报送期限"))
    units = forms.MultipleChoiceField(label=_("排查单位"), required=False)
    groups = forms.MultipleChoiceField(label=_("整组"), required=False)
    idempotency_key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=100, initial=new_key)

    def __init__(self, *args: Any, unit_groups: Sequence[tuple[str, list[Unit]]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.unit_groups = unit_groups
        self.known = {unit.code: unit for _label, units in unit_groups for unit in units}
        self.fields["units"].choices = [(code, unit.name) for code, unit in self.known.items()]  # type: ignore[attr-defined]
        self.fields["units"].error_messages["invalid_choice"] = _("没有这个单位：%(value)s。")
        keys = [(str(place), label) for place, (label, _units) in enumerate(unit_groups)]
        self.fields["groups"].choices = keys  # type: ignore[attr-defined]
        self.has_free_text = describe_free_text(self)

    @property
    def choosable(self) -> list[dict[str, Any]]:
        """Return the groups of units with what is ticked, for the template."""
        picked = {str(code) for code in self["units"].value() or []}
        whole = {str(key) for key in self["groups"].value() or []}
        return [
            {
                "key": str(place), "label": label, "all": str(place) in whole,
                "units": [(unit, unit.code in picked) for unit in units],
                "open": not place or any(unit.code in picked for unit in units),
            }
            for place, (label, units) in enumerate(self.unit_groups)
        ]  # fmt: skip

    def arguments(self) -> dict[str, Any]:
        """Return the keyword arguments for the service."""
        data = self.cleaned_data
        chosen = [self.known[code] for code in data["units"]]
        chosen += [unit for key in data["groups"] for unit in self.unit_groups[int(key)][1]]
        names = ("title", "content", "starts_on", "ends_on", "due_at")
        wanted = Round(**{name: data[name] for name in names})
        return {"wanted": wanted, "units": chosen, "key": data["idempotency_key"]}


class CheckReturnForm(forms.Form):
    """One unit's result. ``version`` is that of the result: units answer at once."""

    unit = forms.CharField(max_length=40, widget=forms.HiddenInput)
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput, required=False)
    found = forms.IntegerField(label=_("发现的隐患数"), min_value=0, max_value=9999, help_text=_("没有发现填 0。"))
    note = CleanCharField(
        label=_("排查情况"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )  # fmt: skip
    said_by = CleanCharField(label=SAID_BY, max_length=60, required=False)

    def __init__(self, *args: Any, row: CheckReturn | None = None, units: Sequence[Unit] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if units:
            choices = [("", _("请选择")), *((unit.code, unit.name) for unit in units)]
            self.fields["unit"] = forms.ChoiceField(label=_("单位"), choices=choices)
        else:
            del self.fields["said_by"]
        if row is not None and not self.is_bound:
            start = {"unit": row.unit.code, "version": row.version, "found": row.found, "note": row.note}
            self.initial = {**start, **self.initial}
        self.has_free_text = describe_free_text(self)

    def arguments(self) -> dict[str, Any]:
        """Return the keyword arguments for the service."""
        data = dict(self.cleaned_data)
        data["unit"], data["text"] = _unit(data["unit"]), data.pop("note")
        return data


class ChaseForm(VersionForm):
    """Chasing the units of a round: all that have not answered, or one."""

    unit = forms.CharField(max_length=40, widget=forms.HiddenInput, required=False)

    def clean_unit(self) -> Unit | None:
        """Return the unit named; an unknown one must not chase them all."""
        code = self.cleaned_data["unit"]
        unit = _unit(code)
        if code and unit is None:
            raise forms.ValidationError(_("没有这个单位。"))
        return unit


def _every(pairs: Sequence[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    return [("", _("全部")), *pairs]


class FilterForm(forms.Form):
    """The list's filters."""

    q = CleanCharField(label=_("编号、隐患、系统或地点"), required=False, max_length=60)
    state = forms.ChoiceField(label=_("状态"), required=False)
    plan = forms.ChoiceField(label=_("预案"), required=False)
    unit = forms.ChoiceField(label=_("报告或整改单位"), required=False)

    def __init__(self, *args: Any, plans: Sequence[PlanVersion], every: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        special = [("open", _("未了结")), ("late", _("逾期")), ("mine", _("等我办理"))]
        special += [("warned", _("已起草预警"))] if every else []
        self.fields["state"].choices = _every([*special, *FindingState.choices])  # type: ignore[attr-defined]
        pairs = [(row.plan.code, row.plan.short_name) for row in plans]
        self.fields["plan"].choices = _every(pairs)  # type: ignore[attr-defined]
        if every:
            self.fields["unit"].choices = unit_choices(empty=_("全部"))  # type: ignore[attr-defined]
        else:
            del self.fields["unit"]

    @property
    def is_filtered(self) -> bool:
        """Return whether the list is narrowed by anything."""
        return any(vars(self.wanted()).values())

    def wanted(self) -> FindingFilter:
        """Return the filter; what is wrong narrows nothing."""
        self.is_valid()
        return FindingFilter(**{name: self.cleaned_data.get(name) or "" for name in self.fields})


class CheckFilterForm(forms.Form):
    """The filters of the rounds."""

    state = forms.ChoiceField(label=_("状态"), required=False, choices=_every(CheckState.choices))
    plan = forms.ChoiceField(label=_("预案"), required=False)

    def __init__(self, *args: Any, plans: Sequence[PlanVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pairs = [(row.plan.code, row.plan.short_name) for row in plans]
        self.fields["plan"].choices = _every(pairs)  # type: ignore[attr-defined]

    def wanted(self) -> dict[str, str]:
        """Return the filters; what is wrong narrows nothing."""
        self.is_valid()
        return {name: self.cleaned_data.get(name) or "" for name in self.fields}
