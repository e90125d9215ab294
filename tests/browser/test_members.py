"""The commander adds a unit to the command while a case runs; the unit finds the case in its own browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser import steps
from tests.browser.person import Person

pytestmark = pytest.mark.browser

As = Callable[[str], Person]


def test_the_commander_adds_a_unit(browser_as: As) -> None:
    duty, commander, unit = browser_as("duty"), browser_as("commander"), browser_as("unit_yidong")
    number = steps.file_case(duty, "cyber-2025", "水利网站被篡改（增加成员）", channel="phone", caller_name="原建国")
    unit.open(f"/incidents/{number}/", status=404)
    page = commander.open(f"/incidents/{number}/")
    page.locator("#members").get_by_role("link", name="增加、调整").click()
    commander.sees("指挥长可随时增加县直有关单位为指挥部成员单位", "只规定可以增加县直有关单位")
    commander.send(page.locator("#add form"), "增加为成员单位", unit="shuiwu")
    expect(page.locator(".form-errors")).to_be_visible()
    commander.send(page.locator("#add form"), "增加为成员单位", unit="shuiwu", reason="涉及全县水利网站")
    commander.sees("已调整并通知该单位", "县水务局", "本案增加")
    duty.open(f"/incidents/{number}/")
    expect(duty.page.locator("#members")).to_contain_text("县水务局")
    duty.sees("增加县水务局为")
    commander.open(f"/incidents/{number}/members/")
    commander.send(page.locator("#group_add form"), "加入工作组", group="5", unit="yidong", reason="发送提醒短信")
    unit.open(f"/incidents/{number}/")
    unit.sees("水利网站被篡改")
    unit.open("/inbox/")
    unit.sees("贵单位已列入本案的")
