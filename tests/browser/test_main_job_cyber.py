"""The main job under the cyber plan, as the people of 县委宣传部, the command and the units do it in their browsers.

The tests are the steps of one story, in order; what one finds out (numbers) stands in ``case``. The first browser dies
while the call is typed, the second files it with a double click. Time is shortened
only by when the cases are said to have happened: worker, beat and sweep are the real ones.
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
PLAN = "cyber-2025"
CLOUD = "县政务云平台多项业务中断"
PHONED = {"channel": "phone", "caller_name": "杨帆", "caller_number": "0356-4239900", "reporting_unit": "shuju"}


@pytest.fixture(scope="module")
def case() -> SimpleNamespace:
    """What one step leaves for the next."""
    return SimpleNamespace()


def test_duty_logs_in_and_sees_the_desk(browser_as: As) -> None:
    duty = browser_as("duty")
    duty.open("/")
    duty.sees("值班台", "接报登记", "等我处理", "未结事件", "计时正常", "试铃")
    assert "王晓东" in duty.words()


def test_filing_works_without_javascript(chromium: Browser, stack: Stack, case: SimpleNamespace) -> None:
    bare = Person(chromium, stack.url, "duty", java_script_enabled=False).log_in()
    title = "县财政局终端弹出异常窗口"
    case.second_call = steps.file_case(bare, PLAN, title, **PHONED, occurred_at=steps.ago(4))
    assert re.fullmatch(r"CY-\d{8}-\d{3}", case.second_call)
    bare.sees("30分钟", "县人民政府", "暂时无法判明")
    assert not bare.faults
    bare.context.close()


def test_a_draft_outlives_a_cut_line_and_a_dead_browser(chromium: Browser, stack: Stack) -> None:
    dying = Person(chromium, stack.url, "duty").log_in()
    page = dying.open(f"/incidents/new/?plan={PLAN}")
    form, saved = page.locator("form[data-draft]"), page.locator("[data-save-state]")
    form.locator("[name=title]").press_sequentially(CLOUD)
    expect(saved).to_contain_text("已保存")
    assert not dying.faults, dying.faults
    dying.context.set_offline(True)
    form.locator("[name=caller_name]").fill("杨帆")
    expect(saved).to_have_text("未保存，连接断开，本机已留底")
    dying.sees("网络已断开")
    form.locator("[name=location]").fill("县数据中心机房")
    dying.context.set_offline(False)
    expect(saved).to_contain_text("已保存")
    dying.context.close()


def test_it_is_taken_up_again_and_a_double_click_files_one_case(browser_as: As, case: SimpleNamespace) -> None:
    duty = browser_as("duty")
    page = duty.open("/")
    with page.expect_navigation():
        page.locator("#drafts li", has_text=CLOUD).get_by_role("link", name="继续填").click()
    form = page.locator("form[data-draft]")
    kept = [form.locator(f"[name={name}]").input_value() for name in ("title", "caller_name", "location")]
    assert kept == [CLOUD, "杨帆", "县数据中心机房"]
    steps.fill_in(
        duty, **PHONED, occurred_at=steps.ago(12), incident_unit="shuju",
        description="虚拟化主机文件被加密，<b>六项</b>业务中断。", symptoms=["paralysis", "destruction"],
        category="malware", source="单位报告", measures_taken="已隔离网段。", impact_scope="县直二十三个单位",
        trend="未见扩散", read_back=True, consequence_estimate="约二千人次受影响", suggestions="请求技术支援",
        loss_estimate="正在统计",
    )  # fmt: skip
    steps.press_twice(duty, "登记，开始计时")
    duty.sees("可能重复", case.second_call)
    steps.press_twice(duty, "不是，单独登记")
    duty.sees("已登记", "<b>六项</b>")
    case.number = steps.last_part(duty)
    clock = page.locator("[data-clock][data-due]").first
    expect(clock).to_contain_text(re.compile(r"17:\d\d"))
    digits = clock.locator("[data-clock-digits]")
    shown = digits.inner_text()
    expect(digits).not_to_have_text(shown, timeout=4000)
    duty.open(f"/incidents/?search={CLOUD}")
    expect(page.locator("tbody tr")).to_have_count(1)


def test_a_second_call_about_it_is_merged_into_it(browser_as: As, case: SimpleNamespace) -> None:
    second = browser_as("duty2")
    steps.act(second, case.second_call, "merge", into=case.number, reason="同一台主机的告警，两人先后打电话报告。")
    second.sees("已并案", f"本案已并入 {case.number}")
    with second.page.expect_navigation():
        second.page.locator("#merged-into a").click()
    second.sees(CLOUD, "已并入本案", case.second_call)


def test_an_attachment_is_added_and_comes_back_unchanged(browser_as: As, case: SimpleNamespace, tmp_path: Path) -> None:
    duty = browser_as("duty")
    log = tmp_path / "虚拟化主机日志.txt"
    log.write_text("11月22日 03:12 storage01 文件扩展名被改写\n", encoding="utf-8")
    page = duty.open(f"/incidents/{case.number}/")
    form = duty.form("/attachments/")
    form.locator("[name=files]").set_input_files(log)
    duty.send(form, "上传", note="县数据中心传来")
    duty.sees("已添加 1 个附件", "县数据中心传来")
    with page.expect_download() as coming:
        page.get_by_role("link", name=log.name).click()
    assert coming.value.suggested_filename == log.name
    assert coming.value.path().read_bytes() == log.read_bytes()


def test_a_clock_falls_due_by_the_real_worker(browser_as: As, case: SimpleNamespace, stack: Stack) -> None:
    duty, director = browser_as("duty"), browser_as("director")
    title = "县融媒体中心网站打不开"
    case.due = steps.file_case(duty, PLAN, title, **PHONED, occurred_at=steps.ago(29, 48))
    duty.sees_not("已逾期：")
    duty.until("已逾期：较大和暂时无法判明等级：30分钟内报告县人民政府", seconds=40)
    director.until(title, "已逾期", path="/inbox/", seconds=20)
    mail = wait_until(lambda: stack.mail.to("director@demo.invalid", f"{title} 已逾期"), "给办公室主任的邮件")
    assert f"{stack.url}/incidents/{case.due}/" in mail[0].body
    assert mail[0].key


def test_an_old_case_is_overdue_at_once_and_goes_up_the_ladder(
    browser_as: As, case: SimpleNamespace, stack: Stack
) -> None:
    duty, deputy, commander = browser_as("duty"), browser_as("deputy"), browser_as("commander")
    title = "县市场监管局政务外网终端掉线"
    case.late = steps.file_case(duty, PLAN, title, **PHONED, occurred_at=steps.ago(45))
    duty.sees("已逾期")
    for person in (deputy, commander):
        person.until(title, "升级告知", path="/inbox/", seconds=30)
        wait_until(lambda who=person: stack.mail.to(f"{who.name}@demo.invalid", title), f"给{person.name}的邮件")


def test_the_first_opening_of_a_notice_enters_the_record(browser_as: As, case: SimpleNamespace) -> None:
    commander = browser_as("commander")
    page = commander.open("/inbox/")
    page.locator(".notices a", has_text="县市场监管局政务外网终端掉线").first.click()
    commander.sees("您首次打开", "已记入案卷", "网络预案 4.1")
    told = steps.stamps(browser_as("duty"), case.late)
    assert re.search(r"刘建华|赵立新|打开", told), told[:1500]
    assert "已逾期" in told


def test_the_call_sheet_gives_number_words_and_takes_the_result(browser_as: As, case: SimpleNamespace) -> None:
    duty = browser_as("duty")
    page = duty.open(f"/calls/?case={case.late}")
    duty.sees("现在打这个", "念稿")
    expect(page.locator(".call__tel")).to_have_attribute("href", re.compile(r"tel:\d+"))
    expect(page.locator(".call__words")).to_contain_text("阳城县应急指挥系统")
    name = page.locator(".call__name").inner_text().split()[0]
    form = page.locator("form.call-result")
    form.locator("[name=person]").fill(name)
    form.locator("[name=read_back]").check()
    with page.expect_navigation():
        form.get_by_role("button", name="已通知到人").click()
    duty.sees("已记下", "今天打过的", "已复诵")


def test_a_phone_report_counts_from_the_call(browser_as: As, case: SimpleNamespace) -> None:
    duty = browser_as("duty")
    steps.act(
        duty, case.number, "phone", addressees=["xianzhengfu"], caller="王晓东", number="0356-4222222",
        heard_by="县政府总值班室 梁振宇", read_back=True, done_at=steps.ago(8), body="首报：政务云业务中断。",
    )  # fmt: skip
    duty.sees("电话报告已登记", "补录")
    case.phone = steps.last_part(duty)
    duty.open(f"/incidents/{case.number}/")
    duty.sees("按时完成", "补录")
    expect(duty.page.locator("main")).not_to_contain_text("已逾期：")


def test_another_officer_confirms_the_late_entry(browser_as: As, case: SimpleNamespace) -> None:
    second = browser_as("duty2")
    steps.report_act(second, case.number, case.phone, "confirm-late", note="与通话记录一致")
    second.sees("补录已确认")


def test_an_overdue_clock_is_met_late_only_with_a_reason(browser_as: As, case: SimpleNamespace) -> None:
    duty = browser_as("duty")
    call = {"addressees": ["xianzhengfu"], "caller": "王晓东", "heard_by": "县政府总值班室 梁振宇"}
    steps.act(duty, case.late, "phone", **call)
    duty.sees("请写明原因")
    assert duty.page.locator("[name=heard_by]").input_value() == "县政府总值班室 梁振宇"
    steps.act(duty, case.late, "phone", **call, late_reason="来电单位迟报，接报时已超过三十分钟。")
    duty.open(f"/incidents/{case.late}/")
    duty.sees("逾期完成", "来电单位迟报")


def test_a_written_report_needs_a_second_officer(browser_as: As, case: SimpleNamespace) -> None:
    duty, second = browser_as("duty"), browser_as("duty2")
    steps.act(duty, case.number, "report", addressees=["xianzhengfu", "shangji_danwei", "shifadi_zhengfu"])
    case.report = steps.last_part(duty)
    steps.report_act(duty, case.number, case.report, "edit", measures_taken="已隔离网段，备份完好，正在恢复。")
    duty.sees("正在恢复")
    assert "签发" not in [link.strip() for link in duty.page.locator("main a").all_inner_texts()], (
        "填报人看得到「签发」"
    )
    steps.report_act(second, case.number, case.report, "review", note="同意报出")
    second.sees("已签发")
    steps.report_act(duty, case.number, case.report, "send", channel="fax", proof="传真报告单 0931")
    duty.sees("已报出", "传真报告单 0931")
    steps.report_act(duty, case.number, case.report, "receipt", addressee="xianzhengfu", received_by="梁振宇")
    duty.sees("签收已登记", "梁振宇")


def test_form_8_7_prints_what_was_reported(browser_as: As, case: SimpleNamespace, tmp_path: Path) -> None:
    duty = browser_as("duty")
    page = duty.open(f"/incidents/{case.number}/reports/{case.report}/")
    pdf = duty.download(page.locator("a[href$='form-8-7.pdf']").first, tmp_path / "form.pdf")
    text = steps.text_of(pdf)
    for words in (
        "县数据中心",
        "王晓东",
        "李雪梅",
        "<b>六项</b>业务中断",
        "已隔离网段，备份完好，正在恢复",
        "请求技术支援",
    ):
        assert words in text, f"{words} 不在 {text}"


def test_the_case_is_confirmed_analysed_and_graded(browser_as: As, case: SimpleNamespace) -> None:
    office = browser_as("office")
    steps.act(office, case.number, "triage", result="confirm", note="三方核实属实")
    steps.act(
        office, case.number, "analyse", category="malware", subcategory="勒索软件事件", loss_estimate="业务中断两小时"
    )
    steps.act(office, case.number, "grade", choice="serious:1", reason="重要系统长时间中断，局部业务瘫痪。")
    office.sees("已定级", "重大事件", "特别重大、重大：获知后立即报告县委县政府和上级")
    case.response = steps.propose(office, case.number, "1", 1, "已定级为重大，政务云六项业务中断。")
    office.sees("这是您提出的建议", "等待期间，可以先启动", "网络预案 4.2.1.2")


def test_a_deputy_and_the_proposer_are_refused_with_words(browser_as: As, case: SimpleNamespace) -> None:
    office = browser_as("office")
    for name in ("deputy", "director", "duty"):
        steps.refused(browser_as(name), office, case.response, "approve", "4.2.1.2", "指挥长")
    steps.refused(office, office, case.response, "approve", "自己")


def test_the_commander_approves_and_tasks_go_out(browser_as: As, case: SimpleNamespace, stack: Stack) -> None:
    commander = browser_as("commander")
    commander.open("/")
    commander.sees(CLOUD)
    commander.open(f"/response/{case.response}/")
    commander.sees("批准即启动", "批准后会发生什么")
    steps.decide(commander, case.response, "approve")
    commander.sees("响应中", "24小时值班", "县指挥部", "县公安局", "技术专家组", "组织侦查和调查")
    wait_until(lambda: stack.mail.to("unit_gongan@demo.invalid", CLOUD), "给县公安局的邮件")
    assert len(stack.mail.to("unit_gongan@demo.invalid", CLOUD)) == 1, "一次启动，一个单位一份通知"


def test_a_unit_sees_its_own_and_answers(browser_as: As, case: SimpleNamespace) -> None:
    police = browser_as("unit_gongan")
    police.open("/")
    police.sees("本单位任务", CLOUD, "组织侦查和调查")
    police.sees_not("县市场监管局政务外网终端掉线")
    police.open("/response/tasks/")
    police.sees_not("县数据中心")
    task = police.page.locator("table a", has_text="组织侦查和调查").first.get_attribute("href") or ""
    steps.work(police, task, feedback="两名民警已到场固定证据。", done="日志和样本已封存移交。")
    police.open(f"/incidents/{case.number}/")
    police.open(f"/incidents/{case.late}/", status=404)
    police.open(f"/incidents/{case.late}/reports/1/", status=404)


def test_what_a_unit_says_by_phone_is_entered_for_it(browser_as: As, case: SimpleNamespace) -> None:
    duty = browser_as("duty")
    duty.open(steps.first_task(duty, case.response, unit="dianxin"))
    duty.send(duty.form("/feedback/"), "代为签收", said_by="许静")
    duty.send(duty.form("/feedback/"), "反馈进展", said_by="许静", text="已派两名工程师赶赴现场。")
    duty.sees("代录", "许静所说", "已派两名工程师")


def test_a_warning_goes_out_and_is_lifted(browser_as: As, case: SimpleNamespace, stack: Stack) -> None:
    office, deputy, data = browser_as("office"), browser_as("deputy"), browser_as("unit_shuju")
    title = "勒索软件利用漏洞传播的预警"
    case.warning = steps.draft_warning(
        office, PLAN, "3", title, ["shuju", "gongan"], text="请立即排查同版本系统。", scope="县直各单位",
        basis="样本与通报一致。"
    )  # fmt: skip
    steps.warn(deputy, case.warning, "approve")
    steps.warn(office, case.warning, "publish", "发布预警")
    office.sees("生效中", "立即")
    wait_until(lambda: stack.mail.to("unit_shuju@demo.invalid", title), "给县数据中心的预警邮件")
    data.open("/")
    data.sees(title, "待确认")
    steps.warn(data, case.warning, "confirm", "确认收到", leader="县数据中心主任")
    steps.warn(data, case.warning, "progress", "报送", text="十一套系统已升级补丁。", measures=True)
    data.sees("十一套系统已升级补丁")
    steps.warn(office, case.warning, "report", "记录报告", heard_by="县政府总值班室 梁振宇")
    office.sees("已完成，用时")
    evidence = {"tick_1": True, "finding_1": "漏洞已修补。", "tick_2": True, "finding_2": "系统运行正常。"}
    steps.warn(office, case.warning, "propose-lift", "提出解除建议", **evidence)
    steps.warn(browser_as("commander"), case.warning, "lift", "批准并宣布解除")
    data.open(f"/warnings/{case.warning}/")
    data.sees("预警已解除")


def test_the_response_ends_with_its_findings(browser_as: As, case: SimpleNamespace) -> None:
    office, deputy, duty = browser_as("office"), browser_as("deputy"), browser_as("duty")
    steps.decide(office, case.response, "propose-end", tick_1=True, finding_1="漏洞已修补，后门已清除。")
    office.sees("恢复正常", "并写明依据")
    evidence = {"tick_1": True, "finding_1": "后门已清除。", "tick_2": True, "finding_2": "六项业务全部恢复。"}
    steps.decide(office, case.response, "propose-end", **evidence, carry_over="其余任务转入日常值守。")
    office.sees("待批准结束")
    steps.decide(deputy, case.response, "end")
    deputy.sees("已批准结束，待宣布")
    steps.decide(duty, case.response, "announce-end", public=True)
    duty.sees("已结束")


def test_a_final_report_ends_the_reports(browser_as: As, case: SimpleNamespace) -> None:
    duty = browser_as("duty")
    steps.act(
        duty, case.number, "phone", addressees=["xianzhengfu"], stage="final", heard_by="县政府总值班室 梁振宇",
        read_back=True, body="终报：六项业务全部恢复。",
    )  # fmt: skip
    duty.sees("电话报告已登记", "终报")
    duty.open(f"/incidents/{case.number}/")
    duty.sees("恢复续报")
    duty.sees_not("写文字报告", "登记电话报告")


def test_what_follows_is_written_signed_paid_and_learnt(
    browser_as: As, case: SimpleNamespace, tmp_path: Path
) -> None:  # fmt: skip
    office, data = browser_as("office"), browser_as("unit_shuju")
    office.open(f"/incidents/{case.number}/aftermath/")
    office.sees("没有总结调查报告", "县指挥部", "上级应急指挥机构", "结转事项", "队伍撤离")
    goods = {"kind": "requisition", "title": "征用备机", "beneficiary": "某公司", "asked": "3200.50"}
    steps.after(office, case.number, "care-add", **goods)
    office.sees("征用物资须有征用凭证")
    steps.after(office, case.number, "care-add", **goods, receipt="征用01")
    steps.after(office, case.number, "care-agree", agreed="3000", payer="finance")
    steps.after(office, case.number, "care-settle", proof="付款单12")
    office.sees("核定 3000.00 元，已支付 3000.00 元")
    steps.after(office, case.number, "rebuild-ask")
    data.open("/")
    data.sees("报送恢复计划")
    plan = {"resources": "灾备可用", "text": "重装并恢复数据", "steps": "2030-01-31 验收"}
    steps.after(data, case.number, "rebuild-submit", **plan)
    data.sees("实施中", "验收")
    data.sees_not("善后事项", "表彰与责任")
    lesson = {"text": "联络不畅", "revises_plan": True, "clause": "网络预案 6.3", "wording": "增加卫星电话。"}
    steps.after(office, case.number, "lesson-add", **lesson)
    office.open("/plans/cyber-2025/")
    office.sees("修订建议", "增加卫星电话。")
    steps.report_on(office, browser_as("commander"), case.number, "市指挥部办公室", superior="市网络安全应急指挥部")
    link = office.page.get_by_role("link", name="打印 PDF")
    text = steps.text_of(office.download(link, tmp_path / "review.pdf"))
    for words in (CLOUD, "网络预案5.1", "市网络安全应急指挥部", "各条款措施办理情况", "3,000.00", "赵立新"):
        assert words in text, f"「{words}」不在报告里：{text[:3000]}"


def test_the_case_is_closed_and_tells_its_story(browser_as: As, case: SimpleNamespace) -> None:
    office = browser_as("office")
    steps.act(
        office, case.number, "close", note="调查报告已上报市指挥部办公室。", waive_reason="首报已口头通报，事后补齐。",
        unsettled_reason="恢复计划按节点继续。",
    )  # fmt: skip
    office.sees("已结案")
    told = steps.stamps(browser_as("auditor"), case.number)
    for words in (
        "接报", "电话报告", "确认补录", "签发文字报告", "报出文字报告", "签收", "定级", "提出启动", "决定启动",
        "下达任务",
        "代录", "办结", "批准结束", "宣布", "结案", "网络预案 4.1", "网络预案 4.2.1.2", "赵立新", "指挥长", "核验通过",
    ):  # fmt: skip
        assert words in told, f"「{words}」不在记录里：\n{told[:4000]}"


def test_the_worker_makes_the_case_file(browser_as: As, case: SimpleNamespace, tmp_path: Path) -> None:
    office = browser_as("office")
    page = office.open(f"/incidents/{case.number}/case-file/")
    with page.expect_navigation():
        page.get_by_role("button", name="打印现在的卷宗").click()
    link = page.get_by_role("link", name="打开 PDF")
    link.wait_for(timeout=40_000)
    text = steps.text_of(office.download(link, tmp_path / "file.pdf"))
    for words in (case.number, CLOUD, "时限证据表", "逐行核验", "批准结束", "终报", "结案"):
        assert words in text, f"「{words}」不在卷宗里：{text[:3000]}"


def test_the_auditor_verifies_every_chain(browser_as: As) -> None:
    auditor = browser_as("auditor")
    auditor.open("/record/verify/")
    auditor.sees("核验通过", "无一改动、缺失或插入")
