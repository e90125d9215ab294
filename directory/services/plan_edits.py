"""Editing a draft: members, groups, levels, rules and the words of clauses. What is in force is never edited.

Each edit is one transaction with one line in the plan's chain, field by field, old → new. The words of a condition,
a measure or a rule stand in a clause too: where they stood there once, they are changed there as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model, QuerySet

from directory.choices import Act, PostKind, RevisionStage
from directory.models import (
    GroupMember,
    Measure,
    MeasureActor,
    Membership,
    PlanVersion,
    ReportingAddressee,
    ResponseCondition,
    Unit,
    WorkGroup,
)
from directory.rules import actor_for
from directory.services.plan_revisions import edited, in_force, need_stage, revision_lock
from yangcheng_ec.actors import Actor
from yangcheng_ec.errors import BadInput, Change, NotVisible
from yangcheng_ec.record.models import CaseHead

__all__ = [
    "plan_clause_edit",
    "plan_condition_edit",
    "plan_group_edit",
    "plan_level_edit",
    "plan_measure_edit",
    "plan_member_add",
    "plan_member_edit",
    "plan_member_remove",
    "plan_rule_edit",
]

_Row = TypeVar("_Row", bound=Model)
LABELS = {
    "printed_name": "名称", "printed_short": "简称", "duty_name": "职责表名称", "duty": "职责", "text": "文字",
    "title": "标题", "name": "名称", "printed_lead": "牵头部门", "lead": "牵头部门", "composition_text": "组成原文",
    "approvers": "批准职务", "quote": "引文", "minutes": "分钟", "wording": "时限用语", "owed_by": "责任单位",
    "label": "报告对象", "number": "序号", "procedure": "启动程序",
}  # fmt: skip
OPTIONAL = frozenset({"printed_short", "duty_name", "composition_text", "minutes", "duty"})


@dataclass
class _Edit:
    """One edit under way: the locked chain and draft, who edits, and what has changed so far."""

    head: CaseHead
    draft: PlanVersion
    actor: Actor
    changes: list[Change] = field(default_factory=list)

    def set(self, row: Model, values: Mapping[str, Any], *, prefix: str = "") -> None:
        """Change a row's fields. Raises BadInput for what may not be empty or is too long."""
        problems: dict[str, list[str]] = {}
        for name, value in values.items():
            value = value.strip() if isinstance(value, str) else value
            if value in ("", None, []) and name not in OPTIONAL:
                problems[name] = [f"{LABELS[name]}不能为空。"]
                continue
            limit = getattr(row._meta.get_field(name), "max_length", None)
            if limit and isinstance(value, str) and len(value) > limit:
                problems[name] = [f"{LABELS[name]}最多 {limit} 个字。"]
                continue
            self._one(row, name, value, prefix)
        if problems:
            raise BadInput("没有保存，请更正。", fields=problems)
        row.save()

    def _one(self, row: Model, name: str, value: Any, prefix: str) -> None:
        was = getattr(row, name)
        if was == value or (name == "duty" and was is None and not value):
            return
        self.changes.append(Change(f"{prefix}{LABELS[name]}", _words(was), _words(value)))
        setattr(row, name, value)

    def reword(self, ref: str, was: str, now: str) -> None:
        """Change the words in their clause too, where they stand there exactly once."""
        clause = self.draft.clauses.filter(ref=ref).first()
        if clause is not None and was and was != now and clause.text.count(was) == 1:
            self.set(clause, {"text": clause.text.replace(was, now)}, prefix=f"条款 {ref} ")

    def done(self, what: str) -> PlanVersion:
        """Write the line; nothing at all when nothing has changed."""
        if self.changes:
            parts = "；".join(f"{change.field} {_short(change.was)} → {_short(change.now)}" for change in self.changes)
            text = f"修改草案{self.draft.number}：{what}。{parts}。"
            edited(self.head, self.draft, text=text, changes=self.changes, actor=self.actor)
        return self.draft


