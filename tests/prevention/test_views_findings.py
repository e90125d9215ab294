"""The list of findings, one finding, reporting one: the right person, a stranger, a reader, bad input."""

from __future__ import annotations

import io
import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from early_warning.models import EarlyWarning
from early_warning.prevention.models import Finding
from early_warning.prevention.views.acts import FINDING_ACTS
from tests.incidents.factories import file_incident
from tests.prevention.factories import (
    MADE,
    accepted,
    asked_back,
    mended,
    opened,
    rejected,
    reported,
    verified,
)

pytestmark = pytest.mark.django_db

LIST = "/prevention/"


def _form(**over: Any) -> dict[str, Any]:
    given = {
        "title": "备用电源不能切换", "place": "政务云机房", "description": "试机时发现。", "severity": "停电即中断",
        "measure": "", "found_at": "", "owner": "", "idempotency_key": uuid.uuid4().hex,
    }  # fmt: skip
    return given | over


def _act(client: Client, row: Finding, act: str, **data: Any) -> Any:
    return client.post(f"/prevention/findings/{row.number}/{act}/", {"version": row.version} | data)


def _soon() -> str:
    return (timezone.localtime() + timedelta(days=3)).strftime("%Y-%m-%d %H:%M")


def _overdue(people: Any, cyber: Any, **over: Any) -> Finding:
    row = accepted(people, cyber, **over)
    Finding.objects.filter(pk=row.pk).update(due_at=timezone.now() - timedelta(hours=1))
    row.refresh_from_db()
    return row


# --- the list ------------------------------------------------------------------------------------------------------


def test_what_is_late_and_mine_stands_first(people: Any, cyber: Any, client_for: Any) -> None:
    older, done = rejected(people, cyber), verified(people, cyber)
    waits, late = reported(people, cyber), _overdue(people, cyber)
    order = [late.number, waits.number, done.number, older.number]
    page = client_for("office").get(LIST)
    assert [row.number for row in page.context["page_obj"]] == order
    text = page.content.decode()
    assert "等我办理" in text
    assert "is-late" in text
    assert page.context["counts"] == {"open": 2, "late": 1, "waiting": 1, "mended": 1, "in_time": 1}
    own = client_for("unit_shuju").get(LIST)
    assert [row.number for row in own.context["page_obj"]] == order
    assert own.context["page_obj"][0].mine


def test_a_unit_sees_its_own_and_a_stranger_none(people: Any, cyber: Any, client_for: Any) -> None:
    row = accepted(people, cyber)
    for who, sees in (("unit_shuju", True), ("unit_gongan", False), ("commander", True), ("auditor", True)):
        client = client_for(who)
        assert (row.number in client.get(LIST).content.decode()) == sees, who
        assert client.get(f"/prevention/findings/{row.number}/").status_code == (200 if sees else 404), who
        assert client.get(f"{LIST}sheet.csv").status_code == 200
    for who in ("sysadmin", "security", "contacts"):
        assert client_for(who).get(LIST).status_code == 403
        assert client_for(who).get(f"/prevention/findings/{row.number}/").status_code == 403
    assert Client().get(LIST).status_code == 302


@pytest.mark.parametrize(
    ("query", "found_"),
    [
        ("state=open", 1), ("state=late", 1), ("state=verified", 1), ("state=mine", 0), ("state=warned", 0),
        ("plan=cyber-2025", 2), ("plan=comms-2022", 0), ("unit=shuju", 2), ("unit=gongan", 0),
        ("q=不能", 2), ("q=没有", 0),
        ("state=x&plan=y&unit=z&page=99", 2), ("q=%00", 2),
    ],
)  # fmt: skip
def test_filters_narrow_and_never_fail(query: str, found_: int, people: Any, cyber: Any, client_for: Any) -> None:
    _overdue(people, cyber)
    verified(people, cyber)
    page = client_for("duty").get(f"{LIST}?{query}")
    assert page.status_code == 200
    assert page.context["page_obj"].paginator.count == found_


@pytest.mark.parametrize(("who", "limit"), [("office", 20), ("unit_shuju", 16), ("auditor", 16)])
def test_the_lists_statements_do_not_grow(
    who: str, limit: int, people: Any, cyber: Any, client_for: Any, django_assert_max_num_queries: Any
) -> None:
    client = client_for(who)
    accepted(people, cyber)
    client.get(LIST)
    with CaptureQueriesContext(connection) as few:
        client.get(LIST)
    for make in (reported, mended, verified, asked_back):
        make(people, cyber)
    with django_assert_max_num_queries(min(limit, len(few))):
        assert client.get(LIST).status_code == 200


