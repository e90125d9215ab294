"""Forms of the members of a case: add to the command, take out, put into a group, take out of a group."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from directory.choices import UnitKind
from directory.models import Unit
from directory.selectors.membership import GroupLine, MemberLine
from incidents.forms.base import new_key
from incidents.services import MemberChange
from yangcheng_ec.forms import CleanCharField

__all__ = ["GroupAddForm", "GroupRemoveForm", "MemberAddForm", "MemberRemoveForm", "units_grouped"]

CHOOSE = ("", "—")


def units_grouped(units: Iterable[Unit]) -> list[Any]:
    """Return units as choices grouped by kind, by code."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for unit in units:
        groups.setdefault(str(UnitKind(unit.kind).label), []).append((unit.code, unit.name))
    return [CHOOSE, *groups.items()]


class _ChangeForm(forms.Form):
    """What every change of a member needs: the unit, the reason, a key against a second click."""

    kind = ""
    button: Any = ""
    unit = forms.ChoiceField(label=gettext_lazy("单位"))
    reason = CleanCharField(label=gettext_lazy("理由"), max_length=300)
    idempotency_key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=100, initial=new_key)

    def __init__(self, *args: Any, choices: list[Any], **kwargs: Any) -> None:
        kwargs["auto_id"] = f"id_{self.kind}_%s"
        super().__init__(*args, **kwargs)
        self.fields["unit"].choices = choices  # type: ignore[attr-defined]

    def change(self) -> MemberChange:
        """Return what was asked for the service."""
        return MemberChange(unit=self.cleaned_data["unit"], reason=self.cleaned_data["reason"])


class MemberAddForm(_ChangeForm):
    """Add a unit to the command."""

    kind = "add"
    button = gettext_lazy("增加为成员单位")


class MemberRemoveForm(_ChangeForm):
    """Take a unit out of the command."""

    kind = "remove"
    button = gettext_lazy("调出")

    @staticmethod
    def choices_of(lines: Iterable[MemberLine]) -> list[Any]:
        """Return the members that may be taken out."""
        return [CHOOSE, *((line.unit.code, line.unit.name) for line in lines if line.unit is not None)]

    def change(self) -> MemberChange:
        """Return what was asked for the service."""
        data = self.cleaned_data
        return MemberChange(unit=data["unit"], reason=data["reason"], remove=True)


class GroupAddForm(_ChangeForm):
    """Put a unit into a work group."""

    kind = "group_add"
    button = gettext_lazy("加入工作组")
    group = forms.TypedChoiceField(label=gettext_lazy("工作组"), coerce=int)
    field_order = ["group", "unit", "reason"]

    def __init__(self, *args: Any, groups: Iterable[GroupLine], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = [(line.group.number, line.group.name) for line in groups]
        self.fields["group"].choices = [CHOOSE, *rows]  # type: ignore[attr-defined]

    def change(self) -> MemberChange:
        """Return what was asked for the service."""
        data = self.cleaned_data
        return MemberChange(unit=data["unit"], reason=data["reason"], group=data["group"])


class GroupRemoveForm(_ChangeForm):
    """Take a unit out of a work group: one choice names both."""

    kind = "group_remove"
    button = gettext_lazy("调出工作组")

    @staticmethod
    def choices_of(lines: Iterable[GroupLine]) -> list[Any]:
        """Return each group's members but its lead, as «number|code»."""
        return [
            CHOOSE,
            *(
                (line.group.name, [(f"{line.group.number}|{code}", name) for code, name in _leaving(line)])
                for line in lines
            ),
        ]

    def change(self) -> MemberChange:
        """Return what was asked for the service."""
        number, _, code = self.cleaned_data["unit"].partition("|")
        return MemberChange(unit=code, reason=self.cleaned_data["reason"], group=int(number), remove=True)


def _leaving(line: GroupLine) -> list[tuple[str, str]]:
    return [(row.unit.code, row.unit.name) for row in line.members if row.unit and not row.lead and not row.out]
