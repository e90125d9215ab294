"""Reading a file another office sent: xlsx, or csv in UTF-8 or GB18030. Nothing in it is ever executed.

A file is untrusted: its size, unpacked size, rows, columns and texts have limits, and each refusal says which.
"""

from __future__ import annotations

import csv
import io
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from openpyxl.utils import get_column_letter, range_boundaries

from directory.sheets.archive import Book, RowParser, archive_check, refused
from yangcheng_ec.errors import BadInput
from yangcheng_ec.text import clean_text

__all__ = ["MAX_BYTES", "MAX_COLUMNS", "MAX_ROWS", "Row", "SheetGrid", "book_read"]

MAX_BYTES = 10 * 1024 * 1024
MAX_ROWS = 5_000
MAX_COLUMNS = 60
MAX_CELL = 400
MAX_SHEETS = 30
# Rows that are there without a text: styled down to the end of the sheet by a careless hand.
MAX_BARE_ROWS = 100_000
# Cells right of this are not looked at; one between MAX_COLUMNS and here gets the file refused.
SEEN_COLUMNS = 80

LAST_ROW = 1_048_576

OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})"')
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_COMMAND = re.compile(r"^[+\-@].*[|(!]")


@dataclass(frozen=True)
class Row:
    """A row with text in it: its number as Excel shows it, and its cells."""

    number: int
    cells: list[str]


@dataclass
class SheetGrid:
    """One sheet: its rows that hold text, and what is wrong with single cells (``C7`` → words)."""

    name: str
    rows: list[Row] = field(default_factory=list)
    faults: dict[str, str] = field(default_factory=dict)

    def stored(self) -> dict[str, Any]:
        """Return the sheet for the database."""
        return {"name": self.name, "rows": [[row.number, row.cells] for row in self.rows], "faults": self.faults}

    @staticmethod
    def restored(data: dict[str, Any]) -> SheetGrid:
        """Return the sheet that ``stored`` made."""
        return SheetGrid(data["name"], [Row(number, cells) for number, cells in data["rows"]], data["faults"])


def book_read(name: str, content: bytes) -> list[SheetGrid]:
    """Return the sheets of a file that hold text, by what the file is, not by what it is called.

    Raises BadInput (field ``file``): too large, an old .xls or a locked file, no workbook, no text, no rows, too many.
    """
    if len(content) > MAX_BYTES:
        raise refused(f"文件超过 {MAX_BYTES // 1024 // 1024} MB，没有读取。请只保留要导入的那一张工作表再上传。")
    if not content.strip():
        raise refused("文件是空的。")
    if content.startswith(OLD_EXCEL):
        raise refused("这是旧版 .xls 文件，或加了密码的文件：请在 Excel 或 WPS 里去掉密码、另存为 .xlsx 再上传。")
    sheets = _workbook(content) if content.startswith(b"PK") else [_csv(name, content)]
    sheets = [sheet for sheet in sheets if sheet.rows]
    if not sheets:
        raise refused("文件里没有一行有内容。")
    if sum(len(sheet.rows) for sheet in sheets) > MAX_ROWS:
        raise refused(_too_many_rows())
    return sheets


def _too_many_rows() -> str:
    return f"文件超过 {MAX_ROWS} 行：请分成几个文件，或删去无关的工作表。"


# --- xlsx ----------------------------------------------------------------------------------------------------------


def _workbook(content: bytes) -> list[SheetGrid]:
    archive_check(content)
    try:
        book = Book(content)
        book.read()
        return _sheets(book)
    except BadInput:
        raise
    except Exception as error:
        raise refused("文件不是能打开的 .xlsx 工作簿（可能已损坏），请在 Excel 里另存一份再上传。") from error


def _sheets(book: Book) -> list[SheetGrid]:
    worksheets = list(book.wb.worksheets)
    if len(worksheets) > MAX_SHEETS:
        raise refused(f"工作簿有 {len(worksheets)} 张工作表，最多 {MAX_SHEETS} 张：请只保留联络表。")
    return [_sheet(book, worksheet) for worksheet in worksheets]


def _sheet(book: Book, worksheet: Any) -> SheetGrid:
    """Read one sheet row by row, stopping at the limits; merged cells get the value of their first cell."""
    grid = SheetGrid(worksheet.title)
    last = bare = 0
    with book.archive.open(worksheet._worksheet_path) as source:
        for number, cells in RowParser.of(book.wb, book.shared_strings, source).parse():
            if number <= last:
                continue
            last, texts = number, _texts(cells, number, grid)
            bare += not any(texts)
            if bare > MAX_BARE_ROWS:
                raise refused(_too_many_bare(grid.name))
            if number > LAST_ROW:
                raise ValueError(f"no sheet has a row {number}")
            _keep(grid, number, texts)
    _unmerge(grid, book.archive.read(worksheet._worksheet_path))
    return grid


def _too_many_bare(name: str) -> str:
    return f"工作表「{name}」有十万个以上的空行：请删去内容下面的空行，另存后再上传。"


def _texts(cells: list[dict[str, Any]], number: int, grid: SheetGrid) -> list[str]:
    texts: list[str] = []
    for cell in cells:
        column = cell["column"]
        if cell["value"] is not None and column <= SEEN_COLUMNS:
            texts.extend([""] * (column - len(texts)))
            texts[column - 1] = _cell_text(cell, number, column, grid)
    return texts


