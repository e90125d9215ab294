"""``/api/v1/incidents/``: filing, reading, and each act; the right person, a reader, a stranger, bad input."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from incidents.api.inputs import COMMS_EXAMPLE, CYBER_EXAMPLE
from incidents.models import Incident
from tests.incidents.factories import analyse_incident, file_incident

pytestmark = pytest.mark.django_db

URL = "incidents/"
CYBER = {"plan": "cyber-2025", "title": "网站被篡改", "caller_name": "李四", "incident_unit": "shuju",
         "reporting_unit": "县数据中心"}  # fmt: skip
COMMS = {"plan": "comms-2022", "title": "光缆被挖断", "caller_name": "王五", "incident_unit": "移动公司",
         "reporting_unit": "yidong"}  # fmt: skip


def ago(**past: float) -> str:
    """Return a past time as the API takes it."""
    return timezone.localtime(timezone.now() - timedelta(**past)).isoformat()


def filed(answer: dict[str, Any]) -> Incident:
    return Incident.objects.get(number=answer["number"])


# Filing


def test_cyber_example_of_the_schema_files_a_case(api: Any) -> None:
    times = {"occurred_at": ago(minutes=20), "known_at": ago(minutes=15), "received_at": ago(minutes=12)}
    answer = api("duty").send(URL, CYBER_EXAMPLE | times, status=201)
    assert answer["number"].startswith("CY-")
    assert (answer["state"], answer["version"]) == ("received", 1)
    timed = [clock for clock in answer["deadlines"] if clock["due_at"]]
    assert [(clock["rule"], clock["clause"], clock["state"]) for clock in timed] == [
        ("cyber-2025:4.1-30min", "网络预案 4.1", "running")
    ]
    assert [one["label"] for one in timed[0]["addressees"]] == ["县人民政府"]
    incident = filed(answer)
    assert (incident.category.code, incident.grade.code) == ("attack", "undetermined")
    assert incident.symptoms == ["destruction"]


def test_comms_example_of_the_schema_files_a_case_with_its_own_facts(api: Any) -> None:
    times = {"occurred_at": ago(minutes=20), "known_at": ago(minutes=15)}
    answer = api("comms_duty").send(URL, COMMS_EXAMPLE | times, status=201)
    assert answer["number"].startswith("TX-")
    incident = filed(answer)
    assert (incident.grade, incident.category, incident.township.code) == (None, None, "runcheng")
    assert incident.facts["networks"] == ["移动通信网"]
    assert incident.facts["stations_down"] == 12
    assert {clock["clause"] for clock in answer["deadlines"]} >= {"通信预案 4.1", "通信预案 2.3"}


def test_comms_facts_beside_the_fields_and_under_facts_are_the_same(api: Any) -> None:
    given = {"cause": "挖断", "systems": "政务外网、应急广播", "business": "all", "spreading": "county"}
    beside = filed(api("comms_duty").send(URL, COMMS | given, status=201))
    under = filed(api("comms_duty").send(URL, COMMS | {"facts": given}, status=201))
    assert beside.facts == under.facts
    assert beside.facts["systems"] == ["政务外网", "应急广播"]
    both = filed(api("comms_duty").send(URL, COMMS | {"cause": "甲", "facts": {"cause": "乙"}}, status=201))
    assert both.facts == {"cause": "乙"}


def test_only_plan_what_and_who_are_needed(api: Any) -> None:
    answer = api("duty").send(URL, {"plan": "cyber-2025", "channel": "phone", "description": "上不了网",
                                    "caller_number": "13800000000"}, status=201)  # fmt: skip
    incident = filed(answer)
    assert (incident.title, incident.grade.code, incident.occurred_at) == ("上不了网", "undetermined", None)
    assert answer["deadlines"][0]["start_note"]


def test_null_means_not_known(api: Any) -> None:
    names = ("category", "subcategory", "grade", "location", "loss_estimate", "symptoms", "occurred_at", "township")
    incident = filed(api("duty").send(URL, CYBER | dict.fromkeys(names), status=201))
    assert (incident.category, incident.location, incident.symptoms) == (None, "", [])


@pytest.mark.parametrize("word", ["shuju", "县数据中心"])
def test_units_by_code_or_name(api: Any, word: str) -> None:
    assert filed(api("duty").send(URL, CYBER | {"incident_unit": word}, status=201)).incident_unit.code == "shuju"


def test_units_by_alias(api: Any) -> None:
    from directory.models import UnitAlias

    alias = UnitAlias.objects.select_related("unit").order_by("pk").first()
    incident = filed(api("duty").send(URL, CYBER | {"incident_unit": alias.name}, status=201))
    assert incident.incident_unit == alias.unit


@pytest.mark.parametrize(("who", "body", "start"), [("duty", CYBER, "CY-D"), ("comms_duty", COMMS, "TX-D")])
def test_a_drills_number_carries_d(api: Any, who: str, body: dict[str, Any], start: str) -> None:
    assert api(who).send(URL, body | {"drill": True}, status=201)["number"].startswith(start)


def test_a_unit_files_for_itself_and_sees_its_case(api: Any) -> None:
    unit = api("unit_shuju")
    answer = unit.send(URL, {"plan": "cyber-2025", "title": "服务器被勒索", "caller_name": "赵六"}, status=201)
    assert filed(answer).reporting_unit.code == "shuju"
    assert unit.read(f"{URL}{answer['number']}/")["accepted"] is False
    refused = unit.send(URL, CYBER | {"reporting_unit": "gongan"}, status=403)
    assert "县数据中心" in refused["message"]


def test_any_duty_officer_files_under_either_plan(api: Any) -> None:
    answer = api("comms_duty").send(URL, CYBER, status=201)
    assert api("duty").read(f"{URL}{answer['number']}/")["accepted"] is False
    taken = api("duty").send(f"{URL}{answer['number']}/accept/", {"version": 1})
    assert (taken["accepted"], taken["version"]) == (True, 2)
    assert api("duty").send(f"{URL}{answer['number']}/accept/", {"version": 2}, status=409)["code"] == "wrong_state"


# Once only


def test_a_retry_with_the_same_key_returns_the_first_case(api: Any) -> None:
    duty = api("duty")
    first, second = (duty.send(URL, CYBER, key="k-1", status=201) for _ in range(2))
    assert first == second
    assert Incident.objects.count() == 1
    other = duty.send(URL, CYBER | {"title": "另一件事"}, key="k-1", status=400)
    assert other["code"] == "idempotency_mismatch"
    assert api("duty2").send(URL, CYBER, key="k-1", status=201)["number"] != first["number"]


@pytest.mark.parametrize("key", ["x" * 101, "a\x7fb"])
def test_a_key_that_cannot_be_kept_is_refused(api: Any, key: str) -> None:
    assert "Idempotency-Key" in api("duty").send(URL, CYBER, key=key, status=400)["message"]
    assert not Incident.objects.exists()


# Who may not


@pytest.mark.parametrize("who", ["auditor", "commander", "deputy"])
def test_readers_may_not_file(api: Any, who: str) -> None:
    refused = api(who).send(URL, CYBER, status=403)
    assert refused["code"] == "forbidden"
    assert refused["clause"].startswith("网络预案")
    assert not Incident.objects.exists()


@pytest.mark.parametrize("who", ["sysadmin", "security", "contacts"])
def test_administrators_see_no_case(api: Any, people: Any, who: str) -> None:
    incident = file_incident(people)
    assert api(who).read(URL, status=403)["code"] == "forbidden"
    assert api(who).read(f"{URL}{incident.number}/", status=404)["code"] == "not_found"
    assert api(who).send(URL, CYBER, status=403)["code"] == "forbidden"


@pytest.mark.parametrize("path", ["", "deadlines/", "record/", "reports/", "inquiries/"])
def test_reading_a_case(api: Any, people: Any, nobody: Any, path: str) -> None:
    incident = file_incident(people)
    address = f"{URL}{incident.number}/{path}"
    assert nobody.read(address, status=401)["code"] == "not_authenticated"
    assert api("unit_gongan").read(address, status=404)["code"] == "not_found"
    for reader in ("duty", "comms_duty", "auditor", "commander"):
        assert api(reader).read(address)
    assert api("unit_shuju").read(address, status=403 if path == "record/" else 200)


@pytest.mark.parametrize(
    ("act", "body"),
    [
        ("triage/", {"version": 1, "result": "confirm"}),
        ("grade/", {"version": 1, "grade": "ordinary", "criterion": 1, "reason": "轻微"}),
        ("analyse/", {"version": 1, "category": "attack"}),
        ("close/", {"version": 1, "note": "结"}),
        ("accept/", {"version": 1}),
        ("link/", {"version": 1, "other": "?"}),
        ("times/", {"version": 1, "occurred_at": None, "known_at": "2026-01-01T00:00:00Z",
                    "received_at": "2026-01-01T00:00:00Z", "reason": "查明"}),
        ("inquiries/", {"kind": "chase", "asked_by": "市委网信办", "question": "进展"}),
        ("reports/", {"kind": "written", "addressees": ["县人民政府"]}),
    ],
)  # fmt: skip
def test_acts_of_a_reader_a_stranger_and_nobody(
    api: Any, people: Any, nobody: Any, act: str, body: dict[str, Any]
) -> None:
    other = file_incident(people, title="另一起")
    incident = file_incident(people)
    body = {key: other.number if value == "?" else value for key, value in body.items()}
    address = f"{URL}{incident.number}/{act}"
    refused = api("auditor").send(address, body, status=403)
    assert refused["clause"].startswith("网络预案")
    assert api("unit_gongan").send(address, body, status=404)["code"] == "not_found"
    assert nobody.send(address, body, status=401)["code"] == "not_authenticated"
    incident.refresh_from_db()
    assert (incident.version, incident.state, incident.reports.count()) == (1, "received", 0)


# Methods, media types, bodies


@pytest.mark.parametrize("path", ["", "{}/", "{}/triage/", "{}/grade/", "{}/link/", "{}/close/", "{}/record/"])
def test_wrong_method(api: Any, people: Any, path: str) -> None:
    address = f"/api/v1/{URL}{path.format(file_incident(people).number)}"
    for method in ("put", "delete"):
        answer = getattr(api("duty"), method)(address, {}, format="json")
        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


def test_wrong_media_type(api: Any) -> None:
    answer = api("duty").post(f"/api/v1/{URL}", "plan=cyber-2025", content_type="application/x-www-form-urlencoded")
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("body", ["{", "", "[]", '"x"', "[1]", "null", '{"plan": "cyber-2025", "title": "\\ud800"}'])
def test_a_body_that_is_not_an_object(api: Any, body: str) -> None:
    answer = api("duty").post(f"/api/v1/{URL}", body, content_type="application/json")
    assert answer.status_code == 400


def test_a_body_over_the_limit(api: Any, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    assert api("duty").send(URL, CYBER | {"description": "长" * 900}, status=413)["code"] == "too_large"


@pytest.mark.parametrize("path", ["nonsense/", "incidents", "incidents/X/nonsense/"])
def test_an_address_nothing_answers(nobody: Any, path: str) -> None:
    for method in ("get", "post", "put", "patch", "delete"):
        answer = getattr(nobody, method)(f"/api/v1/{path}", {}, format="json" if method != "get" else None)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


# Bad input: each beside its field, in Chinese

BAD: list[tuple[dict[str, Any], str]] = [
    ({"plan": "nope"}, "plan"),
    ({"plan": ""}, "plan"),
    ({"title": "", "description": ""}, "title"),
    ({"title": " \u200b\x00 "}, "title"),
    ({"title": "长" * 121}, "title"),
    ({"description": "长" * 100_000}, "description"),
    ({"suggestions": "长" * 20_001}, "suggestions"),
    ({"channel": "pigeon"}, "channel"),
    ({"channel": "phone", "caller_name": "", "reporting_unit": ""}, "caller_name"),
    ({"incident_unit": "火星局"}, "incident_unit"),
    ({"reporting_unit": "火星局"}, "reporting_unit"),
    ({"township": "shuju"}, "township"),
    ({"category": "nope"}, "category"),
    ({"subcategory": "nope"}, "subcategory"),
    ({"grade": "nope"}, "grade"),
    ({"symptoms": ["nope"]}, "symptoms"),
    ({"symptoms": "outage"}, "symptoms"),
    ({"occurred_at": "2026-11-22T03:05:00"}, "occurred_at"),
    ({"occurred_at": "昨天"}, "occurred_at"),
    ({"occurred_at": "2026-13-45T03:05:00+08:00"}, "occurred_at"),
    ({"occurred_at": 5}, "occurred_at"),
    ({"known_at": "2999-01-01T00:00:00+08:00"}, "known_at"),
    ({"received_at": "2999-01-01T00:00:00+08:00"}, "received_at"),
    ({"cause": "挖断"}, "cause"),
    ({"facts": {"cause": "挖断"}}, "cause"),
    ({"facts": {"nonsense": "x"}}, "facts"),
    ({"facts": "x"}, "facts"),
    ({"drill": "也许"}, "drill"),
    ({"title": {"a": 1}}, "title"),
]


@pytest.mark.parametrize(("change", "field"), BAD, ids=[f"{field}-{number}" for number, (_, field) in enumerate(BAD)])
def test_bad_input_is_named_beside_its_field(api: Any, change: dict[str, Any], field: str) -> None:
    refused = api("duty").send(URL, CYBER | change, status=400)
    assert field in refused["fields"]
    assert all(any("一" <= letter <= "龥" for letter in text) for text in refused["fields"][field])
    assert not Incident.objects.exists()


def test_reversed_times_are_all_named_at_once(api: Any) -> None:
    times = {"occurred_at": ago(minutes=1), "known_at": ago(minutes=2), "received_at": ago(minutes=3)}
    refused = api("duty").send(URL, CYBER | times, status=400)
    assert set(refused["fields"]) == {"known_at", "received_at"}
    assert refused["clause"] == "网络预案 4.1"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"category": "attack"}, "category"),
        ({"grade": "一般"}, "grade"),
        ({"business": "nope"}, "business"),
        ({"stations_down": -1}, "stations_down"),
        ({"stations_down": 2.5}, "stations_down"),
        ({"facts": {"stations_down": "许多"}}, "facts"),
        ({"networks": {"a": 1}}, "networks"),
    ],
)
def test_bad_input_of_comms(api: Any, change: dict[str, Any], field: str) -> None:
    assert field in api("comms_duty").send(URL, COMMS | change, status=400)["fields"]


def test_html_and_control_characters_are_text(api: Any) -> None:
    incident = filed(api("duty").send(URL, CYBER | {"title": "<b>断\x07网\u202e</b>"}, status=201))
    assert incident.title == "<b>断网</b>"


# The list


def test_filters_search_ordering_and_pages(api: Any, people: Any) -> None:
    duty = api("duty")
    first = file_incident(people, title="甲事件", location="凤城镇")
    second = file_incident(people, "comms-2022", title="乙事故", drill=True)
    third = analyse_incident(people, file_incident(people, title="丙事件"))
    numbers = lambda **query: [row["number"] for row in duty.read(URL, **query)["results"]]  # noqa: E731
    assert set(numbers()) == {first.number, second.number, third.number}
    assert numbers(plan="comms-2022") == [second.number]
    assert numbers(state="analysed") == [third.number]
    assert numbers(state="open", plan="cyber-2025", ordering="number") == sorted([first.number, third.number])
    assert numbers(search="凤城") == [first.number]
    assert numbers(search=second.number) == [second.number]
    assert numbers(drill="true") == [second.number]
    assert numbers(grade="undetermined", ordering="-number")[0] == max(first.number, third.number)
    page = duty.read(URL, page_size=2)
    assert (page["count"], len(page["results"]), page["previous"]) == (3, 2, None)
    assert len(duty.read(URL, page_size=2, page=2)["results"]) == 1
    assert duty.read(URL, page=9, status=404)["code"] == "not_found"
    for bad in ({"state": "nope"}, {"ordering": "nope"}, {"drill": "也许"}, {"search": "长" * 61}):
        assert set(duty.read(URL, status=400, **bad)["fields"]) == set(bad)


def test_a_unit_lists_its_own_cases(api: Any, people: Any) -> None:
    mine = file_incident(people)
    file_incident(people, reporting_unit="gongan", incident_unit="gongan")
    page = api("unit_shuju").read(URL)
    assert [row["number"] for row in page["results"]] == [mine.number]
    assert api("unit_runcheng").read(URL)["results"] == []


@pytest.mark.parametrize("who", ["duty", "unit_shuju"])
def test_the_list_costs_few_statements(api: Any, people: Any, who: str, django_assert_max_num_queries: Any) -> None:
    client = api(who)
    for _ in range(5):
        file_incident(people)
    with django_assert_max_num_queries(15):
        assert client.read(URL)["count"] == 5


def test_filing_costs_a_known_number_of_statements(api: Any, people: Any, django_assert_max_num_queries: Any) -> None:
    client = api("duty")
    with django_assert_max_num_queries(70):
        client.send(URL, CYBER, status=201)


def test_one_case_costs_few_statements(api: Any, people: Any, django_assert_max_num_queries: Any) -> None:
    client, incident = api("duty"), file_incident(people)
    with django_assert_max_num_queries(15):
        client.read(f"{URL}{incident.number}/")


# The acts


def test_the_way_of_a_cyber_case(api: Any, people: Any) -> None:
    duty, number = api("duty"), file_incident(people).number
    case = duty.send(f"{URL}{number}/triage/", {"version": 1, "result": "confirm", "note": "已核实"})
    case = duty.send(f"{URL}{number}/analyse/", {"version": case["version"], "category": "网络攻击事件",
                                                 "facts": {"severity": "一般"}})  # fmt: skip
    assert (case["state"], case["category"]) == ("analysed", "attack")
    case = duty.send(
        f"{URL}{number}/grade/",
        {"version": case["version"], "grade": "serious", "criterion": 1, "reason": "重要系统瘫痪"},
    )
    assert (case["grade"], case["criterion"]) == ("serious", 1)
    states = {clock["rule"]: clock["state"] for clock in case["deadlines"]}
    assert states["cyber-2025:4.1-30min"] == "waived"
    case = duty.change(f"{URL}{number}/", {"version": case["version"], "impact_scope": "三个系统"})
    assert case["impact_scope"] == "三个系统"
    refused = duty.send(f"{URL}{number}/close/", {"version": case["version"], "note": "已恢复"}, status=400)
    assert "waive_reason" in refused["fields"]
    case = duty.send(
        f"{URL}{number}/close/", {"version": case["version"], "note": "已恢复", "waive_reason": "已当面报告"}
    )
    assert case["state"] == "closed"
    late = duty.send(f"{URL}{number}/grade/", {"version": case["version"], "grade": "一般", "criterion": 1,
                                               "reason": "更正"}, status=409)  # fmt: skip
    assert (late["code"], late["clause"]) == ("wrong_state", "网络预案 8.4")
    kinds = [line["kind"] for line in duty.read(f"{URL}{number}/record/")["results"]]
    assert kinds[0] == "incident.filed"
    assert "incident.closed" in kinds


def test_comms_triage_first_records_the_traces(api: Any, people: Any) -> None:
    duty, number = api("comms_duty"), file_incident(people, "comms-2022").number
    refused = duty.send(f"{URL}{number}/triage/", {"version": 1, "result": "confirm"}, status=400)
    assert set(refused["fields"]) == {"traces"}
    case = duty.send(f"{URL}{number}/triage/", {"version": 1, "result": "refer", "traces": "日志", "note": "属公安",
                                                "receiving_body": "县公安局", "how": "电话"})  # fmt: skip
    assert (case["state"], case["referral_to"]) == ("referred", "县公安局")


def test_comms_has_no_grades(api: Any, people: Any) -> None:
    number = file_incident(people, "comms-2022").number
    refused = api("comms_duty").send(
        f"{URL}{number}/grade/", {"version": 1, "grade": "一般", "reason": "x"}, status=400
    )
    assert set(refused["fields"]) == {"grade"}


@pytest.mark.parametrize(
    ("act", "body", "fields"),
    [
        ("triage/", {"result": "nope"}, {"result"}),
        ("triage/", {"result": "refer"}, {"receiving_body", "how"}),
        ("triage/", {"result": "false_alarm"}, {"note"}),
        ("grade/", {"grade": "nope", "reason": "x"}, {"grade"}),
        ("grade/", {"grade": "serious", "reason": "x"}, {"criterion"}),
        ("grade/", {"grade": "serious", "criterion": 19, "reason": "x"}, {"criterion"}),
        ("grade/", {"grade": "serious", "criterion": 1}, {"reason"}),
        ("link/", {"other": "CY-0"}, {"other"}),
        ("close/", {"note": "长" * 100_000}, {"note"}),
        ("accept/", {"version": 0}, {"version"}),
        ("accept/", {"version": "x"}, {"version"}),
        ("times/", {"known_at": "x", "received_at": None, "occurred_at": None, "reason": ""},
         {"known_at", "received_at", "reason"}),
    ],
)  # fmt: skip
def test_bad_input_of_the_acts(api: Any, people: Any, act: str, body: dict[str, Any], fields: set[str]) -> None:
    number = file_incident(people).number
    assert set(api("duty").send(f"{URL}{number}/{act}", {"version": 1} | body, status=400)["fields"]) == fields


def test_an_act_needs_the_version_it_was_read_at(api: Any, people: Any) -> None:
    duty, number = api("duty"), file_incident(people).number
    assert set(duty.send(f"{URL}{number}/triage/", {"result": "confirm"}, status=400)["fields"]) == {"version"}
    duty.send(f"{URL}{number}/triage/", {"version": 1, "result": "confirm"})
    grade = {"version": 1, "grade": "一般", "criterion": 1, "reason": "轻微"}
    stale = api("duty2").send(f"{URL}{number}/grade/", grade, status=409)
    assert stale["code"] == "stale_version"
    assert {"field": "状态", "was": "接报", "now": "已确认"} in stale["changes"]


def test_times_corrected_supersede_the_clock(api: Any, people: Any) -> None:
    now = timezone.now()
    case = file_incident(people, occurred_at=now - timedelta(minutes=10), known_at=now - timedelta(minutes=9))
    body = {"version": 1, "occurred_at": ago(minutes=50), "known_at": ago(minutes=9), "received_at": ago(minutes=5),
            "reason": "日志查明"}  # fmt: skip
    assert api("duty").send(f"{URL}{case.number}/times/", body)["version"] == 2
    states = [row["state"] for row in api("duty").read(f"{URL}{case.number}/deadlines/")["results"]]
    assert "superseded" in states
    future = api("duty").send(
        f"{URL}{case.number}/times/", body | {"version": 2, "occurred_at": "2999-01-01T00:00:00Z"}, status=400
    )
    assert "occurred_at" in future["fields"]


def test_linked_cases_name_each_other(api: Any, people: Any) -> None:
    one, two = file_incident(people), file_incident(people, "comms-2022")
    case = api("duty").send(f"{URL}{one.number}/link/", {"version": 1, "other": two.number, "note": "同一起"})
    assert case["links"] == [two.number]
    again = api("duty").send(f"{URL}{one.number}/link/", {"version": case["version"], "other": two.number}, status=409)
    assert again["code"] == "wrong_state"
