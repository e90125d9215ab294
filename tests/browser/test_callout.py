"""A red warning is called out: one unit confirms by the link in its mail on a phone, the office calls the rest."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import steps
from tests.browser.person import PHONE, Person
from tests.browser.stack import Stack

pytestmark = pytest.mark.browser

As = Callable[[str], Person]
TITLE = "全县政务外网勒索病毒蔓延（叫应）"


def publish(browser_as: As) -> str:
    """Draft, approve and publish a red warning to three units; return its number."""
    office = browser_as("office")
    number = steps.draft_warning(
        office, "cyber-2025", "1", TITLE, ["gongan", "shuju", "caizheng"], text="勒索病毒正沿政务外网蔓延。",
        scope="县直各单位", basis="已有三个单位中招。", advice="立即断开受感染主机。",
    )  # fmt: skip
    steps.warn(browser_as("deputy"), number, "approve")
    steps.warn(office, number, "publish", "发布预警")
    return number


def link_in_mail(stack: Stack, address: str) -> str:
    """Wait for the mail of the warning and return the link in it."""
    end = time.monotonic() + 40
    while not (mails := stack.mail.to(address, TITLE)):
        assert time.monotonic() < end, "没有收到预警邮件"
        time.sleep(0.3)
    found = re.search(r"https?://\S+/c/[A-Za-z0-9_-]+/", mails[0].body)
    assert found is not None, mails[0].body
    return found[0]


def on_a_phone(chromium: Browser, address: str) -> Page:
    """Open an address on a phone without scripts and without login; it must fit the screen."""
    context = chromium.new_context(viewport=PHONE, java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    answer = page.goto(address)
    assert answer is not None
    assert answer.status == 200
    assert answer.headers["referrer-policy"] == "no-referrer"
    body = page.locator("body").bounding_box()
    assert body is not None
    assert body["width"] <= PHONE["width"]
    return page


def confirm_by_link(chromium: Browser, address: str) -> None:
    """Confirm with a name; a missing name is asked for, a second visit says who it was."""
    page = on_a_phone(chromium, address)
    button = page.get_by_role("button", name="确认收到")
    size = button.bounding_box()
    assert size is not None
    assert size["height"] >= 48
    button.click()
    expect(page.locator(".form-errors")).to_be_visible()
    page.get_by_label("您的姓名").fill("李警官")
    page.get_by_role("button", name="确认收到").click()
    expect(page.locator("body")).to_contain_text("已经确认")
    expect(page.locator("body")).to_contain_text("李警官")
    page.context.close()
    again = on_a_phone(chromium, address)
    expect(again.locator("body")).to_contain_text("李警官")
    expect(again.get_by_role("button")).to_have_count(0)
    again.context.close()


def call(duty: Person, number: str, unit: str, button: str, /, **typed: str | bool) -> None:
    """Work one entry of the call sheet."""
    page = duty.open(f"/calls/?case={number}")
    if unit not in page.locator(".next-call").inner_text():
        page.get_by_role("link", name=unit).first.click()
    duty.send(page.locator("form.call-result"), button, **typed)


def test_a_link_on_a_phone_and_the_call_sheet(browser_as: As, chromium: Browser, stack: Stack) -> None:
    number, duty = publish(browser_as), browser_as("duty")
    progress = browser_as("office")
    progress.open(f"/warnings/{number}/")
    progress.sees("还没有确认的 3 个")
    confirm_by_link(chromium, link_in_mail(stack, "unit_gongan@demo.invalid"))
    expect(progress.page.locator("#callouts")).to_contain_text("还没有确认的 2 个", timeout=20_000)  # by itself
    duty.open(f"/calls/?case={number}")
    duty.sees_not("韩卫民")  # whoever has confirmed is not called
    call(duty, number, "杨帆", "已通知到人", person="杨帆", read_back=True, leader="王主任")
    duty.sees("已记下")
    call(duty, number, "县财政局", "无人接听")
    page = duty.open(f"/calls/?case={number}")
    form = duty.form("/give-up/")
    duty.send(form, "不再叫应", reason="已派人上门通知")
    duty.sees("不再叫应")
    duty.open(f"/calls/?case={number}")
    duty.sees("现在没有要打的电话")
    assert page.locator("form.call-result").count() == 0
    duty.open(f"/warnings/{number}/")
    duty.sees("李警官", "一次性链接确认", "王主任", "电话确认（代录）", "已派人上门通知")
    browser_as("unit_shuju").open("/inbox/")
    expect(browser_as("unit_shuju").page.get_by_text(TITLE).first).to_be_visible()
