"""``incidents/`` over the API: filing, reading, triage, grading, links, closing, clocks, record."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from incidents.models import Incident
from tests.incidents.factories import analyse_incident, file_incident, phone_report

pytestmark = pytest.mark.django_db
URL = "/api/v1/incidents/"
OFFSET = "+08:00"


def _at(minutes: float = 0) -> str:
    return timezone.localtime(timezone.now() + timedelta(minutes=minutes)).isoformat()


def _body(**over: Any) -> dict[str, Any]:
    return {
        "plan": "cyber-2025", "title": "政务网站被篡改", "channel": "phone",
        "occurred_at": _at(-10), "known_at": _at(-8),
        "location": "三楼机房", "incident_unit": "县数据中心", "reporting_unit": "shuju", "source": "值班电话",
        "symptoms": ["outage"], "description": "首页被改",
    } | over  # fmt: skip


def test_a_token_is_given_for_the_right_password(people: Any) -> None:
    api = APIClient()
    answer = api.post("/api/v1/auth/token/", {"username": "duty", "password": "demo-password-1"}, format="json")
    assert answer.status_code == 200
    api.credentials(HTTP_AUTHORIZATION=f"Token {answer.data['token']}")
    assert api.get(URL).status_code == 200
    wrong = APIClient().post("/api/v1/auth/token/", {"username": "duty", "password": "no"}, format="json")
    assert (wrong.status_code, wrong.data["code"]) == (400, "bad_credentials")


def test_filing_answers_with_number_state_version_and_clocks(api_for: Any) -> None:
    answer = api_for("duty").post(URL, _body(), format="json")
    assert answer.status_code == 201
    assert set(answer.data) >= {"number", "state", "version", "deadlines"}
    assert (answer.data["state"], answer.data["version"]) == ("received", 1)
    clock = next(row for row in answer.data["deadlines"] if row["rule"].endswith("4.1-30min"))
    assert set(clock) >= {"id", "rule", "clause", "owed_by", "addressees", "starts_at", "due_at", "state"}
    incident = Incident.objects.get(number=answer.data["number"])
    assert incident.occurred_at is not None
    assert clock["due_at"] == timezone.localtime(incident.occurred_at + timedelta(minutes=30)).isoformat()
    assert clock["clause"] == "网络预案 4.1"


def test_comms_facts_stand_beside_the_other_fields(api_for: Any) -> None:
    body = {"plan": "comms-2022", "title": "光缆中断", "channel": "phone", "reporting_unit": "移动公司",
            "networks": ["移动城域网"], "stations_down": 7, "spreading": "county"}  # fmt: skip
    answer = api_for("comms_duty").post(URL, body, format="json")
    assert answer.status_code == 201
    facts = Incident.objects.get(number=answer.data["number"]).facts
    assert facts == {"networks": ["移动城域网"], "stations_down": 7, "spreading": "county"}


def test_the_same_key_returns_the_first_answer(api_for: Any) -> None:
    api, body = api_for("duty"), _body()
    first = api.post(URL, body, format="json", HTTP_IDEMPOTENCY_KEY="k-1")
    second = api.post(URL, body, format="json", HTTP_IDEMPOTENCY_KEY="k-1")
    assert first.data["number"] == second.data["number"]
    assert Incident.objects.count() == 1
    other = api.post(URL, _body(title="另一件"), format="json", HTTP_IDEMPOTENCY_KEY="k-1")
    assert (other.status_code, other.data["code"]) == (400, "idempotency_mismatch")


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"plan": "flood-1998"}, "plan"),
        ({"plan": None}, "plan"),
        ({"incident_unit": "火星基地"}, "incident_unit"),
        ({"reporting_unit": "火星基地"}, "reporting_unit"),
        ({"category": "x"}, "category"),
        ({"subcategory": "x"}, "subcategory"),
        ({"grade": "x"}, "grade"),
        ({"symptoms": ["x"]}, "symptoms"),
        ({"channel": "pigeon"}, "channel"),
        ({"occurred_at": "2026-11-22T03:00:00"}, "occurred_at"),
        ({"occurred_at": "昨天"}, "occurred_at"),
        ({"occurred_at": "2099-01-01T00:00:00+08:00"}, "occurred_at"),
        ({"known_at": "2020-01-01T00:00:00+08:00"}, "known_at"),
        ({"title": "", "description": ""}, "title"),
        ({"title": "长" * 121}, "title"),
        ({"description": "长" * 100_000}, "description"),
        ({"facts": {"cause": "x"}}, "cause"),
    ],
)
def test_bad_input_is_400_with_the_field(api_for: Any, over: Any, field: str) -> None:
    answer = api_for("duty").post(URL, _body(**over), format="json")
    assert answer.status_code == 400, answer.data
    assert set(answer.data) >= {"code", "message", "fields"}
    assert field in answer.data["fields"]
    assert not Incident.objects.exists()


def test_what_is_not_json_is_refused_with_words(api_for: Any) -> None:
    api = api_for("duty")
    assert api.post(URL, "{", content_type="application/json").status_code == 400
    assert api.post(URL, "[]", content_type="application/json").status_code == 400
    assert api.post(URL, "a=1", content_type="text/plain").status_code == 415
    assert api.delete(URL).status_code == 405


def test_control_characters_are_dropped_and_html_kept_as_text(api_for: Any) -> None:
    answer = api_for("duty").post(URL, _body(title="网站\u0007被\u202e篡改", description="<b>x</b>"), format="json")
    incident = Incident.objects.get(number=answer.data["number"])
    assert (incident.title, incident.description) == ("网站被篡改", "<b>x</b>")


def test_who_may_file(api_for: Any) -> None:
    assert APIClient().post(URL, _body(), format="json").status_code == 401
    for name in ("commander", "auditor", "sysadmin"):
        answer = api_for(name).post(URL, _body(), format="json")
        assert (answer.status_code, answer.data["clause"]) == (403, "网络预案 4.1")
    assert api_for("unit_yidong").post(URL, _body(), format="json").status_code == 403
    assert api_for("comms_duty").post(URL, _body(), format="json").status_code == 201
    assert api_for("unit_shuju").post(URL, _body(), format="json").status_code == 201


def test_the_list_filters_searches_orders_and_pages(
    people: Any, api_for: Any, django_assert_max_num_queries: Any
) -> None:
    one = file_incident(people, title="网站被篡改")
    two = file_incident(people, "comms-2022", title="光缆中断")
    api = api_for("duty")
    with django_assert_max_num_queries(8):
        answer = api.get(URL, {"ordering": "number"})
    assert [row["number"] for row in answer.data["results"]] == sorted([one.number, two.number])
    assert set(answer.data) >= {"results", "next", "previous"}
    assert [row["number"] for row in api.get(URL, {"plan": "comms-2022"}).data["results"]] == [two.number]
    assert [row["number"] for row in api.get(URL, {"search": "网站"}).data["results"]] == [one.number]
    assert api.get(URL, {"page_size": 1}).data["next"]
    assert api_for("unit_gongan").get(URL).data["results"] == []


def test_reading_a_case(people: Any, api_for: Any) -> None:
    one = file_incident(people)
    for name in ("duty", "unit_shuju", "auditor"):
        assert api_for(name).get(f"{URL}{one.number}/").data["title"] == one.title
    for name in ("unit_gongan", "sysadmin"):
        for part in ("", "deadlines/", "record/", "reports/", "inquiries/"):
            assert api_for(name).get(f"{URL}{one.number}/{part}").status_code in (403, 404)
    assert api_for("unit_gongan").get(f"{URL}{one.number}/").status_code == 404
    clocks = api_for("duty").get(f"{URL}{one.number}/deadlines/").data["results"]
    assert {row["rule"] for row in clocks} == {"cyber-2025:4.1-all", "cyber-2025:4.1-30min"}
    record = api_for("duty").get(f"{URL}{one.number}/record/").data["results"]
    assert record[0]["kind"] == "incident.filed"


def test_triage_grade_link_and_close(people: Any, api_for: Any) -> None:
    one, two = file_incident(people), file_incident(people, "comms-2022")
    api, url = api_for("duty"), f"{URL}{one.number}/"
    answer = api.post(f"{url}triage/", {"version": 1, "result": "confirm", "note": "属实"}, format="json")
    assert (answer.status_code, answer.data["state"], answer.data["version"]) == (200, "confirmed", 2)
    body = {"version": 2, "grade": "serious", "criterion": 1, "reason": "长时间中断"}
    answer = api.post(f"{url}grade/", body, format="json")
    assert answer.data["grade"] == "serious"
    assert {row["rule"]: row["state"] for row in answer.data["deadlines"]}["cyber-2025:4.1-30min"] == "waived"
    answer = api.post(f"{url}link/", {"version": 3, "other": two.number}, format="json")
    assert answer.data["links"] == [two.number]
    one.refresh_from_db()
    analyse_incident(people, one)
    body = {"version": 5, "note": "未达到启动条件"}
    assert api.post(f"{url}close/", body, format="json").status_code == 400
    answer = api.post(f"{url}close/", body | {"waive_reason": "已口头告知"}, format="json")
    assert answer.data["state"] == "closed"


def test_acts_answer_409_403_and_400(people: Any, api_for: Any) -> None:
    one = file_incident(people)
    url, body = f"{URL}{one.number}/triage/", {"version": 1, "result": "confirm"}
    assert api_for("duty").post(url, {"result": "confirm"}, format="json").status_code == 400
    assert api_for("duty").post(url, {"version": 1, "result": "maybe"}, format="json").status_code == 400
    refused = api_for("commander").post(url, body, format="json")
    assert (refused.status_code, refused.data["clause"]) == (403, "网络预案 2.2")
    assert api_for("unit_gongan").post(url, body, format="json").status_code == 404
    assert api_for("duty").post(url, body, format="json").status_code == 200
    stale = api_for("duty").post(url, body, format="json")
    assert (stale.status_code, stale.data["code"]) == (409, "stale_version")
    assert {row["field"] for row in stale.data["changes"]} == {"状态"}
    wrong = api_for("duty").post(url, {"version": 2, "result": "confirm"}, format="json")
    assert (wrong.status_code, wrong.data["code"]) == (409, "wrong_state")


def test_open_clocks_across_cases(people: Any, api_for: Any) -> None:
    now = timezone.now()
    late = file_incident(people, occurred_at=now - timedelta(hours=1))
    file_incident(people)
    rows = api_for("duty").get("/api/v1/deadlines/").data["results"]
    assert rows[0]["state"] == "overdue"
    only = api_for("duty").get("/api/v1/deadlines/", {"state": "overdue"}).data["results"]
    assert len(only) == 1
    before = api_for("duty").get("/api/v1/deadlines/", {"due_before": _at(0)}).data["results"]
    assert [row["id"] for row in before] == [only[0]["id"]]
    assert api_for("duty").get("/api/v1/deadlines/", {"state": "x"}).status_code == 400
    assert api_for("unit_gongan").get("/api/v1/deadlines/").data["results"] == []
    assert late.head_id


def test_filing_stays_within_its_statements(api_for: Any, django_assert_max_num_queries: Any) -> None:
    api = api_for("duty")
    api.post(URL, _body(), format="json")
    with django_assert_max_num_queries(120):
        assert api.post(URL, _body(), format="json", HTTP_IDEMPOTENCY_KEY="k").status_code == 201


def test_met_clocks_leave_the_open_list(people: Any, api_for: Any) -> None:
    one = file_incident(people)
    before = len(api_for("duty").get("/api/v1/deadlines/").data["results"])
    phone_report(people, one, "xianzhengfu")
    assert len(api_for("duty").get("/api/v1/deadlines/").data["results"]) == before - 1
