"""接报登记: one page, grouped; only what happened and who called are needed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _, gettext_lazy

from directory.choices import UnitKind
from directory.models import PlanVersion
from incidents.choices import IntakeChannel, Symptom
from incidents.forms.base import CaseForm, Line, Section, clause_chip, describe_free_text, new_key, unit_choices
from incidents.services import BOTH_PLANS, Intake
from incidents.services.intake_both import intake_under
from incidents.services.intake_words import ANALYSIS_LABELS, CHOICES, COUNTS, FACT_LABELS, LISTS, SECRET_CONTENT
from yangcheng_ec.forms import CleanCharField, LocalDateTimeField, LongTextField

__all__ = ["IntakeForm", "UpdateForm", "choice_field", "fact_fields", "said", "shown"]

EXAMPLES = {
    "title": gettext_lazy("县政务网站首页被篡改；城区主干光缆中断"),
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
# In the order a caller is asked: what, who, read back; when; where; then what may come later.
BASICS = ("title", "description", "caller_name", "caller_number", "reporting_unit", "reporting_unit_text", "channel",
          "received_at", "read_back")  # fmt: skip
WHEN = ("occurred_at", "occurred_approximate", "known_at", "incident_unit", "incident_unit_text", "township",
        "location", "source")  # fmt: skip
GRADED = ("grade", "category", "subcategory", "symptoms")
SECRET = ("secret", "secret_channel", "secret_sent_at")
TEXT_CHOICES = ("category", "subcategory", "grade", "township", "incident_unit")
NOT_KNOWN = "unknown"


def choice_field(name: str, label: Any, *, blank: bool = False) -> forms.ChoiceField:
    """Return a fact that is one of a few. 不详 is a choice too, so that a wrong answer can be taken back.

    ``blank``: nothing is known yet, and 不详 is leaving it out.
    """
    choices = [row for row in CHOICES[name].choices if not blank or row[0] != NOT_KNOWN]
    if blank:
        return forms.ChoiceField(label=label, required=False, choices=[("", gettext_lazy("不详")), *choices])
    return forms.ChoiceField(label=label, required=False, choices=choices, initial=NOT_KNOWN)


def said(name: str, value: Any, known: Mapping[str, Any]) -> Any:
    """Return what was chosen, or nothing for 不详 about a fact that was not known before either."""
    return None if name in CHOICES and value == NOT_KNOWN and not known.get(name) else value


def fact_fields(*, blank: bool = False) -> dict[str, forms.Field]:
    """Return the comms plan's own facts as fields; ``blank`` where a case is only being filed."""
    found: dict[str, forms.Field] = {}
    for name, label in FACT_LABELS.items():
        if name in COUNTS:
            found[name] = forms.IntegerField(label=label, required=False, min_value=0, max_value=100_000)
        elif name in LISTS:
            found[name] = CleanCharField(label=label, required=False, max_length=500)
        elif name in CHOICES:
            found[name] = choice_field(name, label, blank=blank)
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
        known = getattr(self, "incident", None)
        facts = known.facts if known is not None else {}
        names = [name for name in self.fields if name in {**FACT_LABELS, **CHOICES}]
        return {name: said(name, self.cleaned_data.get(name), facts) for name in names}


