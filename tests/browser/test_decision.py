"""The commander decides at night on a phone: one small page, a bad line said out loud, an outcome nobody can miss."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser import steps
from tests.browser.person import PHONE, Person
from tests.browser.stack import Stack

pytestmark = pytest.mark.browser

As = Callable[[str], Person]
PLAN = "cyber-2025"
TITLE = "县医疗保障局结算平台中断"
APART, TALL = 24, 44  # pixels between the two buttons; a button's height


def proposed(browser_as: As, title: str) -> str:
    """File a case and propose level Ⅰ; return the response's number."""
    case = steps.file_case(
        browser_as("duty"), PLAN, title, channel="phone", caller_name="杨帆", reporting_unit="shuju",
        occurred_at=steps.ago(6), incident_unit="shuju", impact_scope="全县医保结算",
    )  # fmt: skip
    return steps.propose(browser_as("office"), case, "1", 1, "结算全部中断，原因不明，可能扩大。")


def on_a_phone(chromium: Browser, stack: Stack) -> Person:
    """Return the commander's phone."""
    return Person(chromium, stack.url, "commander", viewport=PHONE).log_in()


def box(locator: Locator) -> dict[str, float]:
    """Return where something stands."""
    found = locator.bounding_box()
    assert found is not None
    return {**found}


def test_a_decision_on_a_phone_and_on_a_bad_line(browser_as: As, chromium: Browser, stack: Stack) -> None:
    number = proposed(browser_as, TITLE)
    phone = on_a_phone(chromium, stack)
    page = phone.open("/")
    page.locator(f"a[href='/response/{number}/brief/']").first.click()
    page.wait_for_url(f"**/response/{number}/brief/")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    approve, give_back = page.get_by_role("button", name="批准并启动"), page.locator("summary", has_text="退回")
    assert box(approve)["height"] >= TALL
    first, second = sorted((box(approve), box(give_back)), key=lambda one: one["y"])
    assert second["y"] - first["y"] - first["height"] >= APART

    phone.context.set_offline(True)
    approve.click()
    expect(page.locator("[data-undelivered]")).to_be_visible()
    phone.sees("未送达", "什么都没有生效")
    phone.context.set_offline(False)
    phone.faults.clear()  # the browser complains of the line we cut
    approve.click()
    expect(page.locator(".outcome__word")).to_have_text("已生效")
    phone.sees("已送达", "Ⅰ级响应")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert not phone.faults, phone.faults
    phone.context.close()


def test_returned_with_another_level_the_office_finds_it_prefilled(
    browser_as: As, chromium: Browser, stack: Stack
) -> None:
    number = proposed(browser_as, f"{TITLE}（二）")
    phone = on_a_phone(chromium, stack)
    page = phone.open(f"/response/{number}/brief/")
    page.locator("summary", has_text="退回").click()
    form = page.locator("form[action$='/return/']")
    form.get_by_label("建议改提").select_option(label="退回并改提Ⅱ级响应")
    form.get_by_label("退回理由").fill("县数据中心可以应对，先按Ⅱ级。")
    form.get_by_role("button", name="退回").click()
    expect(page.locator(".outcome__word")).to_have_text("已退回，没有启动")
    assert not phone.faults, phone.faults
    phone.context.close()

    office = browser_as("office")
    page = office.open(f"/response/{number}/")
    page.get_by_role("link", name="改提Ⅱ级响应").click()
    expect(page.locator("[name=basis]")).to_have_value("结算全部中断，原因不明，可能扩大。")
    page.locator("[name=choice][value='2-1']").check()
    page.locator("[name=local_reason]").fill("县医疗保障局自己不能恢复。")
    with page.expect_navigation():
        page.get_by_role("button", name="先看批准后会怎样").click()
    office.sees("批准后会发生什么", "由谁决定")
    expect(page.locator("[name=local_reason]")).to_have_value("县医疗保障局自己不能恢复。")
    with page.expect_navigation():
        page.get_by_role("button", name="提出建议").click()
    office.sees("批准启动Ⅱ级响应？", "县医疗保障局自己不能恢复")
