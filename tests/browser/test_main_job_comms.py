"""The main job under the comms plan, as the people of 县工业和信息化局, the command, an operator and a township do it.

The tests are the steps of one story, in order. What the other walk has shown of the shared pages is not shown again;
here are a browser that dies at the very click, one call under both plans, and the plan's own ways: the call and its
written version, 催报 and 核实, the brief report, the command's confirmation, an approval by phone with 补签,
«谁启动、谁结束».
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import steps
from tests.browser.person import Person, wait_until
from tests.browser.stack import Stack

pytestmark = pytest.mark.browser

As = Callable[[str], Person]
PLAN = "comms-2022"
FIBRE = "县城至晋城方向出口光缆双路由中断"
HEARD = "县政府总值班室 梁振宇"
FILE = "登记，开始计时"


@pytest.fixture(scope="module")
def case() -> SimpleNamespace:
    """What one step leaves for the next."""
    return SimpleNamespace()


def test_the_browser_dies_at_the_click_and_one_call_is_two_linked_cases(
    browser_as: As, chromium: Browser, stack: Stack, case: SimpleNamespace
) -> None:
    dying = Person(chromium, stack.url, "comms_duty").log_in()
    dying.open("/incidents/new/?plan=both")
    steps.fill_in(
        dying, title=FIBRE, channel="phone", caller_name="许静", caller_number="0356-4221000",
        reporting_unit="dianxin", incident_unit="dianxin", township="runcheng", occurred_at=steps.ago(20),
        received_at=steps.ago(12), known_at=steps.ago(19), location="润城镇段", description="滑坡损毁两条出口光缆。",
        measures_taken="抢修队已出发。",
        disaster_nature="山体滑坡", networks="电信承载网、联通承载网", network_count="2", systems="政务外网、医保专网",
        system_count="2", business="all", spreading="continuing", stations_down="86", planned_measures="布放临时光缆",
        social_impact="约十二万用户受影响", cause="同沟敷设", read_back=True,
    )  # fmt: skip
    assert not dying.faults, dying.faults
    draft = dying.page.url
    dying.page.get_by_role("button", name=FILE).dblclick(no_wait_after=True)
    dying.context.close()
    duty = browser_as("comms_duty")
    page = duty.open(draft)
    if page.get_by_role("button", name=FILE).count():  # the click may have arrived, or not
        steps.press_twice(duty, FILE)
    case.cyber = steps.last_part(duty)
    assert re.fullmatch(r"CY-\d{8}-\d{3}", case.cyber)
    with page.expect_navigation():
        page.locator("#links a").click()
    duty.sees(FIBRE, case.cyber)
    case.number = steps.last_part(duty)
    assert re.fullmatch(r"TX-\d{8}-\d{3}", case.number)
    duty.open(f"/incidents/?search={FIBRE}")
    expect(page.locator("tbody tr")).to_have_count(2)


def test_the_caller_s_written_report_is_due_thirty_minutes_after_the_call(
    browser_as: As, case: SimpleNamespace
) -> None:
    duty = browser_as("comms_duty")
    duty.open(f"/incidents/{case.number}/")
    duty.sees("电话口头报告后30分钟内呈送文字报告", "及时", "按照有关规定", "润城镇", "山体滑坡", "通信预案 4.1")
    duty.sees("对照预案", f"按 {case.cyber} 的情况")
    expect(duty.page.locator(".page__content")).not_to_contain_text("暂时无法判明")
    expect(duty.page.locator("[data-clock][data-due]").first).to_contain_text(re.compile(r"1[78]:\d\d"))


def test_an_unwritten_report_goes_overdue_by_the_sweep(browser_as: As, stack: Stack) -> None:
    duty, director = browser_as("comms_duty"), browser_as("comms_director")
    title = "县城区联通机房空调故障"
    steps.file_case(
        duty, PLAN, title, channel="phone", caller_name="李强", reporting_unit="liantong", incident_unit="liantong",
        occurred_at=steps.ago(40), known_at=steps.ago(40), received_at=steps.ago(29, 50),
    )  # fmt: skip
    duty.until("已逾期：电话口头报告后30分钟内呈送文字报告", seconds=40)
    director.until(title, "已逾期", path="/inbox/")
    wait_until(lambda: stack.mail.to("comms_director@demo.invalid", f"{title} 已逾期"), "给办公室主任的邮件")


def test_a_phone_report_and_its_written_version(browser_as: As, case: SimpleNamespace) -> None:
    duty, second = browser_as("comms_duty"), browser_as("comms_duty2")
    steps.act(
        duty, case.number, "phone", addressees=["xianwei", "xianzhengfu"], caller="马丽娟", heard_by=HEARD,
        read_back=True,
        body="出口光缆中断，全县业务受影响。",
    )  # fmt: skip
    call = steps.last_part(duty)
    duty.open(f"/incidents/{case.number}/")
    clocks = duty.page.locator("[data-clock]", has_text="电话口头报告后30分钟内呈送文字报告")
    expect(clocks).to_have_count(2)
    steps.act(duty, case.number, "report", follows_call=call, addressees=["xianwei", "xianzhengfu"])
    case.report = steps.last_part(duty)
    steps.report_act(second, case.number, case.report, "review")
    steps.report_act(duty, case.number, case.report, "send", channel="fax", proof="传真 0412")
    steps.report_act(duty, case.number, case.report, "receipt", addressee="xianzhengfu", received_by="梁振宇")
    duty.open(f"/incidents/{case.number}/")
    expect(clocks.filter(has_text="按时完成")).to_have_count(1)


def test_a_report_signed_by_phone_at_night(browser_as: As, case: SimpleNamespace) -> None:
    duty, director = browser_as("comms_duty"), browser_as("comms_director")
    steps.act(duty, case.number, "report", addressees=["shangji_bumen"])
    serial = steps.last_part(duty)
    page = duty.open(f"/incidents/{case.number}/reports/{serial}/phone-review/")
    told = page.locator("[name=signer] option", has_text="周永强").inner_text()
    number = re.findall(r"[\d-]{7,}", told)[0]
    values = {
        "signer": "周永强",
        "number": number,
        "called_at": steps.ago(0, 30),
        "read_back": True,
        "note": "同意报出",
    }
    duty.send(page.locator("main form[method=post]").last, **values)
    duty.sees("已记录电话签发")
    director.open("/signatures/")
    director.page.get_by_role("button", name="属实，补签").first.click()
    director.sees("已补签")
    duty.open(f"/incidents/{case.number}/reports/{serial}/")
    duty.sees("周永强", "已补签")


def test_an_inquiry_from_above_has_its_own_clock(browser_as: As, case: SimpleNamespace) -> None:
    duty = browser_as("comms_duty")
    steps.act(
        duty, case.number, "inquiry", kind="chase", asked_by="市工业和信息化局", question="请速报抢修进展。",
        received_at=steps.ago(3),
    )  # fmt: skip
    duty.sees("催报、核实30分钟内有效回应", "市工业和信息化局")
    duty.page.locator("a[href*='/inquiries/'], form[action*='/inquiries/']").first.wait_for(state="attached")
    form = duty.page.locator("form[action*='/inquiries/']")
    if not form.count():
        duty.page.locator("a[href*='/inquiries/']").first.click()
        form = duty.page.locator("main form[method=post]").last
    duty.send(form.first, reply="临时光缆已布放三公里，预计十八时恢复。", heard_by="市局值班员")
    duty.sees("临时光缆已布放三公里")
    expect(duty.page.locator("[data-clock]", has_text="催报、核实").first).to_contain_text("按时完成")


def test_the_brief_report_prints_what_was_reported(browser_as: As, case: SimpleNamespace, tmp_path: Path) -> None:
    duty = browser_as("comms_duty")
    page = duty.open(f"/incidents/{case.number}/reports/{case.report}/")
    pdf = duty.download(page.locator("a[href$='.pdf']").first, tmp_path / "brief.pdf")
    text = steps.text_of(pdf)
    for words in ("简要报告", "滑坡损毁两条出口光缆", "山体滑坡", "同沟敷设", "布放临时光缆", "约十二万用户受影响"):
        assert words in text, f"{words} 不在 {text}"


def test_the_office_confirms_analyses_and_proposes(browser_as: As, case: SimpleNamespace, stack: Stack) -> None:
    office = browser_as("comms_office")
    steps.act(office, case.number, "triage", result="confirm", note="三家网管均证实")
    office.sees("请先详细记录该事件数据痕迹和细节信息")
    traces = "OTDR 测距断点距县城十八公里。"
    steps.act(office, case.number, "triage", result="confirm", note="三家网管均证实", traces=traces)
    steps.act(
        office, case.number, "analyse", severity="特别严重", spread="继续扩散", loss_estimate="抢修费用约二十万元"
    )
    basis = "两家基础运营网络、两个重要信息系统全部业务受影响。"
    case.response = steps.propose(office, case.number, "1", 1, basis)
    office.sees("指挥部确认", "提出时已通报", "通信预案 4.4.1")
    wait_until(lambda: stack.mail.to("unit_yidong@demo.invalid", "拟启动"), "通报各成员单位的邮件")


def test_nothing_starts_before_the_command_has_confirmed(browser_as: As, case: SimpleNamespace) -> None:
    commander, deputy = browser_as("comms_commander"), browser_as("comms_deputy")
    answer = commander.open(f"/response/{case.response}/")
    commander.sees("指挥部确认启动")
    refused = commander.post(f"/response/{case.response}/approve/", version=steps.version_of(answer.content()))
    assert refused.status == 409
    assert "确认" in refused.text()
    steps.decide(deputy, case.response, "confirm", minutes="副总指挥主持电话会商，三家运营商负责人参加，一致确认。")
    deputy.sees("指挥部已确认，待批准", "一致确认")


def test_a_deputy_is_refused_level_one_with_words(browser_as: As, case: SimpleNamespace) -> None:
    office = browser_as("comms_office")
    steps.refused(browser_as("comms_deputy"), office, case.response, "approve", "总指挥", "通信预案 4.4.1")
    steps.refused(browser_as("commander"), office, case.response, "approve", "总指挥")


def test_the_commander_approves_by_phone_and_countersigns(browser_as: As, case: SimpleNamespace) -> None:
    duty, commander = browser_as("comms_duty"), browser_as("comms_commander")
    duty.open("/calls/")
    duty.sees("请批准启动", "念稿")
    steps.by_phone(duty, case.response, "approve-phone", "郑明亮", "立即启动Ⅰ级响应。")
    duty.sees("响应中", "电话", "待补签")
    steps.countersign(commander)
    commander.open(f"/response/{case.response}/")
    commander.sees("已补签")


def test_operator_and_township_answer_their_tasks(browser_as: As, case: SimpleNamespace) -> None:
    telecom, township = browser_as("unit_dianxin"), browser_as("unit_runcheng")
    steps.work(telecom, steps.first_task(telecom), feedback="两组二十一人到场。", done="临时光缆贯通，业务恢复。")
    township.open("/")
    township.sees(FIBRE)
    mine = steps.first_task(township)
    township.open(mine)
    township.send(township.form("/acknowledge/"), "签收")
    theirs = telecom.open("/response/tasks/").locator("table a[href^='/response/tasks/']").first
    township.open(theirs.get_attribute("href") or "", status=404)


def test_command_and_office_have_tasks_of_their_own(browser_as: As, case: SimpleNamespace) -> None:
    duty = browser_as("comms_duty")
    task = steps.first_task(duty, case.response, unit="office")
    steps.work(duty, task, feedback="已逐一电话通知。", done="指挥部成员全部到场。")


def test_a_warning_of_the_plan_s_situations(browser_as: As, case: SimpleNamespace) -> None:
    office, mobile = browser_as("comms_office"), browser_as("unit_yidong")
    title = "强降雨可能损毁杆路光缆的预警"
    number = steps.draft_warning(
        office, PLAN, "2", title, ["yidong", "runcheng"], text="请做好机房防汛和抢修队伍预置。", scope="全县",
        basis="暴雨预报。"
    )  # fmt: skip
    steps.warn(browser_as("comms_commander"), number, "approve")
    steps.warn(office, number, "publish", "发布预警")
    mobile.open("/warnings/")
    mobile.sees(title, "情形2")
    steps.warn(mobile, number, "confirm", "确认收到")
    steps.warn(
        office, number, "confirm", "代录确认", unit="runcheng", person="原红霞", leader="润城镇副镇长"
    )  # fmt: skip
    office.sees("原红霞", "代录")
    findings = {
        f"{kind}_{n}": value for n in (1, 2) for kind, value in (("tick", True), ("finding", "降雨结束，巡查正常。"))
    }
    steps.warn(office, number, "propose-lift", "提出解除建议", **findings)
    steps.warn(browser_as("comms_deputy"), number, "lift", "批准并宣布解除")
    mobile.open(f"/warnings/{number}/")
    mobile.sees("预警已解除")


def test_whoever_started_it_ends_it(browser_as: As, case: SimpleNamespace) -> None:
    office, deputy, commander = browser_as("comms_office"), browser_as("comms_deputy"), browser_as("comms_commander")
    page = office.open(f"/response/{case.response}/")
    count = page.locator("[name^=tick_]").count()
    findings = {f"tick_{n}": True for n in range(1, count + 1)}
    findings |= {f"finding_{n}": "处置结束，通信恢复正常。" for n in range(1, count + 1)}
    steps.decide(office, case.response, "propose-end", **findings, carry_over="其余任务转入日常维护。")
    steps.refused(deputy, office, case.response, "end", "总指挥")
    steps.decide(commander, case.response, "end")
    commander.sees("已结束")


def test_the_investigation_is_reported_upward(browser_as: As, case: SimpleNamespace) -> None:
    office = browser_as("comms_office")
    office.open(f"/incidents/{case.number}/aftermath/")
    office.sees("没有调查报告", "县委县政府、上级有关部门", "有关单位和技术专家", "通信预案 4.6")
    steps.report_on(office, browser_as("comms_director"), case.number, "县委县政府")


def test_the_case_is_closed_and_tells_its_story(browser_as: As, case: SimpleNamespace, tmp_path: Path) -> None:
    office = browser_as("comms_office")
    steps.act(
        office, case.number, "close", note="调查报告已报县委县政府。", waive_reason="处置结束，未报事项已当面说明。",
        unsettled_reason="撤离和结转任务已当面了结。",
    )  # fmt: skip
    office.sees("已结案")
    office.open(f"/incidents/{case.number}/clocks/")
    office.sees("时限证据表", "催报、核实30分钟内有效回应", "马丽娟")
    pdf = office.download(office.page.get_by_role("link", name="打印（PDF）"), tmp_path / "evidence.pdf")
    text = steps.text_of(pdf)
    for words in (case.number, "催报、核实30分钟内有效回应", "马丽娟"):
        assert words in text, f"「{words}」不在时限证据表里：{text[:3000]}"
    told = steps.stamps(browser_as("auditor"), case.number)
    for words in (
        "接报", "电话报告", "签发文字报告", "电话签发", "催报", "回应", "指挥部确认", "电话批准", "补签", "下达任务",
        "签收",
        "办结", "批准结束", "结案", "通信预案 4.1", "通信预案 4.4.1", "郑明亮", "总指挥", "核验通过",
    ):  # fmt: skip
        assert words in told, f"「{words}」不在记录里：\n{told[:5000]}"
