"""Forms of the acts on a case: triage, analysis, grading, times, link, close."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy

from directory.models import Category, Grade, SubCategory
from incidents.forms.base import CaseForm, Line, Section, clause_chip
from incidents.forms.intake import NOT_KNOWN, choice_field, fact_fields, said, shown
from incidents.registry import case_unsettled
from incidents.services import Analysis
from incidents.services.intake_words import ANALYSIS_LABELS, CHOICES, FACT_LABELS, SECRET_CONTENT
from yangcheng_ec.forms import CleanCharField, LocalDateTimeField, LongTextField

__all__ = [
    "AnalyseForm",
    "CloseForm",
    "ExplainForm",
    "GradeForm",
    "LinkForm",
    "TimesForm",
    "TriageForm",
    "VersionForm",
    "subitems_matching",
]

OWN_FACTS = {**FACT_LABELS, **ANALYSIS_LABELS}
TEXTS = ("loss_estimate", "impact_scope", "trend")
# What the conditions of the comms plan turn on (3.3, 4.4).
REACH = ("network_count", "networks_all", "system_count", "systems_all", "business", "spreading")
ANALYSIS_EXAMPLES = {
    "loss_estimate": gettext_lazy("政务大厅停办业务约3小时，已知直接损失2万元"),
    "loss_expected": gettext_lazy("今晚不能恢复的话，明早社保、医保业务办不了"),
    "severity": gettext_lazy("核心交换机中断，12家单位业务全停，没有备用线路"),
    "spread": gettext_lazy("同网段另有2台主机出现相同告警，已断开外联"),
    "impact_scope": gettext_lazy("全县政务外网 12 个单位不能办公"),
    "trend": gettext_lazy("已控制；仍在扩散；不详"),
    "network_count": gettext_lazy("移动、电信两家的城域网中断，填 2"),
    "system_count": gettext_lazy("政务外网、社保系统停用，填 2；没有影响填 0"),
}  # fmt: skip


class VersionForm(CaseForm):
    """Nothing to fill in but the decision itself."""


class TriageForm(CaseForm):
    """Confirm, false alarm or referral."""

    result = forms.ChoiceField(
        label=gettext_lazy("核实结果"),
        choices=[
            ("confirm", gettext_lazy("确认：属实，是本预案的事件")),
            ("false_alarm", gettext_lazy("误报：记录并了结")),
            ("refer", gettext_lazy("转交：与本预案无关，转给主管机构")),
        ],
        widget=forms.RadioSelect,
    )
    note = LongTextField(label=gettext_lazy("核实情况"), required=False, rows=2)
    traces = LongTextField(label=FACT_LABELS["traces"], required=False, rows=3)
    receiving_body = CleanCharField(label=gettext_lazy("转交给哪个机构"), max_length=120, required=False)
    how = CleanCharField(label=gettext_lazy("怎样转交的"), max_length=200, required=False)

    def prepare(self) -> None:
        """Ask for traces only where they are not recorded yet; a confirmed case is not confirmed again."""
        self.fields["traces"].initial = self.incident.facts.get("traces", "")
        if self.incident.plan_version.plan.uses_grades:
            del self.fields["traces"]
        if self.incident.state != "received":
            choices = [row for row in self.fields["result"].choices if row[0] != "confirm"]  # type: ignore[attr-defined]
            self.fields["result"].choices = choices  # type: ignore[attr-defined]

    def sections(self) -> list[Section]:
        """Cite 4.2 where the plan describes it; the other plan has no such step."""
        version = self.incident.plan_version
        silent = "本预案没有规定怎样核实" if version.plan.uses_grades else ""
        chip = {} if silent else clause_chip(version, "4.2")
        lines = [Line(bound, chip, nonplan=silent if bound.name == "result" else "") for bound in self.visible_fields()]
        return [Section(_("核实"), lines)]


class AnalyseForm(CaseForm):
    """Category with its search, losses, severity, spread; the facts that the plans' conditions turn on."""

    form_template = "incidents/_analyse.html"

    category = forms.ChoiceField(label=gettext_lazy("事件分类"), required=False)
    subcategory = forms.ChoiceField(label=gettext_lazy("子类"), required=False)
    find = CleanCharField(label=gettext_lazy("按名称查找子类"), max_length=30, required=False)
    found = CleanCharField(required=False, max_length=40)
    loss_estimate = LongTextField(label=gettext_lazy("已经造成的损失"), required=False, rows=2)
    loss_expected = LongTextField(label=ANALYSIS_LABELS["loss_expected"], required=False, rows=2)
    severity = LongTextField(label=ANALYSIS_LABELS["severity"], required=False, rows=2)
    spread = LongTextField(label=ANALYSIS_LABELS["spread"], required=False, rows=2)
    impact_scope = LongTextField(label=gettext_lazy("影响范围"), required=False, rows=2)
    trend = LongTextField(label=gettext_lazy("事件发展态势"), required=False, rows=2)

    def prepare(self) -> None:
        """Offer the plan's categories, or its own facts; start from what is known."""
        if self.incident.plan_version.plan.uses_grades:
            self._set_categories()
            self.fields["capacity"] = choice_field("capacity", ANALYSIS_LABELS["capacity"])
        else:
            for name in ("category", "subcategory", "find", "found"):
                del self.fields[name]
            self.fields.update(fact_fields())
            self.fields["capacity"] = choice_field("capacity", ANALYSIS_LABELS["capacity"])
        if self.incident.secret:
            for name in {*SECRET_CONTENT, *OWN_FACTS, *TEXTS} & set(self.fields):
                del self.fields[name]
        for name, item in self.fields.items():
            if name in OWN_FACTS:
                item.initial = shown(self.incident.facts.get(name, NOT_KNOWN if name in CHOICES else ""))
            elif name in TEXTS:
                item.initial = getattr(self.incident, name)
            if name in CHOICES:
                item.widget = forms.RadioSelect(choices=CHOICES[name].choices)

    def _set_categories(self) -> None:
        rows = list(self.incident.plan_version.categories.prefetch_related("subitems"))
        self.categories = rows
        self.fields["category"].choices = [  # type: ignore[attr-defined]
            ("", _("请选择")), *[(row.code, f"{row.number} {row.name}") for row in rows]
        ]  # fmt: skip
        groups = [(row.name, [(item.code, item.name) for item in row.subitems.all()]) for row in rows]
        self.fields["subcategory"].choices = [("", _("不再细分")), *[g for g in groups if g[1]]]  # type: ignore[attr-defined]
        self.fields["category"].initial = self.incident.category.code if self.incident.category else ""
        self.fields["subcategory"].initial = self.incident.subcategory.code if self.incident.subcategory else ""
        address = reverse("incident-subitems", args=[self.incident.number])
        self.fields["find"].widget.attrs |= {
            "hx-get": address, "hx-trigger": "input changed delay:300ms", "hx-target": "#subitems",
            "autocomplete": "off", "data-no-draft": "",
        }  # fmt: skip

    def matches(self) -> list[SubCategory]:
        """Return the sub-items of 8.3 that fit what was looked for."""
        return subitems_matching(self.categories, str(self["find"].value() or ""))

    def analysis(self) -> Analysis:
        """Return what was typed, for the service. A sub-item that was found brings its own category."""
        facts = {
            name: said(name, self.cleaned_data.get(name), self.incident.facts)
            for name in self.fields
            if name in OWN_FACTS
        }
        values = {name: self.cleaned_data[name] for name in (*TEXTS, "category", "subcategory") if name in self.fields}
        if self.cleaned_data.get("found"):
            values |= {"category": "", "subcategory": self.cleaned_data["found"]}
        return Analysis(facts=facts, **values)

    def sections(self) -> list[Section]:
        """Return the parts of an analysis in 4.2's order, then what the conditions of the plans turn on."""
        rest = [name for name in FACT_LABELS if name in self.fields and name not in REACH]
        parts = [
            Section(_("损失"), self._lines(("loss_estimate", "loss_expected"))),
            Section(_("严重程度和扩散性"), self._lines(("severity", "spread", "impact_scope", "trend"))),
            Section(_("对照预案条件要用的事实"), self._lines((*REACH, "capacity")),
                    note=_("填了这些，事件页的「对照预案」才能判断。不知道的选不详。")),
            Section(_("事故的其他情况"), self._lines(rest), folded=True),
        ]  # fmt: skip
        return [part for part in parts if part.lines]

    def _lines(self, names: Sequence[str]) -> list[Line]:
        version = self.incident.plan_version
        ref = "" if version.plan.uses_grades else "4.2"
        chip = clause_chip(version, ref)
        cited = ("loss_estimate", "loss_expected", "severity", "spread")
        return [
            Line(self[name], chip if name in cited else {}, str(ANALYSIS_EXAMPLES.get(name, "")))
            for name in names
            if name in self.fields
        ]


