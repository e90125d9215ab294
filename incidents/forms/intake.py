"""接报登记: one page, grouped; only what happened and who called are needed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from directory.choices import UnitKind
from directory.models import PlanVersion
from incidents.choices import BusinessScope, IntakeChannel, Spreading, Symptom
from incidents.forms.base import CaseForm, Line, Section, clause_chip, new_key, unit_choices
from incidents.services import Intake
from incidents.services.intake_words import COUNTS, FACT_LABELS, LISTS
from yangcheng_ec.forms import CleanCharField, LocalDateTimeField, LongTextField

__all__ = ["IntakeForm", "UpdateForm", "fact_fields"]

EXAMPLES = {
    "title": gettext_lazy("县政务网站首页被篡改"),
    "caller_name": gettext_lazy("李四"),
    "caller_number": "0356-4220000",
    "location": gettext_lazy("润城镇政府院内机房"),
    "source": gettext_lazy("单位值班电话、市委网信办通报、监测平台告警"),
    "description": gettext_lazy("原因、性质，初步原因和危害程度判断"),
    "measures_taken": gettext_lazy("已断网、已启用备机、已保全日志"),
    "impact_scope": gettext_lazy("全县政务外网 12 个单位不能办公"),
    "trend": gettext_lazy("已控制；仍在扩散；不详"),
    "networks": gettext_lazy("移动城域网、电信城域网（用顿号隔开）"),
}
BASICS = ("title", "description", "channel", "reporting_unit", "reporting_unit_text", "caller_name", "caller_number",
          "read_back", "received_at")  # fmt: skip
WHEN = ("occurred_at", "occurred_approximate", "known_at", "incident_unit", "incident_unit_text", "location",
        "township")  # fmt: skip


def fact_fields() -> dict[str, forms.Field]:
    """Return the comms plan's own facts as fields."""
    found: dict[str, forms.Field] = {}
    for name, label in FACT_LABELS.items():
        if name in COUNTS:
            found[name] = forms.IntegerField(label=label, required=False, min_value=0, max_value=100_000)
        elif name in LISTS:
            found[name] = CleanCharField(label=label, required=False, max_length=500)
        elif name == "business":
            found[name] = forms.ChoiceField(label=label, required=False, choices=[("", "不详"), *BusinessScope.choices])
        elif name == "spreading":
            found[name] = forms.ChoiceField(label=label, required=False, choices=[("", "不详"), *Spreading.choices])
        else:
            found[name] = LongTextField(label=label, required=False, rows=2)
    return found


