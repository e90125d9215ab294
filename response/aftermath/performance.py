"""What the record says of a case for its report: time line, decisions, clocks, each duty done, late or skipped."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from directory.models import MeasureActor, ReportingRule, Signature
from directory.rules import clause_label
from early_warning.models import EarlyWarning
from incidents.models import Incident
from incidents.views.facts import facts_of_case
from response.aftermath.choices import Outcome
from response.aftermath.models import AftercareItem
from response.aftermath.selectors import Aftermath, aftermath_whole
from response.choices import ResponseState, TaskEventKind, TaskState
from response.drills.assessing import span_words, took
from response.models import Response, Task, TaskEvent
from response.rules import measure_clause
from yangcheng_ec.clock import database_now
from yangcheng_ec.deadlines.choices import DeadlineState
from yangcheng_ec.deadlines.models import Deadline
from yangcheng_ec.record.models import RecordEntry
from yangcheng_ec.templatetags.yec import local_full

__all__ = ["Duty", "clock_duties", "measure_duties", "record_facts", "rule_duties"]

# The lines of the record that tell the course of an event; the rest is work on the way (tasks, notices, edits).
TOLD = (
    "incident.", "report.phoned", "report.sent", "response.", "release.published", "inquiry.received",
    "instruction.received",
)  # fmt: skip
UNTOLD = ("incident.exported", "incident.updated", "incident.drafted", "incident.responding", "incident.aftermath")
CLOCK_OUTCOME = {
    DeadlineState.MET: Outcome.DONE, DeadlineState.MET_LATE: Outcome.LATE, DeadlineState.RUNNING: Outcome.OPEN,
    DeadlineState.OVERDUE: Outcome.SKIPPED, DeadlineState.WAIVED: Outcome.NOT_ASKED,
}  # fmt: skip


@dataclass(frozen=True)
class Duty:
    """One duty of the plan in this case: the clause, its words, what the record says of it."""

    clause: str
    title: str
    quote: str
    outcome: Outcome
    evidence: str

    def as_dict(self) -> dict[str, str]:
        """Return it as plain data, with the outcome's word as it was printed."""
        words = {
            "outcome": self.outcome.value,
            "outcome_label": self.outcome.label,
            "outcome_colour": self.outcome.colour,
        }
        return {**asdict(self), **{name: str(text) for name, text in words.items()}}


def record_facts(incident: Incident) -> dict[str, Any]:
    """Return what the record says of the case now, as plain data that can be kept and printed as it was."""
    responses = _responses(incident)
    measures = [duty for row in responses for duty in measure_duties(row)]
    clocks = clock_duties(incident)
    return {
        "as_of": local_full(database_now()),
        "facts": [[str(row["label"]), str(row["value"] or _("不详"))] for row in facts_of_case(incident, local_full)],
        "timeline": [_told(entry) for entry in _entries(incident)],
        "decisions": _decisions(incident, responses),
        "clocks": [duty.as_dict() for duty in clocks],
        "rules": [duty.as_dict() for duty in rule_duties(incident)],
        "measures": [duty.as_dict() for duty in measures],
        "counts": {"clocks": _counts(clocks), "measures": _counts(measures)},
        **_after_facts(aftermath_whole(incident)),
    }


def _after_facts(found: Aftermath) -> dict[str, list[list[str]]]:
    """Return how far the aftermath is: costs by who pays, teams, rebuilding, lessons; amounts as text, in yuan."""
    left = [
        (row.label, local_full(row.left_at) if row.left_at else row.state_choice.label) for row in found.stand_downs
    ]
    totals = [(row.label, yuan_text(row.agreed), yuan_text(row.settled), row.clause) for row in found.totals]
    learnt = [(row.text, row.clause or row.basis, row.wording, row.state_choice.label) for row in found.lessons]
    return {
        "care": [_care_row(row) for row in found.care],
        "totals": [list(row) for row in totals],
        "stand_downs": [[str(part) for part in row] for row in left],
        "steps": [[row.title, str(row.due_on), str(row.done_on or "")] for row in found.steps],
        "lessons": [[str(part) for part in row] for row in learnt],
    }


def _care_row(row: AftercareItem) -> list[str]:
    money = (yuan_text(row.asked), yuan_text(row.agreed))
    return [str(row), row.beneficiary, *money, row.payer_label, str(row.state_choice.label), row.clause]


