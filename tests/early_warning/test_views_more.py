"""The list's filters and sheets, the pages of actions, authorisations and sources."""

from __future__ import annotations

import uuid
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from openpyxl import load_workbook

from early_warning import services
from early_warning.models import EarlyWarning, StandingAuthorisation
from tests.early_warning.factories import (
    PDF,
    adjusted,
    drafted,
    lift_proposed,
    proposed,
    published,
    returned,
    standing_confirmed,
    standing_entered,
)
from tests.incidents.factories import file_incident

pytestmark = pytest.mark.django_db

NASTY = "{{ 7|add:7 }} {% now %} <b>粗</b> 😀 ' OR 1=1 --"


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def _numbers(page: str, *warnings: EarlyWarning) -> list[bool]:
    return [warning.number in page for warning in warnings]


# --- the list ------------------------------------------------------------------------------------------------------


def test_the_filters_narrow_by_plan_level_state_validity_and_words(
    cyber: Any, comms: Any, people: Any, client_for: Any
) -> None:
    late = published(people, cyber, level=1, valid_until=timezone.now() + timedelta(hours=1))
    EarlyWarning.objects.filter(pk=late.pk).update(valid_from=None, valid_until=timezone.now() - timedelta(hours=1))
    other, draft = published(people, comms, level=3), drafted(people, cyber, scope="只此一处")
    client = client_for("office")

    def found(query: str) -> list[bool]:
        return _numbers(client.get(f"/warnings/?{query}").content.decode(), late, other, draft)

    assert found("plan=comms-2022") == [False, True, False]
    assert found("level=cyber-2025:1") == [True, False, False]
    assert found("level=comms-2022:1") == [False, False, False]
    assert found("validity=expired") == [True, False, False]
    assert found("validity=in_force") == [False, True, False]
    assert found("state=draft") == [False, False, True]
    assert found("q=只此一处") == [False, False, True]
    assert found("level=x:9999999999&state=nonsense&plan=flood") == [True, True, True], (
        "what is no filter narrows nothing"
    )


def test_a_narrowed_list_does_not_say_that_nothing_is_in_force(cyber: Any, people: Any, client_for: Any) -> None:
    published(people, cyber)
    client = client_for("office")
    assert "现在没有生效的预警" not in client.get("/warnings/?state=draft").content.decode()


def test_the_gravest_in_force_stands_first_and_the_chosen_order_is_kept(
    cyber: Any, people: Any, client_for: Any
) -> None:
    light, grave, draft = published(people, cyber, level=4), published(people, cyber, level=1), drafted(people, cyber)
    client = client_for("office")

    def order() -> list[str]:
        page = client.get("/warnings/").content.decode()
        return sorted([light.number, grave.number, draft.number], key=page.index)

    assert order() == [grave.number, light.number, draft.number]
    client.get("/warnings/?order=number")
    assert order() == [light.number, grave.number, draft.number]
    client.get("/warnings/?order=")
    assert order() == [grave.number, light.number, draft.number]


def test_the_list_as_a_sheet_is_the_filtered_list(cyber: Any, comms: Any, people: Any, client_for: Any) -> None:
    shown, other = published(people, cyber, title="=HYPERLINK()"), published(people, comms)
    client = client_for("office")
    text = b"".join(client.get("/warnings/sheet.csv?plan=cyber-2025").streaming_content).decode("utf-8-sig")
    assert shown.number in text
    assert other.number not in text
    assert "'=HYPERLINK()" in text
    book = load_workbook(BytesIO(client.get("/warnings/sheet.xlsx").content))
    rows = list(book.active.iter_rows(values_only=True))
    assert {row[0] for row in rows[1:]} == {shown.number, other.number}
    assert client.get("/warnings/sheet.pdf").status_code == 404
    assert client_for("sysadmin").get("/warnings/sheet.csv").status_code == 403


