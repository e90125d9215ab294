"""The table of what can be edited in a draft: one line per kind of row, with its columns and how it is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Max, Model, QuerySet

from directory import models as rows
from directory.models import PlanVersion
from directory.services.plan_edits import options, writes
from directory.services.plan_edits.base import Column, Edit, own

__all__ = ["SECTIONS", "Section"]

Write = Callable[[Edit, "Section", Any, dict[str, Any]], None]


@dataclass(frozen=True)
class Section:
    """How one kind of row is edited.

    ``parent`` is the section whose row it belongs to (empty: the version itself) by the key ``link``. ``place`` is
    the number by which rows follow each other: a new one comes last, those after a removed one move up (number 0
    stands outside). ``start`` gives a new row what is not typed. ``adds``/``removes``: whether rows come and go.
    """

    key: str
    title: str
    model: type[Model]
    columns: tuple[Column, ...]
    parent: str = ""
    link: str = "version"
    place: str = "number"
    write: Write = writes.plain
    start: Callable[[PlanVersion, Any], dict[str, Any]] | None = None
    comes_and_goes: bool = True
    noun: str = ""

    @property
    def one(self) -> str:
        """Return what one of its rows is called."""
        return self.noun or self.title

    def path(self) -> str:
        """Return the keys from a row to its version."""
        return f"{self.link}__{SECTIONS[self.parent].path()}" if self.parent else self.link

    def rows(self, draft: PlanVersion) -> QuerySet[Any]:
        """Return the rows of a draft, each with what its name needs."""
        related = self.path().rpartition("__")[0]
        found = self.model._base_manager.filter(**{self.path(): draft})
        return found.select_related(related or self.link)

    def parent_row(self, draft: PlanVersion, pk: int | None) -> Any:
        """Return the row a new one will belong to. Raises NotVisible."""
        return own(SECTIONS[self.parent].rows(draft), pk or 0) if self.parent else draft

    def beside(self, row: Any) -> QuerySet[Any]:
        """Return the rows of the same parent."""
        return self.model._base_manager.filter(**{self.link: getattr(row, self.link)})

    def new(self, draft: PlanVersion, above: Any) -> Any:
        """Return a row not yet saved, after the last one of its parent."""
        row = self.model(**{self.link: above})
        if self.place:
            last = self.beside(row).aggregate(last=Max(self.place))["last"]
            setattr(row, self.place, (last or 0) + 1)
        for name, value in (self.start(draft, above) if self.start else {}).items():
            setattr(row, name, value)
        return row

    def asked(self, when: str) -> list[Column]:
        """Return the columns asked for on adding or on editing."""
        return [column for column in self.columns if column.when in ("both", when)]


def _post(draft: PlanVersion, above: Any) -> dict[str, Any]:
    """A new post has an ordinal no version's post had: nobody who held another post is carried over to it."""
    last = rows.Post.objects.filter(version__plan=draft.plan_id).aggregate(last=Max("ordinal"))["last"] or 0
    return {"ordinal": last + 1, "code": f"{draft.plan.code}:new:{last + 1}@{draft.pk}"}


def _category(draft: PlanVersion, above: Any) -> dict[str, Any]:
    last = draft.categories.order_by("-number").first()
    code = writes.free_code(
        "category-", draft.categories.values_list("code", flat=True), (last.number if last else 0) + 1
    )
    return {"code": code}


def _subitem(draft: PlanVersion, above: rows.Category) -> dict[str, Any]:
    return {"code": writes.free_code(f"{above.code}-", above.subitems.values_list("code", flat=True))}


def _grade(draft: PlanVersion, above: Any) -> dict[str, Any]:
    return {"code": writes.free_code("grade-", draft.grades.values_list("code", flat=True))}


def _addressee(draft: PlanVersion, above: rows.ReportingRule) -> dict[str, Any]:
    return {"code": writes.free_code("new-", above.addressees.values_list("code", flat=True))}


def _group(draft: PlanVersion, above: Any) -> dict[str, Any]:
    last = draft.groups.order_by("-number").first()
    return {"clause": last.clause if last else ""}


def _units(name: str) -> Callable[[Any], list[int]]:
    return lambda row: [pk for pk in getattr(row, name).values_list("unit", flat=True) if pk] if row.pk else []


NAME = Column("name", "名称")
CLAUSE = Column("clause", "条款", "clause")
TEXT = Column("text", "文字", "words")
QUOTE = Column("quote", "引文", "words", help="须是条款中的原话。")
NON_PLAN = Column("non_plan", "非预案规定", "flag", required=False, help="预案没有写明、由本系统补充的，须勾选。")

