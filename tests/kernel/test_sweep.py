"""The sweep: what is due fires once, with its record line and its notices; the rest is skipped or cancelled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from tests.kernel.support import NOON, Told, kinds_of, make_spec, states_of, whole
from yangcheng_ec.actors import Actor
from yangcheng_ec.deadlines import registry
from yangcheng_ec.deadlines.models import Deadline, Delivery, Heartbeat, HeartbeatGap, Notice, Step
from yangcheng_ec.deadlines.registry import Recipient
from yangcheng_ec.deadlines.selectors import gaps_during, heartbeat_state
from yangcheng_ec.deadlines.services import (
    Covering,
    Rung,
    deadline_cover,
    deadline_start,
    deadline_waive,
    heartbeat_touch,
    sweep as sweep_module,
    sweep_all,
    sweep_batch,
)
from yangcheng_ec.record.models import CaseHead, RecordEntry
from yangcheng_ec.record.services import head_create

pytestmark = pytest.mark.usefixtures("noon", "duty")
Clock = Callable[..., Deadline]


def texts_of(head: CaseHead) -> list[str]:
    """Return the words of a case's lines."""
    return list(RecordEntry.objects.filter(head=head).order_by("seq").values_list("text", flat=True))


def many(number: int, *, steps: int = 1) -> list[Deadline]:
    """Start clocks of as many cases, all due at this instant."""
    ladder = tuple(Rung("overdue", "due", 0, ("duty",)) for _ in range(steps))
    found = []
    for place in range(number):
        head = head_create(kind="incident", key=f"CY-20261121-{place:03d}")
        found.append(deadline_start(head=head, spec=make_spec(minutes=0, starts_at=NOON, ladder=ladder)))
    return found


# Each kind of step


def test_nothing_fires_before_its_time(clock: Clock, noon: Any) -> None:
    deadline = clock()
    noon.shift(15 * 60 - 0.001)
    assert sweep_all().total == 0
    assert set(states_of(deadline)) == {"pending"}


def test_a_reminder_says_how_long_is_left(clock: Clock, noon: Any, head: CaseHead) -> None:
    deadline = clock()
    noon.shift(15 * 60)
    result = sweep_all()
    assert (result.fired, result.notices) == (1, 1)
    assert states_of(deadline) == ["fired", "pending", "pending", "pending"]
    assert texts_of(head)[-1].startswith("还剩15分钟：向县人民政府报告（县数据中心）")
    notice = Notice.objects.get(head=head)
    assert (notice.urgent, notice.title[:10]) == (False, "机房断电 还剩15分")
    assert [d.channel for d in notice.deliveries.all()] == ["email"]


def test_overdue_marks_the_clock_and_puts_it_on_the_call_sheet(clock: Clock, noon: Any, head: CaseHead) -> None:
    deadline = clock()
    noon.shift(30 * 60)
    sweep_all()
    deadline.refresh_from_db()
    assert (deadline.state, deadline.overdue_at) == ("overdue", NOON + timedelta(minutes=30))
    assert kinds_of(head)[-1] == "deadline.overdue"
    notice = Notice.objects.get(head=head)
    assert notice.urgent
    assert "已逾期" in notice.title
    assert notice.script.startswith("这里是阳城县应急指挥系统")
    assert sorted(d.channel for d in notice.deliveries.all()) == ["email", "phone"]


def test_escalation_says_how_late_it_is(clock: Clock, noon: Any, head: CaseHead) -> None:
    deadline = clock()
    noon.shift(41 * 60)
    assert sweep_all().fired == 2
    assert states_of(deadline) == ["skipped", "skipped", "fired", "fired"]
    assert texts_of(head)[-1].startswith("逾期11分钟仍未完成，升级告知")


def test_a_clock_without_minutes_says_how_long_it_has_run(clock: Clock, noon: Any, head: CaseHead) -> None:
    ladder = (
        Rung("remind", "start", 10, ("duty",)),
        Rung("overdue", "start", 20, ("duty",)),
        Rung("escalate", "start", 30, ("duty",)),
    )
    clock(minutes=None, wording="立即", ladder=ladder)
    for _ in range(3):
        noon.shift(600)
        sweep_all()
    assert [text.split("：")[0] for text in texts_of(head)[1:]] == [
        "已用时10分钟",
        "已逾期",
        "已用时30分钟，仍未完成，升级告知",
    ]
    assert texts_of(head)[2].endswith("要求立即。")


