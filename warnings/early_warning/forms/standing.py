"""Entering a standing authorisation as its paper says it (comms 3.4)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from directory.choices import PostKind
from directory.models import PlanVersion
from early_warning.forms.content import PAPER_ATTRS, upload_of
from early_warning.rules import level_label
from early_warning.services import StandingInput
from yangcheng_ec.forms import CleanCharField, LocalDateTimeField, LongTextField

__all__ = ["StandingForm"]


class StandingForm(forms.Form):
    """The document, its scope in its own words, the levels, the post, the time, and the scan."""

    document = CleanCharField(label=_("授权文件名称、文号"), max_length=200)
    scope = LongTextField(label=_("授权范围（照录原文）"), rows=3)
    levels = forms.MultipleChoiceField(label=_("授权的级别（情形）"), widget=forms.CheckboxSelectMultiple)
    post = forms.ChoiceField(label=_("被授权的职务"))
    starts_at = LocalDateTimeField(label=_("开始时间"), future=True)
    ends_at = LocalDateTimeField(label=_("截止时间"), future=True, help_text=_("授权须写明截止时间，到时自动失效。"))
    paper = forms.FileField(
        label=_("已签字的授权文件扫描件"),
        required=False,
        allow_empty_file=True,
        max_length=200,
        widget=forms.FileInput(attrs=PAPER_ATTRS),
        help_text=_("PDF、JPG 或 PNG，不超过 10 MB。退回更正时须重新选择。"),
    )

    def __init__(self, *args: Any, plan_version: PlanVersion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = {str(level.ordinal): level for level in plan_version.warning_levels.all()}
        self.posts = {post.code: post for post in plan_version.posts.exclude(kind=PostKind.COMMANDER)}
        levels = [(key, level_label(level)) for key, level in self.known.items()]
        self.fields["levels"].choices = levels  # type: ignore[attr-defined]
        posts = [("", "——"), *((code, str(post)) for code, post in self.posts.items())]
        self.fields["post"].choices = posts  # type: ignore[attr-defined]

    def entry(self) -> StandingInput:
        """Return what was typed for the service."""
        data = self.cleaned_data
        return StandingInput(
            document=data["document"], scope=data["scope"], levels=[self.known[key] for key in data["levels"]],
            post=self.posts.get(data["post"]), starts_at=data["starts_at"], ends_at=data["ends_at"],
        )  # fmt: skip

    def upload(self) -> Any:
        """Return the chosen file for the service."""
        return upload_of(self.cleaned_data.get("paper"))
