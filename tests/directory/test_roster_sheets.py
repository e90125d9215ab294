"""A month of duty at once: out as Excel and on paper, in from an office's sheet, filled by rotation."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from directory.duty_sheets.away import away_read
from directory.duty_sheets.dates import date_read
from directory.duty_sheets.names import NameBook
from directory.duty_sheets.rotation import Rotation
from directory.models import DutySlot, Holiday, Roster, RosterDraft, User
from directory.papers.duties import duties_of
from directory.papers.roster_month import roster_paper
from directory.selectors.roster_drafts import draft_month
from directory.services import roster_drafts as services
from directory.services.handoffs import handoff_begin, handoff_sign
from directory.services.roster import SlotInput, roster_open, roster_set, slot_set
from directory.sheets.reading import MAX_BYTES
from tests.directory.making import person
from tests.directory.rostering import CYBER, NOON, TODAY, office, put, three_turns
from tests.directory.sheet_files import csv_file, rows_of, uploaded, xlsx
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, StaleVersion, WrongState
from yangcheng_ec.papers import html_of
from yangcheng_ec.record.models import CaseHead, RecordEntry
from yangcheng_ec.record.selectors import verify_chain

pytestmark = pytest.mark.django_db
DECEMBER, NOVEMBER = date(2026, 12, 1), date(2026, 11, 1)
HEAD = ["日期", "星期", "班次", "带班领导", "值班员", "备注"]


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def send(people: Any) -> Any:
    """Upload rows (or a whole file) for December as the office."""

    def make(rows: Any, name: str = "12月值班表.xlsx", month: date = DECEMBER, **made: Any) -> RosterDraft:
        content = rows if isinstance(rows, bytes) else xlsx(rows, **made)
        return services.draft_upload(user=people["office"], code=CYBER, month=month, file_name=name, content=content)

    return make


def write(people: Any, draft: RosterDraft, who: str = "office") -> RosterDraft:
    return services.draft_write(user=people[who], code=CYBER, draft_id=draft.pk, version=draft.version)


def turns(draft: RosterDraft, state: str = "add") -> list[str]:
    return [item["label"] for item in draft.items if item["state"] == state]


def faults(draft: RosterDraft) -> dict[str, str]:
    """Return what is wrong, by cell."""
    found = [error for item in draft.items for error in item.get("errors", ())]
    return {error["cell"]: error["text"] for error in found}


def on_duty(code: str = CYBER) -> dict[str, tuple[str, str]]:
    slots = DutySlot.objects.filter(roster__code=code).select_related("leader", "officer")
    return {slot.label: (str(slot.leader or ""), str(slot.officer or "")) for slot in slots}


# --- what a cell means ----------------------------------------------------------------------------------------------


def test_dates_as_offices_write_them_and_what_is_none() -> None:
    written = {
        "12月1日": 1, "12月 1 日（周二）": 1, "2026-12-02": 2, "2026/12/2": 2, "2026.12.02": 2, "3日": 3, "3": 3,
        "12-4": 4, "12.4": 4, "１２月５日": 5, "46362": 6, "20261207": 7, "8号星期二": 8, "2026-12-09 08:00": 9,
        "2026年12月10日": 10,
    }  # fmt: skip
    for text, day in written.items():
        assert date_read(text, DECEMBER) == date(2026, 12, day), text
    for text in ("", "合计", "13月1日", "2月30日", "0", "99999999", "张三", "12月1日至3日"):
        assert date_read(text, DECEMBER) is None, text


# --- out, and in again ----------------------------------------------------------------------------------------------


def test_importing_an_export_changes_nothing(people: Any, client_for: Any, send: Any) -> None:
    three_turns(people)
    twin = person("twin", unit="gongan", display_name="王晓东", mobile="13800000009")
    entry = SlotInput(date(2026, 11, 30), "day", None, twin.pk, '=HYPERLINK("x")')
    slot_set(user=people["office"], code=CYBER, entry=entry)
    answer = client_for("duty").get(f"/roster/{CYBER}/export.xlsx?month=2026-11")
    assert answer["Cache-Control"] == "private, no-store"
    rows = rows_of(answer.content)
    assert rows[0] == ["日期", "星期", "班次", "带班领导", "带班领导电话", "值班员", "值班员电话", "备注"]
    assert len(rows) == 61
    duty = people["duty"]
    assert rows[43][:7] == ["2026-11-22", "周日", "白班", "刘建华", people["deputy"].mobile,
                            f"王晓东（{duty.unit}）", duty.mobile]  # fmt: skip
    assert RecordEntry.objects.latest("id").text.startswith("导出值班表（Excel）")
    draft = send(answer.content, month=NOVEMBER)
    assert {item["state"] for item in draft.items} == {"same", "error"}
    assert faults(draft) == {"H60": "是公式，没有执行；请改成公式算出的值"}
    assert client_for("unit_gongan").get(f"/roster/{CYBER}/export.xlsx").status_code == 404


def test_our_own_layout_is_previewed_then_written_and_the_rest_stays(people: Any, send: Any) -> None:
    office(people)
    put(people, DECEMBER, "day", "duty", "director", note="旧")
    put(people, date(2026, 12, 9), "day", "duty", "director")
    draft = send(
        [
            HEAD,
            ["2026-12-01", "周二", "白班", "", "李雪梅", ""],
            ["", "", "夜班", "刘建华", "王 晓东 13912345678", "电话带班"],
            ["2026-12-02", "周三", "白班", "陈国平", "空缺", ""],
            ["2026-12-03", "", "白班", "", "", ""],
        ]
    )
    assert turns(draft, "change") == ["12月1日 白班"]
    assert turns(draft) == ["12月1日 夜班", "12月2日 白班"]
    assert DutySlot.objects.filter(roster__code=CYBER).count() == 2
    month = draft_month(draft, Roster.objects.get(code=CYBER), people["office"])
    assert month is not None
    assert str(month.days[0].turns[1].slot.officer) == "王晓东"
    done = write(people, draft)
    assert on_duty() == {
        "12月1日 白班": ("陈国平", "李雪梅"), "12月1日 夜班": ("刘建华", "王晓东"),
        "12月2日 白班": ("陈国平", ""), "12月9日 白班": ("陈国平", "王晓东"),
    }  # fmt: skip
    assert DutySlot.objects.get(date=DECEMBER, shift="day").note == "旧"
    kinds = RecordEntry.objects.filter(head__key=f"roster:{CYBER}").order_by("-seq").values_list("kind", flat=True)
    assert list(kinds[:4]) == ["roster.filled", *["roster.slot_set"] * 3]
    assert "新排 2 班、改动 1 班" in RecordEntry.objects.get(kind="roster.filled").text
    assert verify_chain(CaseHead.objects.get(key=f"roster:{CYBER}")) is None
    assert (done.state, done.book) == ("written", [])
    with pytest.raises(WrongState):
        write(people, done)


def test_the_usual_office_grid(people: Any, send: Any) -> None:
    """A title, two header rows, dates and a leader merged over rows, a header repeated, remarks: as offices send it."""
    office(people)
    rows = [
        ["阳城县2026年12月值班表", None, None, None, None],
        ["日期", "星期", "带班领导", "值班员", None],
        [None, None, None, "白班", "夜班"],
        ["1日", "二", "陈国平", "王晓东", "李雪梅"],
        ["12月2日", "三", None, "李雪梅", "王晓东"],
        ["日期", "星期", "带班领导", "值班员", "值班员"],
        [datetime(2026, 12, 3), "四", "刘建华", "王晓东", ""],
        ["说明：值班电话 4233414", None, None, None, None],
    ]
    merged = ("A1:E1", "A2:A3", "B2:B3", "C2:C3", "D2:E2", "C4:C5", "A8:E8")
    draft = send(rows, merged=merged)
    assert faults(draft) == {}
    write(people, draft)
    assert on_duty() == {
        "12月1日 白班": ("陈国平", "王晓东"), "12月1日 夜班": ("陈国平", "李雪梅"),
        "12月2日 白班": ("陈国平", "李雪梅"), "12月2日 夜班": ("陈国平", "王晓东"),
        "12月3日 白班": ("刘建华", "王晓东"),
    }  # fmt: skip


def test_two_blocks_beside_each_other_in_gb18030_for_a_whole_day_roster(people: Any, send: Any) -> None:
    roster = office(people)
    values = {"day_at": roster.day_at, "night_at": roster.night_at, "most_in_row": 2, "version": 1}
    roster_set(user=people["office"], code=CYBER, pattern="whole", **values)
    head = ["日期", "带班领导及电话", "值班员", "值班电话", "日期", "带班领导", "值班员（手机）"]
    rows = [
        head,
        ["12月1日", "陈国平13912345678", "王晓东", "4233414", "12月16日", "刘建华", "李雪梅（139 1234 5678）"],
    ]
    write(people, send(csv_file(rows, "gb18030"), "十二月.csv"))
    assert on_duty() == {"12月1日 全天": ("陈国平", "王晓东"), "12月16日 全天": ("刘建华", "李雪梅")}


def test_every_fault_is_said_at_its_cell_and_only_the_rest_is_written(people: Any, send: Any) -> None:
    office(people)
    office(people, "comms-2022")
    put(people, date(2026, 12, 4), "day", "comms_duty", "director", code="comms-2022")
    person("twin1", unit="gongan", display_name="张伟")
    person("twin2", unit="shuju", display_name="张伟")
    User.objects.filter(username="duty2").update(is_active=False)
    draft = send(
        [
            HEAD,
            ["11月30日", "", "白班", "陈国平", "王晓东", ""],
            ["12月1日", "", "白班", "陈国萍", "王晓东", ""],
            ["12月2日", "", "白班", "陈国平", "张伟", ""],
            ["12月3日", "", "晌午", "陈国平", "王晓东", ""],
            ["12月4日", "", "白班", "陈国平", "王晓东", ""],
            ["12月5日", "", "白班", "=A1", "王晓东", "字" * 201],
            ["12月6日", "", "白班", "陈国平", "李雪梅", ""],
            ["12月7日", "", "白班", "", "王晓东、陈国平", ""],
            ["12月8日", "", "白班", "", "王晓东", ""],
            ["12月8日", "", "白班", "", "张伟（县公安局）", ""],
            ["下周", "", "白班", "", "王晓东", ""],
            ["12月9日", "", "全天", "", "王晓东", ""],
        ]
    )
    found = faults(draft)
    words = {
        "A2": "不在要导入的 2026年12月", "D3": "是不是「陈国平」", "E4": "有 2 个「张伟」", "C5": "看不懂班次",
        "D6": "这段时间已排在", "D7": "是公式", "F7": "200 个字", "E8": "没有「李雪梅」", "E9": "一格里有 2 个人",
        "A11": "与第 10 行是同一班", "A12": "看不懂日期", "A13": "没有全天",
    }  # fmt: skip
    assert found.keys() == words.keys()
    for cell, text in words.items():
        assert text in found[cell], cell
    assert turns(draft) == ["12月8日 白班"]
    write(people, draft)
    assert on_duty() == {"12月8日 白班": ("", "王晓东")}


def test_what_has_ended_or_was_handed_over_is_not_changed(people: Any, send: Any) -> None:
    last, now, _coming = three_turns(people)
    row = handoff_begin(user=people["duty2"], code=CYBER, from_slot_id=last.pk, text="")
    handoff_sign(user=people["duty2"], code=CYBER, handoff_id=row.pk, version=row.version)
    rows = [
        HEAD, ["11月20日", "", "白班", "", "王晓东", ""], ["11月21日", "", "夜班", "", "王晓东", ""],
        ["11月22日", "", "白班", "", "李雪梅", ""], ["11月22日", "", "夜班", "陈国平", "李雪梅", ""],
    ]  # fmt: skip
    draft = send(rows, month=NOVEMBER)
    found = faults(draft)
    assert "已经结束" in found["A2"]
    assert "签过交接班" in found["A3"]
    assert "签过交接班" in found["A4"]
    assert turns(draft, "same") == [now.label.replace("白班", "夜班")]
    with pytest.raises(WrongState, match="没有可写入"):
        write(people, draft)


def test_a_wrong_file_changes_nothing(people: Any, send: Any) -> None:
    office(people)
    refused = {
        "没有一张工作表": xlsx([["单位", "电话"], ["县气象局", "4228899"]]),
        "旧版 .xls": b"\xd0\xcf\x11\xe0" + b"x" * 600,
        "10 MB": b"x" * (MAX_BYTES + 1),
        "空的": b"",
    }
    for words, content in refused.items():
        with pytest.raises(BadInput) as error:
            send(content)
        assert words in error.value.fields["file"][0]
    assert not RosterDraft.objects.exists()
    assert not DutySlot.objects.exists()


def test_the_sheet_of_the_month_is_taken_and_another_may_be_chosen(people: Any, send: Any) -> None:
    office(people)
    draft = send([["日期", "值班员"], ["12月1日", "王晓东"]], sheets=("通知", "十二月"))
    assert (draft.sheet, turns(draft)) == ("十二月", ["12月1日 白班", "12月1日 夜班"])
    for sheet in ("通知", "没有"):
        with pytest.raises(BadInput):
            services.draft_sheet(user=people["office"], code=CYBER, draft_id=draft.pk, version=1, sheet=sheet)
    again = services.draft_sheet(user=people["office"], code=CYBER, draft_id=draft.pk, version=1, sheet="十二月")
    assert again.version == 2
    with pytest.raises(StaleVersion):
        write(people, draft)


# --- races and rights -----------------------------------------------------------------------------------------------


def test_a_lost_race_writes_nothing(people: Any, send: Any) -> None:
    office(people)
    office(people, "comms-2022")
    rows = [HEAD, ["12月1日", "", "白班", "陈国平", "王晓东", ""], ["12月2日", "", "白班", "陈国平", "王晓东", ""]]
    draft = send(rows)
    mine = put(people, date(2026, 12, 2), "day", "duty2")
    with pytest.raises(StaleVersion, match="12月2日 白班"):
        write(people, draft)
    assert list(DutySlot.objects.all()) == [mine]
    put(people, date(2026, 12, 2), "day", version=1)
    draft = send(rows)
    put(people, DECEMBER, "day", "comms_duty", "director", code="comms-2022")
    with pytest.raises(WrongState, match="不能同时在两处"):
        write(people, draft)
    assert on_duty() == {"12月2日 白班": ("", "")}


@pytest.mark.parametrize(("who", "error"), [("duty", Forbidden), ("auditor", Forbidden), ("unit_gongan", NotVisible)])
def test_only_who_arranges_it_does_it_at_once(people: Any, send: Any, client_for: Any, who: str, error: Any) -> None:
    office(people)
    draft = send([HEAD, ["12月1日", "", "白班", "", "王晓东", ""]])
    user = people[who]
    with pytest.raises(error):
        services.draft_upload(user=user, code=CYBER, month=DECEMBER, file_name="x", content=b"x")
    with pytest.raises(error):
        services.draft_fill(user=user, code=CYBER, plan=services.FillPlan(DECEMBER, {}))
    with pytest.raises(error):
        write(people, draft, who)
    status = 403 if error is Forbidden else 404
    for path in ("import/", "fill/", f"drafts/{draft.pk}/"):
        assert client_for(who).get(f"/roster/{CYBER}/{path}").status_code == status
    assert client_for(who).post(f"/roster/{CYBER}/drafts/{draft.pk}/drop/", {"version": 1}).status_code == status
    assert client_for("office").get(f"/roster/{CYBER}/drafts/{draft.pk}/write/").status_code == 405


def test_a_unit_puts_its_own_people_only_and_another_roster_s_draft_is_not_found(people: Any, send: Any) -> None:
    office(people)
    other = send([HEAD, ["12月1日", "", "白班", "", "王晓东", ""]])
    user = people["unit_gongan"]
    roster_open(user=user, code="gongan")
    content = xlsx([HEAD, ["12月1日", "", "白班", "", "王晓东", ""]])
    draft = services.draft_upload(user=user, code="gongan", month=DECEMBER, file_name="x.xlsx", content=content)
    assert faults(draft) == {"E2": "本单位可排班的人里没有「王晓东」"}
    with pytest.raises(NotVisible):
        services.draft_write(user=user, code="gongan", draft_id=other.pk, version=1)


def test_one_borrowed_from_another_unit_is_said_not_refused(people: Any, send: Any) -> None:
    office(people)
    draft = send([HEAD, ["12月1日", "", "白班", "", "杨帆", ""]])
    assert draft.items[0]["notes"] == ["杨帆不是本单位人员"]


# --- filling by rotation --------------------------------------------------------------------------------------------


def fill(people: Any, month: date = DECEMBER, **values: Any) -> RosterDraft:
    rotations = {
        "leader": Rotation([people["director"], people["deputy"]], "day"),
        "officer": Rotation([people["duty"], people["duty2"], people["office"]], "turn"),
    }
    rotations |= values.pop("rotations", {})
    return services.draft_fill(user=people["office"], code=CYBER, plan=services.FillPlan(month, rotations, **values))


def test_a_month_is_filled_in_order_from_whoever_comes_next(people: Any) -> None:
    three_turns(people)
    draft = fill(people, NOVEMBER)
    assert turns(draft)[0] == "11月23日 白班"
    assert len(draft.items) == 16
    write(people, draft)
    found = on_duty()
    names = [found[f"11月{day}日 {shift}"] for day in (23, 24) for shift in ("白班", "夜班")]
    assert names == [("刘建华", str(people["office"])), ("刘建华", "王晓东"), ("陈国平", "李雪梅"),
                     ("陈国平", str(people["office"]))]  # fmt: skip
    assert found["11月22日 夜班"] == ("陈国平", "李雪梅")


def test_the_away_the_busy_and_the_placed_are_passed_over_and_gaps_are_shown(people: Any) -> None:
    roster = office(people)
    office(people, "comms-2022")
    put(people, date(2026, 12, 2), "day", "comms_duty", "director", code="comms-2022")
    put(people, date(2026, 12, 3), "day", "duty2")
    away = {people["deputy"].pk: {date(2026, 12, 2)}, people["duty"].pk: {date(2026, 12, 4)}}
    only = {"officer": Rotation([people["duty"], people["duty2"]], "turn", people["duty2"])}
    draft = fill(people, rotations=only, away=away)
    by_label = {item["label"]: item for item in draft.items}
    assert by_label["12月1日 白班"]["officer"] == people["duty2"].pk
    assert by_label["12月2日 白班"]["leader"] is None
    assert by_label["12月2日 夜班"]["leader"] == people["director"].pk
    assert by_label["12月3日 白班"]["officer"] == people["duty2"].pk
    assert by_label["12月3日 夜班"]["officer"] == people["duty"].pk
    assert [by_label[f"12月4日 {shift}"]["officer"] for shift in ("白班", "夜班")] == [people["duty2"].pk] * 2
    month = draft_month(draft, roster, people["office"])
    assert month is not None
    assert month.gaps == 1
    assert "李雪梅连续第3班" not in [text for day in month.days for turn in day.turns for text in turn.problems]
    alone = fill(people, rotations={"officer": Rotation([people["duty"]], "turn")})
    crowded = draft_month(alone, roster, people["office"])
    assert crowded is not None
    assert "王晓东连续第3班" in crowded.days[10].turns[0].problems[0] or crowded.problems > 20


def test_all_not_begun_are_arranged_anew_or_only_the_vacant(people: Any) -> None:
    three_turns(people)
    only = {"leader": Rotation(), "officer": Rotation([people["office"]], "week")}
    assert "11月22日 夜班" not in turns(fill(people, NOVEMBER, rotations=only), "change")
    draft = fill(people, NOVEMBER, rotations=only, only_vacant=False)
    assert turns(draft, "change") == ["11月22日 夜班"]
    write(people, draft)
    assert on_duty()["11月22日 夜班"] == ("陈国平", str(people["office"]))
    assert on_duty()["11月22日 白班"] == ("刘建华", "王晓东")
    with pytest.raises(BadInput):
        fill(people, rotations={"leader": Rotation(), "officer": Rotation()})


def test_who_is_away_as_typed(people: Any) -> None:
    names, problems = NameBook(office(people)), []
    text = "王晓东 5日至8日、12月20日\n李雪梅：2026-12-30到2027-01-02\n张三 5日\n陈国平\n王晓东 9日-3日"
    found = away_read(text, DECEMBER, names, problems)
    assert {day.day for day in found[people["duty"].pk]} == {5, 6, 7, 8, 20}
    assert max(found[people["duty2"].pk]) == date(2027, 1, 2)
    assert [problem.split("：")[0] for problem in problems] == ["第 3 行", "第 4 行", "第 5 行"]


# --- pages ----------------------------------------------------------------------------------------------------------


def test_the_walk_by_page(people: Any, client_for: Any) -> None:
    office(people)
    client = client_for("office")
    at = f"/roster/{CYBER}/import/?month=2026-12"
    assert "导入 2026年12月值班表" in client.get(at).content.decode()
    for wrong in ({}, {"file": uploaded(b"\x00\x01", "a.csv")}, {"file": uploaded(b"x" * (MAX_BYTES + 9))}):
        assert client.post(at, wrong).status_code == 400
    rows = [HEAD, ["12月1日", "", "白班", "<b>", "王晓东", ""], ["12月2日", "", "白班", "陈国平", "王晓东", ""]]
    sent = client.post(at, {"file": uploaded(xlsx(rows))})
    page = client.get(sent["Location"]).content.decode()
    assert "写入 1 班，1 处有错不写" in page
    assert '<strong class="num">D2</strong>' in page
    assert "&lt;b&gt;" in page
    assert "写入后空缺" in page
    assert client.post(f"{sent['Location']}sheet/", {"version": 1, "sheet": "没有"}).status_code == 400
    assert client.post(f"{sent['Location']}sheet/", {"version": 1, "sheet": "联络表"}).status_code == 302
    assert client.post(f"{sent['Location']}write/", {"version": 1}).status_code == 409
    done = client.post(f"{sent['Location']}write/", {"version": 2}, follow=True).content.decode()
    assert "已写入值班表" in done
    assert client.post(f"{sent['Location']}write/", {"version": 3}).status_code == 409
    assert "新排" in client.get(sent["Location"]).content.decode()


def test_filling_by_page(people: Any, client_for: Any) -> None:
    office(people)
    client = client_for("office")
    at = f"/roster/{CYBER}/fill/?month=2026-12"
    assert "王晓东" in client.get(at).content.decode()
    typed = {"leaders": "陈国平\n刘建华", "officers": "王晓东\n李雪", "leader_every": "week", "officer_every": "turn",
             "start_leader": "王晓东", "away": "王晓东", "scope": "vacant"}  # fmt: skip
    answer = client.post(at, typed)
    page = answer.content.decode()
    assert answer.status_code == 400
    for words in ("第 2 行：可排班的人里没有「李雪」；是不是「李雪梅」", "不在上面的名单里", "请写明王晓东哪几天不在"):
        assert words in page
    assert "王晓东\n李雪</textarea>" in page
    right = typed | {"officers": "王晓东\n李雪梅", "start_leader": "刘建华", "away": "王晓东 1日"}
    sent = client.post(at, right)
    assert sent.status_code == 302
    assert "写入 62 班" in client.get(sent["Location"]).content.decode()
    dropped = client.post(f"{sent['Location']}drop/", {"version": 1}, follow=True).content.decode()
    assert "已放弃，值班表没有改动" in dropped
    assert not DutySlot.objects.exists()
    assert client.post(at, {**right, "leaders": "", "officers": "", "start_leader": ""}).status_code == 400


def test_a_full_month_costs_no_more_to_look_at_than_one_turn(people: Any, client_for: Any, send: Any) -> None:
    office(people)
    few, many = send([HEAD, ["12月1日", "", "白班", "", "王晓东", ""]]), fill(people)
    client, counts = client_for("office"), []
    for draft in (few, many):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/roster/{CYBER}/drafts/{draft.pk}/").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 16
    wrong = send([HEAD, *[[f"{number}月1日", "", "白班", "", "王晓东", ""] for number in range(13, 213)]])
    assert "还有 100 处没有列出" in client.get(f"/roster/{CYBER}/drafts/{wrong.pk}/").content.decode()
    rows = [[f"12月{day}日", "", shift, "陈国平", "王晓东", ""] for day in range(1, 32) for shift in ("白班", "夜班")]
    with CaptureQueriesContext(connection) as reading:
        send([HEAD, *rows])
    assert len(reading) <= 20
    with CaptureQueriesContext(connection) as queries:
        write(people, many)
    assert len(queries) <= 62 * 12 + 30
    for path in ("import/", "fill/", "export.xlsx?month=2026-12"):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/roster/{CYBER}/{path}").status_code == 200
        assert len(queries) <= 22, path


# --- on paper and in the file ---------------------------------------------------------------------------------------


def test_the_paper_is_the_office_s_table(people: Any, client_for: Any) -> None:
    three_turns(people)
    put(people, date(2026, 11, 29), "whole", "duty", "director", note="<i>注</i>")
    Holiday.objects.create(date=TODAY, name="测试假")
    roster = Roster.objects.get()
    paper = roster_paper(people["duty"], roster, NOVEMBER)
    html = html_of("roster/papers/month.html", paper)
    assert paper["title"] == "阳城县网络与信息安全事件应急指挥部办公室2026年11月值班表"
    assert paper["stamp"].startswith("截至 ")
    assert len(paper["days"]) == 30
    assert paper["days"][21]["cells"] == [["刘建华", "王晓东"], ["陈国平", "李雪梅"]]
    assert paper["days"][28]["words"] == "全天 带班领导 陈国平 值班员 王晓东"
    assert ("王晓东", people["duty"].mobile) in paper["people"]
    for words in ("测试假", "&lt;i&gt;注&lt;/i&gt;", "非预案规定", paper["number"], 'colspan="4">全天'):
        assert words in html
    answer = client_for("duty").get(f"/roster/{CYBER}/print.pdf?month=2026-11")
    assert answer.content.startswith(b"%PDF")
    assert b"/Count 1" in answer.content or answer.content.count(b"/Type /Page\n") <= 1
    assert client_for("unit_gongan").get(f"/roster/{CYBER}/print.pdf").status_code == 404


def test_the_offline_file_has_the_coming_two_weeks(people: Any, client_for: Any) -> None:
    three_turns(people)
    put(people, TODAY + timedelta(days=13), "day", "duty")
    put(people, TODAY + timedelta(days=15), "day", "duty2")
    office(people, "comms-2022")
    with CaptureQueriesContext(connection) as queries:
        found = duties_of(people["duty"])
    assert len(queries) <= 4
    assert [(duty.when, duty.role, duty.person) for duty in found] == [
        ("11月22日 白班", "带班领导", "刘建华"), ("11月22日 白班", "值班员", "王晓东"),
        ("11月22日 夜班", "带班领导", "陈国平"), ("11月22日 夜班", "值班员", "李雪梅"),
        ("12月5日 白班", "值班员", "王晓东"),
    ]  # fmt: skip
    assert found[1].number == people["duty"].mobile
    assert duties_of(people["unit_gongan"]) == []
    page = client_for("duty").get("/directory/offline.html").content.decode()
    assert page.count("11月22日 夜班") == 2
    assert people["duty"].mobile not in client_for("unit_gongan").get("/directory/offline.html").content.decode()
