"""Adding, changing and removing one row of a draft, whatever its section: one transaction, one line, old → new."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError

from directory.models import ActRule, Clause, LadderRung, PlanVersion
from directory.services.plan_citing import cited_by
from directory.services.plan_edits.base import Edit, editing, own, renumber
from directory.services.plan_edits.sections import SECTIONS, Section
from yangcheng_ec.errors import Change, NotVisible, WrongState

__all__ = ["plan_row_add", "plan_row_edit", "plan_row_remove", "section_named"]

NAMED = 6


@transaction.atomic
def plan_row_add(
    *, version_id: int, revision: int, section: str, values: Mapping[str, Any], user: Any, parent_id: int | None = None
) -> PlanVersion:
    """Add a row to a draft, after the last one of its parent; ``values`` as the section's columns ask for.

    Raises NotVisible (no such section, version or parent), Forbidden, StaleVersion, WrongState (no draft, or rows of
    this section do not come and go), BadInput with fields. Not written in any plan (「非预案规定」).
    """
    table, work = section_named(section), editing(version_id, revision, user)
    _come_and_go(table)
    row = table.new(work.draft, table.parent_row(work.draft, parent_id))
    table.write(work, table, row, _asked(table, values, "add"))
    return work.done(f"增加{table.one}「{name_of(row)}」")


@transaction.atomic
def plan_row_edit(
    *, version_id: int, revision: int, section: str, row_id: int, values: Mapping[str, Any], user: Any
) -> PlanVersion:
    """Change the columns named in ``values``; nothing is written when nothing changes. Raises as ``plan_row_add``."""
    table, work = section_named(section), editing(version_id, revision, user)
    row = own(table.rows(work.draft), row_id)
    table.write(work, table, row, _asked(table, values, "edit"))
    return work.done(f"{table.one}「{name_of(row)}」")


@transaction.atomic
def plan_row_remove(*, version_id: int, revision: int, section: str, row_id: int, user: Any) -> PlanVersion:
    """Take a row, and the rows under it, out of a draft; those after it move up.

    Raises as ``plan_row_add``; WrongState, naming them, while other rows refer to it (a clause that is cited, a
    group that must act). Rows cases refer to are those of issued versions, so are never reached.
    """
    table, work = section_named(section), editing(version_id, revision, user)
    row = own(table.rows(work.draft), row_id)
    _come_and_go(table)
    if isinstance(row, Clause):
        _uncited(cited_by(work.draft, row.ref), f"条款 {row}")
    name = name_of(row)
    after = list(table.beside(row).filter(**{f"{table.place}__gt": getattr(row, table.place)})) if table.place else []
    work.changes += _gone(work, table, row)
    try:
        row.delete()
    except ProtectedError as error:
        _uncited([str(one) for one in sorted(error.protected_objects, key=str)], name)
    if after and _numbered(table, row):
        renumber(sorted(after, key=lambda one: getattr(one, table.place)), table.place, getattr(row, table.place))
    return work.done(f"删去{table.one}「{name}」")


def section_named(key: str) -> Section:
    """Return a section of the table. Raises NotVisible."""
    if key not in SECTIONS:
        raise NotVisible()
    return SECTIONS[key]


def name_of(row: Any) -> str:
    """Return what a row is called where people read: an act by its label, a rung by when it comes."""
    if isinstance(row, LadderRung):
        moment = "起算后" if row.anchor == "start" else "到期后" if row.offset_minutes > 0 else "到期前"
        when = f"{moment} {abs(row.offset_minutes)} 分钟" if row.offset_minutes else "到期时"
        return f"{when}{row.get_kind_display()}"
    return str(row.get_act_display()) if isinstance(row, ActRule) else str(row)


def _numbered(table: Section, row: Any) -> bool:
    """Return whether the row counts: number 0 stands outside the numbering."""
    return bool(getattr(row, table.place))


def _asked(table: Section, values: Mapping[str, Any], when: str) -> dict[str, Any]:
    names = {column.name for column in table.asked(when)} | {"quotes"}
    kept = {name: value for name, value in values.items() if name in names}
    if when == "add":
        missing = [column for column in table.asked("add") if column.required and column.name not in kept]
        kept |= {column.name: [] if column.kind in ("choices", "units") else "" for column in missing}
    return kept


def _come_and_go(table: Section) -> None:
    if not table.comes_and_goes:
        raise WrongState(f"{table.one}只能修改，不能增加或删去。")


def _uncited(found: list[str], name: str) -> None:
    if found:
        more = f"等{len(found)}处" if len(found) > NAMED else ""
        raise WrongState(f"{name}不能删去，下列内容引用它：{'、'.join(found[:NAMED])}{more}。请先改动或删去它们。")


def _gone(work: Edit, table: Section, row: Any) -> list[Change]:
    said = [
        (column.label, column.say(column.of(row), work.draft)) for column in table.columns if column.kind != "units"
    ]
    return [Change(label, words, "") for label, words in said if words and words != "否"]
