"""Contacts in and out: an uploaded sheet is read, previewed and then written as a whole or not at all."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from directory.choices import Nature
from directory.models import ContactSheet, ContactSheetMapping, PlanVersion
from directory.services.appointment_batch import appointments_enter
from directory.services.appointment_writing import AppointmentInput
from directory.services.contact_batch import contacts_write
from directory.services.standing import actor_as_role, directory_head
from directory.sheets.choices import OPEN, WRITES, ColumnRole, ItemState, SheetState
from directory.sheets.mapping import (
    Layout,
    columns_guess,
    header_key,
    headers_of,
    layout_guess,
    mapping_problem,
)
from directory.sheets.people import PeopleSnapshot, holdings_of
from directory.sheets.preview import preview_items
from directory.sheets.reading import SheetGrid, book_read
from directory.sheets.snapshot import Snapshot
from yangcheng_ec.access import require_page
from yangcheng_ec.clock import database_now
from yangcheng_ec.errors import BadInput, Change, NotVisible, StaleVersion, WrongState
from yangcheng_ec.permissions import ROLE_PAGES, Page, Role, roles_of
from yangcheng_ec.record.services import Line, record_append
from yangcheng_ec.text import clean_text

__all__ = ["directory_export_record", "sheet_drop", "sheet_map", "sheet_upload", "sheet_write"]

KEPT_DAYS = 30
Item = dict[str, Any]


@transaction.atomic
def sheet_upload(*, user: Any, file_name: str, content: bytes) -> ContactSheet:
    """Read a file and keep it with its preview; nothing of the directory is changed.

    The sheet, header and columns are guessed, or are those last chosen for the same headers. Needs the right to edit
    the directory. Raises Forbidden, or BadInput (field ``file``) for what is no list of contacts.
    """
    require_page(user, Page.DIRECTORY_EDIT)
    name = clean_text(file_name).strip()[-200:] or "未命名"
    book = book_read(name, content)
    _drop_forgotten()
    sheet = ContactSheet(
        file_name=name,
        sha256=hashlib.sha256(content).hexdigest(),
        book=[grid.stored() for grid in book],
        by=user,
        at=database_now(),
    )
    _lay_out(user, sheet, book, _remembered(book, layout_guess(book)))
    sheet.save()
    return sheet


@transaction.atomic
def sheet_map(
    *,
    user: Any,
    sheet_id: int,
    version: int,
    sheet: str,
    header_row: int,
    header_rows: int,
    columns: Mapping[str, str],
    plan: str = "",
) -> ContactSheet:
    """Read an uploaded file another way: which sheet, which header row, which column means what; make the preview anew.

    ``plan`` is the plan whose posts the sheet means where no column says so. The columns are remembered for sheets with
    the same headers. When the sheet or header changes, ``columns`` of the old one mean nothing and are guessed
    again. Raises Forbidden, NotVisible, StaleVersion, WrongState, BadInput.
    """
    require_page(user, Page.DIRECTORY_EDIT)
    row = _locked(sheet_id, version)
    book = [SheetGrid.restored(data) for data in row.book]
    chosen = next((grid for grid in book if grid.name == sheet), None)
    if chosen is None:
        raise BadInput("没有这张工作表。", fields={"sheet": ["请从列出的工作表中选择。"]})
    if header_rows not in (1, 2) or header_row not in {line.number for line in chosen.rows}:
        raise BadInput("表头没有找到。", fields={"header_row": [f"「{sheet}」第 {header_row} 行没有内容，请改行号。"]})
    headers = headers_of(chosen, header_row, header_rows)
    moved = (row.sheet, row.header_row, row.header_rows) != (sheet, header_row, header_rows)
    wanted = {letter: role for letter, role in columns.items() if role}
    if moved:
        wanted = _remembered_columns(headers) or columns_guess(headers)
    _check_columns(wanted, headers)
    problem = mapping_problem(wanted)
    if problem and not moved:
        raise BadInput("列还没有选好。", fields={"columns": [problem]})
    row.plan = _plan_known(plan)
    _lay_out(user, row, book, Layout(sheet, header_row, header_rows, wanted))
    if not problem:
        _remember(user, headers, wanted)
    row.version += 1
    row.save()
    return row


@transaction.atomic
def sheet_write(*, user: Any, sheet_id: int, version: int) -> ContactSheet:
    """Write what the preview says: every addition and change with its own line of the record, or nothing.

    Posts become appointments that wait for the second person, by the service that enters them. Lines with errors are
    left out, as the preview said. Raises Forbidden, NotVisible, WrongState (written or dropped already, nothing to
    write), StaleVersion when the directory changed under one of the lines since the preview.
    """
    require_page(user, Page.DIRECTORY_EDIT)
    head = directory_head()
    row = _locked(sheet_id, version)
    wanted = [item for item in row.items if item["state"] in WRITES]
    if not wanted:
        raise WrongState("这张表没有可写入的内容，通讯录没有改动。")
    _must_still_hold(user, row, wanted)
    contacts_write(user=user, head=head, items=[item for item in wanted if "appointment" not in item])
    entered = _enter(user, row, [item for item in wanted if "appointment" in item])
    counts = _counts(row.items)
    row.state, row.written_by, row.written_at = SheetState.WRITTEN, user, database_now()
    row.book, row.version = [], row.version + 1
    row.items = [item for item in row.items if item["state"] in (*WRITES, ItemState.ERROR, ItemState.ACCOUNT)]
    row.save()
    record_append(head, _imported_line(user, row, counts, entered))
    return row


@transaction.atomic
def sheet_drop(*, user: Any, sheet_id: int, version: int) -> ContactSheet:
    """Put an uploaded sheet aside: nothing is written, what was read is forgotten. Raises Forbidden, WrongState…"""
    require_page(user, Page.DIRECTORY_EDIT)
    row = _locked(sheet_id, version)
    row.state, row.book, row.items, row.version = SheetState.DROPPED, [], [], row.version + 1
    row.save()
    return row


@transaction.atomic
def directory_export_record(*, user: Any, form: str, count: int, what: str = "个号码") -> None:
    """Record who took the directory out, in which form (「Excel」), and how many numbers or posts. Raises Forbidden."""
    require_page(user, Page.DIRECTORY_VIEW, Page.DIRECTORY_EDIT)
    opened_by = {Page.DIRECTORY_VIEW, Page.DIRECTORY_EDIT}
    mine = [role for role in Role if role in roles_of(user) and ROLE_PAGES[role] & opened_by]
    line = Line(
        "contact.exported",
        f"导出通讯录（{form}）：{count} {what}。",
        actor=actor_as_role(user, mine[0]),
        subject=("contact_export", None),
        data={"form": form, "count": count},
    )
    record_append(directory_head(), line)


# --- reading -------------------------------------------------------------------------------------------------------


def _locked(sheet_id: int, version: int) -> ContactSheet:
    row = ContactSheet.objects.select_for_update().filter(pk=sheet_id).first()
    if row is None:
        raise NotVisible()
    if row.state not in OPEN:
        raise WrongState(f"这张表{SheetState(row.state).label}，不能再改；要再导入请重新上传。")
    if row.version != version:
        raise StaleVersion("这张表的列已被重新选择，请看过新的预览再写入。")
    return row


def _plan_known(code: str) -> str:
    if code and not PlanVersion.objects.filter(plan__code=code, in_force=True).exists():
        raise BadInput("没有这个预案。", fields={"plan": ["请从列出的预案中选择。"]})
    return code


def _people(user: Any, row: ContactSheet, layout: Layout) -> PeopleSnapshot | None:
    """Return what posts are compared with; neither who sent the sheet nor who writes it may be in it."""
    return PeopleSnapshot(barred={row.by_id, user.pk}, plan=row.plan) if holdings_of(layout) else None


def _lay_out(user: Any, row: ContactSheet, book: list[SheetGrid], layout: Layout) -> None:
    """Set the layout on the row and make the preview; without unit and number there is none yet."""
    row.sheet, row.header_row, row.header_rows = layout.sheet, layout.header_row, layout.header_rows
    row.columns = layout.columns
    row.items, row.state = [], SheetState.READ
    if not mapping_problem(layout.columns):
        grid = next(grid for grid in book if grid.name == layout.sheet)
        row.items, row.state = _previewed(user, row, grid, layout), SheetState.PREVIEWED


def _previewed(user: Any, row: ContactSheet, grid: SheetGrid, layout: Layout) -> list[Item]:
    return preview_items(grid, layout, Snapshot(), _people(user, row, layout))


def _check_columns(columns: Mapping[str, str], headers: Mapping[str, str]) -> None:
    if set(columns) - set(headers) or set(columns.values()) - set(ColumnRole.values):
        raise BadInput("列不对。", fields={"columns": ["请从列出的列和含义中选择。"]})


def _remembered(book: list[SheetGrid], guess: Layout) -> Layout:
    """Return the guess with the columns last chosen for the same headers, where there are any."""
    grid = next(grid for grid in book if grid.name == guess.sheet)
    columns = _remembered_columns(headers_of(grid, guess.header_row, guess.header_rows))
    return Layout(guess.sheet, guess.header_row, guess.header_rows, columns) if columns else guess


def _remembered_columns(headers: Mapping[str, str]) -> dict[str, str]:
    found = ContactSheetMapping.objects.filter(header_key=header_key(headers)).first()
    return {letter: role for letter, role in found.columns.items() if letter in headers} if found else {}


def _remember(user: Any, headers: Mapping[str, str], columns: Mapping[str, str]) -> None:
    ContactSheetMapping.objects.update_or_create(
        header_key=header_key(headers),
        defaults={"headers": list(headers.values()), "columns": dict(columns), "by": user, "at": database_now()},
    )


def _drop_forgotten() -> None:
    """Forget what was uploaded long ago and never written: another office's file is not ours to keep."""
    since = database_now() - timedelta(days=KEPT_DAYS)
    old = ContactSheet.objects.filter(state__in=OPEN, at__lt=since)
    old.update(state=SheetState.DROPPED, book=[], items=[])


