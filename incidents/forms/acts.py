"""Forms of the acts on a case: triage, analysis, grading, times, link, close."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.forms.base import CaseForm, Line, Section, clause_chip
from incidents.forms.intake import fact_fields
from incidents.services import Analysis
from incidents.services.intake_words import ANALYSIS_LABELS, FACT_LABELS
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
]


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
        """Cite 4.2 where the plan describes it."""
        version = self.incident.plan_version
        chip = {} if version.plan.uses_grades else clause_chip(version, "4.2")
        return [Section(_("核实"), [Line(bound, chip) for bound in self.visible_fields()])]


class AnalyseForm(CaseForm):
    """Category, losses, severity, spread; comms' own facts."""

    category = forms.ChoiceField(label=gettext_lazy("事件分类"), required=False)
    subcategory = forms.ChoiceField(label=gettext_lazy("子类"), required=False)
    loss_estimate = LongTextField(label=gettext_lazy("已经造成的损失"), required=False, rows=2)
    loss_expected = LongTextField(label=ANALYSIS_LABELS["loss_expected"], required=False, rows=2)
    severity = LongTextField(label=ANALYSIS_LABELS["severity"], required=False, rows=2)
    spread = LongTextField(label=ANALYSIS_LABELS["spread"], required=False, rows=2)
    impact_scope = LongTextField(label=gettext_lazy("影响范围"), required=False, rows=2)
    trend = LongTextField(label=gettext_lazy("事件发展态势"), required=False, rows=2)

    def prepare(self) -> None:
        """Offer the plan's categories, or its own facts; start from what is known."""
        version = self.incident.plan_version
        if version.plan.uses_grades:
            self._set_categories()
        else:
            del self.fields["category"], self.fields["subcategory"]
            self.fields.update(fact_fields())
        for name in self.fields:
            known = self.incident.facts.get(name, "") if name in {**FACT_LABELS, **ANALYSIS_LABELS} else None
            if known is not None:
                self.fields[name].initial = "、".join(known) if isinstance(known, list) else known
            elif name in ("loss_estimate", "impact_scope", "trend"):
                self.fields[name].initial = getattr(self.incident, name)

    def _set_categories(self) -> None:
        rows = list(self.incident.plan_version.categories.prefetch_related("subitems"))
        self.fields["category"].choices = [  # type: ignore[attr-defined]
            ("", _("请选择")), *[(row.code, f"{row.number} {row.name}") for row in rows]
        ]  # fmt: skip
        groups = [(row.name, [(item.code, item.name) for item in row.subitems.all()]) for row in rows]
        self.fields["subcategory"].choices = [("", _("不再细分")), *[g for g in groups if g[1]]]  # type: ignore[attr-defined]
        self.fields["category"].initial = self.incident.category.code if self.incident.category else ""
        self.fields["subcategory"].initial = self.incident.subcategory.code if self.incident.subcategory else ""

    def analysis(self) -> Analysis:
        """Return what was typed, for the service."""
        own = {name for name in self.fields if name in {**FACT_LABELS, **ANALYSIS_LABELS}}
        names = ("category", "subcategory", "loss_estimate", "impact_scope", "trend")
        values = {name: self.cleaned_data[name] for name in names if name in self.fields}
        return Analysis(facts={name: self.cleaned_data.get(name) for name in own}, **values)

    def sections(self) -> list[Section]:
        """Cite 8.3 for the categories and 4.2 for comms' analysis."""
        version = self.incident.plan_version
        ref = "8.3" if version.plan.uses_grades else "4.2"
        chip = clause_chip(version, ref)
        cited = ("category", "subcategory") if version.plan.uses_grades else ("loss_estimate", *ANALYSIS_LABELS)
        lines = [Line(bound, chip if bound.name in cited else {}) for bound in self.visible_fields()]
        return [Section(_("研判"), lines)]


class GradeForm(CaseForm):
    """A grade by one of its criteria. ``choice`` is «grade:criterion»; the criteria are quoted, none is preselected."""

    choice = forms.ChoiceField(label=gettext_lazy("级别和所依据的标准"), widget=forms.RadioSelect)
    reason = LongTextField(label=gettext_lazy("定级理由"), rows=2)

    def prepare(self) -> None:
        """Quote every criterion of the plan."""
        rows = self.incident.plan_version.grades.prefetch_related("criteria").order_by("number")
        choices: list[tuple[str, str]] = []
        for grade in rows:
            criteria = list(grade.criteria.all())
            if not criteria:
                choices.append((f"{grade.code}:", f"{grade.name}（暂无可依据的标准）"))
            choices += [
                (f"{grade.code}:{item.number}", f"{grade.level} {grade.name}（{item.number}）{item.text}")
                for item in criteria
            ]
        self.fields["choice"].choices = choices  # type: ignore[attr-defined]

    def grade_and_criterion(self) -> tuple[str, int | None]:
        """Return grade code and criterion number."""
        grade, _sep, number = self.cleaned_data["choice"].partition(":")
        return grade, int(number) if number else None

    def sections(self) -> list[Section]:
        """Cite 8.4."""
        chip = clause_chip(self.incident.plan_version, "8.4")
        lines = [Line(self["choice"], chip), Line(self["reason"], {})]
        return [Section(_("定级"), lines)]


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


class ExplainForm(forms.Form):
    """Why a clock was met late."""

    late_reason = CleanCharField(label=gettext_lazy("逾期原因"), max_length=500)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", "explain_%s")
        super().__init__(*args, **kwargs)
