"""可能重复: the same unit or township, category or networks that do not differ, near in time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from incidents.choices import DraftState
from incidents.models import Incident, IntakeDraft
from incidents.selectors.alike import Probe, alike_hours, incidents_like
from tests.incidents.factories import file_incident

pytestmark = pytest.mark.django_db
URL = "/incidents/new/"


def _typed(**over: Any) -> dict[str, Any]:
    values = {"plan": "cyber-2025", "title": "网页又被改了", "caller_name": "王五", "channel": "phone",
              "caller_number": "0356-4221111", "incident_unit": "shuju", "idempotency_key": uuid4().hex}  # fmt: skip
    return values | over


def _numbers(user: Any, **probe: Any) -> list[str]:
    return [row.incident.number for row in incidents_like(user, Probe(**probe))]


def test_what_is_alike_and_what_is_not(people: Any, django_assert_num_queries: Any) -> None:
    duty, hours = people["duty"], timedelta(hours=alike_hours())
    case = file_incident(people, category="attack", township="runcheng")
    cable = file_incident(people, "comms-2022", facts={"networks": ["移动城域网"]})
    file_incident(people, drill=True)
    assert _numbers(duty, units=("shuju",)) == [case.number]
    assert _numbers(duty, units=("县数据中心",), category="attack") == [case.number]
    assert _numbers(duty, township="runcheng") == [case.number]
    assert _numbers(duty, units=("yidong",), networks=("移动城域网", "电信城域网")) == [cable.number]
    assert _numbers(duty, units=("yidong",), category="attack") == [cable.number], "comms knows no category"
    assert _numbers(duty, units=("shuju",), category="malware") == []
    assert _numbers(duty, units=("yidong",), networks=("电信城域网",)) == []
    assert _numbers(duty, units=("gongan",)) == _numbers(duty) == []
    assert _numbers(duty, units=("shuju",), received_at=case.received_at + hours * 2) == []
    assert len(_numbers(duty, units=("shuju",), drill=True)) == 1
    assert _numbers(people["unit_gongan"], units=("shuju",)) == [], "what a unit may not see is not offered"
    assert _numbers(people["unit_shuju"], units=("shuju",)) == [case.number]
    reasons = incidents_like(duty, Probe(units=("shuju",), category="attack", township="runcheng"))[0].reasons
    assert {reason.split("：")[0] for reason in reasons} == {"事发单位", "报告单位", "乡镇", "分类"}
    for _ in range(6):
        file_incident(people)
    with django_assert_num_queries(1):
        assert len(_numbers(duty, units=("shuju",))) == 5


def test_it_is_asked_once_and_either_answer_loses_nothing(people: Any, client_for: Any) -> None:
    case = file_incident(people, description="首页被换", caller_number="", source="")
    duty, typed = client_for("duty"), _typed(description="又跳出弹窗", source="群众来电")
    asked = duty.post(URL, typed)
    page = asked.content.decode()
    assert (asked.status_code, Incident.objects.count()) == (200, 1)
    assert "是同一事件" in page
    assert case.number in page
    assert "又跳出弹窗" in page
    assert IntakeDraft.objects.get().state == DraftState.OPEN
    into = duty.post(URL, {**typed, "same_as": case.number}).url
    page = duty.get(into).content.decode()
    assert "首页被换\n又接报（电话" in page
    fields = {"version": "1", "title": case.title, "description": "首页被换\n又跳出弹窗", "incident_unit": "shuju",
              "reporting_unit": "shuju", "caller_name": "李四", "source": "群众来电"}  # fmt: skip
    assert duty.post(into, {**fields, "version": "7"}).status_code == 409
    assert duty.post(into, fields).url == f"/incidents/{case.number}/"
    case.refresh_from_db()
    assert (case.description, case.source) == ("首页被换\n又跳出弹窗", "群众来电")
    draft = IntakeDraft.objects.get()
    assert (draft.state, draft.incident) == (DraftState.FILED, case)
    assert duty.post(into, fields).status_code == 409
    assert Incident.objects.count() == 1


def test_answered_no_it_is_filed_on_its_own(people: Any, client_for: Any) -> None:
    file_incident(people)
    duty, typed = client_for("duty"), _typed()
    assert duty.post(URL, typed).status_code == 200
    first, second = duty.post(URL, {**typed, "separate": "1"}), duty.post(URL, typed)
    assert first.status_code == 302
    assert second.url == first.url, "a click after the first is not asked about its own case"
    assert Incident.objects.count() == 2


def test_a_stranger_is_led_into_no_case(people: Any, client_for: Any) -> None:
    case = file_incident(people, reporting_unit="gongan", incident_unit="gongan")
    stranger, key = client_for("unit_yidong"), uuid4()
    typed = {"plan": "comms-2022", "title": "断了", "idempotency_key": key.hex}
    stranger.post(URL, {**typed, "save": "1"})
    for number in (case.number, "../..", "没有"):
        assert stranger.post(URL, {**typed, "same_as": number}).status_code == 404
    into = f"{URL}{key}/into/{case.number}/"
    assert stranger.get(into).status_code == 404
    assert stranger.post(into, {"title": "改写"}).status_code == 404
    assert client_for("duty").get(into).status_code == 404, "nor into another's draft"


def test_while_typing_and_through_the_api(people: Any, client_for: Any, api_for: Any) -> None:
    case = file_incident(people, title="<b>首页</b>")
    duty = client_for("duty")
    live = duty.get(f"{URL}alike/", {"incident_unit": "shuju", "received_at": "not a time"})
    assert case.number in live.content.decode()
    assert "<b>首页" not in live.content.decode()
    assert duty.get(f"{URL}alike/").content.decode().strip() == ""
    assert client_for("auditor").get(f"{URL}alike/", {"incident_unit": "shuju"}).status_code == 403
    body = {"plan": "cyber-2025", "title": "又一条告警", "incident_unit": "shuju", "caller_name": "李四"}
    sent = api_for("duty").post("/api/v1/incidents/", body, format="json")
    assert sent.status_code == 201
    assert [row["number"] for row in sent.json()["possible_duplicates"]] == [case.number]
    late = {**body, "received_at": (timezone.now() - timedelta(days=3)).isoformat()}
    assert api_for("duty").post("/api/v1/incidents/", late, format="json").json()["possible_duplicates"] == []
