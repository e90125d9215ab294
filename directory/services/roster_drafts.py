"""A month of duty from a sheet or by rotation: read or worked out, looked at, then written as a whole or not at all."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db import transaction

from directory.choices import DutyRole
from directory.duty_sheets.entries import DutyReader
from directory.duty_sheets.layout import layout_found, sheet_best
from directory.duty_sheets.names import NameBook
from directory.duty_sheets.proposals import Item, Turns, Wish, items_of
from directory.duty_sheets.rotation import Rotation, wishes_by_rotation
from directory.models import DutySlot, Roster, RosterDraft, User
from directory.rules import actor_of, any_actor
from directory.selectors.roster import office_version, roster_for, standing_of
from directory.services.roster import SlotInput, arranger_of, roster_head, roster_locked, slots_set
from directory.sheets.choices import OPEN, WRITES, ItemState, SheetState
from directory.sheets.reading import SheetGrid, book_read
from yangcheng_ec.clock import database_now
from yangcheng_ec.errors import BadInput, NotVisible, StaleVersion, WrongState
from yangcheng_ec.record.services import Line, record_append
from yangcheng_ec.text import clean_text

__all__ = ["FillPlan", "draft_drop", "draft_fill", "draft_sheet", "draft_upload", "draft_write", "roster_export_record"]

KEPT_DAYS = 30
NO_ROSTER = "没有一张工作表既有「日期」一列，又有「带班领导」或「值班员」一列：请检查是不是值班表。"


@dataclass(frozen=True)
class FillPlan:
    """How a month is filled: who takes turns by role, whether those who stand there stay, who is away when."""

    month: date
    rotations: Mapping[str, Rotation]
    only_vacant: bool = True
    away: Mapping[int, set[date]] = field(default_factory=dict)


@transaction.atomic
def draft_upload(*, user: Any, code: str, month: date, file_name: str, content: bytes) -> RosterDraft:
    """Read an office's sheet for one month of a roster and keep it with its preview; no turn is changed.

    By whoever arranges the roster. Raises NotVisible, Forbidden, BadInput (field ``file``) for what is no roster.
    """
    roster = _roster_arranged(user, code)
    name = clean_text(file_name).strip()[-200:] or "未命名"
    book = book_read(name, content)
    grid = sheet_best(book, month)
    if grid is None:
        raise BadInput("文件没有导入，值班表没有改动。", fields={"file": [NO_ROSTER]})
    draft = RosterDraft(roster=roster, month=month, title=name, sha256=hashlib.sha256(content).hexdigest())
    draft.book, draft.sheet = [one.stored() for one in book], grid.name
    return _kept(draft, _items_read(roster, month, grid), user)


@transaction.atomic
def draft_sheet(*, user: Any, code: str, draft_id: int, version: int, sheet: str) -> RosterDraft:
    """Read another worksheet of the file, or the same one anew after the roster changed.

    Raises NotVisible, Forbidden, StaleVersion, WrongState, BadInput (field ``sheet``).
    """
    roster = _roster_arranged(user, code)
    draft = _locked(roster, draft_id, version)
    grid = next((one for one in map(SheetGrid.restored, draft.book) if one.name == sheet), None)
    if grid is None or layout_found(grid, draft.month) is None:
        raise BadInput("没有按这张工作表读。", fields={"sheet": [f"「{sheet[:40]}」里没有日期和值班人员两种列。"]})
    draft.sheet, draft.items, draft.version = sheet, _items_read(roster, draft.month, grid), draft.version + 1
    draft.save()
    return draft


@transaction.atomic
def draft_fill(*, user: Any, code: str, plan: FillPlan) -> RosterDraft:
    """Work out a month by rotation and keep it to be looked at; no turn is changed. Only turns that have not begun.

    Raises NotVisible, Forbidden, BadInput (nobody in either list).
    """
    roster = _roster_arranged(user, code)
    people = [person for rotation in plan.rotations.values() for person in rotation.people]
    if not people:
        raise BadInput("没有排班。", fields={"officers": ["带班领导和值班员至少填一项的名单。"]})
    turns = Turns(roster, plan.month, {person.pk for person in people})
    found = wishes_by_rotation(turns, plan.month, plan.rotations, only_vacant=plan.only_vacant, away=plan.away)
    items = items_of(turns, list(found), NameBook(roster).own)
    return _kept(RosterDraft(roster=roster, month=plan.month, title="按轮班顺序排班"), items, user)


@transaction.atomic
def draft_write(*, user: Any, code: str, draft_id: int, version: int) -> RosterDraft:
    """Write what the preview says, each turn through ``slots_set`` with its own line, or nothing.

    Lines with errors are left out, as the preview said. Raises NotVisible, Forbidden, StaleVersion (a turn was changed
    since the preview), WrongState (written or dropped already, nothing to write, somebody is on duty elsewhere now).
    """
    head, roster, standing = roster_locked(user, code)
    actor = actor_of(user, arranger_of(standing, roster))
    draft = _locked(roster, draft_id, version)
    wanted = [item for item in draft.items if item["state"] in WRITES]
    if not wanted:
        raise WrongState("没有可写入的班次，值班表没有改动。")
    try:
        slots = slots_set(user=user, code=code, entries=[_entry(item) for item in wanted])
    except BadInput as error:
        words = "；".join(text for texts in error.fields.values() for text in texts) or error.message
        raise WrongState(f"预览之后情况有变，一班也没有写入：{words}请重新预览。") from error
    counts = Counter(item["state"] for item in draft.items)
    draft.state, draft.written_by, draft.written_at = SheetState.WRITTEN, user, database_now()
    draft.items = [item for item in draft.items if item["state"] in (*WRITES, ItemState.ERROR)]
    draft.book, draft.version = [], draft.version + 1
    draft.save()
    data = {"month": draft.month, "sha256": draft.sha256, "slots": len(slots), "counts": dict(counts)}
    subject = ("roster_draft", draft.pk)
    record_append(head, Line("roster.filled", _words(draft, counts), actor=actor, subject=subject, data=data))
    return draft


@transaction.atomic
def draft_drop(*, user: Any, code: str, draft_id: int, version: int) -> RosterDraft:
    """Put a preview aside: nothing is written, what was read is forgotten. Raises NotVisible, Forbidden, WrongState."""
    draft = _locked(_roster_arranged(user, code), draft_id, version)
    draft.state, draft.book, draft.items, draft.version = SheetState.DROPPED, [], [], draft.version + 1
    draft.save()
    return draft


@transaction.atomic
def roster_export_record(*, user: Any, roster: Roster, month: date, form: str) -> None:
    """Record who took a month with its mobile numbers out, in which form (「Excel」)."""
    head = roster_head(roster.code)
    text = f"导出值班表（{form}）：{roster.name} {month:%Y年%m月}。"
    actor = any_actor(user, office_version(roster))
    record_append(head, Line("roster.exported", text, actor=actor, subject=("roster", roster.pk), data={"form": form}))


def _roster_arranged(user: Any, code: str) -> Roster:
    """Return a roster the user arranges. Raises NotVisible, Forbidden."""
    standing = standing_of(user)
    roster = roster_for(user, code, standing)
    arranger_of(standing, roster)
    return roster


def _items_read(roster: Roster, month: date, grid: SheetGrid) -> list[Item]:
    layout = layout_found(grid, month)
    if layout is None:
        return []
    standing = DutySlot.objects.filter(roster=roster, date__year=month.year, date__month=month.month)
    names = NameBook(roster, _people_on(standing.select_related("leader__unit", "officer__unit")))
    found = DutyReader(grid, layout, roster, month, names).read()
    named = [person for wish in found if isinstance(wish, Wish) for person in wish.values.values()]
    people = {person.pk for person in named if isinstance(person, User)}
    return items_of(Turns(roster, month, people), found, names.own)


def _people_on(slots: Any) -> list[User]:
    return [person for slot in slots for person in (slot.leader, slot.officer) if person is not None]


def _kept(draft: RosterDraft, items: Sequence[Item], user: Any) -> RosterDraft:
    """Save a new draft, and forget those that were never written."""
    since = database_now() - timedelta(days=KEPT_DAYS)
    old = RosterDraft.objects.filter(roster=draft.roster, state__in=OPEN, at__lt=since)
    old.update(state=SheetState.DROPPED, book=[], items=[])
    draft.items, draft.by, draft.at = list(items), user, database_now()
    draft.save()
    return draft


def _locked(roster: Roster, draft_id: int, version: int) -> RosterDraft:
    draft = RosterDraft.objects.select_for_update().filter(pk=draft_id, roster=roster).first()
    if draft is None:
        raise NotVisible()
    if draft.state not in OPEN:
        raise WrongState(f"这份排班{SheetState(draft.state).label}，不能再办；要再排请重新上传或重新生成。")
    if draft.version != version:
        raise StaleVersion("这份排班已被重新读过，请看过新的预览再写入。")
    return draft


def _entry(item: Item) -> SlotInput:
    return SlotInput(
        day=date.fromisoformat(item["day"]),
        shift=item["shift"],
        leader_id=item[DutyRole.LEADER],
        officer_id=item[DutyRole.OFFICER],
        note=item["note"],
        version=item["version"],
    )


def _words(draft: RosterDraft, counts: Mapping[str, int]) -> str:
    added, changed, faulty = (counts.get(state, 0) for state in (ItemState.ADD, ItemState.CHANGE, ItemState.ERROR))
    left = f"，有错未写 {faulty} 班" if faulty else ""
    return f"{draft.month:%Y年%m月}值班表按「{draft.title}」写入：新排 {added} 班、改动 {changed} 班{left}。"