def test_the_sheet_is_the_filtered_list(people: Any, cyber: Any, client_for: Any) -> None:
    late, done = _overdue(people, cyber, title="=cmd|calc"), verified(people, cyber)
    client = client_for("office")
    csv = b"".join(client.get(f"{LIST}sheet.csv?state=late").streaming_content).decode()  # type: ignore[attr-defined]
    assert late.number in csv
    assert done.number not in csv
    assert "'=cmd|calc" in csv
    answer = client.get(f"{LIST}sheet.xlsx")
    assert "no-store" in answer["Cache-Control"]
    sheet = load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    rows = list(sheet.values)
    assert rows[0][:3] == ("编号", "隐患", "预案")
    assert [row[0] for row in rows[1:]] == [late.number, done.number]
    assert client.get(f"{LIST}sheet.pdf").status_code == 404


def test_pages_take_only_their_methods(people: Any, cyber: Any, client_for: Any) -> None:
    row, client = reported(people, cyber), client_for("office")
    assert client.post(LIST).status_code == 405
    assert client.post(f"/prevention/findings/{row.number}/").status_code == 405
    assert client.get(f"/prevention/findings/{row.number}/accept/").status_code == 405
    assert client.delete("/prevention/findings/new/").status_code == 405


# --- one finding ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", MADE)
def test_every_state_has_its_page(state: str, people: Any, cyber: Any, client_for: Any) -> None:
    row = MADE[state](people, cyber)
    for who in ("office", "duty", "unit_shuju", "commander", "auditor"):
        page = client_for(who).get(f"/prevention/findings/{row.number}/")
        assert page.status_code == 200, who
        assert row.description in page.content.decode()


@pytest.mark.parametrize(
    ("state", "who", "offered"),
    [
        ("reported", "office", {"supplement", "accept", "ask-back", "reject", "intake", "incident", "warning"}),
        ("reported", "unit_shuju", {"supplement", "intake"}),
        ("asked_back", "unit_shuju", {"supplement", "intake"}),
        ("accepted", "unit_shuju", {"progress", "mended", "intake"}),
        ("mending", "office", {"progress", "mended", "extend", "chase", "intake", "incident", "warning"}),
        ("mended", "duty", {"verify", "send-back", "intake", "incident", "warning"}),
        ("mended", "unit_shuju", {"intake"}),
        ("verified", "office", set()),
        ("accepted", "commander", set()),
        ("accepted", "auditor", set()),
        ("accepted", "comms_office", set()),
    ],
)
def test_each_is_offered_what_is_theirs(
    state: str, who: str, offered: set[str], people: Any, cyber: Any, client_for: Any
) -> None:
    row = MADE[state](people, cyber)
    page = client_for(who).get(f"/prevention/findings/{row.number}/").content.decode()
    shown = {act for act in FINDING_ACTS if f'action="/prevention/findings/{row.number}/{act}/"' in page}
    assert shown == offered


def test_the_life_of_a_finding_on_the_pages(people: Any, cyber: Any, client_for: Any) -> None:
    unit_, office, duty = client_for("unit_shuju"), client_for("office"), client_for("duty")
    assert unit_.post("/prevention/findings/new/?plan=cyber-2025", _form()).status_code == 302
    row = Finding.objects.get()

    def go(client: Client, act: str, **data: Any) -> None:
        row.refresh_from_db()
        answer = _act(client, row, act, **data)
        assert (answer.status_code, answer.url) == (302, f"/prevention/findings/{row.number}/"), act

    go(office, "ask-back", reason="哪一路电源？")
    go(unit_, "supplement", **_form(title="二路电源不能切换", found_at="2026-01-01 08:00"))
    go(office, "accept", due_at=_soon(), owner="shuju")
    go(office, "chase")
    go(unit_, "progress", text="配件已订")
    go(office, "extend", due_at=(timezone.localtime() + timedelta(days=9)).strftime("%Y-%m-%d %H:%M"), reason="等配件")
    go(unit_, "mended", text="已换开关", mended_at="")
    go(duty, "send-back", reason="二路仍不能切换")
    go(unit_, "mended", text="已换整机", mended_at="")
    go(duty, "verify", text="现场核验")
    row.refresh_from_db()
    assert row.state == "verified"
    page = unit_.get(f"/prevention/findings/{row.number}/").content.decode()
    for words in ("退回补充", "受理隐患", "延至", "复核不通过", "复核通过，销号"):
        assert words in page