def yuan_text(amount: Decimal | None) -> str:
    """Return an amount as it is printed, or an empty text."""
    return "" if amount is None else f"{amount:,.2f}"


def _counts(duties: Iterable[Duty]) -> dict[str, int]:
    counted = Counter(duty.outcome for duty in duties)
    return {str(outcome.value): counted[outcome] for outcome in Outcome}


def _responses(incident: Incident) -> list[Response]:
    rows = Response.objects.filter(incident=incident, activated_at__isnull=False).order_by("activated_at", "pk")
    return list(rows.select_related("level__version__plan", "plan_version__plan", "incident"))


def _entries(incident: Incident) -> list[RecordEntry]:
    rows = RecordEntry.objects.filter(head_id=incident.head_id).order_by("done_at", "seq")
    return [row for row in rows if row.kind.startswith(TOLD) and row.kind not in UNTOLD]


def _told(entry: RecordEntry) -> dict[str, str]:
    late = f"（{_('补录')}）" if entry.late_entry else ""
    who = " ".join(part for part in (entry.actor_post, entry.actor_name) if part)
    return {"at": local_full(entry.done_at), "text": f"{entry.text}{late}", "who": who, "clause": entry.clause}


def _decisions(incident: Incident, responses: Sequence[Response]) -> list[dict[str, str]]:
    """Return who proposed each level, who decided what on it, when, and how long the start took."""
    signed: dict[int, list[Signature]] = defaultdict(list)
    rows = Signature.objects.filter(head_id=incident.head_id, subject_type="response").select_related("signer")
    for row in rows.order_by("signed_at", "id"):
        signed[row.subject_id].append(row)
    return [_decision(response, signed[response.pk]) for response in responses]


def _decision(response: Response, signatures: Sequence[Signature]) -> dict[str, str]:
    parts = [f"{local_full(response.proposed_at)}由{response.proposed_post}提出"]
    parts += [f"{local_full(row.signed_at)}{row.post_label}{row.signer}{row.get_act_display()}" for row in signatures]
    if response.activated_at is not None:
        parts.append(f"从提出到启动用时{took(response.proposed_at, response.activated_at)}")
    if response.ended_at is not None:
        parts.append(f"{local_full(response.ended_at)}{response.get_state_display()}")
    return {
        "title": f"{response.level}（{response.number}）", "basis": response.basis, "text": "；".join(parts),
        "clause": clause_label(response.plan_version, response.level.procedure_clause),
    }  # fmt: skip


# Clocks and reporting rules


def _clocks(incident: Incident) -> list[Deadline]:
    heads = [incident.head_id, *EarlyWarning.objects.filter(incident=incident).values_list("head_id", flat=True)]
    rows = Deadline.objects.filter(head_id__in=heads).exclude(state=DeadlineState.SUPERSEDED)
    return list(rows.prefetch_related("addressees").order_by("starts_at", "pk"))


def clock_duties(incident: Incident) -> list[Duty]:
    """Return each clock of the case and its warnings: due, done, by whom, how late and why."""
    return [_clock(row) for row in _clocks(incident)]


def _clock(row: Deadline) -> Duty:
    outcome = CLOCK_OUTCOME[DeadlineState(row.state)]
    due = f"应于{local_full(row.due_at)}前" if row.due_at else f"「{row.wording}」，从{local_full(row.starts_at)}起"
    return Duty(row.clause, f"{row.title}（{row.owed_by}）", row.quote, outcome, f"{due}，{_clock_done(row)}。")


def _clock_done(row: Deadline) -> str:
    if row.state == DeadlineState.WAIVED:
        return f"不再适用：{row.closed_reason}"
    if row.done_at is None:
        missing = "、".join(one.label for one in row.addressees.all() if one.done_at is None)
        return f"还没有办{f'（未报{missing}）' if missing else ''}"
    late = f"，逾期{took(row.due_at, row.done_at)}" if row.due_at and row.done_at > row.due_at else ""
    reason = f"，原因：{row.late_reason}" if row.late_reason else ""
    entered = f"（{_('补录')}）" if row.late_entry else ""
    return f"{local_full(row.done_at)}办毕{entered}，用时{took(row.starts_at, row.done_at)}{late}{reason}"


