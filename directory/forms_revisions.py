"""Forms of plan revisions and reviews. What may stand in a field is decided by the services."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from directory.choices import ReviewResult
from directory.models import (
    Clause,
    Measure,
    Membership,
    PlanVersion,
    ReportingRule,
    ResponseCondition,
    ResponseLevel,
    Unit,
    WorkGroup,
)
from directory.services.plan_reviews import ReviewInput
from yangcheng_ec.forms import CleanCharField, LongTextField

__all__ = [
    "ClauseEditForm",
    "ConditionEditForm",
    "GroupEditForm",
    "LevelEditForm",
    "MeasureEditForm",
    "MemberAddForm",
    "MemberEditForm",
    "ReviewForm",
    "RevisionReasonForm",
    "RevisionStartForm",
    "RevisionSubmitForm",
    "RuleEditForm",
]


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


class MemberAddForm(forms.Form):
    """A new member unit."""

    unit = forms.ModelChoiceField(label=_("单位"), queryset=Unit.objects.none())
    printed_name = CleanCharField(
        label=_("预案中的名称"), max_length=120, required=False, help_text=_("不填则用单位全称。")
    )
    duty = LongTextField(label=_("职责"))

    def __init__(self, *args: Any, draft: PlanVersion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        members = draft.memberships.filter(unit__isnull=False).values("unit")
        self.fields["unit"].queryset = Unit.objects.exclude(pk__in=members).order_by("order", "code")  # type: ignore[attr-defined]


class RowForm(forms.Form):
    """A form that starts from a row of the draft."""

    def __init__(self, *args: Any, row: Any, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {**self.start(row)})
        super().__init__(*args, **kwargs)
        self.row = row
        self.grow()

    def start(self, row: Any) -> dict[str, Any]:
        """Return what stands in the fields at first."""
        return {name: getattr(row, name, None) for name in self.base_fields}

    def grow(self) -> None:
        """Add the fields that depend on the row."""


class MemberEditForm(RowForm):
    """A member's name and duty."""

    row: Membership
    printed_name = CleanCharField(label=_("预案中的名称"), max_length=120)
    printed_short = CleanCharField(label=_("简称"), max_length=60, required=False)
    duty_name = CleanCharField(label=_("职责表中的名称"), max_length=200, required=False)
    duty = LongTextField(label=_("职责"), required=False, rows=6)


class GroupEditForm(RowForm):
    """A group's lead, members and duty."""

    row: WorkGroup
    name = CleanCharField(label=_("名称"), max_length=40)
    lead = forms.ModelChoiceField(label=_("牵头部门"), queryset=Unit.objects.none())
    units = forms.ModelMultipleChoiceField(
        label=_("组成单位"), queryset=Unit.objects.none(), widget=forms.CheckboxSelectMultiple
    )
    with_township = forms.BooleanField(label=_("含事发地乡（镇）人民政府"), required=False)
    duty = LongTextField(label=_("职责"), rows=6)

    def start(self, row: WorkGroup) -> dict[str, Any]:
        """Return the group as it stands."""
        members = list(row.members.all())
        return {
            "name": row.name, "lead": row.lead_id, "duty": row.duty,
            "units": [member.unit_id for member in members if member.unit_id],
            "with_township": any(member.unit_id is None for member in members),
        }  # fmt: skip

    def grow(self) -> None:
        """Offer every unit."""
        units = Unit.objects.order_by("order", "code")
        for name in ("lead", "units"):
            self.fields[name].queryset = units  # type: ignore[attr-defined]


class LevelEditForm(RowForm):
    """Who may start a level, and the words that say so."""

    row: ResponseLevel
    approvers = forms.MultipleChoiceField(label=_("批准职务"), widget=forms.CheckboxSelectMultiple)
    procedure = LongTextField(label=_("启动程序（条款原文）"), rows=5)

    def grow(self) -> None:
        """Offer the plan's own posts."""
        posts = dict(self.row.version.posts.order_by("-pk").values_list("kind", "label"))
        self.fields["approvers"].choices = sorted(posts.items(), key=lambda pair: pair[0])  # type: ignore[attr-defined]


class ConditionEditForm(RowForm):
    """The words of a condition."""

    row: ResponseCondition
    text = LongTextField(label=_("条件"), rows=4)


class MeasureEditForm(RowForm):
    """The words of a measure, and what is quoted of it for each who must act."""

    row: Measure
    text = LongTextField(label=_("措施"), rows=8)

    def grow(self) -> None:
        """Add a field for each quote."""
        for actor in self.row.actors.all():
            self.fields[f"quote_{actor.pk}"] = LongTextField(
                label=_("「%(title)s」的引文") % {"title": actor.title}, rows=2, initial=actor.quote,
                help_text=_("须是措施文字中的原话，任务由此产生。"),
            )  # fmt: skip

    def quotes(self) -> dict[int, str]:
        """Return actor → quote."""
        return {int(name[6:]): value for name, value in self.cleaned_data.items() if name.startswith("quote_")}


class RuleEditForm(RowForm):
    """A reporting rule."""

    row: ReportingRule
    title = CleanCharField(label=_("名称"), max_length=120)
    quote = LongTextField(label=_("引文（条款原文）"), rows=3)
    minutes = forms.IntegerField(
        label=_("分钟"), required=False, min_value=1, help_text=_("「立即」「及时」没有分钟数，请留空。")
    )
    wording = CleanCharField(label=_("时限用语"), max_length=40)
    owed_by = CleanCharField(label=_("责任单位"), max_length=120)

    def grow(self) -> None:
        """Add a field for each addressee's wording."""
        for addressee in self.row.addressees.all():
            self.fields[f"label_{addressee.pk}"] = CleanCharField(
                label=_("报告对象 %(number)s") % {"number": addressee.number}, max_length=120, initial=addressee.label
            )

    def labels(self) -> dict[int, str]:
        """Return addressee → wording."""
        return {int(name[6:]): value for name, value in self.cleaned_data.items() if name.startswith("label_")}


class ClauseEditForm(RowForm):
    """The words of a clause."""

    row: Clause
    title = CleanCharField(label=_("标题"), max_length=120)
    text = LongTextField(label=_("文字"), rows=10, required=False)
