"""每日零报告: filed with one tap, corrected with a reason, asked for once a day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine

from directory.models import Membership
from incidents.models import DailyReturn, Incident
from incidents.selectors.returns import known_on, return_day
from incidents.services import Returned, daily_return_correct, daily_return_file
from incidents.services.returns import returns_round
from tests.incidents.factories import file_incident
from yangcheng_ec.clock import SHANGHAI
from yangcheng_ec.deadlines.models import Notice
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, StaleVersion, WrongState
from yangcheng_ec.record.models import RecordEntry

pytestmark = pytest.mark.django_db


def _file(people: Any, by: str, **over: Any) -> DailyReturn:
    return daily_return_file(user=people[by], returned=Returned(**{"plan": "cyber-2025", **over}))


def test_one_tap_returns_what_the_system_knows(people: Any) -> None:
    assert _file(people, "unit_gongan").count == 0
    file_incident(people)
    drill = file_incident(people, drill=True)
    away = file_incident(people)
    Incident.objects.filter(pk=away.pk).update(state="withdrawn")
    row = _file(people, "unit_shuju")
    assert (row.count, row.unit.code, row.late_entry, drill.drill) == (1, "shuju", False, True)  # type: ignore[union-attr]
    office = _file(people, "duty")
    assert (office.count, office.unit) == (1, None)
    texts = list(RecordEntry.objects.filter(kind="return.filed").values_list("text", flat=True))
    assert any("县公安局" in text and "零报告" in text for text in texts)
    for name in ("unit_gongan", "duty"):
        with pytest.raises(WrongState):
            _file(people, name)


def test_another_number_needs_a_note_and_a_day_must_be_near(people: Any) -> None:
    today = return_day()
    for over, field in (
        ({"count": 2}, "note"),
        ({"count": -1}, "count"),
        ({"count": 1000, "note": "多"}, "count"),
        ({"date": today + timedelta(days=1)}, "date"),
        ({"date": today - timedelta(days=8)}, "date"),
        ({"plan": "火星"}, "plan"),
        ({"count": 2, "note": "长" * 301}, "note"),
    ):
        with pytest.raises(BadInput) as caught:
            _file(people, "unit_gongan", **over)
        assert field in caught.value.fields, over
    row = _file(people, "unit_gongan", count=2, note="两起未登记", date=today - timedelta(days=1))
    assert (row.count, row.note, row.late_entry) == (2, "两起未登记", True)


def test_who_may_file_for_whom(people: Any) -> None:
    for name, over, error in (
        ("unit_gongan", {"unit": "shuju"}, Forbidden),
        ("commander", {}, Forbidden),
        ("auditor", {}, Forbidden),
        ("comms_duty", {"unit": "gongan"}, Forbidden),
        ("duty", {"unit": "xianwei"}, BadInput),
    ):
        with pytest.raises(error):
            _file(people, name, **over)
    assert _file(people, "duty", unit="县公安局").filed_by == people["duty"]
    assert not DailyReturn.objects.exclude(unit__code="gongan").exists()


def test_a_correction_keeps_what_stood_in_the_record(people: Any, client_for: Any) -> None:
    row = _file(people, "unit_gongan")
    given = {"return_id": row.pk, "version": 1, "count": 1, "note": "晚上又有一起"}
    with pytest.raises(NotVisible):
        daily_return_correct(**given, user=people["unit_shuju"])
    with pytest.raises(Forbidden):
        daily_return_correct(**given, user=people["commander"])
    with pytest.raises(StaleVersion):
        daily_return_correct(**{**given, "version": 3}, user=people["unit_gongan"])
    place = f"/daily-returns/{row.pk}/"
    unit = client_for("unit_gongan")
    assert unit.post(place, {"version": 1, "count": 1, "note": ""}).status_code == 400
    assert unit.post(place, {"version": 1, "count": 1, "note": "晚上又有一起"}).status_code == 302
    assert unit.post(place, {"version": 1, "count": 1, "note": "晚上又有一起"}).status_code == 409
    assert client_for("unit_shuju").get(place).status_code == 404
    text = RecordEntry.objects.get(kind="return.corrected").text
    assert "零报告" in text
    assert "改为1起，理由：晚上又有一起" in text


def test_the_page_lists_the_day_and_files_with_one_tap(people: Any, client_for: Any) -> None:
    duty, unit = client_for("duty"), client_for("unit_gongan")
    page = unit.get("/daily-returns/?plan=cyber-2025").content.decode()
    assert "今日无事件" in page
    assert "县数据中心" not in page
    assert "未报" in unit.get("/").content.decode()
    assert unit.post("/daily-returns/", {"plan": "cyber-2025"}).status_code == 302
    bad = unit.post("/daily-returns/", {"plan": "comms-2022", "unit": "gongan", "count": "3"})
    assert bad.status_code == 400
    assert "请写明原因" in bad.content.decode()
    assert 'value="3"' in bad.content.decode()
    whole = duty.get("/daily-returns/?plan=cyber-2025")
    lines = whole.context["page_obj"].object_list
    assert (lines[0].unit, lines[-1].name) == (None, "县公安局")
    assert (whole.context["done"], whole.context["total"]) == (1, len(lines))
    for day, shown in (("2999-01-01", return_day()), ("0001-01-01", date(2020, 1, 1)), ("x", return_day())):
        assert duty.get(f"/daily-returns/?plan=cyber-2025&page=99&date={day}").context["day"] == shown
    for name in ("sysadmin", "contacts"):
        assert client_for(name).get("/daily-returns/").status_code in (403, 404)
    assert duty.put("/daily-returns/").status_code == 405


def test_the_list_costs_the_same_with_few_and_many(
    people: Any, cyber: Any, client_for: Any, django_assert_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    duty = client_for("duty")
    with CaptureQueriesContext(connection) as few:
        duty.get("/daily-returns/?plan=cyber-2025")
    for row in Membership.objects.filter(version=cyber, unit__isnull=False)[:15]:
        DailyReturn.objects.get_or_create(
            plan=cyber.plan, unit=row.unit, date=return_day(),
            defaults={"count": 0, "filed_by": people["duty"], "filed_at": datetime.now(SHANGHAI)},
        )  # fmt: skip
    file_incident(people)
    with django_assert_num_queries(len(few)):
        duty.get("/daily-returns/?plan=cyber-2025")


def test_members_that_have_not_returned_are_asked_once_at_the_hour(
    people: Any, settings: Any, django_assert_num_queries: Any
) -> None:
    settings.DAILY_RETURN_HOUR = 17
    with time_machine.travel(datetime(2026, 11, 22, 16, 59, tzinfo=SHANGHAI), tick=False) as clock:
        _file(people, "unit_gongan")
        with django_assert_num_queries(0):
            assert returns_round() == 0
        clock.shift(timedelta(minutes=1))
        assert returns_round() > 0
        with django_assert_num_queries(1):
            assert returns_round() == 0
        asked = Notice.objects.filter(kind="return.reminder", settled_at__isnull=True)
        told = set(asked.values_list("recipient__username", "url"))
        assert ("unit_shuju", "/daily-returns/?plan=cyber-2025") in told
        assert ("unit_gongan", "/daily-returns/?plan=cyber-2025") not in told
        _file(people, "unit_shuju")
        assert not asked.filter(recipient=people["unit_shuju"], url__contains="cyber").exists()
        settings.DAILY_RETURN_HOUR = -1
        clock.shift(timedelta(days=1))
        assert returns_round() == 0


def test_the_days_edge_is_shanghais(people: Any, cyber: Any) -> None:
    with time_machine.travel(datetime(2026, 11, 22, 0, 5, tzinfo=SHANGHAI), tick=False):
        file_incident(people)
        assert return_day() == date(2026, 11, 22)
        assert known_on(cyber, date(2026, 11, 22))[None] == 1
        assert known_on(cyber, date(2026, 11, 21))[None] == 0


def test_the_api_does_what_the_page_does(people: Any, api_for: Any) -> None:
    unit, duty, place = api_for("unit_gongan"), api_for("duty"), "/api/v1/daily-returns/"
    made = unit.post(place, {"plan": "cyber-2025"}, format="json", HTTP_IDEMPOTENCY_KEY="r1")
    assert (made.status_code, made.data["count"], made.data["unit"]) == (201, 0, "gongan")
    again = unit.post(place, {"plan": "cyber-2025"}, format="json", HTTP_IDEMPOTENCY_KEY="r1")
    assert again.data["id"] == made.data["id"]
    assert unit.post(place, {"plan": "cyber-2025"}, format="json").status_code == 409
    assert unit.post(place, {"plan": "cyber-2025", "unit": "shuju"}, format="json").status_code == 403
    assert duty.post(place, {"plan": "cyber-2025", "count": 5}, format="json").data["fields"].keys() == {"note"}
    assert [row["unit"] for row in unit.get(place, {"plan": "cyber-2025"}).data["results"]] == ["gongan"]
    assert unit.get(place, {"plan": "x"}).status_code == 404
    assert unit.get(place, {"plan": "cyber-2025", "date": "9999-12-31"}).status_code == 200
    assert unit.get(place, {"plan": "cyber-2025", "date": "x"}).status_code == 400
    assert len(duty.get(place, {"plan": "cyber-2025"}).data["results"]) > 10
    one = f"{place}{made.data['id']}/"
    assert (
        api_for("unit_shuju").patch(one, {"version": 1, "count": 1, "note": "又一起"}, format="json").status_code == 404
    )
    assert unit.patch(one, {"version": 1, "count": 1, "note": "又一起"}, format="json").data["count"] == 1
    assert unit.patch(one, {"version": 1, "count": 1, "note": "又一起"}, format="json").status_code == 409
