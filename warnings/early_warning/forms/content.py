"""Writing a warning: what it says, to whom, and where it comes from."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from directory.models import PlanVersion
from directory.services.papers import MAX_BYTES, Upload
from early_warning.choices import Publicity, SourceKind
from early_warning.models import EarlyWarning
from early_warning.rules import level_label
from early_warning.selectors import level_named, units_choosable, units_named
from early_warning.services import Content, Received
from yangcheng_ec.forms import CleanCharField, LocalDateTimeField, LongTextField

__all__ = ["PAPER_ATTRS", "ContentForm", "NewForm", "initial_of", "upload_of"]

PAPER_ATTRS = {"accept": ".pdf,.jpg,.jpeg,.png,application/pdf,image/jpeg,image/png", "data-no-draft": ""}


def upload_of(file: Any) -> Upload | None:
    """Return a chosen file for a service, one byte more than it may have at most."""
    return Upload(name=file.name, content=file.read(MAX_BYTES + 1)) if file else None


class ContentForm(forms.Form):
    """What a warning says and to whom. No level is chosen beforehand: a person decides (DESIGN §1.3)."""

    level = forms.ChoiceField(label=_("预警级别（情形）"), widget=forms.RadioSelect)
    title = CleanCharField(label=_("标题"), max_length=120)
    text = LongTextField(label=_("预警内容"), rows=5, help_text=_("单位看到和电话里念的就是这段原文。"))
    scope = LongTextField(label=_("响应范围"), rows=2, required=False, help_text=_("提出建议前必须写明。"))
    publicity = forms.ChoiceField(label=_("公开程度或保密要求"), choices=Publicity.choices, widget=forms.RadioSelect)
    publicity_note = CleanCharField(
        label=_("公开程度或保密要求的说明"), max_length=300, required=False,
        help_text=_("向哪里公开、由谁掌握；按保密要求管理的必须写明保密要求。"),
    )  # fmt: skip
    basis = LongTextField(
        label=_("研判依据"), rows=3, required=False, help_text=_("分析研判的情况和结论；提出建议前必须写明。")
    )
    advice = LongTextField(label=_("防范建议"), rows=3, required=False)
    valid_from = LocalDateTimeField(future=True, label=_("生效时间"), required=False, help_text=_("不填即发布时生效。"))
    valid_until = LocalDateTimeField(
        future=True,
        label=_("预计失效时间"),
        required=False,
        help_text=_("写全年月日和时分。到时不会自动失效：须由人解除或调整。"),
    )
    respond_by = LocalDateTimeField(
        future=True,
        label=_("预警行动反馈目标（非预案规定）"),
        required=False,
        help_text=_("各单位在此之前报告落实情况；条款只写「随时」，不填就没有目标。"),
    )
    units = forms.MultipleChoiceField(label=_("通知单位"), required=False)
    groups = forms.MultipleChoiceField(label=_("整组通知"), required=False)
    drill = forms.BooleanField(label=_("演练"), required=False)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    idempotency_key = CleanCharField(required=False, max_length=100, widget=forms.HiddenInput)

    def __init__(self, *args: Any, plan_version: PlanVersion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plan_version = plan_version
        self.unit_groups = units_choosable(plan_version)
        self.levels = list(plan_version.warning_levels.all())
        choices = [(str(level.ordinal), _level_words(level)) for level in self.levels]
        self.fields["level"].choices = choices  # type: ignore[attr-defined]
        self.fields["level"].error_messages["required"] = _("请选择预警级别（情形）。")
        self.fields["publicity"].error_messages["required"] = _("请选择公开程度或保密要求。")
        keys = [(str(number), label) for number, (label, _units) in enumerate(self.unit_groups)]
        self.fields["groups"].choices = keys  # type: ignore[attr-defined]
        codes = [(unit.code, unit.name) for _label, units in self.unit_groups for unit in units]
        self.fields["units"].choices = codes  # type: ignore[attr-defined]
        self.fields["units"].error_messages["invalid_choice"] = _("没有这个单位：%(value)s。")

    @property
    def picked(self) -> set[str]:
        """Return the unit codes ticked now, bound or not."""
        return {str(code) for code in self["units"].value() or []}

    @property
    def choosable(self) -> list[dict[str, Any]]:
        """Return the groups of units with what is ticked, for the template."""
        picked, whole = self.picked, {str(key) for key in self["groups"].value() or []}
        return [
            {
                "key": str(number),
                "label": label,
                "all": str(number) in whole,
                "units": [(unit, unit.code in picked) for unit in units],
                "open": not number or any(unit.code in picked for unit in units),
            }
            for number, (label, units) in enumerate(self.unit_groups)
        ]

    def content(self) -> Content:
        """Return the cleaned content for the services."""
        data = self.cleaned_data
        whole = [unit.code for key in data["groups"] for unit in self.unit_groups[int(key)][1]]
        return Content(
            level=level_named(self.plan_version, data["level"]),
            units=tuple(units_named([*data["units"], *whole])),
            **{name: data[name] for name in _CONTENT},
        )


_CONTENT = (
    "title", "text", "publicity", "publicity_note", "scope", "basis", "advice", "valid_from", "valid_until",
    "respond_by",
)  # fmt: skip


class NewForm(ContentForm):
    """A new warning: its content and where it comes from. A superior's notice is taken down as it was received."""

    source = forms.ChoiceField(
        label=_("来源"),
        required=False,
        choices=[(kind.value, kind.label) for kind in (SourceKind.SCRATCH, SourceKind.SUPERIOR)],
        widget=forms.RadioSelect,
    )
    sender = CleanCharField(label=_("通报机关"), max_length=120, required=False)
    reference = CleanCharField(label=_("文号或编号"), max_length=120, required=False)
    received_at = LocalDateTimeField(label=_("收到时间"), required=False)
    notice_text = LongTextField(label=_("通报原文"), rows=4, required=False)
    paper = forms.FileField(
        label=_("通报扫描件"),
        required=False,
        allow_empty_file=True,
        max_length=200,
        widget=forms.FileInput(attrs=PAPER_ATTRS),
        help_text=_("PDF、JPG 或 PNG，不超过 10 MB。退回更正时须重新选择。"),
    )

    def clean(self) -> dict[str, Any]:
        """A superior's notice that was typed is not lost because its source was not chosen."""
        data = super().clean() or {}
        typed = any(data.get(name) for name in ("sender", "reference", "notice_text", "paper"))
        if typed and data.get("source") != SourceKind.SUPERIOR:
            self.add_error("source", _("填写了上级通报：请把来源选为「上级通报」，或清空这些栏目。"))
        return data

    def received(self) -> Received | None:
        """Return the superior's notice, when that is the source."""
        data = self.cleaned_data
        if data["source"] != SourceKind.SUPERIOR:
            return None
        return Received(
            sender=data["sender"], reference=data["reference"], received_at=data["received_at"],
            text=data["notice_text"], upload=upload_of(data.get("paper")),
        )  # fmt: skip

    @property
    def source_fields(self) -> list[forms.BoundField]:
        """Return the fields of the notice, for the template."""
        return [self[name] for name in ("sender", "reference", "received_at", "notice_text", "paper")]


def _level_words(level: Any) -> str:
    return f"{level_label(level)}：{level.text}" if level.text else level_label(level)


def initial_of(warning: EarlyWarning) -> dict[str, Any]:
    """Return a warning's content as the form's starting values."""
    units = [one.unit.code for one in warning.addressees.select_related("unit")]
    known = {name: getattr(warning, name) for name in _CONTENT}
    return known | {"level": str(warning.level.ordinal), "units": units, "drill": warning.drill}
