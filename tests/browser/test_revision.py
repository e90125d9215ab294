"""A plan is revised in the browser: copied, edited, compared, put forward by one and confirmed by another.

The comms plan changes over for good, so no other story of that plan may come after this one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

from tests.browser import steps
from tests.browser.person import Person

pytestmark = pytest.mark.browser

As = Callable[[str], Person]
PLAN = "comms-2022"
PAGE = f"/plans/{PLAN}/revisions/"
NUMBER, WAS = "阳政办发〔2026〕40号", "阳政办发〔2022〕52号"
WORDS = "并每月报送一次线路巡检情况"


def day(ahead: int = 0) -> str:
    """Return a day from today as a form wants it."""
    return (datetime.now(steps.SHANGHAI) + timedelta(days=ahead)).strftime("%Y-%m-%d")


@pytest.fixture(scope="module")
def story() -> SimpleNamespace:
    """What one step leaves for the next."""
    return SimpleNamespace()


def test_the_office_copies_the_plan_edits_a_duty_and_compares(browser_as: As, story: SimpleNamespace) -> None:
    duty, office = browser_as("comms_duty"), browser_as("comms_office")
    story.case = steps.file_case(duty, PLAN, "寺头乡基站断电（修订前）", channel="phone", caller_name="许静")
    page = office.open(PAGE)
    office.sees("应于", WAS)
    office.send(page.locator("#start form"), "建立草案", number=NUMBER)
    office.sees("草案已建立")
    story.draft = page.url.partition("#")[0]
    page.locator("#edit-member tr", has_text="电信").first.get_by_role("link", name=re.compile("修改")).click()
    form = page.locator("main form.form")
    said = form.locator("[name=duty]").input_value()
    office.send(form, "保存", duty=f"{said}{WORDS}。")
    office.sees("已保存", WORDS)
    page.get_by_role("link", name="与底稿对照").click()
    expect(page.locator(".compare ins")).to_contain_text([WORDS])
    expect(page.locator(".compare del")).not_to_contain_text([WORDS])
    duty.open(f"/plans/{PLAN}/")
    duty.sees_not(WORDS)


def test_another_person_confirms_and_it_is_scheduled(browser_as: As, story: SimpleNamespace) -> None:
    office, commander = browser_as("comms_office"), browser_as("comms_commander")
    _submit(office, story.draft, 1)
    office.sees("待确认施行")
    assert office.page.get_by_role("button", name="确认施行").count() == 0
    _confirm(commander, story.draft)
    commander.sees("等待施行", "已确认")
    commander.open(f"/plans/{PLAN}/")
    commander.sees(WAS)
    commander.open(story.draft)
    commander.send(commander.form("/return/"), "退回", reason="提前到今天施行")
    commander.sees("修订草案")


def test_from_its_day_new_cases_run_under_it_and_the_running_one_keeps_its_own(
    browser_as: As, story: SimpleNamespace
) -> None:
    office, commander, duty = browser_as("comms_office"), browser_as("comms_commander"), browser_as("comms_duty")
    _submit(office, story.draft, 0)
    _confirm(commander, story.draft)
    commander.sees("现行")
    duty.open(f"/plans/{PLAN}/")
    duty.sees(NUMBER, WORDS)
    duty.open(f"/incidents/{story.case}/")
    duty.sees("办理，现行为", "通信预案 4.1")
    duty.open(f"/plans/{PLAN}/revisions/")
    new = steps.file_case(duty, PLAN, "寺头乡光缆中断（修订后）", channel="phone", caller_name="许静")
    duty.open(f"/incidents/{new}/")
    duty.sees_not("办理，现行为")


def _submit(office: Person, draft: str, ahead: int) -> None:
    office.open(draft)
    office.send(office.form("/submit/"), "送请确认", issued_on=day(), effective_on=day(ahead))


def _confirm(commander: Person, draft: str) -> None:
    commander.open(draft)
    commander.send(commander.form("/confirm/"), "确认施行")
