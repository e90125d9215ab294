"""The list's filters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from directory.models import PlanVersion
from early_warning.choices import ACTIVE, WarningState
from yangcheng_ec.forms import CleanCharField

__all__ = ["FilterForm"]


class FilterForm(forms.Form):
    """The list's filters."""

    q = CleanCharField(label=_("编号、标题、内容、范围"), required=False, max_length=60)
    plan = forms.ChoiceField(label=_("预案"), required=False)
    level = forms.ChoiceField(label=_("级别（情形）"), required=False)
    state = forms.ChoiceField(label=_("状态"), required=False)
    validity = forms.ChoiceField(
        label=_("在效"),
        required=False,
        choices=[("", _("全部")), ("in_force", _("在效，未过期")), ("expired", _("在效，已过期未解除"))],
    )
    order = forms.ChoiceField(
        label=_("排序"),
        required=False,
        choices=[
            ("", _("在效在前，重的在前")),
            ("newest", _("最新起草的在前")),
            ("ending", _("先到期的在前")),
            ("number", _("编号")),
        ],
    )

    def __init__(self, *args: Any, versions: Sequence[PlanVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.versions = versions
        every = ("", str(_("全部")))
        plans = [(row.plan.code, row.plan.short_name) for row in versions]
        levels = [
            (f"{row.plan.code}:{level.ordinal}", f"{row.plan.short_name} {level.name}")
            for row in versions
            for level in row.warning_levels.all()
        ]
        self.fields["level"].choices = [every, *levels]  # type: ignore[attr-defined]
        in_force = "、".join(str(WarningState(state).label) for state in ACTIVE)
        self.fields["plan"].choices = [every, *plans]  # type: ignore[attr-defined]
        self.fields["state"].choices = [every, ("active", in_force), *WarningState.choices]  # type: ignore[attr-defined]
