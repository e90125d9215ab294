"""Writing new clocks with their addressees, their ladders and their lines of the record. The head is locked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from yangcheng_ec.actors import SYSTEM, Actor
from yangcheng_ec.bulk import bulk_insert
from yangcheng_ec.clock import database_now, local_text
from yangcheng_ec.deadlines.choices import DeadlineState, StepKind, StepState
from yangcheng_ec.deadlines.models import Deadline, DeadlineAddressee, Step
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line, record_append_many

__all__ = ["ClockSpec", "Rung", "clock_line", "clocks_begin", "ladder_rows", "overdue_line", "rungs_timed"]


@dataclass(frozen=True)
class Rung:
    """One rung: ``offset_minutes`` from ``anchor`` («start» or «due»; negative is before), and who is told.

    ``note`` says in words who is to acknowledge it, where it tells upward.
    """

    kind: str
    anchor: str
    offset_minutes: int
    audience: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True)
class ClockSpec:
    """Everything a clock is made of, taken from plan rows by the app that starts it.

    ``addressees`` are (code, label) pairs; ``minutes`` None is 立即/及时; ``target_minutes`` is a local target.
    """

    rule_code: str
    plan_code: str
    plan_version_id: int
    clause: str
    quote: str
    title: str
    owed_by: str
    subject: tuple[str, int]
    start_basis: str
    starts_at: datetime
    wording: str
    addressees: tuple[tuple[str, str], ...]
    minutes: int | None = None
    target_minutes: int | None = None
    start_note: str = ""
    owed_by_unit: str = ""
    case_title: str = ""
    url: str = ""
    ladder: tuple[Rung, ...] = ()
    ladder_edition: int = 0
    drill: bool = False

    @property
    def due_at(self) -> datetime | None:
        """Return when it is due; None for 立即/及时."""
        return self.starts_at + timedelta(minutes=self.minutes) if self.minutes is not None else None


def clocks_begin(
    head: CaseHead,
    specs: Sequence[ClockSpec],
    actor: Actor = SYSTEM,
    *,
    overdue: str = "",
    before: Sequence[Line] = (),
) -> list[Deadline]:
    """Write clocks, their ladders and record lines with seven statements, however many there are.

    With ``overdue`` (how it was found) a clock whose time is already over is marked at once, its reminders skipped.
    ``before`` are lines of the record that come first.
    """
    now = database_now()
    clocks = [_clock(head, spec, now) for spec in specs]
    late = [clock for clock in clocks if overdue and clock.due_at is not None and clock.due_at <= now]
    for clock in late:
        clock.state, clock.overdue_at = DeadlineState.OVERDUE, now
    bulk_insert(clocks)
    pairs = list(zip(clocks, specs, strict=True))
    bulk_insert(
        [
            DeadlineAddressee(deadline=clock, code=code, label=label)
            for clock, spec in pairs
            for code, label in spec.addressees
        ]
    )
    bulk_insert([step for clock, spec in pairs for step in _steps(clock, spec.ladder)])
    lines = list(before)
    for clock in clocks:
        lines.append(_started_line(clock, actor))
        if clock in late:
            lines.append(overdue_line(clock, overdue))
    record_append_many([(head, line) for line in lines], now=now)
    return clocks


def _clock(head: CaseHead, spec: ClockSpec, now: datetime) -> Deadline:
    target = spec.target_minutes
    return Deadline(
        head=head,
        rule_code=spec.rule_code,
        plan_code=spec.plan_code,
        plan_version_id=spec.plan_version_id,
        clause=spec.clause,
        quote=spec.quote,
        title=spec.title,
        case_title=spec.case_title,
        url=spec.url,
        owed_by=spec.owed_by,
        owed_by_unit=spec.owed_by_unit,
        subject_type=spec.subject[0],
        subject_id=spec.subject[1],
        start_basis=spec.start_basis,
        start_note=spec.start_note,
        starts_at=spec.starts_at,
        minutes=spec.minutes,
        wording=spec.wording,
        due_at=spec.due_at,
        target_at=spec.starts_at + timedelta(minutes=target) if target is not None else None,
        ladder=ladder_rows(spec.ladder),
        ladder_edition=spec.ladder_edition,
        drill=spec.drill,
        created_at=now,
    )


def _steps(clock: Deadline, ladder: Sequence[Rung]) -> list[Step]:
    """Return every rung as a step; rungs anchored at «due» only exist when there is a due time.

    A clock with a due time always has an overdue rung, told to nobody when the ladder names none: no clock
    runs past its time unmarked.
    """
    return [
        Step(
            deadline=clock,
            sequence=number,
            kind=rung.kind,
            audience=list(rung.audience),
            note=rung.note,
            fire_at=fire_at,
            state=StepState.SKIPPED if clock.overdue_at and rung.kind == StepKind.REMIND else StepState.PENDING,
        )
        for number, (fire_at, rung) in enumerate(rungs_timed(clock, ladder), start=1)
    ]


def ladder_rows(ladder: Sequence[Rung]) -> list[dict[str, object]]:
    """Return a ladder as the snapshot a clock keeps."""
    return [vars(rung) | {"audience": list(rung.audience)} for rung in ladder]


def rungs_timed(clock: Deadline, ladder: Sequence[Rung]) -> list[tuple[datetime, Rung]]:
    """Return each rung of a clock with the moment it fires, in order; at one moment escalations come last."""
    timed = []
    for rung in _with_overdue(clock, ladder):
        anchor = clock.due_at if rung.anchor == "due" else clock.starts_at
        if anchor is not None:
            timed.append((anchor + timedelta(minutes=rung.offset_minutes), rung))
    return sorted(timed, key=lambda pair: (pair[0], pair[1].kind == StepKind.ESCALATE))


def _with_overdue(clock: Deadline, ladder: Sequence[Rung]) -> Sequence[Rung]:
    if clock.due_at is None or any(rung.kind == StepKind.OVERDUE for rung in ladder):
        return ladder
    return [*ladder, Rung(StepKind.OVERDUE, "due", 0, ())]


def _started_line(clock: Deadline, actor: Actor) -> Line:
    text = f"时限开始：{clock.title}，自{clock.get_start_basis_display()}{local_text(clock.starts_at)}起"
    text += f"，{local_text(clock.due_at)}前完成" if clock.due_at else f"，{clock.wording}"
    return clock_line(clock, "deadline.started", text + "。", actor)


def overdue_line(clock: Deadline, how: str) -> Line:
    """Return the record line of a clock found to be over; ``how`` says on which occasion."""
    text = f"{how}：{clock.title}，应于{local_text(clock.due_at)}前完成。"
    return clock_line(clock, "deadline.overdue", text, SYSTEM)


def clock_line(
    clock: Deadline, kind: str, text: str, actor: Actor, *, done_at: datetime | None = None, late_entry: bool = False
) -> Line:
    """Return a record line about a clock, with its rule, due time and state."""
    return Line(
        kind=kind,
        text=text,
        actor=actor,
        clause=clock.clause,
        subject=("deadline", clock.pk),
        data={"rule": clock.rule_code, "due_at": clock.due_at, "state": clock.state},
        done_at=done_at,
        late_entry=late_entry,
    )