class FactsMixin(forms.Form):
    """Fields both for filing and for updating."""

    title = CleanCharField(label=gettext_lazy("事件名称"), max_length=120, required=False)
    description = LongTextField(label=gettext_lazy("事件描述"), required=False, rows=3)
    location = CleanCharField(label=gettext_lazy("地点"), max_length=200, required=False)
    township = forms.ChoiceField(label=gettext_lazy("事发乡镇"), required=False)
    incident_unit = forms.ChoiceField(label=gettext_lazy("事发单位"), required=False)
    incident_unit_text = CleanCharField(label=gettext_lazy("事发单位（名录外）"), max_length=120, required=False)
    reporting_unit = forms.ChoiceField(label=gettext_lazy("报告单位"), required=False)
    reporting_unit_text = CleanCharField(label=gettext_lazy("报告单位（名录外）"), max_length=120, required=False)
    caller_name = CleanCharField(label=gettext_lazy("报告人"), max_length=60, required=False)
    caller_number = CleanCharField(label=gettext_lazy("来电号码"), max_length=60, required=False)
    source = CleanCharField(label=gettext_lazy("信息来源"), max_length=200, required=False)
    symptoms = forms.MultipleChoiceField(
        label=gettext_lazy("危害表象"), choices=Symptom.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    measures_taken = LongTextField(label=gettext_lazy("处置措施"), required=False, rows=3)
    consequence_estimate = LongTextField(label=gettext_lazy("事件后果的初步估计"), required=False, rows=2)
    suggestions = LongTextField(label=gettext_lazy("有关意见和建议"), required=False, rows=2)
    loss_estimate = LongTextField(label=gettext_lazy("经济损失的初步评估"), required=False, rows=2)
    impact_scope = LongTextField(label=gettext_lazy("影响范围"), required=False, rows=2)
    trend = LongTextField(label=gettext_lazy("事件发展态势"), required=False, rows=2)

    def set_units(self) -> None:
        """Offer the units by kind, the townships for the place."""
        units = unit_choices()
        self.fields["incident_unit"].choices = units  # type: ignore[attr-defined]
        self.fields["reporting_unit"].choices = units  # type: ignore[attr-defined]
        self.fields["township"].choices = unit_choices(UnitKind.TOWNSHIP, empty=_("不在乡镇或不详"))  # type: ignore[attr-defined]

    def facts(self) -> dict[str, Any]:
        """Return the comms facts that were typed."""
        return {name: self.cleaned_data.get(name) for name in FACT_LABELS if name in self.fields}


class IntakeForm(FactsMixin):
    """Filing a case. Without JavaScript, safe against a double click; times are now unless changed."""

    idempotency_key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=100, initial=new_key)
    channel = forms.ChoiceField(label=gettext_lazy("接报方式"), choices=IntakeChannel.choices)
    read_back = forms.BooleanField(label=gettext_lazy("已向报告人复诵"), required=False)
    received_at = LocalDateTimeField(label=gettext_lazy("接报时间"), required=False)
    occurred_at = LocalDateTimeField(
        label=gettext_lazy("事发时间"), required=False, help_text=gettext_lazy("不知道就空着：时限改从获知时起算。")
    )
    occurred_approximate = forms.BooleanField(label=gettext_lazy("事发时间只知大约"), required=False)
    known_at = LocalDateTimeField(
        label=gettext_lazy("获知时间"), required=False, help_text=gettext_lazy("报告单位发现的时间；空着按接报时间。")
    )
    category = forms.ChoiceField(label=gettext_lazy("事件分类"), required=False)
    subcategory = forms.ChoiceField(label=gettext_lazy("子类"), required=False)
    grade = forms.ChoiceField(label=gettext_lazy("事件级别"), required=False)
    drill = forms.BooleanField(label=gettext_lazy("这是演练"), required=False)

    def __init__(self, *args: Any, version: PlanVersion, unit: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plan_version, self.unit = version, unit
        self.set_units()
        if version.plan.uses_grades:
            self._set_categories()
        else:
            for name in ("category", "subcategory", "grade", "symptoms"):
                del self.fields[name]
            self.fields.update(fact_fields())
        if unit is not None:
            for name in ("reporting_unit", "reporting_unit_text"):
                del self.fields[name]

    def _set_categories(self) -> None:
        categories = list(self.plan_version.categories.prefetch_related("subitems"))
        main = [("", _("暂不确定")), *[(row.code, f"{row.number} {row.name}") for row in categories]]
        subs = [(row.name, [(item.code, item.name) for item in row.subitems.all()]) for row in categories]
        self.fields["category"].choices = main  # type: ignore[attr-defined]
        self.fields["subcategory"].choices = [("", _("暂不确定")), *[g for g in subs if g[1]]]  # type: ignore[attr-defined]
        grades = [(row.code, f"{row.level} {row.name}".strip()) for row in self.plan_version.grades.order_by("number")]
        self.fields["grade"].choices = grades  # type: ignore[attr-defined]

    def intake(self) -> Intake:
        """Return what was typed, for the service."""
        names = {name for name in self.fields if name not in ("idempotency_key", *FACT_LABELS)}
        values = {name: self.cleaned_data[name] for name in names}
        values["symptoms"] = tuple(values.get("symptoms") or ())
        if self.unit is not None:
            values["reporting_unit"] = self.unit.code
        return Intake(plan=self.plan_version.plan.code, facts=self.facts(), **values)

    def sections(self) -> list[Section]:
        """Return the page's groups: what and who; when and where; the rest, folded."""
        rest = [name for name in self.fields if name not in (*BASICS, *WHEN, "idempotency_key")]
        return [
            Section(_("发生了什么，谁报告的"), self._lines(BASICS), note=_("写一句话就能登记，其余可以以后再补。")),
            Section(_("什么时候，在哪里"), self._lines(WHEN), note=_("不知道的空着，按「不详」记录。")),
            Section(_("更多内容（可以以后再补）"), self._lines(rest), folded=True),
        ]

    def _lines(self, names: Any) -> list[Line]:
        return [self._line(name) for name in names if name in self.fields]

    def _line(self, name: str) -> Line:
        return Line(self[name], _clause_of(self.plan_version, name), str(EXAMPLES.get(name, "")))


def _clause_of(version: PlanVersion, name: str) -> dict[str, str]:
    """Return the clause that asks for a field: 4.1's contents, form 8.7's boxes, 4.2's traces, 8.3 and 8.4."""
    contents = str(version.texts.get("report_contents_text", ""))
    if name in ("occurred_at", "location", "incident_unit", "source", "loss_estimate", "impact_scope", "trend",
                "disaster_nature", "cause", "planned_measures", "social_impact"):  # fmt: skip
        return clause_chip(version, "4.1", contents)
    if name in ("traces", "stations_down"):
        return clause_chip(version, "4.2")
    if not version.plan.uses_form_8_7:
        return {}
    if name in ("symptoms", "description", "measures_taken", "consequence_estimate", "suggestions", "reporting_unit"):
        return clause_chip(version, "8.7")
    return clause_chip(version, {"category": "8.3", "subcategory": "8.3", "grade": "8.4"}.get(name, ""))


class UpdateForm(FactsMixin, CaseForm):
    """Changing what is known."""

    def prepare(self) -> None:
        """Offer the units and start from the case."""
        self.set_units()
        uses = self.incident.plan_version.plan
        if not uses.uses_grades:
            self.fields.update(fact_fields())
            del self.fields["symptoms"]
        for name in self.fields:
            if name in FACT_LABELS:
                self.fields[name].initial = _shown(self.incident.facts.get(name, ""))
            elif name in ("incident_unit", "reporting_unit", "township"):
                unit = getattr(self.incident, name)
                self.fields[name].initial = unit.code if unit else ""
            elif name != "version":
                self.fields[name].initial = getattr(self.incident, name)

    def changes(self) -> dict[str, Any]:
        """Return every field for the service."""
        names = [name for name in self.fields if name not in ("version", *FACT_LABELS)]
        values = {name: self.cleaned_data[name] for name in names}
        facts = self.facts()
        return {**values, "facts": facts} if facts else values

    def sections(self) -> list[Section]:
        """Return all fields with their clauses."""
        version = self.incident.plan_version
        lines = [
            Line(bound, _clause_of(version, bound.name), str(EXAMPLES.get(bound.name, "")))
            for bound in self.visible_fields()
        ]
        return [Section(_("已知情况"), lines)]


def _shown(value: Any) -> Any:
    return "、".join(str(item) for item in value) if isinstance(value, list) else value
