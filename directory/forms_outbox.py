"""Forms of the outbox: a switch, dead letters, how somebody is reached."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from yangcheng_ec.deadlines.choices import NOTICE_KINDS, Channel
from yangcheng_ec.deadlines.models import ChannelRule
from yangcheng_ec.deadlines.services import RuleEntry
from yangcheng_ec.forms import CleanCharField

__all__ = ["LettersForm", "RuleForm", "SwitchForm"]

PLACES = 5
PLACE_LABELS = (_("先走"), _("再走"), _("第三"), _("第四"), _("第五"))


class SwitchForm(forms.Form):
    """Why, and the version seen (0: nobody has switched it yet)."""

    reason = CleanCharField(label=_("原因"), max_length=300)
    on = forms.BooleanField(widget=forms.HiddenInput, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)


class LettersForm(forms.Form):
    """Which dead letters, and what becomes of them: those ticked, or all of ``channel``."""

    act = forms.ChoiceField(
        choices=[("resend", _("重新投递勾选的")), ("resend_all", _("重新投递全部")), ("drop", _("不再投递勾选的"))]
    )
    letters = forms.TypedMultipleChoiceField(label=_("信件"), coerce=int, required=False)
    channel = forms.ChoiceField(choices=[("", ""), *Channel.choices], required=False)
    reason = CleanCharField(label=_("不再投递的原因"), max_length=300, required=False)

    def __init__(self, *args: Any, shown: Sequence[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["letters"].choices = [(str(pk), str(pk)) for pk in shown]  # type: ignore[attr-defined]


class RuleForm(forms.Form):
    """How an addressee is reached for a kind of notice."""

    addressee = forms.ChoiceField(label=_("收件人"), required=False)
    kind = forms.ChoiceField(label=_("哪类通知"), required=False, choices=[("", _("全部")), *NOTICE_KINDS.items()])
    robots = forms.MultipleChoiceField(
        label=_("群机器人"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("勾选的群里能看到发给这个收件人的通知。机器人的密钥在服务器配置里，这里只看得到名称。"),
    )  # fmt: skip
    quiet_from = forms.TimeField(
        label=_("免打扰从"), required=False, widget=forms.TimeInput(attrs={"placeholder": "22:00"}, format="%H:%M")
    )
    quiet_to = forms.TimeField(
        label=_("免打扰到"), required=False, widget=forms.TimeInput(attrs={"placeholder": "07:00"}, format="%H:%M")
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, initial=0)

    def __init__(self, *args: Any, addressees: Sequence[tuple[str, str]], everybody: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        whole = [("", _("全部收件人"))] if everybody else []
        self.labels = dict(addressees)
        choices: dict[str, Any] = {"addressee": [*whole, *addressees]}
        choices["robots"] = [(name, name) for name in settings.ROBOTS]
        for place in range(1, PLACES + 1):
            choices[f"channel_{place}"] = [("", "—"), *Channel.choices]
            self.fields[f"channel_{place}"] = forms.ChoiceField(label=PLACE_LABELS[place - 1], required=False)
        for name, pairs in choices.items():
            self.fields[name].choices = pairs  # type: ignore[attr-defined]
        if not settings.ROBOTS:
            del self.fields["robots"]

    @property
    def places(self) -> list[forms.BoundField]:
        """Return the fields of the order."""
        return [self[f"channel_{place}"] for place in range(1, PLACES + 1)]

    def entry(self) -> RuleEntry:
        """Return what was typed, for the service."""
        data = self.cleaned_data
        chosen = [data[f"channel_{place}"] for place in range(1, PLACES + 1)]
        return RuleEntry(
            addressee=data["addressee"],
            label=self.labels.get(data["addressee"], ""),
            kind=data["kind"],
            channels=tuple(name for name in chosen if name),
            robots=tuple(data.get("robots", ())),
            quiet_from=data["quiet_from"],
            quiet_to=data["quiet_to"],
        )


def initial_of(rule: ChannelRule) -> dict[str, Any]:
    """Return a rule as its form's values."""
    order = {f"channel_{place}": name for place, name in enumerate(rule.channels[:PLACES], start=1)}
    return {
        "addressee": rule.addressee,
        "kind": rule.kind,
        "robots": rule.robots,
        "quiet_from": rule.quiet_from,
        "quiet_to": rule.quiet_to,
        "version": rule.version,
        **order,
    }
