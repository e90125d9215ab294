"""Every main page on the demo day, at the two sizes people use; ``SCREENSHOTS=1`` keeps the pictures in docs/images."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Crowd, running
from tests.browser.person import DESKTOP, PHONE, Person
from tests.browser.pictures import KEEP, keep_screen
from tests.browser.stack import Stack
from tests.browser.steps import fill_in

pytestmark = pytest.mark.browser

# name of the picture, who looks, address; «address > words» follows the first link with these words from there.
SCREENS = (
    ("login", "", "/login/"),
    ("desk", "duty", "/"),
    ("desk-commander", "commander", "/"),
    ("desk-unit", "unit_shuju", "/"),
    ("desk-contacts", "contacts", "/"),
    ("incidents", "duty", "/incidents/"),
    ("incident-new", "duty", "/incidents/new/?plan=cyber-2025"),
    ("incident-new-comms", "comms_duty", "/incidents/new/?plan=comms-2022"),
    ("incident", "duty", "/incidents/?search=政务云平台 > CY-"),
    ("incident-running", "duty", "/incidents/?search=教育局 > CY-"),
    ("incident-comms", "comms_duty", "/incidents/?search=寺头乡 > TX-"),
    ("incident-clocks", "duty", "/incidents/?search=政务云平台 > CY- > 时限证据表"),
    ("incident-as-of", "duty", "/incidents/?search=政务云平台 > CY- > 回看"),
    ("incident-merge", "office", "/incidents/?search=钓鱼邮件 > CY- +merge/"),
    ("incident-drafts", "duty2", "/incidents/new/?plan=cyber-2025"),
    ("statistics", "duty", "/incidents/statistics/"),
    ("clocks", "duty", "/clocks/"),
    ("daily-returns", "duty", "/daily-returns/"),
    ("incident-grade", "office", "/incidents/?search=钓鱼邮件 > CY- +grade/"),
    ("incident-call", "duty", "/incidents/?search=教育局 > CY- +phone/"),
    ("report", "duty", "/incidents/?search=政务云平台 > CY- +reports/2/"),
    ("responses", "office", "/response/"),
    ("response-new", "office", "/incidents/?search=钓鱼邮件 > CY- > 提出响应建议"),
    ("response-decide", "commander", "/response/?state=proposed&plan=cyber-2025 > XY-"),
    ("response", "commander", "/incidents/?search=政务云平台 > CY- > Ⅰ级响应|XY-"),
    ("tasks", "duty", "/response/tasks/"),
    ("tasks-unit", "unit_shuju", "/response/tasks/"),
    ("task", "unit_shuju", "/response/tasks/?state=in_progress > 报送|上报|值班|分析|控制|保留|配合"),
    ("warnings", "office", "/warnings/"),
    ("warning", "office", "/warnings/ > 勒索软件利用"),
    ("warning-unit", "unit_gongan", "/warnings/ > 勒索软件利用"),
    ("warning-new", "office", "/warnings/new/?plan=cyber-2025"),
    ("prevention", "office", "/prevention/"),
    ("finding", "unit_shuju", "/prevention/ > 互联网出口防火墙"),
    ("finding-accept", "office", "/prevention/ > 会议室无线网"),
    ("finding-new", "unit_yidong", "/prevention/findings/new/"),
    ("hazard-check", "office", "/prevention/checks/ > 重要时期"),
    ("hazard-check-unit", "unit_runcheng", "/prevention/checks/ > 重要时期"),
    ("hazard-check-new", "office", "/prevention/checks/new/"),
    ("calls", "duty", "/calls/"),
    ("inbox", "director", "/inbox/"),
    ("notice", "director", "/inbox/ > 县"),
    ("directory", "contacts", "/directory/"),
    ("contact", "contacts", "/directory/?q=县公安局 > 维护"),
    ("contact-conflicts", "contacts", "/directory/conflicts/"),
    ("contact-verify", "contacts", "/directory/verify/"),
    ("units", "contacts", "/units/"),
    ("contact-new", "contacts", "/directory/new/"),
    ("contact-import", "contacts", "/directory/import/"),
    ("people-import", "contacts", "/directory/import/ > 县直单位人员和电话"),
    ("plan-cyber", "duty", "/plans/cyber-2025/"),
    ("plan-comms", "comms_duty", "/plans/comms-2022/"),
    ("plan-revisions", "comms_office", "/plans/comms-2022/revisions/"),
    ("plan-draft", "comms_office", "/plans/comms-2022/revisions/ > 修订稿"),
    ("plan-compare", "comms_office", "/plans/comms-2022/revisions/ > 对照"),
    ("plan-authority", "office", "/plans/cyber-2025/authority/"),
    ("members", "commander", "/incidents/?search=政务云平台 > CY- +members/"),
    ("record", "auditor", "/record/"),
    ("record-case", "auditor", "/record/ > CY-"),
    ("signatures", "deputy", "/signatures/"),
    ("appointments", "security", "/appointments/"),
    ("appointment", "security", "/appointments/?state=entered > 刘建华"),
    ("appointment-new", "contacts", "/appointments/new/"),
    ("roster-now", "duty", "/roster/"),
    ("roster", "office", "/roster/cyber-2025/"),
    ("roster-fill", "office", "/roster/cyber-2025/fill/"),
    ("roster-fill-preview", "office", "/roster/cyber-2025/import/ > 按轮班顺序排班"),
    ("roster-import", "office", "/roster/cyber-2025/import/ > 下月值班表"),
    ("roster-swaps", "duty", "/roster/cyber-2025/swaps/"),
    ("holidays", "office", "/roster/holidays/"),
    ("handoff", "duty", "/roster/cyber-2025/handoff/"),
    ("duty-log", "duty", "/duty-log/cyber-2025/"),
    ("accounts", "security", "/accounts/"),
    ("standing", "office", "/standing/"),
    ("drills", "director", "/standing/drills/"),
    ("drill", "office", "/standing/drills/ > YL-"),
    ("drill-new", "office", "/standing/drills/new/"),
    ("resources", "contacts", "/standing/resources/"),
    ("resource", "contacts", "/standing/resources/ > 应急通信车"),
    ("filings", "office", "/standing/filings/?plan=cyber-2025"),
    ("trainings", "unit_yidong", "/standing/trainings/"),
)


@pytest.fixture(scope="module")
def demo(chromium: Browser, prepared: Stack) -> Iterator[Crowd]:
    """The people of a system with the demo day in it."""
    with running(prepared) as system:
        system.manage("demo_data")
        people = Crowd(chromium, system)
        people("duty2").open("/incidents/new/?plan=cyber-2025")
        fill_in(people("duty2"), title="县医院挂号系统变慢", caller_name="周敏")
        yield people
        people.go_home()


@pytest.mark.parametrize(("name", "who", "way"), SCREENS, ids=[screen[0] for screen in SCREENS])
def test_screen(demo: Crowd, name: str, who: str, way: str) -> None:
    person = demo(who) if who else Person(demo.browser, demo.stack.url, "nobody")
    _go(person, way)
    for size, viewport in (("desktop", DESKTOP), ("phone", PHONE)):
        page = person.page
        page.set_viewport_size(viewport)
        if KEEP:
            page.reload()
        _check(page, size)
        keep_screen(page, f"{name}-{size}")
    person.page.set_viewport_size(DESKTOP)
    if not who:
        person.context.close()
    faults = demo.faults() + (person.faults if not who else [])
    assert not faults, "\n".join(faults)


def _go(person: Person, way: str) -> None:
    start, *links = way.replace(" +", " > +").split(" > ")
    page = person.open(start)
    for words in links:
        if words.startswith("+"):
            page = person.open(page.url.partition("?")[0] + words[1:])
            continue
        link = page.locator("main a[href^='/'], main a[href^='?']").filter(has_text=re.compile(words)).first
        with page.expect_navigation():
            link.click()


def _check(page: Page, size: str) -> None:
    """One heading, nothing wider than the screen, nothing smaller than people can read."""
    assert page.locator("h1:visible").count() == 1, f"{page.url}: {page.locator('h1').all_inner_texts()}"
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{page.url} ({size}) is {wide} px wider than the screen: {_widest(page)}"
    small = page.evaluate(SMALL_TEXT)
    assert not small, f"{page.url} ({size}): text under 16 px: {small}"


def _widest(page: Page) -> list[str]:
    return list(page.evaluate(TOO_WIDE))


TOO_WIDE = """() => [...document.querySelectorAll('main *')]
    .filter(e => e.getBoundingClientRect().right > innerWidth + 1)
    .slice(0, 5).map(e => e.tagName + '.' + e.className)"""
SMALL_TEXT = """() => [...document.querySelectorAll('body *')]
    .filter(e => e.offsetParent && parseFloat(getComputedStyle(e).fontSize) < 16)
    .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()))
    .slice(0, 5).map(e => e.tagName + '.' + e.className + ' ' + e.textContent.trim().slice(0, 20))"""
