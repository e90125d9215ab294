"""A revision beside the version it revises: what was added, what is gone, what reads otherwise, section by section."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model, QuerySet

from directory import models as rows
from directory.choices import PostKind
from directory.models import PlanVersion

__all__ = ["COMPARED", "RowChange", "SectionChange", "compare"]

Read = Callable[[Any], Any]


@dataclass(frozen=True)
class FieldChange:
    """One field that reads otherwise."""

    label: str
    was: str
    now: str


@dataclass(frozen=True)
class RowChange:
    """A row that was added (``kind`` added), is gone (removed) or reads otherwise (changed)."""

    kind: str
    name: str
    fields: list[FieldChange]


@dataclass(frozen=True)
class SectionChange:
    """The changes of one section of the plan."""

    title: str
    rows: list[RowChange]


@dataclass(frozen=True)
class Section:
    """How the rows of one model are read: what makes two rows the same row, its name, and its fields with labels.

    ``children`` are models shown as fields of this one. ``place`` is the field that only says in which order rows
    stand: it is no difference while the rows both versions have follow each other as before.
    """

    title: str
    model: type[Model]
    path: str
    key: Read
    name: Read
    fields: dict[str, Read]
    related: tuple[str, ...] = ()
    prefetch: tuple[str, ...] = ()
    children: tuple[type[Model], ...] = field(default=())
    place: str = ""

    def of(self, versions: Sequence[PlanVersion]) -> dict[int, list[Any]]:
        """Return the rows of each version, with one statement and one per prefetch."""
        found: dict[int, list[Any]] = {version.pk: [] for version in versions}
        manager: QuerySet[Any] = self.model._base_manager.all()
        wanted = manager.filter(**{f"{self.path}__in": [version.pk for version in versions]})
        wanted = wanted.select_related(*self.related) if self.related else wanted
        for row in wanted.prefetch_related(*self.prefetch).order_by(*self.model._meta.ordering or ["pk"]):
            version_id = row
            for name in self.path.split("__")[:-1]:
                version_id = getattr(version_id, name)
            found[getattr(version_id, f"{self.path.rsplit('__', 1)[-1]}_id")].append(row)
        return found


def _get(name: str) -> Read:
    return lambda row: getattr(row, name)


def _text(value: Any) -> str:
    """Return a value as a person reads it; what is not there is empty."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list | tuple):
        return "、".join(_text(item) for item in value)
    if isinstance(value, dict):
        return "；".join(f"{key}：{_text(item)}" for key, item in value.items())
    return str(value)


def _posts(value: Sequence[str]) -> str:
    return "、".join(str(PostKind(kind).label) if kind in PostKind.values else kind for kind in value)


def _actor(row: rows.MeasureActor) -> str:
    who = row.group or row.unit or row.get_kind_display()
    tail = f"（{row.on_event}）" if row.on_event else ""
    return f"{row.title}〔{who}{'，非预案规定' if row.non_plan else ''}〕{tail}：{row.quote}"


def _lines(name: str, read: Read) -> Read:
    return lambda row: "\n".join(read(item) for item in getattr(row, name).all())


def _level(row: Any) -> str:
    return f"{row.level.roman}级响应"