def test_the_line_says_who_was_told(clock: Clock, noon: Any, head: CaseHead) -> None:
    deadline = clock()
    noon.shift(15 * 60)
    sweep_all()
    entry = RecordEntry.objects.filter(head=head).latest("seq")
    assert entry.data == {"step": 1, "rule": "kernel:30min", "told": ["赵值班（值班员）"]}
    assert (entry.clause, entry.subject_type, entry.subject_id) == ("网络预案 4.1", "deadline", deadline.pk)


def test_an_empty_roster_is_said_and_the_step_still_fires(clock: Clock, told: Told, noon: Any, head: CaseHead) -> None:
    deadline = clock()
    told.clear()
    noon.shift(30 * 60)
    assert (sweep_all().fired, states_of(deadline)[2]) == (1, "fired")
    assert texts_of(head)[-1].endswith("名册上无人可告知。")


def test_who_is_told_is_decided_when_the_step_fires(clock: Clock, told: Told, noon: Any, stranger: Any) -> None:
    clock()
    told["duty"] = [Recipient(f"user:{stranger.pk}", "钱旁人", stranger.pk)]
    noon.shift(15 * 60)
    sweep_all()
    assert Notice.objects.get(recipient=stranger).recipient_label == "钱旁人"


def test_a_recipient_named_twice_is_told_once(clock: Clock, told: Told, duty: Recipient, noon: Any) -> None:
    told["duty"] = [duty, duty]
    clock()
    noon.shift(15 * 60)
    assert sweep_all().notices == 1


def test_a_drill_is_marked_in_its_notice(clock: Clock, noon: Any, head: CaseHead) -> None:
    clock(drill=True)
    noon.shift(15 * 60)
    sweep_all()
    notice = Notice.objects.get(head=head)
    assert notice.drill
    assert notice.title.startswith("【演练】")
    assert notice.script.startswith("【演练】")


# What does not fire


def test_a_met_clock_fires_nothing(clock: Clock, actor: Actor, noon: Any, head: CaseHead) -> None:
    deadline = clock()
    covering = Covering(codes=("gov", "party"), done_at=NOON, by=actor)
    deadline_cover(head=head, deadline=deadline, covering=covering)
    noon.shift(3600)
    assert sweep_all().total == 0
    assert not Notice.objects.filter(head=head).exists()


def test_a_waived_clock_fires_nothing(clock: Clock, actor: Actor, noon: Any, head: CaseHead) -> None:
    deadline_waive(head=head, deadline=clock(), reason="改判", actor=actor)
    noon.shift(3600)
    assert sweep_all().total == 0


def test_steps_left_on_a_closed_clock_are_cancelled(clock: Clock, noon: Any, head: CaseHead) -> None:
    deadline = clock()
    Deadline.objects.filter(pk=deadline.pk).update(state="met")
    noon.shift(3600)
    assert sweep_all().cancelled == 4
    assert set(states_of(deadline)) == {"cancelled"}
    assert kinds_of(head) == ["deadline.started"]


def test_after_an_outage_reminders_are_skipped_but_overdue_and_escalation_are_not(clock: Clock, noon: Any) -> None:
    deadline = clock()
    noon.shift(7200)
    result = sweep_all()
    assert (result.skipped, result.fired, result.notices) == (2, 2, 2)
    assert states_of(deadline) == ["skipped", "skipped", "fired", "fired"]


def test_a_second_sweep_finds_nothing(clock: Clock, noon: Any, head: CaseHead) -> None:
    clock()
    noon.shift(7200)
    sweep_all()
    before = kinds_of(head)
    assert sweep_all().total == 0
    assert kinds_of(head) == before


# Sweeping many


def test_every_case_is_swept_and_every_chain_is_whole() -> None:
    clocks = many(25, steps=2)
    result = sweep_batch()
    assert (result.fired, result.notices) == (50, 50)
    assert Notice.objects.values("step").distinct().count() == 50
    assert all(whole(deadline.head) for deadline in clocks)


def test_the_statements_of_a_batch_do_not_grow_with_it() -> None:
    counts = []
    for number in (1, 3, 60):  # the first batch reads what is kept for the next ones
        many_heads = [head_create(kind="incident", key=f"CY-2026112{number}-{place}") for place in range(number)]
        for head in many_heads:
            deadline_start(head=head, spec=make_spec(minutes=0, starts_at=NOON))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert sweep_batch().fired == number
        counts.append(len([q for q in queries if "SAVEPOINT" not in q["sql"]]))
    if connection.vendor == "postgresql":
        assert counts[1] == counts[2]
    assert counts[0] <= 12  # SQLite alone splits its bulk inserts


