"""People and posts from a sheet: proposed, never effective; out again unchanged; hostile workbooks refused at once."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from directory.choices import AppointmentState
from directory.models import Appointment, Contact, ContactSheet, Post, Unit, User
from directory.services.appointments import AppointmentInput, appointment_confirm, appointment_enter
from directory.services.contact_sheets import sheet_map, sheet_upload, sheet_write
from directory.sheets.reading import book_read
from directory.sheets.terms import term_read, term_text
from tests.directory.rostering import office, put
from tests.directory.sheet_files import faults, lines, rows_of, with_xml, xlsx
from yangcheng_ec.clock import SHANGHAI
from yangcheng_ec.errors import BadInput, StaleVersion
from yangcheng_ec.record.models import RecordEntry

pytestmark = pytest.mark.django_db
HEAD = ["单位", "姓名", "职务", "预案", "预案职务", "任职起止", "账号"]


@pytest.fixture
def send(people: Any) -> Callable[..., ContactSheet]:
    """Upload rows as the keeper of the directory."""

    def make(rows: Any, name: str = "人员.xlsx") -> ContactSheet:
        content = rows if isinstance(rows, bytes) else xlsx(rows)
        return sheet_upload(user=people["contacts"], file_name=name, content=content)

    return make


def person(username: str, name: str, unit: str, **more: Any) -> User:
    return User.objects.create(username=username, display_name=name, unit=Unit.objects.get(code=unit), **more)


def test_a_row_becomes_a_proposal_that_another_confirms(send: Any, people: Any, client_for: Any) -> None:
    wang, li = person("wang", "王五", "gongan"), person("li", "李六", "qixiang")
    duties = ["县公安局", "王五", "副大队长", "网络预案", "值班员", "2026-01-01至2099-12-31", ""]
    head, number = [*HEAD, "手机"], "13812345678"
    leads = ["县气象局", "李六", "副局长", "", "分管负责人", "", "li", number]
    sheet = send([head, [*duties, ""], leads, ["", "", "", "通信", "副总指挥", "", "li"]])
    assert [item["state"] for item in sheet.items] == ["add", "add", "add", "error"]
    assert "通信预案有 2 个副总指挥，请写明是" in faults(sheet)["E4"]
    page = client_for("contacts").get(f"/directory/import/{sheet.pk}/").content.decode()
    assert "其中任职 2 项：写入后是「待复核」" in page
    assert Appointment.objects.filter(user__in=[wang, li]).count() == 0
    sheet_write(user=people["contacts"], sheet_id=sheet.pk, version=sheet.version)
    made = {row.user.username: row for row in Appointment.objects.filter(user__in=[wang, li])}
    assert {row.state for row in made.values()} == {AppointmentState.ENTERED}
    assert (made["wang"].post.code, made["wang"].title) == ("cyber-2025:duty_officer", "副大队长")
    assert made["wang"].ends_at == datetime(2100, 1, 1, tzinfo=SHANGHAI)
    assert (made["li"].post.code, made["li"].ends_at) == ("unit:qixiang:leader", None)
    assert (wang.role_names, li.role_names) == (frozenset(), frozenset())
    contact = Contact.objects.get(value=number)
    assert (contact.person, contact.title, contact.unit.code) == ("李六", "副局长", "qixiang")
    entry = RecordEntry.objects.get(kind="appointment.entered", subject_id=made["wang"].pk)
    assert "录入王五 任职 网络预案 值班员，2026年01月01日 00:00至2100年01月01日 00:00，待复核（导入联络表" in entry.text
    assert "录入任职 2 项待复核" in RecordEntry.objects.get(kind="contact.imported").text
    appointment_confirm(user=people["security"], appointment_id=made["wang"].pk)
    assert "duty_officer" in User.objects.get(pk=wang.pk).role_names


def test_what_is_wrong_is_said_at_its_cell(send: Any, people: Any) -> None:
    for name in ("zhang1", "zhang2"):
        person(name, "张三", "gongan")
    person("wang", "王五", "gongan")
    person("old", "老赵", "gongan", is_active=False)
    rows = {
        "B2": (["县公安局", "张三", "", "网络", "值班员", "", ""], "有 2 个张三，请写账号：张三（zhang1）、"),
        "B3": (["县财政局", "王五", "", "网络", "值班员", "", ""], "同名的账号是 wang（县公安局）"),
        "G4": (["县公安局", "", "", "网络", "值班员", "", "old"], "已停用"),
        "B5": (["县公安局", "李四", "", "网络", "值班员", "", "wang"], "账号「wang」是王五，不是李四"),
        "E6": (["县公安局", "王五", "", "网络", "保管员", "", ""], "网络预案没有「保管员」这个职务；可写："),
        "E7": (["县公安局", "王五", "", "", "值班员", "", ""], "没有写是哪个预案的职务"),
        "D8": (["县公安局", "王五", "", "防汛预案", "值班员", "", ""], "没有「防汛预案」这个预案；可写：网络预案、"),
        "F9": (["县公安局", "王五", "", "网络", "值班员", "明年", ""], "看不懂「明年」"),
        "F10": (["县公安局", "王五", "", "网络", "值班员", "2026-02-30起", ""], "没有「2026-02-30」这一天"),
        "F11": (["县公安局", "王五", "", "网络", "值班员", "2025-01-01至2025-12-31", ""], "截止时间已经过去"),
        "B12": (["县政府办公室", "田秀英", "", "网络", "值班员", "", "contacts"], "不能为自己录入任职"),
        "B13": (["", "", "", "网络", "值班员", "", "auditor"], "按三员分立不能担任"),
        "F14": (["", "", "", "网络", "值班员", "2026-01-01起", "duty"], "同一职务的另一项重叠"),
        "A15": (["火星站", "王五", "", "网络", "值班员", "", "wang"], "没有「火星站」这个单位"),
        "A16": (["", "王五", "", "", "联络员", "", "wang"], "要写明是哪个单位的"),
        "B17": (["县公安局", "", "", "网络", "值班员", "", ""], "没有写姓名或账号"),
    }  # fmt: skip
    sheet = send([HEAD, *[row for row, _ in rows.values()], ["县公安局", "新来的", "科员", "网络", "值班员", "", ""]])
    found = faults(sheet)
    assert found.keys() == rows.keys()
    assert [cell for cell, (_, words) in rows.items() if words not in found[cell]] == []
    (new,) = lines(sheet, "account")
    assert (new["value"], new["errors"][0]["cell"]) == ("新来的", "B18")
    assert "需先建账号" in new["errors"][0]["text"]


def test_a_deputy_s_post_is_told_by_title_or_unit_and_what_it_touches_is_said(
    send: Any, people: Any, client_for: Any
) -> None:
    office(people)
    put(people, datetime.now(tz=SHANGHAI).date() + timedelta(days=2), "night", "duty2", "director")
    for name, unit in (("a", "gongan"), ("b", "gongan"), ("c", "yingji")):
        person(f"person_{name}", f"某{name}", unit)
    rows = [
        ["县公安局", "某a", "", "网络预案", "副指挥长", "", ""],
        ["县公安局", "某b", "常务副局长", "cyber-2025", "副指挥长", "", ""],
        ["县应急局", "某c", "", "网络", "副指挥长（县数据中心主任）", "", ""],
        ["县公安局", "某a", "", "网络预案", "副指挥长", "", ""],
        ["县公安局", "某a", "", "网络预案", "副指挥长", "2027-01-01起", ""],
        ["", "", "", "网络预案", "工作人员", "", "duty2"],
    ]
    sheet = send([HEAD, *rows])
    codes = [item["appointment"]["post_code"] for item in lines(sheet, "add")]
    assert codes == [*["cyber-2025:deputy:5"] * 2, "cyber-2025:deputy:3", "cyber-2025:office_staff"]
    assert lines(sheet, "same")[0]["notes"] == ["与第 2 行重复"]
    assert "与第 2 行是同一人同一职务，时间重叠" in faults(sheet)["F6"]
    page = client_for("contacts").get(f"/directory/import/{sheet.pk}/").content.decode()
    touched = page.split('id="touches"')[1].split("</section>")[0]
    assert "李雪梅" in touched
    assert "值班：" in touched
    assert "某a" not in touched


def test_a_list_costs_the_same_for_10_and_for_30(
    send: Any, people: Any, client_for: Any, django_assert_max_num_queries: Any
) -> None:
    keeper, costs = client_for("contacts"), []
    for count in (10, 30):
        for n in range(count):
            person(f"p{count}_{n}", f"人员{count}_{n}", "gongan")
        with django_assert_max_num_queries(40) as sent:
            rows = [["县公安局", f"人员{count}_{n}", "", "网络", "值班员", "", ""] for n in range(count)]
            sheet = send([HEAD, *rows])
        with django_assert_max_num_queries(120) as shown:
            assert keeper.get(f"/directory/import/{sheet.pk}/").status_code == 200
        with django_assert_max_num_queries(45) as written:
            sheet_write(user=people["contacts"], sheet_id=sheet.pk, version=sheet.version)
        costs.append([len(one) for one in (sent, shown, written)])
    assert all(many <= few for few, many in zip(*costs, strict=True)), costs
    assert Appointment.objects.filter(user__username__startswith="p30_", state="entered").count() == 30


def test_the_plan_of_a_sheet_may_be_chosen_and_a_change_meanwhile_stops_all(send: Any, people: Any) -> None:
    wang = person("wang", "王五", "gongan")
    sheet = send([["单位", "姓名", "预案职务", "值班电话"], ["县公安局", "王五", "值班员", "4233977"]])
    assert "没有写是哪个预案" in faults(sheet)["C2"]
    layout = {"sheet": "联络表", "header_row": 1, "header_rows": 1, "columns": sheet.columns}
    with pytest.raises(BadInput) as refused:
        sheet_map(user=people["contacts"], sheet_id=sheet.pk, version=1, plan="flood-2020", **layout)
    assert "plan" in refused.value.fields
    sheet = sheet_map(user=people["contacts"], sheet_id=sheet.pk, version=1, plan="comms-2022", **layout)
    assert lines(sheet, "add")[0]["appointment"]["post_code"] == "comms-2022:duty_officer"
    now = datetime.now(tz=SHANGHAI)
    entry = AppointmentInput(person_id=wang.pk, post_code="comms-2022:duty_officer", nature="tenure", starts_at=now)
    appointment_enter(user=people["contacts"], entry=entry)
    with pytest.raises(StaleVersion):
        sheet_write(user=people["contacts"], sheet_id=sheet.pk, version=sheet.version)
    assert not Contact.objects.filter(value="4233977").exists()
    again = sheet_map(user=people["contacts"], sheet_id=sheet.pk, version=sheet.version, plan="comms-2022", **layout)
    (pending,) = lines(again, "same")
    assert pending["notes"] == ["已录入，待复核：通信预案 值班人员"]


def test_an_export_comes_back_unchanged_in_both_forms(send: Any, client_for: Any, api_for: Any, people: Any) -> None:
    keeper = client_for("contacts")
    hostile = person("hostile", '=HYPERLINK("x")', "gongan", mobile="13899990000")
    starts = datetime(2026, 3, 1, 8, 30, tzinfo=SHANGHAI)
    Appointment.objects.create(
        user=hostile, post=Post.objects.get(code="cyber-2025:duty_officer"), nature="acting", document="文",
        starts_at=starts, ends_at=datetime(2099, 1, 1, tzinfo=SHANGHAI), entered_at=starts,
    )  # fmt: skip
    book, text = (keeper.get(f"/directory/people.{form}").content for form in ("xlsx", "csv"))
    rows = rows_of(book)
    assert rows[0][:5] == ["单位", "姓名", "职务", "预案", "预案职务"]
    assert "13899990000" in {row[8] for row in rows}
    assert "\"'=HYPERLINK(" in text.decode("utf-8-sig")
    for content, name in ((book, "a.xlsx"), (text, "a.csv")):
        sheet = send(content, name)
        states = [item["state"] for item in sheet.items]
        assert len(states) == len(rows) - 1
        assert set(states) - {"error"} == {"same"}
        assert all("公式" in words for words in faults(sheet).values())
    masked = rows_of(client_for("commander").get("/directory/people.xlsx").content)
    assert "138****0000" in {row[8] for row in masked}
    assert {row[7] for row in masked[1:]} == {None}
    for name in ("unit_gongan", "sysadmin", "security"):
        assert client_for(name).get("/directory/people.xlsx").status_code == 403
        assert api_for(name).get("/api/v1/contacts/export/people/").status_code == 403
    assert rows_of(api_for("contacts").get("/api/v1/contacts/export/people/").content) == rows
    assert api_for("contacts").get("/api/v1/contacts/export/people/?form=pdf").status_code == 400
    assert RecordEntry.objects.filter(kind="contact.exported", text__contains="人员和任职 csv").count() == 1


def test_times_are_read_as_people_write_them() -> None:
    day = lambda *parts: datetime(*parts, tzinfo=SHANGHAI)  # noqa: E731
    for text, term in {
        "2026-01-01至2026-12-31": (day(2026, 1, 1), day(2027, 1, 1)),
        "2026年1月1日—2026年12月31日": (day(2026, 1, 1), day(2027, 1, 1)),
        "2026.1.1-2026.12.31": (day(2026, 1, 1), day(2027, 1, 1)),
        "自 2026/1/1 起": (day(2026, 1, 1), None),
        "2026-01-01 08:30 至 另行通知": (day(2026, 1, 1, 8, 30), None),
        "至2026-12-31 17:30": (None, day(2026, 12, 31, 17, 30)),
        "另行通知": (None, None),
        "": (None, None),
    }.items():
        assert term_read(text) == term, text
    for ends in (day(2027, 1, 1), day(2026, 1, 1, 9), None):
        starts = day(2026, 1, 1)
        assert term_read(term_text(starts, ends)) == (starts, ends)
    assert isinstance(term_read("2026-01-01 2026-02-01 2026-03-01"), str)


def _with(name: str, before: bytes, more: bytes) -> bytes:
    source, buffer = io.BytesIO(xlsx([["单位", "电话"], ["县气象局", "4228899"]])), io.BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            data = old.read(part)
            new.writestr(part.filename, data.replace(before, more + before) if part.filename == name else data)
    return buffer.getvalue()


def test_a_small_file_that_unfolds_to_millions_is_refused_at_once() -> None:
    sheet = "xl/worksheets/sheet1.xml"
    hostile = {
        "格子太多": with_xml(b'<row r="5">' + b"<c/>" * 2_500_000 + b"</row>"),
        "合并的格子太多": _with(sheet, b"</worksheet>", b'<mergeCell ref="A1:BH5000"/>' * 5_000),
        "格式、名称太多": _with("xl/styles.xml", b"</cellXfs>", b"<xf/>" * 60_000),
        "过长": _with(sheet, b"</sheetData>", b"<!--" + b"x" * 1_000_000 + b"-->"),
        "可能已损坏": with_xml(b'<row r="99999999999"><c><v>7</v></c></row>'),
    }
    for words, content in hostile.items():
        assert len(content) < 60_000
        start = time.process_time()
        with pytest.raises(BadInput) as refused:
            book_read("x.xlsx", content)
        assert words in refused.value.fields["file"][0]
        assert time.process_time() - start < 1.0, words