COMPARED: tuple[Section, ...] = (
    Section(
        "条款原文", rows.Clause, "version", _get("ref"), str,
        {"标题": _get("title"), "文字": _get("text"), "次序": _get("order")}, place="次序",
    ),
    Section(
        "指挥部与办公室职务", rows.Post, "version", lambda row: (row.kind, row.ordinal), str,
        {
            "职务": _get("label"), "由谁担任": _get("title"), "单位": _get("unit"), "条款": _get("clause"),
            "非预案规定": _get("non_plan"),
        },
        related=("unit",),
    ),
    Section(
        "成员单位与职责", rows.Membership, "version", _get("printed_name"), str,
        {
            "序号": _get("number"), "单位": _get("unit"), "简称": _get("printed_short"),
            "职责表名称": _get("duty_name"), "职责": _get("duty"), "职责分项": _get("duty_items"),
            "条款": _get("clause"), "职责条款": _get("duty_clause"),
        },
        related=("unit",), place="序号",
    ),
    Section(
        "应急工作组", rows.WorkGroup, "version", _get("number"), str,
        {
            "名称": _get("name"), "牵头部门": lambda row: f"{row.printed_lead}〔{row.lead}〕", "职责": _get("duty"),
            "组成": _lines("members", lambda item: f"{item.number}. {item.printed_name}〔{item.unit or '—'}〕"),
            "组成原文": _get("composition_text"), "可增加单位": _get("open_ended"), "其他": _get("extra"),
            "条款": _get("clause"),
        },
        related=("lead",), prefetch=("members__unit",), children=(rows.GroupMember,),
    ),
    Section(
        "事件分类", rows.Category, "version", _get("code"), str,
        {
            "序号": _get("number"), "名称": _get("name"), "上报表名称": _get("form_name"), "定义": _get("definition"),
            "残存文字": _get("definition_fragment"), "子类原文": _get("subitems_text"), "条款": _get("clause"),
            "子类": _lines("subitems", lambda item: f"{item.number}. {item.name}（{item.code}）"),
        },
        prefetch=("subitems",), children=(rows.SubCategory,),
    ),
    Section(
        "事件分级", rows.Grade, "version", _get("code"), str,
        {
            "序号": _get("number"), "级": _get("level"), "名称": _get("name"), "条款": _get("clause"),
            "标准": _lines("criteria", lambda item: f"（{item.number}）{item.text}"),
        },
        prefetch=("criteria",), children=(rows.Criterion,),
    ),
    Section(
        "预警级别", rows.WarningLevel, "version", _get("ordinal"), str,
        {
            "级": _get("roman"), "名称": _get("name"), "程度": _get("severity"),
            "颜色": lambda row: f"{row.colour_name} {row.colour}".strip(), "情形": _get("text"), "范围": _get("reach"),
            "扩散": _get("spread"), "条款": _get("clause"),
        },
    ),
    Section(
        "响应级别", rows.ResponseLevel, "version", _get("ordinal"), str,
        {
            "级": lambda row: f"{row.roman}（原文 {row.roman_as_printed}）", "启动程序": _get("procedure"),
            "提出": _get("proposer"), "批准职务": lambda row: _posts(row.approvers),
            "批准职务原文": _get("approver_posts"),
            "方式": _get("approver_verb"), "确认": _get("confirmed_by"), "须先确认": _get("needs_confirmation"),
            "同时报告": _get("also_informed"), "建议时通报": _get("informs_at_proposal"), "值班": _get("duty_regime"),
            "措施前言": _get("measures_intro"),
            "条款": lambda row: [row.clause, row.conditions_clause, row.procedure_clause, row.measures_clause],
        },
    ),
    Section(
        "启动条件", rows.ResponseCondition, "level__version", lambda row: (row.level.ordinal, row.number),
        lambda row: f"{_level(row)}条件（{row.number}）",
        {"文字": _get("text"), "对应分级": _get("grades"), "凭研判": _get("by_judgement")}, related=("level",),
    ),
    Section(
        "响应措施", rows.Measure, "level__version", lambda row: (row.level.ordinal, row.number),
        lambda row: f"{_level(row)}措施（{row.number}）{row.heading}",
        {
            "标题": _get("heading"), "文字": _get("text"), "分段": _get("paragraphs"),
            "责任主体": _lines("actors", lambda item: f"{item.number}. {_actor(item)}"),
        },
        related=("level",), prefetch=("actors__unit", "actors__group"), children=(rows.MeasureActor,),
    ),
    Section(
        "报告与时限", rows.ReportingRule, "version", _get("code"), str,
        {
            "序号": _get("number"), "名称": _get("title"), "引文": _get("quote"), "条款": _get("clause"),
            "何时": _get("trigger"), "适用分级": _get("grades"), "责任单位": _get("owed_by"),
            "责任单位类别": _get("owed_by_kinds"),
            "指定单位": lambda row: [str(unit) for unit in row.owed_by_units.all()],
            "起算": lambda row: row.get_starts_display(), "分钟": _get("minutes"), "时限用语": _get("wording"),
            "以何满足": lambda row: [row.satisfied_by, *row.satisfied_kinds],
            "报告对象": _lines(
                "addressees", lambda item: f"{item.number}. {item.label}〔{item.unit or '—'}〕{item.code}"
            ),
        },
        prefetch=("owed_by_units", "addressees__unit"),
        children=(rows.ReportingAddressee, rows.ReportingRule.owed_by_units.through),
    ),
    Section(
        "谁可以办理", rows.ActRule, "version", _get("act"), lambda row: str(row.get_act_display()),
        {
            "职务": lambda row: _posts(row.post_kinds), "条款": _get("clause"), "依据": _get("quote"),
            "限制": _get("limits"), "非预案规定": _get("non_plan"),
        },
    ),
    Section(
        "提醒与升级", rows.LadderRung, "version", lambda row: (row.timed, row.number),
        lambda row: f"{'有分钟数' if row.timed else '立即、及时'}第{row.number}级",
        {
            "动作": lambda row: row.get_kind_display(), "相对于": _get("anchor"), "分钟": _get("offset_minutes"),
            "告知": lambda row: _posts(row.audience),
        },
    ),
)  # fmt: skip

