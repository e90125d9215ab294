"""Contact sheets over the pages and the API, what is refused, and the directory as a workbook."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from directory.models import Contact, ContactSheet, Unit
from directory.services.contact_sheets import sheet_upload, sheet_write
from directory.services.contacts import contact_add
from directory.sheets.reading import MAX_BYTES, book_read
from tests.directory.sheet_files import bomb, csv_file, faults, lines, rows_of, uploaded, with_xml, xlsx
from yangcheng_ec.errors import BadInput, Forbidden
from yangcheng_ec.record.models import RecordEntry

pytestmark = pytest.mark.django_db
IMPORT = "/directory/import/"
HEAD = ["单位", "值班电话", "联系人", "备注"]


@pytest.fixture
def send(people: Any) -> Any:
    """Upload rows as the keeper of the directory."""

    def make(rows: Any, name: str = "联络表.xlsx", **made: Any) -> ContactSheet:
        content = rows if isinstance(rows, bytes) else xlsx(rows, **made)
        return sheet_upload(user=people["contacts"], file_name=name, content=content)

    return make


# --- files that are refused ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "空的"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 600, "旧版 .xls"),
        (b"PK\x03\x04 broken", "损坏"),
        (b"%PDF-1.7\x00\x01\x02\xff\xfe\xfa", "不是 Excel"),
        (b"x" * (MAX_BYTES + 1), "10 MB"),
        (b",,,\n,,\n", "没有一行"),
    ],
)
def test_a_wrong_file_is_refused_in_words(content: bytes, words: str) -> None:
    with pytest.raises(BadInput) as refused:
        book_read("x.xlsx", content)
    assert words in refused.value.fields["file"][0]


def test_bombs_and_monsters_are_refused_before_they_hurt() -> None:
    monsters = {
        "解开后超过": bomb(),
        "5000 行": csv_file([["单位", "电话"]] + [["县气象局", "4228899"]] * 5_001, "utf-8"),
        "60 列": xlsx([["字"] * 61]),
    }
    for words, content in monsters.items():
        with pytest.raises(BadInput) as refused:
            book_read("x", content)
        assert words in refused.value.fields["file"][0]


def test_empty_rows_to_the_end_of_the_sheet_cost_nothing_or_are_refused() -> None:
    last = with_xml(b'<row r="1048576"><c r="A1048576"><v>7</v></c></row>')
    assert [row.number for row in book_read("x.xlsx", last)[0].rows] == [1, 1_048_576]
    styled = with_xml(b"".join(b'<row r="%d"><c r="A%d" s="0"/></row>' % (n, n) for n in range(2, 100_010)))
    with pytest.raises(BadInput) as refused:
        book_read("x.xlsx", styled)
    assert "空行" in refused.value.fields["file"][0]


def test_a_document_of_another_program_is_no_workbook() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    with pytest.raises(BadInput) as refused:
        book_read("x.docx", buffer.getvalue())
    assert "不是 Excel" in refused.value.fields["file"][0]


def test_an_xml_entity_is_not_unfolded() -> None:
    source, buffer = io.BytesIO(xlsx([HEAD])), io.BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(buffer, "w") as new:
        for part in old.infolist():
            text = old.read(part)
            if part.filename == "xl/workbook.xml":
                text = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb">]>' + text
            new.writestr(part.filename, text)
    with pytest.raises(BadInput) as refused:
        book_read("x.xlsx", buffer.getvalue())
    assert "DOCTYPE" in refused.value.fields["file"][0]


# --- out -----------------------------------------------------------------------------------------------------------


def test_importing_an_export_changes_nothing(client_for: Any, send: Any, people: Any) -> None:
    unit = Unit.objects.get(code="gongan")
    contact_add(
        user=people["contacts"], unit_id=unit.pk, kind="mobile", value="13812345678", person="-张三",
        note='=HYPERLINK("http://x")',
    )  # fmt: skip
    answer = client_for("contacts").get("/directory/export.xlsx")
    assert answer["Content-Type"].endswith("spreadsheetml.sheet")
    rows = rows_of(answer.content)
    assert rows[0] == ["单位", "类型", "号码", "联系人", "职务", "表上名称", "备注", "来源", "最近核实"]
    assert len(rows) == 88
    sheet = send(answer.content)
    assert {item["state"] for item in sheet.items} == {"same", "error"}
    assert list(faults(sheet)) == [next(item["errors"][0]["cell"] for item in lines(sheet, "error"))]
    assert len(lines(sheet, "same")) == 86


def test_no_formula_is_exported(client_for: Any, people: Any) -> None:
    unit = Unit.objects.get(code="gongan")
    contact_add(user=people["contacts"], unit_id=unit.pk, kind="fax", value="4233000", note="=1+1", person="@x")
    book = load_workbook(io.BytesIO(client_for("duty").get("/directory/export.xlsx").content))
    cells = [cell for row in book.worksheets[0].iter_rows() for cell in row if cell.value]
    assert {cell.data_type for cell in cells} == {"s"}
    risky = [cell for cell in cells if cell.value[0] in "=@"]
    assert [cell.value for cell in risky] == ["@x", "=1+1"]
    assert all(cell.quotePrefix for cell in risky)


def test_export_is_masked_as_the_screen_and_recorded(client_for: Any, people: Any) -> None:
    unit = Unit.objects.get(code="gongan")
    contact_add(user=people["contacts"], unit_id=unit.pk, kind="mobile", value="13812345678")
    numbers = {}
    for name in ("unit_shuju", "duty"):
        rows = rows_of(client_for(name).get("/directory/export.xlsx").content)
        numbers[name] = {row[2] for row in rows}
    assert "138****5678" in numbers["unit_shuju"]
    assert "13812345678" not in numbers["unit_shuju"]
    assert "13812345678" in numbers["duty"]
    entries = RecordEntry.objects.filter(kind="contact.exported").order_by("id")
    assert [entry.actor_id for entry in entries] == [people["unit_shuju"].pk, people["duty"].pk]
    assert entries[0].text == "导出通讯录（Excel）：87 个号码。"


# --- pages and API -------------------------------------------------------------------------------------------------


def test_the_walk_by_page(client_for: Any, django_assert_max_num_queries: Any) -> None:
    keeper = client_for("contacts")
    assert "上传并预览" in keeper.get(IMPORT).content.decode()
    sent = keeper.post(IMPORT, {"file": uploaded(xlsx([HEAD, ["县气象局", "4228899"], ["县财政局", "42a"]]))})
    page = keeper.get(sent["Location"]).content.decode()
    assert "写入 1 项，1 项有错不写" in page
    assert '<strong class="num">B3</strong>' in page
    layout = {"version": 1, "sheet": "联络表", "header_row": 1, "header_rows": 1}
    columns = {"column_A": "unit", "column_B": "fax"}
    assert keeper.post(f"{sent['Location']}columns/", layout | columns).status_code == 302
    assert "传真" in keeper.get(sent["Location"]).content.decode()
    done = keeper.post(f"{sent['Location']}write/", {"version": 2}, follow=True).content.decode()
    assert "已写入通讯录" in done
    assert Contact.objects.get(value="4228899").kind == "fax"
    assert keeper.post(f"{sent['Location']}write/", {"version": 3}).status_code == 409
    assert keeper.post(f"{sent['Location']}drop/", {"version": 3}).status_code == 409


def test_a_bad_file_or_choice_comes_back_on_its_page_with_400(client_for: Any) -> None:
    keeper = client_for("contacts")
    for data, words in (({}, "请选择"), ({"file": uploaded(b"\x00\x01", "a.csv")}, "不是 Excel")):
        answer = keeper.post(IMPORT, data)
        assert answer.status_code == 400
        assert words in answer.content.decode()
    assert ContactSheet.objects.count() == 0
    at = keeper.post(IMPORT, {"file": uploaded(xlsx([HEAD, ["县气象局", "4228899"]]))})["Location"]
    bad = {"version": 1, "sheet": "联络表", "header_row": 1, "header_rows": 1, "column_A": "unit"}
    answer = keeper.post(f"{at}columns/", bad)
    assert (answer.status_code, "请指出哪一列是号码" in answer.content.decode()) == (400, True)
    assert keeper.post(f"{at}drop/", {"version": 1}, follow=True).status_code == 200
    assert ContactSheet.objects.get().book == []


def test_too_large_is_refused_without_keeping_it(client_for: Any, api_for: Any) -> None:
    big = b"x" * (MAX_BYTES + 100_000)
    answer = client_for("contacts").post(IMPORT, {"file": uploaded(big)})
    assert (answer.status_code, "文件超过 10 MB" in answer.content.decode()) == (400, True)
    answer = api_for("contacts").post("/api/v1/contacts/import/", {"file": uploaded(big)}, format="multipart")
    assert answer.status_code == 400
    assert "文件超过 10 MB" in answer.json()["fields"]["file"][0]


def test_pages_cost_the_same_for_10_and_for_60_rows(
    client_for: Any, send: Any, django_assert_max_num_queries: Any
) -> None:
    codes = list(Unit.objects.values_list("code", flat=True))
    few = send([HEAD, *[[code, f"42288{n:02}"] for n, code in enumerate(codes[:10])]])
    many = send([HEAD, *[[code, f"42288{n:02}"] for n, code in enumerate(codes[:60])]])
    keeper = client_for("contacts")
    for sheet in (few, many):
        with django_assert_max_num_queries(12):
            assert keeper.get(f"{IMPORT}{sheet.pk}/").status_code == 200
    with django_assert_max_num_queries(12):
        keeper.get(IMPORT)
    with django_assert_max_num_queries(30):
        send([HEAD, *[[code, f"42288{n:02}"] for n, code in enumerate(codes[:60])]])


@pytest.mark.parametrize("name", ["duty", "unit_gongan", "auditor", "sysadmin"])
def test_only_keepers_import(client_for: Any, api_for: Any, people: Any, send: Any, name: str) -> None:
    sheet = send([HEAD, ["县气象局", "4228899"]])
    client = client_for(name)
    assert client.get(IMPORT).status_code == 403
    assert client.post(IMPORT, {"file": uploaded(b"x")}).status_code == 403
    assert client.get(f"{IMPORT}{sheet.pk}/").status_code == 403
    assert client.post(f"{IMPORT}{sheet.pk}/write/", {"version": 1}).status_code == 403
    assert api_for(name).get(f"/api/v1/contacts/import/{sheet.pk}/").status_code == 404
    answer = api_for(name).post("/api/v1/contacts/import/", {"file": uploaded(b"x")}, format="multipart")
    assert answer.status_code == 403
    with pytest.raises(Forbidden):
        sheet_write(user=people[name], sheet_id=sheet.pk, version=1)
    assert not Contact.objects.filter(value="4228899").exists()


def test_an_upload_needs_its_token(people: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(people["contacts"], backend="django.contrib.auth.backends.ModelBackend")
    assert client.post(IMPORT, {"file": uploaded(xlsx([HEAD]))}).status_code == 403
    assert ContactSheet.objects.count() == 0


def test_the_api_does_the_same(api_for: Any) -> None:
    api = api_for("contacts")
    url = "/api/v1/contacts/import/"
    sent = api.post(url, {"file": uploaded(xlsx([HEAD, ["县气象局", "4228899"], ["x", "1"]]))}, format="multipart")
    body = sent.json()
    assert (sent.status_code, body["state"], body["sheets"]) == (201, "previewed", ["联络表"])
    assert [item["state"] for item in body["items"]] == ["add", "error"]
    one = f"{url}{body['id']}/"
    layout = {"version": 1, "sheet": "联络表", "header_row": 1, "columns": {"A": "unit", "B": "fax"}}
    assert api.patch(one, layout, format="json").json()["items"][0]["kind"] == "传真"
    assert api.patch(one, {**layout, "version": 2, "columns": {}}, format="json").status_code == 400
    assert api.post(f"{one}write/", {"version": 1}, format="json").status_code == 409
    assert api.post(f"{one}write/", {"version": 2}, format="json").json()["state"] == "written"
    assert api.post(url, {}, format="multipart").json()["fields"].keys() == {"file"}
    assert api.post(url, {"file": "text"}, format="multipart").status_code == 400
    assert api.get(f"{url}987654/").status_code == 404
    got = api.get("/api/v1/contacts/export/")
    assert rows_of(got.content)[0][0] == "单位"
    assert api_for("sysadmin").get("/api/v1/contacts/export/").status_code == 403