def test_a_units_sheet_holds_its_own_only(cyber: Any, people: Any, client_for: Any) -> None:
    mine, other = published(people, cyber), published(people, cyber, codes=["shuju"])
    text = b"".join(client_for("unit_gongan").get("/warnings/sheet.csv").streaming_content).decode()
    assert _numbers(text, mine, other) == [True, False]


def test_the_sheets_statements_do_not_grow(
    cyber: Any, people: Any, client_for: Any, django_assert_max_num_queries: Any
) -> None:
    for _ in range(3):
        published(people, cyber)
    client = client_for("office")
    client.get("/warnings/")
    with django_assert_max_num_queries(8):
        b"".join(client.get("/warnings/sheet.csv").streaming_content)


# --- one warning ---------------------------------------------------------------------------------------------------


def test_the_band_says_whether_it_is_in_force_who_is_missing_and_what_is_next(
    cyber: Any, people: Any, client_for: Any
) -> None:
    warning = published(people, cyber, valid_until=timezone.now() + timedelta(hours=2))
    page = client_for("office").get(f"/warnings/{warning.number}/").content.decode()
    assert "生效中" in page
    assert "催 3 个没有确认的单位" in page
    assert "还有" in page
    EarlyWarning.objects.filter(pk=warning.pk).update(valid_from=None, valid_until=timezone.now() - timedelta(hours=3))
    page = client_for("office").get(f"/warnings/{warning.number}/").content.decode()
    assert "已过预计失效时间，没有解除" in page
    assert "已过期 3小时" in page
    assert "办理解除，或延长、调整" in page
    assert "已过期，没有解除，仍然有效" in client_for("office").get("/").content.decode()


def test_a_proposal_shows_who_gets_it_the_exact_words_and_what_changed(
    cyber: Any, people: Any, client_for: Any
) -> None:
    warning = returned(people, cyber)
    page = client_for("office").get(f"/warnings/{warning.number}/").content.decode()
    assert "按退回理由修改" in page
    edit = client_for("office").get(f"/warnings/{warning.number}/edit/").content.decode()
    assert "范围过大" in edit
    assert warning.scope in edit
    key = {"warning_id": warning.pk, "user": people["office"]}
    from tests.early_warning.factories import content_of

    warning = services.warning_edit(**key, version=warning.version, content=content_of(cyber, scope="只限接入设备"))
    warning = services.warning_propose(**key, version=warning.version)
    page = client_for("commander").get(f"/warnings/{warning.number}/").content.decode()
    assert "与上次提出" in page
    assert "只限接入设备" in page
    assert "各渠道发出的原文" in page
    assert "收到请复述，并报您的姓名" in page
    assert "批准后由办公室发布，发布前不会通知任何单位" in page


def test_both_versions_show_the_chain_with_its_arrow(cyber: Any, people: Any, client_for: Any) -> None:
    old = adjusted(people, cyber)
    for number in (old.number, old.next.number):
        page = client_for("unit_gongan").get(f"/warnings/{number}/").content.decode()
        assert "升级：Ⅱ级预警（橙色） 严重 → Ⅰ级预警（红色） 特别严重" in page


def test_the_page_of_lifting_says_by_whom(comms: Any, people: Any, client_for: Any) -> None:
    warning = lift_proposed(people, comms)
    page = client_for("comms_commander").get(f"/warnings/{warning.number}/").content.decode()
    assert f"由发布单位（{comms.command_name}）宣布解除" in page


def test_what_people_type_is_shown_as_typed_and_never_run(cyber: Any, people: Any, client_for: Any) -> None:
    warning = proposed(people, cyber, title=NASTY, text=NASTY, scope=NASTY, basis=NASTY, advice=NASTY,
                       publicity_note=NASTY)  # fmt: skip
    for account in ("office", "commander"):
        page = client_for(account).get(f"/warnings/{warning.number}/").content.decode()
        assert "{{ 7|add:7 }}" in page
        assert "<b>粗</b>" not in page


# --- writing one ---------------------------------------------------------------------------------------------------


