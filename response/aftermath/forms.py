"""Forms of the aftermath. They gather what was typed; every rule is asked of the services."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext as _, gettext_lazy as _l

from directory.choices import AftercareKind, PayerKind
from directory.forms_standing import day_field
from directory.models import PlanVersion, Unit
from directory.selectors.units import term_units, units_in_use
from response.aftermath.choices import MeritKind
from response.aftermath.models import AftercareItem, RebuildPlan, ReviewReport
from response.aftermath.rules import care_kinds, payers, report_sections
from response.aftermath.selectors import open_revisions
from response.aftermath.services import Care, Learnt, Payer, RebuildWords, Step, Written
from yangcheng_ec.forms import CleanCharField, LocalDateTimeField, LongTextField

__all__ = [
    "AgreeForm",
    "CareForm",
    "CloseLessonForm",
    "DraftForm",
    "FinishForm",
    "LessonForm",
    "MeritForm",
    "ProposalForm",
    "ReasonForm",
    "RebuildAskForm",
    "RebuildForm",
    "ReceiptForm",
    "ReviewForm",
    "SendForm",
    "SettleForm",
    "StandDownForm",
    "StepForm",
]

_STEP = re.compile(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?[\s:：,，]+(.+)$")


class _Versioned(forms.Form):
    """A form on something that exists: it carries the version it was read at."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)


class _Keyed(forms.Form):
    """A form that makes something: a second click finds the first result."""

    idempotency_key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=100, initial=uuid4)


def _unit(label: Any) -> forms.ModelChoiceField:
    return forms.ModelChoiceField(
        Unit.objects.none(), label=label, required=False, to_field_name="code", empty_label=_l("不指定")
    )


def _yuan(label: Any, *, required: bool = False) -> forms.DecimalField:
    widget = forms.TextInput(attrs={"inputmode": "decimal", "class": "num"})
    invalid = _l("请填写金额，如 1200.50。")
    return forms.DecimalField(
        label=label, required=required, min_value=Decimal(0), max_digits=14, decimal_places=2, widget=widget,
        error_messages={"invalid": invalid, "max_decimal_places": _l("金额最多两位小数（到分）。")},
    )  # fmt: skip


class DraftForm(forms.Form):
    """Nothing to fill in: the report is filled from the record."""


class ReasonForm(_Versioned):
    """A reason."""

    reason = CleanCharField(label=_l("理由"), max_length=500)


