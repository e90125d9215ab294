"""The directory's pages: the keeper, a reader, a unit, and those who have no business there."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from directory.models import Contact, Unit
from directory.services import contact_add, contact_edit, contact_retire

pytestmark = pytest.mark.django_db


@pytest.fixture
def runcheng(cyber: Any) -> Contact:
    return Contact.objects.get(plan_version=cyber, unit__code="runcheng")


@pytest.fixture
def mobile(people: Any) -> Contact:
    unit = Unit.objects.get(code="gongan")
    return contact_add(user=people["contacts"], unit_id=unit.pk, kind="mobile", value="13812345678", person="张三")


def page(client: Client, address: str, **query: str) -> str:
    response = client.get(address, query)
    assert response.status_code == 200
    return response.content.decode()


def test_all_86_numbers_both_plans_side_by_side(client_for: Any, django_assert_max_num_queries: Any) -> None:
    client = client_for("duty")
    with django_assert_max_num_queries(13):
        text = page(client, "/directory/")
    assert text.count('class="number"') == 86
    assert "共 86 条" in text
    assert text.count("待核实") == 7 + 1  # seven units and the sentence that explains the mark
    assert 'href="tel:03514045001"' in text


def test_by_plan_prints_the_appendices(client_for: Any, django_assert_max_num_queries: Any) -> None:
    client = client_for("duty")
    with django_assert_max_num_queries(15):
        text = page(client, "/directory/", by="plan")
    assert "阳城县通信网络事故应急预案 8.3" in text
    assert text.count("<tr>") == 86 + 4


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("润城", "4814501"),
        ("4814601", "4814601"),
        ("481 4601", "4814601"),
        ("县科技局", "4222171"),  # as comms-2022 prints it
        ("网信办", "4223589"),
        ("0351-3046789", "0351-3046789"),
        ("xwxcb", "4239360"),
        ("xwxb", "4239360"),
        ("rcz", "4814601"),
        ("xkjj", "4222171"),  # 县科技局, an alias
    ],
)
def test_search_by_name_alias_initials_and_number(client_for: Any, query: str, found: str) -> None:
    assert found in page(client_for("duty"), "/directory/", q=query)


def test_search_that_finds_nothing_says_what_to_do(client_for: Any) -> None:
    assert "没有找到" in page(client_for("duty"), "/directory/", q="<script>alert(1)</script>")
    assert client_for("duty").get("/directory/", {"q": "x" * 500, "kind": "pager"}).status_code == 200


def test_mobile_is_masked_for_other_units_and_open_to_its_own(client_for: Any, mobile: Contact) -> None:
    assert "138****5678" in page(client_for("unit_shuju"), "/directory/")
    assert "13812345678" not in page(client_for("unit_shuju"), f"/directory/{mobile.pk}/")
    assert "13812345678" in page(client_for("unit_gongan"), "/directory/")
    assert "13812345678" in page(client_for("duty"), "/directory/")


def test_masked_mobile_cannot_be_guessed_by_search(client_for: Any, mobile: Contact) -> None:
    assert "张三" not in page(client_for("unit_shuju"), "/directory/", q="1381234")
    assert "张三" in page(client_for("duty"), "/directory/", q="1381234")


def test_history_is_shown_to_the_keeper_and_the_office_not_to_a_unit(
    client_for: Any, people: Any, runcheng: Contact
) -> None:
    contact_edit(user=people["contacts"], contact_id=runcheng.pk, version=1, values={"value": "4814601"})
    for name in ("contacts", "duty", "auditor"):
        assert "号码 4814501 → 4814601" in page(client_for(name), f"/directory/{runcheng.pk}/")
    assert "4814501" not in page(client_for("unit_gongan"), f"/directory/{runcheng.pk}/")


def test_retired_is_gone_for_readers_and_kept_for_the_keeper(client_for: Any, people: Any, runcheng: Contact) -> None:
    contact_retire(user=people["contacts"], contact_id=runcheng.pk, version=1, reason="空号")
    assert client_for("duty").get(f"/directory/{runcheng.pk}/").status_code == 404
    assert "停用" in page(client_for("contacts"), f"/directory/{runcheng.pk}/")
    assert "4814501" in page(client_for("contacts"), "/directory/", state="retired")


@pytest.mark.parametrize("name", ["security", "sysadmin"])
def test_admins_without_need_do_not_open_it(client_for: Any, name: str) -> None:
    assert client_for(name).get("/directory/").status_code == 403


def test_stranger_is_sent_to_log_in() -> None:
    response = Client().get("/directory/")
    assert (response.status_code, response["Location"]) == (302, "/login/?next=/directory/")


def test_keeper_adds(client_for: Any) -> None:
    client = client_for("contacts")
    unit = Unit.objects.get(code="gongan")
    assert client.get("/directory/new/", {"unit": unit.pk}).status_code == 200
    response = client.post("/directory/new/", {"unit": unit.pk, "kind": "fax", "value": "4233999"}, follow=True)
    assert "已新增" in response.content.decode()
    assert Contact.objects.filter(unit=unit, value="4233999", kind="fax").exists()


def test_bad_number_comes_back_beside_its_field_with_what_was_typed(client_for: Any) -> None:
    unit = Unit.objects.get(code="gongan")
    response = client_for("contacts").post(
        "/directory/new/", {"unit": unit.pk, "kind": "duty", "value": "42abc", "note": "夜间"}
    )
    text = response.content.decode()
    assert response.status_code == 400
    assert "不要写字母或文字" in text
    assert 'value="42abc"' in text
    assert 'value="夜间"' in text


def test_keeper_edits_and_a_stale_form_is_answered_with_the_difference(client_for: Any, runcheng: Contact) -> None:
    client = client_for("contacts")
    typed = {"printed_name": runcheng.printed_name, "kind": "duty", "value": "4814601", "version": 1}
    assert client.post(f"/directory/{runcheng.pk}/edit/", typed).status_code == 302
    stale = client.post(f"/directory/{runcheng.pk}/edit/", typed | {"value": "4814777"})
    assert stale.status_code == 409
    assert "已被他人更新" in stale.content.decode()
    assert "4814601" in stale.content.decode()


def test_bad_edit_is_400_and_nothing_is_lost(client_for: Any, runcheng: Contact) -> None:
    typed = {"printed_name": "", "kind": "duty", "value": "12", "version": 1}
    response = client_for("contacts").post(f"/directory/{runcheng.pk}/edit/", typed)
    assert response.status_code == 400
    typed["printed_name"] = "润城镇"
    response = client_for("contacts").post(f"/directory/{runcheng.pk}/edit/", typed)
    assert response.status_code == 400
    assert "5 至 12 位" in response.content.decode()


def test_retire_restore_verify_by_page(client_for: Any, runcheng: Contact) -> None:
    client = client_for("contacts")
    base = f"/directory/{runcheng.pk}"
    assert client.post(f"{base}/retire/", {"version": 1, "reason": ""}).status_code == 400
    assert client.post(f"{base}/verify/", {"version": 1, "from": "conflicts"})["Location"] == "/directory/conflicts/"
    assert client.post(f"{base}/retire/", {"version": 2, "reason": "空号"}).status_code == 302
    assert client.post(f"{base}/restore/", {"version": 3}).status_code == 302
    assert client.post(f"{base}/verify/", {"version": "x"}).status_code == 409
    assert client.get(f"{base}/retire/").status_code == 405


@pytest.mark.parametrize("name", ["duty", "unit_gongan", "auditor"])
def test_readers_may_not_write(client_for: Any, runcheng: Contact, name: str) -> None:
    client = client_for(name)
    assert client.get("/directory/new/").status_code == 403
    for act in ("edit", "retire", "restore", "verify"):
        assert client.post(f"/directory/{runcheng.pk}/{act}/", {"version": 1, "reason": "x"}).status_code == 403
    assert "新增联络方式" not in page(client, "/directory/")


def test_conflicts_page_lists_both_numbers(client_for: Any) -> None:
    text = page(client_for("contacts"), "/directory/conflicts/")
    assert "4220426" in text
    assert "4222123" in text
    assert "已打通，核实" in text
    assert "已打通，核实" not in page(client_for("duty"), "/directory/conflicts/")
