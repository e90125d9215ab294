"""On the spot: 现场应急指挥部 (O12), 先期处置 (S11), 人为破坏 and evidence (S7), social forces (cyber 4.3)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from response.models import FirstAction, Response, Task
from response.running import services
from response.running.selectors import evidence_of, first_actions_of
from response.services import task_acknowledge, task_feedback
from tests.incidents.factories import file_incident
from tests.response.factories import account, active, ended
from tests.response.running import fresh, given, social, units
from yangcheng_ec.deadlines.models import Delivery, Notice
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, StaleVersion, WrongState
from yangcheng_ec.record.models import RecordEntry

pytestmark = pytest.mark.django_db


def set_up(people: Any, response: Response, by: str = "commander", **over: Any) -> Any:
    values = {"place": "润城机房", "leader": "副总指挥张某", "units": units("yidong", "gongan"), **over}
    user = account(people, response.plan_version.plan.code, by)
    return services.on_site_set_up(**given(response, user, **values))


@pytest.mark.parametrize("by", ["commander", "deputy"])
def test_the_comms_command_sets_up_one_command_on_the_spot(people: Any, by: str) -> None:
    response = active(people, "comms-2022", level=2)
    row = set_up(people, response, by=by, number="0356-4220000")
    assert (row.clause, row.state) == ("通信预案 2.1", "standing")
    told = set(Notice.objects.filter(kind="response.on_site").values_list("unit_code", flat=True))
    assert told == {"yidong", "gongan"}
    with pytest.raises(WrongState, match="已有"):
        set_up(people, response)
    gone = services.on_site_dissolve(
        on_site_id=row.pk, version=row.version, reason="现场已恢复", user=people["comms_commander"]
    )
    assert gone.state == "dissolved"
    assert set_up(people, response, place="凤城机房").state == "standing"


def test_cyber_has_no_command_on_the_spot_and_the_office_sets_none_up(people: Any) -> None:
    with pytest.raises(WrongState, match="没有规定"):
        set_up(people, active(people))
    response = active(people, "comms-2022")
    for who in ("comms_office", "comms_duty", "commander", "auditor"):
        with pytest.raises(Forbidden):
            services.on_site_set_up(**given(response, people[who], place="x", leader="x", units=units("yidong")))
    with pytest.raises(NotVisible):
        services.on_site_set_up(**given(response, people["unit_yidong"], place="x", leader="x", units=[]))


@pytest.mark.parametrize("over", [{"place": " "}, {"leader": ""}, {"units": []}])
def test_a_command_on_the_spot_needs_place_leader_and_units(people: Any, over: dict[str, Any]) -> None:
    with pytest.raises(BadInput) as refused:
        set_up(people, active(people, "comms-2022"), **over)
    assert next(iter(over)) in refused.value.fields


def test_dissolving_needs_a_reason_the_command_and_the_version(people: Any) -> None:
    row = set_up(people, active(people, "comms-2022"))
    on = {"on_site_id": row.pk, "reason": "已恢复"}
    with pytest.raises(Forbidden):
        services.on_site_dissolve(**on, version=row.version, user=people["comms_office"])
    with pytest.raises(StaleVersion):
        services.on_site_dissolve(**on, version=99, user=people["comms_commander"])
    with pytest.raises(BadInput):
        services.on_site_dissolve(**{**on, "reason": " "}, version=row.version, user=people["comms_commander"])


@pytest.fixture
def accident(people: Any) -> Any:
    return file_incident(people, "comms-2022", incident_unit="yidong", reporting_unit="yidong")


def test_the_unit_logs_its_own_first_action_and_no_response_begins(people: Any, accident: Any) -> None:
    row = services.first_action_log(incident_id=accident.pk, text="启用备用路由", user=people["unit_yidong"])
    assert (row.unit.code, row.clause, row.said_by) == ("yidong", "通信预案 4.3", "")
    assert Response.objects.count() == Task.objects.count() == 0
    assert RecordEntry.objects.get(kind="first_action.logged").clause == "通信预案 4.3"
    assert list(first_actions_of(people["comms_office"], accident)) == [row]
    assert not first_actions_of(people["unit_dianxin"], accident).exists()


def test_the_office_enters_it_for_the_unit_and_late_entries_are_marked(people: Any, accident: Any) -> None:
    before = timezone.now() - timedelta(minutes=20)
    with pytest.raises(BadInput) as refused:
        services.first_action_log(incident_id=accident.pk, text="x", user=people["comms_duty"])
    assert "said_by" in refused.value.fields
    row = services.first_action_log(
        incident_id=accident.pk, text="派2组抢修", said_by="老王", done_at=before, user=people["comms_duty"]
    )
    assert (row.late_entry, row.said_by) == (True, "老王")
    ahead = timezone.now() + timedelta(hours=1)
    with pytest.raises(BadInput):
        services.first_action_log(incident_id=accident.pk, text="x", done_at=ahead, user=people["unit_yidong"])
    with pytest.raises(BadInput):
        services.first_action_log(incident_id=accident.pk, text=" ", user=people["unit_yidong"])


def test_first_action_is_the_incident_units_and_commss_alone(people: Any, accident: Any) -> None:
    with pytest.raises(NotVisible):
        services.first_action_log(incident_id=accident.pk, text="x", user=people["unit_dianxin"])
    with pytest.raises(Forbidden):
        services.first_action_log(incident_id=accident.pk, text="x", user=people["comms_commander"])
    cyber = file_incident(people, incident_unit="shuju", reporting_unit="shuju")
    with pytest.raises(WrongState, match="没有规定"):
        services.first_action_log(incident_id=cyber.pk, text="x", user=people["unit_shuju"])
    assert not FirstAction.objects.exists()


@pytest.mark.parametrize("level", [1, 2])
def test_human_made_tells_the_tasks_that_the_measures_made(people: Any, level: int) -> None:
    response = active(people, level=level)
    count = response.tasks.count()
    row = services.human_made_find(**given(response, people["office"], basis="日志显示入侵"))
    assert row.clause.endswith("（4）")
    assert response.tasks.count() == count
    told = Notice.objects.filter(kind="response.human_made")
    task = response.tasks.get(quote__contains="组织侦查和调查", unit__code="gongan")
    assert told.filter(unit_code="gongan", url=f"/response/tasks/{task.pk}/").exists()
    assert told.filter(unit_code=response.incident.incident_unit.code).exists()


@pytest.mark.parametrize(("plan", "level"), [("cyber-2025", 3), ("comms-2022", 2)])
def test_human_made_gives_by_hand_what_the_measures_did_not(people: Any, plan: str, level: int) -> None:
    response = active(people, plan, level=level)
    services.human_made_find(**given(response, account(people, plan, "office"), basis="光缆被割断"))
    made = response.tasks.filter(actor__isnull=True)
    unit = response.incident.incident_unit
    assert {task.unit.code for task in made} == {"gongan", unit.code}
    assert all(task.non_plan for task in made)


def test_human_made_is_found_once_by_the_office_with_a_basis(people: Any) -> None:
    response = active(people)
    with pytest.raises(BadInput):
        services.human_made_find(**given(response, people["office"], basis=" "))
    for who in ("commander", "comms_office", "auditor"):
        with pytest.raises(Forbidden):
            services.human_made_find(**given(response, people[who], basis="x"))
    services.human_made_find(**given(response, people["office"], basis="日志显示入侵"))
    with pytest.raises(WrongState):
        services.human_made_find(**given(response, people["office"], basis="x"))


def test_evidence_is_noted_by_the_unit_of_the_case_or_the_office(people: Any) -> None:
    response = active(people, incident=file_incident(people, incident_unit="shuju", reporting_unit="shuju"))
    note = {"incident_id": response.incident_id, "what": "防火墙日志", "keeper": "李工", "place": "机房保险柜"}
    row = services.evidence_note(**note, user=people["unit_shuju"])
    assert row.clause == "网络预案 4.2.2.3（4）"
    services.evidence_note(**note, user=people["office"])
    assert evidence_of(people["office"], response.incident).count() == 2
    assert list(evidence_of(people["unit_shuju"], response.incident)) == [row]
    assert not evidence_of(people["unit_gongan"], response.incident).exists()
    with pytest.raises(Forbidden):
        services.evidence_note(**note, user=people["unit_gongan"])
    with pytest.raises(BadInput):
        services.evidence_note(**{**note, "keeper": " "}, user=people["office"])


def test_a_registered_company_is_called_in_and_is_a_task_the_office_keeps(people: Any) -> None:
    response, company = active(people), social()
    values = {"resource": company.pk, "title": "溯源分析", "text": "分析样本"}
    task = services.force_call(**given(response, people["office"], **values))
    assert (task.resource, task.unit, task.clause) == (company, None, "网络预案 4.3")
    assert task.assignee_label == "安恒应急队（某网络安全公司）"
    told = Notice.objects.get(kind="response.force_called")
    assert Delivery.objects.filter(notice=told, channel="phone").exists()
    done = task_acknowledge(task_id=task.pk, version=task.version, user=people["duty"])
    assert task_feedback(task_id=task.pk, version=done.version, text="已到场", user=people["duty"]).state
    with pytest.raises(NotVisible):
        task_acknowledge(task_id=task.pk, version=1, user=people["unit_gongan"])


def test_only_what_is_registered_and_in_use_is_called_in(people: Any) -> None:
    response, company = active(people), social()
    other = social("comms-2022")
    values = {"title": "溯源分析", "text": "分析样本"}
    with pytest.raises(BadInput) as refused:
        services.force_call(**given(response, people["office"], resource=other.pk, **values))
    assert "resource" in refused.value.fields
    company.state = "retired"
    company.save()
    with pytest.raises(BadInput):
        services.force_call(**given(response, people["office"], resource=company.pk, **values))
    with pytest.raises(Forbidden):
        services.force_call(**given(response, people["comms_office"], resource=company.pk, **values))


def test_nothing_of_this_begins_after_the_end(people: Any) -> None:
    response, company = active(people), social()
    response = fresh(ended(people, response))
    office = people["office"]
    with pytest.raises(WrongState):
        services.force_call(**given(response, office, resource=company.pk, title="x", text="x"))
    with pytest.raises(WrongState):
        services.human_made_find(**given(response, office, basis="x"))


def test_the_command_on_the_spot_goes_with_the_response(people: Any) -> None:
    response = active(people, "comms-2022")
    row = set_up(people, response)
    ended(people, fresh(response))
    assert (fresh(row).state, fresh(row).reason) == ("dissolved", "响应结束")
    assert RecordEntry.objects.get(kind="on_site.dissolved").clause == "通信预案 2.1"
