"""Clocks of a case that is set aside or merged: what stopped with it, and what goes on in the main case."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from directory.models import Grade
from incidents.models import Incident
from incidents.rules import RuleBook
from yangcheng_ec.actors import Actor
from yangcheng_ec.deadlines.choices import DeadlineState
from yangcheng_ec.deadlines.models import Deadline
from yangcheng_ec.deadlines.services import ClockSpec, Rung, deadline_reopen, deadline_waive
from yangcheng_ec.record.models import CaseHead

__all__ = ["CARRIED", "aside_of", "carried_changes", "carried_follow_grade", "clocks_aside", "spec_carried"]

# The subject of a clock that a merged case brought into the main one; its id is that of the clock it came from.
CARRIED = "merged"


def aside_of(incident: Incident, clocks: Sequence[Deadline]) -> dict[str, Any]:
    """Return what ``Incident.set_aside`` keeps: the state the case has, and the clocks that stop with it."""
    return {"state": incident.state, "clocks": [row.pk for row in clocks]}


def clocks_aside(incident: Incident, head: CaseHead) -> list[Deadline]:
    """Return the clocks that stopped when the case was set aside, as they are now.

    A case set aside before that was kept gives back those whose rule still applies.
    """
    rows = Deadline.objects.filter(head=head, state=DeadlineState.WAIVED).order_by("id")
    if "clocks" in incident.set_aside:
        return list(rows.filter(pk__in=incident.set_aside["clocks"]))
    book = RuleBook(incident.plan_version)
    wanted = {rule.code for rule in book.of_incident(incident, incident.grade)}
    return [row for row in rows if row.rule_code in wanted or not book.is_incident_rule(row.rule_code)]


def spec_carried(clock: Deadline, incident: Incident, main: Incident) -> ClockSpec:
    """Return a clock of the duplicate as it goes on in the main case: start, debtor and ladder are its own."""
    return ClockSpec(
        rule_code=clock.rule_code,
        plan_code=clock.plan_code,
        plan_version_id=clock.plan_version_id,
        clause=clock.clause,
        quote=clock.quote,
        title=clock.title,
        owed_by=clock.owed_by,
        owed_by_unit=clock.owed_by_unit,
        subject=(CARRIED, clock.pk),
        start_basis=clock.start_basis,
        starts_at=clock.starts_at,
        start_note="；".join(note for note in (clock.start_note, f"随 {incident.number} 并入") if note)[:200],
        wording=clock.wording,
        minutes=clock.minutes,
        addressees=tuple((row.code, row.label) for row in clock.addressees.all()),
        case_title=f"{main.number} {main.title}",
        url=f"/incidents/{main.number}/",
        ladder=tuple(Rung(**{**row, "audience": tuple(row["audience"])}) for row in clock.ladder),
        ladder_edition=clock.ladder_edition,
        drill=clock.drill,
    )


def carried_changes(incident: Incident, grade: Grade | None, book: RuleBook) -> tuple[list[Deadline], list[Deadline]]:
    """Return the clocks brought by merged cases that a grade of the whole event would stop, and would start again."""
    rows = Deadline.objects.filter(head_id=incident.head_id, subject_type=CARRIED).order_by("id")
    stopped, again = [], []
    for row in rows:
        rule = book.by_code(row.rule_code)
        if rule is None or not rule.grades:
            continue
        applies = grade is not None and grade.code in rule.grades
        if row.is_open and not applies:
            stopped.append(row)
        elif row.state == DeadlineState.WAIVED and applies:
            again.append(row)
    return stopped, again


def carried_follow_grade(book: RuleBook, incident: Incident, head: CaseHead, actor: Actor, reason: str) -> None:
    """A grade is one of the whole event: it decides on the clocks that merged cases brought, too (4.1)."""
    stopped, again = carried_changes(incident, incident.grade, book)
    for row in stopped:
        deadline_waive(head=head, deadline=row, reason=reason, actor=actor)
    for row in again:
        deadline_reopen(head=head, deadline=row, reason="规则重新适用", actor=actor)
