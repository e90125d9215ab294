"""回看: the case as it was known at a moment, by what had been recorded until then."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from incidents.models import Incident
from incidents.selectors.as_of import AsOf, as_of
from incidents.services import incident_correct_times, incident_update, report_receipt, report_send
from tests.incidents.factories import (
    analyse_incident,
    confirm_incident,
    file_incident,
    grade_incident,
    phone_report,
    signed_report,
)
from yangcheng_ec.record.models import RecordEntry

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 2, 1, 0, tzinfo=timezone.get_fixed_timezone(480))


def _minute(number: float) -> datetime:
    return START + timedelta(minutes=number)


def _night(people: Any) -> Incident:
    """01:00 filed, 01:10 confirmed, 01:35 a call of 01:20, 01:40 renamed, 01:50 sent in writing, 02:00 received."""
    with time_machine.travel(START, tick=False) as clock:
        one = file_incident(
            people, title="网页打不开", occurred_at=_minute(-5), known_at=START, received_at=START,
            grade="undetermined", description="首页打不开",
        )  # fmt: skip
        clock.move_to(_minute(10))
        confirm_incident(people, one)
        clock.move_to(_minute(35))
        phone_report(people, one, "xianzhengfu", done_at=_minute(20))
        clock.move_to(_minute(40))
        incident_update(
            incident_id=one.pk, version=None, user=people["duty"], changes={"title": "网站被篡改", "trend": "在扩大"}
        )  # fmt: skip
        report = signed_report(people, one, "xianzhengfu")
        clock.move_to(_minute(50))
        report_send(report_id=report.pk, version=None, user=people["duty"], channel="fax", proof="3 号")
        clock.move_to(_minute(60))
        report_receipt(
            report_id=report.pk, user=people["duty"], addressee="xianzhengfu", received_by="赵六",
            received_at=_minute(55),
        )  # fmt: skip
    return Incident.objects.select_related("plan_version__plan").get(pk=one.pk)


def _half_hour(then: AsOf) -> Any:
    return next(row for row in then.clocks if row.clock.rule_code.endswith("4.1-30min"))


def test_each_moment_knows_what_had_been_recorded_and_nothing_more(people: Any) -> None:
    one = _night(people)
    filed, confirmed, over, called, renamed, sent, signed = (
        as_of(one, _minute(number)) for number in (0, 10, 30, 35, 40, 50, 60)
    )
    assert [dict(then.facts)["事件名称"] for then in (filed, called, renamed)] == [
        "网页打不开",
        "网页打不开",
        "网站被篡改",
    ]
    assert [dict(then.facts)["状态"] for then in (filed, confirmed)] == ["接报", "已确认"]
    assert (dict(filed.facts)["事件发展态势"], dict(signed.facts)["事件发展态势"]) == ("", "在扩大")
    assert [str(_half_hour(then).state) for then in (filed, over, called)] == ["running", "overdue", "met"]
    assert (_half_hour(filed).seconds, _half_hour(over).left) == (-25 * 60, 5 * 60)
    assert _half_hour(over).addressees[0].at is None
    assert _half_hour(called).addressees[0].at == _minute(20)
    assert [len(then.reports) for then in (over, called, renamed, sent)] == [0, 1, 1, 2]
    assert called.reports[0].addressees[0].by == "王五"
    assert (sent.reports[1].addressees[0].by, signed.reports[1].addressees[0].by) == ("", "赵六")
    before = as_of(one, _minute(-1))
    assert (before.basis, before.reports, before.clocks) == (None, [], [])
    assert signed.basis is not None
    assert signed.basis.kind == "report.received"


def test_a_replaced_clock_and_a_waived_one_stand_as_they_were_believed(people: Any) -> None:
    with time_machine.travel(START, tick=False) as clock:
        one = file_incident(people, occurred_at=_minute(-5), received_at=START, known_at=START, grade="undetermined")
        clock.move_to(_minute(4))
        incident_correct_times(
            incident_id=one.pk, version=None, user=people["duty"], occurred_at=_minute(-15), occurred_approximate=False,
            known_at=START, received_at=START, reason="监控日志",
        )  # fmt: skip
        clock.move_to(_minute(6))
        confirm_incident(people, one)
        analyse_incident(people, Incident.objects.get(pk=one.pk))
        clock.move_to(_minute(8))
        grade_incident(people, one, grade="ordinary")
    one = Incident.objects.select_related("plan_version__plan").get(pk=one.pk)

    def half_hours(minute: int) -> list[tuple[str, int]]:
        rows = [row for row in as_of(one, _minute(minute)).clocks if row.clock.rule_code.endswith("4.1-30min")]
        return sorted((str(row.state), round((row.clock.starts_at - START).total_seconds() / 60)) for row in rows)

    assert half_hours(0) == [("running", -5)]
    assert half_hours(4) == [("running", -15), ("superseded", -5)]
    assert half_hours(8) == [("superseded", -5), ("waived", -15)]
    grades = [dict(as_of(one, _minute(minute)).facts)["级别"] for minute in (0, 8)]
    assert grades == ["暂时无法判明", "一般事件"]


def test_without_a_snapshot_todays_values_are_led_back(people: Any, monkeypatch: Any) -> None:
    one = _night(people)
    entries = list(RecordEntry.objects.filter(head=one.head).order_by("seq"))
    for entry in entries:
        entry.data.pop("snapshot", None)
    then = as_of(one, _minute(10), entries)
    assert (dict(then.facts)["事件名称"], dict(then.facts)["状态"], then.sure) == ("网页打不开", "已确认", False)


def test_the_page_for_an_examiner(people: Any, client_for: Any, django_assert_max_num_queries: Any) -> None:
    one = _night(people)
    url = f"/incidents/{one.number}/as-of/"
    client = client_for("auditor")
    client.get(url)
    with django_assert_max_num_queries(24):
        page = client.get(url)
    text = page.content.decode()
    for words in ("赵六", "补录", "网站被篡改", "前一刻", "依据：记录第"):
        assert words in text
    assert 'style="' not in text
    early = client.get(url, {"at": "2026-03-02T01:30:00+08:00"})
    assert "当时还没有报出过任何报告" in early.content.decode()
    assert "网站被篡改" not in early.content.decode().split("<main")[1].split("as-of__row")[1].split("</form>")[1]
    assert early.context["previous"].at == _minute(10)
    assert early.context["next"].at == _minute(35)
    back = client.get(url, {"at": early.context["previous"].key})
    assert (back.context["then"].at, back.context["chosen"]) == (_minute(10), _minute(10))
    for odd in ("nonsense", "", "0001-01-01T00:00", "9999-12-31T23:59:59Z", "2026-02-30T00:00"):
        assert client.get(url, {"at": odd}).status_code == 200
    assert "还没有这起事件的记录" in client.get(url, {"at": "2026-01-01T00:00"}).content.decode()


def test_who_may_not_look_back(people: Any, client_for: Any) -> None:
    one = file_incident(people)
    url = f"/incidents/{one.number}/as-of/"
    assert client_for("unit_shuju").get(url).status_code == 403
    assert client_for("unit_dianxin").get(url).status_code == 404
    assert client_for("sysadmin").get(url).status_code == 404
    assert client_for("duty").post(url).status_code == 405