def _form(**over: Any) -> dict[str, Any]:
    given = {
        "level": "2", "title": "省通报某办公软件漏洞", "text": "请立即排查。", "scope": "县直各单位",
        "publicity": "internal", "basis": "经研判。", "units": ["gongan"], "idempotency_key": uuid.uuid4().hex,
        "then": "", "source": "scratch",
    }  # fmt: skip
    return given | over


def _notice(**over: Any) -> dict[str, Any]:
    received = timezone.localtime().strftime("%Y-%m-%d %H:%M")
    given = {
        "source": "superior", "sender": "省委网信办", "reference": "晋网信18号", "received_at": received,
        "notice_text": "近期监测发现漏洞。", "paper": SimpleUploadedFile("通报.pdf", PDF),
    }  # fmt: skip
    return _form(**(given | over))


def test_a_superiors_notice_is_taken_down_with_its_scan(people: Any, client_for: Any) -> None:
    client = client_for("office")
    assert "通报原文" in client.get("/warnings/new/?from=superior").content.decode()
    assert client.post("/warnings/new/", _notice()).status_code == 302
    warning = EarlyWarning.objects.get()
    page = client.get(f"/warnings/{warning.number}/").content.decode()
    assert "省委网信办" in page
    assert "近期监测发现漏洞。" in page
    answer = client.get(f"/warnings/{warning.number}/superior/")
    assert b"".join(answer.streaming_content) == PDF
    assert answer["Content-Disposition"].startswith("attachment")
    assert client_for("unit_runcheng").get(f"/warnings/{warning.number}/superior/").status_code == 403


@pytest.mark.parametrize(
    ("over", "words"),
    [
        ({"sender": ""}, "请填写通报机关"),
        ({"notice_text": ""}, "请照录通报原文"),
        ({"received_at": ""}, "请填写收到时间"),
        ({"paper": SimpleUploadedFile("通报.exe", b"MZ")}, "只收完整的 PDF"),
        ({"source": "scratch"}, "请把来源选为"),
    ],
)
def test_a_bad_notice_comes_back_with_what_was_typed(over: Any, words: str, client_for: Any) -> None:
    answer = client_for("office").post("/warnings/new/", _notice(**over))
    page = answer.content.decode()
    assert answer.status_code == 400
    assert words in page
    assert "请立即排查。" in page
    assert not EarlyWarning.objects.exists()


def test_control_characters_go_and_everything_else_stays(client_for: Any) -> None:
    client_for("office").post("/warnings/new/", _form(title="漏\x00洞\x07😀", text=NASTY))
    warning = EarlyWarning.objects.get()
    assert warning.title == "漏洞😀"
    assert warning.text == NASTY


def test_the_form_from_a_case_shows_what_its_facts_say(people: Any, client_for: Any) -> None:
    incident = file_incident(people)
    page = client_for("office").get(f"/warnings/new/?incident={incident.number}").content.decode()
    assert "对照预案（现在）" in page
    assert "响应启动条件" in page


# --- actions -------------------------------------------------------------------------------------------------------


def test_a_unit_answers_its_actions_on_both_pages(cyber: Any, people: Any, client_for: Any) -> None:
    warning = published(people, cyber)
    client = client_for("unit_gongan")
    task = warning.tasks.get(unit__code="gongan")
    address = f"/warnings/{warning.number}/tasks/{task.pk}/"
    for page in (client.get(f"/warnings/{warning.number}/"), client.get("/response/tasks/")):
        assert address in page.content.decode()
    assert client.post(address, {"version": 1, "act": "complete", "text": " "}).status_code == 400
    answer = client.post(address, {"version": 1, "act": "acknowledge", "back": "1"})
    assert (answer.status_code, answer.url) == (302, "/response/tasks/")
    answer = client.post(address, {"version": 2, "act": "complete", "text": "已落实"})
    assert (answer.status_code, answer.url) == (302, f"/warnings/{warning.number}/")
    assert address not in client.get("/response/tasks/").content.decode()
    assert client.post(address, {"version": 2, "act": "return", "text": "退"}).status_code == 409
    assert client.post(address, {"version": 3, "act": "erase"}).status_code == 404


