"""Reading uploaded sheets: the list, one with its preview in groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from directory.models import Appointment, ContactSheet, PlanVersion, Post, User
from directory.selectors.touches import Touch, touches_of
from directory.sheets.choices import ItemState
from directory.sheets.mapping import headers_of
from directory.sheets.reading import SheetGrid
from yangcheng_ec.clock import database_now
from yangcheng_ec.errors import NotVisible
from yangcheng_ec.permissions import Page, may_open

__all__ = [
    "ItemGroup",
    "SheetColumn",
    "SheetTouch",
    "item_groups",
    "plan_choices",
    "sheet_columns",
    "sheet_get",
    "sheet_names",
    "sheet_touches",
    "sheets_recent",
]

SHOWN = 200
SAMPLES = 3
# Appointments looked at for what they touch: each costs statements, the rest is said on its own page.
TOUCHING = 10


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


@dataclass(frozen=True)
class SheetTouch:
    """What one appointment of the sheet touches once it is confirmed."""

    name: str
    post: str
    touches: list[Touch]


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


def plan_choices() -> list[tuple[str, str]]:
    """Return the plans in force: code and short name."""
    rows = PlanVersion.objects.filter(in_force=True).order_by("-plan__code")
    return [(str(code), str(name)) for code, name in rows.values_list("plan__code", "plan__short_name")]


def sheet_touches(sheet: ContactSheet, user: Any) -> list[SheetTouch]:
    """Return what the sheet's appointments touch once confirmed: open proposals, duty slots.

    Only the first few are looked at. A unit's own post that was never held is in no roster yet.
    """
    wanted = [item["appointment"] for item in sheet.items if "appointment" in item][:TOUCHING]
    if not wanted:
        return []
    posts = Post.objects.select_related("version__plan", "unit").defer("version__texts")
    posts_by_code = posts.in_bulk([one["post_code"] for one in wanted], field_name="code")
    people = User.objects.in_bulk([one["person_id"] for one in wanted])
    found = []
    for one in wanted:
        person, post = people.get(one["person_id"]), posts_by_code.get(one["post_code"])
        if person is not None and post is not None:
            row = Appointment(user=person, post=post, starts_at=database_now())
            found.append(SheetTouch(one["name"], one["post"], touches_of(row, user, ending=False)))
    return [touch for touch in found if touch.touches]
