"""Forms of the acts that set a case aside, take it up again, or bind it to another (「非预案规定」)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _, gettext_lazy

from incidents.choices import WithdrawGround
from incidents.forms.base import CaseForm, Line, Section
from incidents.selectors import incidents_visible_to
from incidents.selectors.merging import merge_candidates
from yangcheng_ec.forms import CleanCharField, LongTextField

__all__ = ["MergeForm", "ReopenForm", "UnlinkForm", "UnmergeForm", "WithdrawForm"]

NOT_OF_PLAN = gettext_lazy("两个预案均未规定")


class _ReasonForm(CaseForm):
    """Every one of these acts says why."""

    title: Any = ""
    reason_label: Any = gettext_lazy("理由")
    reason_example: Any = ""

    reason = LongTextField(label=gettext_lazy("理由"), rows=2)

    def prepare(self) -> None:
        """Ask in the act's own words; the reason comes last."""
        self.fields["reason"].label = self.reason_label
        self.order_fields([*[name for name in self.fields if name != "reason"], "reason"])

    def sections(self) -> list[Section]:
        """Mark the act as ours."""
        lines = [Line(bound, {}, self.example_of(bound.name)) for bound in self.visible_fields()]
        first = Line(lines[0].bound, {}, lines[0].example, str(NOT_OF_PLAN))
        return [Section(str(self.title), [first, *lines[1:]])]

    def example_of(self, name: str) -> str:
        """Return what helps to fill a field in."""
        return str(self.reason_example) if name == "reason" else ""


class UnlinkForm(_ReasonForm):
    """Which of the linked cases is another event after all."""

    title = gettext_lazy("取消关联")
    reason_label = gettext_lazy("为什么不是同一事件")
    reason_example = gettext_lazy("两处断点不同，一处是施工，一处是停电")

    other = forms.ChoiceField(label=gettext_lazy("与哪一起取消关联"), widget=forms.RadioSelect)

    def prepare(self) -> None:
        """Offer the linked cases this person sees."""
        super().prepare()
        rows = incidents_visible_to(self.user).filter(links=self.incident).order_by("number")
        self.fields["other"].choices = [(row.number, f"{row.number} {row.title}") for row in rows]  # type: ignore[attr-defined]


class MergeForm(_ReasonForm):
    """Which case is the main one: one of the open ones of the same plan, or any by its number."""

    title = gettext_lazy("并入另一起事件")
    reason_label = gettext_lazy("为什么是同一起事件")
    reason_example = gettext_lazy("同一机房同一告警，两人先后打电话报告")
    OTHER = "other"

    pick = forms.ChoiceField(label=gettext_lazy("主案是哪一起"), widget=forms.RadioSelect, required=False)
    into = CleanCharField(label=gettext_lazy("或填主案的编号"), max_length=30, required=False)

    def prepare(self) -> None:
        """Offer the open cases of the same plan, the newest first, each with what its merge does to the clocks."""
        super().prepare()
        self.candidates = merge_candidates(self.user, self.incident)
        self.sealing = any(item.sealed for item in self.candidates)
        rows = [(item.main.number, f"{item.main.number} {item.main.title}") for item in self.candidates]
        self.fields["pick"].choices = rows  # type: ignore[attr-defined]
        if not rows:
            del self.fields["pick"]

    def clean(self) -> dict[str, Any]:
        """A number that was typed is meant before one that was picked; one of them there must be."""
        data = super().clean() or {}
        data["into"] = data.get("into") or data.get("pick") or ""
        if not data["into"] and "into" not in self.errors:
            self.add_error("into", _("请选择主案，或填它的编号。"))
        return data


class UnmergeForm(_ReasonForm):
    """Why it is an event of its own."""

    title = gettext_lazy("撤销并案")
    reason_label = gettext_lazy("为什么不是同一起事件")
    reason_example = gettext_lazy("两台设备的日志时间对不上，是两次攻击")


class ReopenForm(_ReasonForm):
    """Why the case is taken up again."""

    title = gettext_lazy("恢复办理")
    reason_label = gettext_lazy("查明了什么，为什么恢复办理")
    reason_example = gettext_lazy("复查日志确有入侵；受理机构退回，说明不属其职责")


class WithdrawForm(_ReasonForm):
    """Why it should never have been filed."""

    title = gettext_lazy("撤回登记")
    reason_label = gettext_lazy("怎样发现登错的")
    reason_example = gettext_lazy("培训时误在正式系统登记")

    ground = forms.ChoiceField(
        label=gettext_lazy("撤回的原因"), choices=WithdrawGround.choices, widget=forms.RadioSelect,
        help_text=gettext_lazy("重复登记的不要撤回，请用「并入另一起事件」：更早的时限会随之带过去。"),
    )  # fmt: skip
    instead = CleanCharField(
        label=gettext_lazy("按正确预案登记的编号（登错预案的必填）"), max_length=30, required=False
    )

    def example_of(self, name: str) -> str:
        """Show a number of the other plan."""
        return "TX-20261122-001" if name == "instead" else super().example_of(name)
