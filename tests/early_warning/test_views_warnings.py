"""The list, one warning, writing one: the right person, a stranger, a reader, wrong method, wrong state, bad input."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from early_warning.models import EarlyWarning
from tests.early_warning.factories import (
    MADE,
    adjusted,
    approved,
    content_of,
    drafted,
    lift_proposed,
    proposed,
    published,
)

pytestmark = pytest.mark.django_db


def _form(**over: Any) -> dict[str, Any]:
    given = {
        "level": "2", "title": "某型路由器高危漏洞", "text": "已有利用。", "scope": "县直各单位",
        "publicity": "internal",
        "basis": "经研判，本县有同型设备。", "units": ["gongan", "shuju"], "idempotency_key": uuid.uuid4().hex,
        "then": "",
    }  # fmt: skip
    return given | over


def _act(client: Client, warning: EarlyWarning, act: str, **data: Any) -> Any:
    return client.post(f"/warnings/{warning.number}/{act}/", {"version": warning.version} | data)


# --- the list ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("account", ["office", "commander", "auditor", "unit_gongan"])
def test_the_list_shows_what_the_reader_may_read(account: str, cyber: Any, people: Any, client_for: Any) -> None:
    shown, draft = published(people, cyber), drafted(people, cyber)
    page = client_for(account).get("/warnings/").content.decode()
    assert shown.number in page
    assert (draft.number in page) == (account != "unit_gongan")


def test_a_stranger_sees_an_empty_list(cyber: Any, people: Any, client_for: Any) -> None:
    warning = published(people, cyber)
    answer = client_for("unit_runcheng").get("/warnings/")
    assert answer.status_code == 200
    assert warning.number not in answer.content.decode()


@pytest.mark.parametrize("account", ["contacts", "sysadmin", "security"])
def test_administrators_see_no_warnings(account: str, client_for: Any) -> None:
    assert client_for(account).get("/warnings/").status_code == 403


def test_nobody_logged_in_is_sent_to_the_login(client: Client) -> None:
    assert client.get("/warnings/").status_code == 302
    assert client.post("/warnings/").status_code == 302


def test_active_warnings_come_first_and_expired_ones_are_loud(cyber: Any, people: Any, client_for: Any) -> None:
    old = published(people, cyber, valid_until=timezone.now() + timedelta(hours=1))
    newer = drafted(people, cyber)
    EarlyWarning.objects.filter(pk=old.pk).update(valid_from=None, valid_until=timezone.now() - timedelta(hours=1))
    page = client_for("office").get("/warnings/").content.decode()
    assert page.index(old.number) < page.index(newer.number)
    assert "已过期而尚未解除" in page


@pytest.mark.parametrize("query", ["state=active", "state=draft", "plan=cyber-2025", "q=漏洞", "state=x", "page=99"])
def test_filters_never_fail(query: str, cyber: Any, people: Any, client_for: Any) -> None:
    published(people, cyber)
    assert client_for("office").get(f"/warnings/?{query}").status_code == 200


@pytest.mark.parametrize(("account", "limit"), [("office", 13), ("unit_gongan", 11)])
def test_the_lists_statements_do_not_grow(
    account: str, limit: int, cyber: Any, people: Any, client_for: Any, django_assert_max_num_queries: Any
) -> None:
    client = client_for(account)
    published(people, cyber)
    client.get("/warnings/")
    for _ in range(3):
        published(people, cyber)
    with django_assert_max_num_queries(limit):
        assert client.get("/warnings/").status_code == 200


# --- one warning ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", MADE)
@pytest.mark.parametrize("plan", ["cyber", "comms"])
def test_every_state_has_its_page(state: str, plan: str, request: Any, people: Any, client_for: Any) -> None:
    warning = MADE[state](people, request.getfixturevalue(plan))
    for account in ("duty", "comms_duty", "commander", "comms_commander", "auditor"):
        page = client_for(account).get(f"/warnings/{warning.number}/")
        assert page.status_code == 200
        assert warning.text in page.content.decode()


def test_a_stranger_finds_nothing(cyber: Any, people: Any, client_for: Any) -> None:
    warning = published(people, cyber)
    client = client_for("unit_runcheng")
    assert client.get(f"/warnings/{warning.number}/").status_code == 404
    assert client.get("/warnings/YJ-20000101-001/").status_code == 404
    assert _act(client, warning, "confirm").status_code == 404


def test_an_addressed_unit_sees_its_button_and_no_other_unit(cyber: Any, people: Any, client_for: Any) -> None:
    warning = published(people, cyber)
    page = client_for("unit_gongan").get(f"/warnings/{warning.number}/").content.decode()
    assert "确认收到" in page
    assert warning.basis not in page
    assert "县数据中心" not in page
    assert warning.addressees.get(unit__code="gongan").delivered_at is not None


def test_the_page_previews_who_will_be_told(cyber: Any, people: Any, client_for: Any) -> None:
    warning = proposed(people, cyber)
    page = client_for("commander").get(f"/warnings/{warning.number}/").content.decode()
    assert "发布后将通知 3 个单位" in page
    assert "系统收件箱" in page
    assert "开始计时" in page
    assert "非预案规定" in page


def test_html_is_shown_as_text(cyber: Any, people: Any, client_for: Any) -> None:
    bad = "<script>alert(1)</script>"
    warning = published(people, cyber, title=bad, text=bad, scope=bad, advice=bad)
    for account in ("office", "unit_gongan"):
        for address in ("/warnings/", f"/warnings/{warning.number}/"):
            assert bad not in client_for(account).get(address).content.decode()


def test_wrong_methods(cyber: Any, people: Any, client_for: Any) -> None:
    warning = published(people, cyber)
    client = client_for("office")
    assert client.post(f"/warnings/{warning.number}/").status_code == 405
    assert client.get(f"/warnings/{warning.number}/propose/").status_code == 405
    assert client.delete("/warnings/new/").status_code == 405


def test_the_detail_page_statements(
    cyber: Any, people: Any, client_for: Any, django_assert_max_num_queries: Any
) -> None:
    warning = published(people, cyber)
    client = client_for("duty")
    client.get(f"/warnings/{warning.number}/")
    with django_assert_max_num_queries(31):
        client.get(f"/warnings/{warning.number}/")


# --- writing one ---------------------------------------------------------------------------------------------------


def test_the_form_suggests_no_level(client_for: Any) -> None:
    page = client_for("office").get("/warnings/new/").content.decode()
    assert "系统不作建议" in page
    assert 'name="level" value="1" required checked' not in page


def test_the_comms_form_quotes_its_situations(comms: Any, client_for: Any) -> None:
    page = client_for("comms_office").get("/warnings/new/").content.decode()
    assert comms.warning_levels.first().text in page


def test_drafting_and_proposing_in_one_go(people: Any, client_for: Any) -> None:
    answer = client_for("office").post("/warnings/new/", _form(then="propose"))
    warning = EarlyWarning.objects.get()
    assert (answer.status_code, answer.url) == (302, f"/warnings/{warning.number}/")
    assert warning.state == "proposed"
    assert warning.addressees.count() == 2


def test_a_draft_that_cannot_be_proposed_yet_is_kept(client_for: Any) -> None:
    answer = client_for("office").post("/warnings/new/", _form(then="propose", basis=""), follow=True)
    assert EarlyWarning.objects.get().state == "draft"
    assert "还不能提出建议" in answer.content.decode()


def test_a_double_click_drafts_one(client_for: Any) -> None:
    client, data = client_for("office"), _form()
    first, second = client.post("/warnings/new/", data), client.post("/warnings/new/", data)
    assert first.url == second.url
    assert EarlyWarning.objects.count() == 1


@pytest.mark.parametrize("account", ["unit_gongan", "commander", "auditor"])
def test_only_the_office_writes(account: str, client_for: Any) -> None:
    client = client_for(account)
    assert client.get("/warnings/new/").status_code == 403
    assert client.post("/warnings/new/", _form()).status_code == 403


@pytest.mark.parametrize(
    ("over", "words"),
    [
        ({"level": ""}, "请选择预警级别"),
        ({"level": "9"}, "9"),
        ({"title": ""}, "必填"),
        ({"title": "长" * 121}, "120"),
        ({"text": "长" * 100_000}, "20000"),
        ({"publicity": ""}, "请选择公开程度"),
        ({"units": ["nowhere"]}, "没有这个单位"),
        ({"valid_from": "2026-11-22T10:00", "valid_until": "2026-11-22T09:00"}, "须晚于生效时间"),
        ({"valid_until": "明天"}, "填写时间"),
    ],
)
def test_bad_input_comes_back_beside_its_field(over: Any, words: str, client_for: Any) -> None:
    answer = client_for("office").post("/warnings/new/", _form(**over))
    page = answer.content.decode()
    assert answer.status_code == 400
    assert words in page
    assert "经研判，本县有同型设备。" in page
    assert not EarlyWarning.objects.exists()


def test_an_unknown_plan_is_bad_input(client_for: Any) -> None:
    assert client_for("office").get("/warnings/new/?plan=flood").status_code == 400
    assert client_for("office").get("/warnings/new/?incident=CY-20000101-001").status_code == 404


def test_editing_needs_the_version_that_was_read(cyber: Any, people: Any, client_for: Any) -> None:
    warning = drafted(people, cyber)
    client = client_for("office")
    address = f"/warnings/{warning.number}/edit/"
    assert warning.title in client.get(address).content.decode()
    assert client.post(address, _form(version=warning.version, title="新标题")).status_code == 302
    stale = client.post(address, _form(version=warning.version, title="又一个"))
    assert stale.status_code == 409
    assert "新标题" in stale.content.decode()
    assert client.post(address, _form(title="没有版本")).status_code == 400


def test_adjusting_leads_to_the_new_version(cyber: Any, people: Any, client_for: Any) -> None:
    warning = published(people, cyber)
    client = client_for("office")
    answer = client.post(f"/warnings/{warning.number}/adjust/", _form(version=warning.version, level="1"))
    fresh = EarlyWarning.objects.get(previous=warning)
    assert answer.url == f"/warnings/{fresh.number}/"
    assert client_for("unit_gongan").get(f"/warnings/{warning.number}/adjust/").status_code == 403


# --- the acts ------------------------------------------------------------------------------------------------------


def test_the_whole_way_in_the_browser(cyber: Any, people: Any, client_for: Any) -> None:
    office, commander, unit = client_for("office"), client_for("commander"), client_for("unit_gongan")
    office.post("/warnings/new/", _form(then="propose"))
    warning = EarlyWarning.objects.get()

    def go(client: Client, act: str, **data: Any) -> None:
        warning.refresh_from_db()
        assert _act(client, warning, act, **data).status_code == 302, act

    go(commander, "approve", remark="同意")
    go(office, "publish")
    go(unit, "confirm", leader="王局长")
    go(unit, "progress", text="已关闭远程管理", measures="on")
    go(client_for("duty"), "confirm", unit="shuju", person="刘工")
    clock = warning.head.deadlines.get()
    go(office, "report", deadline=clock.pk, codes=["xianwei", "xianzhengfu"], channel="phone", heard_by="老陈")
    ticked = {"tick_1": "on", "finding_1": "复测无漏洞", "tick_2": "on", "finding_2": "业务正常"}
    go(office, "propose-lift", **ticked)
    go(commander, "lift", remark="")
    warning.refresh_from_db()
    assert warning.state == "lifted"
    clock.refresh_from_db()
    assert clock.state == "met"


def test_a_missing_finding_comes_back_with_what_was_typed(cyber: Any, people: Any, client_for: Any) -> None:
    warning = published(people, cyber)
    answer = _act(client_for("office"), warning, "propose-lift", tick_1="on", finding_1="复测无漏洞")
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "复测无漏洞" in page
    assert "网络与信息系统已恢复正常运行" in page


def test_evidence_without_its_tick_is_no_finding(cyber: Any, people: Any, client_for: Any) -> None:
    warning = published(people, cyber)
    data = {"finding_1": "复测", "tick_2": "on", "finding_2": "正常"}
    answer = _act(client_for("office"), warning, "propose-lift", **data)
    assert answer.status_code == 400
    assert "请勾选这一项认定" in answer.content.decode()


@pytest.mark.parametrize("account", ["office", "deputy_of_nothing"])
def test_approving_without_the_post_is_refused(account: str, cyber: Any, people: Any, client_for: Any) -> None:
    warning = proposed(people, cyber)
    client = client_for("office" if account == "office" else "comms_deputy")
    answer = _act(client, warning, "approve", remark="")
    assert answer.status_code == 403
    assert "3.2.2" in answer.content.decode()


def test_wrong_state_is_a_message(cyber: Any, people: Any, client_for: Any) -> None:
    warning = drafted(people, cyber)
    answer = _act(client_for("office"), warning, "publish")
    assert answer.status_code == 409
    assert "草稿" in answer.content.decode()


def test_return_needs_its_reason(cyber: Any, people: Any, client_for: Any) -> None:
    warning = proposed(people, cyber)
    client = client_for("commander")
    assert _act(client, warning, "return", reason="").status_code == 400
    assert _act(client, warning, "return", reason="范围过大").status_code == 302


@pytest.mark.parametrize(("make", "act"), [(proposed, "approve-phone"), (lift_proposed, "lift-phone")])
def test_a_phone_approval_in_the_browser(make: Any, act: str, cyber: Any, people: Any, client_for: Any) -> None:
    warning = make(people, cyber)
    commander = people["commander"]
    now = timezone.localtime().strftime("%Y-%m-%dT%H:%M")
    good = {"holder": f"{commander.pk}|{commander.mobile}", "called_at": now, "read_back": "on", "remark": "同意"}
    client = client_for("duty")
    assert _act(client, warning, act, **(good | {"read_back": ""})).status_code == 400
    assert _act(client, warning, act, **(good | {"holder": f"{commander.pk}|110"})).status_code == 400
    assert _act(client, warning, act, **good).status_code == 302
    assert "待补签" in client.get(f"/warnings/{warning.number}/").content.decode()


def test_a_report_upward_to_nobody_comes_back(cyber: Any, people: Any, client_for: Any) -> None:
    warning = published(people, cyber)
    clock = warning.head.deadlines.get()
    client = client_for("office")
    data = {"deadline": clock.pk, "channel": "phone", "heard_by": "老陈"}
    assert _act(client, warning, "report", **data).status_code == 400
    assert _act(client, warning, "report", **(data | {"codes": ["x"]})).status_code == 400
    assert _act(client, warning, "report", **(data | {"deadline": "x"})).status_code == 400


def test_two_versions_link_to_each_other(cyber: Any, people: Any, client_for: Any) -> None:
    old = adjusted(people, cyber)
    page = client_for("office").get(f"/warnings/{old.number}/").content.decode()
    assert old.next.number in page
    assert content_of(cyber).title in page
    assert approved(people, cyber).state == "approved"
