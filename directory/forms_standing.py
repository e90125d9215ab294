"""Forms of resources, filed action plans and the training log. They gather what was typed; the services judge."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from directory.choices import ListedAs, ResourceKind
from directory.models import PlanVersion, Resource, Training, Unit
from directory.selectors.plans import plans_in_force
from directory.selectors.units import units_in_use
from directory.services.filings import Filed
from directory.services.papers import MAX_BYTES, Upload
from directory.services.resources import EDITABLE
from directory.services.trainings import Trained
from yangcheng_ec.forms import CleanCharField

__all__ = [
    "CheckForm",
    "FilingForm",
    "ResourceForm",
    "ResourceNewForm",
    "ResourceSearch",
    "TrainingForm",
    "TrainingNewForm",
    "TrainingSearch",
    "day_field",
]

ALL = [("", _("全部"))]
ASK = [("", _("请选择"))]


def day_field(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateField:
    """Return a field for a day, typed as 2026-11-22 or picked in the browser's own calendar."""
    widget = forms.DateInput(attrs={"type": "date", "class": "num"}, format="%Y-%m-%d")
    invalid = _("请按「2026-11-22」填写日期。")
    return forms.DateField(
        label=label, required=required, help_text=help_text, widget=widget, error_messages={"invalid": invalid}
    )


def plan_choices(versions: Iterable[PlanVersion]) -> list[tuple[str, str]]:
    """Return plans by code and short name."""
    return [(version.plan.code, version.plan.short_name) for version in versions]


