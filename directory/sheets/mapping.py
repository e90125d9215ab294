"""Which row is the header, and what each column means: guessed by its words, then as the person chooses."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from openpyxl.utils import get_column_letter

from directory.choices import ContactKind
from directory.sheets.choices import NUMBER_ROLES, ColumnRole
from directory.sheets.reading import Row, SheetGrid

__all__ = [
    "Layout",
    "columns_guess",
    "header_key",
    "headers_of",
    "kind_called",
    "layout_guess",
    "mapping_problem",
    "plain",
]

SEARCHED_ROWS = 20
# The first pattern that fits a header wins; 「保密电话」 before 「电话」, 「联系人电话」 is a number, not a person.
_WORDS: tuple[tuple[ColumnRole, str], ...] = (
    (ColumnRole.POST, r"(预案|指挥部|应急).*(职务|岗位)|^担任职务$"),
    (ColumnRole.TERM, r"任职.*(起止|时间|期限|日期)|任期"),
    (ColumnRole.NATURE, r"任职方式"),
    (ColumnRole.IGNORE, r"序号|编号|核实|状态|^备案|日期|时间|不导入"),
    (ColumnRole.ACCOUNT, r"账号|帐号|登录名|用户名"),
    (ColumnRole.TITLE, r"职务|职位|岗位"),
    (ColumnRole.PLAN, r"^(所属|适用|哪个)?预案(名称)?$"),
    (ColumnRole.OLD, r"原.{0,4}(号码|电话|手机)|旧.{0,4}(号码|电话)"),
    (ColumnRole.SOURCE, r"^来源|(预案|附件|附录).*行"),
    (ColumnRole.KIND, r"(号码|电话|联络|联系)?(类型|类别|种类)"),
    (ColumnRole.PRINTED_NAME, r"表上|名称.*(打印|印)|印.*名称"),
    (ColumnRole.SECURE, r"保密|机要|红机"),
    (ColumnRole.FAX, r"传真"),
    (ColumnRole.EMAIL, r"邮箱|邮件|e-?mail"),
    (ColumnRole.MOBILE, r"手机|移动电话"),
    (ColumnRole.DUTY, r"值班.*(电话|号码)|值班$|办公.*(电话|号码)|座机|固定电话|固话"),
    (ColumnRole.NUMBER, r"电话|号码|联系方式|联络方式"),
    (ColumnRole.UNIT, r"单位|部门|机构|乡镇|成员"),
    (ColumnRole.PERSON, r"联系人|联络人|联络员|姓名|值班人|负责人|责任人"),
    (ColumnRole.NOTE, r"备注|说明"),
    (ColumnRole.UNIT, r"^名称$"),
)
_KINDS: tuple[tuple[str, str], ...] = (
    (ContactKind.SECURE, r"保密|机要|红机"),
    (ContactKind.FAX, r"传真"),
    (ContactKind.EMAIL, r"邮箱|邮件|e-?mail"),
    (ContactKind.MOBILE, r"手机|移动"),
    (ContactKind.DUTY, r"值班|办公|座机|固定|固话|^电话$"),
)


@dataclass(frozen=True)
class Layout:
    """How a sheet is read: its name, the header's first row and how many rows it takes, the columns' roles (A → unit).

    ``columns`` holds only the columns that are used.
    """

    sheet: str
    header_row: int
    header_rows: int
    columns: dict[str, str]


def layout_guess(sheets: Sequence[SheetGrid]) -> Layout:
    """Return the layout of the sheet whose header has the most words we know."""
    best, best_score = Layout(sheets[0].name, sheets[0].rows[0].number, 1, {}), 0
    for sheet in sheets:
        for index, row in enumerate(sheet.rows[:SEARCHED_ROWS]):
            rows = _header_height(sheet.rows, index)
            columns = columns_guess(headers_of(sheet, row.number, rows))
            score = _score(columns)
            if score > best_score:
                best, best_score = Layout(sheet.name, row.number, rows, columns), score
    return best


def _score(columns: Mapping[str, str]) -> int:
    roles = set(columns.values())
    complete = ColumnRole.UNIT in roles and bool(roles & {*NUMBER_ROLES, ColumnRole.POST})
    return len(roles) + (10 if complete else 0)


def _header_height(rows: Sequence[Row], index: int) -> int:
    """Return 2 where the next row holds header words too (a merged 「联系方式」 over 「值班电话、手机」)."""
    if index + 1 >= len(rows) or rows[index + 1].number != rows[index].number + 1:
        return 1
    here, below = rows[index].cells, rows[index + 1].cells
    if any(re.search(r"\d{5}", cell) for cell in below) or len(_known_words(here)) < 2:
        return 1
    return 2 if here != below and len(_known_words(below)) >= 2 and _all_header_like(below) else 1


def _known_words(cells: Sequence[str]) -> set[str]:
    return {role for cell in cells if len(cell) <= 20 and (role := _role_of(cell))}


def _all_header_like(cells: Sequence[str]) -> bool:
    """Return whether most of the row's different texts are words of a header: a unit's row has one at most."""
    texts = {cell for cell in cells if cell}
    return sum(bool(_role_of(text)) and len(text) <= 12 for text in texts) * 2 > len(texts)


def headers_of(sheet: SheetGrid, header_row: int, header_rows: int) -> dict[str, str]:
    """Return the headers by column letter; two header rows are joined, a value merged over both said once."""
    wanted = range(header_row, header_row + header_rows)
    found: dict[str, list[str]] = {}
    for row in sheet.rows:
        if row.number in wanted:
            for index, cell in enumerate(row.cells, start=1):
                texts = found.setdefault(get_column_letter(index), [])
                if cell and cell not in texts:
                    texts.append(cell)
    widest = max((len(row.cells) for row in sheet.rows), default=0)
    letters = [get_column_letter(index) for index in range(1, widest + 1)]
    return {letter: " ".join(" ".join(found.get(letter, [])).split()) for letter in letters}


def columns_guess(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the roles the headers' words suggest; a role other than a number is given once, to its first column."""
    columns: dict[str, str] = {}
    for letter, text in headers.items():
        role = _role_of(text) if len(text) <= 40 else ""
        if role and (role in NUMBER_ROLES or role not in columns.values()):
            columns[letter] = role
    return columns


