"""Clocks: started with their whole ladder, met by the time of the act, set aside and corrected, never erased."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tests.kernel.support import LADDER, NOON, kinds_of, make_spec, states_of, whole
from yangcheng_ec.actors import Actor
from yangcheng_ec.deadlines.choices import DeadlineState, StepState
from yangcheng_ec.deadlines.models import Deadline
from yangcheng_ec.deadlines.registry import Recipient
from yangcheng_ec.deadlines.selectors import deadlines_of, deadlines_open
from yangcheng_ec.deadlines.services import (
    Covering,
    Rung,
    deadline_cover,
    deadline_explain,
    deadline_reopen,
    deadline_supersede,
    deadline_waive,
    sweep_all,
)
from yangcheng_ec.errors import BadInput, WrongState
from yangcheng_ec.record.models import CaseHead, RecordEntry

pytestmark = pytest.mark.usefixtures("noon", "duty")
Clock = Callable[..., Deadline]
BOTH = ("gov", "party")


def minutes(number: float) -> timedelta:
    """Return that many minutes."""
    return timedelta(minutes=number)


def cover(
    deadline: Deadline, actor: Actor, *, done: timedelta = timedelta(), codes: Any = BOTH, **more: Any
) -> Deadline:
    """Cover addressees; ``done`` counts from noon."""
    covering = Covering(codes=codes, done_at=NOON + done, by=actor, **more)
    return deadline_cover(head=deadline.head, deadline=deadline, covering=covering)


def last_text(head: CaseHead) -> str:
    """Return the words of the newest line."""
    return RecordEntry.objects.filter(head=head).latest("seq").text


# Starting


def test_a_clock_starts_with_its_whole_ladder(clock: Clock, head: CaseHead) -> None:
    deadline = clock()
    assert (deadline.state, deadline.starts_at, deadline.due_at) == (DeadlineState.RUNNING, NOON, NOON + minutes(30))
    steps = list(deadline.steps.values_list("sequence", "kind", "fire_at", "state"))
    assert steps == [
        (1, "remind", NOON + minutes(15), "pending"),
        (2, "remind", NOON + minutes(25), "pending"),
        (3, "overdue", NOON + minutes(30), "pending"),
        (4, "escalate", NOON + minutes(40), "pending"),
    ]
    assert [a.label for a in deadline.addressees.all()] == ["县人民政府", "县委"]
    assert kinds_of(head) == ["deadline.started"]
    assert "12:30前完成" in last_text(head)


def test_the_ladder_it_began_with_is_kept(clock: Clock) -> None:
    assert [rung["offset_minutes"] for rung in clock().ladder] == [-15, -5, 0, 10]


def test_a_clock_without_minutes_counts_up(clock: Clock, head: CaseHead) -> None:
    ladder = (Rung("remind", "start", 5, ("duty",)), Rung("overdue", "due", 0, ("duty",)))
    deadline = clock(minutes=None, target_minutes=10, wording="立即", ladder=ladder)
    assert (deadline.due_at, deadline.target_at) == (None, NOON + minutes(10))
    assert [step.kind for step in deadline.steps.all()] == ["remind"]
    assert "，立即。" in last_text(head)


def test_a_timed_clock_is_marked_even_when_its_ladder_names_nobody(clock: Clock) -> None:
    deadline = clock(ladder=(Rung("escalate", "due", 0, ("duty",)),))
    assert [(step.kind, step.audience) for step in deadline.steps.all()] == [("overdue", []), ("escalate", ["duty"])]


def test_a_clock_overdue_on_entry_says_so_at_once(clock: Clock, head: CaseHead) -> None:
    deadline = clock(started=minutes(35))
    assert (deadline.state, deadline.overdue_at) == (DeadlineState.OVERDUE, NOON)
    assert states_of(deadline) == ["skipped", "skipped", "pending", "pending"]
    assert kinds_of(head) == ["deadline.started", "deadline.overdue"]
    assert last_text(head).startswith("登记时已逾期")


def test_people_are_still_told_of_a_clock_overdue_on_entry(clock: Clock, head: CaseHead) -> None:
    deadline = clock(started=minutes(35))
    assert sweep_all().notices == 1
    assert states_of(deadline) == ["skipped", "skipped", "fired", "pending"]


def test_a_clock_started_twice_is_one(clock: Clock, head: CaseHead) -> None:
    first = clock(subject=("incident", 1))
    assert clock(subject=("incident", 1)).pk == first.pk
    assert kinds_of(head) == ["deadline.started"]


def test_the_database_holds_one_clock_per_rule_and_subject(clock: Clock) -> None:
    twin = clock(subject=("incident", 1))
    twin.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save(force_insert=True)


def test_starting_a_waived_clock_reopens_it(clock: Clock, actor: Actor, head: CaseHead) -> None:
    first = clock(subject=("incident", 1))
    deadline_waive(head=head, deadline=first, reason="改判一般", actor=actor)
    again = clock(subject=("incident", 1))
    assert (again.pk, again.state) == (first.pk, DeadlineState.RUNNING)
    assert kinds_of(head) == ["deadline.started", "deadline.waived", "deadline.reopened"]


def test_reminders_already_past_are_skipped_when_the_sweep_comes(clock: Clock) -> None:
    deadline = clock(started=minutes(27))
    assert sweep_all().notices == 1
    assert states_of(deadline) == ["skipped", "fired", "pending", "pending"]


# Meeting


def test_it_is_met_when_all_addressees_are_covered(clock: Clock, actor: Actor, head: CaseHead) -> None:
    deadline = clock(started=minutes(10))
    partly = cover(deadline, actor, done=minutes(-2), codes=("gov",), proof=("report", 3))
    assert partly.state == DeadlineState.RUNNING
    first = deadline.addressees.get(code="gov")
    assert (first.done_at, first.by_type, first.by_id) == (NOON - minutes(2), "report", 3)
    whole_of_it = cover(deadline, actor, done=minutes(-1), codes=("party",), channel="phone")
    assert (whole_of_it.state, whole_of_it.done_at) == (DeadlineState.MET, NOON - minutes(1))
    assert (whole_of_it.recorded_at, whole_of_it.done_channel) == (NOON, "phone")
    assert whole_of_it.done_by == "县指挥部办公室 值班员 赵值班"
    assert set(states_of(deadline)) == {"cancelled"}
    assert kinds_of(head)[-1] == "deadline.met"


def test_covering_an_addressee_again_keeps_the_first_time(clock: Clock, actor: Actor) -> None:
    deadline = clock(started=minutes(10))
    cover(deadline, actor, done=minutes(-5), codes=("gov",))
    cover(deadline, actor, done=minutes(-1), codes=("gov",))
    assert deadline.addressees.get(code="gov").done_at == NOON - minutes(5)


def test_an_unknown_addressee_covers_nothing(clock: Clock, actor: Actor) -> None:
    assert cover(clock(), actor, codes=("nobody",)).state == DeadlineState.RUNNING


@pytest.mark.parametrize(
    ("done", "state"),
    [
        pytest.param(timedelta(microseconds=-1), DeadlineState.MET, id="just before"),
        pytest.param(timedelta(), DeadlineState.MET, id="at the instant"),
        pytest.param(timedelta(microseconds=1), DeadlineState.MET_LATE, id="just after"),
    ],
)
def test_late_is_after_the_due_instant(clock: Clock, actor: Actor, noon: Any, done: timedelta, state: str) -> None:
    deadline = clock(started=minutes(30))
    noon.shift(60)
    assert cover(deadline, actor, done=done).state == state


def test_an_act_in_time_entered_after_the_sweep_is_met_and_the_mark_stays(
    clock: Clock, actor: Actor, noon: Any, head: CaseHead
) -> None:
    deadline = clock(started=minutes(29))
    noon.shift(120)
    sweep_all()
    met = cover(deadline, actor, done=minutes(0.5), late_entry=True)
    assert (met.state, met.late_entry, met.overdue_at) == (DeadlineState.MET, True, NOON + minutes(2))
    assert "系统此前已记逾期" in last_text(head)
    assert RecordEntry.objects.filter(head=head).latest("seq").late_entry


def test_a_late_one_carries_its_reason(clock: Clock, actor: Actor, head: CaseHead) -> None:
    met = cover(clock(started=minutes(31)), actor, late_reason="线路中断")
    assert (met.state, met.late_reason, met.needs_reason) == (DeadlineState.MET_LATE, "线路中断", False)
    assert "逾期1分00秒" in last_text(head)
    assert "线路中断" in last_text(head)


def test_a_reason_is_not_kept_where_nothing_was_late(clock: Clock, actor: Actor) -> None:
    assert cover(clock(), actor, late_reason="用不上").late_reason == ""


def test_without_a_reason_it_waits_for_one(clock: Clock, actor: Actor, head: CaseHead) -> None:
    met = cover(clock(started=minutes(31)), actor)
    assert met.needs_reason
    explained = deadline_explain(head=head, deadline=met, reason=" 线路中断 ", actor=actor)
    assert (explained.late_reason, explained.needs_reason) == ("线路中断", False)
    assert kinds_of(head)[-1] == "deadline.explained"


@pytest.mark.parametrize("reason", ["", "  ", "长" * 501])
def test_a_reason_is_words_and_not_a_novel(clock: Clock, actor: Actor, head: CaseHead, reason: str) -> None:
    met = cover(clock(started=minutes(31)), actor)
    with pytest.raises(BadInput) as refused:
        deadline_explain(head=head, deadline=met, reason=reason, actor=actor)
    assert list(refused.value.fields) == ["late_reason"]


def test_a_clock_in_time_needs_no_reason(clock: Clock, actor: Actor, head: CaseHead) -> None:
    met = cover(clock(), actor)
    with pytest.raises(WrongState):
        deadline_explain(head=head, deadline=met, reason="为什么", actor=actor)


def test_the_future_is_refused_with_the_clause(clock: Clock, actor: Actor) -> None:
    deadline = clock()
    with pytest.raises(BadInput) as refused:
        cover(deadline, actor, done=minutes(2))
    assert (refused.value.clause, list(refused.value.fields)) == ("网络预案 4.1", ["done_at"])
    assert deadline.addressees.filter(done_at__isnull=False).count() == 0


def test_whole_minutes_typed_ahead_are_kept_as_now(clock: Clock, actor: Actor) -> None:
    assert cover(clock(), actor, done=minutes(0.8)).done_at == NOON


def test_a_met_clock_stays_as_it_is(clock: Clock, actor: Actor, noon: Any, head: CaseHead) -> None:
    met = cover(clock(), actor)
    noon.shift(3600)
    again = cover(met, actor, done=minutes(50))
    assert (again.state, again.done_at) == (DeadlineState.MET, NOON)
    assert kinds_of(head).count("deadline.met") == 1


def test_a_clock_without_addressees_is_met_by_the_act(clock: Clock, actor: Actor) -> None:
    assert cover(clock(addressees=()), actor, codes=()).state == DeadlineState.MET


def test_a_clock_without_minutes_is_never_late(clock: Clock, actor: Actor) -> None:
    assert cover(clock(minutes=None, started=minutes(500)), actor).state == DeadlineState.MET


# Setting aside


def test_waiving_keeps_the_clock_with_who_and_why(clock: Clock, actor: Actor, head: CaseHead) -> None:
    waived = deadline_waive(head=head, deadline=clock(), reason="改判一般", actor=actor)
    assert (waived.state, waived.closed_reason) == (DeadlineState.WAIVED, "改判一般")
    assert waived.closed_by == "县指挥部办公室 值班员 赵值班"
    assert set(states_of(waived)) == {"cancelled"}
    assert last_text(head) == "时限不再适用：向县人民政府报告（改判一般）。"


def test_a_met_clock_is_not_waived(clock: Clock, actor: Actor, head: CaseHead) -> None:
    met = cover(clock(), actor)
    assert deadline_waive(head=head, deadline=met, reason="改判", actor=actor).state == DeadlineState.MET


def test_reopening_goes_on_where_it_was(clock: Clock, actor: Actor, noon: Any, head: CaseHead) -> None:
    deadline = clock()
    cover(deadline, actor, codes=("gov",))
    deadline_waive(head=head, deadline=deadline, reason="改判", actor=actor)
    noon.shift(600)
    reopened = deadline_reopen(head=head, deadline=deadline, reason="复核改回", actor=actor)
    assert (reopened.state, reopened.due_at, reopened.closed_reason) == ("running", NOON + minutes(30), "")
    assert reopened.addressees.get(code="gov").done_at == NOON
    assert set(states_of(reopened)) == {StepState.PENDING}


def test_reopening_after_its_time_is_overdue_at_once(clock: Clock, actor: Actor, noon: Any, head: CaseHead) -> None:
    deadline = deadline_waive(head=head, deadline=clock(), reason="改判", actor=actor)
    noon.shift(1900)
    reopened = deadline_reopen(head=head, deadline=deadline, reason="复核改回", actor=actor)
    assert reopened.state == DeadlineState.OVERDUE
    assert last_text(head).startswith("恢复时已逾期")


def test_a_clock_that_was_overdue_before_it_was_waived_is_overdue_again(
    clock: Clock, actor: Actor, head: CaseHead
) -> None:
    deadline = clock(started=minutes(31))
    sweep_all()
    deadline_waive(head=head, deadline=deadline, reason="改判", actor=actor)
    reopened = deadline_reopen(head=head, deadline=deadline, reason="复核改回", actor=actor)
    assert (reopened.state, reopened.overdue_at) == (DeadlineState.OVERDUE, NOON)
    assert states_of(reopened) == ["skipped", "skipped", "fired", "pending"]


def test_only_a_waived_clock_is_reopened(clock: Clock, actor: Actor, head: CaseHead) -> None:
    assert deadline_reopen(head=head, deadline=clock(), reason="", actor=actor).state == DeadlineState.RUNNING
    assert kinds_of(head) == ["deadline.started"]


# Correcting the start


def corrected(head: CaseHead, old: Deadline, actor: Actor, start: timedelta, **changes: Any) -> Deadline:
    """Replace a clock by one that starts elsewhere, counted from noon."""
    spec = make_spec(subject=(old.subject_type, old.subject_id), starts_at=NOON + start, **changes)
    return deadline_supersede(head=head, deadline=old, spec=spec, reason="事发时间更正", actor=actor)


def test_a_corrected_start_makes_a_new_clock_and_keeps_the_old(clock: Clock, actor: Actor, head: CaseHead) -> None:
    old = clock()
    fresh = corrected(head, old, actor, minutes(-10))
    old.refresh_from_db()
    assert (old.state, old.starts_at, old.closed_reason) == ("superseded", NOON, "事发时间更正")
    assert (fresh.state, fresh.due_at) == ("running", NOON + minutes(20))
    assert set(states_of(old)) == {"cancelled"}
    assert set(states_of(fresh)) == {"pending"}


def test_what_was_done_is_done_on_the_new_clock(clock: Clock, actor: Actor, head: CaseHead) -> None:
    old = clock(started=minutes(10))
    cover(old, actor, done=minutes(-1), codes=("gov",), proof=("report", 3))
    fresh = corrected(head, old, actor, minutes(-20))
    done = fresh.addressees.get(code="gov")
    assert (done.done_at, done.by_type, done.by_id) == (NOON - minutes(1), "report", 3)
    assert fresh.addressees.get(code="party").done_at is None


def test_an_earlier_start_may_make_it_late_and_keeps_who_did_it(
    clock: Clock, actor: Actor, stranger: Any, head: CaseHead
) -> None:
    old = cover(clock(started=minutes(20)), actor, done=minutes(-1), channel="phone")
    fresh = corrected(head, old, Actor(user=stranger, post="办公室主任"), minutes(-40))
    assert (fresh.state, fresh.done_at) == (DeadlineState.MET_LATE, NOON - minutes(1))
    assert (fresh.done_by, fresh.done_channel, fresh.needs_reason) == (old.done_by, "phone", True)


def test_a_clock_done_in_time_is_not_marked_overdue_by_a_late_correction(
    clock: Clock, actor: Actor, noon: Any, head: CaseHead
) -> None:
    old = cover(clock(), actor)
    noon.shift(7200)
    fresh = corrected(head, old, actor, minutes(-20))
    assert (fresh.state, fresh.overdue_at) == (DeadlineState.MET, None)
    assert "deadline.overdue" not in kinds_of(head)


def test_a_corrected_clock_whose_time_is_over_is_overdue(clock: Clock, actor: Actor, head: CaseHead) -> None:
    assert corrected(head, clock(), actor, minutes(-31)).state == DeadlineState.OVERDUE
    assert last_text(head).startswith("更正后已逾期")


def test_a_waived_clock_stays_waived_when_its_start_is_corrected(clock: Clock, actor: Actor, head: CaseHead) -> None:
    old = deadline_waive(head=head, deadline=clock(), reason="改判一般", actor=actor)
    fresh = corrected(head, old, actor, minutes(-31))
    assert (fresh.state, fresh.closed_reason, fresh.overdue_at) == (DeadlineState.WAIVED, "改判一般", None)


def test_a_replaced_clock_is_not_replaced_again(clock: Clock, actor: Actor, head: CaseHead) -> None:
    old = clock()
    corrected(head, old, actor, minutes(-1))
    with pytest.raises(WrongState):
        corrected(head, old, actor, minutes(-2))


def test_every_chain_is_whole_after_all_this(clock: Clock, actor: Actor, head: CaseHead) -> None:
    old = clock(started=minutes(31))
    sweep_all()
    corrected(head, old, actor, minutes(-20))
    cover(deadlines_open().get(head=head), actor, codes=("gov",))
    assert whole(head)


# Reading


def test_open_clocks_come_most_urgent_first(clock: Clock, actor: Actor, head: CaseHead) -> None:
    upward = clock(minutes=None, rule_code="a", ladder=())
    later, sooner, done = clock(minutes=60, rule_code="b"), clock(minutes=10, rule_code="c"), clock(rule_code="d")
    cover(done, actor)
    assert list(deadlines_open().filter(head=head)) == [sooner, later, upward]


def test_a_subject_has_all_its_clocks(clock: Clock, actor: Actor) -> None:
    one, two = clock(subject=("incident", 5), rule_code="a"), clock(subject=("incident", 5), rule_code="b")
    cover(one, actor)
    assert list(deadlines_of("incident", 5)) == [one, two]


def test_what_a_clock_shows(clock: Clock) -> None:
    deadline = clock()
    assert (deadline.clause_ref, deadline.label, deadline.clause_text) == ("4.1", deadline.title, deadline.quote)
    assert [state.colour for state in DeadlineState] == ["running", "late", "done", "late", "neutral", "neutral"]
    assert (str(deadline), str(deadline.steps.first())) == ("机房断电 向县人民政府报告", f"{deadline.pk}/1 remind")


def test_a_spec_may_be_changed_without_touching_another() -> None:
    spec = make_spec()
    assert replace(spec, minutes=5).ladder is LADDER
    assert spec.minutes == 30


def test_recipients_may_be_told_apart(duty: Recipient) -> None:
    assert replace(duty, key="unit:x") != duty
