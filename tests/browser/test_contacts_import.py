"""The keeper of the directory imports a sheet with two errors and one good change, and prints the directory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.person import PHONE, Person
from tests.browser.pictures import keep_paper
from tests.directory.sheet_files import xlsx
from tests.papers.conftest import Paper

pytestmark = pytest.mark.browser

ROWS = [
    ["阳城县应急联络表", None, None],
    ["单位", "值班电话", "联系人"],
    ["县科技局", "4222x71", "王工"],
    ["县科学技术学会筹备组", "4220001", "李工"],
    ["县公安局", "4233999", "张工"],
]


def test_a_sheet_with_two_errors_and_one_good_line(browser_as: Callable[[str], Person], tmp_path: Path) -> None:
    keeper = browser_as("contacts")
    sheet = tmp_path / "县直单位联络表.xlsx"
    sheet.write_bytes(xlsx(ROWS, merged=["A1:C1"]))
    keeper.open("/directory/")
    keeper.page.get_by_text("导入、导出、印制").click()
    keeper.page.get_by_role("link", name="导入联络表").click()
    keeper.page.get_by_label("联络表").set_input_files(sheet)
    keeper.page.get_by_role("button", name="上传并预览").click()
    keeper.sees(
        "还没有写入", "B3", "不要写字母", "A4", "没有「县科学技术学会筹备组」这个单位", "印的号码：改后与印本不同"
    )
    expect(keeper.page.locator("#change")).to_contain_text("4233414")
    with keeper.page.expect_navigation():
        keeper.page.get_by_role("button", name="写入 1 项，2 项有错不写").click()
    keeper.sees("已写入通讯录")
    keeper.open("/directory/?q=县公安局")
    keeper.sees("4233999")
    keeper.sees_not("4233414")
    keeper.page.get_by_text("导入、导出、印制").click()
    for plan in ("网络预案", "通信预案"):
        link = keeper.page.get_by_role("link", name=f"印制通讯录（{plan}样式，PDF）")
        pdf = keeper.download(link, tmp_path / f"{plan}.pdf")
        keep_paper(pdf, f"directory-paper-{'cyber' if plan == '网络预案' else 'comms'}")
        text = Paper(pdf.read_bytes()).text
        assert "4233999" in text
        assert "4233414" not in text
        assert "截至20" in text


def test_the_offline_file_opens_from_a_phone_without_the_server(
    browser_as: Callable[[str], Person], chromium: Browser, tmp_path: Path
) -> None:
    duty = browser_as("duty")
    duty.open("/directory/")
    duty.page.get_by_text("导入、导出、印制").click()
    with duty.page.expect_download() as waiting:
        duty.page.get_by_role("link", name="下载离线通讯录").click()
    assert waiting.value.suggested_filename.startswith("通讯录-")
    file = tmp_path / "通讯录.html"
    waiting.value.save_as(file)
    for scripted in (True, False):
        context = chromium.new_context(viewport=PHONE, offline=True, java_script_enabled=scripted)
        page, wrong = context.new_page(), []
        page.on("console", lambda message, wrong=wrong: wrong.append(message.text))
        page.on("pageerror", lambda error, wrong=wrong: wrong.append(str(error)))
        page.goto(file.as_uri())
        expect(page.get_by_role("link", name="4222171").first).to_have_attribute("href", "tel:4222171")
        box = page.get_by_label("查找")
        expect(box).to_be_visible(visible=scripted)
        if scripted:
            box.fill("县科技局")
            expect(page.locator("li.unit:visible")).to_have_count(1)
            box.fill("0351-40450")
            expect(page.locator("li.unit:visible")).to_have_count(1)
            box.fill("没有的单位")
            expect(page.locator("li.unit:visible")).to_have_count(0)
        else:
            assert page.locator("li.unit:visible").count() > 40
        assert wrong == []
        context.close()
