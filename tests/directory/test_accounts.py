"""Accounts: made by the security administrator, with a password shown once; 三员分立 kept."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from rest_framework.authtoken.models import Token

from directory.models import User
from directory.services import (
    AccountInput,
    account_create,
    account_disable,
    account_enable,
    account_reset,
    account_roles_set,
)
from tests.directory.making import appoint
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, WrongState
from yangcheng_ec.record.models import RecordEntry

pytestmark = pytest.mark.django_db


def new(**values: Any) -> AccountInput:
    return AccountInput(**{"username": "wangfang", "display_name": "王芳", **values})


@pytest.fixture
def wangfang(people: Any) -> User:
    return account_create(user=people["security"], entry=new())[0]


def test_created_with_a_password_that_opens_and_is_kept_nowhere(people: Any) -> None:
    user, password = account_create(user=people["security"], entry=new(roles=["directory_admin"], mobile="13812345678"))
    assert Client().login(username="wangfang", password=password)
    assert set(user.groups.values_list("name", flat=True)) == {"directory_admin"}
    line = RecordEntry.objects.get(kind="account.created")
    assert "wangfang（王芳）：通讯录管理员" in line.text
    assert password not in line.text + str(line.data)
    assert not user.is_superuser


@pytest.mark.parametrize("name", ["contacts", "sysadmin", "auditor", "duty", "commander", "unit_gongan"])
def test_nobody_else_manages_accounts(people: Any, client_for: Any, name: str) -> None:
    with pytest.raises(Forbidden):
        account_create(user=people[name], entry=new())
    with pytest.raises(Forbidden):
        account_reset(user=people[name], account_id=people["duty2"].pk)
    assert client_for(name).get("/accounts/").status_code == 403


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"username": "duty"}, "username"),
        ({"username": "王芳"}, "username"),
        ({"username": "ab"}, "username"),
        ({"display_name": "  "}, "display_name"),
        ({"mobile": "4233414"}, "mobile"),
        ({"unit_id": 987654}, "unit"),
        ({"roles": ["commander"]}, "roles"),
        ({"roles": ["system_admin", "security_admin"]}, "roles"),
        ({"roles": ["auditor", "system_admin"]}, "roles"),
        ({"roles": ["auditor", "directory_admin"]}, "roles"),
    ],
)
def test_bad_input_names_the_field(people: Any, values: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        account_create(user=people["security"], entry=new(**values))
    assert list(refused.value.fields) == [field]


def test_disabled_is_out_at_once(people: Any, client_for: Any, wangfang: User) -> None:
    browser = client_for("wangfang")
    Token.objects.create(user=wangfang)
    assert browser.get("/inbox/").status_code == 200
    with pytest.raises(BadInput):
        account_disable(user=people["security"], account_id=wangfang.pk, reason=" ")
    account_disable(user=people["security"], account_id=wangfang.pk, reason="离职")
    assert browser.get("/inbox/").status_code == 302
    assert not Token.objects.filter(user=wangfang).exists()
    with pytest.raises(WrongState):
        account_disable(user=people["security"], account_id=wangfang.pk, reason="再停")
    assert account_enable(user=people["security"], account_id=wangfang.pk).is_active
    with pytest.raises(WrongState):
        account_enable(user=people["security"], account_id=wangfang.pk)


def test_reset_ends_sessions_and_tokens(people: Any, client_for: Any, wangfang: User) -> None:
    browser = client_for("wangfang")
    Token.objects.create(user=wangfang)
    _, password = account_reset(user=people["security"], account_id=wangfang.pk)
    assert browser.get("/inbox/").status_code == 302
    assert not Token.objects.filter(user=wangfang).exists()
    assert Client().login(username="wangfang", password=password)


def test_not_ones_own(people: Any) -> None:
    own = people["security"]
    for act, values in (
        (account_disable, {"reason": "x"}),
        (account_enable, {}),
        (account_reset, {}),
        (account_roles_set, {"roles": []}),
    ):
        with pytest.raises(Forbidden, match="另一名安全管理员"):
            act(user=own, account_id=own.pk, **values)  # type: ignore[operator]
    with pytest.raises(NotVisible):
        account_reset(user=own, account_id=987654)


def test_roles_are_set_and_posts_roles_stay(people: Any, wangfang: User) -> None:
    account_roles_set(user=people["security"], account_id=wangfang.pk, roles=["auditor"])
    account_roles_set(user=people["security"], account_id=people["duty"].pk, roles=["directory_admin"])
    assert set(people["duty"].groups.values_list("name", flat=True)) == {"duty_officer", "directory_admin"}
    account_roles_set(user=people["security"], account_id=wangfang.pk, roles=[])
    assert not wangfang.groups.exists()


@pytest.mark.parametrize("state", ["entered", "confirmed"])
def test_holder_of_a_post_becomes_none_of_the_three(people: Any, wangfang: User, state: str) -> None:
    appoint(wangfang, "cyber-2025:deputy:3", state=state)
    for role in ("system_admin", "security_admin", "auditor"):
        with pytest.raises(BadInput) as refused:
            account_roles_set(user=people["security"], account_id=wangfang.pk, roles=[role])
        assert "三员分立" in refused.value.fields["roles"][0]


def test_pages(client_for: Any, people: Any, django_assert_max_num_queries: Any) -> None:
    client = client_for("security")
    with django_assert_max_num_queries(12):
        text = client.get("/accounts/").content.decode()
    assert "赵立新" in text
    assert "没有符合的账号" in client.get("/accounts/", {"q": "无此人"}).content.decode()
    assert client.get("/accounts/new/").status_code == 200
    bad = client.post("/accounts/new/", {"username": "duty", "display_name": "王芳"})
    assert bad.status_code == 400
    assert "这个登录名已被使用" in bad.content.decode()
    made = client.post("/accounts/new/", {"username": "wangfang", "display_name": "王芳"})
    assert "王芳 的临时密码" in made.content.decode()
    assert "no-store" in made["Cache-Control"]
    assert client.get("/accounts/new/").content.decode().count("临时密码") == 1  # the lead only


def test_one_account_by_page(client_for: Any, people: Any, wangfang: User) -> None:
    client, base = client_for("security"), f"/accounts/{wangfang.pk}"
    assert "账号记录" in client.get(f"{base}/").content.decode()
    assert client.post(f"{base}/roles/", {"roles": ["auditor"]}).status_code == 302
    both = client.post(f"{base}/roles/", {"roles": ["auditor", "system_admin"]})
    assert both.status_code == 400
    assert "三员分立" in both.content.decode()
    assert client.post(f"{base}/disable/", {"reason": ""}).status_code == 400
    assert client.post(f"{base}/disable/", {"reason": "离职"}).status_code == 302
    assert client.post(f"{base}/enable/").status_code == 302
    assert "临时密码" in client.post(f"{base}/reset/").content.decode()
    own = client.get(f"/accounts/{people['security'].pk}/").content.decode()
    assert "另一名安全管理员办理" in own
    assert client.get("/accounts/987654/").status_code == 404


def test_own_password_is_changed_by_page(people: Any) -> None:
    user, password = account_create(user=people["security"], entry=new())
    Token.objects.create(user=user)
    here, there = Client(), Client()
    for client in (here, there):
        assert client.login(username="wangfang", password=password)
    typed = {"old_password": password, "new_password1": "yangcheng-Kou-77", "new_password2": "yangcheng-Kou-77"}
    assert here.get("/password/").status_code == 200
    assert here.post("/password/", typed | {"old_password": "wrong"}).status_code == 400
    assert here.post("/password/", typed | {"new_password1": "12345", "new_password2": "12345"}).status_code == 400
    assert here.post("/password/", typed).status_code == 302
    assert here.get("/inbox/").status_code == 200
    assert there.get("/inbox/").status_code == 302
    assert not Token.objects.filter(user=user).exists()
    assert "yangcheng-Kou-77" not in RecordEntry.objects.get(kind="account.password").text
    assert Client().get("/password/").status_code == 302


def test_system_pages_open_for_the_system_administrator_alone(client_for: Any) -> None:
    assert client_for("sysadmin").get("/admin/").status_code == 200
    for name in ("duty", "security", "auditor", "commander", "contacts"):
        assert client_for(name).get("/admin/").status_code in (302, 404)
        assert client_for(name).get("/admin/", follow=True).status_code == 404
    assert Client().get("/admin/")["Location"].startswith("/admin/login/")
    assert Client().get("/admin/login/")["Location"].startswith("/login/")


def test_system_pages_change_nothing_and_show_no_case(client_for: Any) -> None:
    client = client_for("sysadmin")
    index = client.get("/admin/").content.decode()
    assert "incidents" not in index
    assert "notice" not in index
    for address in (
        "directory/unit",
        "directory/user",
        "directory/ladderrung",
        "deadlines/heartbeat",
        "directory/post",
    ):
        assert client.get(f"/admin/{address}/").status_code == 200
        assert client.get(f"/admin/{address}/add/").status_code == 403
    user = User.objects.get(username="duty")
    assert client.get(f"/admin/directory/user/{user.pk}/change/").status_code == 404
    assert client.post(f"/admin/directory/user/{user.pk}/change/", {"username": "x"}).status_code == 404
    assert client.get("/admin/auth/group/").status_code == 404
