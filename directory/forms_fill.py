"""Forms that arrange a whole month: a sheet, or a rotation."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from directory.choices import DutyRole, RotateEvery
from directory.duty_sheets.away import away_read, people_read
from directory.duty_sheets.names import NameBook, NameProblem
from directory.duty_sheets.rotation import Rotation
from directory.models import RosterDraft, User
from directory.services.roster_drafts import FillPlan
from yangcheng_ec.forms import CleanCharField, LongTextField

__all__ = ["FillForm", "RosterFileForm", "RosterSheetForm"]

LIST_LIMIT = 4_000
VACANT_ONLY, ALL_COMING = "vacant", "all"


class RosterFileForm(forms.Form):
    """The file."""

    file = forms.FileField(
        label=_("值班表文件"),
        help_text=_("Excel 的 .xlsx，或 .csv（UTF-8、GB18030 都行）；10 MB 以内。公式不会执行。"),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
    )


class RosterSheetForm(forms.Form):
    """Which worksheet of the file is the roster."""

    sheet = forms.ChoiceField(label=_("工作表"))
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    def __init__(self, *args: Any, draft: RosterDraft, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "initial": {"sheet": draft.sheet, "version": draft.version}})
        self.fields["sheet"].choices = [(one["name"], one["name"]) for one in draft.book]  # type: ignore[attr-defined]


class FillForm(forms.Form):
    """A month by rotation: names in order, one a line; no script is needed to put them in order."""

    leaders = LongTextField(
        label=_("带班领导，按轮班顺序"),
        required=False,
        rows=6,
        max_length=LIST_LIMIT,
        help_text=_("一行一个姓名；不填则不排带班领导。"),
    )
    officers = LongTextField(
        label=_("值班员，按轮班顺序"),
        required=False,
        rows=6,
        max_length=LIST_LIMIT,
        help_text=_("一行一个姓名；不填则不排值班员。"),
    )
    leader_every = forms.ChoiceField(label=_("带班领导多久一换"), choices=RotateEvery.choices, initial=RotateEvery.DAY)
    officer_every = forms.ChoiceField(label=_("值班员多久一换"), choices=RotateEvery.choices, initial=RotateEvery.TURN)
    start_leader = CleanCharField(
        label=_("带班领导从谁开始"), required=False, max_length=60, help_text=_("不填则接着上一班往下轮。")
    )
    start_officer = CleanCharField(
        label=_("值班员从谁开始"), required=False, max_length=60, help_text=_("不填则接着上一班往下轮。")
    )
    away = LongTextField(
        label=_("不在岗的人"),
        required=False,
        rows=3,
        max_length=LIST_LIMIT,
        help_text=_("一行一人，例如「张三 5日至8日、12月20日」；这些天跳过，由下一位顶上。"),
    )
    scope = forms.ChoiceField(
        label=_("排哪些班"),
        widget=forms.RadioSelect,
        initial=VACANT_ONLY,
        choices=[(VACANT_ONLY, _("只排空缺的")), (ALL_COMING, _("还没开始的全部重排"))],
    )

    def __init__(self, *args: Any, names: NameBook, month: date, lately: dict[str, list[User]], **kwargs: Any) -> None:
        self.names, self.month = names, month
        initial = {f"{role}s": "\n".join(names.label(person) for person in lately[role]) for role in DutyRole.values}
        super().__init__(*args, **{**kwargs, "initial": initial})

    def clean(self) -> dict[str, Any]:
        """Read the names; each that is nobody is said beside its list."""
        data = super().clean() or self.cleaned_data
        for role in DutyRole.values:
            people = self._listed(f"{role}s", lambda text, problems: people_read(text, self.names, problems))
            start = self._start(f"start_{role}", people)
            data[role] = Rotation(people, data.get(f"{role}_every", ""), start)
        data["absent"] = self._listed("away", lambda text, found: away_read(text, self.month, self.names, found))
        return data

    def _listed(self, name: str, read: Any) -> Any:
        problems: list[str] = []
        found = read(self.cleaned_data.get(name, ""), problems)
        for text in problems:
            self.add_error(name, text)
        return found

    def _start(self, name: str, people: list[User]) -> User | None:
        text = self.cleaned_data.get(name, "")
        if not text:
            return None
        try:
            person = self.names.find(text)
        except NameProblem as problem:
            self.add_error(name, str(problem))
            return None
        if person not in people:
            self.add_error(name, _("不在上面的名单里。"))
        return person

    def plan(self) -> FillPlan:
        """Return what was asked for the service."""
        data = self.cleaned_data
        rotations = {role: data[role] for role in DutyRole.values}
        return FillPlan(self.month, rotations, only_vacant=data["scope"] == VACANT_ONLY, away=data["absent"])
