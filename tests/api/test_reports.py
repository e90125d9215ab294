"""Reports over the API: by phone, in writing, signed off by another, sent, signed for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from incidents.models import Report
from tests.incidents.factories import draft_report, file_incident, signed_report

pytestmark = pytest.mark.django_db

CALL = {"caller": "张三", "number": "0356-4220000", "heard_by": "县政府值班员", "read_back": True}
PHONE = {"kind": "phone", "addressees": ["县人民政府"], "call": CALL, "body": "网站被篡改，已断网"}
WRITTEN = {"kind": "written", "addressees": ["xianzhengfu"]}


def ago(**past: float) -> str:
    return timezone.localtime(timezone.now() - timedelta(**past)).isoformat()


@pytest.fixture
def case(people: Any) -> Any:
    """A cyber case that happened ten minutes ago."""
    now = timezone.now()
    return file_incident(people, occurred_at=now - timedelta(minutes=10), known_at=now - timedelta(minutes=10))


def clock(api: Any, case: Any, rule: str) -> dict[str, Any]:
    rows = api("auditor").read(f"incidents/{case.number}/deadlines/")["results"]
    return next(row for row in rows if row["rule"] == rule)


def test_a_phone_report_is_sent_by_recording_it_and_meets_the_clock(api: Any, case: Any) -> None:
    report = api("duty").send(f"incidents/{case.number}/reports/", PHONE, status=201)
    assert (report["state"], report["label"], report["reviewer"], report["call"]) == ("sent", "首报", None, CALL)
    met = clock(api, case, "cyber-2025:4.1-30min")
    assert (met["state"], met["addressees"][0]["done_at"]) == ("met", report["done_at"])
    late = api("duty").send(f"incidents/{case.number}/reports/", PHONE | {"done_at": ago(minutes=6)}, status=201)
    assert (late["label"], late["late_entry"], late["confirmed_at"]) == ("续报一", True, None)
    own = api("duty").send(f"reports/{late['id']}/confirm-late/", {}, status=403)
    assert own["clause"] == "网络预案 4.1"
    assert api("duty2").send(f"reports/{late['id']}/confirm-late/", {"note": "已查通话记录"})["confirmed_at"]
    assert api("duty2").send(f"reports/{late['id']}/confirm-late/", {}, status=409)["code"] == "wrong_state"


def test_comms_written_follow_up_of_a_call(api: Any, people: Any) -> None:
    case = file_incident(people, "comms-2022", known_at=timezone.now() - timedelta(minutes=5))
    duty = api("comms_duty")
    call = duty.send(f"incidents/{case.number}/reports/", PHONE | {"addressees": ["县委", "县政府"]}, status=201)
    follow = {"kind": "written", "follows_call": call["serial"], "content": {"cause": "施工挖断"}}
    report = duty.send(f"incidents/{case.number}/reports/", follow, status=201)
    assert (report["label"], report["follows_call"], report["content"]["cause"]) == ("首报", 1, "施工挖断")
    assert [row["code"] for row in report["addressees"]] == [row["code"] for row in call["addressees"]]


def test_the_way_of_a_written_report(api: Any, case: Any) -> None:
    duty, second = api("duty"), api("duty2")
    report = duty.send(f"incidents/{case.number}/reports/", WRITTEN, status=201)
    assert (report["state"], report["content"]["incident_unit"]) == ("draft", "县数据中心")
    where = f"reports/{report['id']}/"
    report = duty.change(where, {"version": 1, "content": {"trend": "平稳"}, "addressees": ["县政府", "县委"]})
    assert (report["content"]["trend"], len(report["addressees"])) == ("平稳", 2)
    own = duty.send(f"{where}review/", {"version": 2}, status=403)
    assert (own["code"], own["clause"]) == ("forbidden", "网络预案 4.1")
    report = second.send(f"{where}review/", {"version": 2, "return_reason": "缺影响范围"})
    assert (report["state"], report["review_note"]) == ("returned", "缺影响范围")
    report = second.send(f"{where}review/", {"version": 3, "note": "同意"})
    assert report["state"] == "reviewed"
    assert duty.change(where, {"version": 4, "content": {}}, status=409)["code"] == "wrong_state"
    report = duty.send(f"{where}send/", {"version": 4, "channel": "fax", "proof": "传真单 12"})
    assert (report["state"], report["version"]) == ("sent", 5)
    assert clock(api, case, "cyber-2025:4.1-30min")["state"] == "met"
    told = duty.send(f"{where}receipt/", {"addressee": "xianzhengfu", "received_by": "老陈"})
    assert [row["received_by"] for row in told["addressees"]] == ["老陈", ""]
    again = duty.send(f"{where}receipt/", {"addressee": "xianzhengfu", "received_by": "老陈"}, status=409)
    assert again["code"] == "wrong_state"


def test_late_needs_its_reason(api: Any, people: Any) -> None:
    now = timezone.now()
    case = file_incident(people, occurred_at=now - timedelta(hours=2), known_at=now - timedelta(minutes=1))
    refused = api("duty").send(f"incidents/{case.number}/reports/", PHONE, status=400)
    assert set(refused["fields"]) == {"late_reason"}
    api("duty").send(f"incidents/{case.number}/reports/", PHONE | {"late_reason": "凌晨断电"}, status=201)
    met = clock(api, case, "cyber-2025:4.1-30min")
    assert (met["state"], met["late_reason"]) == ("met_late", "凌晨断电")


def test_a_phone_sign_off_names_the_signer_and_a_known_number(api: Any, people: Any, case: Any) -> None:
    report = draft_report(people, case)
    call = {"signer": "duty2", "number": "000", "called_at": ago(minutes=1), "read_back": True}
    address = f"reports/{report.pk}/review/"
    assert api("duty").send(address, {"version": 1, "call": call}, status=400)["fields"]
    unknown = api("duty").send(address, {"version": 1, "call": call | {"signer": "x"}}, status=400)
    assert set(unknown["fields"]) == {"signer"}
    bare = api("duty").send(address, {"version": 1, "call": call | {"called_at": "2026-11-22T03:00:00"}}, status=400)
    assert set(bare["fields"]) == {"call"}


def test_once_only(api: Any, case: Any) -> None:
    duty, address = api("duty"), f"incidents/{case.number}/reports/"
    assert duty.send(address, PHONE, key="p", status=201) == duty.send(address, PHONE, key="p", status=201)
    assert duty.send(address, WRITTEN, key="w", status=201) == duty.send(address, WRITTEN, key="w", status=201)
    assert Report.objects.count() == 2
    assert duty.send(address, PHONE | {"body": "别的"}, key="p", status=400)["code"] == "idempotency_mismatch"


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"kind"}),
        ({"kind": "pigeon"}, {"kind"}),
        ({"kind": "phone", "addressees": ["县政府"]}, {"call"}),
        (PHONE | {"call": {}}, {"call"}),
        (PHONE | {"addressees": []}, {"addressees"}),
        (PHONE | {"addressees": ["火星局"]}, {"addressees"}),
        (PHONE | {"addressees": ["县气象局"]}, {"addressees"}),
        (PHONE | {"addressees": "县政府"}, {"addressees"}),
        (PHONE | {"done_at": "2999-01-01T00:00:00+08:00"}, {"done_at"}),
        (PHONE | {"done_at": "2020-01-01T00:00:00+08:00"}, {"done_at"}),
        (PHONE | {"done_at": "刚才"}, {"done_at"}),
        (PHONE | {"body": "长" * 100_000}, {"body"}),
        (PHONE | {"stage": "nope"}, {"stage"}),
        (PHONE | {"reporting_unit": "火星局"}, {"reporting_unit"}),
        (WRITTEN | {"follows_call": 99}, {"follows_call"}),
        (WRITTEN | {"content": {"grade": "x"}}, {"grade"}),
        (WRITTEN | {"content": {"nonsense": "x"}}, {"nonsense"}),
        (WRITTEN | {"content": {"trend": "长" * 100_000}}, {"content"}),
        (WRITTEN | {"content": "x"}, {"content"}),
    ],
)
def test_bad_input(api: Any, case: Any, body: dict[str, Any], fields: set[str]) -> None:
    assert set(api("duty").send(f"incidents/{case.number}/reports/", body, status=400)["fields"]) == fields
    assert not Report.objects.exists()


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"channel": "pigeon"}, {"channel"}),
        ({"channel": "phone"}, {"channel"}),
        ({"channel": "fax", "done_at": "2999-01-01T00:00:00+08:00"}, {"done_at"}),
        ({"channel": "fax", "proof": "长" * 201}, {"proof"}),
    ],
)
def test_bad_input_of_sending(api: Any, people: Any, case: Any, body: dict[str, Any], fields: set[str]) -> None:
    report = signed_report(people, case)
    answer = api("duty").send(f"reports/{report.pk}/send/", {"version": report.version} | body, status=400)
    assert set(answer["fields"]) == fields


def test_a_receipt_names_an_addressee_and_somebody(api: Any, people: Any, case: Any) -> None:
    report = signed_report(people, case)
    address = f"reports/{report.pk}/"
    unsent = api("duty").send(f"{address}receipt/", {"addressee": "xianzhengfu", "received_by": "陈"}, status=409)
    assert unsent["code"] == "wrong_state"
    api("duty").send(f"{address}send/", {"version": report.version, "channel": "fax"})
    wrong = api("duty").send(f"{address}receipt/", {"addressee": "nope", "received_by": " "}, status=400)
    assert "received_by" in wrong["fields"]


def test_wrong_state_and_stale_version(api: Any, people: Any, case: Any) -> None:
    report = draft_report(people, case)
    unsigned = api("duty").send(f"reports/{report.pk}/send/", {"version": 1, "channel": "fax"}, status=409)
    assert (unsigned["code"], unsigned["clause"]) == ("wrong_state", "网络预案 4.1")
    api("duty").change(f"reports/{report.pk}/", {"version": 1, "content": {"trend": "平稳"}})
    stale = api("duty2").send(f"reports/{report.pk}/review/", {"version": 1}, status=409)
    assert stale["code"] == "stale_version"
    assert stale["changes"][0]["field"] == "报告状态"


@pytest.mark.parametrize("act", ["", "review/", "send/", "receipt/", "confirm-late/"])
def test_readers_strangers_and_nobody(api: Any, people: Any, nobody: Any, case: Any, act: str) -> None:
    report = draft_report(people, case)
    address = f"reports/{report.pk}/{act}"
    body = {"version": 1, "channel": "fax", "addressee": "xianzhengfu", "received_by": "陈"}
    go = "change" if not act else "send"
    refused = getattr(api("auditor"), go)(address, body, status=403)
    assert refused["clause"]
    assert getattr(api("unit_gongan"), go)(address, body, status=404)["code"] == "not_found"
    assert getattr(api("sysadmin"), go)(address, body, status=404)["code"] == "not_found"
    if act:
        assert nobody.send(address, body, status=401)["code"] == "not_authenticated"
        assert api("duty").get(f"/api/v1/{address}").status_code == 405
        answer = api("duty").post(f"/api/v1/{address}", "x", content_type="text/plain")
        assert answer.status_code == 415
    assert api("duty").send("reports/999999/review/", {"version": 1}, status=404)["code"] == "not_found"


def test_reading(api: Any, people: Any, case: Any, django_assert_max_num_queries: Any) -> None:
    for _ in range(4):
        draft_report(people, case)
    client = api("unit_shuju")
    with django_assert_max_num_queries(15):
        page = client.read(f"incidents/{case.number}/reports/")
    assert [row["serial"] for row in page["results"]] == [1, 2, 3, 4]
    assert api("auditor").read(f"reports/{page['results'][0]['id']}/")["incident"] == case.number
    assert api("unit_gongan").read(f"reports/{page['results'][0]['id']}/", status=404)


def test_the_printed_face(api: Any, people: Any, nobody: Any, case: Any) -> None:
    report = draft_report(people, case)
    address = f"/api/v1/reports/{report.pk}/form-8-7.pdf"
    for headers in ({}, {"Accept": "application/pdf"}):
        answer = api("unit_shuju").get(address, headers=headers)
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
        assert answer.content.startswith(b"%PDF-")
    assert api("unit_gongan").get(address).status_code == 404
    assert nobody.get(address, headers={"Accept": "application/pdf"}).status_code == 401
    assert api("duty").post(address).status_code == 405
