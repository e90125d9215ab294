"""Forms for the care of contacts: a ruling on two numbers, a place in the order of dialling."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from directory.models import UNRANKED, Contact
from directory.selectors.conflicts import Conflict
from yangcheng_ec.forms import CleanCharField

__all__ = ["PlaceForm", "RulingForm"]


class RulingForm(forms.Form):
    """Which number of a pair is dialled first, and why; with the versions the page showed."""

    chosen = forms.TypedChoiceField(
        label=_("先拨"),
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": _("请选择先拨哪一个号码。"), "invalid_choice": _("请选择先拨哪一个号码。")},
    )
    reason = CleanCharField(
        label=_("理由"),
        max_length=300,
        error_messages={"required": _("裁定须写明理由，例如：某月某日拨打，对方答复新号码。")},
    )
    first_version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    second_version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, pair: Conflict, data: Any = None) -> None:
        self.pair = pair
        initial = {
            "first_version": pair.first.version,
            "second_version": pair.second.version,
            "version": pair.ruling.version if pair.ruling else 0,
        }
        super().__init__(data, initial=initial, auto_id=f"id_{pair.unit.code}_%s")
        self.fields["chosen"].choices = [(side.pk, _side_label(side)) for side in pair.sides]  # type: ignore[attr-defined]

    @property
    def seen(self) -> dict[int, int]:
        """Return both contacts with the versions they were read at."""
        data = self.cleaned_data
        return {self.pair.first.pk: data["first_version"], self.pair.second.pk: data["second_version"]}


def _side_label(contact: Contact) -> str:
    plan = contact.plan_version.plan.short_name if contact.plan_version else ""
    return f"{contact.value}（{plan}）"


class PlaceForm(forms.Form):
    """A number's place in its unit's order of dialling."""

    place = forms.TypedChoiceField(label=_("拨打顺序"), coerce=int, empty_value=None, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    def __init__(self, contact: Contact, places: int, data: Any = None) -> None:
        initial = {"place": "" if contact.preference == UNRANKED else contact.preference, "version": contact.version}
        super().__init__(data, initial=initial)
        ranks = [(number, _("第 %(n)s 个") % {"n": number}) for number in range(1, places + 1)]
        self.fields["place"].choices = [("", _("不指定")), *ranks]  # type: ignore[attr-defined]
