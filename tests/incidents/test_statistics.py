"""统计: every number, and that a block counted before follows what changed since."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from incidents.models import Incident, StatBlock
from incidents.services import incident_grade, incident_withdraw
from incidents.services.statistics import blocks_now
from tests.incidents.factories import analyse_incident, file_incident, phone_report

pytestmark = pytest.mark.django_db
URL = "/incidents/statistics/"


def _bars(page: Any, code: str) -> dict[str, int]:
    chart = next(row for row in page.context["found"].charts if row.code == code)
    return {bar.label: bar.count for bar in chart.bars}


def test_the_page_counts_and_follows_every_change(people: Any, client_for: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("incidents.services.statistics.MARGIN", timedelta())
    now, client = timezone.now(), client_for("duty")
    assert client.get(URL).context["found"].cases == 0
    one = file_incident(
        people, occurred_at=now - timedelta(minutes=50), grade="relatively_serious", township="runcheng"
    )
    phone_report(people, one, "xianzhengfu", late_reason="占线")
    two = file_incident(people, "comms-2022", channel="fax")
    file_incident(people, drill=True)
    page = client.get(URL)
    assert page.context["found"].cases == 2
    assert _bars(page, "grade") == {"较大事件": 1, "未定级": 1}
    assert _bars(page, "channel") == {"电话": 1, "传真": 1}
    assert _bars(page, "township") == {"润城镇人民政府": 1, "不详": 1}
    assert sum(_bars(page, "unit").values()) == 2
    half_hour = next(row for row in page.context["found"].clocks if "30" in row.wording and row.late)
    assert (half_hour.in_time, half_hour.late, half_hour.rate, half_hour.median) == (0, 1, 0, 50)
    at_once = next(row for row in page.context["found"].clocks if row.wording == "立即" and row.in_time)
    assert (at_once.timed, at_once.rate) == (False, None)
    assert f"已完成 {at_once.in_time}" in page.content.decode()
    assert 'style="' not in page.content.decode()

    analyse_incident(people, one)
    incident_grade(
        incident_id=one.pk, version=None, user=people["duty"], grade="serious", criterion=1, reason="扩大"
    )  # fmt: skip
    incident_withdraw(
        incident_id=two.pk, version=None, user=people["comms_duty"], ground="mistake", reason="误登", instead=""
    )  # fmt: skip
    page = client.get(URL)
    assert (page.context["found"].cases, dict(page.context["found"].aside)) == (1, {"withdrawn": 1})
    assert _bars(page, "grade") == {"重大事件": 1}
    assert _bars(page, "category") == {"网络攻击事件": 1}
    stored = list(StatBlock.objects.order_by("number").values_list("counts", flat=True))
    StatBlock.objects.all().delete()
    blocks_now()
    assert list(StatBlock.objects.order_by("number").values_list("counts", flat=True)) == stored


def test_period_plan_and_drill_narrow_it_and_the_bars_lead_to_the_list(people: Any, client_for: Any) -> None:
    one, old = file_incident(people, grade="serious"), file_incident(people, "comms-2022")
    file_incident(people, drill=True)
    Incident.objects.filter(pk=old.pk).update(received_at=timezone.now() - timedelta(days=400))
    client = client_for("auditor")
    cases = {
        "": 1, "?since=": 2, "?since=&drill=all": 3, "?since=&drill=only": 1, "?since=&plan=comms-2022": 1,
        "?since=2099-01": 0, "?since=x&until=2026-13": 2, "?since=&plan=nope": 0,
    }  # fmt: skip
    assert {query: client.get(URL + query).context["found"].cases for query in cases} == cases
    months = client.get(URL + "?since=").context["found"].months
    assert len(months) in (14, 15)
    assert sum(bar.count for bar in months) == 2
    chart = client.get(URL).context["found"].charts[0]
    found = client.get("/incidents/" + chart.bars[0].url).context["rows"]
    assert [row["incident"].pk for row in found] == [one.pk]


def test_it_costs_the_same_however_many_and_is_for_those_who_see_all(
    people: Any, client_for: Any, django_assert_max_num_queries: Any
) -> None:
    for _ in range(6):
        file_incident(people)
    client = client_for("commander")
    client.get(URL)
    with django_assert_max_num_queries(15):
        assert client.get(URL).context["found"].cases == 6
    assert client_for("unit_shuju").get(URL).status_code == 403
    assert client_for("sysadmin").get(URL).status_code == 403
    assert client.post(URL).status_code == 405


@pytest.mark.parametrize("typed", ["2026-3", "2026/03", "202603", "2026年3月", "２０２６－０３", "2026.3"])
def test_a_month_is_understood_as_people_type_it(client_for: Any, typed: str) -> None:
    page = client_for("duty").get(URL, {"since": typed, "until": ""})
    assert page.context["period"].since == "2026-03"
    assert 'type="month"' not in page.content.decode()


def test_a_month_that_is_none_is_said_and_stands_as_typed(client_for: Any) -> None:
    page = client_for("duty").get(URL, {"since": "2026-13", "until": "<script>"}).content.decode()
    assert page.count("看不懂这个月份") == 2
    assert 'value="2026-13"' in page
    assert "<script>" not in page.partition('id="s-since"')[2].partition("</form>")[0]
    assert "「至」早于「自」" in client_for("duty").get(URL, {"since": "2026-05", "until": "2026-01"}).content.decode()
