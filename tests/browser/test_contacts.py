"""The directory in the browser: an administrator rules on unequal numbers; a unit never reads another's mobile."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.person import Person

pytestmark = pytest.mark.browser

As = Callable[[str], Person]
MOBILE = "13935601234"


def test_an_administrator_rules_on_a_conflict_and_everybody_dials_that_number(browser_as: As) -> None:
    keeper, duty = browser_as("contacts"), browser_as("duty")
    duty.open("/directory/?q=bsz")
    duty.sees("白桑镇")
    row = duty.open("/directory/?q=fcz").locator("tr", has_text="凤城镇").last
    expect(row).to_contain_text("待核实")

    keeper.open("/directory/conflicts/")
    keeper.sees("县应急管理局", "4222123", "缺号", "县气象局", "开发区管委会", "县融媒体中心")
    form = keeper.form("/directory/conflicts/fengcheng/")
    keeper.send(form, "裁定", reason="只填理由")
    keeper.sees("请选择先拨哪一个号码")
    form = keeper.form("/directory/conflicts/fengcheng/")
    expect(form.locator("[name=reason]")).to_have_value("只填理由")
    form.get_by_label("4223738").check()
    keeper.send(form, "裁定", reason="镇政府办公室来电确认，旧号已拆")
    keeper.sees("已裁定：凤城镇人民政府")

    row = duty.open("/directory/?q=fcz").locator("tr", has_text="凤城镇").last
    expect(row).to_contain_text("先拨")
    expect(row).to_contain_text("镇政府办公室来电确认，旧号已拆")
    expect(row).not_to_contain_text("待核实")


def test_the_keeper_calls_number_by_number_and_takes_a_slip_back(browser_as: As) -> None:
    keeper = browser_as("contacts")
    page = keeper.open("/directory/verify/")
    name = page.locator("#next-number").inner_text()
    with page.expect_navigation():
        page.get_by_role("button", name="通", exact=True).click()
    keeper.sees("已记为核实")
    with page.expect_navigation():
        page.get_by_role("link", name="跳过").click()
    with page.expect_navigation():
        page.get_by_role("link", name="改", exact=True).click()
    form = page.locator("main form[method=post]").last
    keeper.send(form, "保存", value="42abc")
    keeper.sees("不要写字母或文字")
    keeper.send(page.locator("main form[method=post]").last, "保存", value="4299001")
    expect(page.locator(".tel").first).to_have_text("4299001")
    assert page.locator("#next-number").inner_text() != name

    page.goto("/directory/?q=4299001")
    with page.expect_navigation():
        page.get_by_role("link", name="维护").first.click()
    with page.expect_navigation():
        page.get_by_role("button", name="撤销上一次修改").click()
    keeper.sees("已撤销上一次修改", "4299001 →")


def test_a_unit_cannot_see_a_masked_mobile_command_staff_can_and_it_is_recorded(browser_as: As) -> None:
    keeper, unit, commander = browser_as("contacts"), browser_as("unit_shuju"), browser_as("commander")
    form = keeper.open("/directory/new/").locator("main form[method=post]").last
    keeper.send(form, "保存", unit="县公安局", kind="mobile", value=MOBILE, person="值班民警")
    keeper.sees("已新增")
    address = keeper.page.url

    page = unit.open("/directory/?q=值班民警")
    unit.sees("139****1234")
    assert MOBILE not in page.content()
    page = unit.open(address)
    unit.sees("139****1234", "只对指挥部、办公室和本单位显示全号")
    assert MOBILE not in page.content()
    assert page.get_by_role("button", name="显示号码").count() == 0
    answer = unit.post(f"{address}reveal/")
    assert answer.status == 403
    assert MOBILE not in answer.text()

    page = commander.open(address)
    assert MOBILE not in page.content()
    with page.expect_navigation():
        page.get_by_role("button", name="显示号码").click()
    commander.sees(MOBILE)
    keeper.open(address)
    keeper.sees("查看「县公安局」手机 139****1234 的全号")
