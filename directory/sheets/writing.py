"""The directory as a workbook, with the headers that import reads back: importing an export changes nothing."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from directory.models import Contact
from directory.sheets.snapshot import source_of
from yangcheng_ec.clock import SHANGHAI

__all__ = ["HEADERS", "csv_lines", "text_csv", "text_workbook", "workbook_of"]

HEADERS = ("单位", "类型", "号码", "联系人", "职务", "表上名称", "备注", "来源", "最近核实")
WIDTHS = (34, 12, 18, 14, 20, 40, 30, 22, 18)
SHEET = "通讯录"
_RISKY = tuple("=+-@\t\r")
_LINE = Side(style="thin", color="000000")
_GRID = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_WRAP = Alignment(wrap_text=True, vertical="center")
_HEAD = Alignment(horizontal="center", vertical="center")


def workbook_of(contacts: Sequence[Contact]) -> bytes:
    """Return the contacts (each with ``shown``) as xlsx."""
    return text_workbook(SHEET, dict(zip(HEADERS, WIDTHS, strict=True)), [_texts(contact) for contact in contacts])


def text_workbook(name: str, columns: Mapping[str, int], rows: Iterable[Sequence[str]]) -> bytes:
    """Return rows as a workbook of one sheet, each header with its width. Every cell is text: none can be a formula."""
    book = Workbook(write_only=True)
    sheet: Worksheet = book.create_sheet(name)
    sheet.freeze_panes = "A2"
    for number, width in enumerate(columns.values(), start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.append([_cell(sheet, text, head=True) for text in columns])
    for texts in rows:
        sheet.append([_cell(sheet, text) for text in texts])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def text_csv(columns: Iterable[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Return rows as csv that Excel opens as Chinese; an apostrophe keeps what looks like a command from being one."""
    return b"".join(csv_lines(columns, rows))


def csv_lines(columns: Iterable[str], rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """Yield ``text_csv`` line by line, for a long list that is sent while it is read."""
    yield codecs.BOM_UTF8 + _csv_line(list(columns))
    for texts in rows:
        yield _csv_line([f"'{text}" if text[:1] in _RISKY else text for text in texts])


def _csv_line(texts: Sequence[str]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(texts)
    return buffer.getvalue().encode()


def _texts(contact: Contact) -> tuple[str, ...]:
    shown: str = contact.shown  # type: ignore[attr-defined]
    return (
        contact.unit.name, str(contact.get_kind_display()), shown, contact.person, contact.title,
        contact.printed_name, contact.note, source_of(contact), _day(contact.verified_at),
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