@pytest.mark.parametrize(
    ("act", "state", "who", "data", "kept"),
    [
        ("accept", "reported", "office", {"due_at": "昨天", "owner": "shuju"}, "昨天"),
        ("accept", "reported", "office", {"due_at": "2020-01-01 08:00"}, "2020-01-01 08:00"),
        ("ask-back", "reported", "office", {"reason": "长" * 501}, "长" * 501),
        ("supplement", "reported", "unit_shuju", {"title": "", "place": "机房甲", "description": "x"}, "机房甲"),
        ("mended", "accepted", "unit_shuju", {"text": "已换电源", "mended_at": "2020-01-01 08:00"}, "已换电源"),
        ("progress", "accepted", "office", {"text": "对方说已订货", "said_by": ""}, "对方说已订货"),
        ("extend", "accepted", "office", {"due_at": "2099-01-01 08:00", "reason": ""}, "2099-01-01 08:00"),
        ("send-back", "mended", "duty", {"reason": "短" * 600}, "短" * 600),
        ("warning", "accepted", "office", {"title": "预警稿", "text": "内容"}, "预警稿"),
        ("incident", "accepted", "office", {"incident": "CY-0"}, "CY-0"),
    ],
)
def test_a_refused_form_comes_back_as_it_was_typed(
    act: str, state: str, who: str, data: dict[str, Any], kept: str, people: Any, cyber: Any, client_for: Any
) -> None:
    row = MADE[state](people, cyber)
    answer = _act(client_for(who), row, act, **data)
    assert answer.status_code == 400
    page = answer.content.decode()
    assert kept in page
    assert "field__error" in page


def test_wrong_authority_state_and_version_are_words(people: Any, cyber: Any, client_for: Any) -> None:
    row = accepted(people, cyber)
    refused = _act(client_for("commander"), row, "extend", due_at="2099-01-01 08:00", reason="x")
    assert refused.status_code == 403
    assert "非预案规定" in refused.content.decode()
    wrong = _act(client_for("office"), row, "verify")
    assert wrong.status_code == 409
    assert "待整改" in wrong.content.decode()
    stale = client_for("office").post(
        f"/prevention/findings/{row.number}/chase/", {"version": row.version - 1}
    )  # fmt: skip
    assert stale.status_code == 409
    assert "受理隐患" in stale.content.decode()
    assert _act(client_for("unit_gongan"), row, "mended", text="x").status_code == 404


def test_html_is_shown_as_text(people: Any, cyber: Any, client_for: Any) -> None:
    bad = "<script>alert(1)</script>"
    row = reported(people, cyber, title=bad, place=bad, description=bad, severity=bad, measure=bad)
    for address in (LIST, f"/prevention/findings/{row.number}/"):
        assert bad not in client_for("office").get(address).content.decode()


def test_who_reported_it_mended_is_told_that_another_verifies(people: Any, cyber: Any, client_for: Any) -> None:
    row = accepted(people, cyber)
    office = client_for("office")
    assert _act(office, row, "mended", text="对方说已好", said_by="赵敏").status_code == 302
    page = office.get(f"/prevention/findings/{row.number}/").content.decode()
    assert "须由另一人复核" in page
    assert "复核通过，销号</button>" not in page


def test_a_warning_is_begun_and_its_draft_opens(people: Any, cyber: Any, client_for: Any) -> None:
    row = accepted(people, cyber)
    data = {"level": "3", "title": "备用电源隐患", "text": "请各单位检查。", "publicity": "internal"}
    answer = _act(client_for("office"), row, "warning", **data)
    made = EarlyWarning.objects.get()
    assert (answer.status_code, answer.url) == (302, f"/warnings/{made.number}/edit/")
    page = client_for("office").get(f"/prevention/findings/{row.number}/").content.decode()
    assert made.number in page
    assert made.number not in client_for("unit_shuju").get(f"/prevention/findings/{row.number}/").content.decode()
    assert made.number in client_for("office").get(f"{LIST}?state=warned").content.decode()
    for address in (f"{LIST}", f"{LIST}?state=warned"):
        assert made.number not in client_for("unit_shuju").get(address).content.decode()
    sheet = b"".join(client_for("unit_shuju").get(f"{LIST}sheet.csv").streaming_content).decode()
    assert row.number in sheet
    assert made.number not in sheet