def test_strangers_do_not_find_an_action(cyber: Any, people: Any, client_for: Any) -> None:
    warning, other = published(people, cyber), published(people, cyber)
    task = warning.tasks.get(unit__code="gongan")
    data = {"version": 1, "act": "acknowledge"}
    for account in ("unit_shuju", "unit_runcheng"):
        assert client_for(account).post(f"/warnings/{warning.number}/tasks/{task.pk}/", data).status_code == 404
    assert client_for("unit_gongan").post(f"/warnings/{other.number}/tasks/{task.pk}/", data).status_code == 404
    assert client_for("auditor").post(f"/warnings/{warning.number}/tasks/{task.pk}/", data).status_code == 403


def test_the_office_chases_from_the_page(cyber: Any, people: Any, client_for: Any) -> None:
    warning = published(people, cyber)
    client = client_for("office")
    assert "催办未完成的 3 个单位" in client.get(f"/warnings/{warning.number}/").content.decode()
    assert client.post(f"/warnings/{warning.number}/chase/", {"units": ["gongan"]}).status_code == 302
    assert client.post(f"/warnings/{warning.number}/chase/", {"units": ["nowhere"]}).status_code == 400
    assert client_for("unit_gongan").post(f"/warnings/{warning.number}/chase/").status_code == 403
    assert client.get(f"/warnings/{warning.number}/chase/").status_code == 405
    assert "已催 1 次" in client.get(f"/warnings/{warning.number}/").content.decode()


def test_many_addressees_have_pages_of_their_own(
    cyber: Any, people: Any, client_for: Any, monkeypatch: Any, django_assert_max_num_queries: Any
) -> None:
    monkeypatch.setattr("early_warning.views.callouts.SHOWN", 1)
    monkeypatch.setattr("early_warning.views.callouts.PER_PAGE", 2)
    warning = published(people, cyber)
    client, address = client_for("office"), f"/warnings/{warning.number}/callouts/"
    page = client.get(f"/warnings/{warning.number}/")
    assert (len(page.context["rows"]), page.context["total"]) == (1, 3)
    assert "另有 2 个没有列在这里" in page.content.decode()
    with django_assert_max_num_queries(14):
        first = client.get(address)
    assert (len(first.context["rows"]), "3 个单位，0 个已确认，3 个未确认" in first.content.decode()) == (2, True)
    assert len(client.get(f"{address}?page=2").context["rows"]) == 1
    assert client.get(f"{address}?page=none").status_code == 200
    live = client.get(address, headers={"HX-Request": "true"})
    assert b"<html" not in live.content
    assert client.get(address, headers={"HX-Request": "true", "If-None-Match": live["ETag"]}).status_code == 304
    assert client_for("unit_gongan").get(address).status_code == 403


# --- authorisations ------------------------------------------------------------------------------------------------


def _paper(comms: Any, **over: Any) -> dict[str, Any]:
    now = timezone.localtime()
    given = {
        "document": "阳通指〔2026〕3号", "scope": "情形2、情形3由值班人员批准发布", "levels": ["2", "3"],
        "post": comms.posts.get(kind="duty_officer").code, "starts_at": now.strftime("%Y-%m-%d %H:%M"),
        "ends_at": (now + timedelta(days=30)).strftime("%Y-%m-%d %H:%M"),
        "paper": SimpleUploadedFile("授权书.pdf", PDF),
    }  # fmt: skip
    return given | over


