"""接报登记 in the browser: right person, stranger, reader, bad input, lost login, double click."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from incidents.models import Incident
from tests.incidents.factories import file_incident

pytestmark = pytest.mark.django_db
URL = "/incidents/new/"


def _typed(**over: Any) -> dict[str, Any]:
    values = {"plan": "cyber-2025", "title": "网站被篡改", "caller_name": "李四", "channel": "phone",
              "grade": "undetermined", "idempotency_key": "key-1"}  # fmt: skip
    return values | over


def _local(minutes: float) -> str:
    return timezone.localtime(timezone.now() + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M")


@pytest.mark.parametrize("plan", ["cyber-2025", "comms-2022"])
@pytest.mark.parametrize("name", ["duty", "comms_duty", "unit_yidong"])
def test_the_form_opens_for_those_who_file(client_for: Any, name: str, plan: str) -> None:
    page = client_for(name).get(URL, {"plan": plan})
    assert page.status_code == 200
    assert "国家秘密" in page.content.decode()


@pytest.mark.parametrize("name", ["commander", "auditor", "sysadmin"])
def test_others_are_refused_with_words(client_for: Any, name: str) -> None:
    assert client_for(name).get(URL).status_code == 403
    assert client_for(name).post(URL, _typed()).status_code == 403
    assert not Incident.objects.exists()


def test_filing_leads_to_the_case(client_for: Any) -> None:
    answer = client_for("duty").post(URL, _typed())
    incident = Incident.objects.get()
    assert answer.status_code == 302
    assert answer.url == f"/incidents/{incident.number}/"
    page = client_for("duty").get(answer.url).content.decode()
    assert "暂时无法判明" in page
    assert "data-due" in page


def test_a_double_click_files_one(client_for: Any) -> None:
    client = client_for("duty")
    first, second = client.post(URL, _typed()), client.post(URL, _typed())
    assert first.url == second.url
    assert Incident.objects.count() == 1


def test_comms_facts_are_taken(client_for: Any) -> None:
    typed = _typed(plan="comms-2022", networks="移动城域网、电信城域网", network_count="2", business="all")
    client_for("comms_duty").post(URL, typed)
    assert Incident.objects.get().facts == {
        "networks": ["移动城域网", "电信城域网"], "network_count": 2, "business": "all"
    }  # fmt: skip


def test_a_unit_files_in_its_own_name(client_for: Any) -> None:
    client_for("unit_yidong").post(URL, _typed(plan="comms-2022", caller_name=""))
    incident = Incident.objects.get()
    assert incident.reporting_unit is not None
    assert incident.reporting_unit.code == "yidong"


@pytest.mark.parametrize(
    ("over", "words"),
    [
        ({"title": ""}, "请写明发生了什么"),
        ({"title": "\x00\x07"}, "请写明发生了什么"),
        ({"caller_name": ""}, "请写明谁报告的"),
        ({"occurred_at": "future"}, "事发时间不能晚于现在"),
        ({"occurred_at": "past", "known_at": "earlier"}, "获知时间不能早于事发时间"),
        ({"occurred_at": "昨天半夜"}, "id_occurred_at_error"),
        ({"grade": "terrible"}, "terrible"),
        ({"incident_unit": "nowhere"}, "nowhere"),
        ({"description": "长" * 100_000}, "20000"),
        ({"title": "长" * 121}, "120"),
    ],
)
def test_bad_input_is_said_beside_the_field_and_nothing_typed_is_lost(client_for: Any, over: Any, words: str) -> None:
    times = {"future": _local(60), "past": _local(-10), "earlier": _local(-30)}
    over = {name: times.get(value, value) for name, value in over.items()}
    page = client_for("duty").post(URL, _typed(location="三楼机房", **over))
    text = page.content.decode()
    assert page.status_code == 400
    assert words in text
    assert "三楼机房" in text
    assert not Incident.objects.exists()


def test_an_unknown_plan_is_400(client_for: Any) -> None:
    assert client_for("duty").get(URL, {"plan": "flood-1998"}).status_code == 400
    assert client_for("duty").post(URL, _typed(plan="flood-1998")).status_code == 400


def test_html_is_shown_as_text(client_for: Any) -> None:
    client = client_for("duty")
    answer = client.post(URL, _typed(title="<script>alert(1)</script>", description="<b>粗</b>"))
    page = client.get(answer.url).content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "<b>粗</b>" not in page


def test_a_lost_login_asks_for_it_and_writes_nothing() -> None:
    answer = Client().post(URL, _typed())
    assert answer.status_code == 302
    assert "/login/" in answer.url
    assert not Incident.objects.exists()


def test_an_expired_form_shows_what_was_typed(people: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(people["duty"], backend="django.contrib.auth.backends.ModelBackend")
    page = client.post(URL, _typed(title="写了半天的名称"))
    assert page.status_code == 403
    assert "写了半天的名称" in page.content.decode()


def test_the_same_event_under_the_other_plan_is_pre_filled_and_linked(people: Any, client_for: Any) -> None:
    one = file_incident(people, "comms-2022", location="润城镇光缆井")
    client = client_for("duty")
    page = client.get(URL, {"plan": "cyber-2025", "same": one.number}).content.decode()
    assert "润城镇光缆井" in page
    client.post(URL, _typed(same=one.number))
    other = Incident.objects.exclude(pk=one.pk).get()
    assert list(other.links.all()) == [one]


def test_other_verbs_are_not_allowed(client_for: Any) -> None:
    assert client_for("duty").put(URL).status_code == 405
    assert client_for("duty").post("/incidents/").status_code == 405
