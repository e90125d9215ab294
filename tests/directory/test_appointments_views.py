"""The appointments' pages, and who may approve what right now."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from directory.models import Appointment, Post
from tests.directory.making import appoint, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def newcomer(db: None) -> Any:
    return person("newcomer", unit="shuju", display_name="新来者")


@pytest.fixture
def waiting(people: Any, newcomer: Any) -> Appointment:
    return appoint(newcomer, "cyber-2025:deputy:3", state="entered", entered_by=people["contacts"])


def test_waiting_first_and_the_table_of_both_plans(
    client_for: Any, waiting: Appointment, django_assert_max_num_queries: Any
) -> None:
    client = client_for("security")
    with django_assert_max_num_queries(20):
        text = client.get("/appointments/").content.decode()
    assert text.index("新来者") < text.index("赵立新")
    assert "网络预案：现在谁有权" in text
    assert "批准启动 Ⅰ级响应" in text
    assert "赵立新（指挥长）" in text


def test_nobody_in_the_post_is_shown(client_for: Any, people: Any) -> None:
    Appointment.objects.filter(post__kind="commander", post__version__plan__code="cyber-2025").delete()
    assert "现在无人担任" in client_for("contacts").get("/appointments/").content.decode()


def test_search(client_for: Any, waiting: Appointment) -> None:
    text = client_for("contacts").get("/appointments/", {"q": "新来者", "state": "entered"}).content.decode()
    assert text.count(f"/appointments/{waiting.pk}/") == 1
    assert "没有符合的任职" in client_for("contacts").get("/appointments/", {"q": "无此人"}).content.decode()


@pytest.mark.parametrize("name", ["unit_gongan", "sysadmin"])
def test_units_and_the_system_administrator_do_not_open_it(client_for: Any, waiting: Appointment, name: str) -> None:
    assert client_for(name).get("/appointments/").status_code == 403
    assert client_for(name).get(f"/appointments/{waiting.pk}/").status_code == 403
    assert Client().get("/appointments/").status_code == 302


def test_enter_plan_post(client_for: Any, newcomer: Any) -> None:
    client = client_for("contacts")
    assert client.get("/appointments/new/").status_code == 200
    typed = {
        "person": newcomer.pk, "post": "cyber-2025:deputy:3", "nature": "tenure", "starts_at": "2026-01-01T00:00"
    }  # fmt: skip
    response = client.post("/appointments/new/", typed, follow=True)
    assert "等安全管理员复核后生效" in response.content.decode()
    again = client.post("/appointments/new/", typed)
    assert again.status_code == 400
    assert "不能重复" in again.content.decode()


def test_enter_unit_post(client_for: Any, newcomer: Any) -> None:
    client = client_for("contacts")
    typed = {"person": newcomer.pk, "post": "leader", "nature": "tenure", "starts_at": "2026-01-01T00:00"}
    response = client.post("/appointments/new/", typed)
    assert response.status_code == 400
    assert "请选择单位" in response.content.decode()
    unit = Post.objects.get(code="unit:gongan:leader").unit
    assert unit is not None
    assert client.post("/appointments/new/", typed | {"unit": unit.pk}).status_code == 302
    assert Appointment.objects.filter(user=newcomer, post__code="unit:gongan:leader").exists()


def test_authorisation_without_document_comes_back_with_everything_typed(client_for: Any, newcomer: Any) -> None:
    typed = {
        "person": newcomer.pk, "post": "cyber-2025:commander", "nature": "authorised",
        "starts_at": "2026-01-01T00:00", "scope": ["approve_response"], "note": "外出期间",
    }  # fmt: skip
    response = client_for("contacts").post("/appointments/new/", typed)
    text = response.content.decode()
    assert response.status_code == 400
    assert "授权须写明依据文件" in text
    assert "授权须写明截止时间" in text
    assert 'value="外出期间"' in text


def test_confirm_by_page(client_for: Any, waiting: Appointment) -> None:
    client = client_for("security")
    assert "复核这项任职？" in client.get(f"/appointments/{waiting.pk}/").content.decode()
    assert client.post(f"/appointments/{waiting.pk}/confirm/").status_code == 302
    assert client.post(f"/appointments/{waiting.pk}/confirm/").status_code == 409
    assert "撤销任职" in client.get(f"/appointments/{waiting.pk}/").content.decode()
    assert client.post(f"/appointments/{waiting.pk}/revoke/", {"reason": ""}).status_code == 400
    assert client.post(f"/appointments/{waiting.pk}/revoke/", {"reason": "调离"}).status_code == 302


def test_reject_by_page(client_for: Any, waiting: Appointment) -> None:
    client = client_for("security")
    assert client.post(f"/appointments/{waiting.pk}/reject/", {"reason": ""}).status_code == 400
    assert client.post(f"/appointments/{waiting.pk}/reject/", {"reason": "职务写错"}).status_code == 302
    assert "职务写错" in client.get(f"/appointments/{waiting.pk}/").content.decode()


def test_own_entry_is_blocked_with_words(client_for: Any, people: Any, waiting: Appointment) -> None:
    Appointment.objects.filter(pk=waiting.pk).update(entered_by=people["security"])
    text = client_for("security").get(f"/appointments/{waiting.pk}/").content.decode()
    assert "录入人和本人以外的另一人" in text


def test_withdraw_by_the_one_who_entered(client_for: Any, waiting: Appointment) -> None:
    client = client_for("contacts")
    assert "撤回录入" in client.get(f"/appointments/{waiting.pk}/").content.decode()
    assert client.post(f"/appointments/{waiting.pk}/confirm/").status_code == 403
    assert client.post(f"/appointments/{waiting.pk}/revoke/", {"reason": "录错"}).status_code == 302


def test_reader_may_not_enter_nor_decide(client_for: Any, waiting: Appointment) -> None:
    client = client_for("commander")
    assert client.get("/appointments/new/").status_code == 403
    assert client.post(f"/appointments/{waiting.pk}/confirm/").status_code == 403
    assert client.get(f"/appointments/{waiting.pk}/confirm/").status_code == 405
    assert client.get("/appointments/987654/").status_code == 404
