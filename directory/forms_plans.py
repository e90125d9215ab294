"""Forms of the plans read online."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from yangcheng_ec.forms import CleanCharField

__all__ = ["PlanSearchForm"]

QUERY_LIMIT = 60


class PlanSearchForm(forms.Form):
    """What to look for in a plan; several words must all be there."""

    q = CleanCharField(
        label=_("在本预案中查找"),
        required=False,
        max_length=QUERY_LIMIT,
        error_messages={"max_length": _("查找的词最多 %(limit_value)d 个字，现在有 %(show_value)d 个字。")},
    )