SECTIONS: dict[str, Section] = {
    section.key: section
    for section in (
        Section(
            "post", "指挥部与办公室职务", rows.Post,
            (
                Column("kind", "职务类别", "choice", when="add", options=options.command_kinds),
                Column("label", "职务"),
                Column("title", "由谁担任", help="任职随职务转到新版。换成另一个职务的，请删去后另行增加。"),
                Column("unit", "所在单位", "unit", required=False),
                Column("clause", "条款", "clause", required=False), NON_PLAN,
            ),
            place="", start=_post, noun="职务",
        ),
        Section(
            "member", "成员单位与职责", rows.Membership,
            (
                Column("unit", "单位", "unit", when="add"),
                Column("printed_name", "预案中的名称"),
                Column("printed_short", "简称", required=False, when="edit"),
                Column("duty_name", "职责表中的名称", required=False, when="edit"),
                Column("duty", "职责", "words", required=False),
            ),
            write=writes.member, noun="成员单位",
        ),
        Section(
            "group", "应急工作组", rows.WorkGroup,
            (
                NAME, Column("lead", "牵头部门", "unit"), Column("duty", "职责", "words"),
                Column("units", "组成单位", "units", required=False, read=_units("members")),
                Column(
                    "with_township", "事发地乡（镇）人民政府参加", "flag", required=False,
                    read=lambda row: bool(row.pk) and row.members.filter(unit=None).exists(),
                ),
            ),
            write=writes.group, start=_group, noun="工作组",
        ),
        Section(
            "category", "事件分类", rows.Category,
            (
                NAME, Column("form_name", "上报表中的名称"),
                Column("definition", "定义", "words", required=False, help="留空即「原文未列」。"),
                Column("subitems_text", "子类原文", "words", required=False), CLAUSE,
            ),
            start=_category, noun="分类",
        ),
        Section("subitem", "子类", rows.SubCategory, (NAME,), parent="category", link="category", start=_subitem),
        Section(
            "grade", "事件分级", rows.Grade, (NAME, Column("level", "级", required=False), CLAUSE),
            start=_grade, noun="分级",
        ),
        Section("criterion", "分级标准", rows.Criterion, (TEXT,), parent="grade", link="grade", noun="标准"),
        Section(
            "warning", "预警级别", rows.WarningLevel,
            (
                NAME, Column("roman", "级", required=False), Column("severity", "程度", required=False),
                Column("colour", "颜色", "choice", required=False, options=options.colours),
                Column("colour_name", "颜色用语", required=False),
                Column("text", "情形", "words", required=False), Column("reach", "范围", "words", required=False),
                Column("spread", "扩散", required=False), CLAUSE,
            ),
            place="ordinal", noun="预警级别",
        ),
        Section(
            "level", "响应级别", rows.ResponseLevel,
            (
                Column("approvers", "批准职务", "choices", options=options.own_posts),
                Column("procedure", "启动程序（条款原文）", "words"),
            ),
            place="ordinal", write=writes.level, comes_and_goes=False,
        ),
        Section(
            "condition", "启动条件", rows.ResponseCondition,
            (
                TEXT, Column("grades", "对应分级", "choices", required=False, options=options.grades),
                Column("by_judgement", "凭指挥部研判", "flag", required=False),
            ),
            parent="level", link="level", write=writes.condition,
        ),
        Section(
            "measure", "响应措施", rows.Measure, (Column("heading", "标题", required=False), TEXT),
            parent="level", link="level", write=writes.measure,
        ),
        Section(
            "actor", "责任主体", rows.MeasureActor,
            (
                Column("kind", "谁办", "choice", options=options.actors),
                Column("unit", "指定单位", "unit", required=False),
                Column(
                    "group", "工作组", "choice", required=False, options=options.groups,
                    read=lambda row: str(row.group_id or ""),
                ),
                Column("title", "名称（原文怎样称呼）"),
                Column("quote", "引文", "words", help="须是措施文字中的原话，任务由此产生。"),
                Column("on_event", "只在发生时", "choice", required=False, options=options.events),
                NON_PLAN,
            ),
            parent="measure", link="measure", write=writes.actor,
        ),
        Section(
            "rule", "报告与时限", rows.ReportingRule,
            (
                Column("title", "名称"), CLAUSE, QUOTE,
                Column("minutes", "分钟", "number", required=False, help="「立即」「及时」没有分钟数，请留空。"),
                Column("wording", "时限用语"),
                Column("trigger", "何时适用", "choice", options=options.triggers),
                Column("grades", "适用分级", "choices", required=False, options=options.grades, help="不选为各级。"),
                Column("starts", "从何时起算", "choice", options=options.starts),
                Column("owed_by", "责任单位（原文）"),
                Column("owed_by_kinds", "责任单位类别", "choices", options=options.owed_by),
                Column(
                    "owed_by_units", "指定单位", "units", required=False,
                    read=lambda row: list(row.owed_by_units.values_list("pk", flat=True)) if row.pk else [],
                ),
                Column("satisfied_by", "以何满足", "choice", options=options.satisfied),
                Column("satisfied_kinds", "报告方式", "choices", required=False, options=options.report_kinds),
            ),
            write=writes.rule, noun="报告规则",
        ),
        Section(
            "addressee", "报告对象", rows.ReportingAddressee,
            (Column("label", "报告对象"), Column("unit", "单位", "unit", required=False, help="泛指的请留空。")),
            parent="rule", link="rule", start=_addressee,
        ),
        Section(
            "act", "谁可以办理", rows.ActRule,
            (
                Column("act", "事项", "choice", when="add", options=options.acts),
                Column("post_kinds", "可以办理的职务", "choices", options=options.posts),
                Column("clause", "条款", "clause", required=False),
                Column("quote", "依据（条款原话）", "words", required=False),
                Column("limits", "限制", "choices", required=False, options=options.limits), NON_PLAN,
            ),
            place="", noun="办理权限",
        ),
        Section(
            "rung", "提醒与升级", rows.LadderRung,
            (
                Column("timed", "用于有分钟数的时限", "flag", required=False, when="add"),
                Column("kind", "动作", "choice", options=options.steps),
                Column("offset_minutes", "分钟", "number", help="到期前写负数；没有分钟数的时限从起算后计。"),
                Column("audience", "告知", "choices", options=options.audience),
            ),
            place="", write=writes.rung, noun="提醒或升级",
        ),
        Section(
            "clause", "条款原文", rows.Clause,
            (
                Column("ref", "条款号", when="add"), Column("title", "标题"),
                Column("text", "文字", "words", required=False),
            ),
            place="order", write=writes.clause, noun="条款",
        ),
    )
}  # fmt: skip