def _role_of(text: str) -> str:
    said = plain(text)
    return next((str(role) for role, words in _WORDS if said and re.search(words, said)), "")


def kind_called(text: str) -> str:
    """Return the kind a cell names by its label, code or usual words; empty when it names none."""
    said = plain(text)
    for value, label in ContactKind.choices:
        if said in (value, plain(str(label))):
            return str(value)
    return next((str(kind) for kind, words in _KINDS if said and re.search(words, said)), "")


def plain(text: str) -> str:
    """Return a text as it is compared: half width, small letters, without any space."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).lower()


def header_key(headers: Mapping[str, str]) -> str:
    """Return the key under which the columns of this set of headers are remembered."""
    return hashlib.sha256(json.dumps(list(headers.values()), ensure_ascii=False).encode()).hexdigest()


def mapping_problem(columns: Mapping[str, str]) -> str:
    """Return what is missing or doubled among the chosen columns, in words; empty when they will do."""
    roles = list(columns.values())
    if ColumnRole.UNIT not in roles:
        return "请指出哪一列是单位。"
    if not set(roles) & {*NUMBER_ROLES, ColumnRole.POST}:
        return "请指出哪一列是号码，或哪一列是预案职务。"
    if ColumnRole.POST in roles and not set(roles) & {ColumnRole.PERSON, ColumnRole.ACCOUNT}:
        return "有预案职务的表，请指出哪一列是姓名或账号。"
    once = [role for role in ColumnRole if role and role not in NUMBER_ROLES]
    twice = next((role for role in once if roles.count(role) > 1), None)
    return f"「{twice.label}」只能选一列。" if twice else ""
