"""The directory as a workbook, with the headers that import reads back: importing an export changes nothing."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.worksheet.worksheet import Worksheet

from directory.models import Contact
from directory.sheets.snapshot import source_of
from yangcheng_ec.clock import SHANGHAI

__all__ = ["HEADERS", "workbook_of"]

HEADERS = ("单位", "类型", "号码", "联系人", "表上名称", "备注", "来源", "最近核实")
WIDTHS = (34, 12, 18, 14, 40, 30, 22, 18)
SHEET = "通讯录"
_LINE = Side(style="thin", color="000000")
_GRID = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_WRAP = Alignment(wrap_text=True, vertical="center")
_HEAD = Alignment(horizontal="center", vertical="center")


def workbook_of(contacts: Sequence[Contact]) -> bytes:
    """Return the contacts (each with ``shown``) as xlsx. Every cell is text: none can become a formula."""
    book = Workbook(write_only=True)
    sheet: Worksheet = book.create_sheet(SHEET)
    sheet.freeze_panes = "A2"
    for letter, width in zip("ABCDEFGH", WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.append([_cell(sheet, text, head=True) for text in HEADERS])
    for contact in contacts:
        sheet.append([_cell(sheet, text) for text in _texts(contact)])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _texts(contact: Contact) -> tuple[str, ...]:
    shown: str = contact.shown  # type: ignore[attr-defined]
    return (
        contact.unit.name, str(contact.get_kind_display()), shown, contact.person, contact.printed_name, contact.note,
        source_of(contact), _day(contact.verified_at),
    )  # fmt: skip


def _day(moment: datetime | None) -> str:
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d") if moment else ""


def _cell(sheet: Worksheet, text: str, *, head: bool = False) -> WriteOnlyCell:
    """Return a text cell. ``quotePrefix`` is Excel's leading apostrophe: the text stays text when it is edited."""
    cell = WriteOnlyCell(sheet, value=text)
    cell.data_type = "s"
    cell.number_format = "@"
    cell.border, cell.alignment = _GRID, _HEAD if head else _WRAP
    cell.font = Font(bold=head)
    if text[:1] in "=+-@" and text:
        cell.quotePrefix = True
    return cell
