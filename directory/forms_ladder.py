"""The form of a plan's ladder: one row per rung, blank rows to add some. What may stand is decided by the service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _, gettext_lazy

from directory.choices import LadderRunning
from directory.models import PlanVersion
from directory.services.ladders import LadderLine, told_choices
from yangcheng_ec.deadlines.choices import StepKind
from yangcheng_ec.forms import LongTextField

__all__ = ["LadderForm", "RungForm"]

BLANK_ROWS = 2
MOST_ROWS = 20
MOST_MINUTES = 60 * 24 * 7


class RungForm(forms.Form):
    """One rung. Minutes are typed without a sign: a reminder comes before the due time, an escalation after it."""

    kind = forms.ChoiceField(
        label=gettext_lazy("做什么"), choices=[(kind.value, kind.label) for kind in StepKind if kind != "overdue"]
    )
    minutes = forms.IntegerField(label=gettext_lazy("分钟"), required=False, min_value=1, max_value=MOST_MINUTES)
    audience = forms.MultipleChoiceField(
        label=gettext_lazy("告知谁"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, timed: bool, told: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        self.timed = timed
        super().__init__(*args, **kwargs)
        self.fields["audience"].choices = told  # type: ignore[attr-defined]
        self.fields["minutes"].widget.attrs |= {"class": "num", "inputmode": "numeric"}

    @property
    def at_due(self) -> bool:
        """Return whether this is the row of the due time itself: it is always there, with no minutes of its own."""
        return self.prefix == "timed-due"

    def line(self) -> LadderLine | None:
        """Return the rung as typed, or None for a row left blank."""
        told = tuple(self.cleaned_data.get("audience") or ())
        if self.at_due:
            return LadderLine(True, StepKind.OVERDUE.value, 0, told)
        minutes = self.cleaned_data.get("minutes")
        if minutes is None:
            return None
        kind = self.cleaned_data.get("kind", "")
        before = self.timed and kind == StepKind.REMIND
        return LadderLine(self.timed, kind, -minutes if before else minutes, told)


class LadderForm(forms.Form):
    """The whole ladder, what it means for running clocks, and why."""

    edition = forms.IntegerField(widget=forms.HiddenInput)
    running = forms.ChoiceField(
        label=gettext_lazy("正在计时的时限"), choices=LadderRunning.choices, widget=forms.RadioSelect
    )
    reason = LongTextField(label=gettext_lazy("理由"), max_length=300, rows=2)

    def __init__(self, data: Any = None, *, version: PlanVersion) -> None:
        super().__init__(data, initial={"edition": version.ladder_edition})
        self.told = told_choices(version)
        stored = list(version.ladder_rungs.order_by("number"))
        self.timed = self._rows(data, timed=True, stored=[row for row in stored if row.timed])
        self.untimed = self._rows(data, timed=False, stored=[row for row in stored if not row.timed])

    def _rows(self, data: Any, *, timed: bool, stored: Sequence[Any]) -> list[RungForm]:
        name = "timed" if timed else "untimed"
        at_due = next((row for row in stored if row.kind == StepKind.OVERDUE), None)
        others = [row for row in stored if row is not at_due]
        count = len(others) + BLANK_ROWS
        if data is not None:
            count = sum(f"{name}-{place}-minutes" in data for place in range(MOST_ROWS))
        rows = [self._row(data, f"{name}-{place}", timed, _initial(others, place)) for place in range(count)]
        if timed:
            place = sum(1 for row in others if row.offset_minutes < 0)
            rows.insert(place, self._row(data, "timed-due", timed, {"audience": at_due.audience if at_due else []}))
        return rows

    def _row(self, data: Any, prefix: str, timed: bool, initial: Mapping[str, Any]) -> RungForm:
        row = RungForm(data, prefix=prefix, initial=dict(initial), timed=timed, told=self.told)
        if row.at_due:
            del row.fields["kind"], row.fields["minutes"]
        return row

    def is_valid(self) -> bool:
        """Look at every row as well, so that all faults are shown at once."""
        rows = [row.is_valid() for row in (*self.timed, *self.untimed)]
        return super().is_valid() and all(rows)

    def placed(self) -> dict[str, tuple[RungForm, LadderLine]]:
        """Return the rungs by the service's names for them (``timed-1``…), each ladder in the order of time."""
        found = {}
        for name, rows in (("timed", self.timed), ("untimed", self.untimed)):
            lines = [(row, line) for row in rows if (line := row.line()) is not None]
            lines.sort(key=lambda pair: pair[1].minutes)
            found.update({f"{name}-{place}": pair for place, pair in enumerate(lines, start=1)})
        return found

    def take_errors(self, fields: Mapping[str, Sequence[str]]) -> None:
        """Put what the service refused beside the row it is about."""
        placed = self.placed()
        for name, words in fields.items():
            if name in placed:
                place = "audience" if "告知" in "".join(words) or placed[name][0].at_due else "minutes"
                placed[name][0].add_error(place, list(words))
            else:
                self.add_error(name if name in self.fields else None, list(words))
        self.add_error(None, _("没有调整，请更正标出的各级。"))


def _initial(rows: Sequence[Any], place: int) -> dict[str, Any]:
    if place >= len(rows):
        return {"kind": StepKind.REMIND.value}
    row = rows[place]
    return {"kind": row.kind, "minutes": abs(row.offset_minutes), "audience": row.audience}