def _editing(version_id: int, revision: int, user: Any) -> _Edit:
    head, draft = revision_lock(version_id, revision)
    actor = actor_for(user, in_force(draft), Act.REVISE_PLAN)
    need_stage(draft, RevisionStage.DRAFT, "修改")
    return _Edit(head, draft, actor)


def _own(rows: QuerySet[_Row], pk: int) -> _Row:
    """Return a row of this draft. Raises NotVisible for any other."""
    row = rows.filter(pk=pk).first()
    if row is None:
        raise NotVisible()
    return row


@transaction.atomic
def plan_member_add(
    *, version_id: int, revision: int, unit_id: int, duty: str, printed_name: str = "", user: Any
) -> PlanVersion:
    """Add a member unit to a draft, after the last one.

    Raises Forbidden, WrongState (no draft), StaleVersion, BadInput (an unknown unit, or one that is a member).
    """
    work = _editing(version_id, revision, user)
    unit = _unit(unit_id)
    if work.draft.memberships.filter(unit=unit).exists():
        raise BadInput("没有保存，请更正。", fields={"unit": [f"{unit.name}已是成员单位。"]})
    last = work.draft.memberships.order_by("-number").first()
    row = Membership(
        version=work.draft, unit=unit, number=last.number + 1 if last else 1,
        clause=last.clause if last else "", duty_clause=last.duty_clause if last else "",
    )  # fmt: skip
    work.set(row, {"printed_name": printed_name.strip() or unit.name, "duty_name": unit.name, "duty": duty})
    return work.done(f"增加成员单位{row.printed_name}")


@transaction.atomic
def plan_member_edit(
    *, version_id: int, revision: int, row_id: int, values: Mapping[str, Any], user: Any
) -> PlanVersion:
    """Change a member's name, short name or duty. Raises as ``plan_member_add``, NotVisible."""
    work = _editing(version_id, revision, user)
    row = _own(work.draft.memberships.all(), row_id)
    was = row.duty
    work.set(row, _only(values, "printed_name", "printed_short", "duty_name", "duty"))
    if row.duty != was and row.duty_items:
        row.duty_items = []  # they were the parts of the words that are gone
        row.save(update_fields=["duty_items"])
    return work.done(f"成员单位{row.printed_name}")


@transaction.atomic
def plan_member_remove(*, version_id: int, revision: int, row_id: int, user: Any) -> PlanVersion:
    """Take a member out of a draft; those after it move up. Raises as ``plan_member_add``, NotVisible."""
    work = _editing(version_id, revision, user)
    row = _own(work.draft.memberships.all(), row_id)
    work.changes.append(Change("成员单位", f"{row.number}. {row.printed_name}", ""))
    number, name = row.number, row.printed_name
    row.delete()
    for after in work.draft.memberships.filter(number__gt=number).order_by("number"):
        after.number -= 1
        after.save(update_fields=["number"])
    return work.done(f"减去成员单位{name}")


@transaction.atomic
def plan_group_edit(
    *, version_id: int, revision: int, row_id: int, values: Mapping[str, Any], unit_ids: Sequence[int],
    with_township: bool = False, user: Any,
) -> PlanVersion:  # fmt: skip
    """Change a group's name, lead, duty and members; ``values`` has ``lead_id``.

    Members stay in their printed order, new ones come after them. ``with_township`` keeps 事发地乡（镇）人民政府.
    Raises as ``plan_member_add``, NotVisible.
    """
    work = _editing(version_id, revision, user)
    row = _own(work.draft.groups.select_related("lead"), row_id)
    lead = _unit(values["lead_id"], "lead")
    wanted = {**_only(values, "name", "duty", "composition_text"), "lead": lead}
    if lead != row.lead:
        wanted["printed_lead"] = lead.name
    if not str(values.get("duty", "")).strip():
        raise BadInput("没有保存，请更正。", fields={"duty": ["职责不能为空。"]})
    work.set(row, wanted)
    _regroup(work, row, list(unit_ids), with_township)
    return work.done(f"工作组{row.name}")


