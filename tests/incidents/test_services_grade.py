"""定级 and its clocks; correcting times."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from incidents.services import incident_correct_times, incident_grade
from tests.incidents.clocks import clocks, open_codes
from tests.incidents.factories import file_incident, grade_incident, phone_report
from yangcheng_ec.deadlines.models import Deadline, Step
from yangcheng_ec.errors import BadInput

pytestmark = pytest.mark.django_db


def test_grading_needs_a_criterion_and_a_reason(people: Any) -> None:
    incident = file_incident(people)
    with pytest.raises(BadInput) as caught:
        grade_incident(people, incident, "serious", criterion=None, reason=" ")
    assert set(caught.value.fields) == {"criterion", "reason"}
    with pytest.raises(BadInput) as caught:
        grade_incident(people, incident, "no-such")
    assert "grade" in caught.value.fields
    with pytest.raises(BadInput):
        grade_incident(people, incident, "serious", criterion=9)


def test_the_criterion_stands_as_basis_in_the_record(people: Any) -> None:
    incident = grade_incident(people, file_incident(people), "重大事件", criterion=2)
    assert incident.grade is not None
    assert incident.criterion is not None
    assert (incident.grade.code, incident.criterion.number) == ("serious", 2)
    line = incident.head.entries.get(kind="incident.graded")
    assert line.clause == "网络预案 8.4"
    assert "第（2）条" in line.text


def test_comms_is_not_graded(people: Any) -> None:
    incident = file_incident(people, "comms-2022")
    with pytest.raises(BadInput) as caught:
        incident_grade(incident_id=incident.pk, version=None, user=people["comms_duty"], grade="serious", reason="x")
    assert "grade" in caught.value.fields


def test_clocks_follow_the_grade_and_come_back_instead_of_doubling(people: Any) -> None:
    incident = file_incident(people)
    first = clocks(incident)["4.1-30min"]
    grade_incident(people, incident, "serious")
    waived = clocks(incident)["4.1-30min"]
    assert (waived.pk, waived.state) == (first.pk, "waived")
    assert waived.closed_by.endswith(people["duty"].display_name)
    assert "业务中断" in waived.closed_reason
    assert open_codes(incident) == {"4.1-all", "4.1-serious"}
    grade_incident(people, incident, "relatively_serious")
    again = clocks(incident)["4.1-30min"]
    assert (again.pk, again.state, again.due_at) == (first.pk, "running", first.due_at)
    assert Step.objects.filter(deadline=again, state="pending").exists()
    assert Deadline.objects.filter(head=incident.head, rule_code="cyber-2025:4.1-30min").count() == 1


def test_ordinary_stops_the_30_minutes(people: Any) -> None:
    incident = grade_incident(people, file_incident(people), "ordinary")
    assert open_codes(incident) == {"4.1-all"}


def test_what_was_reported_before_counts_for_a_clock_that_starts_later(people: Any) -> None:
    incident = file_incident(people)
    phone_report(people, incident, "xianzhengfu", "xianwei")
    grade_incident(people, incident, "serious")
    clock = clocks(incident)["4.1-serious"]
    assert {row.code for row in clock.addressees.all() if row.done_at} == {"xianwei", "xianzhengfu"}
    assert clock.state == "running"


def _correct(people: Any, incident: Any, **over: Any) -> Any:
    values = {
        "occurred_at": incident.occurred_at, "occurred_approximate": False, "known_at": incident.known_at,
        "received_at": incident.received_at, "reason": "调取监控查明", **over,
    }  # fmt: skip
    return incident_correct_times(incident_id=incident.pk, version=None, user=people["duty"], **values)


def test_corrected_times_supersede_and_keep_what_was_believed(people: Any) -> None:
    now = timezone.now()
    incident = file_incident(people, known_at=now - timedelta(minutes=5), received_at=now)
    old = clocks(incident)["4.1-30min"]
    _correct(people, incident, occurred_at=now - timedelta(minutes=40))
    old.refresh_from_db()
    fresh = clocks(incident)["4.1-30min"]
    assert (old.state, old.start_basis) == ("superseded", "known")
    assert "调取监控查明" in old.closed_reason
    assert (fresh.start_basis, fresh.starts_at, fresh.state) == ("occurred", now - timedelta(minutes=40), "overdue")


def test_a_met_clock_is_judged_again_by_the_corrected_time(people: Any) -> None:
    now = timezone.now()
    incident = file_incident(people, known_at=now - timedelta(minutes=5), received_at=now)
    phone_report(people, incident, "xianzhengfu")
    assert clocks(incident)["4.1-30min"].state == "met"
    _correct(people, incident, occurred_at=now - timedelta(minutes=40))
    fresh = clocks(incident)["4.1-30min"]
    assert (fresh.state, fresh.needs_reason) == ("met_late", True)


def test_a_waived_clock_comes_back_with_the_corrected_start(people: Any) -> None:
    now = timezone.now()
    incident = file_incident(people, known_at=now - timedelta(minutes=5), received_at=now)
    grade_incident(people, incident, "ordinary")
    _correct(people, incident, occurred_at=now - timedelta(minutes=9))
    grade_incident(people, incident, "relatively_serious")
    assert clocks(incident)["4.1-30min"].starts_at == now - timedelta(minutes=9)


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"occurred_at": timezone.now() + timedelta(days=1)}, "occurred_at"),
        ({"known_at": timezone.now() - timedelta(days=400), "occurred_at": timezone.now() - timedelta(days=1)},
         "known_at"),
    ],
)  # fmt: skip
def test_corrections_need_a_reason_and_an_order(people: Any, over: Any, field: str) -> None:
    incident = file_incident(people)
    with pytest.raises(BadInput) as caught:
        _correct(people, incident, **over)
    assert field in caught.value.fields


def test_the_callers_written_clock_moves_with_the_receipt(people: Any) -> None:
    now = timezone.now()
    incident = file_incident(people, "comms-2022", known_at=now - timedelta(minutes=9))
    received = now - timedelta(minutes=7)
    incident_correct_times(
        incident_id=incident.pk, version=None, user=people["comms_duty"], occurred_at=None, occurred_approximate=False,
        known_at=incident.known_at, received_at=received, reason="录音时间",
    )  # fmt: skip
    assert clocks(incident)["4.1-phone"].starts_at == received
