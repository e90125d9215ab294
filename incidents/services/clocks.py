"""Starting, following and covering the clocks of a case. The case's head is locked by the caller."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from directory.models import ReportingRule
from incidents.choices import ReportState
from incidents.models import Incident, Report
from incidents.rules import (
    INCIDENT_TRIGGERS,
    OFFICE,
    PHONE_REPORT,
    RuleBook,
    regrade_preview,
    satisfies,
    standing_clocks,
)
from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import local_text
from yangcheng_ec.deadlines.choices import OPEN, DeadlineState
from yangcheng_ec.deadlines.models import Deadline
from yangcheng_ec.deadlines.services import (
    ClockSpec,
    Covering,
    deadline_cover,
    deadline_reopen,
    deadline_start,
    deadline_supersede,
    deadline_waive,
    deadlines_start,
)
from yangcheng_ec.errors import BadInput
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line

__all__ = [
    "clocks_correct",
    "clocks_cover",
    "clocks_follow_grade",
    "clocks_late_with",
    "clocks_start",
    "clocks_waive_open",
    "cover_office",
    "open_clocks",
    "require_reason",
]


def clocks_start(
    *, book: RuleBook, incident: Incident, head: CaseHead, actor: Actor, filed: Line, more: Sequence[ClockSpec] = ()
) -> list[Deadline]:
    """Write that a new case was ``filed`` and start the clock of every rule that applies, and ``more`` (4.1)."""
    specs = [book.spec(rule, incident) for rule in book.of_incident(incident, incident.grade)]
    return deadlines_start(head=head, specs=[*specs, *more], actor=actor, before=[filed])


def clocks_follow_grade(
    *, book: RuleBook, incident: Incident, head: CaseHead, actor: Actor, reason: str
) -> list[Deadline]:
    """Waive the clocks whose rule no longer applies and start, or reopen, those whose rule now does (DESIGN §5)."""
    preview = regrade_preview(incident, incident.grade, book)
    for deadline in preview.waived:
        deadline_waive(head=head, deadline=deadline, reason=reason, actor=actor)
    fresh = [_start_or_reopen(incident, head, spec, actor, reason) for spec in preview.started]
    for deadline in fresh:
        cover_from_reports(book=book, incident=incident, head=head, deadline=deadline, actor=actor)
    return fresh


def _start_or_reopen(incident: Incident, head: CaseHead, spec: ClockSpec, actor: Actor, reason: str) -> Deadline:
    """A waived clock is reopened, not doubled; one whose start or debtor was corrected meanwhile is replaced first."""
    standing = standing_clocks(incident).get(spec.rule_code)
    if standing is None or not _differs(standing, spec):
        return deadline_start(head=head, spec=spec, actor=actor)
    fresh = deadline_supersede(head=head, deadline=standing, spec=spec, reason=reason, actor=actor)
    return deadline_reopen(head=head, deadline=fresh, reason="规则重新适用", actor=actor)


def clocks_correct(*, book: RuleBook, incident: Incident, head: CaseHead, actor: Actor, reason: str) -> list[Deadline]:
    """Supersede the clocks whose start was corrected (what was believed stays); others follow the new facts."""
    wanted = {rule.code: rule for rule in book.of_incident(incident, incident.grade)}
    replaced = []
    for code, deadline in standing_clocks(incident).items():
        if code not in wanted or deadline.state == DeadlineState.WAIVED:
            continue
        spec = book.spec(wanted[code], incident)
        if _differs(deadline, spec):
            replaced.append(deadline_supersede(head=head, deadline=deadline, spec=spec, reason=reason, actor=actor))
    clocks_follow_grade(book=book, incident=incident, head=head, actor=actor, reason=reason)
    return replaced


def _differs(deadline: Deadline, spec: ClockSpec) -> bool:
    return (deadline.starts_at, deadline.start_note, deadline.owed_by_unit) != (
        spec.starts_at, spec.start_note, spec.owed_by_unit
    )  # fmt: skip


def cover_office(
    *,
    book: RuleBook,
    incident: Incident,
    head: CaseHead,
    actor: Actor,
    done_at: datetime,
    channel: str,
    clocks: Sequence[Deadline] | None = None,
) -> None:
    """Cover the office as addressee: the unit that owed the report called it, and the office took it down.

    Only for clocks the reporting unit itself owes; somebody else's call is no report of theirs. ``clocks`` are the
    case's open ones where the caller has them.
    """
    unit = incident.reporting_unit
    if unit is None:
        return
    for deadline in open_clocks(head) if clocks is None else clocks:
        rule = book.by_code(deadline.rule_code)
        if rule is None or rule.trigger not in INCIDENT_TRIGGERS or not _owes(rule.owed_by_kinds, deadline, unit.code):
            continue
        covering = Covering(
            codes=(OFFICE,), done_at=done_at, by=actor, channel=channel, proof=("incident", incident.pk),
            done_by_text=incident.reporting_unit_label,
        )  # fmt: skip
        deadline_cover(head=head, deadline=deadline, covering=covering)


def discharges(book: RuleBook, rule: ReportingRule, deadline: Deadline, made_by: str, done_at: datetime) -> bool:
    """Return whether a report made in this unit's name (empty: the office's) is the one the clock's debtor owes.

    The office's own duty is not done by a unit's call, nor one unit's by another's; the office may report for a unit.
    The text after a call is owed by whoever phoned, and comes after the call.
    """
    office = book.version.office_unit
    unit = "" if office is not None and made_by == office.code else made_by
    if rule.trigger == PHONE_REPORT:
        after = done_at >= deadline.starts_at.replace(second=0, microsecond=0)
        return after and deadline.owed_by_unit in (unit, made_by)
    kinds = list(rule.owed_by_kinds)
    if kinds == [OFFICE]:
        return not unit
    if not unit or OFFICE in kinds or not deadline.owed_by_unit:
        return True
    return _owes(kinds, deadline, unit)


def _owes(kinds: Sequence[str], deadline: Deadline, unit_code: str) -> bool:
    return deadline.owed_by_unit == unit_code or bool({"monitoring_unit", "reporting_unit"} & set(kinds))


def clocks_cover(*, book: RuleBook, head: CaseHead, kind: str, covering: Covering, made_by: str = "") -> list[Deadline]:
    """Cover the addressees a report told, in every open clock of the case its kind can meet.

    ``made_by`` is the code of the unit in whose name it was made, empty for the plan's office.
    """
    touched = []
    for deadline in open_clocks(head):
        codes = _covered(book, deadline, kind, covering.codes, made_by, covering.done_at)
        if codes:
            touched.append(deadline_cover(head=head, deadline=deadline, covering=covering))
    return touched


def clocks_late_with(
    *, book: RuleBook, head: CaseHead, kind: str, codes: Iterable[str], done_at: datetime, made_by: str = ""
) -> list[Deadline]:
    """Return the clocks that this report would meet late: their reason is asked for first.

    The last addressee told decides, whichever report told it.
    """
    late = []
    for deadline in open_clocks(head):
        covered = _covered(book, deadline, kind, codes, made_by, done_at)
        rows = list(deadline.addressees.all())
        left = {row.code for row in rows if row.done_at is None} - set(covered)
        last = max([done_at, *(row.done_at for row in rows if row.done_at is not None)])
        if covered and not left and deadline.due_at is not None and last > deadline.due_at:
            late.append(deadline)
    return late


def require_reason(late: Sequence[Deadline], reason: str) -> None:
    """Raise BadInput on ``late_reason`` when a clock would be met late and nobody says why."""
    if not late or reason.strip():
        return
    first = late[0]
    words = f"「{first.title}」应于{local_text(first.due_at)}前完成，现已逾期，请写明原因。"
    raise BadInput("逾期须写明原因。", fields={"late_reason": [words]}, clause=first.clause)


def _covered(
    book: RuleBook, deadline: Deadline, kind: str, codes: Iterable[str], made_by: str, done_at: datetime
) -> list[str]:
    rule = book.by_code(deadline.rule_code)
    if rule is None or not satisfies(rule, kind) or not discharges(book, rule, deadline, made_by, done_at):
        return []
    asked = {row.code for row in deadline.addressees.all()}
    return [code for code in codes if code in asked]


def cover_from_reports(*, book: RuleBook, incident: Incident, head: CaseHead, deadline: Deadline, actor: Actor) -> None:
    """Cover a clock that starts now by what was already reported: nobody has to say the same thing twice."""
    rule = book.by_code(deadline.rule_code)
    if rule is None:
        return
    sent = incident.reports.filter(state=ReportState.SENT).prefetch_related("addressees").order_by("done_at", "serial")
    for report in sent:
        done_at = report.done_at or report.created_at
        if satisfies(rule, report.kind) and discharges(book, rule, deadline, report.reporting_unit_code, done_at):
            codes = tuple(row.code for row in report.addressees.all())
            deadline_cover(head=head, deadline=deadline, covering=_of_report(report, codes, actor))


def _of_report(report: Report, codes: tuple[str, ...], actor: Actor) -> Covering:
    return Covering(
        codes=codes, done_at=report.done_at or report.created_at, by=actor, channel=report.get_channel_display(),
        proof=("report", report.pk), late_entry=report.late_entry, done_by_text=report.reporting_unit_label,
    )  # fmt: skip


def clocks_waive_open(*, head: CaseHead, reason: str, actor: Actor, keep: Sequence[str] = ()) -> list[Deadline]:
    """Waive every open clock of the case for one reason (误报、转交、结案)."""
    rows = [row for row in open_clocks(head) if row.subject_type not in keep]
    return [deadline_waive(head=head, deadline=row, reason=reason, actor=actor) for row in rows]


def open_clocks(head: CaseHead) -> list[Deadline]:
    """Return the clocks of a case that run or are late, with their addressees."""
    rows = Deadline.objects.filter(head=head, state__in=OPEN).prefetch_related("addressees").order_by("id")
    return list(rows)
