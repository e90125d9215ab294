"""What the record says a drill exercised: one line per clause and thing, computed when the drill ends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from directory.choices import Act
from directory.rules import approver_kinds, clause_label
from directory.selectors.standing_duties import drill_duty
from early_warning.models import EarlyWarning
from incidents.models import Incident
from response.choices import RUNNING, UNDECIDED, ResponseState, TaskState
from response.drills.choices import FindingKind, Result
from response.drills.models import Drill
from response.models import Response, Task
from response.services.common import act_clause, clause_of
from yangcheng_ec.clock import database_now, local_text
from yangcheng_ec.deadlines.choices import DeadlineState
from yangcheng_ec.deadlines.models import Deadline
from yangcheng_ec.record.models import RecordEntry
from yangcheng_ec.templatetags.yec import duration_cn

__all__ = ["Exercised", "exercised", "span_words", "took"]

SET_ASIDE = (DeadlineState.SUPERSEDED, DeadlineState.WAIVED)
CLOCK_RESULTS = {
    DeadlineState.MET: Result.MET,
    DeadlineState.MET_LATE: Result.LATE,
    DeadlineState.RUNNING: Result.MISSED,
    DeadlineState.OVERDUE: Result.MISSED,
}
LONGEST = 300


@dataclass(frozen=True)
class Exercised:
    """One thing the drill exercised: what the record says of it, with the times that prove it."""

    kind: FindingKind
    clause: str
    title: str
    result: Result
    evidence: str


def exercised(drill: Drill, incident: Incident) -> list[Exercised]:
    """Return everything the drill's case exercised, in the order of an emergency."""
    warnings = list(EarlyWarning.objects.filter(incident=incident).prefetch_related("addressees").order_by("pk"))
    responses = Response.objects.filter(incident=incident).select_related("level", "plan_version__plan").order_by("pk")
    rows = list(responses)
    decided = _decisions(incident)
    return [
        *_drill(drill),
        *_grade(drill, incident),
        *_clocks([incident.head_id, *(row.head_id for row in warnings)]),
        *(_warning(row) for row in warnings),
        *(_approval(row, decided.get(row.pk)) for row in rows),
        *_tasks(Task.objects.filter(response__in=rows).order_by("clause", "pk")),
        *_ends(rows),
    ]


def _drill(drill: Drill) -> Iterator[Exercised]:
    """The drill itself: on the grade the clause names (P3)."""
    duty = drill_duty(drill.plan_version)
    if duty is None:
        return
    wanted = not duty.grade or (drill.grade is not None and drill.grade.code == duty.grade)
    scenario = f"情景按{drill.grade}设定" if drill.grade else "情景没有设定级别"
    units = drill.participants.count()
    evidence = f"{scenario}，{units}个单位参演，{local_text(drill.started_at)}开始。"
    yield Exercised(FindingKind.DRILL, duty.label, duty.quote, Result.MET if wanted else Result.PARTIAL, evidence)


def _grade(drill: Drill, incident: Incident) -> Iterator[Exercised]:
    """Whether the players found the grade the scenario stands for."""
    if drill.grade is None:
        return
    found = incident.grade
    if found is None or incident.graded_at is None:
        result, when = Result.MISSED, ""
    else:
        result = Result.MET if found.code == drill.grade.code else Result.PARTIAL
        when = f"，{local_text(incident.graded_at)}"
    evidence = f"情景设定{drill.grade}，参演人员定为{found or '未定级'}{when}。"
    clause = clause_label(drill.plan_version, drill.grade.clause)
    yield Exercised(FindingKind.GRADE, clause, "按分级标准定级", result, evidence)


def _clocks(heads: Sequence[int]) -> Iterator[Exercised]:
    """Each clock that was not set aside: met, met late, or still open when the drill ended, due or not."""
    now = database_now()
    for clock in Deadline.objects.filter(head_id__in=heads).exclude(state__in=SET_ASIDE).order_by("starts_at", "pk"):
        result = CLOCK_RESULTS[DeadlineState(clock.state)]
        if result == Result.MISSED and clock.due_at is not None and clock.due_at > now:
            result = Result.NOT_DUE
        title = f"{clock.title}（{clock.owed_by}）"[:LONGEST]
        yield Exercised(FindingKind.CLOCK, clock.clause, title, result, _clock_words(clock))


def _clock_words(clock: Deadline) -> str:
    due = f"应于{local_text(clock.due_at)}前" if clock.due_at else f"「{clock.wording}」"
    if clock.done_at is None:
        return f"{due}，到演练结束没有办。"
    reason = f"，原因：{clock.late_reason}" if clock.late_reason else ""
    return f"{due}，{local_text(clock.done_at)}办毕，用时{took(clock.starts_at, clock.done_at)}{reason}。"


