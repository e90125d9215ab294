"""Ways a clock might be lost, met wrongly, doubled or never started."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from incidents.services import (
    incident_close,
    incident_correct_times,
    incident_grade,
    incident_link,
    incident_triage,
    incident_update,
    report_send,
)
from response.services import Behalf, task_acknowledge, task_complete
from tests.incidents.clocks import clocks, open_codes, told
from tests.incidents.factories import analyse_incident, file_incident, phone_report, signed_report
from tests.response.factories import active
from yangcheng_ec.deadlines.models import Deadline, Notice, Step
from yangcheng_ec.deadlines.services import sweep_all
from yangcheng_ec.errors import BadInput, WrongState
from yangcheng_ec.record.selectors import verify_chain

pytestmark = pytest.mark.django_db

GRADES = ("especially_serious", "serious", "relatively_serious", "ordinary", "undetermined")
WITH_30 = ("relatively_serious", "undetermined")
AT_ONCE = ("especially_serious", "serious")


def ago(minutes: float) -> Any:
    return timezone.now() - timedelta(minutes=minutes)


def regrade(people: Any, incident: Any, grade: str) -> None:
    criterion = None if grade == "undetermined" else 1
    incident_grade(
        incident_id=incident.pk, version=None, user=people["duty"], grade=grade, criterion=criterion, reason="核实"
    )


def correct(people: Any, incident: Any, occurred: Any, by: str = "duty", **over: Any) -> None:
    incident.refresh_from_db()
    values = {"known_at": incident.known_at, "received_at": incident.received_at, "occurred_approximate": False, **over}
    incident_correct_times(
        incident_id=incident.pk, version=None, user=people[by], occurred_at=occurred, reason="查明", **values
    )


def wanted(grade: str) -> set[str]:
    timed = {"4.1-30min"} if grade in WITH_30 else set()
    return {"4.1-all"} | timed | ({"4.1-serious"} if grade in AT_ONCE else set())


@pytest.mark.parametrize(("first", "second"), list(permutations(GRADES, 2)))
def test_regrading_there_and_back_loses_and_doubles_nothing(people: Any, first: str, second: str) -> None:
    incident = file_incident(people, grade=first)
    assert open_codes(incident) == wanted(first)
    for grade in (second, first, second):
        regrade(people, incident, grade)
        assert open_codes(incident) == wanted(grade)
        rows = list(Deadline.objects.filter(head=incident.head).exclude(state="superseded").values_list("rule_code"))
        assert len(rows) == len(set(rows))
    incident.head.refresh_from_db()
    assert verify_chain(incident.head) is None


@pytest.mark.parametrize("grade", WITH_30)
def test_a_clock_waived_while_its_time_was_corrected_runs_again(people: Any, grade: str) -> None:
    incident = file_incident(people, grade=grade, occurred_at=ago(10), known_at=ago(9), received_at=ago(8))
    regrade(people, incident, "ordinary")
    correct(people, incident, ago(20))
    regrade(people, incident, grade)
    clock = clocks(incident)["4.1-30min"]
    assert clock.is_open
    assert clock.starts_at == type(incident).objects.get(pk=incident.pk).occurred_at
    assert Step.objects.filter(deadline=clock, state="pending").exists()


def test_a_clock_reopened_after_its_steps_were_past_tells_at_once_and_once(people: Any) -> None:
    incident = file_incident(people, occurred_at=ago(1), known_at=ago(1), received_at=ago(1))
    regrade(people, incident, "ordinary")
    with time_machine.travel(timezone.now() + timedelta(minutes=50), tick=False):
        assert not Notice.objects.filter(kind="deadline.overdue", subject_id=clocks(incident)["4.1-30min"].pk).exists()
        regrade(people, incident, "undetermined")
        clock = clocks(incident)["4.1-30min"]
        assert clock.state == "overdue"
        sweep_all()
        sweep_all()
        told_once = Notice.objects.filter(kind="deadline.overdue", subject_id=clock.pk)
        keys = list(told_once.values_list("recipient_id", "unit_code"))
        assert keys
        assert len(keys) == len(set(keys))
        assert not Step.objects.filter(deadline=clock, state="pending").exists()


def test_a_superseded_clock_never_speaks_again(people: Any) -> None:
    incident = file_incident(people, occurred_at=ago(10), known_at=ago(5), received_at=ago(5))
    old = clocks(incident)["4.1-30min"]
    correct(people, incident, ago(6))
    with time_machine.travel(timezone.now() + timedelta(hours=2), tick=False):
        sweep_all()
    assert not Step.objects.filter(deadline=old, state="fired").exists()
    assert clocks(incident)["4.1-30min"].state == "overdue"


@pytest.mark.parametrize(("occurred", "state"), [(50, "met_late"), (25, "met")])
def test_correcting_across_the_due_instant_judges_anew(people: Any, occurred: int, state: str) -> None:
    incident = file_incident(people, occurred_at=ago(40), known_at=ago(20), received_at=ago(20))
    phone_report(people, incident, late_reason="核实中")
    assert clocks(incident)["4.1-30min"].state == "met_late"
    correct(people, incident, ago(occurred))
    clock = clocks(incident)["4.1-30min"]
    assert clock.state == state
    assert bool(clock.late_reason) == (state == "met_late")


def test_nothing_was_reported_before_it_happened(people: Any) -> None:
    incident = file_incident(people, occurred_at=ago(40), known_at=ago(40), received_at=ago(40))
    phone_report(people, incident, done_at=ago(30))
    with pytest.raises(BadInput) as refused:
        correct(people, incident, ago(10), known_at=ago(10), received_at=ago(10))
    assert "occurred_at" in refused.value.fields


def test_a_corrected_time_is_never_ahead_of_the_clock(people: Any) -> None:
    incident = file_incident(people)
    ahead = timezone.now() + timedelta(seconds=50)
    correct(people, incident, ahead, known_at=ahead, received_at=ahead)
    incident.refresh_from_db()
    assert max(incident.occurred_at, incident.known_at, incident.received_at) <= timezone.now()


# Who reports


def test_a_unit_s_call_does_not_do_the_office_s_duty(people: Any) -> None:
    incident = file_incident(people, "comms-2022")
    phone_report(people, incident, "xianwei", "xianzhengfu", "shangji_bumen", by="unit_yidong")
    assert clocks(incident)["4.1-office"].is_open
    phone_report(people, incident, "xianwei", "xianzhengfu", "shangji_bumen")
    assert clocks(incident)["4.1-office"].state == "met"


def test_another_unit_s_call_does_not_do_the_township_s_duty(people: Any) -> None:
    incident = file_incident(people, "comms-2022", township="runcheng")
    phone_report(people, incident, "xianwei", "xianzhengfu", "command", by="unit_yidong")
    assert clocks(incident)["2.3-township"].is_open
    phone_report(people, incident, "xianwei", "xianzhengfu", "command", by="unit_runcheng")
    assert clocks(incident)["2.3-township"].state == "met"


def test_another_unit_s_text_does_not_follow_up_my_call(people: Any) -> None:
    incident = file_incident(people, "comms-2022", township="runcheng")
    mine = phone_report(people, incident, "xianwei", by="unit_yidong")
    other = signed_report(people, incident, "xianwei", reporting_unit="runcheng")
    report_send(report_id=other.pk, version=None, user=people["comms_duty"], channel="fax")
    assert Deadline.objects.get(subject_type="report", subject_id=mine.pk).is_open
    text = signed_report(people, incident, "xianwei", reporting_unit="yidong")
    report_send(report_id=text.pk, version=None, user=people["comms_duty"], channel="fax")
    assert Deadline.objects.get(subject_type="report", subject_id=mine.pk).state == "met"


def test_a_text_that_went_out_before_the_call_does_not_follow_it_up(people: Any) -> None:
    incident = file_incident(people, "comms-2022", occurred_at=ago(60), known_at=ago(60), received_at=ago(60))
    call = phone_report(people, incident, "xianwei", done_at=ago(10))
    text = signed_report(people, incident, "xianwei")
    report_send(
        report_id=text.pk, version=None, user=people["comms_duty"], channel="fax", done_at=ago(40), proof="传真 1 号"
    )
    assert Deadline.objects.get(subject_type="report", subject_id=call.pk).is_open


def test_two_reports_to_different_addressees_meet_together_and_late_ones_say_why(people: Any) -> None:
    incident = file_incident(people, "comms-2022", occurred_at=ago(60), known_at=ago(60), received_at=ago(60))
    call = phone_report(people, incident, "xianwei", "xianzhengfu", done_at=ago(50))
    first = signed_report(people, incident, "xianwei")
    report_send(report_id=first.pk, version=None, user=people["comms_duty"], channel="fax")
    clock = Deadline.objects.get(subject_type="report", subject_id=call.pk)
    assert clock.is_open
    assert told(clock) == {"xianwei": True, "xianzhengfu": False}
    second = signed_report(people, incident, "xianzhengfu")
    given = {"report_id": second.pk, "version": None, "user": people["comms_duty"], "channel": "fax", "proof": "1 号"}
    with pytest.raises(BadInput) as refused:
        report_send(**given, done_at=ago(30))
    assert "late_reason" in refused.value.fields
    report_send(**given, done_at=ago(30), late_reason="县委传真机占线")
    clock.refresh_from_db()
    assert (clock.state, clock.late_reason) == ("met_late", "县委传真机占线")


def test_a_reason_is_not_asked_for_what_is_in_time(people: Any) -> None:
    incident = file_incident(people, occurred_at=ago(29))
    phone_report(people, incident)
    assert clocks(incident)["4.1-30min"].state == "met"


# Comms: who phones owes the text


def test_whoever_phoned_the_office_owes_the_text_also_when_named_later(people: Any) -> None:
    incident = file_incident(people, "comms-2022", reporting_unit="", incident_unit="", caller_name="一名职工")
    assert "4.1-phone" not in clocks(incident)
    incident_update(
        incident_id=incident.pk, version=None, user=people["comms_duty"], changes={"reporting_unit": "移动公司"}
    )
    clock = clocks(incident)["4.1-phone"]
    assert (clock.owed_by_unit, clock.starts_at) == ("yidong", incident.received_at)
    incident_update(
        incident_id=incident.pk, version=None, user=people["comms_duty"], changes={"reporting_unit": "电信公司"}
    )
    assert clocks(incident)["4.1-phone"].owed_by_unit == "dianxin"


@pytest.mark.parametrize("unit", ["yidong", "liantong", "dianxin", "tieta", "guangdian"])
@pytest.mark.parametrize("field", ["incident_unit", "reporting_unit"])
def test_each_of_the_five_operators_has_its_own_clock(people: Any, unit: str, field: str) -> None:
    values = {"incident_unit": "", "reporting_unit": "", field: unit}
    incident = file_incident(people, "comms-2022", **values)
    assert clocks(incident)["3.1-operator"].owed_by_unit == unit


@pytest.mark.parametrize("unit", ["gongan", "shuju", "runcheng"])
def test_no_other_unit_has_the_operators_clock(people: Any, unit: str) -> None:
    assert "3.1-operator" not in clocks(file_incident(people, "comms-2022", incident_unit=unit, reporting_unit=unit))


def test_a_township_named_unnamed_and_renamed_keeps_one_clock_owed_by_the_right_one(people: Any) -> None:
    incident = file_incident(people, "comms-2022")
    for township in ("runcheng", "", "beiliu", "runcheng"):
        incident_update(
            incident_id=incident.pk, version=None, user=people["comms_duty"], changes={"township": township}
        )
        clock = clocks(incident).get("2.3-township")
        assert bool(township) == (clock is not None and clock.is_open)
        assert clock.owed_by_unit == (township or "runcheng")


# The ends


def test_a_case_does_not_close_over_running_clocks(people: Any) -> None:
    incident = analyse_incident(people, file_incident(people))
    with pytest.raises(BadInput) as refused:
        incident_close(incident_id=incident.pk, version=None, user=people["duty"], note="无影响")
    assert "waive_reason" in refused.value.fields
    incident_close(incident_id=incident.pk, version=None, user=people["duty"], note="无影响", waive_reason="未达条件")
    assert not open_codes(incident)
    with time_machine.travel(timezone.now() + timedelta(hours=2), tick=False):
        sweep_all()
    assert not Deadline.objects.filter(head=incident.head, overdue_at__isnull=False).exists()


def test_linked_cases_keep_their_own_clocks(people: Any) -> None:
    cyber, comms = file_incident(people), file_incident(people, "comms-2022", by="duty")
    incident_link(incident_id=cyber.pk, version=None, user=people["duty"], other_number=comms.number)
    phone_report(people, cyber)
    assert clocks(cyber)["4.1-30min"].state == "met"
    assert clocks(comms)["4.1-office"].is_open


def test_a_drill_s_clocks_are_a_drill_s(people: Any) -> None:
    incident = file_incident(people, drill=True)
    assert set(Deadline.objects.filter(head=incident.head).values_list("drill", flat=True)) == {True}
    with time_machine.travel(timezone.now() + timedelta(hours=1), tick=False):
        sweep_all()
    assert set(Notice.objects.filter(head=incident.head).values_list("drill", flat=True)) == {True}


def test_a_false_alarm_stops_every_clock_and_a_later_sweep_says_nothing(people: Any) -> None:
    incident = file_incident(people, "comms-2022")
    incident_triage(
        incident_id=incident.pk, version=None, user=people["comms_duty"], result="false_alarm", note="误操作",
        traces="无告警",
    )  # fmt: skip
    with time_machine.travel(timezone.now() + timedelta(hours=2), tick=False):
        result = sweep_all()
    assert result.fired == 0
    with pytest.raises(WrongState):
        phone_report(people, incident)


# Tasks' times


def test_a_task_is_not_done_before_it_was_given(people: Any) -> None:
    task = active(people, level=1).tasks.filter(unit__code="gongan").first()
    early = Behalf(done_at=ago(90))
    with pytest.raises(BadInput) as refused:
        task_acknowledge(task_id=task.pk, version=task.version, user=people["unit_gongan"], behalf=early)
    assert "done_at" in refused.value.fields
    task = task_acknowledge(
        task_id=task.pk, version=task.version, user=people["unit_gongan"],
        behalf=Behalf(done_at=timezone.now() + timedelta(seconds=40)),
    )  # fmt: skip
    assert task.acknowledged_at <= timezone.now()
    with pytest.raises(BadInput):
        task_complete(task_id=task.pk, version=task.version, text="完成", user=people["unit_gongan"], behalf=early)
