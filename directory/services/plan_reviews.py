"""A plan is evaluated or revised every few years (P1, P2): recording that it was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

from directory.choices import Act, ReviewResult
from directory.models import PlanReview
from directory.rules import actor_for, clause_label
from directory.selectors.plans import plan_in_force
from directory.services.plan_revisions import plan_head, today
from yangcheng_ec.clock import database_now
from yangcheng_ec.errors import BadInput
from yangcheng_ec.record.services import Line, record_append

__all__ = ["ReviewInput", "plan_review_record"]


@dataclass(frozen=True)
class ReviewInput:
    """What is recorded of a review: the day, what came out, the document that says so, a note."""

    reviewed_on: date
    result: str
    document: str
    note: str = ""


@transaction.atomic
def plan_review_record(*, code: str, entry: ReviewInput, user: Any) -> PlanReview:
    """Record that the version in force was reviewed; its next review is due so many years after that day.

    cyber 7.1 「三年评估一次」, comms 7.2 「3年修订一次」. Raises Forbidden (ActRule «revise_plan»), BadInput with
    fields (a day to come or before the version was issued, a day recorded already, no document).
    """
    version = plan_in_force(code)
    head = plan_head(version.plan)
    actor = actor_for(user, version, Act.REVISE_PLAN)
    problems = _problems(version.pk, version.issued_on, entry)
    if problems:
        raise BadInput("没有保存，请更正。", fields=problems)
    row = PlanReview.objects.create(
        version=version, reviewed_on=entry.reviewed_on, result=entry.result, document=entry.document.strip(),
        note=entry.note.strip(), recorded_by=user, post_label=actor.post, recorded_at=database_now(),
    )  # fmt: skip
    result = ReviewResult(entry.result).label
    text = (
        f"{version.number}已于{entry.reviewed_on}{version.get_review_kind_display()}：{result}。依据：{row.document}。"
    )
    data = {"reviewed_on": entry.reviewed_on, "result": entry.result, "document": row.document, "note": row.note}
    clause = clause_label(version, version.review_clause) if version.review_clause else ""
    line = Line("plan.reviewed", text, actor=actor, clause=clause, subject=("plan", version.pk), data=data)
    record_append(head, line)
    return row


def _problems(version_id: int, issued_on: date, entry: ReviewInput) -> dict[str, list[str]]:
    problems: dict[str, list[str]] = {}
    if entry.reviewed_on > today():
        problems["reviewed_on"] = ["日期不能晚于今天。"]
    elif entry.reviewed_on < issued_on:
        problems["reviewed_on"] = [f"日期不能早于本版印发日期{issued_on}。"]
    elif PlanReview.objects.filter(version=version_id, reviewed_on=entry.reviewed_on).exists():
        problems["reviewed_on"] = ["这一天已有记载。"]
    if entry.result not in ReviewResult.values:
        problems["result"] = ["请选择结论。"]
    if not entry.document.strip():
        problems["document"] = ["须写明依据的文件。"]
    elif len(entry.document.strip()) > 200:
        problems["document"] = ["最多 200 个字。"]
    return problems