def test_an_authorisation_from_paper_to_use(comms: Any, people: Any, client_for: Any) -> None:
    office, commander, duty = (client_for(f"comms_{name}") for name in ("office", "commander", "duty"))
    assert office.post("/warnings/standing/new/comms-2022/", _paper(comms)).status_code == 302
    row = StandingAuthorisation.objects.get()
    address = f"/warnings/standing/{row.pk}/"
    assert "签发这份授权" not in office.get(address).content.decode()
    assert "签发这份授权" in commander.get(address).content.decode()
    assert b"".join(commander.get(f"{address}paper/").streaming_content) == PDF
    assert commander.post(f"{address}confirm/", {"version": row.version}).status_code == 302
    warning = proposed(people, comms)
    page = duty.get(f"/warnings/{warning.number}/").content.decode()
    assert "按授权批准" in page
    data = {"version": warning.version, "standing": row.pk, "remark": "紧急"}
    assert duty.post(f"/warnings/{warning.number}/approve-standing/", data).status_code == 302
    page = duty.get(f"/warnings/{warning.number}/").content.decode()
    assert row.document in page
    assert warning.number in commander.get(address).content.decode()
    assert row.document in office.get("/warnings/standing/").content.decode()


def test_what_is_out_of_scope_says_so_before_anybody_presses(comms: Any, people: Any, client_for: Any) -> None:
    row = standing_confirmed(people, comms)
    warning = proposed(people, comms, level=1)
    page = client_for("comms_duty").get(f"/warnings/{warning.number}/").content.decode()
    assert "情形1不在《" in page
    data = {"version": warning.version, "standing": row.pk}
    answer = client_for("comms_duty").post(f"/warnings/{warning.number}/approve-standing/", data)
    assert answer.status_code == 403
    assert "3.4" in answer.content.decode()


def test_a_bad_paper_comes_back_with_what_was_typed(comms: Any, client_for: Any) -> None:
    answer = client_for("comms_office").post("/warnings/standing/new/comms-2022/", _paper(comms, paper="", levels=[]))
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "阳通指〔2026〕3号" in page
    assert not StandingAuthorisation.objects.exists()


def test_refusing_and_revoking_need_a_reason(comms: Any, people: Any, client_for: Any) -> None:
    row, commander = standing_entered(people, comms), client_for("comms_commander")
    address = f"/warnings/standing/{row.pk}/"
    assert commander.post(f"{address}refuse/", {"version": row.version, "reason": ""}).status_code == 400
    assert commander.post(f"{address}refuse/", {"version": row.version, "reason": "范围太大"}).status_code == 302
    other = standing_confirmed(people, comms)
    address = f"/warnings/standing/{other.pk}/"
    assert commander.post(f"{address}revoke/", {"version": "x", "reason": "收回"}).status_code == 409
    assert commander.post(f"{address}revoke/", {"version": other.version, "reason": "收回"}).status_code == 302
    assert commander.post(f"{address}burn/", {"version": other.version}).status_code == 404
    assert commander.get(f"{address}revoke/").status_code == 405


@pytest.mark.parametrize("account", ["unit_yidong", "contacts", "sysadmin"])
def test_who_sees_no_warnings_sees_no_authorisations(account: str, comms: Any, people: Any, client_for: Any) -> None:
    row = standing_entered(people, comms)
    client = client_for(account)
    for address in ("/warnings/standing/", f"/warnings/standing/{row.pk}/", f"/warnings/standing/{row.pk}/paper/"):
        assert client.get(address).status_code == 403
    assert client.get("/warnings/standing/new/comms-2022/").status_code == 403


def test_readers_and_the_other_plan_enter_none(cyber: Any, comms: Any, people: Any, client_for: Any) -> None:
    assert client_for("auditor").get("/warnings/standing/").status_code == 200
    for account in ("auditor", "office", "comms_commander"):
        assert client_for(account).post("/warnings/standing/new/comms-2022/", _paper(comms)).status_code == 403
    assert client_for("office").post("/warnings/standing/new/cyber-2025/", {}).status_code == 409
    assert client_for("comms_office").get("/warnings/standing/new/flood/").status_code == 400


def test_the_authorisations_statements_do_not_grow(
    comms: Any, people: Any, client_for: Any, django_assert_max_num_queries: Any
) -> None:
    for _ in range(4):
        standing_entered(people, comms)
    client = client_for("comms_office")
    client.get("/warnings/standing/")
    with django_assert_max_num_queries(16):
        assert client.get("/warnings/standing/").status_code == 200
