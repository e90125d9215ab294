"""P3: a drill is planned by the office, approved by another, told by the clock, and stands down whole."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from directory.models import DutyMode
from early_warning.models import EarlyWarning
from incidents.models import Incident
from incidents.selectors.returns import known_on, return_day
from incidents.selectors.statistics import Period, statistics_of
from incidents.services.statistics import blocks_now
from response.choices import ResponseState, TaskState
from response.drills import services
from response.drills.choices import InjectState
from response.drills.models import Drill, DrillFinding
from response.drills.services import Improvement, InjectWords, Judged
from response.models import Response, Task
from response.services import response_approve, response_propose, task_acknowledge, task_complete
from tests.response.drilling import (
    drill_approved,
    drill_ended,
    drill_evaluated,
    drill_planned,
    drill_running,
    judged_all,
    planned,
    units,
)
from tests.response.factories import account
from yangcheng_ec.clock import database_now
from yangcheng_ec.deadlines.choices import OPEN
from yangcheng_ec.deadlines.models import Deadline, Notice
from yangcheng_ec.deadlines.services import sweep_all
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, StaleVersion, WrongState
from yangcheng_ec.record.models import RecordEntry

pytestmark = pytest.mark.django_db
PLANS = ("cyber-2025", "comms-2022")


def _act(service: Any, drill: Drill, user: Any, **more: Any) -> Any:
    return service(drill_id=drill.pk, version=drill.version, user=user, **more)


# Planning


@pytest.mark.parametrize("plan", PLANS)
def test_p3_the_office_plans_and_the_director_approves(people: Any, plan: str) -> None:
    drill = drill_planned(people, plan)
    assert (drill.state, drill.injects.count(), drill.incident) == ("planned", 2, None)
    asked = Notice.objects.filter(kind="drill.approve")
    assert account(people, plan, "director").pk in set(asked.values_list("recipient", flat=True))
    drill = _act(services.drill_approve, drill, account(people, plan, "director"))
    assert drill.state == "approved"
    told = Notice.objects.filter(kind="drill.announced")
    assert told.count() >= 2
    assert not [row for row in told if drill.scenario in row.body or not row.title.startswith("【演练】")]
    clause = {"cyber-2025": "网络预案 6.7", "comms-2022": "通信预案 6.1"}[plan]
    lines = RecordEntry.objects.filter(head=drill.head)
    assert set(lines.values_list("clause", flat=True)) == {clause}
    assert not [line for line in lines if drill.scenario in line.text]


@pytest.mark.parametrize("name", ["duty", "commander", "auditor", "contacts", "unit_gongan", "comms_office"])
def test_nobody_else_plans_a_drill(people: Any, name: str) -> None:
    with pytest.raises(Forbidden) as refused:
        services.drill_plan(user=people[name], planned=planned())
    assert refused.value.clause == "网络预案 6.7"


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "长" * 121}, "title"),
        ({"scenario": "\u200b"}, "scenario"),
        ({"scenario": "长" * 20_001}, "scenario"),
        ({"planned_at": datetime(2020, 1, 1).astimezone()}, "planned_at"),
        ({"participants": ()}, "participants"),
        ({"grade": "火星"}, "grade"),
        ({"grade": "undetermined"}, "grade"),
        ({"plan": "火星"}, "plan"),
    ],
)
def test_a_plan_with_a_fault_is_refused_beside_its_field(people: Any, over: dict[str, Any], field: str) -> None:
    plan = over.pop("plan", "cyber-2025")
    with pytest.raises(BadInput) as refused:
        services.drill_plan(user=people["office"], planned=planned(**over, **({"plan": plan})))
    assert field in refused.value.fields
    assert not Drill.objects.exists()


def test_comms_has_no_grades_g9(people: Any) -> None:
    with pytest.raises(BadInput) as refused:
        services.drill_plan(user=people["comms_office"], planned=planned("comms-2022", grade="serious"))
    assert "grade" in refused.value.fields


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (InjectWords(minute=-1, text="x"), "minute"),
        (InjectWords(minute=10_081, text="x"), "minute"),
        (InjectWords(minute=1, text=" "), "text"),
        (InjectWords(minute=1, text="长" * 2001), "text"),
        (InjectWords(minute=1, text="x", to="mars"), "to"),
        (InjectWords(minute=1, text="x", to="unit"), "unit"),
    ],
)
def test_an_inject_with_a_fault_is_refused(people: Any, words: InjectWords, field: str) -> None:
    drill = drill_planned(people)
    with pytest.raises(BadInput) as refused:
        _act(services.inject_add, drill, people["office"], words=words)
    assert field in refused.value.fields


def test_a_retry_with_the_same_key_finds_the_same_drill(people: Any) -> None:
    given = planned()
    first = services.drill_plan(user=people["office"], planned=given, key="k1")
    assert services.drill_plan(user=people["office"], planned=given, key="k1").pk == first.pk
    with pytest.raises(BadInput):
        services.drill_plan(user=people["office"], planned=planned(title="另一次"), key="k1")


def test_nobody_approves_the_drill_they_planned(people: Any) -> None:
    drill = services.drill_plan(user=people["director"], planned=planned())
    with pytest.raises(Forbidden):
        _act(services.drill_approve, drill, people["director"])
    for name in ("office", "duty", "comms_director", "auditor"):
        with pytest.raises(Forbidden):
            _act(services.drill_approve, drill, people[name])
    assert _act(services.drill_approve, drill, people["deputy"]).state == "approved"


def test_an_approved_plan_that_changes_needs_its_approval_again(people: Any) -> None:
    drill = drill_approved(people)
    _act(services.inject_add, drill, people["office"], words=InjectWords(minute=5, text="新情况"))
    drill.refresh_from_db()
    assert (drill.state, drill.approved_at) == ("planned", None)
    with pytest.raises(WrongState):
        _act(services.drill_start, drill, people["office"])
    drill = _act(services.drill_approve, drill, people["director"])
    drill = _act(services.drill_edit, drill, people["office"], planned=planned(title="改名"))
    assert (drill.state, drill.title) == ("planned", "改名")
    drill = _act(services.drill_approve, drill, people["director"])
    inject = drill.injects.first()
    assert inject is not None
    drill = _act(services.inject_remove, drill, people["office"], inject_id=inject.pk)
    assert (drill.state, drill.injects.count()) == ("planned", 2)
    with pytest.raises(NotVisible):
        _act(services.inject_remove, drill, people["office"], inject_id=inject.pk)
    with pytest.raises(BadInput):
        _act(services.drill_edit, drill, people["office"], planned=planned("comms-2022"))


def test_a_plan_is_returned_or_cancelled_with_a_reason(people: Any) -> None:
    drill = drill_planned(people)
    with pytest.raises(BadInput):
        _act(services.drill_return, drill, people["director"], reason=" ")
    drill = _act(services.drill_return, drill, people["director"], reason="情景太简单")
    assert (drill.state, drill.reason) == ("planned", "情景太简单")
    drill = _act(services.drill_approve, drill, people["director"])
    with pytest.raises(Forbidden):
        _act(services.drill_cancel, drill, people["duty"], reason="x")
    drill = _act(services.drill_cancel, drill, people["office"], reason="汛期")
    assert drill.state == "cancelled"
    assert Notice.objects.filter(kind="drill.cancelled").exists()
    for service in (services.drill_start, services.drill_approve):
        with pytest.raises((WrongState, Forbidden)):
            _act(service, drill, people["office"])


def test_a_stale_version_says_what_changed(people: Any) -> None:
    drill = drill_planned(people)
    _act(services.drill_edit, drill, people["office"], planned=planned(title="改名"))
    with pytest.raises(StaleVersion) as stale:
        _act(services.drill_approve, drill, people["director"])
    assert "修改演练方案" in stale.value.changes[0].now


def test_a_drill_is_not_there_for_a_unit_that_takes_no_part(people: Any) -> None:
    drill = drill_approved(people)
    for name in ("unit_yidong", "contacts", "sysadmin", "security"):
        with pytest.raises(NotVisible):
            _act(services.drill_start, drill, people[name])
    with pytest.raises(Forbidden):
        _act(services.drill_start, drill, people["unit_gongan"])


# Running


@pytest.mark.parametrize("plan", PLANS)
def test_p3_a_drill_runs_in_a_marked_twin_of_a_case(people: Any, plan: str) -> None:
    drill = drill_running(people, plan)
    incident = drill.incident
    assert incident is not None
    assert incident.drill
    assert "-D" in incident.number
    clocks = Deadline.objects.filter(head=incident.head)
    assert clocks.exists()
    assert all(clock.drill for clock in clocks)
    titles = Notice.objects.filter(head=incident.head).values_list("title", flat=True)
    assert all(title.startswith("【演练】") for title in titles)
    assert incident.grade is None or incident.grade.code == "undetermined"


def test_a_drill_is_in_no_count(people: Any, cyber: Any) -> None:
    drill_running(people)
    assert known_on(cyber, return_day())[None] == 0
    assert statistics_of(blocks_now(), Period()).cases == 0
    assert statistics_of(blocks_now(), Period(drill="only")).cases == 1


def test_injects_are_told_by_the_clock_exactly_once(people: Any) -> None:
    with time_machine.travel(datetime(2026, 11, 23, 1, 0).astimezone(), tick=False) as clock:
        drill = drill_running(people)
        assert drill.incident is not None
        assert (services.injects_round(), services.injects_round()) == (1, 0)
        clock.shift(timedelta(minutes=29))
        assert services.injects_round() == 0
        clock.shift(timedelta(minutes=1))
        sweep_all()
        services.injects_round()
        states = set(drill.injects.values_list("state", flat=True))
        assert states == {InjectState.FIRED}
        lines = RecordEntry.objects.filter(head=drill.incident.head, kind="inject.fired")
        assert [line.actor_name for line in lines] == ["系统", "系统"]
        told = Notice.objects.filter(kind="drill.inject", body="记者来电")
        assert set(told.values_list("recipient__username", flat=True)) == {"office", "director", "duty", "duty2"}


def test_an_inject_is_told_by_hand_or_left_out(people: Any) -> None:
    drill = drill_running(people)
    first, second = drill.injects.order_by("minute")
    common = {"drill_id": drill.pk, "user": people["office"]}
    row = services.inject_fire(inject_id=second.pk, **common)
    assert (row.state, row.by_hand) == ("fired", True)
    with pytest.raises(WrongState):
        services.inject_fire(inject_id=second.pk, **common)
    with pytest.raises(BadInput):
        services.inject_skip(inject_id=first.pk, reason=" ", **common)
    with pytest.raises(BadInput):
        services.inject_skip(inject_id=first.pk, reason="长" * 301, **common)
    assert services.inject_skip(inject_id=first.pk, reason="时间不够", **common).state == "skipped"
    assert services.injects_round() == 0
    with pytest.raises(Forbidden):
        services.inject_fire(drill_id=drill.pk, inject_id=first.pk, user=people["duty"])
    other = drill_planned(people).injects.first()
    assert other is not None
    with pytest.raises(NotVisible):
        services.inject_fire(inject_id=other.pk, **common)


def test_an_inject_for_a_minute_gone_by_is_not_added(people: Any) -> None:
    drill = drill_running(people)
    Drill.objects.filter(pk=drill.pk).update(started_at=database_now() - timedelta(minutes=10))
    with pytest.raises(BadInput) as refused:
        _act(services.inject_add, drill, people["office"], words=InjectWords(minute=9, text="迟了"))
    assert "minute" in refused.value.fields
    row = _act(services.inject_add, drill, people["office"], words=InjectWords(minute=20, text="还来得及"))
    assert row.fire_at > database_now()


def test_notices_of_a_confined_drill_go_to_the_players_alone(people: Any) -> None:
    drill = drill_running(people, confined=True)
    assert drill.incident is not None
    response = response_propose(
        incident_id=drill.incident.pk, level="Ⅰ", condition=1, basis="多台服务器被加密", user=people["office"]
    )
    response_approve(response_id=response.pk, version=response.version, user=people["commander"])
    heads = [drill.head_id, drill.incident.head_id]
    told = set(Notice.objects.filter(head__in=heads).exclude(unit_code="").values_list("unit_code", flat=True))
    post_units = {people[name].unit.code for name in ("commander", "deputy", "director", "office", "duty")}
    assert told <= {"gongan", "shuju"} | post_units
    assert "jiaoyu" not in told
    assert Task.objects.filter(response=response, unit__code="jiaoyu").exists()


def test_an_open_drill_tells_every_unit_the_plan_names(people: Any) -> None:
    drill = drill_running(people)
    assert drill.incident is not None
    response = response_propose(
        incident_id=drill.incident.pk, level="Ⅰ", condition=1, basis="多台服务器被加密", user=people["office"]
    )
    response_approve(response_id=response.pk, version=response.version, user=people["commander"])
    assert Notice.objects.filter(head=drill.incident.head, unit_code="jiaoyu").exists()


# Ending


def _played(people: Any) -> tuple[Drill, Response]:
    """A drill in which level Ⅱ was started and one unit did its first task."""
    drill = drill_running(people)
    assert drill.incident is not None
    response = response_propose(
        incident_id=drill.incident.pk, level="Ⅱ", condition=1, basis="业务中断", user=people["office"]
    )
    response = response_approve(response_id=response.pk, version=response.version, user=people["deputy"])
    for task in response.tasks.filter(unit__code="gongan")[:1]:
        task = task_acknowledge(task_id=task.pk, version=task.version, user=people["unit_gongan"])
        task_complete(task_id=task.pk, version=task.version, text="已固定证据", user=people["unit_gongan"])
    return drill, response


def test_p3_what_was_exercised_is_read_from_the_record(people: Any) -> None:
    drill, response = _played(people)
    drill = _act(services.drill_end, drill, people["office"])
    rows = {(row.kind, row.clause): row for row in drill.findings.all()}
    assert rows["drill", "网络预案 6.7"].result == "met"
    assert rows["grade", "网络预案 8.4"].result == "missed"
    assert rows["approval", "网络预案 4.2.2.2"].result == "met"
    assert "副指挥长" in rows["approval", "网络预案 4.2.2.2"].evidence
    assert rows["end", "网络预案 4.5"].result == "missed"
    tasks = [row for row in drill.findings.all() if row.kind == "task"]
    assert tasks
    assert any(row.result == "partial" and "办结1项" in row.evidence for row in tasks)
    clocks = {row.title.split("（")[0]: row.result for row in drill.findings.all() if row.kind == "clock"}
    assert "not_due" in clocks.values()
    assert response.number in rows["end", "网络预案 4.5"].title


def test_when_a_drill_ends_nothing_of_it_rings_or_waits(people: Any) -> None:
    drill, response = _played(people)
    drill = _act(services.drill_end, drill, people["office"])
    incident = Incident.objects.get(pk=drill.incident_id)
    response.refresh_from_db()
    assert (incident.state, response.state) == ("closed", ResponseState.ENDED)
    assert not Deadline.objects.filter(head=incident.head, state__in=OPEN).exists()
    assert not response.tasks.exclude(state__in=[TaskState.DONE, TaskState.CARRIED_OVER]).exists()
    assert not drill.injects.filter(state="pending").exists()
    assert not DutyMode.objects.filter(head=incident.head, closed_at__isnull=True).exists()
    assert services.injects_round() == 0
    for service in (services.drill_end, services.drill_start):
        with pytest.raises(WrongState):
            _act(service, drill, people["office"])


def test_an_undecided_proposal_lapses_when_the_drill_ends(people: Any) -> None:
    drill = drill_running(people)
    assert drill.incident is not None
    response = response_propose(
        incident_id=drill.incident.pk, level="Ⅱ", condition=1, basis="业务中断", user=people["office"]
    )
    drill = _act(services.drill_end, drill, people["office"])
    response.refresh_from_db()
    assert response.state == ResponseState.WITHDRAWN
    assert drill.findings.get(kind="approval").result == "missed"


def test_a_published_warning_must_be_lifted_before_the_drill_ends(people: Any) -> None:
    drill = drill_running(people)
    assert drill.incident is not None
    other = EarlyWarning.objects.create(
        head=drill.head, number="YJ-D20261123-001", plan_version=drill.plan_version, incident=drill.incident,
        level=drill.plan_version.warning_levels.first(), state="published", drill=True, title="演练预警", text="x",
        created_by=people["office"], created_at=database_now(), published_at=database_now(),
    )  # fmt: skip
    with pytest.raises(WrongState) as refused:
        _act(services.drill_end, drill, people["office"])
    assert other.number in refused.value.message
    other.state = "lifted"
    other.save()
    ended = _act(services.drill_end, drill, people["office"])
    assert ended.findings.get(kind="warning").result == "missed"


@pytest.mark.parametrize("name", ["duty", "commander", "director_of_comms", "auditor"])
def test_nobody_else_ends_a_drill(people: Any, name: str) -> None:
    drill = drill_running(people)
    user = people["comms_director" if name == "director_of_comms" else name]
    with pytest.raises(Forbidden):
        _act(services.drill_end, drill, user)


# Evaluating


def test_every_finding_is_judged_before_the_evaluation_is_finished(people: Any) -> None:
    drill = drill_ended(people)
    first = drill.findings.first()
    assert first is not None
    drill = _act(services.drill_judge, drill, people["office"], judged={first.pk: Judged("partly", "略")})
    with pytest.raises(BadInput) as refused:
        _act(services.drill_evaluate, drill, people["office"], judged={}, evaluators="", summary="")
    assert {"evaluators", "summary"} < set(refused.value.fields)
    assert f"judgement_{first.pk}" not in refused.value.fields
    words = {"evaluators": "评估组", "summary": "达到目的"}
    drill = _act(services.drill_evaluate, drill, people["office"], judged=judged_all(drill), **words)
    assert (drill.state, drill.findings.filter(judgement="done").count()) == ("evaluated", drill.findings.count())
    assert Notice.objects.filter(kind="drill.evaluated").exists()
    with pytest.raises(WrongState):
        _act(services.drill_judge, drill, people["office"], judged=judged_all(drill))


def test_a_judgement_that_is_none_or_of_another_drill_is_refused(people: Any) -> None:
    drill = drill_ended(people)
    first = drill.findings.first()
    assert first is not None
    for said, field in ((Judged("great"), "judgement"), (Judged("done", "长" * 501), "comment")):
        with pytest.raises(BadInput) as refused:
            _act(services.drill_judge, drill, people["office"], judged={first.pk: said})
        assert f"{field}_{first.pk}" in refused.value.fields
    with pytest.raises(NotVisible):
        _act(services.drill_judge, drill, people["office"], judged={10**9: Judged("done")})
    with pytest.raises(Forbidden):
        _act(services.drill_judge, drill, people["duty"], judged={})
    assert not DrillFinding.objects.exclude(judgement="").exists()


def test_what_is_to_be_improved_names_its_clause(people: Any) -> None:
    drill = drill_ended(people)
    good = Improvement("补充备份恢复步骤", "网络预案 6.4", units("shuju")[0], revises_plan=True)
    for bad, field in (
        (Improvement(" "), "text"),
        (Improvement("长" * 501), "text"),
        (Improvement("x", "网络预案 99.9"), "clause"),
        (Improvement("x", revises_plan=True), "clause"),
        (Improvement("x", due_on=(database_now() - timedelta(days=2)).date()), "due_on"),
    ):
        with pytest.raises(BadInput) as refused:
            _act(services.improvement_add, drill, people["office"], improvement=bad)
        assert field in refused.value.fields, bad
    row = _act(services.improvement_add, drill, people["office"], improvement=good)
    assert (row.revises_plan, row.clause) == (True, "网络预案 6.4")
    drill.refresh_from_db()
    drill = _act(services.improvement_remove, drill, people["office"], improvement_id=row.pk)
    assert not drill.improvements.exists()
    assert RecordEntry.objects.filter(head=drill.head, kind="drill.improvement", text__contains="6.4").exists()


def test_an_evaluated_drill_stays_as_it_is(people: Any) -> None:
    drill = drill_evaluated(people)
    for service, more in (
        (services.drill_edit, {"planned": planned()}),
        (services.drill_cancel, {"reason": "x"}),
        (services.drill_end, {}),
        (services.improvement_add, {"improvement": Improvement("x")}),
        (services.inject_add, {"words": InjectWords(minute=1, text="x")}),
    ):
        with pytest.raises(WrongState):
            _act(service, drill, people["office"], **more)