class IntakeForm(FactsMixin):
    """Filing an event under one plan or both. Works without JavaScript; its key is the draft's address.

    Both plans' own fields stand in the form; the page shows those of the plan that is chosen.
    """

    idempotency_key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=100, initial=new_key)
    plan = forms.ChoiceField(label=gettext_lazy("按哪个预案登记"), widget=forms.RadioSelect)
    channel = forms.ChoiceField(
        label=gettext_lazy("接报方式"), choices=IntakeChannel.choices, required=False, initial=IntakeChannel.PHONE
    )
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
    grade = forms.ChoiceField(label=gettext_lazy("事件级别"), required=False, initial="undetermined")
    drill = forms.BooleanField(label=gettext_lazy("这是演练"), required=False)
    secret = forms.BooleanField(
        label=gettext_lazy("涉密：内容不在本系统填写"), required=False,
        help_text=gettext_lazy("勾选后只存：哪个预案、谁报告的、各时间、经什么保密渠道报送；已填的内容不保存。"),
    )  # fmt: skip
    secret_channel = CleanCharField(label=gettext_lazy("经什么保密渠道报送"), max_length=60, required=False)
    secret_sent_at = LocalDateTimeField(label=gettext_lazy("经保密渠道报送的时间"), required=False)

    def __init__(self, *args: Any, versions: list[PlanVersion], unit: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.versions, self.unit = versions, unit
        names = [(row.plan.code, row.plan.name) for row in versions]
        self.fields["plan"].choices = [*names, (BOTH_PLANS, _("两个预案都登记"))]  # type: ignore[attr-defined]
        self.set_units()
        self.fields.update(fact_fields(blank=True))
        for version in versions:
            if version.plan.uses_grades:
                self._set_categories(version)
        if unit is not None:
            for name in ("reporting_unit", "reporting_unit_text"):
                del self.fields[name]
        describe_free_text(self)

    def _set_categories(self, version: PlanVersion) -> None:
        categories = list(version.categories.prefetch_related("subitems"))
        main = [("", _("暂不确定")), *[(row.code, f"{row.number} {row.name}") for row in categories]]
        subs = [(row.name, [(item.code, item.name) for item in row.subitems.all()]) for row in categories]
        self.fields["category"].choices = main  # type: ignore[attr-defined]
        self.fields["subcategory"].choices = [("", _("暂不确定")), *[g for g in subs if g[1]]]  # type: ignore[attr-defined]
        grades = [(row.code, f"{row.level} {row.name}".strip()) for row in version.grades.order_by("number")]
        self.fields["grade"].choices = grades  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Of a secret call no content goes on; what was typed is neither filed nor kept."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("secret"):
            for name in {*SECRET_CONTENT, *FACT_LABELS} & set(data):
                data[name] = "" if isinstance(self.fields[name], forms.CharField) else None
        return data

    def intake(self) -> Intake:
        """Return what was typed, for the service: only what the chosen plan collects."""
        left_out = ("idempotency_key", *FACT_LABELS)
        values = {name: self.cleaned_data[name] for name in self.fields if name not in left_out}
        values["symptoms"] = tuple(values.get("symptoms") or ())
        values |= {name: values[name] or "" for name in TEXT_CHOICES}
        values["channel"] = values["channel"] or IntakeChannel.PHONE
        if self.unit is not None:
            values["reporting_unit"] = self.unit.code
        facts = {name: value for name, value in self.facts().items() if value not in (None, "", [])}
        typed = Intake(facts=facts, **values)
        version = next((row for row in self.versions if row.plan.code == typed.plan), None)
        return intake_under(typed, version) if version is not None else typed

    def sections(self) -> list[Section]:
        """Return the page's groups as they are asked on the phone: what and who, when and where, the plan's own."""
        return [
            Section(_("发生了什么，谁报告的"), self._lines(BASICS),
                    note=_("只要求写明发生了什么、谁报告的；其余可以空着，以后再补。")),
            Section(_("什么时候，在哪里"), self._lines(WHEN), note=_("不知道的空着，按「不详」记录。"),
                    clauses=self._contents()),
            Section(_("网络预案：级别、分类、危害表象"), self._own(GRADED, graded=True), kind="graded"),
            Section(_("通信预案：事故情况"), self._own(FACT_LABELS, graded=False), kind="facts"),
            Section(_("更多内容（可以以后再补）"), self._rest(), folded=True),
            Section(_("涉密"), self._lines(SECRET), kind="secret", folded=True),
        ]  # fmt: skip

    @staticmethod
    def own_facts() -> tuple[str, ...]:
        """Return the names of the comms plan's own facts, which the class itself does not declare."""
        return tuple(FACT_LABELS)

    def _rest(self) -> list[Line]:
        placed = {*BASICS, *WHEN, *GRADED, *FACT_LABELS, *SECRET, "plan", "idempotency_key"}
        return self._lines([name for name in self.fields if name not in placed])

    def _lines(self, names: Any) -> list[Line]:
        return [Line(self[name], {}, str(EXAMPLES.get(name, ""))) for name in names if name in self.fields]

    def _own(self, names: Any, *, graded: bool) -> list[Line]:
        """Return the fields of one plan, each with that plan's clause."""
        version = next((row for row in self.versions if row.plan.uses_grades == graded), None)
        if version is None:
            return []
        return [Line(self[name], _clause_of(version, name), str(EXAMPLES.get(name, ""))) for name in names]

    def _contents(self) -> list[dict[str, str]]:
        """Return each plan's sentence on what a report says (4.1)."""
        return [clause_chip(row, "4.1", str(row.texts.get("report_contents_text", ""))) for row in self.versions]


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
        self.fields["capacity"] = choice_field("capacity", ANALYSIS_LABELS["capacity"])
        if self.incident.secret:
            for name in {*SECRET_CONTENT, *FACT_LABELS, *CHOICES} & set(self.fields):
                del self.fields[name]
        for name in self.fields:
            if name in {**FACT_LABELS, **CHOICES}:
                self.fields[name].initial = shown(self.incident.facts.get(name, NOT_KNOWN if name in CHOICES else ""))
            elif name in ("incident_unit", "reporting_unit", "township"):
                unit = getattr(self.incident, name)
                self.fields[name].initial = unit.code if unit else ""
            elif name != "version":
                self.fields[name].initial = getattr(self.incident, name)

    def changes(self) -> dict[str, Any]:
        """Return every field for the service."""
        names = [name for name in self.fields if name not in ("version", *FACT_LABELS, *CHOICES)]
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


def shown(value: Any) -> Any:
    """Return a fact as a form shows it: a list is one line."""
    return "、".join(str(item) for item in value) if isinstance(value, list) else value
