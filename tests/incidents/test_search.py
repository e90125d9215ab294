"""全文检索: Chinese words of one, two and more characters, in cases and their reports; only what one may see."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command

from incidents.models import Incident, IncidentSearch
from incidents.searching import fold, terms_of
from incidents.selectors import ListFilter, incident_list
from incidents.services import incident_update, report_edit
from incidents.services.search import search_backfill
from tests.incidents.factories import draft_report, file_incident, phone_report

pytestmark = pytest.mark.django_db


def _found(user: Any, text: str, **more: Any) -> set[str]:
    return set(incident_list(user, ListFilter(search=text, **more)).values_list("number", flat=True))


def test_words_are_folded_and_cut_alike_everywhere() -> None:
    assert fold("ＤＤｏＳ攻击，（县）Ⅰ级\n") == "ddos攻击 县 i级"
    assert terms_of("网站 ab") == {"网", "站", "网站", "a", "b", "ab"}


def test_the_longest_text_of_unlike_letters_fits_into_a_tsvector() -> None:
    unlike = "".join(chr(0x20000 + place * 7919 % 40_000) for place in range(200_000))
    assert sum(len(term.encode()) for term in terms_of(fold(unlike))) < 2**20


def test_every_part_of_a_case_is_found_by_words_of_any_length(people: Any) -> None:
    one = file_incident(
        people, title="政务网站被篡改", location="凤城镇新阳东街", description="首页出现 DDoS 勒索字样", source="巡检",
        incident_unit_text="",
    )  # fmt: skip
    two = file_incident(people, "comms-2022", title="光缆被挖断", facts={"networks": ["移动骨干网"]})
    duty = people["duty"]
    words = {
        "篡改": {one.number}, "篡": {one.number}, "网站": {one.number}, "政务网站": {one.number},
        "ddos": {one.number},
        "ＤＤＯＳ": {one.number}, "凤城 勒索": {one.number}, "凤城 光缆": set(),
        "新阳东街": {one.number}, "骨干": {two.number},
        "网": {one.number, two.number}, "网站政务": set(), one.number: {one.number}, one.number.lower(): {one.number},
        two.number[:6]: {two.number}, "县数据中心": {one.number}, "被": {one.number, two.number},
        "、，": set(), "\x00": set(),
        "%": set(), "' | '": set(), "数据库'": set(), "\\": set(),
    }  # fmt: skip
    assert {text: _found(duty, text) for text in words} == words
    assert _found(duty, "网", plan="comms-2022") == {two.number}
    assert _found(people["unit_shuju"], "被") == {one.number}
    assert _found(people["unit_dianxin"], "篡改") == set()
    assert _found(people["sysadmin"], "篡改") == set()


def test_what_is_written_is_found_at_once_and_what_is_gone_no_more(people: Any) -> None:
    one, duty = file_incident(people, title="机房告警"), people["duty"]
    incident_update(incident_id=one.pk, version=None, user=duty, changes={"title": "机房漏水", "trend": "已排水"})
    assert (_found(duty, "漏水"), _found(duty, "排水"), _found(duty, "告警")) == ({one.number}, {one.number}, set())
    report = draft_report(people, one, body="抢修队已到场")
    phone_report(people, one, "xianwei", body="口头说明水浸")
    assert _found(duty, "抢修队") == _found(duty, "水浸") == {one.number}
    report_edit(report_id=report.pk, version=None, user=duty, content={}, body="抽水泵已到场")
    assert (_found(duty, "抽水泵"), _found(duty, "抢修")) == ({one.number}, set())


def test_nothing_of_a_secret_case_is_found_but_that_it_exists(people: Any) -> None:
    one = file_incident(people, title="", incident_unit="", secret=True, secret_channel="机要")  # fmt: skip
    Incident.objects.filter(pk=one.pk).update(description="漏进来的内容")
    search_backfill(everything=True)
    assert _found(people["duty"], "漏进来") == set()
    assert _found(people["duty"], "涉密") == {one.number}


def test_the_index_is_made_up_for_rows_that_have_none(people: Any, capsys: Any) -> None:
    one, two = file_incident(people, title="甲乙丙"), file_incident(people, title="丁戊")
    IncidentSearch.objects.filter(pk=one.pk).delete()
    assert _found(people["duty"], "甲乙") == set()
    call_command("search_index")
    assert search_backfill() == 0
    assert _found(people["duty"], "甲乙丙") == {one.number}
    call_command("search_index", "--all")
    assert _found(people["duty"], "丁戊") == {two.number}
    assert "1 cases indexed\n2 cases" in capsys.readouterr().out


def test_the_page_looks_up_once_and_says_when_there_is_more(
    people: Any, client_for: Any, monkeypatch: Any, django_assert_max_num_queries: Any
) -> None:
    for _ in range(3):
        file_incident(people, title="网站异常")
    monkeypatch.setattr("incidents.selectors.search.FOUND_LIMIT", 2)
    monkeypatch.setattr("incidents.views.lists.FOUND_LIMIT", 2)
    client = client_for("duty")
    with django_assert_max_num_queries(16):
        page = client.get("/incidents/", {"search": "网站"})
    assert len(page.context["rows"]) == 2
    assert "只列最近的 2 起" in page.content.decode()
    assert [row["incident"].title for row in client.get("/incidents/?search=异").context["rows"]] == ["网站异常"] * 2
