"""Forms of call-outs: confirming, giving up, the one-time link, a plan's policies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from directory.services.callout_policy import LEVELS, MOST_MINUTES, PolicyLine
from yangcheng_ec.deadlines.choices import Channel
from yangcheng_ec.forms import CleanCharField, LocalDateTimeField, LongTextField

__all__ = ["AnswerForm", "GiveUpForm", "LinkForm", "PolicyForm"]

NAME = {"autocomplete": "off"}


class AnswerForm(forms.Form):
    """A confirmation: one's own needs nothing; the office names whoever answered."""

    person = CleanCharField(label=_("对方姓名"), max_length=60, required=False, widget=forms.TextInput(attrs=NAME))
    leader = CleanCharField(label=_("已报告的领导"), max_length=60, required=False, widget=forms.TextInput(attrs=NAME))
    done_at = LocalDateTimeField(label=_("何时确认"), required=False)
    fax = forms.BooleanField(label=_("凭传真回执"), required=False)


class GiveUpForm(forms.Form):
    """Why nobody calls any more."""

    reason = LongTextField(label=_("不再叫应的理由"), max_length=500, rows=2)


class LinkForm(forms.Form):
    """Whoever holds the link says who they are."""

    person = CleanCharField(label=_("您的姓名"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    leader = CleanCharField(
        label=_("已报告的领导（可不填）"), max_length=60, required=False, widget=forms.TextInput(attrs=NAME)
    )


class LevelForm(forms.Form):
    """One level's policy."""

    minutes = forms.IntegerField(label=_("几分钟一步"), min_value=1, max_value=MOST_MINUTES)
    first = forms.MultipleChoiceField(
        label=_("首批渠道"), required=False, choices=Channel.choices, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, data: Any = None, *, level: int, initial: dict[str, Any]) -> None:
        self.level = level
        super().__init__(data, prefix=f"level-{level}", initial=initial)
        self.fields["minutes"].widget.attrs |= {"class": "num", "inputmode": "numeric"}


class PolicyForm(forms.Form):
    """All four levels, and why."""

    edition = forms.IntegerField(widget=forms.HiddenInput)
    reason = LongTextField(label=_("理由"), max_length=300, rows=2)

    def __init__(self, data: Any = None, *, lines: Sequence[PolicyLine], edition: int) -> None:
        super().__init__(data, initial={"edition": edition})
        self.levels = [
            LevelForm(data, level=line.level, initial={"minutes": line.minutes, "first": list(line.first)})
            for line in lines
        ]

    def is_valid(self) -> bool:
        """Look at every level as well, so that all faults are shown at once."""
        levels = [form.is_valid() for form in self.levels]
        return super().is_valid() and all(levels)

    def lines(self) -> list[PolicyLine]:
        """Return the policies as typed."""
        return [
            PolicyLine(form.level, form.cleaned_data["minutes"], self._in_order(form.cleaned_data["first"]))
            for form in self.levels
        ]

    @staticmethod
    def _in_order(chosen: Sequence[str]) -> tuple[str, ...]:
        return tuple(value for value in Channel.values if value in chosen)

    def take_errors(self, fields: dict[str, list[str]]) -> None:
        """Put what the service refused beside the level it is about."""
        by_level = dict(zip([f"level-{level}" for level in LEVELS], self.levels, strict=True))
        for name, words in fields.items():
            if name in by_level:
                by_level[name].add_error("minutes", list(words))
            else:
                self.add_error(name if name in self.fields else None, list(words))
