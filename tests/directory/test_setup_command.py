"""``manage.py setup``: four different people, the first holders, no superuser, once."""

from __future__ import annotations

import re
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from directory.models import Appointment, User
from directory.rules import holders
from yangcheng_ec.record.models import CaseHead, RecordEntry
from yangcheng_ec.record.selectors import verify_chain

pytestmark = pytest.mark.django_db

FOUR = {
    "system_admin": "xitong:邢一",
    "security_admin": "anquan:崔二",
    "auditor": "shenji:武三",
    "directory_admin": "tongxun:田四:13800000004",
}
HOLDER = "cyber-2025:commander=zhao:赵五:13800000005"


@pytest.fixture
def production(settings: Any, db: None) -> None:
    """An installation that allows no demo accounts and has none."""
    settings.DEMO_ACCOUNTS_ALLOWED = False
    Appointment.objects.all().delete()
    User.objects.filter(demo=True).update(demo=False, is_active=False)
    for user in User.objects.all():
        user.groups.clear()


def run(**options: Any) -> str:
    out = StringIO()
    call_command("setup", stdout=out, no_input=True, **options)
    return out.getvalue()


@pytest.mark.usefixtures("production")
def test_makes_the_four_and_the_first_holder(cyber: Any) -> None:
    text = run(**FOUR, holder=[HOLDER, "comms-2022:duty_officer,cyber-2025:duty_officer=zhou:周六"])
    commander = holders(cyber, ["commander"])
    assert [row.user.username for row in commander] == ["zhao"]
    assert User.objects.get(username="zhao").mobile == "13800000005"
    assert Appointment.objects.filter(user__username="zhou").count() == 2
    assert not User.objects.filter(is_superuser=True).exists()
    password = re.search(r"zhao +赵五（指挥长） +(\S+)", text)
    assert password
    assert Client().login(username="zhao", password=password[1])
    assert "接下来" in text
    assert RecordEntry.objects.filter(kind="appointment.founded").count() == 3
    for head in CaseHead.objects.all():
        assert verify_chain(head) is None


@pytest.mark.usefixtures("production")
def test_second_time_is_refused() -> None:
    run(**FOUR)
    with pytest.raises(CommandError, match="已经设置过"):
        run(**FOUR)


@pytest.mark.usefixtures("production")
def test_all_four_are_needed_and_all_or_none_is_made() -> None:
    with pytest.raises(CommandError, match="还缺：审计员"):
        run(**{name: text for name, text in FOUR.items() if name != "auditor"})
    with pytest.raises(CommandError, match="anquan：这个登录名已被使用"):
        run(**FOUR | {"auditor": "anquan:武三"})
    with pytest.raises(CommandError, match="请从名单中选择职务"):
        run(**FOUR, holder=["cyber-2025:emperor=zhao:赵五"])
    with pytest.raises(CommandError, match="写法应为"):
        run(**FOUR | {"auditor": "武三"})
    assert not User.objects.filter(username="xitong").exists()


@pytest.mark.usefixtures("production")
def test_asks_when_options_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([*FOUR.values(), "zhao:赵五"])
    monkeypatch.setattr("builtins.input", lambda question: next(answers, ""))
    out = StringIO()
    call_command("setup", stdout=out)
    assert Appointment.objects.get().post.code == "cyber-2025:commander"


def test_refuses_a_database_with_demo_accounts(settings: Any, people: Any) -> None:
    settings.DEMO_ACCOUNTS_ALLOWED = False
    assert people["duty"].demo
    with pytest.raises(CommandError, match="演示账号"):
        run(**FOUR)
