"""撤回 what should never have been filed, and 恢复 what was set aside too early."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from incidents.models import Incident
from incidents.services import incident_reopen, incident_withdraw
from response.services import response_propose
from tests.incidents.clocks import clocks, open_codes
from tests.incidents.factories import confirm_incident, file_incident, grade_incident, phone_report
from yangcheng_ec.deadlines.models import Deadline, Step
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, StaleVersion, WrongState

pytestmark = pytest.mark.django_db


def _withdraw(people: Any, incident: Incident, by: str = "duty", **over: Any) -> Incident:
    values = {"version": None, "ground": "mistake", "reason": "培训时误登", **over}
    done = incident_withdraw(incident_id=incident.pk, user=people[by], **values)
    incident.refresh_from_db()
    return done


def _reopen(people: Any, incident: Incident, by: str = "duty", **over: Any) -> Incident:
    values = {"version": None, "reason": "复查日志，确有入侵", **over}
    done = incident_reopen(incident_id=incident.pk, user=people[by], **values)
    incident.refresh_from_db()
    return done


def test_a_mistake_is_withdrawn_with_its_reason_and_an_overdue_mark_stays(people: Any) -> None:
    incident = file_incident(people, occurred_at=timezone.now() - timedelta(hours=1))
    _withdraw(people, incident)
    assert (incident.state, incident.closed_at is not None) == ("withdrawn", True)
    found = clocks(incident)
    assert {row.state for row in found.values()} <= {"waived", "met"}
    assert found["4.1-30min"].overdue_at is not None
    assert "培训时误登" in found["4.1-30min"].closed_reason
    line = incident.head.entries.get(kind="incident.withdrawn")
    assert "误操作或测试" in line.text
    assert {"field": "状态", "was": "接报", "now": "已撤回"} in line.data["changes"]


def test_a_wrong_plan_names_the_case_that_stands_instead(people: Any) -> None:
    incident, right, same = file_incident(people), file_incident(people, "comms-2022"), file_incident(people)
    drill = file_incident(people, "comms-2022", drill=True)
    for instead in ("", "TX-1", same.number, drill.number):
        with pytest.raises(BadInput) as caught:
            _withdraw(people, incident, ground="wrong_plan", instead=instead)
        assert set(caught.value.fields) == {"instead"}, instead
    _withdraw(people, incident, ground="wrong_plan", instead=right.number)
    assert list(incident.links.all()) == [right]
    assert right.number in incident.head.entries.get(kind="incident.withdrawn").text
    assert incident.number in right.head.entries.get(kind="incident.replaces").text


def test_what_has_left_the_house_is_not_taken_back(people: Any) -> None:
    reported, answered = file_incident(people), file_incident(people)
    phone_report(people, reported, "xianzhengfu")
    with pytest.raises(WrongState, match="已报出"):
        _withdraw(people, reported)
    response = response_propose(incident_id=answered.pk, level=2, condition=1, basis="业务中断", user=people["office"])
    with pytest.raises(WrongState, match=response.number):
        _withdraw(people, answered)
    for state in ("responding", "closed", "withdrawn", "merged", "false_alarm"):
        Incident.objects.filter(pk=reported.pk).update(state=state)
        with pytest.raises(WrongState):
            _withdraw(people, reported)


def test_only_the_office_withdraws_and_says_why(people: Any) -> None:
    incident = file_incident(people)
    with pytest.raises(BadInput) as caught:
        _withdraw(people, incident, ground="bored", reason=" ")
    assert set(caught.value.fields) == {"ground", "reason"}
    for name, refusal in (("comms_duty", Forbidden), ("commander", Forbidden), ("unit_shuju", Forbidden),
                          ("unit_dianxin", NotVisible)):  # fmt: skip
        with pytest.raises(refusal):
            _withdraw(people, incident, by=name)
        with pytest.raises(refusal):
            _reopen(people, incident, by=name)
    with pytest.raises(StaleVersion):
        _withdraw(people, incident, version=7)
    with pytest.raises(WrongState):
        _reopen(people, incident)


@pytest.mark.parametrize("how", ["false_alarm", "refer", "withdraw"])
def test_what_turns_out_real_runs_again_and_nothing_is_doubled(people: Any, how: str) -> None:
    incident = grade_incident(people, confirm_incident(people, file_incident(people)), "serious")
    before = {code: (row.pk, row.due_at, row.state) for code, row in clocks(incident).items()}
    if how == "withdraw":
        _withdraw(people, incident)
    else:
        confirm_incident(people, incident, result=how, note="误触发", receiving_body="县文旅局", how="电话")
    with pytest.raises(BadInput) as caught:
        _reopen(people, incident, reason=" ")
    assert "reason" in caught.value.fields
    _reopen(people, incident)
    assert (incident.state, incident.closed_at, incident.referral_to, incident.set_aside) == ("confirmed", None, "", {})
    # what an earlier grade had stopped stays stopped; what the false alarm stopped runs
    assert {code: (row.pk, row.due_at, row.state) for code, row in clocks(incident).items()} == before
    assert Step.objects.filter(deadline__head=incident.head, state="pending").exists()
    assert Deadline.objects.filter(head=incident.head, rule_code="cyber-2025:4.1-serious").count() == 1
    assert "确有入侵" in incident.head.entries.get(kind="incident.reopened").text


def test_a_case_set_aside_before_its_clocks_were_noted_still_comes_back(people: Any) -> None:
    incident = grade_incident(people, file_incident(people), "ordinary")
    confirm_incident(people, incident, result="false_alarm", note="误触发")
    Incident.objects.filter(pk=incident.pk).update(set_aside={})
    _reopen(people, incident)
    assert (incident.state, open_codes(incident)) == ("received", {"4.1-all"})


def test_withdrawing_and_reopening_on_the_page_and_over_the_api(people: Any, client_for: Any, api_for: Any) -> None:
    incident = file_incident(people)
    client, path = client_for("duty"), f"/incidents/{incident.number}/"
    page = client.get(f"{path}withdraw/").content.decode()
    assert "重复登记的不要撤回" in page
    assert client.post(f"{path}withdraw/", {"ground": "mistake"}).status_code == 400
    typed = {"ground": "mistake", "reason": "培训时误登", "version": incident.version}
    assert client.post(f"{path}withdraw/", typed).status_code == 302
    assert "已撤回" in client.get(path).content.decode()
    assert [row.code for row in client.get(path).context["actions"]] == ["reopen"]
    api, url = api_for("duty"), f"/api/v1/incidents/{incident.number}/"
    version = api.get(url).data["version"]
    assert api.post(f"{url}withdraw/", {**typed, "version": version}, format="json").status_code == 409
    answer = api.post(f"{url}reopen/", {"version": version, "reason": "确有其事"}, format="json")
    assert (answer.status_code, answer.data["state"]) == (200, "received")
    body = {"version": answer.data["version"], "ground": "wrong_plan", "reason": "应按通信预案"}
    assert "instead" in api.post(f"{url}withdraw/", body, format="json").data["fields"]
    assert api_for("unit_dianxin").post(f"{url}reopen/", body, format="json").status_code == 404
