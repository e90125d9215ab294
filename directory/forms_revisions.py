"""Forms of plan revisions and reviews. What may stand in a field is decided by the services."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from directory.choices import ReviewResult
from directory.models import Measure, PlanVersion
from directory.selectors.units import units_in_use
from directory.services.plan_edits import Column, Section
from directory.services.plan_reviews import ReviewInput
from yangcheng_ec.forms import CleanCharField, LongTextField

__all__ = ["ReviewForm", "RevisionReasonForm", "RevisionStartForm", "RevisionSubmitForm", "SectionForm"]


def _day(label: Any, **options: Any) -> forms.DateField:
    """A day as it is typed, the same in every browser (ADR 0011)."""
    attrs = {"placeholder": "2026-11-22", "autocomplete": "off", "class": "num"}
    return forms.DateField(
        label=label,
        widget=forms.DateInput(attrs=attrs, format="%Y-%m-%d"),
        error_messages={"invalid": _("请按「2026-11-22」填写日期。")},
        **options,
    )


class RevisionStartForm(forms.Form):
    """A new draft."""

    number = CleanCharField(label=_("文号"), max_length=60, help_text=_("新版预案的文号，例如 阳政办发〔2028〕1号。"))
    title = CleanCharField(label=_("名称"), max_length=120)


class RevisionSubmitForm(forms.Form):
    """The days of a new version."""

    issued_on = _day(_("印发日期"))
    effective_on = _day(_("施行日期"), help_text=_("自这一天零时起，新报告的事件按新版办理；在办案件仍按原版。"))


class RevisionReasonForm(forms.Form):
    """Why it is given back or given up."""

    reason = LongTextField(label=_("理由"), max_length=300, rows=2)


class ReviewForm(forms.Form):
    """A review that took place."""

    reviewed_on = _day(_("日期"))
    result = forms.ChoiceField(label=_("结论"), choices=ReviewResult.choices, widget=forms.RadioSelect)
    document = CleanCharField(label=_("依据文件"), max_length=200, help_text=_("会议纪要或评估报告的名称、文号。"))
    note = LongTextField(label=_("说明"), required=False, rows=2)

    def entry(self) -> ReviewInput:
        """Return what was typed for the service."""
        return ReviewInput(**self.cleaned_data)


class SectionForm(forms.Form):
    """A row of a draft, by the columns of its section: ``row`` is the one that stands there, or a new one."""

    def __init__(self, *args: Any, section: Section, draft: PlanVersion, row: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.section, self.row, self.new = section, row, row.pk is None
        self.columns = section.asked("add" if self.new else "edit")
        for column in self.columns:
            self.fields[column.name] = _field(column, draft)
            self.initial.setdefault(column.name, _first(column, row))
        if isinstance(row, Measure) and not self.new:
            self._quotes(row)

    def _quotes(self, row: Measure) -> None:
        for actor in row.actors.all():
            self.fields[f"quote_{actor.pk}"] = LongTextField(
                label=_("「%(title)s」的引文") % {"title": actor.title}, rows=2, initial=actor.quote,
                help_text=_("须是措施文字中的原话，任务由此产生。"),
            )  # fmt: skip

    def values(self) -> dict[str, Any]:
        """Return what was typed for the service: units by id, the quotes of a measure under ``quotes``."""
        data = self.cleaned_data
        found = {column.name: _plain(data[column.name]) for column in self.columns}
        quotes = {int(name[6:]): value for name, value in data.items() if name.startswith("quote_")}
        return {**found, "quotes": quotes} if quotes else found


def _first(column: Column, row: Any) -> Any:
    if row.pk is None:
        return getattr(row, column.name, None) if column.name == "clause" else None
    value = column.of(row)
    return getattr(value, "pk", value)


def _plain(value: Any) -> Any:
    if isinstance(value, QuerySet):
        return [row.pk for row in value]
    return getattr(value, "pk", value)


def _field(column: Column, draft: PlanVersion) -> forms.Field:
    """Return the form field of a column."""
    shared: dict[str, Any] = {"label": column.label, "required": column.required, "help_text": column.help}
    units = units_in_use()
    blank = [("", _("（不选）"))]
    match column.kind:
        case "words":
            return LongTextField(rows=5, **shared)
        case "number":
            return forms.IntegerField(**shared)
        case "flag":
            return forms.BooleanField(**shared)
        case "choice" | "clause":
            return forms.ChoiceField(choices=[*blank, *column.choices(draft)], **shared)
        case "choices":
            widget = forms.CheckboxSelectMultiple
            return forms.MultipleChoiceField(choices=column.choices(draft), widget=widget, **shared)
        case "unit":
            return forms.ModelChoiceField(queryset=units, empty_label=blank[0][1], **shared)
        case "units":
            return forms.ModelMultipleChoiceField(queryset=units, widget=forms.CheckboxSelectMultiple, **shared)
    return CleanCharField(max_length=200, **shared)
