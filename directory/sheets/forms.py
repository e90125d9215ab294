"""Forms of the import: the file, and how its sheet is read."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from directory.models import ContactSheet
from directory.selectors.contact_sheets import plan_choices, sheet_columns, sheet_names
from directory.sheets.choices import ColumnRole

__all__ = ["LayoutForm", "SheetFileForm"]

PREFIX = "column_"


class SheetFileForm(forms.Form):
    """The file."""

    file = forms.FileField(
        label=_("联络表"),
        help_text=_("Excel 的 .xlsx，或 .csv（UTF-8、GB18030 都行）；10 MB、5000 行以内。公式不会执行。"),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
    )


class LayoutForm(forms.Form):
    """Which sheet, which header row, which column means what."""

    sheet = forms.ChoiceField(label=_("工作表"))
    header_row = forms.IntegerField(
        label=_("表头在第几行"), min_value=1, max_value=1_048_576, help_text=_("Excel 左边的行号。")
    )
    header_rows = forms.TypedChoiceField(label=_("表头占"), coerce=int, choices=[(1, _("1 行")), (2, _("2 行"))])
    plan = forms.ChoiceField(
        label=_("预案职务属于"),
        required=False,
        help_text=_("表里没有「预案」一列、又写了预案职务时选；分管负责人、联络员不用选。"),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    def __init__(self, *args: Any, sheet: ContactSheet, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {name: getattr(sheet, name) for name in self.base_fields})
        super().__init__(*args, **kwargs)
        self.fields["sheet"].choices = [(name, name) for name in sheet_names(sheet)]  # type: ignore[attr-defined]
        self.fields["plan"].choices = [("", _("—")), *plan_choices()]  # type: ignore[attr-defined]
        self.columns = sheet_columns(sheet)
        for column in self.columns:
            self.fields[PREFIX + column.letter] = forms.ChoiceField(
                label=_("%(letter)s 列 %(header)s") % {"letter": column.letter, "header": column.header[:40]},
                required=False, choices=ColumnRole.choices, initial=column.role,
                help_text="、".join(column.samples) or _("（这一列是空的）"),
            )  # fmt: skip

    def column_fields(self) -> list[forms.BoundField]:
        """Return the columns' fields, for the template."""
        return [self[PREFIX + column.letter] for column in self.columns]

    def layout(self) -> dict[str, Any]:
        """Return what was chosen for the service."""
        data = self.cleaned_data
        columns = {name.removeprefix(PREFIX): role for name, role in data.items() if name.startswith(PREFIX)}
        names = ("sheet", "header_row", "header_rows", "plan", "version")
        return {name: data[name] for name in names} | {"columns": columns}
