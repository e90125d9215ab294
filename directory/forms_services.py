"""Form of a monitoring system's token."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from directory.choices import ServiceScope
from directory.selectors.units import units_in_use
from directory.services.service_tokens import TokenInput
from yangcheng_ec.forms import CleanCharField, LocalDateTimeField

__all__ = ["ServiceTokenForm"]


class ServiceTokenForm(forms.Form):
    """A new token."""

    name = CleanCharField(label=_("监测系统名称"), max_length=60)
    unit = forms.ModelChoiceField(
        label=_("代表哪个单位报告"), queryset=units_in_use(),
        help_text=_("它登记的事件以这个单位的名义报告，由办公室接手。"),
    )  # fmt: skip
    scopes = forms.MultipleChoiceField(
        label=_("可以办什么"), choices=ServiceScope.choices, widget=forms.CheckboxSelectMultiple,
        initial=[ServiceScope.FILE_INCIDENTS],
    )  # fmt: skip
    expires_at = LocalDateTimeField(label=_("到期时间"), future=True, help_text=_("最长一年；到期后自动失效。"))

    def entry(self) -> TokenInput:
        """Return what was typed, for the service."""
        data: dict[str, Any] = self.cleaned_data
        return TokenInput(
            name=data["name"], unit_id=data["unit"].pk, expires_at=data["expires_at"], scopes=tuple(data["scopes"])
        )
