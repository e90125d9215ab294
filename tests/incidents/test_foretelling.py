"""What a corrected time, a corrected unit or a grade does to the clocks is shown before it is confirmed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.incidents.clocks import clocks
from tests.incidents.factories import file_incident, grade_incident, phone_report
from yangcheng_ec.deadlines.models import Deadline

pytestmark = pytest.mark.django_db


def _times(incident: Any, **over: Any) -> dict[str, str]:
    moments = {name: getattr(incident, name) for name in ("occurred_at", "known_at", "received_at")} | over
    typed = {name: timezone.localtime(at).strftime("%Y-%m-%d %H:%M") if at else "" for name, at in moments.items()}
    return {"version": str(incident.version), "reason": "调取监控查明", **typed}


def _as_shown(client: Any, address: str) -> dict[str, Any]:
    """What the page's form would send when nothing is changed."""
    form = client.get(address).context["form"]
    return {name: form[name].value() or "" for name in form.fields}


def _mark(page: Any) -> str:
    return str(page.context["foretold"].mark)


def test_a_corrected_time_is_shown_with_what_is_overdue_at_once_and_confirmed_in_a_second_step(
    people: Any, client_for: Any
) -> None:
    now = timezone.now()
    one = file_incident(people, known_at=now - timedelta(minutes=5), received_at=now - timedelta(minutes=4))
    before, client, address = clocks(one)["4.1-30min"], client_for("duty"), f"/incidents/{one.number}/times/"
    typed, entries = _times(one, occurred_at=now - timedelta(minutes=40)), one.head.entries.count()
    page = client.post(address, typed)
    text = page.content.decode()
    assert page.status_code == 200
    for words in ("还没有保存", "改按更正后的计时", "一确认即已逾期", "原截止", "30分钟内报告县人民政府"):
        assert words in text, words
    one.refresh_from_db()
    assert (one.version, one.head.entries.count()) == (1, entries), "nothing is written yet"
    assert clocks(one)["4.1-30min"].pk == before.pk
    other = client.post(address, {**typed, "reason": "另一理由", "confirmed": _mark(page)})
    assert other.status_code == 200, "only what was shown is confirmed"
    assert client.post(address, {**typed, "confirmed": _mark(page)}).status_code == 302
    fresh = clocks(one)["4.1-30min"]
    assert (fresh.state, fresh.start_basis) == ("overdue", "occurred")
    assert [row.change for row in page.context["foretold"].clocks] == ["replaced", "replaced"]


def test_what_was_reported_in_time_and_would_be_late_is_said(people: Any, client_for: Any) -> None:
    now = timezone.now()
    one = file_incident(people, known_at=now - timedelta(minutes=5), received_at=now - timedelta(minutes=4))
    phone_report(people, one, "xianzhengfu")
    one.refresh_from_db()
    page = client_for("duty").post(f"/incidents/{one.number}/times/", _times(one, occurred_at=now - timedelta(hours=1)))
    assert "已报的将算逾期，须写原因" in page.content.decode()
    assert clocks(one)["4.1-30min"].state == "met"


def test_a_corrected_unit_is_shown_before_it_moves_clocks(people: Any, client_for: Any) -> None:
    one = file_incident(people, "comms-2022", channel="fax", reporting_unit="gongan", incident_unit="gongan")
    client, address = client_for("comms_duty"), f"/incidents/{one.number}/update/"
    typed = _as_shown(client, address)
    page = client.post(address, {**typed, "incident_unit": "yidong", "township": "runcheng"})
    changes = {(row.change, row.title) for row in page.context["foretold"].clocks}
    assert changes == {
        ("replaced", "事故发生后及时报告"),
        ("started", "通信企业发现突发事件立即上报办公室"),
        ("started", "事发地乡（镇）及时报告事故情况"),
    }
    assert "公安" in page.content.decode()
    assert set(clocks(one)) == {"4.1-accident", "4.1-office"}
    confirmed = {**typed, "incident_unit": "yidong", "township": "runcheng", "confirmed": _mark(page)}
    assert client.post(address, confirmed).status_code == 302
    assert set(clocks(one)) == {"4.1-accident", "4.1-office", "3.1-operator", "2.3-township"}
    renamed = {**_as_shown(client, address), "title": "改个名"}
    assert client.post(address, renamed).status_code == 302, "no clock moves: one step"


def test_faults_and_lost_races_come_before_any_preview(people: Any, client_for: Any) -> None:
    one, client = file_incident(people), client_for("duty")
    address, now = f"/incidents/{one.number}/times/", timezone.now()
    page = client.post(address, _times(one, occurred_at=now + timedelta(days=1)))
    assert page.status_code == 400
    assert page.context["foretold"] is None
    assert client.post(address, {**_times(one), "version": "9"}).status_code == 409
    assert client_for("commander").post(address, _times(one, occurred_at=now)).status_code == 403


def test_each_grade_says_before_it_is_chosen_what_starts_is_reopened_or_overdue(people: Any, client_for: Any) -> None:
    now = timezone.now()
    one = file_incident(people, known_at=now - timedelta(minutes=45), received_at=now - timedelta(minutes=44))
    grade_incident(people, one, "ordinary")
    page = client_for("duty").get(f"/incidents/{one.number}/grade/")
    seen = {
        item["grade"].code: [(row.change, row.overdue) for row in item["clocks"]] for item in page.context["previews"]
    }
    assert seen == {
        "undetermined": [("reopened", True)],
        "relatively_serious": [("reopened", True)],
        "serious": [("started", False)],
        "especially_serious": [("started", False)],
    }
    assert "一确认即已逾期" in page.content.decode()
    assert Deadline.objects.filter(head=one.head).count() == 2, "looking changes nothing"