def subitems_matching(categories: Sequence[Category], text: str) -> list[SubCategory]:
    """Return the sub-items whose name, or whose category's name, holds the text; none for an empty one."""
    wanted = text.strip()
    if not wanted:
        return []
    return [item for row in categories for item in row.subitems.all() if wanted in item.name or wanted in row.name]


@dataclass(frozen=True)
class CriterionChoice:
    """One criterion of a grade as it can be chosen: the value posted, its number and words, chosen already or not."""

    value: str
    number: int | None
    text: str
    chosen: bool


class GradeForm(CaseForm):
    """A grade by one of its criteria. ``choice`` is «grade:criterion»; the criteria are quoted, none is preselected."""

    form_template = "incidents/_grade.html"

    choice = forms.ChoiceField(label=gettext_lazy("级别和所依据的标准"), widget=forms.RadioSelect)
    reason = LongTextField(label=gettext_lazy("定级理由"), rows=2)

    def prepare(self) -> None:
        """Quote every criterion of the plan."""
        self.grades = list(self.incident.plan_version.grades.prefetch_related("criteria").order_by("number"))
        choices = [(item.value, item.text) for _grade, rows in self.groups() for item in rows]
        self.fields["choice"].choices = choices  # type: ignore[attr-defined]

    def groups(self) -> list[tuple[Grade, list[CriterionChoice]]]:
        """Return the criteria under their grades, the gravest first; 暂时无法判明, which has none, comes last."""
        chosen = str(self.data.get(self.add_prefix("choice"), "")) if self.is_bound else ""
        found = []
        for grade in sorted(self.grades, key=lambda row: (row.number == 0, row.number)):
            rows: list[tuple[str, int | None, str]] = [
                (f"{grade.code}:{item.number}", item.number, item.text) for item in grade.criteria.all()
            ]
            rows = rows or [(f"{grade.code}:", None, str(_("暂无可依据的标准，查明后再定级")))]
            found.append((grade, [CriterionChoice(*row, row[0] == chosen) for row in rows]))
        return found

    def grade_and_criterion(self) -> tuple[str, int | None]:
        """Return grade code and criterion number."""
        grade, _sep, number = self.cleaned_data["choice"].partition(":")
        return grade, int(number) if number else None

    def clause(self) -> dict[str, str]:
        """Return 8.4."""
        return clause_chip(self.incident.plan_version, "8.4")