def test_a_batch_takes_the_longest_due_first() -> None:
    clocks = many(6)
    Step.objects.filter(deadline=clocks[4]).update(fire_at=NOON - timedelta(minutes=5))
    assert sweep_batch(limit=1).fired == 1
    assert states_of(clocks[4]) == ["fired"]


def test_the_sweep_goes_on_batch_after_batch(settings: Any) -> None:
    settings.SWEEP_BATCH = 4
    many(10)
    assert sweep_all().fired == 10


def test_the_budget_ends_a_sweep(settings: Any) -> None:
    settings.SWEEP_BATCH = 4
    many(10)
    assert sweep_all(budget_seconds=-1).fired == 4


def test_all_or_nothing(monkeypatch: pytest.MonkeyPatch, clock: Clock, noon: Any, head: CaseHead) -> None:
    deadline = clock()
    noon.shift(7200)

    def fail(*_args: Any) -> int:
        raise OperationalError("the connection is gone")

    monkeypatch.setattr(sweep_module, "_tell", fail)
    with pytest.raises(OperationalError):
        sweep_all()
    deadline.refresh_from_db()
    assert deadline.state == "running"
    assert set(states_of(deadline)) == {"pending"}
    assert kinds_of(head) == ["deadline.started"]
    assert not Heartbeat.objects.filter(name="sweep").exists()


def test_a_case_that_cannot_be_swept_does_not_hold_up_the_others(told: Told, caplog: pytest.LogCaptureFixture) -> None:
    clocks = many(5)
    broken = clocks[2].steps.get()

    def resolve(pairs: Sequence[tuple[Step, Deadline]]) -> dict[int, list[Recipient]]:
        if any(step.pk == broken.pk for step, _ in pairs):
            raise KeyError("no such post")
        return {}

    registry.register_audience_resolver(resolve)
    assert sweep_all().fired == 4
    assert [states_of(deadline) for deadline in clocks].count(["fired"]) == 4
    assert f"case head {clocks[2].head_id} cannot be swept" in caplog.text
    registry._resolvers.remove(resolve)
    assert sweep_all().fired == 1


# The heartbeat


def beat() -> Heartbeat:
    """Return the sweep's heartbeat."""
    return Heartbeat.objects.get(name="sweep")


def test_a_sweep_beats(noon: Any) -> None:
    Heartbeat.objects.all().delete()
    assert heartbeat_state() == "unknown"
    sweep_all()
    assert (beat().beat_at, heartbeat_state()) == (NOON, "ok")
    noon.shift(5)
    assert heartbeat_state() == "ok"
    noon.shift(1)
    assert heartbeat_state() == "red"
    sweep_all()
    assert heartbeat_state() == "ok"
    assert ":" in beat().by


@pytest.mark.parametrize(("silent", "gaps"), [(59, 0), (60, 0), (61, 1)])
def test_a_gap_over_a_minute_enters_the_record(noon: Any, silent: int, gaps: int) -> None:
    Heartbeat.objects.all().delete()
    sweep_all()
    noon.shift(silent)
    sweep_all()
    sweep_all()
    assert HeartbeatGap.objects.count() == gaps
    lines = RecordEntry.objects.filter(head__key="system", kind="heartbeat.gap")
    assert [line.text for line in lines] == [f"2026年11月22日 12:00至2026年11月22日 12:01无人值守时限（{silent}秒）。"][
        :gaps
    ]


def test_a_gap_is_found_by_the_time_it_overlaps(noon: Any) -> None:
    heartbeat_touch("sweep")
    noon.shift(120)
    heartbeat_touch("sweep")
    assert gaps_during(NOON + timedelta(seconds=60), NOON + timedelta(hours=1)).count() == 1
    assert gaps_during(NOON + timedelta(seconds=121), NOON + timedelta(hours=1)).count() == 0


def test_beats_within_a_second_write_nothing(noon: Any, django_assert_num_queries: Callable[..., Any]) -> None:
    heartbeat_touch("sweep")
    noon.shift(0.5)
    with django_assert_num_queries(3):
        heartbeat_touch("sweep")
    assert beat().beat_at == NOON


# The command


def test_one_sweep_by_command(clock: Clock, noon: Any) -> None:
    clock()
    noon.shift(7200)
    out = StringIO()
    call_command("sweep", "--once", stdout=out)
    assert out.getvalue().strip() == "触发2，略过2，取消0，通知2"
    assert Delivery.objects.filter(channel="email", state="sent").count() == 2