def _cell_text(cell: dict[str, Any], number: int, column: int, grid: SheetGrid) -> str:
    value = cell["value"]
    if cell["data_type"] == "f":
        grid.faults[_name(column, number)] = "是公式，没有执行；请改成公式算出的值"
        return str(value)[:MAX_CELL]
    if cell["data_type"] == "e":
        grid.faults[_name(column, number)] = f"是错误值 {value}"
        return str(value)
    return _text_kept(_plain(value), _name(column, number), grid.faults)


def _plain(value: Any) -> str:
    """Return what Excel shows: 4222029 for 4222029.0, a date as written in China."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float | Decimal) and value == int(value):
        return str(int(value))
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M").removesuffix(" 00:00")
    return value.isoformat() if isinstance(value, date) else str(value)


def _unmerge(grid: SheetGrid, xml: bytes) -> None:
    """Repeat a merged range's first value over the range: a unit written once beside three numbers has all three.

    Ranges of a real sheet do not overlap: together they hold no more cells than the sheet.
    """
    rows = {row.number: row for row in grid.rows}
    numbers, left_over = list(rows), MAX_ROWS * MAX_COLUMNS
    for found in _MERGED.finditer(xml):
        left, top, right, bottom = range_boundaries(found[1].decode())
        inside = numbers[bisect_left(numbers, top) : bisect_right(numbers, bottom)]
        columns = range(left, min(right, MAX_COLUMNS) + 1)
        left_over -= 1 + len(inside) * len(columns)
        if left_over < 0:
            raise refused(f"工作表「{grid.name}」里合并的格子太多或互相重叠，没有读取。请取消合并，另存后再上传。")
        _spread(grid, [rows[number] for number in inside], top, columns)


def _spread(grid: SheetGrid, rows: list[Row], top: int, columns: range) -> None:
    first = rows[0] if rows and rows[0].number == top else None
    if first is None or not columns or columns[0] > len(first.cells) or not first.cells[columns[0] - 1]:
        return
    fault = grid.faults.get(_name(columns[0], top))
    for row in rows:
        _repeat(row, first.cells[columns[0] - 1], columns, grid, fault)


def _repeat(row: Row, text: str, columns: range, grid: SheetGrid, fault: str | None) -> None:
    row.cells.extend([""] * (columns[-1] - len(row.cells)))
    for column in columns:
        if not row.cells[column - 1]:
            row.cells[column - 1] = text
            if fault:
                grid.faults[_name(column, row.number)] = fault


# --- csv -----------------------------------------------------------------------------------------------------------


def _csv(name: str, content: bytes) -> SheetGrid:
    text = _decoded(content)
    grid = SheetGrid(name.rsplit(".", 1)[0][:100] or "csv")
    try:
        lines = csv.reader(io.StringIO(text, newline=None), delimiter=_delimiter(text))
        bare = 0
        for number, cells in enumerate(lines, start=1):
            texts = list(_csv_cells(cells[:SEEN_COLUMNS], number, grid))
            bare += not any(texts)
            if bare > MAX_BARE_ROWS:
                raise refused(_too_many_bare(grid.name))
            _keep(grid, number, texts)
    except csv.Error as error:
        raise refused(f"CSV 文件第 {len(grid.rows) + 1} 行附近读不下去，请用 Excel 另存为 .xlsx 再上传。") from error
    return grid


def _csv_cells(cells: Iterable[str], number: int, grid: SheetGrid) -> Iterator[str]:
    for column, cell in enumerate(cells, start=1):
        yield _text_kept(cell, _name(column, number), grid.faults) if cell else ""


def _decoded(content: bytes) -> str:
    """Return the text: UTF-8 (with or without mark), UTF-16 with its mark, else GB18030."""
    encodings = ["utf-16"] if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not _CONTROL.search(text):
            return text
    raise refused("这不是 Excel 的 .xlsx，也不是 CSV 文本。")


def _delimiter(text: str) -> str:
    head = "\n".join(text[:20_000].splitlines()[:20])
    return max(",\t;", key=head.count)


# --- both ----------------------------------------------------------------------------------------------------------


def _name(column: int, number: int) -> str:
    return f"{get_column_letter(column)}{number}"


def _text_kept(value: str, name: str, faults: dict[str, str]) -> str:
    """Return a cell's text, with a fault where it is a command or too long to be any of our fields."""
    text = clean_text(value[: 2 * MAX_CELL]).strip()
    if text.startswith("=") or _COMMAND.match(text):
        faults[name] = "是公式，没有执行；请改成公式算出的值"
    if len(text) > MAX_CELL:
        faults[name] = f"有 {max(len(text), len(value))} 个字，最多 {MAX_CELL} 个"
        return text[:MAX_CELL]
    return text


def _keep(grid: SheetGrid, number: int, cells: list[str]) -> None:
    """Keep a row that holds text. Raises BadInput past the limits."""
    while cells and not cells[-1]:
        cells.pop()
    if not cells:
        return
    if len(cells) > MAX_COLUMNS:
        raise refused(f"工作表「{grid.name}」第 {number} 行超过 {MAX_COLUMNS} 列：请删去无关的列。")
    if len(grid.rows) >= MAX_ROWS:
        raise refused(_too_many_rows())
    grid.rows.append(Row(number, cells))
