"""Contacts from sheets other offices send, and out again: preview first, all or nothing, nothing executed."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from directory.models import Contact, ContactRuling, ContactSheet, ContactSheetMapping, Unit
from directory.selectors.conflicts import conflict_pairs
from directory.services.contact_sheets import sheet_map, sheet_upload, sheet_write
from directory.services.contacts import contact_add, contact_edit, contact_retire, contact_verify
from tests.directory.sheet_files import csv_file, faults, lines, xlsx
from yangcheng_ec.errors import BadInput, StaleVersion, WrongState
from yangcheng_ec.record.models import RecordEntry

pytestmark = pytest.mark.django_db
HEAD = ["单位", "值班电话", "联系人", "备注"]


@pytest.fixture
def send(people: Any) -> Any:
    """Upload rows as the keeper of the directory."""

    def make(rows: Any, name: str = "联络表.xlsx", **made: Any) -> ContactSheet:
        content = rows if isinstance(rows, bytes) else xlsx(rows, **made)
        return sheet_upload(user=people["contacts"], file_name=name, content=content)

    return make


@pytest.fixture
def write(people: Any) -> Any:
    """Write a sheet as the keeper."""
    return lambda sheet: sheet_write(user=people["contacts"], sheet_id=sheet.pk, version=sheet.version)


def everything() -> list[Any]:
    return list(Contact.objects.order_by("pk").values())


# --- what the preview says -----------------------------------------------------------------------------------------


def test_adds_changes_and_errors_are_previewed_and_nothing_is_written(send: Any) -> None:
    before, entries = everything(), RecordEntry.objects.count()
    rows = [["县气象局", "4228899", "李工"], ["县应急局", "42204x6"], ["火星站", "4220000"], ["润城镇", ""]]
    sheet = send([HEAD, *rows])
    assert [item["state"] for item in sheet.items] == ["add", "error", "error", "blank"]
    assert faults(sheet).keys() == {"B3", "A4"}
    assert "不要写字母" in faults(sheet)["B3"]
    assert "没有「火星站」这个单位" in faults(sheet)["A4"]
    assert (everything(), RecordEntry.objects.count()) == (before, entries)


def test_the_only_number_of_its_kind_is_a_change_in_both_plans_and_says_so(send: Any, write: Any) -> None:
    sheet = send([HEAD, ["县公安局", "4233999"]])
    (item,) = lines(sheet, "change")
    assert [change for target in item["targets"] for change in target["changes"]] == [
        {"field": "号码", "was": "4233414", "now": "4233999"}
    ] * 2
    assert {target["source"].split()[0] for target in item["targets"]} == {"网络预案", "通信预案"}
    assert len(item["notes"]) == 2
    assert all("印的号码：改后与印本不同" in note for note in item["notes"])
    write(sheet)
    assert set(Contact.objects.filter(unit__code="gongan").values_list("value", flat=True)) == {"4233999"}


def test_two_different_numbers_are_never_guessed_between(send: Any) -> None:
    sheet = send([HEAD, ["县应急局", "4229999"]])
    (item,) = lines(sheet, "add")
    assert re.fullmatch(r"该单位已有同类号码 (4222123、4220426|4220426、4222123)，另加一条，原号码不动", *item["notes"])


def test_a_number_of_one_person_is_not_overwritten_by_another_s(send: Any, people: Any) -> None:
    unit = Unit.objects.get(code="caizheng")
    contact_add(user=people["contacts"], unit_id=unit.pk, kind="mobile", value="13800001111", person="张三")
    new = send([["单位", "姓名", "手机"], ["县财政局", "李四", "13800002222"]])
    assert [item["values"]["person"] for item in lines(new, "add")] == ["李四"]
    assert not lines(new, "change")
    moved = send([["单位", "姓名", "手机"], ["县财政局", "张 三", "13800002222"]])
    assert lines(moved, "change")[0]["targets"][0]["values"]["value"] == "13800002222"


def test_two_new_numbers_for_one_unit_are_additions(send: Any) -> None:
    sheet = send([HEAD, ["县公安局", "4233888、4233999"]])
    assert [item["value"] for item in lines(sheet, "add")] == ["4233888", "4233999"]


def test_the_row_of_the_appendix_or_the_old_number_says_which(send: Any, write: Any, cyber: Any) -> None:
    row = Contact.objects.get(plan_version=cyber, unit__code="yingji")
    source = f"网络预案 8.8 第{row.number_in_appendix}行"
    rows = [
        ["单位", "号码", "来源", "原号码"],
        ["县应急局", "4229999", source, ""],
        ["县公安局", "4233999", "", "4233414"],
        ["县财政局", "4220001", "", "4111111"],
    ]
    sheet = send(rows)
    assert [len(item["targets"]) for item in lines(sheet, "change")] == [1, 2]
    assert "没有在用的号码「4111111」" in faults(sheet)["D4"]
    write(sheet)
    row.refresh_from_db()
    assert row.value == "4229999"
    assert Contact.objects.filter(unit__code="yingji").exclude(pk=row.pk).get().value != "4229999"


@pytest.mark.parametrize(
    ("source", "words"),
    [("网络预案 8.8 第1行", "不是"), ("网络预案 8.8 第999行", "没有「"), ("县政府来函", "选「不用」")],
)
def test_a_source_that_does_not_fit_is_an_error_at_its_cell(send: Any, source: str, words: str) -> None:
    sheet = send([["单位", "号码", "来源"], ["县公安局", "4233999", source]])
    assert words in faults(sheet)["C2"]


def test_an_empty_cell_changes_nothing_and_absent_rows_stay(send: Any, write: Any, people: Any) -> None:
    unit = Unit.objects.get(code="gongan")
    kept = contact_add(
        user=people["contacts"], unit_id=unit.pk, kind="fax", value="4233000", person="张三", note="夜间"
    )
    sheet = send([["单位", "传真", "联系人", "备注"], ["县公安局", "4233001", "", ""]])
    write(sheet)
    kept.refresh_from_db()
    assert (kept.value, kept.person, kept.note) == ("4233001", "张三", "夜间")
    assert Contact.objects.filter(state="active").count() == 87


def test_the_same_number_twice_and_two_rows_for_one_number(send: Any) -> None:
    twice = send([HEAD, ["县气象局", "4228899"], ["县气象局", "4228899"]])
    assert [item["state"] for item in twice.items] == ["add", "same"]
    head = ["单位", "号码", "原号码"]
    both = send([head, ["县公安局", "4233888", "4233414"], ["县公安局", "4233999", "4233414"]])
    assert [item["state"] for item in both.items] == ["change", "error"]
    assert "第 2 行改的是同一个号码" in faults(both)["B3"]


def test_a_number_once_retired_is_said(send: Any, people: Any) -> None:
    unit = Unit.objects.get(code="qixiang")
    old = contact_add(user=people["contacts"], unit_id=unit.pk, kind="duty", value="4228899")
    contact_retire(user=people["contacts"], contact_id=old.pk, version=1, reason="空号")
    sheet = send([HEAD, ["县气象局", "4228899"]])
    assert lines(sheet, "add")[0]["notes"] == ["这个号码以前停用过"]


def test_a_masked_number_is_no_number_unless_it_is_the_one_there(send: Any, people: Any) -> None:
    unit = Unit.objects.get(code="gongan")
    contact_add(user=people["contacts"], unit_id=unit.pk, kind="mobile", value="13812345678")
    sheet = send([["单位", "手机"], ["县公安局", "138****5678"], ["县财政局", "139****5678"]])
    assert [item["state"] for item in sheet.items] == ["same", "error"]
    assert "打了星号" in faults(sheet)["B3"]


# --- how sheets really look ----------------------------------------------------------------------------------------


def test_title_merged_cells_two_header_rows_and_a_column_per_kind(send: Any, write: Any) -> None:
    rows = [
        ["阳城县应急联络表（2026年）", None, None, None, None],
        ["序号", "单 位", "联系方式", None, "联系人"],
        [None, None, "值班电话", "手机", None],
        ["=ROW()-3", "县 气 象 局", 4228899, 13812345678, "李工"],
        [2, "县医疗保障局", "4228801", None, "王工"],
        [None, None, "4228802", None, None],
        ["序号", "单 位", "联系方式", None, "联系人"],
    ]
    merged = ["A1:E1", "A2:A3", "B2:B3", "C2:D2", "E2:E3", "A5:A6", "B5:B6", "E5:E6"]
    sheet = send(rows, merged=merged)
    assert (sheet.header_row, sheet.header_rows) == (2, 2)
    assert sheet.columns == {"B": "unit", "C": "duty", "D": "mobile", "E": "person"}
    assert [(item["unit"], item["value"]) for item in lines(sheet, "add")] == [
        ("县气象局", "4228899"), ("县气象局", "13812345678"), ("县医疗保障局", "4228801"), ("县医疗保障局", "4228802"),
    ]  # fmt: skip
    assert faults(sheet) == {}
    write(sheet)
    assert Contact.objects.get(value="4228802").person == "王工"
    assert Contact.objects.get(value="13812345678").kind == "mobile"


def test_the_sheet_with_the_list_is_found_and_another_can_be_chosen(send: Any, people: Any) -> None:
    sheet = send([HEAD, ["县气象局", "4228899"]], sheets=("封面", "名单"))
    assert (sheet.sheet, len(lines(sheet, "add"))) == ("名单", 1)
    cover = sheet_map(
        user=people["contacts"], sheet_id=sheet.pk, version=1, sheet="封面", header_row=1, header_rows=1, columns={}
    )
    assert (cover.state, cover.items) == ("read", [])
    with pytest.raises(WrongState, match="没有可写入"):
        sheet_write(user=people["contacts"], sheet_id=sheet.pk, version=2)


@pytest.mark.parametrize(
    ("layout", "field"),
    [
        ({"sheet": "没有"}, "sheet"),
        ({"header_row": 77}, "header_row"),
        ({"header_rows": 3}, "header_row"),
        ({"columns": {"A": "unit"}}, "columns"),
        ({"columns": {"A": "unit", "B": "number", "C": "unit"}}, "columns"),
        ({"columns": {"A": "unit", "ZZ": "number"}}, "columns"),
        ({"columns": {"A": "unit", "B": "pager"}}, "columns"),
    ],
)
def test_a_layout_that_cannot_be_is_refused(send: Any, people: Any, layout: dict[str, Any], field: str) -> None:
    sheet = send([HEAD, ["县气象局", "4228899"]])
    wanted = {"sheet": "联络表", "header_row": 1, "header_rows": 1, "columns": {"A": "unit", "B": "duty"}, **layout}
    with pytest.raises(BadInput) as refused:
        sheet_map(user=people["contacts"], sheet_id=sheet.pk, version=1, **wanted)
    assert field in refused.value.fields


def test_chosen_columns_are_remembered_for_the_same_headers(send: Any, people: Any) -> None:
    rows = [["甲", "乙", "丙"], ["县气象局", "4228899", "李工"]]
    first = send(rows)
    assert first.state == "read"
    chosen = {"A": "unit", "B": "number", "C": "person"}
    done = sheet_map(
        user=people["contacts"], sheet_id=first.pk, version=1, sheet="联络表", header_row=1, header_rows=1,
        columns=chosen,
    )  # fmt: skip
    assert lines(done, "add")[0]["values"]["person"] == "李工"
    assert ContactSheetMapping.objects.get().columns == chosen
    assert send(rows).columns == chosen


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_in_the_encodings_offices_use(send: Any, encoding: str) -> None:
    sheet = send(csv_file([["单位", "电话"], ["县气象局", "4228899"]], encoding), "名单.csv")
    assert (sheet.sheet, [item["value"] for item in lines(sheet, "add")]) == ("名单", ["4228899"])


@pytest.mark.parametrize("command", ["=cmd|' /C calc'!A0", "=1+1", "+cmd|' /C calc'!A0", "@SUM(1,2)"])
def test_a_formula_is_shown_at_its_cell_and_never_executed(send: Any, command: str) -> None:
    for content, name in (
        (xlsx([HEAD, ["县气象局", "4228899", "李工", command]]), "a.xlsx"),
        (csv_file([HEAD, ["县气象局", "4228899", "李工", f'"{command}"']], "utf-8"), "a.csv"),
    ):
        sheet = send(content, name)
        assert "是公式，没有执行" in faults(sheet)["D2"]


def test_units_are_found_as_people_write_them(send: Any) -> None:
    names = ["阳城县气象局", " 县气象局 ", "qixiang", "气象局"]
    for name in names:
        assert lines(send([HEAD, [name, "4228899"]]), "add")[0]["unit"] == "县气象局", name
    assert "是不是「县气象局」" in faults(send([HEAD, ["县气像局", "4228899"]]))["A2"]


# --- writing -------------------------------------------------------------------------------------------------------


def test_writing_leaves_a_line_per_number_and_one_for_the_sheet(send: Any, write: Any, people: Any) -> None:
    sheet = write(send([HEAD, ["县气象局", "4228899"], ["润城镇", "4814777", "赵六"], ["县财政局", "xx"]]))
    assert (sheet.state, sheet.book, sheet.written_by) == ("written", [], people["contacts"])
    made = Contact.objects.get(value="4228899")
    assert RecordEntry.objects.get(subject_type="contact", subject_id=made.pk).kind == "contact.added"
    line = RecordEntry.objects.get(kind="contact.imported")
    assert line.data["sha256"] == sheet.sha256
    assert "有错未写 1 条" in line.text
    with pytest.raises(WrongState, match="已写入"):
        sheet_write(user=people["contacts"], sheet_id=sheet.pk, version=sheet.version)


def test_many_at_once_leave_the_lines_that_one_by_one_leave(send: Any, write: Any, people: Any, cyber: Any) -> None:
    def lines_of(contact: Contact) -> tuple[str, str, str, Any]:
        entry = RecordEntry.objects.filter(subject_type="contact", subject_id=contact.pk).latest("id")
        return entry.kind, entry.text, entry.actor_post, entry.data

    keeper, unit = people["contacts"], Unit.objects.get(code="qixiang")
    one = contact_add(user=keeper, unit_id=unit.pk, kind="duty", value="4228801", person="李工")
    head = ["单位", "值班电话", "联系人", "原号码"]
    write(send([head, ["开发区管委会", "4228801", "李工"]]))
    many = Contact.objects.get(value="4228801", unit__code="kaifaqu")
    texts = [text.replace(unit.name, many.unit.name) for text in lines_of(one)[:3]]
    assert texts == list(lines_of(many)[:3])
    contact_verify(user=keeper, contact_id=many.pk, version=1)
    contact_edit(user=keeper, contact_id=one.pk, version=1, values={"value": "4228802", "person": "王工"})
    write(send([head, ["开发区管委会", "4228802", "王工", "4228801"]]))
    many.refresh_from_db()
    assert (many.version, many.verified_at, many.verified_by) == (3, None, None)
    assert lines_of(one)[3]["changes"] == lines_of(many)[3]["changes"]
    assert lines_of(many)[1] == lines_of(one)[1].replace(unit.name, many.unit.name)


def test_a_ruling_on_a_changed_number_lapses(send: Any, write: Any, people: Any, cyber: Any) -> None:
    pair = next(pair for pair in conflict_pairs() if pair.unit.code == "yingji")
    ContactRuling.objects.create(
        unit=pair.unit, first=pair.first, second=pair.second, chosen=pair.first, reason="打通",
        ruled_by=people["contacts"], ruled_at=timezone.now(),
    )  # fmt: skip
    write(send([["单位", "号码", "原号码"], ["县应急局", "4229999", pair.first.value]]))
    assert not ContactRuling.objects.exists()
    assert RecordEntry.objects.filter(kind="contact.ruling_lapsed").exists()


def test_a_directory_changed_meanwhile_stops_the_writing(send: Any, write: Any, people: Any, cyber: Any) -> None:
    sheet = send([HEAD, ["县气象局", "4228899"], ["县公安局", "4233999"]])
    row = Contact.objects.get(plan_version=cyber, unit__code="gongan")
    contact_edit(user=people["contacts"], contact_id=row.pk, version=1, values={"note": "总机"})
    before = everything()
    with pytest.raises(StaleVersion) as refused:
        write(sheet)
    assert [change.field for change in refused.value.changes] == ["第 3 行 县公安局"]
    assert everything() == before
    again = sheet_map(
        user=people["contacts"], sheet_id=sheet.pk, version=1, sheet="联络表", header_row=1, header_rows=1,
        columns=sheet.columns,
    )  # fmt: skip
    assert write(again).state == "written"


def test_a_change_elsewhere_does_not_stop_it(send: Any, write: Any, people: Any, cyber: Any) -> None:
    sheet = send([HEAD, ["县气象局", "4228899"]])
    row = Contact.objects.get(plan_version=cyber, unit__code="gongan")
    contact_edit(user=people["contacts"], contact_id=row.pk, version=1, values={"note": "总机"})
    assert write(sheet).state == "written"


def test_another_reading_makes_the_old_preview_stale(send: Any, people: Any) -> None:
    sheet = send([HEAD, ["县气象局", "4228899"]])
    layout = {"sheet": "联络表", "header_row": 1, "header_rows": 1, "columns": sheet.columns}
    sheet_map(user=people["contacts"], sheet_id=sheet.pk, version=1, **layout)
    with pytest.raises(StaleVersion):
        sheet_write(user=people["contacts"], sheet_id=sheet.pk, version=1)


def test_a_forgotten_upload_is_emptied(send: Any) -> None:
    old = send([HEAD, ["县气象局", "4228899"]])
    ContactSheet.objects.filter(pk=old.pk).update(at=timezone.now() - timedelta(days=31))
    send([HEAD, ["县气象局", "4228899"]])
    old.refresh_from_db()
    assert (old.state, old.book, old.items) == ("dropped", [], [])
