"""The duty roster in the browser: the director fills a month, two officers swap a turn, both sign the hand-off."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.person import Person
from tests.browser.steps import SHANGHAI

pytestmark = pytest.mark.browser

As = Callable[[str], Person]
ROSTER = "/roster/cyber-2025/"
BOUNDS = (time(8), time(20))  # the hours a roster is opened with


def turns_now() -> list[tuple[date, str]]:
    """Return the turn that runs and the next one: the day each begins, and its shift."""
    now = datetime.now(SHANGHAI)
    today, yesterday, tomorrow = (now.date() + timedelta(days=days) for days in (0, -1, 1))
    if now.time() < BOUNDS[0]:
        return [(yesterday, "night"), (today, "day")]
    if now.time() < BOUNDS[1]:
        return [(today, "day"), (today, "night")]
    return [(today, "night"), (tomorrow, "day")]


def test_the_director_fills_the_month_and_looks_before_writing(browser_as: As) -> None:
    director = browser_as("director")
    page = director.open("/roster/")
    if page.locator(f"form[action='{ROSTER}open/']").count():
        director.send(director.form(f"{ROSTER}open/"), "建立值班表")
        director.send(page.locator("main form"), "保存", day_at="08:00", night_at="20:00")
    for (day, shift), officer in zip(turns_now(), ("王晓东", "李雪梅"), strict=True):
        director.open(f"{ROSTER}{day}/")
        director.send(director.form(f"/{day}/{shift}/"), None, leader="陈国平", officer=officer)
        director.sees("已保存", officer)
    month = (datetime.now(SHANGHAI) + timedelta(days=2)).strftime("%Y-%m")
    page = director.open(f"{ROSTER}?month={month}")
    page.get_by_text("排满、导入、打印").click()
    page.get_by_role("link", name="按轮班顺序排满这个月").click()
    form = page.locator("main form")
    director.send(form, "生成预览", leaders="陈国平\n刘建华", officers="王晓东\n李雪海")
    director.sees("李雪海")
    director.send(form, "生成预览", leaders="陈国平\n刘建华", officers="王晓东\n李雪梅")
    director.sees("还没有写入", "写入后没有空缺", "写入后的这个月")
    with page.expect_navigation():
        page.get_by_role("button", name=re.compile(r"写入 \d+ 班")).click()
    director.sees("已写入值班表")
    director.open(f"{ROSTER}?month={month}")
    director.sees("刘建华", "李雪梅")
    director.sees_not("缺值班员")


def test_an_officer_s_turn_changes_hands_only_when_the_other_agrees(browser_as: As) -> None:
    duty, second = browser_as("duty"), browser_as("duty2")
    page = duty.open(f"{ROSTER}swaps/")
    form = page.locator("form[data-draft]")
    turn = form.locator("[name=mine] option").last.inner_text()
    duty.send(form, "请对方同意", mine=turn, wish="李雪梅代班", reason="参加培训")
    duty.sees("已发给对方", "待对方同意")
    second.open(f"{ROSTER}swaps/")
    second.send(second.form("/answer/"), "不同意")
    second.sees("不同意须写明理由")
    second.send(second.form("/answer/"), "同意换班")
    second.sees("已换班", "参加培训")
    duty.open(f"{ROSTER}swaps/")
    expect(duty.page.locator("[name=mine] option", has_text=turn)).to_have_count(0)


def test_both_sign_the_hand_off_and_nobody_signs_for_the_other(browser_as: As) -> None:
    duty, second = browser_as("duty"), browser_as("duty2")
    page = duty.open(f"{ROSTER}handoff/")
    coming = page.get_by_role("link", name=re.compile("→")).filter(has_text="夜班")
    if coming.count() > 1:
        coming.last.click()
    duty.send(page.locator("form[data-draft]"), None, text="传真机缺纸，已报添置。")
    duty.sees("交接内容已写好", "在办事项")
    address = page.url
    second.open(address)
    expect(second.page.locator("form[action$='/sign/']")).to_have_count(0)
    duty.send(duty.form("/sign/"), "以上属实，交班签字")
    duty.sees("已签字，等接班人签字")
    second.open(address)
    second.send(second.form("/sign/"), "已看过，接班签字", note="已核对。")
    second.sees("双方已签字，交接完成", "传真机缺纸", "已核对。", "王晓东", "李雪梅")
