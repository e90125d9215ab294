"""One warning of each plan from proposal to lifting: approved on a phone, updated, confirmed, acted on, lifted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import steps
from tests.browser.person import PHONE, Person
from tests.browser.pictures import keep_screen
from tests.browser.stack import Stack

pytestmark = pytest.mark.browser

As = Callable[[str], Person]


def _in_hours(hours: int) -> str:
    return (datetime.now(steps.SHANGHAI) + timedelta(hours=hours)).strftime("%Y-%m-%d %H:%M")


@pytest.fixture
def phone_as(chromium: Browser, stack: Stack) -> Iterator[As]:
    """Return somebody with a phone in the hand."""
    people: list[Person] = []

    def make(name: str) -> Person:
        people.append(Person(chromium, stack.url, name, viewport=PHONE, has_touch=True).log_in())
        return people[-1]

    yield make
    for person in people:
        assert not person.faults
        person.context.close()


def _approve_on_a_phone(person: Person, number: str, words: str) -> None:
    """Read what will go out, and approve: the two buttons are far apart, and nothing is wider than the screen."""
    page = person.open(f"/warnings/{number}/")
    person.sees(words, "批准后", "各渠道发出的原文", "通知到谁、走什么渠道")
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    assert not wide, "the page is wider than a phone"
    approve = page.locator("form[action$='/approve/'] button[type=submit]").bounding_box()
    back = page.locator(".decision__return > summary").bounding_box()
    assert approve is not None
    assert back is not None
    assert back["y"] - (approve["y"] + approve["height"]) >= 48, "批准 and 退回 are too near each other"
    assert approve["height"] >= 44
    keep_screen(page, "warning-approve-phone")
    steps.warn(person, number, "approve", remark="同意发布。")
    person.sees("已批准，等待发布", "现在还没有通知任何单位", "未生效：已批准，还没有发布")


def _act(person: Person, number: str, words: str) -> None:
    """A unit reports its first open action done."""
    page = person.open(f"/warnings/{number}/")
    form = page.locator(f"form[action*='/warnings/{number}/tasks/']").first
    person.send(form, "报告完成", text=words)
    person.sees("已报告落实情况", words)


@pytest.mark.parametrize(
    ("plan", "office", "approver", "unit", "level", "higher"),
    [
        ("cyber-2025", "office", "commander", "shuju", "3", "2"),
        ("comms-2022", "comms_office", "comms_commander", "yidong", "3", "2"),
    ],
)
def test_the_life_of_a_warning(
    plan: str, office: str, approver: str, unit: str, level: str, higher: str, browser_as: As, phone_as: As
) -> None:
    writer, member, chief = browser_as(office), browser_as(f"unit_{unit}"), phone_as(approver)
    title = f"设备漏洞预警（{plan}）"
    number = steps.draft_warning(
        writer, plan, level, title, [unit, "runcheng"], text="请立即排查。", scope="县直各单位", basis="样本一致。",
        valid_until=_in_hours(30),
    )  # fmt: skip
    _approve_on_a_phone(chief, number, "请立即排查。")
    steps.warn(writer, number, "publish", "发布预警")
    writer.sees("生效中", "催 2 个没有确认的单位")
    page = member.open(f"/warnings/{number}/")
    expect(page.locator(".hero__fact--next")).to_contain_text("确认收到")
    steps.warn(member, number, "confirm", "确认收到", leader="分管负责人")
    _act(member, number, "已完成排查。")

    page = writer.open(f"/warnings/{number}/adjust/")
    writer.sees(f"这是对 {number} 的更新")
    writer.send(
        page.locator("#warning-content"), "保存并提出建议", level=higher, text="漏洞已被大规模利用，立即断网排查。"
    )
    fresh = steps.last_part(writer)
    assert fresh != number
    writer.sees("升级：")
    _approve_on_a_phone(chief, fresh, f"与所更新的{number}相比")
    steps.warn(writer, fresh, "publish", "发布预警")
    member.open(f"/warnings/{number}/")
    member.sees("已失效：由新版本替代", "升级：")
    member.open("/inbox/")
    member.sees("预警更新（升级：")
    steps.warn(member, fresh, "confirm", "确认收到")
    keep_screen(writer.open(f"/warnings/{fresh}/"), f"warning-in-force-{plan}")

    steps.warn(writer, fresh, "propose-lift", "提出解除建议", tick_1=True, finding_1="复测正常。")
    writer.sees("请勾选并写明依据")
    both = {"tick_1": True, "finding_1": "复测正常。", "tick_2": True, "finding_2": "业务恢复。"}
    writer.send(writer.form(f"/{fresh}/propose-lift/"), "提出解除建议", **both)
    writer.sees("待批准解除")
    steps.warn(chief, fresh, "lift", "批准并宣布解除")
    chief.sees("预警已解除", "已失效：已经解除")
    member.open(f"/warnings/{fresh}/")
    member.sees("预警已解除")
