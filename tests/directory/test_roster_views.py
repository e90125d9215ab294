"""The pages of rosters, swaps, hand-offs and the log: right person, reader, stranger, bad input, SQL counts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from directory.models import DutyLogEntry, DutySlot, Handoff, Holiday, Roster, SlotSwap
from directory.services.duty_log import log_add
from directory.services.handoffs import handoff_begin, handoff_sign
from directory.services.roster import roster_open
from directory.services.swaps import SwapInput, swap_propose
from tests.directory.making import person
from tests.directory.rostering import CYBER, NOON, TODAY, office, put, three_turns
from tests.incidents.factories import file_incident

pytestmark = pytest.mark.django_db
TOMORROW = TODAY + timedelta(days=1)
PAGES = ("", "?month=2026-12", "2026-11-22/", "swaps/", "handoff/")


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


def text_of(answer: Any) -> str:
    return answer.content.decode()


def fill(people: Any) -> None:
    """Fill the whole month at once."""
    roster = Roster.objects.get(code=CYBER)
    rows = []
    for number in range(30):
        day = TODAY.replace(day=1) + timedelta(days=number)
        for place, shift in enumerate(("day", "night")):
            starts_at, ends_at = roster.hours(day, shift)
            officer = people["duty2" if place else "duty"]
            rows.append(
                DutySlot(
                    roster=roster,
                    date=day,
                    shift=shift,
                    starts_at=starts_at,
                    ends_at=ends_at,
                    officer=officer,
                    leader=people["director"],
                )
            )
    DutySlot.objects.bulk_create(rows, ignore_conflicts=True)


def cost(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return len(queries)


# --- who reads what -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["duty", "office", "director", "deputy", "commander", "comms_duty", "auditor"])
def test_the_command_reads_every_roster(people: Any, client_for: Any, who: str) -> None:
    three_turns(people)
    client = client_for(who)
    assert "王晓东" in text_of(client.get("/roster/"))
    for page in PAGES:
        assert client.get(f"/roster/{CYBER}/{page}").status_code == 200, page
    assert client.get(f"/duty-log/{CYBER}/").status_code == 200


@pytest.mark.parametrize("who", ["contacts", "security", "sysadmin"])
def test_administrators_open_none(people: Any, client_for: Any, who: str) -> None:
    three_turns(people)
    client = client_for(who)
    for path in ("/roster/", f"/roster/{CYBER}/", f"/roster/{CYBER}/handoff/", f"/duty-log/{CYBER}/"):
        assert client.get(path).status_code == 403
    assert Client().get("/roster/").status_code == 302


def test_a_unit_sees_who_is_on_duty_and_no_mobile_of_theirs(people: Any, client_for: Any) -> None:
    three_turns(people)
    roster_open(user=people["unit_shuju"], code="shuju")
    client = client_for("unit_gongan")
    page = text_of(client.get("/roster/"))
    assert "王晓东" in page
    assert people["duty"].mobile not in page
    assert "县数据中心" not in page
    assert people["duty"].mobile not in text_of(client.get("/"))
    for page_of in PAGES:
        assert client.get(f"/roster/{CYBER}/{page_of}").status_code == 404
        assert client.get(f"/roster/shuju/{page_of}").status_code == 404
    assert client.get(f"/duty-log/{CYBER}/").status_code == 404
    assert people["duty"].mobile in text_of(client_for("commander").get("/roster/"))


def test_a_unit_opens_and_fills_its_own(people: Any, client_for: Any) -> None:
    colleague = person("gongan_zhiban", unit="gongan", display_name="高值班")
    client = client_for("unit_gongan")
    assert "建立值班表" in text_of(client.get("/roster/"))
    assert client.post("/roster/gongan/open/").status_code == 302
    form = text_of(client.get("/roster/gongan/2026-11-23/"))
    assert "高值班" in form
    assert "王晓东" not in form
    answer = client.post("/roster/gongan/2026-11-23/day/", {"officer": colleague.pk, "version": 0}, follow=True)
    assert "已保存：11月23日 白班" in text_of(answer)
    assert "高值班" in text_of(client.get("/roster/gongan/?month=2026-11"))
    assert client.post("/roster/shuju/open/").status_code == 404


# --- the grid and one day -------------------------------------------------------------------------------------------


def test_the_grid_marks_today_gaps_rest_and_holidays(people: Any, client_for: Any) -> None:
    three_turns(people)
    Holiday.objects.create(date=TOMORROW, name="测试假")
    page = text_of(client_for("office").get(f"/roster/{CYBER}/?month=2026-11"))
    assert page.count("month__day--today") == 1
    assert "测试假" in page
    assert "空缺 16 班" in page
    assert "点日期排班" in page
    assert "点日期排班" not in text_of(client_for("duty").get(f"/roster/{CYBER}/?month=2026-11"))
    assert "非预案规定" in page


@pytest.mark.parametrize("month", ["2026-13", "abc", "", "99999-01", "0000-00"])
def test_a_month_that_is_none_is_this_one(people: Any, client_for: Any, month: str) -> None:
    office(people)
    assert "2026年11月值班表" in text_of(client_for("duty").get(f"/roster/{CYBER}/", {"month": month}))


@pytest.mark.parametrize("month", ["0001-01", "9999-12"])
def test_months_at_the_ends_of_time(people: Any, client_for: Any, month: str) -> None:
    office(people)
    assert client_for("duty").get(f"/roster/{CYBER}/", {"month": month}).status_code == 200


@pytest.mark.parametrize("path", ["2026-02-30/", "x/", "2026-11-22/evening/", "0001-01-01/", "9999-12-31/"])
def test_days_that_are_none(people: Any, client_for: Any, path: str) -> None:
    office(people)
    answer = client_for("office").get(f"/roster/{CYBER}/{path}")
    assert answer.status_code in (404, 405)


def test_editing_a_turn(people: Any, client_for: Any) -> None:
    office(people)
    client = client_for("office")
    typed = {"leader": people["director"].pk, "officer": people["duty"].pk, "note": "电话带班", "version": 0}
    assert client.post(f"/roster/{CYBER}/2026-11-23/day/", typed).status_code == 302
    slot = DutySlot.objects.get()
    assert (slot.leader, slot.officer, slot.note) == (people["director"], people["duty"], "电话带班")
    stale = client.post(f"/roster/{CYBER}/2026-11-23/day/", {**typed, "officer": people["duty2"].pk})
    assert stale.status_code == 409
    assert "王晓东" in text_of(stale)


def test_bad_input_comes_back_with_what_was_typed(people: Any, client_for: Any) -> None:
    office(people)
    office(people, "comms-2022")
    put(people, TOMORROW, "day", "comms_duty", "director", code="comms-2022")
    typed = {"leader": people["director"].pk, "officer": people["duty"].pk, "note": "请核对", "version": 0}
    answer = client_for("office").post(f"/roster/{CYBER}/2026-11-23/day/", typed)
    page = text_of(answer)
    assert answer.status_code == 400
    assert "不能同时在两处" in page
    assert 'value="请核对"' in page
    assert f'<option value="{people["duty"].pk}" selected' in page
    for wrong in ({"officer": "abc"}, {"officer": 999_999}, {"note": "字" * 201}, {"version": "x"}):
        answer = client_for("office").post(f"/roster/{CYBER}/2026-11-24/day/", {"version": 0, **wrong})
        assert answer.status_code == 400, wrong
    assert not DutySlot.objects.filter(roster__code=CYBER).exists()


def test_readers_get_no_form_and_may_not_post(people: Any, client_for: Any) -> None:
    three_turns(people)
    client = client_for("duty")
    page = text_of(client.get(f"/roster/{CYBER}/2026-11-22/"))
    assert "保存白班" not in page
    assert people["deputy"].mobile in page
    assert client.post(f"/roster/{CYBER}/2026-11-24/day/", {"version": 0}).status_code == 403
    assert client.get(f"/roster/{CYBER}/settings/").status_code == 403
    assert client.get(f"/roster/{CYBER}/2026-11-24/day/").status_code == 405


def test_settings_by_page(people: Any, client_for: Any) -> None:
    office(people)
    client = client_for("director")
    typed = {"pattern": "whole", "day_at": "08:30", "night_at": "20:00", "most_in_row": "1", "version": "1"}
    assert client.post(f"/roster/{CYBER}/settings/", {**typed, "night_at": "07:00"}).status_code == 400
    assert client.post(f"/roster/{CYBER}/settings/", typed).status_code == 302
    assert "08:30 交班" in text_of(client.get(f"/roster/{CYBER}/"))


def test_holidays_by_page(people: Any, client_for: Any) -> None:
    client = client_for("office")
    assert client.post("/roster/holidays/fixed/", {"year": "2027"}).status_code == 302
    page = text_of(client.get("/roster/holidays/?year=2027"))
    assert page.count("国庆节") >= 3
    assert client.post("/roster/holidays/", {"day": "2027-02-30", "name": "春节"}).status_code == 400
    assert client.post("/roster/holidays/", {"day": "2027-02-06", "name": "春节"}).status_code == 302
    row = Holiday.objects.get(name="春节")
    assert client_for("unit_gongan").post(f"/roster/holidays/{row.pk}/remove/").status_code == 403
    assert client.post(f"/roster/holidays/{row.pk}/remove/").status_code == 302
    assert 'name="day"' not in text_of(client_for("commander").get("/roster/holidays/"))
    assert client_for("commander").post("/roster/holidays/", {"day": "2027-02-07", "name": "x"}).status_code == 403


def test_only_days_with_a_fixed_date_are_loaded_and_only_since_the_law_says_so(people: Any, client_for: Any) -> None:
    client = client_for("office")
    client.post("/roster/holidays/fixed/", {"year": "2027"})
    rows = Holiday.objects.values_list("date", "name")
    assert [(day.month, day.day, name) for day, name in rows] == [
        (1, 1, "元旦"), (5, 1, "劳动节"), (5, 2, "劳动节"), (10, 1, "国庆节"), (10, 2, "国庆节"), (10, 3, "国庆节"),
    ]  # fmt: skip
    assert "载入 2025 年" in text_of(client.get("/roster/holidays/?year=2025"))
    assert "载入 2024 年" not in text_of(client.get("/roster/holidays/?year=2024"))
    assert client.post("/roster/holidays/fixed/", {"year": "2024"}).status_code == 409
    assert Holiday.objects.count() == 6


def test_the_month_leads_to_what_each_may_do_with_it(people: Any, client_for: Any) -> None:
    three_turns(people)
    for who, arranges in (("office", True), ("duty", False)):
        page = text_of(client_for(who).get(f"/roster/{CYBER}/?month=2026-12"))
        for link in ("fill/", "import/"):
            assert (f"/roster/{CYBER}/{link}?month=2026-12" in page) is arranges
        for link in ("export.xlsx", "print.pdf"):
            assert f"/roster/{CYBER}/{link}?month=2026-12" in page


# --- swaps, hand-off, log -------------------------------------------------------------------------------------------


def test_a_swap_by_page(people: Any, client_for: Any) -> None:
    office(people)
    mine = put(people, TOMORROW, "day", "duty")
    theirs = put(people, TOMORROW, "night", "duty2")
    client, other = client_for("duty"), client_for("duty2")
    assert "我的班次" in text_of(client.get(f"/roster/{CYBER}/swaps/"))
    typed = {"mine": f"{mine.pk}:officer", "wish": f"{people['duty2'].pk}:{theirs.pk}", "reason": ""}
    assert client.post(f"/roster/{CYBER}/swaps/", typed).status_code == 400
    assert client.post(f"/roster/{CYBER}/swaps/", {**typed, "reason": "家中有事"}).status_code == 302
    swap = SlotSwap.objects.get()
    address = f"/roster/{CYBER}/swaps/{swap.pk}/answer/"
    assert "同意换班" not in text_of(client.get(f"/roster/{CYBER}/swaps/"))
    assert client.post(address, {"agree": "1"}).status_code == 403
    assert "同意换班" in text_of(other.get(f"/roster/{CYBER}/swaps/"))
    refused = other.post(address, {"agree": "0", "note": ""})
    assert refused.status_code == 400
    assert "不同意须写明理由" in text_of(refused)
    assert other.post(address, {"agree": "1"}).status_code == 302
    mine.refresh_from_db()
    assert mine.officer == people["duty2"]


def test_withdrawn_by_page(people: Any, client_for: Any) -> None:
    office(people)
    mine = put(people, TOMORROW, "day", "duty")
    entry = SwapInput(mine.pk, "officer", people["duty2"].pk, None, "有事")
    swap = swap_propose(user=people["duty"], code=CYBER, entry=entry)
    assert client_for("duty").post(f"/roster/{CYBER}/swaps/{swap.pk}/withdraw/").status_code == 302
    assert client_for("duty2").post(f"/roster/{CYBER}/swaps/{swap.pk}/answer/", {"agree": "1"}).status_code == 409


def test_a_hand_off_by_page_waits_on_the_desk_until_signed(people: Any, client_for: Any) -> None:
    last, _now, _coming = three_turns(people)
    giver, taker = client_for("duty2"), client_for("duty")
    page = text_of(giver.get(f"/roster/{CYBER}/handoff/"))
    assert "未办交接" in page
    assert "未结事件" in page
    long = giver.post(f"/roster/{CYBER}/handoff/", {"from": last.pk, "text": "字" * 20_001, "version": 0})
    assert long.status_code == 400
    typed = {"from": last.pk, "text": "传真机缺纸", "version": 0}
    assert giver.post(f"/roster/{CYBER}/handoff/", typed).status_code == 302
    row = Handoff.objects.get()
    sign = f"/roster/{CYBER}/handoff/{row.pk}/sign/"
    assert "交班签字" in text_of(giver.get("/"))
    assert taker.post(sign, {"version": 1}).status_code == 403
    assert giver.post(sign, {"version": 1}).status_code == 302
    desk = text_of(taker.get("/"))
    assert "接班签字" in desk
    assert "催签交接" in text_of(client_for("office").get("/"))
    assert "催签交接" not in text_of(client_for("comms_duty").get("/"))
    assert taker.post(sign, {"version": 1}).status_code == 409
    assert taker.post(sign, {"version": 2, "note": "字" * 301}).status_code == 400
    assert taker.post(sign, {"version": 2, "note": "已核对"}).status_code == 302
    assert "接班签字" not in text_of(taker.get("/"))
    printed = text_of(taker.get(f"/roster/{CYBER}/handoff/{row.pk}/"))
    assert "传真机缺纸" in printed
    assert "已核对" in printed
    assert client_for("unit_gongan").get(f"/roster/{CYBER}/handoff/{row.pk}/").status_code == 404


def test_the_desk_says_who_is_on_duty(people: Any, client_for: Any) -> None:
    assert "现在谁值班" not in text_of(client_for("duty").get("/"))
    three_turns(people)
    for who in ("duty", "commander", "unit_gongan"):
        assert "现在谁值班" in text_of(client_for(who).get("/desk/fragment/"))
    assert people["duty"].mobile in text_of(client_for("commander").get("/"))


def test_the_log_by_page(people: Any, client_for: Any) -> None:
    three_turns(people)
    client = client_for("duty")
    address = f"/duty-log/{CYBER}/"
    assert client.post(address, {"text": ""}).status_code == 400
    future = client.post(address, {"text": "以后的事", "at": "2026-11-22 18:00"})
    assert future.status_code == 400
    assert "以后的事" in text_of(future)
    assert "时间不能晚于现在" in text_of(future)
    assert client.post(address, {"text": "<b>来电</b>", "at": "11:30"}).status_code == 302
    row = DutyLogEntry.objects.get()
    page = text_of(client.get(address))
    assert "&lt;b&gt;来电&lt;/b&gt;" in page
    assert "补录" in page
    assert "更正一条" in text_of(client.get(address, {"corrects": row.pk}))
    assert client.post(address, {"text": "更正内容", "corrects": row.pk}).status_code == 302
    assert "的一条更正" in text_of(client.get(address))
    assert "记一条" not in text_of(client_for("commander").get(address))
    assert client_for("commander").post(address, {"text": "x"}).status_code == 403


# --- what it costs --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["?month=2026-11", "2026-11-23/", "swaps/"])
@pytest.mark.parametrize("who", ["office", "duty"])
def test_a_full_month_costs_what_an_empty_one_costs(people: Any, client_for: Any, who: str, page: str) -> None:
    office(people)
    client = client_for(who)
    path = f"/roster/{CYBER}/{page}"
    empty = cost(client, path)
    fill(people)
    assert cost(client, path) <= empty
    assert empty <= 16


def test_a_hand_off_of_a_full_month_costs_no_more(people: Any, client_for: Any) -> None:
    three_turns(people)
    client, path = client_for("duty"), f"/roster/{CYBER}/handoff/"
    few = cost(client, path)
    fill(people)
    for _ in range(5):
        file_incident(people)
    assert cost(client, path) == few
    assert few <= 27


def test_the_list_and_the_log_do_not_grow(people: Any, client_for: Any) -> None:
    three_turns(people)
    client = client_for("duty")
    roster_open(user=people["unit_gongan"], code="gongan")
    log_add(user=people["duty"], code=CYBER, text="一条")
    few = cost(client, "/roster/"), cost(client, f"/duty-log/{CYBER}/")
    for code in ("shuju", "yidong", "dianxin", "runcheng"):
        roster_open(user=people[f"unit_{code}"], code=code)
    for number in range(40):
        log_add(user=people["duty"], code=CYBER, text=f"第{number}条")
    assert (cost(client, "/roster/"), cost(client, f"/duty-log/{CYBER}/")) == few
    assert max(few) <= 22


def test_hand_offs_signed_do_not_make_the_desk_dearer(people: Any, client_for: Any) -> None:
    three_turns(people)
    client = client_for("office")
    before = cost(client, "/desk/fragment/")
    fill(people)
    slots = list(DutySlot.objects.filter(starts_at__lt=NOON).order_by("starts_at")[:12])
    for giving in slots[:-1]:
        row = handoff_begin(user=people["office"], code=CYBER, from_slot_id=giving.pk, text="")
        signer = giving.officer or giving.leader
        handoff_sign(user=signer, code=CYBER, handoff_id=row.pk, version=row.version)
    assert cost(client, "/desk/fragment/") == before
