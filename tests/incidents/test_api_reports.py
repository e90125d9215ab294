"""``reports/`` and ``inquiries/`` over the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.incidents.clocks import clocks
from tests.incidents.factories import draft_report, file_incident, signed_report

pytestmark = pytest.mark.django_db
CALL = {"caller": "张三", "number": "4220000", "heard_by": "王五", "read_back": True}


def _reports(incident: Any) -> str:
    return f"/api/v1/incidents/{incident.number}/reports/"


def test_a_phone_report_is_sent_by_recording_it(people: Any, api_for: Any) -> None:
    one, api = file_incident(people), api_for("duty")
    body = {"kind": "phone", "addressees": ["县人民政府"], "call": CALL}
    first = api.post(_reports(one), body, format="json", HTTP_IDEMPOTENCY_KEY="p1")
    assert (first.status_code, first.data["state"], first.data["label"]) == (201, "sent", "首报")
    again = api.post(_reports(one), body, format="json", HTTP_IDEMPOTENCY_KEY="p1")
    assert again.data["id"] == first.data["id"]
    assert clocks(one)["4.1-30min"].state == "met"
    assert len(api.get(_reports(one)).data["results"]) == 1


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"call": None}, "call"),
        ({"call": {"caller": "张三"}}, "call"),
        ({"addressees": []}, "addressees"),
        ({"addressees": ["火星"]}, "addressees"),
        ({"addressees": ["市政府办公室"]}, "addressees"),
        ({"kind": "smoke"}, "kind"),
        ({"stage": "middle"}, "stage"),
        ({"done_at": "2099-01-01T00:00:00+08:00"}, "done_at"),
        ({"done_at": "2026-11-22T03:00:00"}, "done_at"),
        ({"body": "长" * 100_000}, "body"),
    ],
)
def test_bad_reports_are_400_with_the_field(people: Any, api_for: Any, over: Any, field: str) -> None:
    one = file_incident(people)
    body = {"kind": "phone", "addressees": ["xianzhengfu"], "call": CALL} | over
    answer = api_for("duty").post(_reports(one), body, format="json")
    assert answer.status_code == 400
    assert field in answer.data["fields"]


def test_a_written_report_is_drafted_signed_and_sent(people: Any, api_for: Any) -> None:
    one, api = file_incident(people, description="首页被改"), api_for("duty")
    draft = api.post(_reports(one), {"kind": "written", "addressees": ["xianzhengfu"]}, format="json")
    assert (draft.status_code, draft.data["state"]) == (201, "draft")
    assert draft.data["content"]["description"] == "首页被改"
    url = f"/api/v1/reports/{draft.data['id']}/"
    assert api.post(f"{url}review/", {"version": 1}, format="json").status_code == 403
    assert api_for("duty2").post(f"{url}review/", {"version": 1}, format="json").data["state"] == "reviewed"
    assert api.post(f"{url}send/", {"version": 1, "channel": "fax"}, format="json").status_code == 409
    sent = api.post(f"{url}send/", {"version": 2, "channel": "fax", "proof": "3号"}, format="json")
    assert (sent.data["state"], clocks(one)["4.1-30min"].state) == ("sent", "met")
    assert api_for("unit_gongan").get(url).status_code == 404
    assert api_for("auditor").get(url).data["reviewer"] == people["duty2"].display_name


def test_a_report_goes_back_with_its_reason(people: Any, api_for: Any) -> None:
    report = draft_report(people, file_incident(people))
    body = {"version": 1, "return_reason": "请补影响范围"}
    answer = api_for("duty2").post(f"/api/v1/reports/{report.pk}/review/", body, format="json")
    assert answer.data["state"] == "returned"


def test_a_signature_by_phone_over_the_api(people: Any, api_for: Any) -> None:
    report = draft_report(people, file_incident(people))
    call = {"signer": "director", "number": "110", "called_at": timezone.now().isoformat(), "read_back": True}
    url = f"/api/v1/reports/{report.pk}/review/"
    assert api_for("duty").post(url, {"version": 1, "call": call}, format="json").status_code == 400
    call["number"] = people["director"].mobile
    assert api_for("duty").post(url, {"version": 1, "call": call}, format="json").data["state"] == "reviewed"
    assert api_for("duty").post(url, {"version": 2, "call": call | {"signer": "x"}}, format="json").status_code == 400


def test_late_needs_a_reason(people: Any, api_for: Any) -> None:
    one = file_incident(people, occurred_at=timezone.now() - timedelta(minutes=50))
    report = signed_report(people, one)
    url = f"/api/v1/reports/{report.pk}/send/"
    answer = api_for("duty").post(url, {"version": 2, "channel": "fax"}, format="json")
    assert (answer.status_code, answer.data["clause"]) == (400, "网络预案 4.1")
    assert "late_reason" in answer.data["fields"]
    answer = api_for("duty").post(url, {"version": 2, "channel": "fax", "late_reason": "断网"}, format="json")
    assert answer.data["late_reason"] == "断网"


def test_an_inquiry_and_its_reply(people: Any, api_for: Any) -> None:
    one, api = file_incident(people, "comms-2022"), api_for("comms_duty")
    url = f"/api/v1/incidents/{one.number}/inquiries/"
    body = {"kind": "chase", "asked_by": "市工信局", "question": "进展如何"}
    answer = api.post(url, body, format="json", HTTP_IDEMPOTENCY_KEY="q1")
    assert answer.status_code == 201
    assert api.post(url, body, format="json", HTTP_IDEMPOTENCY_KEY="q1").data["id"] == answer.data["id"]
    assert api.post(url, body | {"kind": "x"}, format="json").status_code == 400
    reply = f"/api/v1/inquiries/{answer.data['id']}/reply/"
    assert api_for("unit_gongan").post(reply, {"reply": "好"}, format="json").status_code == 404
    assert api.post(reply, {"reply": ""}, format="json").status_code == 400
    assert api.post(reply, {"reply": "已恢复"}, format="json").data["reply"] == "已恢复"
    assert api.post(reply, {"reply": "已恢复"}, format="json").status_code == 409
    assert api.get(url).data["results"][0]["asked_by"] == "市工信局"


def test_the_printed_face_over_the_api(people: Any, api_for: Any) -> None:
    report = signed_report(people, file_incident(people))
    answer = api_for("duty").get(f"/api/v1/reports/{report.pk}/form-8-7.pdf")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/pdf"
    assert api_for("unit_gongan").get(f"/api/v1/reports/{report.pk}/form-8-7.pdf").status_code == 404
