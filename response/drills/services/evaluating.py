"""Evaluating a drill: a judgement on every finding, improvements, the report (6.7: 「检验和完善预案」)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

from directory.choices import Act
from directory.models import PlanVersion, Unit
from directory.rules import actor_for
from directory.services.plan_revisions import today
from incidents.services.common import check_lengths
from response.drills.choices import DrillState, Judgement
from response.drills.models import Drill, DrillFinding, DrillImprovement
from response.drills.services.common import act_clause, drill_lock, message_of, tell, units_told
from response.services.common import check_version, entry_write, required, state_in
from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import database_now
from yangcheng_ec.errors import BadInput, NotVisible
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line
from yangcheng_ec.text import LONG_TEXT_LIMIT, clean_text

__all__ = ["Improvement", "Judged", "drill_evaluate", "drill_judge", "improvement_add", "improvement_remove"]

COMMENT_LIMIT = 500


@dataclass(frozen=True)
class Judged:
    """What the evaluators say of one finding."""

    judgement: str
    comment: str = ""


@dataclass(frozen=True)
class Improvement:
    """What is to be improved, the clause it concerns, by whom and when; ``revises_plan``: by changing the plan."""

    text: str
    clause: str = ""
    unit: Unit | None = None
    due_on: date | None = None
    revises_plan: bool = False


@transaction.atomic
def drill_judge(*, drill_id: int, version: int, user: Any, judged: Mapping[int, Judged]) -> Drill:
    """Keep judgements on findings (finding id → judgement), not yet the whole evaluation.

    Raises NotVisible, Forbidden, StaleVersion, WrongState (not ended, evaluated already), BadInput beside each.
    """
    head, drill, actor = _opened(drill_id, version, user)
    count = _judge(drill, judged)
    _write(head, drill, "drill.judged", f"填写演练评估，{count}项", actor)
    return drill


@transaction.atomic
def drill_evaluate(
    *, drill_id: int, version: int, user: Any, judged: Mapping[int, Judged], evaluators: str, summary: str
) -> Drill:
    """Finish the evaluation: every finding is judged, who evaluated and what they say of the whole is written.

    It is final; participants are told where the report is. Raises as ``drill_judge``, BadInput when one is missing.
    """
    head, drill, actor = _opened(drill_id, version, user)
    _judge(drill, judged)
    problems: dict[str, list[str]] = {}
    for row in drill.findings.filter(judgement=""):
        problems[f"judgement_{row.pk}"] = [f"请评定「{row.title[:30]}」。"]
    texts = {"evaluators": (clean_text(evaluators).strip(), 200), "summary": (clean_text(summary).strip(), 0)}
    for name, (text, limit) in texts.items():
        if not text:
            problems[name] = ["请填写。"]
        elif len(text) > (limit or LONG_TEXT_LIMIT):
            problems[name] = [f"最多 {limit or LONG_TEXT_LIMIT} 个字。"]
    if problems:
        raise BadInput("评估没有完成，请补全标出的内容。", fields=problems, clause=act_clause(drill.plan_version))
    drill.evaluators, drill.summary = texts["evaluators"][0], texts["summary"][0]
    drill.state, drill.evaluated_at, drill.evaluated_post = DrillState.EVALUATED, database_now(), actor.post
    done = drill.findings.filter(judgement=Judgement.DONE).count()
    total = drill.findings.count()
    _write(head, drill, "drill.evaluated", f"完成演练评估：{total}项中{done}项完成。{drill.summary[:200]}", actor)
    tell(head, message_of(drill, "evaluated", f"演练评估报告：{drill.title}", drill.summary[:500]), units_told(drill))
    return drill


@transaction.atomic
def improvement_add(*, drill_id: int, version: int, user: Any, improvement: Improvement) -> DrillImprovement:
    """Add what is to be improved, while the evaluation is open. Raises as ``drill_judge``, BadInput with fields."""
    head, drill, actor = _opened(drill_id, version, user)
    text = required(clean_text(improvement.text), "text", "请写明改进事项。")
    clause = clean_text(improvement.clause).strip()
    problems: dict[str, list[str]] = {}
    if clause and not _is_clause(drill.plan_version, clause):
        words = f"本预案没有「{clause[:40]}」这一条，请按「{drill.plan_version.cited_as} 4.1」填写。"
        problems["clause"] = [words]
    if improvement.revises_plan and not clause:
        problems["clause"] = ["建议修订预案的，请写明涉及的条款。"]
    if improvement.due_on is not None and improvement.due_on < today():
        problems["due_on"] = ["完成日期不能早于今天。"]
    if problems:
        raise BadInput("改进事项没有保存，请更正。", fields=problems)
    row = DrillImprovement(
        drill=drill, text=text, clause=clause, unit=improvement.unit, due_on=improvement.due_on,
        revises_plan=improvement.revises_plan, created_at=database_now(),
    )  # fmt: skip
    check_lengths(row)
    row.save()
    what = "建议修订预案" if row.revises_plan else "改进事项"
    _write(head, drill, "drill.improvement", f"{what}：{row.text}" + (f"（{clause}）" if clause else ""), actor)
    return row


def _is_clause(version: PlanVersion, label: str) -> bool:
    """Return whether a label cites a clause of this version, or a numbered part of one: 4.2.1.3（2）."""
    cited, _space, ref = label.rpartition(" ")
    return cited == version.cited_as and version.clauses.filter(ref=ref.partition("（")[0]).exists()


@transaction.atomic
def improvement_remove(*, drill_id: int, version: int, user: Any, improvement_id: int) -> Drill:
    """Take an improvement back while the evaluation is open; the record keeps it. Raises as ``drill_judge``."""
    head, drill, actor = _opened(drill_id, version, user)
    row = drill.improvements.filter(pk=improvement_id).first()
    if row is None:
        raise NotVisible()
    text = row.text
    row.delete()
    _write(head, drill, "drill.improvement_removed", f"去掉改进事项：{text}", actor)
    return drill


def _opened(drill_id: int, version: int, user: Any) -> tuple[CaseHead, Drill, Actor]:
    head, drill = drill_lock(drill_id, user=user)
    actor = actor_for(user, drill.plan_version, Act.ORGANISE_DRILL)
    check_version(drill, version)
    state_in(drill, [DrillState.ENDED], "不能评估", act_clause(drill.plan_version))
    return head, drill, actor


def _judge(drill: Drill, judged: Mapping[int, Judged]) -> int:
    """Write the judgements; return how many there are now. Raises BadInput beside each that is none."""
    rows = {row.pk: row for row in drill.findings.all()}
    problems: dict[str, list[str]] = {}
    for pk, said in judged.items():
        row, comment = rows.get(pk), clean_text(said.comment).strip()
        if row is None:
            raise NotVisible()
        if said.judgement and said.judgement not in Judgement.values:
            problems[f"judgement_{pk}"] = ["请选择完成、部分完成或未完成。"]
        if len(comment) > COMMENT_LIMIT:
            problems[f"comment_{pk}"] = [f"最多 {COMMENT_LIMIT} 个字。"]
        row.judgement, row.comment = said.judgement, comment
    if problems:
        raise BadInput("评估没有保存，请更正标出的内容。", fields=problems)
    DrillFinding.objects.bulk_update(rows.values(), ["judgement", "comment"])
    return sum(1 for row in rows.values() if row.judgement)


def _write(head: CaseHead, drill: Drill, kind: str, text: str, actor: Actor) -> None:
    entry_write(head, drill, Line(kind, f"{text.rstrip('。')}。", actor=actor, clause=act_clause(drill.plan_version)))