HEAD: dict[str, Read] = {
    "文号": _get("number"), "名称": _get("title"), "指挥部": _get("command_name"), "办公室": _get("office_name"),
    "办公室设在": _get("office_unit"), "评估或修订间隔（年）": _get("review_years"),
}  # fmt: skip


def compare(was: PlanVersion, now: PlanVersion) -> list[SectionChange]:
    """Return what differs between two versions of a plan; sections without a difference are left out.

    The number of statements does not depend on how many rows there are.
    """
    head = _fields(HEAD, was, now)
    found = [SectionChange("预案版本", [RowChange("changed", str(now.plan), head)])] if head else []
    for section in COMPARED:
        by_version = section.of([was, now])
        changes = _rows(section, by_version[was.pk], by_version[now.pk])
        if changes:
            found.append(SectionChange(section.title, changes))
    return found


def _rows(section: Section, was: list[Any], now: list[Any]) -> list[RowChange]:
    before = {section.key(row): row for row in was}
    after = {section.key(row): row for row in now}
    same_order = [key for key in before if key in after] == [key for key in after if key in before]
    compared = {label: read for label, read in section.fields.items() if label != section.place or not same_order}
    changed = []
    for key, row in after.items():
        if key in before:
            fields = _fields(compared, before[key], row)
            changed += [RowChange("changed", section.name(row), fields)] if fields else []
    added = [
        RowChange("added", section.name(row), _only(section, row, "now")) for k, row in after.items() if k not in before
    ]
    gone = [
        RowChange("removed", section.name(row), _only(section, row, "was"))
        for k, row in before.items()
        if k not in after
    ]
    return [*added, *gone, *changed]


def _fields(fields: dict[str, Read], was: Any, now: Any) -> list[FieldChange]:
    pairs = [(label, _text(read(was)), _text(read(now))) for label, read in fields.items()]
    return [FieldChange(label, *_apart(old, new)) for label, old, new in pairs if old != new]


_COUNTED = re.compile(r"^(\d+\. |（\d+）)")


def _apart(was: str, now: str) -> tuple[str, str]:
    """Return only the lines of two numbered lists that the other has not; all of them when only numbers differ."""
    sides = [text.split("\n") for text in (was, now)]
    if not all(_COUNTED.match(line) for lines in sides for line in lines if line):
        return was, now
    words = [{_COUNTED.sub("", line) for line in lines} for lines in sides]
    left = [line for line in sides[0] if _COUNTED.sub("", line) not in words[1]]
    right = [line for line in sides[1] if _COUNTED.sub("", line) not in words[0]]
    return ("\n".join(left), "\n".join(right)) if left or right else (was, now)


def _only(section: Section, row: Any, side: str) -> list[FieldChange]:
    words = [(label, _text(read(row))) for label, read in section.fields.items()]
    return [
        FieldChange(label, text if side == "was" else "", text if side == "now" else "")
        for label, text in words
        if text and text != "否"
    ]
