"""Forms of the registry of units."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from directory.choices import UnitKind
from directory.models import Unit
from yangcheng_ec.forms import CleanCharField

__all__ = ["AliasForm", "UnitForm", "UnitSearch"]


class UnitSearch(forms.Form):
    """Search of the registry."""

    q = CleanCharField(label=_("名称、别名或拼音首字母"), required=False, max_length=60)
    kind = forms.ChoiceField(label=_("类别"), required=False, choices=[("", _("全部")), *UnitKind.choices])
    state = forms.ChoiceField(label=_("状态"), required=False, choices=[("", _("在用")), ("retired", _("停用"))])


class UnitForm(forms.Form):
    """A unit: a new one, or what may be changed of one."""

    name = CleanCharField(label=_("名称"), max_length=120)
    short_name = CleanCharField(
        label=_("简称"), max_length=60, required=False, help_text=_("表格和手机上显示的短名；不填则与名称相同。")
    )
    kind = forms.ChoiceField(label=_("类别"), choices=[("", _("请选择")), *UnitKind.choices])
    county_level = forms.BooleanField(
        label=_("县直单位"), required=False, help_text=_("网络预案只许事中增加县直单位为成员。")
    )
    note = CleanCharField(label=_("说明"), max_length=300, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1)

    @staticmethod
    def initial_of(unit: Unit) -> dict[str, Any]:
        """Return what the form shows of a unit."""
        return {name: getattr(unit, name) for name in UnitForm.base_fields}

    def values(self) -> dict[str, Any]:
        """Return what the services take; call after ``is_valid``."""
        data = {name: value for name, value in self.cleaned_data.items() if name != "version"}
        return {**data, "short_name": data["short_name"] or data["name"]}


class AliasForm(forms.Form):
    """Another name of a unit."""

    name = CleanCharField(label=_("别名"), max_length=120)
    where = CleanCharField(
        label=_("用在哪里"), max_length=120, required=False, help_text=_("例如：口头常用、某文件的写法。")
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
