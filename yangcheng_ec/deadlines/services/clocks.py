"""Starting, meeting, waiving and correcting clocks. The case's head must be locked by the caller."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db import transaction

from yangcheng_ec.actors import SYSTEM, Actor
from yangcheng_ec.clock import database_now, local_text
from yangcheng_ec.deadlines.choices import DeadlineState, StepKind, StepState
from yangcheng_ec.deadlines.models import Deadline, DeadlineAddressee, Step
from yangcheng_ec.deadlines.services.notices import notices_settle
from yangcheng_ec.deadlines.services.starting import ClockSpec, clock_line, clocks_begin, overdue_line
from yangcheng_ec.errors import BadInput, WrongState
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line, case_lock, record_append

__all__ = [
    "Covering",
    "deadline_bring_back",
    "deadline_carry",
    "deadline_cover",
    "deadline_explain",
    "deadline_reopen",
    "deadline_start",
    "deadline_supersede",
    "deadline_waive",
    "deadlines_start",
]

TYPED_TOLERANCE = timedelta(minutes=1)
REASON_LIMIT = 500
SIGNATURE_LIMIT = 260


@dataclass(frozen=True)
class Covering:
    """An act that covers addressees: when it happened, by whom, how, and which row proves it."""

    codes: tuple[str, ...]
    done_at: datetime
    by: Actor
    channel: str = ""
    proof: tuple[str, int | None] = ("", None)
    late_entry: bool = False
    late_reason: str = ""
    done_by_text: str = field(default="")


def deadline_start(*, head: CaseHead, spec: ClockSpec, actor: Actor = SYSTEM) -> Deadline:
    """Start one clock: ``deadlines_start`` of it."""
    return deadlines_start(head=head, specs=[spec], actor=actor)[0]


@transaction.atomic(savepoint=False)  # only ever rolled back together with its caller
def deadlines_start(
    *, head: CaseHead, specs: Sequence[ClockSpec], actor: Actor = SYSTEM, before: Sequence[Line] = ()
) -> list[Deadline]:
    """Start clocks with their whole ladders, all with a handful of statements; one already overdue says so at once.

    A waived clock of the same rule and subject is reopened instead of doubled. ``before`` are lines of the record
    about what started the clocks: they are written with the clocks' own, ahead of them.
    """
    standing = _standing(specs)
    fresh = [spec for spec in specs if _identity(spec) not in standing]
    begun = dict(
        zip(map(_identity, fresh), clocks_begin(head, fresh, actor, overdue="登记时已逾期", before=before), strict=True)
    )
    for identity, deadline in standing.items():
        begun[identity] = deadline_reopen(head=head, deadline=deadline, actor=actor, reason="规则重新适用")
    return [begun[_identity(spec)] for spec in specs]


def _identity(spec: ClockSpec) -> tuple[str, str, int]:
    return (spec.rule_code, *spec.subject)


def _standing(specs: Sequence[ClockSpec]) -> dict[tuple[str, str, int], Deadline]:
    """Return the clocks that exist already, by rule and subject."""
    wanted = {_identity(spec) for spec in specs}
    subjects = {spec.subject[1] for spec in specs}
    rows = Deadline.objects.filter(subject_id__in=subjects, subject_type__in={spec.subject[0] for spec in specs})
    found = {
        (row.rule_code, row.subject_type, row.subject_id): row for row in rows.exclude(state=DeadlineState.SUPERSEDED)
    }
    return {identity: row for identity, row in found.items() if identity in wanted}


def _say_if_overdue(head: CaseHead, deadline: Deadline, how: str, now: datetime) -> None:
    """Mark an open clock whose time is already over; its overdue and escalation steps stay for the sweep to tell."""
    if not deadline.is_open or deadline.overdue_at is not None or deadline.due_at is None or deadline.due_at > now:
        return
    deadline.state, deadline.overdue_at = DeadlineState.OVERDUE, now
    deadline.save(update_fields=["state", "overdue_at"])
    stale = Step.objects.filter(deadline=deadline, kind=StepKind.REMIND, state=StepState.PENDING)
    stale.update(state=StepState.SKIPPED)
    record_append(head, overdue_line(deadline, how), now=now)


def _locked(head: CaseHead, deadline: Deadline) -> Deadline:
    """Lock the case, then its clock (the lock order of everything), and return the clock as it is now."""
    case_lock(head.pk)
    return Deadline.objects.select_for_update().get(pk=deadline.pk)


@transaction.atomic
def deadline_cover(*, head: CaseHead, deadline: Deadline, covering: Covering) -> Deadline:
    """Cover addressees of a clock; when all are covered it is met, or met late (DESIGN §6).

    Late means the last act's ``done_at`` is after ``due_at``, never «when the sweep noticed». A late
    clock without ``late_reason`` is met all the same and shows 「待补原因」 until ``deadline_explain``.
    A time typed in whole minutes may lie up to a minute ahead; what is kept is never in the future.
    Returns the refreshed clock; a closed one is left as it is. Raises BadInput (a future time).
    """
    deadline = _locked(head, deadline)
    now = database_now()
    if not deadline.is_open:
        return deadline
    if covering.done_at > now + TYPED_TOLERANCE:
        raise BadInput("完成时间不能晚于现在。", fields={"done_at": ["完成时间不能晚于现在。"]}, clause=deadline.clause)
    covering = replace(covering, done_at=min(covering.done_at, now))
    addressees = list(deadline.addressees.all())
    for addressee in addressees:
        if addressee.code in covering.codes and addressee.done_at is None:
            addressee.done_at, addressee.recorded_at = covering.done_at, now
            addressee.by_type, addressee.by_id = covering.proof
            addressee.save()
    if all(addressee.done_at for addressee in addressees):
        _meet(head, deadline, covering, addressees, now)
    return deadline


def _meet(
    head: CaseHead, deadline: Deadline, covering: Covering, addressees: list[DeadlineAddressee], now: datetime
) -> None:
    deadline.done_at = max((a.done_at for a in addressees if a.done_at), default=covering.done_at)
    deadline.recorded_at = now
    deadline.done_by = (covering.done_by_text or _signature(covering.by))[:SIGNATURE_LIMIT]
    deadline.done_channel = covering.channel
    deadline.late_entry = covering.late_entry
    late = deadline.due_at is not None and deadline.done_at > deadline.due_at
    deadline.state = DeadlineState.MET_LATE if late else DeadlineState.MET
    deadline.late_reason = covering.late_reason[:REASON_LIMIT] if late else ""
    deadline.save()
    _cancel_steps(deadline)
    verdict = _verdict(deadline, deadline.done_at)
    reason = f"，原因：{deadline.late_reason}" if deadline.late_reason else ""
    marked = "（系统此前已记逾期）" if deadline.overdue_at and not late else ""
    text = f"时限完成（{verdict}）：{deadline.title}，完成于{local_text(deadline.done_at)}{marked}{reason}。"
    _record(head, deadline, "deadline.met", text, covering.by, now, done_at=deadline.done_at, late=covering.late_entry)


def _verdict(deadline: Deadline, done_at: datetime) -> str:
    """Say whether it was in time; 「立即」 and 「及时」 have no minutes (G14), so only how long it took."""
    if deadline.due_at is None:
        return f"用时{_minutes(done_at, deadline.starts_at)}"
    return f"逾期{_minutes(done_at, deadline.due_at)}" if done_at > deadline.due_at else "按时"


@transaction.atomic
def deadline_explain(*, head: CaseHead, deadline: Deadline, reason: str, actor: Actor) -> Deadline:
    """Write why a clock was met late (a reason is required, DESIGN §5).

    Raises BadInput (no reason, or longer than 500 characters), WrongState (the clock was not met late).
    """
    deadline = _locked(head, deadline)
    reason = reason.strip()
    if not 0 < len(reason) <= REASON_LIMIT:
        problem = f"最多 {REASON_LIMIT} 个字符，现有 {len(reason)} 个。" if reason else "请填写逾期原因。"
        raise BadInput(problem, fields={"late_reason": [problem]}, clause=deadline.clause)
    if deadline.state != DeadlineState.MET_LATE:
        raise WrongState("这个时限没有逾期完成，不需要逾期原因。", clause=deadline.clause)
    deadline.late_reason = reason
    deadline.save(update_fields=["late_reason"])
    _record(head, deadline, "deadline.explained", f"逾期原因：{deadline.title}：{deadline.late_reason}", actor)
    return deadline


@transaction.atomic
def deadline_waive(*, head: CaseHead, deadline: Deadline, reason: str, actor: Actor) -> Deadline:
    """Set a clock aside because its rule no longer applies (who, why); its history stays."""
    return _set_aside(head, deadline, DeadlineState.WAIVED, reason, actor)


@transaction.atomic
def deadline_supersede(*, head: CaseHead, deadline: Deadline, spec: ClockSpec, reason: str, actor: Actor) -> Deadline:
    """Replace a clock whose starting time was corrected; the old one keeps what was believed when.

    What was done already is done on the new clock too, with its time, person and channel, and decides anew
    whether it was late. A waived clock stays waived. Raises WrongState when it was replaced before.
    """
    old = _locked(head, deadline)
    if old.state == DeadlineState.SUPERSEDED:
        raise WrongState("这个时限已被更正过，请打开最新的一条。", clause=old.clause)
    waived = old.closed_reason if old.state == DeadlineState.WAIVED else ""
    _set_aside(head, old, DeadlineState.SUPERSEDED, reason, actor)
    fresh = clocks_begin(head, [spec], actor)[0]
    for done in old.addressees.filter(done_at__isnull=False):
        fresh = deadline_cover(head=head, deadline=fresh, covering=_carried(old, done, actor))
    if waived:
        return deadline_waive(head=head, deadline=fresh, reason=waived, actor=actor)
    _say_if_overdue(head, fresh, "更正后已逾期", fresh.created_at)
    return fresh


def _carried(old: Deadline, done: DeadlineAddressee, actor: Actor) -> Covering:
    """Return what covered an addressee of the replaced clock, to cover it again."""
    return Covering(
        codes=(done.code,),
        done_at=done.done_at or old.created_at,
        by=actor,
        channel=old.done_channel,
        proof=(done.by_type, done.by_id),
        late_entry=old.late_entry,
        late_reason=old.late_reason,
        done_by_text=old.done_by,
    )


@transaction.atomic
def deadline_reopen(*, head: CaseHead, deadline: Deadline, reason: str, actor: Actor) -> Deadline:
    """Reopen a waived clock; it keeps its start, its due time and what was already done."""
    deadline = _locked(head, deadline)
    if deadline.state != DeadlineState.WAIVED:
        return deadline
    now = database_now()
    deadline.state = DeadlineState.OVERDUE if deadline.overdue_at else DeadlineState.RUNNING
    deadline.closed_reason = deadline.closed_by = ""
    deadline.save(update_fields=["state", "closed_reason", "closed_by"])
    Step.objects.filter(deadline=deadline, state=StepState.CANCELLED).update(state=StepState.PENDING)
    _record(head, deadline, "deadline.reopened", f"时限恢复：{deadline.title}（{reason}）。", actor, now)
    _say_if_overdue(head, deadline, "恢复时已逾期", now)
    return deadline


@transaction.atomic
def deadline_carry(
    *, source: CaseHead, target: CaseHead, deadline: Deadline, spec: ClockSpec, reason: str, actor: Actor
) -> Deadline:
    """Carry an open clock over to another case: it goes on there from its own start, with what was done already.

    Here it is set aside with the reason. Both heads are locked by the caller, in the order of their ids.
    """
    old = _locked(source, deadline)
    fresh = clocks_begin(target, [spec], actor)[0]
    for done in old.addressees.filter(done_at__isnull=False):
        fresh = deadline_cover(head=target, deadline=fresh, covering=_carried(old, done, actor))
    _set_aside(source, old, DeadlineState.WAIVED, reason, actor)
    _say_if_overdue(target, fresh, "并入时已逾期", fresh.created_at)
    return fresh


@transaction.atomic
def deadline_bring_back(
    *, source: CaseHead, target: CaseHead, deadline: Deadline, carried: Deadline, reason: str, actor: Actor
) -> Deadline:
    """Undo ``deadline_carry``: the carried clock is replaced by the one it came from, which is reopened.

    What was done on the other case was that case's; it does not count here. Both heads are locked by the caller.
    """
    _set_aside(target, carried, DeadlineState.SUPERSEDED, reason, actor)
    return deadline_reopen(head=source, deadline=deadline, reason=reason, actor=actor)


def _set_aside(head: CaseHead, deadline: Deadline, state: DeadlineState, reason: str, actor: Actor) -> Deadline:
    deadline = _locked(head, deadline)
    if not deadline.is_open and state == DeadlineState.WAIVED:
        return deadline
    deadline.state = state
    deadline.closed_reason, deadline.closed_by = reason[:REASON_LIMIT], _signature(actor)
    deadline.save(update_fields=["state", "closed_reason", "closed_by"])
    _cancel_steps(deadline)
    _record(head, deadline, f"deadline.{state}", f"时限{state.label}：{deadline.title}（{reason}）。", actor)
    return deadline


def _signature(actor: Actor) -> str:
    return f"{actor.post} {actor.name}".strip()[:SIGNATURE_LIMIT]


def _cancel_steps(deadline: Deadline) -> None:
    """Nothing more fires for a closed clock, and nobody is called or alarmed for what has fired."""
    notices_settle(subject=("deadline", deadline.pk))
    Step.objects.filter(deadline=deadline, state=StepState.PENDING).update(state=StepState.CANCELLED)


def _minutes(later: datetime, earlier: datetime | None) -> str:
    seconds = int((later - earlier).total_seconds()) if earlier else 0
    return f"{seconds // 60}分{seconds % 60:02d}秒"


def _record(
    head: CaseHead,
    deadline: Deadline,
    kind: str,
    text: str,
    actor: Actor,
    now: datetime | None = None,
    *,
    done_at: datetime | None = None,
    late: bool = False,
) -> None:
    record_append(head, clock_line(deadline, kind, text, actor, done_at=done_at, late_entry=late), now=now)