def _regroup(work: _Edit, group: WorkGroup, unit_ids: list[int], with_township: bool) -> None:
    rows = list(group.members.select_related("unit"))
    was = "、".join(row.printed_name for row in rows)
    kept = [row for row in rows if (row.unit_id in unit_ids if row.unit_id else with_township)]
    known = {row.unit_id for row in kept}
    units = Unit.objects.in_bulk([pk for pk in unit_ids if pk not in known])
    if missing := set(unit_ids) - known - set(units):
        raise BadInput("没有保存，请更正。", fields={"units": [f"没有编号为{sorted(missing)[0]}的单位。"]})
    new: list[tuple[Unit | None, str]] = [(unit, unit.name) for unit in units.values()]
    if with_township and None not in known:
        new.append((None, "事发地乡（镇）人民政府"))
    names = [row.printed_name for row in kept] + [name for _, name in new]
    if names == [row.printed_name for row in rows]:
        return
    members = [(row.unit, row.printed_name) for row in kept] + new
    group.members.all().delete()
    GroupMember.objects.bulk_create(
        [GroupMember(group=group, unit=unit, number=n, printed_name=name) for n, (unit, name) in enumerate(members, 1)]
    )
    work.changes.append(Change("组成", was, "、".join(names)))


@transaction.atomic
def plan_level_edit(
    *, version_id: int, revision: int, row_id: int, approvers: Sequence[str], procedure: str, user: Any
) -> PlanVersion:
    """Change which posts may start a level, and the words that say so.

    Raises as ``plan_member_add``, and BadInput for a post this plan does not have.
    """
    work = _editing(version_id, revision, user)
    row = _own(work.draft.response_levels.all(), row_id)
    labels = dict(work.draft.posts.values_list("kind", "label"))
    unknown = [kind for kind in approvers if kind not in labels]
    if unknown or not approvers:
        words = f"本预案没有「{_kind(unknown[0])}」这个职务。" if unknown else "至少选一个批准职务。"
        raise BadInput("没有保存，请更正。", fields={"approvers": [words]})
    was = row.procedure
    work.set(row, {"procedure": procedure})
    work.reword(row.procedure_clause, was, row.procedure)
    if list(approvers) != row.approvers:
        names = [[labels.get(kind, _kind(kind)) for kind in kinds] for kinds in (row.approvers, approvers)]
        work.changes.append(Change("批准职务", *("、".join(words) for words in names)))
        row.approvers = list(approvers)
        row.save()
    return work.done(f"{row}")


@transaction.atomic
def plan_condition_edit(*, version_id: int, revision: int, row_id: int, text: str, user: Any) -> PlanVersion:
    """Change the words of a condition, here and in its clause. Raises as ``plan_member_add``, NotVisible."""
    work = _editing(version_id, revision, user)
    rows = ResponseCondition.objects.filter(level__version=work.draft).select_related("level")
    row = _own(rows, row_id)
    was = row.text
    work.set(row, {"text": text})
    work.reword(row.level.conditions_clause, was, row.text)
    return work.done(f"{row}")


@transaction.atomic
def plan_measure_edit(
    *, version_id: int, revision: int, row_id: int, text: str, quotes: Mapping[int, str], user: Any
) -> PlanVersion:
    """Change the words of a measure, here and in its clause, and what is quoted of it for each who must act.

    A quote that no longer stands in the words is refused. Raises as ``plan_member_add``, NotVisible.
    """
    work = _editing(version_id, revision, user)
    rows = Measure.objects.filter(level__version=work.draft).select_related("level")
    row = _own(rows, row_id)
    was, words = row.text, "".join(text.splitlines())
    work.set(row, {"text": words})
    if words != was:
        row.paragraphs = None
        row.save()
        work.reword(row.level.measures_clause, was, words)
    problems: dict[str, list[str]] = {}
    for actor in row.actors.all():
        quote = quotes.get(actor.pk, actor.quote).strip()
        if not quote or quote not in row.text:
            problems[f"quote_{actor.pk}"] = [f"「{actor.title}」的引文须是措施文字中的原话。"]
        else:
            _requote(work, actor, quote)
    if problems:
        raise BadInput("没有保存，请更正。", fields=problems)
    return work.done(f"{row}")