class CareForm(_Keyed):
    """An item of aftercare; the plan's own kinds first, the others marked."""

    kind = forms.ChoiceField(label=_l("类别"), widget=forms.Select)
    title = CleanCharField(label=_l("事项"), max_length=120)
    beneficiary = CleanCharField(label=_l("给谁（单位或个人）"), max_length=120)
    asked = _yuan(_l("申报金额（元）"))
    quantity = CleanCharField(label=_l("数量"), max_length=60, required=False)
    receipt = CleanCharField(
        label=_l("征用凭证编号"), max_length=120, required=False, help_text=_l("征用物资必须填写。")
    )  # fmt: skip
    unit = _unit(_l("经办单位"))
    detail = LongTextField(label=_l("情况"), rows=2, required=False)

    def __init__(self, *args: Any, version: PlanVersion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = [
            (kind, f"{AftercareKind(kind).label}（{_('非预案规定') if rests.non_plan else rests.label}）")
            for kind, rests in care_kinds(version).items()
        ]
        self.fields["kind"].choices = [("", _("请选择")), *rows]  # type: ignore[attr-defined]
        self.fields["unit"].queryset = units_in_use()  # type: ignore[attr-defined]

    def care(self) -> Care:
        """Return what was typed; call after ``is_valid``."""
        names = ("kind", "title", "beneficiary", "detail", "quantity", "receipt", "unit", "asked")
        return Care(**{name: self.cleaned_data[name] for name in names})


class AgreeForm(_Versioned):
    """How much, and who bears it."""

    agreed = _yuan(_l("核定金额（元）"), required=True)
    payer = forms.ChoiceField(label=_l("由谁承担"))
    payer_unit = _unit(_l("承担的运营企业或单位"))
    payer_text = CleanCharField(label=_l("承担单位（没有登记的）"), max_length=120, required=False)

    def __init__(self, *args: Any, version: PlanVersion, item: AftercareItem | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = payers(version)
        rows = [
            (kind, f"{PayerKind(kind).label}（{_('非预案规定') if rests.non_plan else rests.label}）")
            for kind, rests in named.items()
        ]
        self.fields["payer"].choices = [("", _("请选择")), *rows]  # type: ignore[attr-defined]
        self.fields["payer_unit"].queryset = _payer_units(version, named)  # type: ignore[attr-defined]
        if item is not None and not self.is_bound:
            self.initial.setdefault("agreed", item.agreed if item.agreed is not None else item.asked)
            self.initial.setdefault("payer", item.payer)
            self.initial.setdefault("payer_unit", item.payer_unit)

    def paid_by(self) -> Payer:
        """Return who bears it; call after ``is_valid``."""
        data = self.cleaned_data
        return Payer(data["payer"], data["payer_unit"], data["payer_text"])


def _payer_units(version: PlanVersion, named: Iterable[str]) -> Any:
    """Operators first to choose from where the plan has them pay; else every unit."""
    operators = [unit.pk for unit in term_units(version)] if PayerKind.OPERATOR in named else []
    return Unit.objects.filter(pk__in=operators).order_by("order", "code") if operators else units_in_use()


class SettleForm(_Versioned):
    """Paid, or done, with its paper."""

    proof = CleanCharField(label=_l("凭证（付款单号、收条、验收单）"), max_length=200)
    settled_at = LocalDateTimeField(label=_l("办结时间（补录时填写）"), required=False)


class RebuildAskForm(forms.Form):
    """Asking the unit where it happened for its plan."""

    unit = _unit(_l("事发单位"))
    due_on = day_field(_l("报送日期"), required=False)

    def __init__(self, *args: Any, known: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if known:
            del self.fields["unit"]
        else:
            self.fields["unit"].queryset = units_in_use()  # type: ignore[attr-defined]


class RebuildForm(_Versioned):
    """The unit's plan: what can still be used, what is done, the milestones one a line."""

    resources = LongTextField(label=_l("可利用资源的评估"), rows=3)
    text = LongTextField(label=_l("恢复措施"), rows=4)
    steps = LongTextField(
        label=_l("节点（每行一个：日期 内容）"), rows=4, required=False, help_text=_l("如：2026-12-01 恢复核心业务系统")
    )
    said_by = CleanCharField(label=_l("代录：该单位何人所说"), max_length=120, required=False)

    def __init__(self, *args: Any, plan: RebuildPlan, own: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if own:
            del self.fields["said_by"]
        if not self.is_bound:
            rows = plan.steps.filter(struck=False).order_by("due_on", "number")
            self.initial.setdefault("steps", "\n".join(f"{row.due_on} {row.title}" for row in rows))
            self.initial.setdefault("resources", plan.resources)
            self.initial.setdefault("text", plan.text)

    def clean_steps(self) -> tuple[Step, ...]:
        """Read each line as a day and what is reached by it."""
        lines = [line.strip() for line in self.cleaned_data["steps"].splitlines() if line.strip()]
        return tuple(_step(line) for line in lines)

    def words(self) -> RebuildWords:
        """Return what was typed; call after ``is_valid``."""
        data = self.cleaned_data
        return RebuildWords(data["resources"], data["text"], data["steps"], data.get("said_by", ""))


def _step(line: str) -> Step:
    found = _STEP.match(line)
    try:
        if found:
            year, month, day = (int(part) for part in found.groups()[:3])
            return Step(found[4].strip(), date(year, month, day))
    except ValueError:
        pass
    raise forms.ValidationError(_("「%(line)s」请按「2026-12-01 内容」填写。") % {"line": line[:40]})


class StepForm(_Versioned):
    """A milestone that was reached."""

    done_on = day_field(_l("完成日期"))
    note = CleanCharField(label=_l("完成情况"), max_length=500, required=False)
    said_by = CleanCharField(label=_l("代录：该单位何人所说"), max_length=120, required=False)

    def __init__(self, *args: Any, own: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if own:
            del self.fields["said_by"]


class FinishForm(_Versioned):
    """What shows that everything runs again."""

    finding = LongTextField(label=_l("恢复情况"), rows=2)


class LessonForm(_Keyed):
    """A lesson, or a proposal to revise the plan."""

    text = CleanCharField(label=_l("教训、改进措施"), max_length=500)
    unit = _unit(_l("责任单位"))
    due_on = day_field(_l("完成日期"), required=False)
    revises_plan = forms.BooleanField(label=_l("建议修订预案"), required=False)
    clause = CleanCharField(label=_l("涉及条款"), max_length=120, required=False)
    wording = LongTextField(label=_l("建议的文字（修订预案时填写）"), rows=3, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = units_in_use()  # type: ignore[attr-defined]

    def learnt(self) -> Learnt:
        """Return what was typed; call after ``is_valid``."""
        names = ("text", "unit", "due_on", "revises_plan", "clause", "wording")
        return Learnt(**{name: self.cleaned_data[name] for name in names})


class CloseLessonForm(_Versioned):
    """What became of an improvement."""

    answer = CleanCharField(label=_l("落实情况，或不采纳的理由"), max_length=500)
    declined = forms.BooleanField(label=_l("不采纳"), required=False)


class ProposalForm(_Versioned):
    """What becomes of a proposal: into a revision that is being worked on, or declined."""

    revision = forms.ChoiceField(label=_l("列入哪一份修订"), required=False)
    answer = CleanCharField(label=_l("采纳意见，或不采纳的理由"), max_length=500)

    def __init__(self, *args: Any, version: PlanVersion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.open = open_revisions(version)
        rows = [(str(row.pk), f"{row.number} {row.title}") for row in self.open]
        self.fields["revision"].choices = [("", _("不采纳")), *rows]  # type: ignore[attr-defined]

    def revision_chosen(self) -> PlanVersion | None:
        """Return the revision; call after ``is_valid``."""
        return next((row for row in self.open if str(row.pk) == self.cleaned_data["revision"]), None)


class MeritForm(_Keyed):
    """Praise or liability."""

    kind = forms.ChoiceField(label=_l("类别"), choices=[("", _l("请选择")), *MeritKind.choices])
    whom = CleanCharField(label=_l("单位或个人"), max_length=120)
    facts = LongTextField(label=_l("事实"), rows=3)
    suggestion = CleanCharField(label=_l("建议"), max_length=500, required=False)


class StandDownForm(_Versioned):
    """When a group or team left."""

    left_at = LocalDateTimeField(label=_l("撤离时间"), required=False, help_text=_l("不填为现在。"))
    people = forms.IntegerField(label=_l("撤离人数"), required=False, min_value=0, max_value=100_000)
    note = CleanCharField(label=_l("情况"), max_length=500, required=False)
    said_by = CleanCharField(label=_l("代录：该单位何人所说"), max_length=120, required=False)

    def __init__(self, *args: Any, own: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if own:
            del self.fields["said_by"]


class ReviewForm(_Versioned):
    """The report: who investigated, each section the clause asks for, who else gets it."""

    title = CleanCharField(label=_l("标题"), max_length=200)
    organised_by = CleanCharField(label=_l("组织调查的单位"), max_length=120, required=False)
    participants = CleanCharField(label=_l("参加调查的单位、专家"), max_length=500, required=False)
    superior = CleanCharField(label=_l("配合的上级机构"), max_length=200, required=False)
    also = LongTextField(label=_l("另报（每行一个）"), rows=2, required=False, max_length=3000)

    def __init__(self, *args: Any, report: ReviewReport, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sections = report_sections(report.incident.plan_version)
        for row in self.sections:
            self.fields[f"text_{row.key}"] = LongTextField(
                label=row.title, rows=5, required=False, initial=report.texts.get(row.key, "")
            )
        for name in ("title", "organised_by", "participants", "superior", "version"):
            self.fields[name].initial = getattr(report, name)
        others = report.addressees.filter(non_plan=True).values_list("label", flat=True)
        self.fields["also"].initial = "\n".join(others)

    def texts(self) -> list[forms.BoundField]:
        """Return the sections' fields in the clause's order, for the page."""
        return [self[f"text_{row.key}"] for row in self.sections]

    def written(self) -> Written:
        """Return what was typed; call after ``is_valid``."""
        data = self.cleaned_data
        names = ("title", "organised_by", "participants", "superior")
        texts = {row.key: data[f"text_{row.key}"] for row in self.sections}
        return Written(**{name: data[name] for name in names}, texts=texts, also=_lines(data["also"]))


def _lines(text: str) -> tuple[str, ...]:
    found: Sequence[str] = [line.strip() for line in text.splitlines()]
    return tuple(line for line in found if line)


class SendForm(_Versioned):
    """How and when the report went out."""

    channel = CleanCharField(label=_l("报送方式"), max_length=60)
    proof = CleanCharField(label=_l("凭证（文号、传真记录等）"), max_length=200, required=False)
    sent_at = LocalDateTimeField(label=_l("报送时间（补录时填写）"), required=False)


class ReceiptForm(_Versioned):
    """Who signed for the report, and when."""

    received_by = CleanCharField(label=_l("签收人"), max_length=120)
    received_at = LocalDateTimeField(label=_l("签收时间"), required=False)