def rule_duties(incident: Incident) -> list[Duty]:
    """Return the plan's reporting rules that this case never set going: none is passed over in silence."""
    version = incident.plan_version
    begun, never = {row.rule_code for row in _clocks(incident)}, _("本案没有起算。")
    rows = ReportingRule.objects.filter(version=version).exclude(code__in=begun).order_by("number")
    return [
        Duty(clause_label(version, row.clause), f"{row.title}（{row.owed_by}）", row.quote, Outcome.NOT_ASKED, never)
        for row in rows
    ]  # fmt: skip


# Measures


def measure_duties(response: Response) -> list[Duty]:
    """Return each duty of a level's measures in the clause's order, then what was given by hand."""
    tasks: dict[int | None, list[Task]] = defaultdict(list)
    for task in Task.objects.filter(response=response).order_by("pk"):
        tasks[task.actor_id].append(task)
    carried = _carried(response)
    rows = MeasureActor.objects.filter(measure__level=response.level).order_by("measure__number", "number")
    found = [_measure(response, row, tasks[row.pk], carried) for row in rows.select_related("measure")]
    return [*found, *_by_hand(response, tasks[None], carried)]


def _carried(response: Response) -> dict[int, str]:
    """Return task id → why it was carried over."""
    rows = TaskEvent.objects.filter(task__response=response, kind=TaskEventKind.CARRIED_OVER).order_by("pk")
    return dict(rows.values_list("task_id", "text"))


def _measure(response: Response, actor: MeasureActor, tasks: Sequence[Task], carried: dict[int, str]) -> Duty:
    clause = measure_clause(response.level, actor)
    title = f"{actor.title}（{response.level}）"
    if not tasks:
        waits = bool(actor.on_event)
        words = _("所待的情形没有发生。") if waits else _("没有下达任务。")
        return Duty(clause, title, actor.quote, Outcome.NOT_ASKED if waits else Outcome.SKIPPED, words)
    return Duty(clause, title, actor.quote, outcome_of(response, tasks), _evidence(response, tasks, carried))


def _by_hand(response: Response, tasks: Sequence[Task], carried: dict[int, str]) -> Iterator[Duty]:
    for task in tasks:
        outcome, words = outcome_of(response, [task]), _evidence(response, [task], carried)
        yield Duty(task.clause, f"{task.title}（{response.level}，{task.assignee_label}）", task.quote, outcome, words)


def outcome_of(response: Response, tasks: Sequence[Task]) -> Outcome:
    """Return done, late (past its own due time), partly, skipped; open while the response runs."""
    done = [task for task in tasks if task.state == TaskState.DONE]
    if len(done) == len(tasks):
        return Outcome.LATE if any(_late(task) for task in done) else Outcome.DONE
    if response.state == ResponseState.REPLACED and not done:
        return Outcome.NOT_ASKED
    if done:
        return Outcome.PARTIAL
    return Outcome.SKIPPED if response.ended_at is not None else Outcome.OPEN


def _late(task: Task) -> bool:
    return task.due_at is not None and task.completed_at is not None and task.completed_at > task.due_at


def _evidence(response: Response, tasks: Sequence[Task], carried: dict[int, str]) -> str:
    signed = [task for task in tasks if task.acknowledged_at is not None]
    done = [task for task in tasks if task.state == TaskState.DONE]
    left = [task for task in tasks if task.state != TaskState.DONE]
    parts = [f"{len(tasks)}项任务：签收{len(signed)}项，办结{len(done)}项"]
    slowest = max((row.acknowledged_at - row.assigned_at for row in signed if row.acknowledged_at), default=None)
    parts += [f"最慢签收用时{span_words(slowest)}"] if slowest is not None else []
    after = sum(1 for task in done if _after(response, task.completed_at))
    parts += [f"其中{after}项在响应结束后办结"] if after else []
    if left:
        names = "、".join(dict.fromkeys(task.assignee_label for task in left))
        reasons = "；".join(dict.fromkeys(carried[task.pk].rstrip("。") for task in left if task.pk in carried))
        parts.append(f"未办结：{names}{f'（{reasons}）' if reasons else ''}")
    return "，".join(parts) + "。"


def _after(response: Response, at: datetime | None) -> bool:
    return at is not None and response.ended_at is not None and at > response.ended_at