def _imported_line(user: Any, row: ContactSheet, counts: Counter[str], entered: int) -> Line:
    """Return the record's line of a written sheet; ``entered`` of the additions are appointments."""
    faulty = counts[ItemState.ERROR] + counts[ItemState.ACCOUNT]
    text = (
        f"导入联络表「{row.file_name}」：新增 {counts[ItemState.ADD] - entered} 条、"
        f"修改 {counts[ItemState.CHANGE]} 条，录入任职 {entered} 项待复核，有错未写 {faulty} 条。"
    )
    data = {"sha256": row.sha256, "sheet": row.sheet, "counts": dict(counts), "appointments": entered}
    actor = actor_as_role(user, Role.DIRECTORY_ADMIN)
    return Line("contact.imported", text, actor=actor, subject=("contact_sheet", row.pk), data=data)


# --- writing -------------------------------------------------------------------------------------------------------


def _counts(items: list[Item]) -> Counter[str]:
    return Counter(item["state"] for item in items)


def _enter(user: Any, row: ContactSheet, items: list[Item]) -> int:
    """Enter the sheet's appointments; one without a start begins now."""
    now = database_now()
    wanted = [item["appointment"] for item in items]
    entries = [
        AppointmentInput(
            person_id=one["person_id"], post_code=one["post_code"], nature=Nature.TENURE, title=one["title"],
            starts_at=datetime.fromisoformat(one["starts_at"]) if one["starts_at"] else now,
            ends_at=datetime.fromisoformat(one["ends_at"]) if one["ends_at"] else None,
        )
        for one in wanted
    ]  # fmt: skip
    if entries:
        appointments_enter(user=user, entries=entries, source=f"导入联络表「{row.file_name}」")
    return len(entries)


