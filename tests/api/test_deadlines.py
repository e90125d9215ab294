"""``/api/v1/deadlines/``: the clocks a reader may see, the most urgent first."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.incidents.factories import file_incident, phone_report

pytestmark = pytest.mark.django_db

URL = "deadlines/"


def ago(**past: float) -> Any:
    return timezone.now() - timedelta(**past)


def test_the_most_urgent_first_and_only_open_ones(api: Any, people: Any) -> None:
    file_incident(people, occurred_at=ago(minutes=5), known_at=ago(minutes=5))
    urgent = file_incident(people, occurred_at=ago(minutes=25), known_at=ago(minutes=25))
    rows = api("duty").read(URL)["results"]
    timed = [row for row in rows if row["due_at"]]
    assert rows[: len(timed)] == timed
    assert timed == sorted(timed, key=lambda row: str(row["due_at"]))
    assert {row["state"] for row in rows} == {"running"}
    phone_report(people, urgent)
    open_now = [row["id"] for row in api("duty").read(URL)["results"]]
    met = api("duty").read(URL, state="met")["results"]
    assert timed[0]["id"] in {row["id"] for row in met}
    assert timed[0]["id"] not in open_now


def test_due_before(api: Any, people: Any) -> None:
    file_incident(people, occurred_at=ago(minutes=5), known_at=ago(minutes=5))
    soon = timezone.localtime(timezone.now() + timedelta(minutes=10)).isoformat()
    later = timezone.localtime(timezone.now() + timedelta(minutes=40)).isoformat()
    assert api("duty").read(URL, due_before=soon)["results"] == []
    assert len(api("duty").read(URL, due_before=later)["results"]) == 1
    for bad in ({"due_before": "明天"}, {"due_before": "2026-11-22T03:00:00"}, {"state": "nope"}):
        assert set(api("duty").read(URL, status=400, **bad)["fields"]) == set(bad)


def test_who_sees_which(api: Any, people: Any, nobody: Any) -> None:
    file_incident(people)
    assert api("auditor").read(URL)["results"]
    assert api("unit_shuju").read(URL)["results"]
    assert api("unit_gongan").read(URL)["results"] == []
    assert api("sysadmin").read(URL, status=403)["code"] == "forbidden"
    assert nobody.read(URL, status=401)["code"] == "not_authenticated"
    assert api("duty").post(f"/api/v1/{URL}", {}, format="json").status_code == 405


def test_few_statements(api: Any, people: Any, django_assert_max_num_queries: Any) -> None:
    for _ in range(4):
        file_incident(people)
    client = api("unit_shuju")
    with django_assert_max_num_queries(15):
        assert client.read(URL, page_size=200)["results"]


def test_a_late_clock_is_explained(api: Any, people: Any) -> None:
    case = file_incident(people, occurred_at=ago(hours=1), known_at=ago(minutes=1))
    phone_report(people, case, late_reason="线路中断")
    rows = api("duty").read(f"incidents/{case.number}/deadlines/")["results"]
    late = next(row for row in rows if row["state"] == "met_late" and row["due_at"])
    address = f"incidents/{case.number}/deadlines/{late['id']}/explain/"
    assert api("duty").send(address, {"reason": "基站停电"})["late_reason"] == "基站停电"
    assert set(api("duty").send(address, {"reason": "长" * 501}, status=400)["fields"]) == {"reason"}
    assert api("auditor").send(address, {"reason": "x"}, status=403)["clause"]
    assert api("unit_gongan").send(address, {"reason": "x"}, status=404)
    other = next(row for row in rows if row["state"] == "running")
    running = f"incidents/{case.number}/deadlines/{other['id']}/explain/"
    assert api("duty").send(running, {"reason": "x"}, status=409)["code"] == "wrong_state"
    assert api("duty").send(f"incidents/{case.number}/deadlines/0/explain/", {"reason": "x"}, status=404)