def _warning(warning: EarlyWarning) -> Exercised:
    """How many of the addressed units confirmed a warning, and how fast the slowest was."""
    clause = clause_label(warning.plan_version, approver_kinds(warning.plan_version, Act.PUBLISH_WARNING)[1])
    title = f"发布{warning.level.name}预警并由各单位确认（{warning.number}）"
    if warning.published_at is None:
        return Exercised(FindingKind.WARNING, clause, title, Result.MISSED, "预警没有发布。")
    told = list(warning.addressees.all())
    times = [row.confirmed_at for row in told if row.confirmed_at is not None]
    slowest = f"，最慢的用时{took(warning.published_at, max(times))}" if times else ""
    evidence = f"{local_text(warning.published_at)}发布，{len(told)}个单位中{len(times)}个确认{slowest}。"
    return Exercised(FindingKind.WARNING, clause, title, _share(len(times), len(told), len(times)), evidence)


def _decisions(incident: Incident) -> dict[int, RecordEntry]:
    """Return response id → the line of its activation: who decided, as what."""
    rows = RecordEntry.objects.filter(head_id=incident.head_id, kind="response.activated", subject_type="response")
    return {row.subject_id: row for row in rows if row.subject_id is not None}


def _approval(response: Response, decision: RecordEntry | None) -> Exercised:
    """Who proposed a level, who approved it and how long that took."""
    title = f"提出、批准启动{response.level}（{response.number}）"
    asked = f"{local_text(response.proposed_at)}由{response.proposed_post}提出"
    if response.activated_at is None:
        open_still = response.state in UNDECIDED
        words = "到演练结束没有决定" if open_still else f"{response.get_state_display()}，没有启动"
        result = Result.MISSED if open_still else Result.PARTIAL
        return Exercised(FindingKind.APPROVAL, clause_of(response), title, result, f"{asked}，{words}。")
    who = f"由{decision.actor_post}" if decision is not None else ""
    spent = took(response.proposed_at, response.activated_at)
    evidence = f"{asked}，{local_text(response.activated_at)}{who}批准启动，用时{spent}。"
    return Exercised(FindingKind.APPROVAL, clause_of(response), title, Result.MET, evidence)


def _tasks(tasks: Iterable[Task]) -> Iterator[Exercised]:
    """One line per measure: how many of its tasks were signed for and done."""
    for clause, rows in groupby(tasks, key=lambda task: task.clause):
        found = list(rows)
        signed = [row for row in found if row.acknowledged_at is not None]
        done = sum(1 for row in found if row.state == TaskState.DONE)
        slowest = max((row.acknowledged_at - row.assigned_at for row in signed if row.acknowledged_at), default=None)
        words = f"，最慢的签收用时{span_words(slowest)}" if slowest is not None else ""
        titles = "、".join(dict.fromkeys(row.title for row in found))
        evidence = f"{len(found)}项任务：签收{len(signed)}项，办结{done}项{words}。"
        result = _share(done, len(found), len(signed))
        yield Exercised(FindingKind.TASK, clause, titles[:LONGEST], result, evidence)


def _ends(responses: Sequence[Response]) -> Iterator[Exercised]:
    """Whether what was started was ended by who may."""
    for response in responses:
        title = f"结束{response.level}（{response.number}）"
        clause = act_clause(response, Act.APPROVE_END)
        if response.state == ResponseState.ENDED:
            evidence = f"{local_text(response.ended_at)}宣布结束。"
            yield Exercised(FindingKind.END, clause, title, Result.MET, evidence)
        elif response.state in RUNNING:
            proposed = response.end_proposed_at is not None
            words = "已提出，没有批准宣布" if proposed else "没有提出结束"
            result = Result.PARTIAL if proposed else Result.MISSED
            yield Exercised(FindingKind.END, clause, title, result, f"{words}，随演练终止。")


def _share(done: int, all_of_them: int, begun: int) -> Result:
    if all_of_them and done == all_of_them:
        return Result.MET
    return Result.PARTIAL if done or begun else Result.MISSED


def took(start: datetime, end: datetime) -> str:
    """Return how long something took, in words."""
    return span_words(end - start)


def span_words(span: timedelta) -> str:
    """Return a span in words, to the minute."""
    seconds = max(span.total_seconds(), 0)
    return duration_cn(seconds) if seconds >= 60 else "不到1分钟"
