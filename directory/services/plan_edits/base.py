"""What every edit of a draft shares: the columns of a section, and one edit under way with its line in the chain."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet

from directory.choices import Act, RevisionStage
from directory.models import PlanVersion, Unit
from directory.rules import actor_for
from directory.services.plan_revisions import edited, in_force, need_stage, revision_lock
from yangcheng_ec.actors import Actor
from yangcheng_ec.errors import BadInput, Change, NotVisible
from yangcheng_ec.record.models import CaseHead

__all__ = ["Column", "Edit", "editing", "own", "refused", "renumber"]

_Row = TypeVar("_Row", bound=Model)
Pairs = Sequence[tuple[str, str]]
NOT_SAVED = "没有保存，请更正。"
ASIDE = 20_000


@dataclass(frozen=True)
class Column:
    """One field of a section: how it is called, what may stand in it, and when it is asked for.

    ``kind``: line, words, number, flag, choice, choices, unit, units (ids), clause (a number of this draft).
    ``when``: both, add or edit. ``options`` are the choices in this draft; ``read`` what stands there at first.
    """

    name: str
    label: str
    kind: str = "line"
    required: bool = True
    when: str = "both"
    options: Callable[[PlanVersion], Pairs] | None = None
    read: Callable[[Any], Any] | None = None
    help: str = ""

    def choices(self, draft: PlanVersion) -> Pairs:
        """Return what may be chosen in this draft."""
        if self.kind == "clause":
            return [(clause.ref, str(clause)) for clause in draft.clauses.all()]
        return self.options(draft) if self.options else ()

    def of(self, row: Any) -> Any:
        """Return what stands in a row."""
        return self.read(row) if self.read else getattr(row, self.name)

    def say(self, value: Any, draft: PlanVersion) -> str:
        """Return a value as the record says it."""
        if isinstance(value, bool):
            return "是" if value else "否"
        names = dict(self.choices(draft)) if self.kind in ("choice", "choices") and value else {}
        if isinstance(value, list | tuple):
            return "、".join(str(names.get(item, item)) for item in value)
        return "" if value is None else str(names.get(value, value))

    def problem(self, value: Any, draft: PlanVersion, limit: int | None) -> str:
        """Return why a value may not stand here, or nothing."""
        if value in ("", None, []):
            return f"{self.label}不能为空。" if self.required else ""
        if limit and isinstance(value, str) and len(value) > limit:
            return f"{self.label}最多 {limit} 个字。"
        if self.kind in ("choice", "choices", "clause"):
            known = {key for key, _ in self.choices(draft)}
            unknown = [item for item in (value if isinstance(value, list) else [value]) if item not in known]
            what = "条款" if self.kind == "clause" else "选项"
            return f"{self.label}：本预案没有「{unknown[0]}」这个{what}。" if unknown else ""
        return ""


@dataclass
class Edit:
    """One edit under way: the locked chain and draft, who edits, and what has changed so far."""

    head: CaseHead
    draft: PlanVersion
    actor: Actor
    changes: list[Change] = field(default_factory=list)

    def write(self, row: Model, columns: Iterable[Column], values: Mapping[str, Any], *, prefix: str = "") -> None:
        """Change a row's fields and save it. Raises BadInput, with a reason for each field that cannot stand."""
        problems: dict[str, list[str]] = {}
        for column in columns:
            if column.name not in values:
                continue
            target = row._meta.get_field(column.name)
            value = self._value(column, values[column.name], null=bool(target.null))
            reason = column.problem(value, self.draft, getattr(target, "max_length", None))
            if reason:
                problems[column.name] = [reason]
            else:
                self._one(row, column, value, prefix)
        if problems:
            raise BadInput(NOT_SAVED, fields=problems)
        _store(row)

    def _value(self, column: Column, value: Any, *, null: bool) -> Any:
        if column.kind == "unit" and value is not None and not isinstance(value, Unit):
            return unit_named(value, column.name)
        if isinstance(value, str):
            value = value.replace("\r\n", "\n").strip()
        return None if value == "" and null else value

    def _one(self, row: Model, column: Column, value: Any, prefix: str) -> None:
        was = getattr(row, column.name) if row.pk else None
        if was == value and row.pk:
            return
        old = column.say(was, self.draft) if row.pk else ""
        new = column.say(value, self.draft)
        if old != new and (row.pk or value):
            self.changes.append(Change(f"{prefix}{column.label}", old, new))
        setattr(row, column.name, value)

    def reword(self, ref: str, was: str, now: str) -> None:
        """Change the words in their clause too, where they stand there exactly once."""
        clause = self.draft.clauses.filter(ref=ref).first()
        if clause is not None and was and was != now and clause.text.count(was) == 1:
            text = clause.text.replace(was, now)
            self.changes.append(Change(f"条款 {ref} 文字", clause.text, text))
            clause.text = text
            clause.save(update_fields=["text"])

    def done(self, what: str) -> PlanVersion:
        """Write the line; nothing at all when nothing has changed."""
        if self.changes:
            parts = "；".join(f"{change.field} {_short(change.was)} → {_short(change.now)}" for change in self.changes)
            text = f"修改草案{self.draft.number}：{what}。{parts}。"
            edited(self.head, self.draft, text=text, changes=self.changes, actor=self.actor)
        return self.draft


def editing(version_id: int, revision: int, user: Any) -> Edit:
    """Lock a draft for one edit. Raises NotVisible, StaleVersion, Forbidden, WrongState (no draft)."""
    head, draft = revision_lock(version_id, revision)
    actor = actor_for(user, in_force(draft), Act.REVISE_PLAN)
    need_stage(draft, RevisionStage.DRAFT, "修改")
    return Edit(head, draft, actor)


def own(rows: QuerySet[_Row], pk: int) -> _Row:
    """Return a row of this draft. Raises NotVisible for any other."""
    row = rows.filter(pk=pk).first()
    if row is None:
        raise NotVisible()
    return row


def refused(name: str, *words: str) -> BadInput:
    """Return the refusal of one field."""
    return BadInput(NOT_SAVED, fields={name: list(words)})


def unit_named(unit_id: Any, name: str = "unit") -> Unit:
    """Return a unit of the registry. Raises BadInput."""
    unit = Unit.objects.filter(pk=unit_id).first() if isinstance(unit_id, int) else None
    if unit is None:
        raise refused(name, "请从名单中选择单位。")
    return unit


def renumber(rows: Sequence[Any], place: str, first: int = 1) -> None:
    """Number rows one after the other in the order given; by way of numbers nobody has, since each is unique."""
    wanted = [(row, number) for number, row in enumerate(rows, first) if getattr(row, place) != number]
    for step in (ASIDE, 0):
        for row, number in wanted:
            setattr(row, place, number + step)
            row.save(update_fields=[place])


def _store(row: Model) -> None:
    try:
        row.validate_constraints()
    except ValidationError as error:
        raise BadInput("没有保存：草案中已有同样的一条。", fields={"__all__": ["草案中已有同样的一条。"]}) from error
    row.save()


def _short(text: str) -> str:
    return (text if len(text) <= 60 else f"{text[:60]}…") or "（空）"