def _must_still_hold(user: Any, row: ContactSheet, wanted: list[Item]) -> None:
    """Raise StaleVersion unless a preview made now would write the very same lines."""
    grid = next(grid for grid in map(SheetGrid.restored, row.book) if grid.name == row.sheet)
    layout = Layout(row.sheet, row.header_row, row.header_rows, row.columns)
    fresh = _previewed(user, row, grid, layout)
    now = {_place(item): item for item in fresh}
    moved = [item for item in wanted if now.get(_place(item)) != item]
    if moved:
        changes = [
            Change(f"第 {item['row']} 行 {item['unit']}", _summary(item), _summary(now.get(_place(item))))
            for item in moved
        ]
        words = "预览之后通讯录已被他人更新，没有写入。请回到这张表按「重新预览」，看过再写入。"
        raise StaleVersion(words, changes=changes)


def _place(item: Item) -> tuple[str, str]:
    return item["cell"], item["value"]


def _summary(item: Item | None) -> str:
    """Return what a line would do, in a few words."""
    if item is None:
        return "无"
    words = f"{ItemState(item['state']).label} {item['value']}"
    changes = [change for target in item.get("targets", []) for change in target["changes"]]
    details = dict.fromkeys(f"{change['field']} {change['was'] or '（空）'} → {change['now']}" for change in changes)
    faults = [error["text"] for error in item.get("errors", [])]
    return "：".join(part for part in (words, "；".join([*details, *faults])) if part)
