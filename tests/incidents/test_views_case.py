"""The list, the case page, its evidence table and the acts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from incidents.models import Incident
from tests.incidents.clocks import clocks
from tests.incidents.factories import (
    analyse_incident,
    confirm_incident,
    draft_report,
    file_incident,
    phone_report,
    signed_report,
)
from yangcheng_ec.deadlines.models import HeartbeatGap

pytestmark = pytest.mark.django_db

UNITS = {"incident_unit": "shuju", "reporting_unit": "shuju"}
ACTS = ["accept", "triage", "analyse", "grade", "times", "update", "link", "close", "phone", "report", "inquiry",
        "merge", "withdraw"]  # fmt: skip
REPORT_ACTS = ["edit", "review", "phone-review", "return", "send", "receipt", "confirm-late"]


def _url(incident: Any, *parts: Any) -> str:
    return "/".join(["/incidents", incident.number, *(str(part) for part in parts)]) + "/"


# --- the list ------------------------------------------------------------------------------------------------------


def test_the_list_shows_what_each_may_see(people: Any, client_for: Any) -> None:
    one = file_incident(people)
    for name in ("duty", "comms_duty", "commander", "auditor", "unit_shuju"):
        assert one.number in client_for(name).get("/incidents/").content.decode()
    page = client_for("unit_dianxin").get("/incidents/")
    assert page.status_code == 200
    assert one.number not in page.content.decode()
    for name in ("sysadmin", "security", "contacts"):
        assert client_for(name).get("/incidents/").status_code == 403


def test_filters_narrow_the_list(people: Any, client_for: Any) -> None:
    one = file_incident(people, title="网站被篡改", grade="serious")
    two = file_incident(people, "comms-2022", title="光缆中断")
    Incident.objects.filter(pk=two.pk).update(state="closed")
    cases = [({"plan": "cyber-2025"}, one), ({"state": "closed"}, two), ({"state": "open"}, one),
             ({"grade": "serious"}, one), ({"search": "光缆"}, two), ({"search": one.number}, one),
             ({"search": "移动"}, two)]  # fmt: skip
    for query, expected in cases:
        rows = client_for("duty").get("/incidents/", query).context["rows"]
        assert [row["incident"].pk for row in rows] == [expected.pk], query


def test_what_is_late_and_mine_comes_first(people: Any, client_for: Any) -> None:
    now = timezone.now()
    mine = file_incident(people, by="duty")
    other = file_incident(people, by="duty2")
    late = file_incident(people, by="duty2", occurred_at=now - timedelta(hours=2))
    rows = client_for("duty").get("/incidents/").context["rows"]
    assert [row["incident"].pk for row in rows] == [late.pk, mine.pk, other.pk]
    assert [row["late"] for row in rows] == [True, False, False]


@pytest.mark.parametrize("name", ["duty", "unit_shuju"])
def test_the_list_costs_the_same_however_long(
    people: Any, client_for: Any, name: str, django_assert_max_num_queries: Any
) -> None:
    for _ in range(12):
        file_incident(people)
    client = client_for(name)
    with django_assert_max_num_queries(14):
        assert client.get("/incidents/").status_code == 200


def test_an_address_out_of_range_is_no_fault(client_for: Any) -> None:
    assert client_for("duty").get("/incidents/", {"page": "9999", "order": "x", "state": "x"}).status_code == 200


# --- the case ------------------------------------------------------------------------------------------------------


def test_a_strangers_case_is_404_and_an_unknown_one_too(people: Any, client_for: Any) -> None:
    one = file_incident(people)
    phone_report(people, one)
    parts: list[tuple[Any, ...]] = [(), ("clocks",), ("reports", 1), ("triage",), ("reports", 1, "send")]
    for name in ("unit_dianxin", "sysadmin"):
        for part in parts:
            assert client_for(name).get(_url(one, *part)).status_code == 404
    assert client_for("duty").get("/incidents/CY-20200101-001/").status_code == 404
    assert client_for("duty").get(_url(one, "explode")).status_code == 404
    assert client_for("duty").get(_url(one, "reports", 9)).status_code == 404


def test_the_case_page_tells_the_story_within_its_statements(
    people: Any, client_for: Any, django_assert_max_num_queries: Any
) -> None:
    one = analyse_incident(people, file_incident(people, description="首页被改", caller_name="李四"))
    phone_report(people, one, "xianzhengfu")
    signed_report(people, one, "xianwei", beyond_reason="")
    client = client_for("duty")
    with django_assert_max_num_queries(40):
        page = client.get(_url(one))
    text = page.content.decode()
    for words in ("首页被改", "电话报告", "大事记", "核实确认", "网络攻击", "县人民政府"):
        assert words in text
    assert 'style="' not in text
    assert "clock--huge" in text


def test_readers_see_no_buttons(people: Any, client_for: Any) -> None:
    one = file_incident(people)
    for name in ("commander", "auditor", "comms_duty"):
        assert client_for(name).get(_url(one)).context["actions"] == []
    unit = [row.code for row in client_for("unit_shuju").get(_url(one)).context["actions"]]
    assert unit == ["phone", "report", "inquiry", "update", "link"]


def test_untaken_and_drill_are_said_loudly(people: Any, client_for: Any) -> None:
    one = file_incident(people, "comms-2022", by="duty", drill=True)
    text = client_for("comms_duty").get(_url(one)).content.decode()
    assert "未接手" in text
    assert "演练" in text
    assert client_for("comms_duty").get(_url(one)).context["actions"][0].code == "accept"


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("plan", ["cyber-2025", "comms-2022"])
def test_each_act_opens_for_the_office_and_is_blocked_for_readers(
    people: Any, client_for: Any, plan: str, act: str
) -> None:
    one = file_incident(people, plan)
    officer = "duty" if plan == "cyber-2025" else "comms_duty"
    assert client_for(officer).get(_url(one, act)).status_code == 200
    page = client_for("commander").get(_url(one, act))
    assert page.status_code == 200
    assert "不能办理" in page.content.decode()


def test_triage_analyse_grade_and_close_in_the_browser(people: Any, client_for: Any) -> None:
    one, client = file_incident(people), client_for("duty")
    steps: list[tuple[str, dict[str, Any], str]] = [
        ("triage", {"result": "confirm", "note": "属实"}, "confirmed"),
        ("analyse", {"category": "attack", "severity": "较重"}, "analysed"),
        ("grade", {"choice": "ordinary:1", "reason": "短暂中断"}, "analysed"),
        ("update", {"title": one.title, "trend": "已恢复", **UNITS}, "analysed"),
        ("close", {"note": "未达到启动条件", "waive_reason": "已口头告知"}, "closed"),
    ]
    for act, typed, state in steps:
        one.refresh_from_db()
        answer = client.post(_url(one, act), {"version": one.version, **typed})
        assert answer.status_code == 302, answer.content.decode()
        one.refresh_from_db()
        assert one.state == state


def test_refusals_come_back_into_the_form(people: Any, client_for: Any) -> None:
    one = confirm_incident(people, file_incident(people))
    client = client_for("duty")
    for act, typed, words in (
        ("triage", {"result": "refer"}, "请写明转交给哪个主管机构"),
        ("analyse", {}, "请选择事件分类"),
        ("grade", {"choice": "serious:1"}, "必填"),
        ("phone", {"caller": "张三"}, "请填写对方接听人|必填"),
        ("report", {}, "请选择报告对象"),
        ("inquiry", {"kind": "chase"}, "必填"),
        ("link", {"other": "CY-1"}, "没有编号为"),
    ):
        page = client.post(_url(one, act), {"version": one.version, **typed})
        assert page.status_code == 400
        assert any(word in page.content.decode() for word in words.split("|")), act


def test_a_stale_page_shows_the_difference(people: Any, client_for: Any) -> None:
    one = file_incident(people)
    client = client_for("duty")
    client.post(_url(one, "update"), {"version": 1, "title": "新名称", **UNITS})
    page = client.post(_url(one, "update"), {"version": 1, "title": "另一个名称", **UNITS})
    text = page.content.decode()
    assert page.status_code == 409
    assert "已被他人更新" in text
    assert "新名称" in text


def test_a_wrong_state_and_a_wrong_person_are_said_with_the_clause(people: Any, client_for: Any) -> None:
    one = file_incident(people)
    page = client_for("duty").post(_url(one, "analyse"), {"version": 1, "category": "attack"})
    assert page.status_code == 409
    page = client_for("commander").post(_url(one, "triage"), {"version": 1, "result": "confirm"})
    assert page.status_code == 403
    assert "2.2" in page.content.decode()
    assert client_for("duty").delete(_url(one, "triage")).status_code == 405


def test_the_evidence_table_shows_lateness_reasons_and_gaps(people: Any, client_for: Any) -> None:
    now = timezone.now()
    one = file_incident(people, occurred_at=now - timedelta(minutes=50))
    phone_report(people, one, "xianzhengfu", late_reason="电话占线")
    HeartbeatGap.objects.create(name="sweep", from_at=now - timedelta(minutes=9), to_at=now - timedelta(minutes=7))
    text = client_for("auditor").get(_url(one, "clocks")).content.decode()
    for words in ("电话占线", "逾期完成", "系统没有在计时", "4.1"):
        assert words in text


def test_a_late_clock_is_explained_on_the_page(people: Any, client_for: Any) -> None:
    now = timezone.now()
    one = file_incident(people, known_at=now - timedelta(minutes=45), received_at=now - timedelta(minutes=44))
    phone_report(people, one, "xianzhengfu", late_reason="占线")
    clock = clocks(one)["4.1-30min"]
    client_for("duty").post(_url(one, "clocks", clock.pk, "explain"), {"late_reason": "值守交接"})
    clock.refresh_from_db()
    assert clock.late_reason == "值守交接"
    assert client_for("duty").post(_url(one, "clocks", clock.pk, "explain"), {}).status_code == 400


# --- reports -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("act", REPORT_ACTS)
def test_each_report_act_opens(people: Any, client_for: Any, act: str) -> None:
    one = file_incident(people)
    draft_report(people, one)
    assert client_for("duty").get(_url(one, "reports", 1, act)).status_code == 200
    assert client_for("duty").get(_url(one, "reports", 1, "burn")).status_code == 404


def test_a_written_report_from_draft_to_receipt_in_the_browser(people: Any, client_for: Any) -> None:
    one, first, second = file_incident(people), client_for("duty"), client_for("duty2")
    answer = first.post(_url(one, "report"), {"addressees": ["xianzhengfu"], "idempotency_key": "r1"})
    assert answer.url == _url(one, "reports", 1)
    assert first.post(_url(one, "report"), {"addressees": ["xianzhengfu"], "idempotency_key": "r1"}).url == answer.url
    edit = {"version": 1, "description": "补充的描述", "reporting_unit": "办公室", "addressees": ["xianzhengfu"]}
    assert first.post(_url(one, "reports", 1, "edit"), edit).status_code == 302
    assert first.post(_url(one, "reports", 1, "review"), {"version": 2}).status_code == 403
    assert second.post(_url(one, "reports", 1, "review"), {"version": 2}).status_code == 302
    assert first.post(_url(one, "reports", 1, "send"), {"version": 2, "channel": "fax"}).status_code == 409
    assert first.post(_url(one, "reports", 1, "send"), {"version": 3, "channel": "fax"}).status_code == 302
    typed = {"addressee": "xianzhengfu", "received_by": "赵六"}
    assert first.post(_url(one, "reports", 1, "receipt"), typed).status_code == 302
    page = first.get(_url(one, "reports", 1)).content.decode()
    for words in ("补充的描述", "赵六", "已报出", "form-8-7.pdf"):
        assert words in page


def test_a_returned_report_says_why(people: Any, client_for: Any) -> None:
    one = file_incident(people)
    draft_report(people, one)
    client_for("duty2").post(_url(one, "reports", 1, "return"), {"version": 1, "reason": "请补影响范围"})
    assert "请补影响范围" in client_for("duty").get(_url(one, "reports", 1)).content.decode()


def test_a_phone_report_and_a_late_entry_in_the_browser(people: Any, client_for: Any) -> None:
    now = timezone.now()
    one = file_incident(people, "comms-2022", known_at=now - timedelta(minutes=22),
                        received_at=now - timedelta(minutes=21), channel="fax")  # fmt: skip
    done_at = timezone.localtime(now - timedelta(minutes=15)).strftime("%Y-%m-%dT%H:%M")
    typed = {"addressees": ["xianzhengfu"], "caller": "张三", "heard_by": "王五", "done_at": done_at}
    answer = client_for("comms_duty").post(_url(one, "phone"), typed)
    assert answer.status_code == 302
    assert "补录" in client_for("comms_duty").get(answer.url).content.decode()
    confirm = answer.url + "confirm-late/"
    assert client_for("comms_duty").post(confirm, {}).status_code == 403
    assert client_for("comms_duty2").post(confirm, {}).status_code == 302


def test_an_inquiry_is_recorded_and_answered_in_the_browser(people: Any, client_for: Any) -> None:
    one, client = file_incident(people, "comms-2022"), client_for("comms_duty")
    typed = {"kind": "verify", "asked_by": "市工信局", "question": "影响几个乡镇", "channel": "phone"}
    assert client.post(_url(one, "inquiry"), typed).status_code == 302
    inquiry = one.inquiries.get()
    assert "影响几个乡镇" in client.get(_url(one, "inquiries", inquiry.pk)).content.decode()
    answer = {"reply": "两个", "channel": "phone"}
    assert client.post(_url(one, "inquiries", inquiry.pk), {"channel": "phone"}).status_code == 400
    assert client.post(_url(one, "inquiries", inquiry.pk), answer).status_code == 302
    assert client.post(_url(one, "inquiries", inquiry.pk), answer).status_code == 409
    assert client_for("unit_dianxin").get(_url(one, "inquiries", inquiry.pk)).status_code == 404
