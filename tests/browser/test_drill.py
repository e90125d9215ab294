"""A drill in the browser: planned, approved, started, an inject by the clock, a report, ended, judged, printed."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.browser.person import Person
from tests.browser.steps import SHANGHAI, act, text_of

pytestmark = pytest.mark.browser

As = Callable[[str], Person]
SCENARIO = "县数据中心发现政务云多台服务器的文件被加密。"


def test_a_drill_from_plan_to_report(browser_as: As, tmp_path: Path) -> None:
    office, director, unit = browser_as("office"), browser_as("director"), browser_as("unit_shuju")
    url = _plan(office)
    unit.open(url, status=404)
    director.open(url)
    director.sees("勒索演练（浏览器）", SCENARIO, "待批准")
    director.send(director.form("/approve/"), "批准方案")
    unit.open(url)
    unit.sees("待开始", "情景在演练开始时公布")
    unit.sees_not(SCENARIO, "记者来电")

    office.open(url)
    office.send(office.form("/start/"), "开始演练")
    office.until("演练中", "已注入", seconds=30, path=url)
    unit.open(url)
    unit.sees(SCENARIO, "办公系统也打不开了")
    case = office.page.get_by_role("link", name="演练事件").get_attribute("href") or ""
    assert "-D" in case
    office.open(case)
    office.sees("演练：本页内容不是真实事件", "情景注入", "办公系统也打不开了")
    _report(office, case)

    office.open(url)
    office.send(office.form("/end/"), "结束演练")
    office.sees("演练评估", "网络预案 6.7", "30分钟内报告县人民政府", "做到")
    more = {"text": "补充备份恢复步骤", "clause": "网络预案 6.4", "revises_plan": True}
    office.send(office.form("/improvements/#improvements"), "增加改进事项", **more)
    form = office.page.locator("form[data-draft]")
    for select in form.locator("select").all():
        if not select.input_value():
            select.select_option("partly")
    office.send(form, "完成评估", evaluators="评估组", summary="达到目的，报告及时。")
    office.sees("已评估", "达到目的，报告及时。", "补充备份恢复步骤")
    paper = office.download(office.page.get_by_role("link", name="评估报告"), tmp_path / "report.pdf")
    flat = text_of(paper)
    for words in (
        "应急演练评估报告",
        "勒索演练（浏览器）",
        "达到目的，报告及时。",
        "补充备份恢复步骤",
        "办公系统也打不开了",
    ):
        assert words in flat, words
    office.open("/")
    office.sees("网络预案演练", "下一次应于")
    unit.open(url)
    unit.sees("达到目的，报告及时。")


def _plan(office: Person) -> str:
    """Plan the drill with two injects; return its address."""
    at = (datetime.now(SHANGHAI) + timedelta(minutes=30)).strftime("%Y-%m-%d %H:%M")
    page = office.open("/standing/drills/new/")
    office.send(
        page.locator("form[data-draft]"), "保存方案", title="勒索演练（浏览器）", planned_at=at, scenario=SCENARIO,
        participants=["shuju", "gongan"], incident_unit="县数据中心",
    )  # fmt: skip
    office.sees("方案已拟定", "情景级别", "重大事件")
    office.send(office.form("/injects/#injects"), "增加注入", minute="0", to="everyone", text="办公系统也打不开了")
    office.send(office.form("/injects/#injects"), "增加注入", minute="90", to="office", text="记者来电")
    found = re.search(r"/standing/drills/[^/]+/", page.url)
    assert found is not None
    return found[0]


def _report(office: Person, case: str) -> None:
    """Report the drill's case to the county government by phone, as one would a real one."""
    number = case.rstrip("/").rsplit("/", 1)[-1]
    act(
        office, number, "phone", addressees=["xianzhengfu"], caller="张志远", number="0356-4222222",
        heard_by="县政府总值班室 梁振宇", read_back=True, body="演练：政务云文件被加密，正在核实。",
    )  # fmt: skip
    office.sees("电话")