class _Search(forms.Form):
    """A list's filter by plan and unit."""

    def __init__(self, *args: Any, units: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["plan"].choices = [*ALL, *plan_choices(plans_in_force())]  # type: ignore[attr-defined]
        if units:
            rows = units_in_use().values_list("code", "short_name")
            self.fields["unit"].choices = [*self.fields["unit"].choices, *rows]  # type: ignore[attr-defined]
        else:
            del self.fields["unit"]


class ResourceSearch(_Search):
    """Search of the resources."""

    q = CleanCharField(label=_("查找（可用拼音首字母）"), required=False, max_length=60)
    plan = forms.ChoiceField(label=_("预案"), required=False)
    kind = forms.ChoiceField(label=_("类别"), required=False, choices=[*ALL, *ResourceKind.choices])
    unit = forms.ChoiceField(label=_("单位"), required=False, choices=ALL)
    state = forms.ChoiceField(label=_("状态"), required=False, choices=[("", _("在用")), ("retired", _("停用"))])
    late = forms.BooleanField(label=_("只看该检查的"), required=False)


class ResourceForm(forms.Form):
    """What may be changed of a resource."""

    name = CleanCharField(label=_("名称"), max_length=120, help_text=_("队伍、装备、车辆、单位的名称，或专家的姓名。"))
    unit = forms.ModelChoiceField(
        label=_("所属单位"), queryset=Unit.objects.none(), required=False, empty_label=_("请选择")
    )
    body = CleanCharField(
        label=_("名册以外的单位"), max_length=120, required=False, help_text=_("企业、高校等，单位名册里没有的填这里。")
    )
    ability = CleanCharField(label=_("专长、用途"), max_length=500, required=False)
    contact = CleanCharField(label=_("联系人"), max_length=60, required=False, help_text=_("装备、车辆填保管人。"))
    number = CleanCharField(label=_("联系电话"), max_length=60, required=False)
    quantity = forms.IntegerField(label=_("数量"), required=False, min_value=0, max_value=1_000_000)
    measure = CleanCharField(label=_("计量单位"), max_length=10, required=False, help_text=_("人、台、套、辆"))
    place = CleanCharField(label=_("存放地点"), max_length=120, required=False)
    listed = forms.ChoiceField(
        label=_("所在名录"), required=False, choices=[("", _("不在名录")), *ListedAs.choices],
        help_text=_("只有重点保障单位填。"),
    )  # fmt: skip
    note = CleanCharField(label=_("备注"), max_length=300, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1)

    def __init__(self, *args: Any, own: Unit | None = None, **kwargs: Any) -> None:
        """With ``own`` (a unit keeping its own equipment) whose it is cannot be chosen."""
        super().__init__(*args, **kwargs)
        self.own = own
        if own is not None:
            del self.fields["unit"], self.fields["body"]
        else:
            self.fields["unit"].queryset = units_in_use()  # type: ignore[attr-defined]

    @staticmethod
    def initial_of(row: Resource) -> dict[str, Any]:
        """Return what the form shows of a resource."""
        return {**{name: getattr(row, name) for name in EDITABLE}, "version": row.version}

    def values(self) -> dict[str, Any]:
        """Return what the services take; call after ``is_valid``."""
        data = {name: self.cleaned_data[name] for name in EDITABLE if name in self.cleaned_data}
        return data | ({"unit": self.own, "body": ""} if self.own is not None else {})


class ResourceNewForm(ResourceForm):
    """A new line of a plan's list: plan and kind first."""

    plan = forms.ChoiceField(label=_("预案"))
    kind = forms.ChoiceField(label=_("类别"))
    field_order = ["plan", "kind"]

    def __init__(
        self, *args: Any, plans: Sequence[PlanVersion], kinds: Sequence[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["plan"].choices = plan_choices(plans)  # type: ignore[attr-defined]
        self.fields["kind"].choices = [*ASK, *kinds]  # type: ignore[attr-defined]


class CheckForm(forms.Form):
    """A look at equipment: the day and how it was found."""

    on = day_field(_("检查日期"))
    result = CleanCharField(label=_("检查结果"), max_length=300)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


class FilingForm(forms.Form):
    """An action plan that is filed."""

    plan = forms.ChoiceField(label=_("对应预案"))
    unit = forms.ModelChoiceField(label=_("成员单位"), queryset=Unit.objects.none(), empty_label=_("请选择"))
    title = CleanCharField(label=_("文件名称"), max_length=200)
    edition = CleanCharField(label=_("版本或文号"), max_length=60)
    dated_on = day_field(_("文件日期"))
    review_on = day_field(_("下次复核"), required=False, help_text=_("不填则与预案本身同样的年限。"))
    note = CleanCharField(label=_("说明"), max_length=300, required=False)
    file = forms.FileField(
        label=_("文件"), required=False, help_text=_("PDF 或扫描件图片，不超过 10 MB；涉密文件不要上传。")
    )

    def __init__(self, *args: Any, plans: Sequence[PlanVersion], units: Any = None, **kwargs: Any) -> None:
        """``units``: the members the office may file for; None where a unit files its own."""
        super().__init__(*args, **kwargs)
        self.fields["plan"].choices = plan_choices(plans)  # type: ignore[attr-defined]
        if units is None:
            del self.fields["unit"]
        else:
            self.fields["unit"].queryset = units  # type: ignore[attr-defined]

    def filed(self) -> Filed:
        """Return what was typed; call after ``is_valid``."""
        names = ("title", "edition", "dated_on", "review_on", "note")
        return Filed(**{name: self.cleaned_data[name] for name in names})

    def upload(self) -> Upload | None:
        """Return the chosen file for the service, one byte more than it may have at most."""
        file = self.cleaned_data.get("file")
        return Upload(name=file.name, content=file.read(MAX_BYTES + 1)) if file else None


class TrainingSearch(_Search):
    """Search of the training log."""

    q = CleanCharField(label=_("查找"), required=False, max_length=60)
    plan = forms.ChoiceField(label=_("预案"), required=False)
    unit = forms.ChoiceField(label=_("举办"), required=False, choices=[*ALL, ("office", _("指挥部办公室"))])
    since = day_field(_("自"), required=False)
    until = day_field(_("至"), required=False)


class TrainingForm(forms.Form):
    """What was held."""

    held_on = day_field(_("日期"))
    subject = CleanCharField(label=_("培训内容"), max_length=200)
    attendees = CleanCharField(label=_("参加人员"), max_length=300)
    headcount = forms.IntegerField(label=_("人数"), min_value=1, max_value=100_000)
    proof = CleanCharField(label=_("依据"), max_length=500, help_text=_("通知文号、签到表、照片存放处。"))
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1)

    @staticmethod
    def initial_of(row: Training | None) -> dict[str, Any]:
        """Return what the form shows: an entry, or today for a new one."""
        if row is None:
            return {"held_on": timezone.localdate()}
        return {name: getattr(row, name) for name in TrainingForm.base_fields}

    def values(self) -> dict[str, Any]:
        """Return what was typed; call after ``is_valid``."""
        return {name: value for name, value in self.cleaned_data.items() if name not in ("version", "plan")}


class TrainingNewForm(TrainingForm):
    """A new entry: the plan first."""

    plan = forms.ChoiceField(label=_("预案"))
    field_order = ["plan"]

    def __init__(self, *args: Any, plans: Sequence[PlanVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["plan"].choices = plan_choices(plans)  # type: ignore[attr-defined]

    def trained(self) -> Trained:
        """Return what the service takes; call after ``is_valid``."""
        return Trained(**self.values())
