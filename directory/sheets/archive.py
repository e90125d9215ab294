"""What is inside an .xlsx, looked at before it is parsed: no more markup than a list of contacts can need.

A 40 KB file may unpack to six million empty cells. Unpacking and counting is cheap, parsing is not: what is too
much is refused here, by the words of what there is too much of. Of the rest only texts, dates and rows are read.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from openpyxl.reader.excel import ExcelReader
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet._reader import FORMULA_TAG, ROW_TAG, WorkSheetParser
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS
from openpyxl.xml.functions import iterparse

from yangcheng_ec.errors import BadInput

__all__ = ["MAX_UNPACKED", "Book", "RowParser", "archive_check", "refused"]

MAX_UNPACKED = 25 * 1024 * 1024
MAX_PARTS = 1_000
# Sheets and their texts: 500,000 tags are 5,000 rows of 20 full columns. All else (styles, names) is dear to parse.
MAX_MARKUP = 12 * 1024 * 1024
MAX_TAGS = 500_000
MAX_OTHER_TAGS = 50_000
# Excel keeps 32,767 characters in a cell. A longer run between two tags is none of a cell; the parser would read it
# again with every block that arrives. A comment hides its tags, so there may be some only in small parts.
MAX_RUN = 256 * 1024
MAX_COMMENTED = 512 * 1024

_ROOMY = re.compile(r"^xl/(worksheets/[^/]+|sharedStrings)\.xml$", re.IGNORECASE)
_MARKUP = (".xml", ".rels")
_STRING, _TEXT, _RUN = (f"{{{SHEET_MAIN_NS}}}{name}" for name in ("si", "t", "r"))
_IN_ROW = frozenset(f"{{{SHEET_MAIN_NS}}}{name}" for name in ("c", "v", "f", "is", "t", "r"))


def refused(words: str) -> BadInput:
    """Return the refusal of a file."""
    return BadInput("文件没有导入，通讯录没有改动。", fields={"file": [words]})


def archive_check(content: bytes) -> None:
    """Raise BadInput for what is no workbook, unpacks to too much, or brings its own XML entities."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            _check_size(parts)
            tags = {True: 0, False: 0}
            for part in parts:
                if part.filename.lower().endswith(_MARKUP):
                    tags[bool(_ROOMY.match(part.filename))] += _tags(archive.read(part))
                    _check_tags(tags)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError) as error:
        raise refused("文件已损坏或加了密码，打不开。请在 Excel 里另存一份再上传。") from error


def _check_size(parts: list[zipfile.ZipInfo]) -> None:
    if sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise refused(f"文件解开后超过 {MAX_UNPACKED // 1024 // 1024} MB，没有读取。请只保留联络表。")
    if "xl/workbook.xml" not in {part.filename for part in parts}:
        raise refused("这不是 Excel 的 .xlsx 工作簿。")
    if sum(part.file_size for part in parts if part.filename.lower().endswith(_MARKUP)) > MAX_MARKUP:
        raise refused(_too_much("格子"))
    if len(parts) > MAX_PARTS:
        raise refused(_too_much("附带的内容"))


def _tags(data: bytes) -> int:
    """Return how many tags there are in a part. Raises BadInput for entities and for what no workbook holds."""
    plain = data.replace(b"\x00", b"")
    if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain:
        raise refused("工作簿里有不该有的内容（DOCTYPE），没有读取。")
    hidden = len(plain) > MAX_COMMENTED and (b"<!--" in plain or plain.count(b"<?") > 1)
    count = plain.count(b"<")
    if hidden or (count <= MAX_TAGS and max(map(len, plain.split(b"<"))) > MAX_RUN):
        raise refused("工作簿里有一段过长的内容，没有读取。请在 Excel 里另存一份，或另存为 CSV 再上传。")
    return count


def _check_tags(tags: dict[bool, int]) -> None:
    if tags[True] > MAX_TAGS:
        raise refused(_too_much("格子"))
    if tags[False] > MAX_OTHER_TAGS:
        raise refused(_too_much("格式、名称"))


def _too_much(what: str) -> str:
    return f"工作簿里的{what}太多（空着、看不见的也算），没有读取。请只保留联络表的行和列，或另存为 CSV 再上传。"


class Book(ExcelReader):
    """A workbook of which only names, texts and date formats are read; charts, themes and properties are left."""

    def __init__(self, content: bytes) -> None:
        super().__init__(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)

    def read_manifest(self) -> None:
        """Read what is where; the workbook lies where it always lies."""
        super().read_manifest()
        names = {part.PartName for part in self.package.Override if "main+xml" in part.ContentType}
        if names - {"/xl/workbook.xml"}:
            raise InvalidFileException("the workbook lies elsewhere")

    def read_strings(self) -> None:
        """Read the shared texts, of furigana and fonts nothing."""
        part = self.package.find(SHARED_STRINGS)
        if part is not None:
            with self.archive.open(part.PartName[1:]) as source:
                self.shared_strings = list(_strings(source))

    def read_properties(self) -> None:
        """Leave the author and dates unread."""

    def read_custom(self) -> None:
        """Leave them unread."""

    def read_theme(self) -> None:
        """Leave the colours unread."""

    def read_chartsheet(self, sheet: Any, rel: Any) -> None:
        """Leave charts unread."""


def _strings(source: Any) -> Iterator[str]:
    for _, node in iterparse(source):
        if node.tag == _STRING:
            texts = [*node.findall(_TEXT), *node.findall(f"{_RUN}/{_TEXT}")]
            yield "".join(text.text or "" for text in texts).replace("x005F_", "")
            node.clear()


class RowParser(WorkSheetParser):
    """Rows of a sheet and nothing else: no validations, links or shared formulas, each dear to unfold."""

    @classmethod
    def of(cls, book: Any, texts: list[str], source: Any) -> RowParser:
        """Return the parser of a sheet of this book, whose cells name its texts by number."""
        formats = {"date_formats": book._date_formats, "timedelta_formats": book._timedelta_formats}
        return cls(source, texts, epoch=book.epoch, **formats)

    def parse(self) -> Iterator[tuple[int, list[dict[str, Any]]]]:
        """Yield the rows that are there, with the cells that are there."""
        for _, element in iterparse(self.source):
            if element.tag == ROW_TAG:
                yield self.parse_row(element)
            if element.tag not in _IN_ROW:
                element.clear()

    def parse_formula(self, element: Any) -> str:
        """Return the formula as it is written; it is never executed."""
        return f"={element.findtext(FORMULA_TAG) or ''}"