def _requote(work: _Edit, actor: MeasureActor, quote: str) -> None:
    work.set(actor, {"quote": quote}, prefix=f"{actor.title}")


@transaction.atomic
def plan_rule_edit(
    *, version_id: int, revision: int, row_id: int, values: Mapping[str, Any], labels: Mapping[int, str], user: Any
) -> PlanVersion:
    """Change a reporting rule: minutes (None: no minutes), wording, quote, who owes it, how addressees are called.

    Raises as ``plan_member_add``, NotVisible; BadInput for minutes below 1, or minutes the quote does not name.
    """
    work = _editing(version_id, revision, user)
    row = _own(work.draft.reporting_rules.all(), row_id)
    minutes, was = values.get("minutes"), row.quote
    if minutes is not None and not 1 <= minutes <= 60 * 24 * 365:
        raise BadInput("没有保存，请更正。", fields={"minutes": ["分钟须是 1 以上的整数；没有分钟数的请留空。"]})
    work.set(row, {**_only(values, "title", "quote", "wording", "owed_by"), "minutes": minutes})
    if minutes is not None and str(minutes) not in row.quote:
        raise BadInput("没有保存，请更正。", fields={"quote": [f"引文中没有 {minutes} 分钟，请一并修改引文。"]})
    work.reword(row.clause, was, row.quote)
    for addressee in row.addressees.all():
        _relabel(work, addressee, labels.get(addressee.pk, addressee.label))
    return work.done(f"报告规则{row}")


def _relabel(work: _Edit, addressee: ReportingAddressee, label: str) -> None:
    if not label.strip():
        raise BadInput("没有保存，请更正。", fields={f"label_{addressee.pk}": ["报告对象不能为空。"]})
    work.set(addressee, {"label": label})


@transaction.atomic
def plan_clause_edit(*, version_id: int, revision: int, row_id: int, title: str, text: str, user: Any) -> PlanVersion:
    """Change a clause's title and words; quotes that no longer stand in it are named when the draft is submitted.

    Raises as ``plan_member_add``, NotVisible.
    """
    work = _editing(version_id, revision, user)
    row = _own(work.draft.clauses.all(), row_id)
    was = row.text
    values = {"title": title} if not was and not text.strip() else {"title": title, "text": text.replace("\r\n", "\n")}
    work.set(row, values)
    if was and row.text != was:
        work.draft.texts = _reworded(work.draft.texts, was.replace("\n", ""), row.text.replace("\n", ""))
    return work.done(f"条款 {row}")


def _reworded(value: Any, was: str, now: str) -> Any:
    """Return ``texts`` with every leaf that repeats the clause's words brought in line."""
    if isinstance(value, dict):
        return {key: _reworded(item, was, now) for key, item in value.items()}
    if isinstance(value, list):
        return [_reworded(item, was, now) for item in value]
    return now if value == was else value


def _unit(unit_id: int, name: str = "unit") -> Unit:
    unit = Unit.objects.filter(pk=unit_id).first()
    if unit is None:
        raise BadInput("没有保存，请更正。", fields={name: ["请从名单中选择单位。"]})
    return unit


def _only(values: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: values[name] for name in names if name in values}


def _kind(kind: str) -> str:
    return str(PostKind(kind).label) if kind in PostKind.values else kind


def _words(value: Any) -> str:
    if value is None:
        return ""
    return "、".join(map(str, value)) if isinstance(value, list) else str(value)


def _short(text: str) -> str:
    return (text if len(text) <= 60 else f"{text[:60]}…") or "（空）"
