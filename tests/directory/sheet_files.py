"""Files as other offices send them, made by the tests themselves."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook, load_workbook

from directory.models import ContactSheet

__all__ = ["bomb", "csv_file", "faults", "lines", "rows_of", "uploaded", "with_xml", "xlsx"]


def xlsx(rows: Iterable[Sequence[Any]], *, merged: Sequence[str] = (), sheets: Sequence[str] = ("联络表",)) -> bytes:
    """Return a workbook whose last sheet holds the rows; the sheets before it hold something else."""
    book = Workbook()
    book.active.title = sheets[0]
    for name in sheets[1:]:
        book.create_sheet(name)
    for name in sheets[:-1]:
        book[name].append(["关于报送联络表的通知"])
    sheet = book[sheets[-1]]
    for row in rows:
        sheet.append(list(row))
    for cells in merged:
        sheet.merge_cells(cells)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def csv_file(rows: Iterable[Sequence[str]], encoding: str) -> bytes:
    """Return the rows as csv."""
    return "\r\n".join(",".join(row) for row in rows).encode(encoding)


def bomb() -> bytes:
    """Return a small file that unpacks to 60 MB."""
    buffer = io.BytesIO(xlsx([["单位", "电话"]]))
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet9.xml", b" " * 60 * 1024 * 1024)
    return buffer.getvalue()


def with_xml(rows: bytes) -> bytes:
    """Return a workbook with one row of text, followed by these rows as a program may have written them."""
    source, buffer = io.BytesIO(xlsx([["单位", "电话"]])), io.BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(part.filename, old.read(part).replace(b"</sheetData>", rows + b"</sheetData>"))
    return buffer.getvalue()


def uploaded(content: bytes, name: str = "联络表.xlsx") -> SimpleUploadedFile:
    """Return the file as a browser sends it."""
    return SimpleUploadedFile(name, content)


def rows_of(content: bytes) -> list[list[Any]]:
    """Return the cells of a workbook's first sheet, as Excel would hold them."""
    return [[cell.value for cell in row] for row in load_workbook(io.BytesIO(content)).worksheets[0].iter_rows()]


def lines(sheet: ContactSheet, state: str) -> list[dict[str, Any]]:
    """Return the preview's lines of one sort."""
    return [item for item in sheet.items if item["state"] == state]


def faults(sheet: ContactSheet) -> dict[str, str]:
    """Return what is wrong, by cell."""
    return {error["cell"]: error["text"] for item in lines(sheet, "error") for error in item["errors"]}
