"""The life of two findings: one is mended and verified by another, one becomes the draft of a warning."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from tests.browser import steps
from tests.browser.person import Person

pytestmark = pytest.mark.browser

As = Callable[[str], Person]


def _in_days(days: int) -> str:
    return (datetime.now(steps.SHANGHAI) + timedelta(days=days)).strftime("%Y-%m-%d %H:%M")


def _act(person: Person, number: str, act: str, button: str, /, **values: str) -> None:
    """Do one act on a finding by its form."""
    person.open(f"/prevention/findings/{number}/")
    person.send(person.form(f"/{number}/{act}/"), button, **values)


def _report(person: Person, title: str, **values: str) -> str:
    """Report a finding by the form; return its number."""
    person.open("/prevention/")
    person.page.get_by_role("link", name="报告隐患").click()
    words = {"place": "县政务云平台机房", "description": "每月试机时发现。", "severity": "停电即中断", **values}
    person.send(person.page.locator("#finding-new"), "报告", title=title, **words)
    person.sees("已报告", title, "待受理")
    return steps.last_part(person)


def test_a_finding_is_mended_and_verified_by_another(browser_as: As) -> None:
    unit, office, duty, stranger = (browser_as(name) for name in ("unit_shuju", "office", "duty", "unit_gongan"))
    unit.open("/prevention/findings/new/?plan=cyber-2025")
    unit.sees("已经发生的事件不在这里报")
    unit.send(unit.page.locator("#finding-new"), "报告", title="二路电源不能切换（浏览器）")
    unit.sees("系统或地点：该字段是必填项")
    number = _report(unit, "二路电源不能切换（浏览器）")
    stranger.open(f"/prevention/findings/{number}/", status=404)
    office.open("/inbox/")
    office.sees("新报隐患：二路电源不能切换")
    _act(office, number, "accept", "受理，通知整改", due_at=_in_days(3))
    office.sees("已受理，已通知整改单位", "待整改")
    unit.open("/prevention/")
    unit.sees("等我办理", "二路电源不能切换（浏览器）")
    _act(unit, number, "mended", "报整改完成", text="已换整机，试机三次正常。")
    unit.sees("已报整改完成", "待复核")
    assert unit.page.locator(f"form[action$='/{number}/verify/']").count() == 0
    _act(duty, number, "verify", "复核通过，销号", text="现场核验")
    duty.sees("复核通过，已销号", "已销号")
    unit.open(f"/prevention/findings/{number}/")
    unit.sees("复核通过，销号。现场核验")


def test_a_finding_becomes_the_draft_of_a_warning(browser_as: As) -> None:
    unit, office = browser_as("unit_shuju"), browser_as("office")
    number = _report(unit, "出口设备存在高危漏洞（浏览器）")
    office.open(f"/prevention/findings/{number}/")
    form = office.form(f"/{number}/warning/")
    office.send(form, "起草预警", level="3", publicity="internal")
    office.sees("已起草预警", number)
    warning = office.page.url.rstrip("/").rsplit("/", 2)[-2]
    assert warning.startswith("YJ-")
    office.open(f"/prevention/findings/{number}/")
    office.sees("由本隐患起草的预警", warning, "整改继续")
    unit.open(f"/prevention/findings/{number}/")
    unit.sees_not(warning)


def test_a_unit_answers_a_round_and_an_event_goes_to_the_intake(browser_as: As) -> None:
    office, unit = browser_as("comms_office"), browser_as("unit_yidong")
    office.open("/prevention/checks/new/?plan=comms-2022")
    today = f"{datetime.now(steps.SHANGHAI):%Y-%m-%d}"
    office.send(
        office.page.locator("#check-new"), "部署，通知各单位", title="汛前基站排查（浏览器）", content="逐站检查供电。",
        starts_on=today, ends_on=today, due_at=_in_days(2), units=["yidong", "dianxin"],
    )  # fmt: skip
    office.sees("已部署", "已报 0/2")
    check = steps.last_part(office)
    unit.open("/prevention/")
    unit.page.get_by_role("link", name="汛前基站排查（浏览器）").first.click()
    with unit.page.expect_navigation():
        unit.page.get_by_role("button", name="已排查，未发现隐患").click()
    unit.sees("已报送：未发现隐患")
    office.open(f"/prevention/checks/{check}/")
    office.sees("已报 1/2", "未发现")
    with office.page.expect_navigation():
        office.page.get_by_role("button", name="催报未报单位").click()
    office.sees("已催办，通知了 1 人")
    number = _report(unit, "基站蓄电池老化（浏览器）")
    unit.page.get_by_role("button", name="已成事件：接报登记").click()
    unit.sees("已按隐患填好，请核对后登记", f"由隐患{number}转来")
