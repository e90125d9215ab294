"""Reading uploaded sheets: the list, one with its preview in groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from directory.models import ContactSheet
from directory.sheets.choices import ItemState
from directory.sheets.mapping import headers_of
from directory.sheets.reading import SheetGrid
from yangcheng_ec.errors import NotVisible
from yangcheng_ec.permissions import Page, may_open

__all__ = ["ItemGroup", "SheetColumn", "item_groups", "sheet_columns", "sheet_get", "sheet_names", "sheets_recent"]

SHOWN = 200
SAMPLES = 3


@dataclass(frozen=True)
class ItemGroup:
    """The preview's lines of one sort; ``hidden`` of them are not on the page unless asked for."""

    state: ItemState
    items: Sequence[dict[str, Any]]
    count: int

    @property
    def hidden(self) -> int:
        """Return how many are not shown."""
        return self.count - len(self.items)


@dataclass(frozen=True)
class SheetColumn:
    """A column of the chosen sheet: its letter, header, first texts, and the role it has now."""

    letter: str
    header: str
    samples: list[str]
    role: str


def sheets_visible_to(user: Any) -> QuerySet[ContactSheet]:
    """Return the uploaded sheets for those who keep the directory."""
    rows = ContactSheet.objects.select_related("by", "written_by")
    return rows if may_open(user, Page.DIRECTORY_EDIT) else rows.none()


def sheets_recent(user: Any, count: int = 10) -> list[ContactSheet]:
    """Return the newest uploads, without their contents."""
    return list(sheets_visible_to(user).defer("book", "items")[:count])


def sheet_get(user: Any, pk: int) -> ContactSheet:
    """Return one uploaded sheet. Raises NotVisible."""
    found = sheets_visible_to(user).filter(pk=pk).first()
    if found is None:
        raise NotVisible()
    return found


def sheet_names(sheet: ContactSheet) -> list[str]:
    """Return the names of the workbook's sheets that hold text."""
    return [data["name"] for data in sheet.book]


def sheet_columns(sheet: ContactSheet) -> list[SheetColumn]:
    """Return the chosen sheet's columns that hold text, with what stands in their first rows."""
    data = next((data for data in sheet.book if data["name"] == sheet.sheet), None)
    if data is None:
        return []
    grid = SheetGrid.restored(data)
    below = [row.cells for row in grid.rows if row.number >= sheet.header_row + sheet.header_rows]
    found = []
    for index, (letter, header) in enumerate(headers_of(grid, sheet.header_row, sheet.header_rows).items()):
        texts = dict.fromkeys(cells[index] for cells in below[:30] if index < len(cells) and cells[index])
        samples = [text[:24] for text in list(texts)[:SAMPLES]]
        if header or samples or letter in sheet.columns:
            found.append(SheetColumn(letter, header, samples, sheet.columns.get(letter, "")))
    return found


def item_groups(sheet: ContactSheet, whole: str = "") -> list[ItemGroup]:
    """Return the preview by what each line would do, errors first; ``whole`` names the sort to show in full."""
    groups = []
    for state in ItemState:
        items = [item for item in sheet.items if item["state"] == state]
        if items:
            groups.append(ItemGroup(state, items if whole == state else items[:SHOWN], len(items)))
    return groups
