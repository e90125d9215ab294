"""Every transition of a case: from which states, with what, by whom; every other state is refused (DESIGN §5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from incidents.choices import IncidentState
from incidents.models import Incident
from incidents.services import (
    Analysis,
    incident_accept,
    incident_analyse,
    incident_close,
    incident_grade,
    incident_link,
    incident_mark_aftermath,
    incident_mark_responding,
    incident_triage,
    incident_update,
)
from tests.incidents.clocks import clocks, open_codes
from tests.incidents.factories import analyse_incident, confirm_incident, file_incident
from yangcheng_ec.actors import SYSTEM
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, StaleVersion, WrongState
from yangcheng_ec.record.services import case_lock

pytestmark = pytest.mark.django_db

STATES = [state.value for state in IncidentState]
OPEN = {"received", "confirmed", "analysed", "responding", "aftermath"}


def _triage(result: str) -> Callable[..., Any]:
    def run(incident: Incident, user: Any) -> Any:
        return incident_triage(incident_id=incident.pk, version=None, user=user, result=result, note="核实",
                               receiving_body="县文旅局", how="电话", traces="日志")  # fmt: skip

    return run


def _analyse(incident: Incident, user: Any) -> Any:
    return incident_analyse(incident_id=incident.pk, version=None, user=user, analysis=Analysis(category="attack"))


def _grade(incident: Incident, user: Any) -> Any:
    return incident_grade(incident_id=incident.pk, version=None, user=user, grade="serious", criterion=1, reason="重")


def _close(incident: Incident, user: Any) -> Any:
    return incident_close(
        incident_id=incident.pk, version=None, user=user, note="办结", waive_reason="不再适用",
        unsettled_reason="善后继续",
    )  # fmt: skip


def _update(incident: Incident, user: Any) -> Any:
    return incident_update(incident_id=incident.pk, version=None, user=user, changes={"trend": "已控制"})


def _respond(incident: Incident, user: Any) -> Any:
    return incident_mark_responding(incident=incident, head=case_lock(incident.head_id), actor=SYSTEM, text="启动")


def _aftermath(incident: Incident, user: Any) -> Any:
    return incident_mark_aftermath(incident=incident, head=case_lock(incident.head_id), actor=SYSTEM, text="结束")


# act → (states it may start from, the state it leads to; None keeps the state)
TABLE: dict[str, tuple[Callable[..., Any], set[str], str | None]] = {
    "confirm": (_triage("confirm"), {"received"}, "confirmed"),
    "false_alarm": (_triage("false_alarm"), {"received", "confirmed"}, "false_alarm"),
    "refer": (_triage("refer"), {"received", "confirmed"}, "referred"),
    "analyse": (_analyse, OPEN - {"received"}, None),
    "grade": (_grade, OPEN, None),
    "update": (_update, OPEN, None),
    "respond": (_respond, OPEN - {"aftermath"}, "responding"),
    "aftermath": (_aftermath, {"responding"}, "aftermath"),
    "close": (_close, {"analysed", "aftermath"}, "closed"),
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("act", list(TABLE))
def test_each_act_from_each_state(people: Any, act: str, state: str) -> None:
    run, allowed, target = TABLE[act]
    incident = file_incident(people)
    Incident.objects.filter(pk=incident.pk).update(state=state)
    incident.refresh_from_db()
    if state not in allowed:
        with pytest.raises(WrongState):
            run(incident, people["duty"])
        return
    run(incident, people["duty"])
    incident.refresh_from_db()
    expected = target or ("analysed" if act == "analyse" and state == "confirmed" else state)
    assert incident.state == expected


@pytest.mark.parametrize("act", ["confirm", "analyse", "grade", "close"])
@pytest.mark.parametrize("name", ["commander", "deputy", "auditor", "unit_shuju", "comms_duty"])
def test_only_the_plans_own_office_decides(people: Any, act: str, name: str) -> None:
    incident = file_incident(people)
    Incident.objects.filter(pk=incident.pk).update(state=sorted(TABLE[act][1])[0])
    with pytest.raises(Forbidden) as caught:
        TABLE[act][0](incident, people[name])
    assert caught.value.clause.startswith("网络预案")


@pytest.mark.parametrize("act", ["confirm", "analyse", "grade", "close", "update"])
def test_a_stranger_finds_nothing(people: Any, act: str) -> None:
    incident = file_incident(people)
    with pytest.raises(NotVisible):
        TABLE[act][0](incident, people["unit_dianxin"])


def test_h1_comms_records_traces_before_it_confirms(people: Any) -> None:
    incident = file_incident(people, "comms-2022")
    with pytest.raises(BadInput) as caught:
        confirm_incident(people, incident, traces="")
    assert caught.value.clause == "通信预案 4.2"
    assert "数据痕迹和细节信息" in caught.value.fields["traces"][0]
    assert confirm_incident(people, incident, traces="光纤断点照片").facts["traces"] == "光纤断点照片"


def test_h2_false_alarm_is_recorded_and_settles_its_clocks(people: Any) -> None:
    incident = file_incident(people)
    assert open_codes(incident)
    done = confirm_incident(people, incident, result="false_alarm", note="误触发，已恢复阈值")
    assert (done.state, done.closed_at is not None) == ("false_alarm", True)
    assert not open_codes(incident)
    assert {row.state for row in clocks(incident).values()} == {"waived"}
    assert incident.head.entries.filter(kind="incident.false_alarm", text__contains="误触发").exists()


def test_h2_referral_names_the_body_and_how(people: Any) -> None:
    incident = file_incident(people, "comms-2022")
    with pytest.raises(BadInput) as caught:
        confirm_incident(people, incident, result="refer", receiving_body="", how="")
    assert set(caught.value.fields) == {"receiving_body", "how"}
    done = confirm_incident(people, incident, result="refer", receiving_body="县供电公司", how="电话 95598")
    assert (done.state, done.referral_to, done.referral_how) == ("referred", "县供电公司", "电话 95598")


def test_h3_analysis_keeps_losses_severity_and_spread(people: Any) -> None:
    incident = confirm_incident(people, file_incident(people, "comms-2022"))
    facts = {"loss_expected": "5万元", "severity": "较重", "spread": "有扩散可能", "spreading": "continuing"}
    done = analyse_incident(people, incident, loss_estimate="2万元", facts=facts)
    assert done.state == "analysed"
    assert done.facts.items() >= facts.items()
    line = incident.head.entries.get(kind="incident.analysed")
    assert line.clause == "通信预案 4.2"
    assert "有扩散可能" in line.text


def test_cyber_analysis_needs_a_category(people: Any) -> None:
    incident = confirm_incident(people, file_incident(people))
    with pytest.raises(BadInput) as caught:
        analyse_incident(people, incident, category="")
    assert "category" in caught.value.fields


def test_closing_needs_settled_clocks_or_a_reason(people: Any) -> None:
    incident = analyse_incident(people, file_incident(people))
    with pytest.raises(BadInput) as caught:
        incident_close(incident_id=incident.pk, version=None, user=people["duty"], note="未达到启动条件")
    assert "waive_reason" in caught.value.fields
    done = incident_close(
        incident_id=incident.pk, version=None, user=people["duty"], note="未达到启动条件", waive_reason="口头已告知"
    )
    assert (done.state, open_codes(incident)) == ("closed", set())


def test_stale_version_shows_what_changed(people: Any) -> None:
    incident = file_incident(people)
    incident_update(incident_id=incident.pk, version=1, user=people["duty2"], changes={"location": "润城镇机房"})
    with pytest.raises(StaleVersion) as caught:
        incident_update(incident_id=incident.pk, version=1, user=people["duty"], changes={"location": "凤城镇"})
    change = caught.value.changes[0]
    assert (change.field, change.was, change.now) == ("地点", "", "润城镇机房")


def test_the_first_act_of_the_office_takes_an_untaken_case_over(people: Any) -> None:
    incident = file_incident(people, "comms-2022", by="duty")
    confirm_incident(people, incident)
    incident.refresh_from_db()
    assert incident.accepted_by == people["comms_duty"]
    with pytest.raises(WrongState):
        incident_accept(incident_id=incident.pk, version=None, user=people["comms_duty"])


def test_linking_writes_both_records_once(people: Any) -> None:
    one, two = file_incident(people), file_incident(people, "comms-2022")
    incident_link(incident_id=one.pk, version=1, user=people["duty"], other_number=two.number, note="同一光缆")
    assert list(one.links.all()) == [two]
    assert list(two.links.all()) == [one]
    for incident in (one, two):
        assert incident.head.entries.filter(kind="incident.linked").count() == 1
    with pytest.raises(WrongState):
        incident_link(incident_id=one.pk, version=None, user=people["duty"], other_number=two.number)
    for number in ("CY-20200101-999", one.number):
        with pytest.raises(BadInput):
            incident_link(incident_id=one.pk, version=None, user=people["duty"], other_number=number)


def test_a_drill_is_not_linked_to_a_real_case(people: Any) -> None:
    real, drill = file_incident(people), file_incident(people, drill=True)
    with pytest.raises(BadInput, match="演练"):
        incident_link(incident_id=real.pk, version=None, user=people["duty"], other_number=drill.number)
    assert not real.links.exists()


def test_update_refuses_unknown_fields_and_an_empty_title(people: Any) -> None:
    incident = file_incident(people)
    with pytest.raises(BadInput) as caught:
        incident_update(incident_id=incident.pk, version=None, user=people["duty"],
                        changes={"state": "closed", "title": " "})  # fmt: skip
    assert set(caught.value.fields) == {"state", "title"}


def test_a_unit_named_later_sees_the_case_and_owes_its_clock(people: Any) -> None:
    incident = file_incident(people, "comms-2022", reporting_unit="", incident_unit="", reporting_unit_text="群众")
    assert "3.1-operator" not in clocks(incident)
    incident_update(incident_id=incident.pk, version=None, user=people["comms_duty"],
                    changes={"incident_unit": "电信公司"})  # fmt: skip
    found = clocks(incident)
    assert found["3.1-operator"].owed_by_unit == "dianxin"
    assert found["4.1-accident"].owed_by_unit == "dianxin"
    incident_update(incident_id=incident.pk, version=None, user=people["unit_dianxin"], changes={"trend": "抢修中"})
