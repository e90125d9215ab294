"""Forms of rosters, hand-offs and the duty log. What may stand in a field is decided by the services."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from directory.choices import DutyRole, RosterPattern
from directory.models import DutySlot, Roster, User
from directory.selectors.roster import People
from yangcheng_ec.forms import CleanCharField, LocalDateTimeField, LongTextField

__all__ = [
    "HandoffForm",
    "HolidayForm",
    "LogForm",
    "RosterForm",
    "SignForm",
    "SlotForm",
    "SwapAnswerForm",
    "SwapForm",
]

NOBODY = ("", _("（空缺）"))
# Typed, since a browser's own pickers follow the browser's language (ADR 0011).
CLOCK = {"placeholder": "08:00", "autocomplete": "off", "class": "num"}
DAY = {"placeholder": "2026-10-01", "autocomplete": "off", "class": "num"}


class PersonChoice(forms.TypedChoiceField):
    """A person of the body, or another one where the body may borrow; the value is the account's id."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(coerce=int, empty_value=None, required=False, **kwargs)

    def fill(self, people: People, kept: User | None) -> None:
        """Offer the people, and whoever stands there already."""
        groups: list[Any] = [NOBODY, (_("本单位、本指挥部"), [_option(one) for one in people.own])]
        if people.others:
            groups.append((_("其他单位"), [_option(one) for one in people.others]))
        if kept is not None and kept.pk not in people.by_id:
            groups.append((_("已排"), [_option(kept)]))
        self.choices = groups


def _option(person: User) -> tuple[int, str]:
    unit = f"（{person.unit}）" if person.unit else ""
    return person.pk, f"{person.display_name}{unit}"


class SlotForm(forms.Form):
    """One turn of one day."""

    leader = PersonChoice(label=_("带班领导"))
    officer = PersonChoice(label=_("值班员"))
    note = CleanCharField(label=_("备注"), max_length=200, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, people: People, slot: DutySlot | None, **kwargs: Any) -> None:
        initial = {
            "leader": slot.leader_id if slot else None,
            "officer": slot.officer_id if slot else None,
            "note": slot.note if slot else "",
            "version": slot.version if slot else 0,
        }
        super().__init__(*args, **{**kwargs, "initial": initial})
        for role in DutyRole:
            field = self.fields[role.value]
            if isinstance(field, PersonChoice):
                field.fill(people, getattr(slot, role.value) if slot else None)


class RosterForm(forms.Form):
    """How a roster's days are divided."""

    pattern = forms.ChoiceField(label=_("班次"), choices=RosterPattern.choices, widget=forms.RadioSelect)
    day_at = forms.TimeField(label=_("白班开始（全天班交班）"), widget=forms.TimeInput(attrs=CLOCK, format="%H:%M"))
    night_at = forms.TimeField(label=_("夜班开始"), widget=forms.TimeInput(attrs=CLOCK, format="%H:%M"))
    most_in_row = forms.IntegerField(
        label=_("同一人最多连续几班"), min_value=1, max_value=31, help_text=_("超过时在值班表上标出，不拦截。")
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    @staticmethod
    def initial_of(roster: Roster) -> dict[str, Any]:
        """Return what the form shows of a roster."""
        return {name: getattr(roster, name) for name in RosterForm.base_fields}


class HolidayForm(forms.Form):
    """A day off, or a weekend worked instead."""

    day = forms.DateField(label=_("日期"), widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"))
    name = CleanCharField(label=_("名称"), max_length=20)
    is_workday = forms.BooleanField(label=_("调休上班（不放假）"), required=False)


class SwapForm(forms.Form):
    """Which of my turns, and who takes it: for nothing, or for one of theirs. One choice each: no script is needed."""

    mine = forms.ChoiceField(label=_("我的班次"))
    wish = forms.ChoiceField(label=_("请谁来值"), help_text=_("可以只请对方代班，也可以与对方的班次对换。"))
    reason = CleanCharField(label=_("原因"), max_length=200)

    def __init__(self, *args: Any, user: Any, people: People, slots: Iterable[DutySlot], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mine: list[tuple[str, str]] = []
        theirs: dict[int, list[tuple[str, str]]] = {}
        for slot in slots:
            for role in DutyRole:
                person = getattr(slot, f"{role.value}_id")
                if person == user.pk:
                    mine.append((f"{slot.pk}:{role.value}", f"{slot.label} {role.label}"))
                elif person is not None:
                    theirs.setdefault(person, []).append((f"{person}:{slot.pk}", f"对换：{slot.label} {role.label}"))
        self.fields["mine"].choices = mine  # type: ignore[attr-defined]
        self.fields["wish"].choices = [("", _("请选择"))] + [  # type: ignore[attr-defined]
            (str(one), [(f"{one.pk}:0", _("%(name)s代班，不换回") % {"name": one}), *theirs.get(one.pk, [])])
            for one in people.by_id.values()
            if one.pk != user.pk
        ]
        self.has_mine = bool(mine)
        self.turns = [value for value, _label in mine]

    def prefer(self, slot: str) -> None:
        """Show this turn of mine as chosen."""
        self.fields["mine"].initial = next((value for value in self.turns if value.startswith(f"{slot}:")), None)

    def asked(self) -> dict[str, Any]:
        """Return what was chosen for the service."""
        slot, _colon, role = self.cleaned_data["mine"].partition(":")
        other, _colon, with_slot = self.cleaned_data["wish"].partition(":")
        return {
            "slot_id": int(slot),
            "role": role,
            "other_id": int(other),
            "with_slot_id": int(with_slot) or None,
            "reason": self.cleaned_data["reason"],
        }


class SwapAnswerForm(forms.Form):
    """The answer to a swap."""

    note = CleanCharField(label=_("说明"), max_length=200, required=False, help_text=_("不同意时必填。"))


class HandoffForm(forms.Form):
    """What is handed over beside the counts."""

    text = LongTextField(
        label=_("交接事项"), required=False, rows=5, help_text=_("未办完的事、领导交代、设备和车辆情况、特别注意的事。")
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)


class SignForm(forms.Form):
    """A signature under a hand-off."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    note = CleanCharField(
        label=_("接班说明"), max_length=300, required=False, help_text=_("情况与记载不符的，写在这里。")
    )


class LogForm(forms.Form):
    """A line of the duty log."""

    at = LocalDateTimeField(label=_("时间"), required=False, help_text=_("不填即现在；精确到分钟。"))
    text = LongTextField(label=_("内容"), rows=3)
    corrects = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1)
