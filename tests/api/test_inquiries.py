"""催报 and 核实 over the API, and the answer within 30 minutes (comms 4.1)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from incidents.models import Incident, Inquiry
from tests.incidents.factories import file_incident

pytestmark = pytest.mark.django_db

ASKED = {"kind": "chase", "asked_by": "晋城市通信管理办公室", "question": "恢复了没有"}


def ago(**past: float) -> str:
    return timezone.localtime(timezone.now() - timedelta(**past)).isoformat()


@pytest.fixture
def case(people: Any) -> Incident:
    """A comms case three hours old."""
    return file_incident(people, "comms-2022", known_at=timezone.now() - timedelta(hours=3),
                         received_at=timezone.now() - timedelta(hours=3))  # fmt: skip


def clock(api: Any, case: Incident) -> dict[str, Any]:
    rows = api("auditor").read(f"incidents/{case.number}/deadlines/")["results"]
    return next(row for row in rows if row["start_basis"] == "inquiry")


def test_asked_and_answered_in_time(api: Any, case: Incident) -> None:
    duty = api("comms_duty")
    inquiry = duty.send(f"incidents/{case.number}/inquiries/", ASKED | {"received_at": ago(minutes=10)}, status=201)
    running = clock(api, case)
    assert (running["state"], running["clause"]) == ("running", "通信预案 4.1")
    assert running["due_at"] > running["starts_at"]
    answered = duty.send(f"inquiries/{inquiry['id']}/reply/", {"reply": "已恢复", "heard_by": "小赵"})
    assert (answered["reply"], clock(api, case)["state"]) == ("已恢复", "met")
    again = duty.send(f"inquiries/{inquiry['id']}/reply/", {"reply": "再说一次"}, status=409)
    assert (again["code"], again["clause"]) == ("wrong_state", "通信预案 4.1")
    assert [row["id"] for row in duty.read(f"incidents/{case.number}/inquiries/")["results"]] == [inquiry["id"]]


def test_late_needs_its_reason(api: Any, case: Incident) -> None:
    duty = api("comms_duty")
    inquiry = duty.send(f"incidents/{case.number}/inquiries/", ASKED | {"received_at": ago(hours=1)}, status=201)
    refused = duty.send(f"inquiries/{inquiry['id']}/reply/", {"reply": "已恢复"}, status=400)
    assert set(refused["fields"]) == {"late_reason"}
    duty.send(f"inquiries/{inquiry['id']}/reply/", {"reply": "已恢复", "late_reason": "在现场"})
    assert clock(api, case)["state"] == "met_late"


def test_cyber_has_no_rule_hence_no_clock(api: Any, people: Any) -> None:
    case = file_incident(people)
    before = len(api("duty").read(f"incidents/{case.number}/deadlines/")["results"])
    api("duty").send(f"incidents/{case.number}/inquiries/", ASKED, status=201)
    assert len(api("duty").read(f"incidents/{case.number}/deadlines/")["results"]) == before


def test_once_only(api: Any, case: Incident) -> None:
    duty, address = api("comms_duty"), f"incidents/{case.number}/inquiries/"
    assert duty.send(address, ASKED, key="k", status=201) == duty.send(address, ASKED, key="k", status=201)
    assert Inquiry.objects.count() == 1
    assert duty.send(address, ASKED | {"kind": "verify"}, key="k", status=400)["code"] == "idempotency_mismatch"


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"kind": "nope"}, {"kind"}),
        ({"asked_by": ""}, {"asked_by"}),
        ({"question": " "}, {"question"}),
        ({"question": "长" * 100_000}, {"question"}),
        ({"asked_by": "长" * 121}, {"asked_by"}),
        ({"channel": "pigeon"}, {"channel"}),
        ({"received_at": "2999-01-01T00:00:00+08:00"}, {"received_at"}),
        ({"received_at": "2020-01-01T00:00:00+08:00"}, {"received_at"}),
        ({"received_at": "刚才"}, {"received_at"}),
    ],
)
def test_bad_input(api: Any, case: Incident, change: dict[str, Any], fields: set[str]) -> None:
    answer = api("comms_duty").send(f"incidents/{case.number}/inquiries/", ASKED | change, status=400)
    assert set(answer["fields"]) == fields


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"reply"}),
        ({"reply": "长" * 100_000}, {"reply"}),
        ({"reply": "好", "channel": "pigeon"}, {"channel"}),
        ({"reply": "好", "replied_at": "2999-01-01T00:00:00+08:00"}, {"replied_at"}),
        ({"reply": "好", "replied_at": "2020-01-01T00:00:00+08:00"}, {"replied_at"}),
    ],
)
def test_bad_replies(api: Any, case: Incident, body: dict[str, Any], fields: set[str]) -> None:
    duty = api("comms_duty")
    inquiry = duty.send(f"incidents/{case.number}/inquiries/", ASKED, status=201)
    assert set(duty.send(f"inquiries/{inquiry['id']}/reply/", body, status=400)["fields"]) == fields


def test_readers_strangers_and_nobody(api: Any, nobody: Any, case: Incident) -> None:
    asked = ASKED | {"asked_of": case.incident_unit.name}
    inquiry = api("comms_duty").send(f"incidents/{case.number}/inquiries/", asked, status=201)
    address, body = f"inquiries/{inquiry['id']}/reply/", {"reply": "好"}
    assert api("auditor").send(address, body, status=403)["clause"]
    assert api("unit_gongan").send(address, body, status=404)["code"] == "not_found"
    assert nobody.send(address, body, status=401)["code"] == "not_authenticated"
    assert api("unit_yidong").send(address, body)["reply"] == "好"
    assert api("comms_duty").get(f"/api/v1/{address}").status_code == 405
    assert api("comms_duty").send("inquiries/999999/reply/", body, status=404)["code"] == "not_found"
