"""Forms of the daily return (零报告)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from incidents.forms.base import describe_free_text, new_key
from yangcheng_ec.forms import CleanCharField

__all__ = ["CorrectForm", "DayForm", "ReturnForm"]


class DayForm(forms.Form):
    """Which plan and which day are looked at."""

    plan = forms.CharField(required=False, max_length=40)
    date = forms.DateField(required=False)


class ReturnForm(forms.Form):
    """One return; ``count`` empty is what the system knows."""

    plan = forms.CharField(max_length=40, widget=forms.HiddenInput)
    date = forms.DateField(required=False, widget=forms.HiddenInput)
    unit = forms.CharField(max_length=120, required=False, widget=forms.HiddenInput)
    count = forms.IntegerField(label=gettext_lazy("事件数"), required=False, min_value=0, max_value=999)
    note = CleanCharField(label=gettext_lazy("说明"), max_length=300, required=False)
    idempotency_key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=100, initial=new_key)


class CorrectForm(forms.Form):
    """A correction and its reason."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    count = forms.IntegerField(label=gettext_lazy("事件数"), min_value=0, max_value=999)
    note = CleanCharField(label=gettext_lazy("更正的原因"), max_length=300)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.has_free_text = describe_free_text(self)
