"""Forms of drills. They gather what was typed; every rule is asked of the services."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from directory.forms_standing import day_field
from directory.models import PlanVersion, Unit
from directory.selectors.membership import member_units_of
from directory.selectors.standing_duties import drill_duty
from directory.selectors.units import units_in_use
from response.drills.choices import SUGGESTED, DrillState, InjectTo, Judgement
from response.drills.models import Drill, DrillFinding
from response.drills.services import Improvement, InjectWords, Judged, Planned
from yangcheng_ec.forms import CleanCharField, LocalDateTimeField, LongTextField

__all__ = ["DrillFilterForm", "DrillForm", "EvaluationForm", "ImprovementForm", "InjectForm"]

NONE = [("", _("不设定"))]


class DrillFilterForm(forms.Form):
    """What the list is narrowed to."""

    plan = forms.ChoiceField(label=_("预案"), required=False)
    state = forms.ChoiceField(label=_("状态"), required=False, choices=[("", _("全部")), *DrillState.choices])

    def __init__(self, *args: Any, plans: Sequence[PlanVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = [(version.plan.code, version.plan.short_name) for version in plans]
        self.fields["plan"].choices = [("", _("全部")), *rows]  # type: ignore[attr-defined]


class _UnitsField(forms.ModelMultipleChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.name)


class DrillForm(forms.Form):
    """The plan of a drill: one plan's; the grade is offered where the plan has grades."""

    title = CleanCharField(label=_("演练名称"), max_length=120)
    grade = forms.ChoiceField(
        label=_("情景级别"), required=False, help_text=_("情景按这一级设定；演练时由参演人员自己定级。")
    )
    planned_at = LocalDateTimeField(label=_("计划时间"), future=True)
    place = CleanCharField(label=_("地点"), max_length=120, required=False)
    scenario = LongTextField(
        label=_("情景"), rows=7, help_text=_("演练开始时作为接报内容公布。开始之前只有导调、批准人员看得到。")
    )
    incident_unit = forms.ModelChoiceField(
        label=_("模拟事发单位"), queryset=Unit.objects.none(), required=False, empty_label=_("不指定")
    )
    participants = _UnitsField(
        label=_("参演单位"), queryset=Unit.objects.none(), widget=forms.CheckboxSelectMultiple, to_field_name="code",
        error_messages={"required": _("请至少选择一个参演单位。")},
    )  # fmt: skip
    confined = forms.BooleanField(
        label=_("通知只发参演单位、办公室和指挥部领导"), required=False,
        help_text=_("不勾选时，其他单位也会收到带【演练】字样的通知。"),
    )  # fmt: skip
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1)
    idempotency_key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=100, initial=uuid4)

    def __init__(self, plan_version: PlanVersion, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plan_version = plan_version
        grades = list(plan_version.grades.filter(number__gt=0).values_list("code", "name"))
        if grades:
            self.fields["grade"].choices = [*NONE, *grades]  # type: ignore[attr-defined]
        else:
            del self.fields["grade"]
        for name in ("incident_unit", "participants"):
            self.fields[name].queryset = units_in_use()  # type: ignore[attr-defined]

    def boxes(self) -> list[tuple[str, bool, list[Any]]]:
        """Return the units to tick: the plan's members, then the rest; whether each list stands open."""
        members = {unit.code for unit in member_units_of(self.plan_version)}
        boxes = list(self["participants"])
        first = [box for box in boxes if box.data["value"] in members]
        rest = [box for box in boxes if box.data["value"] not in members]
        ticked = any(box.data["selected"] for box in rest)
        return [(str(_("成员单位")), True, first), (str(_("其他单位")), ticked, rest)]

    @staticmethod
    def initial_of(version: PlanVersion, drill: Drill | None) -> dict[str, Any]:
        """Return what the form shows: a drill, or the grade the plan's clause asks for."""
        if drill is None:
            duty = drill_duty(version)
            return {"grade": duty.grade if duty else ""}
        names = ("title", "planned_at", "place", "scenario", "incident_unit", "confined", "version")
        start = {name: getattr(drill, name) for name in names}
        codes = list(drill.participants.values_list("code", flat=True))
        return {**start, "grade": drill.grade.code if drill.grade else "", "participants": codes}

    def planned(self) -> Planned:
        """Return what was typed; call after ``is_valid``."""
        data = self.cleaned_data
        names = ("title", "scenario", "planned_at", "place", "incident_unit", "confined")
        return Planned(
            plan=self.plan_version.plan.code, grade=data.get("grade", ""), participants=tuple(data["participants"]),
            **{name: data[name] for name in names},
        )  # fmt: skip


class InjectForm(forms.Form):
    """An inject: the minute, to whom, what."""

    minute = forms.IntegerField(label=_("第几分钟"), min_value=0, max_value=10_080)
    to = forms.ChoiceField(label=_("发给"), choices=InjectTo.choices)
    unit = forms.ModelChoiceField(
        label=_("指定单位"), queryset=Unit.objects.none(), required=False, empty_label=_("不指定")
    )
    text = LongTextField(label=_("注入内容"), rows=2, max_length=2000)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = units_in_use()  # type: ignore[attr-defined]

    def words(self) -> InjectWords:
        """Return what was typed; call after ``is_valid``."""
        return InjectWords(**{name: self.cleaned_data[name] for name in ("minute", "to", "unit", "text")})


class EvaluationForm(forms.Form):
    """A judgement and a remark on each finding, and the whole; what the record suggests is preselected."""

    evaluators = CleanCharField(label=_("评估人员"), max_length=200, required=False)
    summary = LongTextField(label=_("总体评价"), rows=5, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    def __init__(self, findings: Sequence[DrillFinding], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.findings = findings
        for row in findings:
            suggested = row.judgement or SUGGESTED.get(row.result, "")
            self.fields[f"judgement_{row.pk}"] = forms.ChoiceField(
                widget=forms.Select(attrs={"class": "form-select"}),
                label=_("评定"),
                choices=[("", _("请评定")), *Judgement.choices],
                required=False,
                initial=suggested,
            )
            self.fields[f"comment_{row.pk}"] = CleanCharField(
                widget=forms.TextInput(attrs={"class": "form-control"}),
                label=_("说明"),
                max_length=500,
                required=False,
                initial=row.comment,
            )

    def rows(self) -> list[dict[str, Any]]:
        """Return each finding with its two fields, for the page."""
        names = ("judgement", "comment")
        return [{"finding": row, **{name: self[f"{name}_{row.pk}"] for name in names}} for row in self.findings]

    def judged(self) -> dict[int, Judged]:
        """Return what was typed; call after ``is_valid``."""
        data = self.cleaned_data
        return {row.pk: Judged(data[f"judgement_{row.pk}"], data[f"comment_{row.pk}"]) for row in self.findings}


class ImprovementForm(forms.Form):
    """What is to be improved."""

    text = CleanCharField(label=_("改进事项"), max_length=500)
    clause = CleanCharField(label=_("涉及条款"), max_length=120, required=False)
    unit = forms.ModelChoiceField(
        label=_("责任单位"), queryset=Unit.objects.none(), required=False, empty_label=_("不指定")
    )
    due_on = day_field(_("完成日期"), required=False)
    revises_plan = forms.BooleanField(label=_("建议修订预案"), required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = units_in_use()  # type: ignore[attr-defined]

    def improvement(self) -> Improvement:
        """Return what was typed; call after ``is_valid``."""
        names = ("text", "clause", "unit", "due_on", "revises_plan")
        return Improvement(**{name: self.cleaned_data[name] for name in names})
