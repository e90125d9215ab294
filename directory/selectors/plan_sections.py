"""A draft as its page shows it: each section's rows with their words, and the rows under each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from directory.choices import PostKind
from directory.selectors.plans import PlanReading
from directory.services.plan_edits import SECTIONS, Section, name_of

__all__ = ["RowFace", "SectionFace", "section_top", "sections_of"]


@dataclass(frozen=True)
class RowFace:
    """One row: what it is called, its words, short facts beside them, and the rows under it by section."""

    section: Section
    pk: int
    name: str
    words: str = ""
    facts: Sequence[str] = ()
    under: Sequence[SectionFace] = ()
    non_plan: bool = False


@dataclass(frozen=True)
class SectionFace:
    """A section with its rows; ``empty`` is what stands there while there is no row."""

    section: Section
    rows: Sequence[RowFace] = field(default_factory=list)


def section_top(key: str) -> str:
    """Return the section on the page under which rows of this one stand."""
    section = SECTIONS.get(key)
    while section is not None and section.parent:
        section = SECTIONS[section.parent]
    return section.key if section else key


def sections_of(reading: PlanReading) -> list[SectionFace]:
    """Return every section of a draft; nothing is read but what the reading has."""
    posts = {post.kind: post.label for post in reading.posts}
    lists: dict[str, Sequence[Any]] = {
        "post": reading.posts, "member": reading.members, "group": reading.groups, "category": reading.categories,
        "grade": reading.grades, "warning": reading.warning_levels, "level": reading.levels, "rule": reading.rules,
        "act": reading.acts, "rung": reading.ladder, "clause": reading.rows,
    }  # fmt: skip
    return [_section(key, rows, posts) for key, rows in lists.items()]


def _section(key: str, rows: Sequence[Any], posts: dict[str, str]) -> SectionFace:
    section = SECTIONS[key]
    return SectionFace(section, [_row(section, row, posts) for row in rows])


def _row(section: Section, row: Any, posts: dict[str, str]) -> RowFace:
    name, words, facts = FACES[section.key](row)
    return RowFace(
        section, row.pk, name, words, [text for text in (_posts(fact, posts) for fact in facts) if text],
        [_section(key, getattr(row, related).all(), posts) for key, related in UNDER.get(section.key, ())],
        bool(getattr(row, "non_plan", False)),
    )  # fmt: skip


def _posts(fact: Any, posts: dict[str, str]) -> str:
    if not isinstance(fact, list):
        return str(fact or "")
    names = [posts.get(kind) or (PostKind(kind).label if kind in PostKind.values else "责任单位") for kind in fact]
    return "、".join(map(str, names))


UNDER = {
    "category": (("subitem", "subitems"),), "grade": (("criterion", "criteria"),),
    "level": (("condition", "conditions"), ("measure", "measures")), "measure": (("actor", "actors"),),
    "rule": (("addressee", "addressees"),),
}  # fmt: skip


def _group(row: Any) -> tuple[str, str, list[Any]]:
    names = "、".join(member.printed_name for member in row.members.all())
    return f"{row.number}. {row.name}", row.duty, [f"牵头部门：{row.printed_lead}", f"组成：{names}", _ref(row.clause)]


def _ref(ref: str) -> str:
    return f"条款 {ref}" if ref else ""


def _actor(row: Any) -> tuple[str, str, list[Any]]:
    who = row.group or row.unit or row.get_kind_display()
    return row.title, row.quote, [str(who) if str(who) != row.title else ""]


Face = Callable[[Any], tuple[str, str, list[Any]]]
FACES: dict[str, Face] = {
    "post": lambda row: (row.label, row.title, [row.unit.name if row.unit else "", _ref(row.clause)]),
    "member": lambda row: (f"{row.number}. {row.printed_name}", row.duty or "原文未列", [row.printed_short]),
    "group": _group,
    "category": lambda row: (
        f"{row.number}. {row.name}", row.definition or "原文未列", [row.form_name, _ref(row.clause)]
    ),
    "subitem": lambda row: ("", row.name, []),
    "grade": lambda row: (row.name, "", [row.level, _ref(row.clause)]),
    "criterion": lambda row: (f"（{row.number}）", row.text, []),
    "warning": lambda row: (
        row.name, row.text, [row.severity, row.colour_name, row.reach, row.spread, _ref(row.clause)]
    ),
    "level": lambda row: (str(row), row.procedure, ["批准启动", row.approvers, _ref(row.procedure_clause)]),
    "condition": lambda row: (f"条件（{row.number}）", row.text, ["凭研判" if row.by_judgement else ""]),
    "measure": lambda row: (f"措施（{row.number}）{row.heading}" if row.number else "总述", row.text, []),
    "actor": _actor,
    "rule": lambda row: (
        row.title, row.quote,
        [
            row.owed_by, f"{row.get_starts_display()}起算",
            f"{row.minutes} 分钟" if row.minutes else row.wording, _ref(row.clause),
        ],
    ),
    "addressee": lambda row: ("", row.label, []),
    "act": lambda row: (name_of(row), row.quote, [list(row.post_kinds), _ref(row.clause)]),
    "rung": lambda row: (
        f"{'有分钟数的' if row.timed else '「立即」「及时」的'}第 {row.number} 级",
        name_of(row), [list(row.audience)],
    ),
    "clause": lambda row: (f"{row.ref} {row.title}", row.text, []),
}  # fmt: skip