def test_an_incident_opens_the_intake_filled_in(people: Any, cyber: Any, client_for: Any) -> None:
    row, client = accepted(people, cyber), client_for("unit_shuju")
    answer = _act(client, row, "intake")
    assert answer.status_code == 302
    assert re.fullmatch(r"/incidents/new/[0-9a-f-]{36}/", answer.url)
    page = client.get(answer.url).content.decode()
    assert row.title in page
    assert f"由隐患{row.number}转来" in page
    assert "继续接报登记" in client.get(f"/prevention/findings/{row.number}/").content.decode()
    case = file_incident(people)
    row.refresh_from_db()
    assert _act(client_for("office"), row, "incident", incident=case.number).status_code == 302
    assert case.number in client.get(f"/prevention/findings/{row.number}/").content.decode()


# --- reporting -----------------------------------------------------------------------------------------------------


def test_the_page_sends_an_event_to_the_intake(client_for: Any) -> None:
    """R12 on the page: what the five operators find as an event is reported at once, by its clause."""
    page = client_for("unit_yidong").get("/prevention/findings/new/").content.decode()
    assert "遇到突发事件，按有关规定立即上报县指挥部办公室" in page
    assert "/incidents/new/?plan=comms-2022" in page
    assert "条款没有列明本单位" not in page
    assert (
        "条款没有列明本单位"
        in client_for("unit_gongan").get("/prevention/findings/new/?plan=comms-2022").content.decode()
    )
    cyber = client_for("unit_gongan").get("/prevention/findings/new/?plan=cyber-2025").content.decode()
    assert "/incidents/new/?plan=cyber-2025" in cyber
    assert "条款没有列明本单位" not in cyber


@pytest.mark.parametrize("who", ["commander", "auditor"])
def test_a_reader_reports_nothing(who: str, client_for: Any) -> None:
    client = client_for(who)
    assert client.get("/prevention/findings/new/").status_code == 403
    assert client.post("/prevention/findings/new/", _form()).status_code == 403
    assert "报告隐患</a>" not in client.get(LIST).content.decode()


def test_bad_input_comes_back_with_everything_typed(client_for: Any) -> None:
    client = client_for("unit_shuju")
    for over, words in (
        ({"title": ""}, "政务云机房"),
        ({"place": "长" * 201}, "备用电源不能切换"),
        ({"found_at": "明天"}, "明天"),
        ({"found_at": "2099-01-01 08:00"}, "2099-01-01 08:00"),
        ({"owner": "火星"}, "备用电源不能切换"),
        ({"hazard_check": "PC-0"}, "备用电源不能切换"),
    ):
        answer = client.post("/prevention/findings/new/?plan=cyber-2025", _form(**over))
        if "hazard_check" in over:
            assert answer.status_code == 302, "没有排查可选，多出来的一项不看"
            continue
        assert answer.status_code == 400, over
        assert words in answer.content.decode()
    assert Finding.objects.count() == 1
    assert client.get("/prevention/findings/new/?plan=火星").status_code == 400


def test_the_office_takes_down_what_is_phoned_in(people: Any, client_for: Any) -> None:
    office = client_for("duty")
    page = office.get("/prevention/findings/new/?plan=cyber-2025").content.decode()
    assert "对方是谁" in page
    bad = office.post("/prevention/findings/new/?plan=cyber-2025", _form(unit="sitou"))
    assert bad.status_code == 400
    good = office.post("/prevention/findings/new/?plan=cyber-2025", _form(unit="sitou", said_by="老李"))
    assert good.status_code == 302
    assert Finding.objects.get().unit.code == "sitou"


def test_a_finding_of_a_round_is_tied_to_it(people: Any, cyber: Any, client_for: Any) -> None:
    check, client = opened(people, cyber, "shuju"), client_for("unit_shuju")
    page = client.get(f"/prevention/findings/new/?plan=cyber-2025&check={check.number}").content.decode()
    assert re.search(rf'value="{check.number}" selected', page)
    client.post("/prevention/findings/new/?plan=cyber-2025", _form(hazard_check=check.number))
    assert Finding.objects.get().hazard_check == check
    assert check.number in client.get(LIST).content.decode(), "还没有报结果，列表上提醒"


def test_the_wrong_version_of_nothing_is_no_fault(people: Any, cyber: Any, client_for: Any) -> None:
    row = accepted(people, cyber)
    assert _act(client_for("office"), row, "chase", version="x").status_code == 400
    assert client_for("office").post(f"/prevention/findings/{row.number}/chase/").status_code == 302