class TimesForm(CaseForm):
    """Times that turned out otherwise."""

    occurred_at = LocalDateTimeField(label=gettext_lazy("事发时间"), required=False)
    occurred_approximate = forms.BooleanField(label=gettext_lazy("只知大约"), required=False)
    known_at = LocalDateTimeField(label=gettext_lazy("获知时间"))
    received_at = LocalDateTimeField(label=gettext_lazy("接报时间"))
    reason = LongTextField(label=gettext_lazy("怎样查明的"), rows=2)

    def prepare(self) -> None:
        """Start from the case."""
        for name in ("occurred_at", "occurred_approximate", "known_at", "received_at"):
            self.fields[name].initial = getattr(self.incident, name)


class LinkForm(CaseForm):
    """Two cases of one event."""

    other = CleanCharField(label=gettext_lazy("另一起事件的编号"), max_length=30)
    note = CleanCharField(label=gettext_lazy("说明"), max_length=200, required=False)

    def sections(self) -> list[Section]:
        """Linking is ours: neither plan speaks of it."""
        lines = [Line(self["other"], {}, "CY-20261122-001", "两个预案均未规定关联"), Line(self["note"], {})]
        return [Section(_("关联"), lines)]


class CloseForm(CaseForm):
    """The closing note; the reason for clocks that were never settled."""

    note = LongTextField(label=gettext_lazy("结案意见"), rows=3)
    waive_reason = CleanCharField(label=gettext_lazy("未了结的时限不再适用的理由"), max_length=500, required=False)
    unsettled_reason = CleanCharField(
        label=gettext_lazy("后期处置未了结而结案的理由"), max_length=500, required=False
    )  # fmt: skip

    def prepare(self) -> None:
        """Ask for the reason only where something is left, and say what."""
        left = case_unsettled(self.incident)
        if left:
            self.fields["unsettled_reason"].help_text = gettext_lazy("还没有了结：") + "；".join(left) + "。"
        else:
            del self.fields["unsettled_reason"]


class ExplainForm(forms.Form):
    """Why a clock was met late."""

    late_reason = CleanCharField(label=gettext_lazy("逾期原因"), max_length=500)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", "explain_%s")
        super().__init__(*args, **kwargs)
