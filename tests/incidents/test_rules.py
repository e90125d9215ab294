"""The reporting clocks' table: cyber for every grade, comms for every rule, each by every channel (R1-R13, H1-H3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import time_machine

from directory.models import Grade, ReportingRule
from incidents.choices import Symptom
from incidents.papers.build import brief_report_of, form_8_7_of
from incidents.rules import RuleBook, regrade_preview, satisfies
from incidents.services import Asked, inquiry_record, inquiry_reply
from tests.incidents.clocks import clocks, told
from tests.incidents.factories import (
    analyse_incident,
    confirm_incident,
    draft_report,
    file_incident,
    grade_incident,
    phone_report,
)
from yangcheng_ec.deadlines.models import Deadline
from yangcheng_ec.errors import BadInput

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 3, 5, 7, tzinfo=UTC)
OCCURRED = NOW - timedelta(minutes=12, seconds=3)
KNOWN = NOW - timedelta(minutes=9)
RECEIVED = NOW - timedelta(minutes=2)
Row = tuple[str, int | None, set[str], str]
Table = dict[str, Row]
TIMES = {"occurred_at": OCCURRED, "known_at": KNOWN, "received_at": RECEIVED}

# DESIGN §5's table: rule → (starts, minutes, addressees, unit that owes it); the plans' own words stand in the rows.
ALL = ("occurred", None, {"shangji_danwei", "shifadi_zhengfu", "office"}, "shuju")
HALF_HOUR = ("occurred", 30, {"xianzhengfu"}, "shuju")
SERIOUS = ("known", None, {"xianwei", "xianzhengfu", "shangji_bumen"}, "shuju")
CYBER: dict[str, Table] = {
    "undetermined": {"4.1-all": ALL, "4.1-30min": HALF_HOUR},
    "ordinary": {"4.1-all": ALL},
    "relatively_serious": {"4.1-all": ALL, "4.1-30min": HALF_HOUR},
    "serious": {"4.1-all": ALL, "4.1-serious": SERIOUS},
    "especially_serious": {"4.1-all": ALL, "4.1-serious": SERIOUS},
}
CHANNELS = ("phone", "written", "fax", "email", "system")
OFFICE_OWES = ("received", None, {"xianwei", "xianzhengfu", "shangji_bumen"}, "")
GONGAN = {"reporting_unit": "gongan", "incident_unit": "gongan"}
YIDONG = {"reporting_unit": "yidong", "incident_unit": "yidong"}


def _accident(unit: str) -> Row:
    return ("occurred", None, {"office", "shangji_zhuguan"}, unit)


def _operator(unit: str) -> Row:
    return ("found", None, {"office"}, unit)


def _called(unit: str) -> Row:
    return ("call", 30, {"office"}, unit)


TOWNSHIP = ("occurred", None, {"xianwei", "xianzhengfu", "command"}, "runcheng")
COMMS: list[tuple[str, dict[str, Any], Table]] = [
    ("other", GONGAN, {"4.1-accident": _accident("gongan"), "4.1-office": OFFICE_OWES}),
    ("operator", YIDONG,
     {"4.1-accident": _accident("yidong"), "4.1-office": OFFICE_OWES, "3.1-operator": _operator("yidong")}),
    ("operator's event, another's call", {"reporting_unit": "gongan", "incident_unit": "dianxin"},
     {"4.1-accident": _accident("dianxin"), "4.1-office": OFFICE_OWES, "3.1-operator": _operator("dianxin")}),
    ("township", {**GONGAN, "township": "runcheng"},
     {"4.1-accident": _accident("gongan"), "4.1-office": OFFICE_OWES, "2.3-township": TOWNSHIP}),
    ("operator in a township", {**YIDONG, "township": "runcheng"},
     {"4.1-accident": _accident("yidong"), "4.1-office": OFFICE_OWES, "3.1-operator": _operator("yidong"),
      "2.3-township": TOWNSHIP}),
    ("nobody known", {"reporting_unit": "", "incident_unit": ""},
     {"4.1-accident": _accident(""), "4.1-office": OFFICE_OWES}),
]  # fmt: skip
STARTS = {"occurred": OCCURRED, "known": KNOWN, "received": RECEIVED, "found": KNOWN, "call": RECEIVED}
# Whoever the event is known from, by what is known of its time: the start, its basis, what is said beside it.
OCCURRENCES = [
    ("known", {}, "occurred", OCCURRED, ""),
    ("unknown", {"occurred_at": None}, "known", KNOWN, "事发时间不详，自获知时起算"),
    ("about", {"occurred_approximate": True}, "known", KNOWN, "事发时间只知大约，自获知时起算"),
]


@pytest.fixture(autouse=True)
def _at_now() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def _seen(incident: Any) -> Table:
    """The case's open and met clocks as rows of the table, from what stands in the database."""
    return {
        code: (row.start_basis, row.minutes, set(told(row)), row.owed_by_unit)
        for code, row in clocks(incident).items()
        if row.state != "waived"
    }


def _check(incident: Any, expected: Table, name: str) -> None:
    """Exactly these clocks, with starts and dues to the second."""
    assert _seen(incident) == expected, name
    for code, (basis, minutes, _to, _owed) in expected.items():
        clock = clocks(incident)[code]
        assert clock.starts_at == STARTS[basis], (name, code)
        assert clock.due_at == (STARTS[basis] + timedelta(minutes=minutes) if minutes else None), (name, code)


def test_r1_r2_r3_cyber_clocks_of_every_grade_and_every_channel(people: Any) -> None:
    for grade, expected in CYBER.items():
        for channel in CHANNELS:
            incident = file_incident(people, grade=grade, channel=channel, **TIMES)
            _check(incident, expected, f"{grade}, {channel}")


def _every_pair() -> list[str]:
    """Return a walk over the grades that goes along every ordered pair once, and stays on each grade once."""
    grades = list(CYBER)
    walk = [grade for i, one in enumerate(grades) for other in grades[i + 1 :] for grade in (one, other)]
    return [*walk, grades[0], *(grade for one in grades for grade in (one, one))]


def test_r1_r2_r3_regrading_along_every_pair_of_grades(people: Any) -> None:
    walk = _every_pair()
    pairs = {(before, after) for before, after in pairwise(walk)}
    assert pairs == {(before, after) for before in CYBER for after in CYBER}
    incident = file_incident(people, grade=walk[0], **TIMES)
    first = clocks(incident)
    for before, after in pairwise(walk):
        grade_incident(people, incident, after, criterion=None if after == "undetermined" else 1)
        name, found = f"{before} → {after}", clocks(incident)
        _check(incident, CYBER[after], name)
        for code in set(CYBER[before]) - set(CYBER[after]):
            assert (found[code].state, found[code].starts_at) == ("waived", first[code].starts_at), (name, code)
            assert "业务中断" in found[code].closed_reason, (name, code)
        for code, row in found.items():
            assert first.setdefault(code, row).pk == row.pk, f"{name}, {code}: gone on with or reopened, never doubled"


def test_r2_regrading_to_a_grade_whose_time_is_over_is_overdue_at_once(people: Any) -> None:
    incident = file_incident(people, grade="ordinary", **TIMES)
    with time_machine.travel(NOW + timedelta(minutes=25), tick=False):
        grade_incident(people, incident, "relatively_serious")
        clock = clocks(incident)["4.1-30min"]
        assert (clock.state, clock.due_at) == ("overdue", OCCURRED + timedelta(minutes=30))
        assert clock.overdue_at == NOW + timedelta(minutes=25)


def test_r6_r7_r12_r13_comms_clocks_of_every_rule_and_every_channel(people: Any) -> None:
    for name, over, expected in COMMS:
        for channel in CHANNELS:
            phoned = channel == "phone" and over["reporting_unit"]
            more = {"4.1-phone": _called(str(over["reporting_unit"]))} if phoned else {}
            incident = file_incident(people, "comms-2022", channel=channel, **over, **TIMES)
            _check(incident, expected | more, f"{name}, {channel}")


def test_r1_r2_r6_r13_unknown_or_approximate_occurrence_starts_at_knowledge_and_says_it_is_ours(people: Any) -> None:
    for name, over, basis, start, note in OCCURRENCES:
        for plan in ("cyber-2025", "comms-2022"):
            incident = file_incident(people, plan, township="runcheng", **{**TIMES, **over})
            rows = [row for row in clocks(incident).values() if "occurred" in _start_of_rule(row)]
            assert len(rows) == 2, (name, plan)
            for row in rows:
                assert (row.start_basis, row.starts_at) == (basis, start), (name, row.rule_code)
                assert row.start_note.startswith(note), (name, row.rule_code)
                assert row.due_at == (start + timedelta(minutes=row.minutes) if row.minutes else None)


def _start_of_rule(clock: Any) -> str:
    return str(ReportingRule.objects.get(version_id=clock.plan_version_id, code=clock.rule_code).starts)


def test_r2_a_clock_overdue_at_receipt_says_so_at_once(people: Any) -> None:
    times = {"occurred_at": NOW - timedelta(hours=1), "known_at": NOW, "received_at": NOW}
    incident = file_incident(people, **times)
    clock = clocks(incident)["4.1-30min"]
    assert (clock.state, clock.overdue_at) == ("overdue", NOW)
    assert incident.head.entries.filter(kind="deadline.overdue", text__contains="登记时已逾期").exists()


def test_r4_the_nine_contents_of_41_are_asked_for_and_printed(people: Any, cyber: Any) -> None:
    given = {
        "location": "政务中心三楼", "source": "监测平台", "loss_estimate": "约3万元", "impact_scope": "两个窗口",
        "trend": "已控制", "description": "首页被改", "measures_taken": "断网",
    }  # fmt: skip
    report = draft_report(people, file_incident(people, category="attack", **given, **TIMES))
    face = form_8_7_of(report)
    printed = {part["label"]: part["value"] for row in face["longs"] for part in row["parts"]}
    assert printed == {"地点": "政务中心三楼", "信息来源": "监测平台", "经济损失的初步评估": "约3万元",
                       "影响范围": "两个窗口", "事件发展态势": "已控制"}  # fmt: skip
    words = [row["value"] for row in face["longs"]] + [cell["value"] for pair in face["pairs"] for cell in pair]
    assert {"首页被改", "断网"} <= set(words)
    assert any("11月22日" in str(word) for word in words), "the time"
    assert len(cyber.texts["report_contents"]) == 8


def test_r5_form_8_7_has_the_plans_categories_grades_and_symptoms(people: Any) -> None:
    report = draft_report(people, file_incident(people, grade="serious", symptoms=[Symptom.values[0]], **TIMES))
    checks = form_8_7_of(report)["checks"]
    assert [len(row["boxes"]) for row in checks] == [10, 4, 5]
    assert [[box["ticked"] for box in row["boxes"]].count(True) for row in checks] == [0, 1, 1]


def test_r8_follow_ups_go_on_until_the_final_report_and_cost_no_clock(people: Any) -> None:
    incident = file_incident(people, "comms-2022", channel="fax", **TIMES)
    labels = [phone_report(people, incident, "xianzhengfu").label for _ in range(3)]
    assert labels == ["首报", "续报一", "续报二"]
    last = phone_report(people, incident, "xianzhengfu", stage="final")
    assert last.label == "终报"
    assert {code for code in clocks(incident) if code != "4.1-phone"} == {"4.1-accident", "4.1-office", "3.1-operator"}


def test_r9_an_inquiry_is_answered_within_30_minutes_of_its_receipt(people: Any) -> None:
    incident, at = file_incident(people, "comms-2022", channel="fax", **TIMES), NOW - timedelta(minutes=1, seconds=17)
    for kind in ("chase", "verify"):
        for channel in ("phone", "fax", "email"):
            asked = Asked(kind=kind, asked_by="市工信局", question="影响几个乡镇", channel=channel, received_at=at)
            inquiry = inquiry_record(incident_id=incident.pk, user=people["comms_duty"], asked=asked)
            clock = Deadline.objects.get(subject_type="inquiry", subject_id=inquiry.pk)
            assert (clock.rule_code, clock.start_basis) == ("comms-2022:4.1-inquiry", "inquiry"), (kind, channel)
            assert (clock.starts_at, clock.due_at) == (at, at + timedelta(minutes=30)), (kind, channel)
            assert told(clock) == {"asker": False}
    inquiry_reply(inquiry_id=inquiry.pk, user=people["comms_duty"], reply="两个", channel="phone")
    clock.refresh_from_db()
    assert (clock.state, clock.done_at) == ("met", NOW)
    cyber = file_incident(people, **TIMES)
    inquiry_record(incident_id=cyber.pk, user=people["duty"], asked=asked)
    assert set(clocks(cyber)) == {"4.1-all", "4.1-30min"}, "the cyber plan has no such rule"


def test_r10_a_secret_case_keeps_its_clocks_and_none_of_its_content(people: Any) -> None:
    over = {"title": "", "secret": True, "secret_channel": "机要", "incident_unit": "", "caller_name": ""}
    incident = file_incident(people, "comms-2022", channel="phone", reporting_unit="gongan", **{**over, **TIMES})
    assert set(clocks(incident)) == {"4.1-accident", "4.1-office", "4.1-phone"}
    assert incident.description == ""


def test_r11_the_brief_report_has_the_five_contents_in_the_plans_words(people: Any, comms: Any) -> None:
    facts = {"disaster_nature": "施工", "cause": "光缆被挖断", "planned_measures": "抢修", "social_impact": "较小"}
    incident = file_incident(people, "comms-2022", impact_scope="三个村", facts=facts, **TIMES)
    parts = brief_report_of(draft_report(people, incident))["parts"]
    assert [part["label"] for part in parts] == comms.texts["report_contents"]
    assert [part["value"] for part in parts] == ["施工", "光缆被挖断", "三个村", "抢修", "较小"]


def test_h1_h2_h3_information_handling_and_its_clocks(people: Any) -> None:
    """4.2: traces first; 误报 and 转交 are recorded and stop the clocks; a confirmed event is analysed, not graded."""
    with pytest.raises(BadInput) as caught:
        confirm_incident(people, file_incident(people, "comms-2022", **TIMES), traces="")
    assert caught.value.fields["traces"] == ["请先详细记录该事件数据痕迹和细节信息。"], "H1"
    for result, more, state in (
        ("false_alarm", {}, "false_alarm"),
        ("refer", {"receiving_body": "县公安局", "how": "电话"}, "referred"),
    ):
        incident = confirm_incident(people, file_incident(people, "comms-2022", **TIMES), result=result, **more)
        found = clocks(incident).values()
        assert incident.state == state, "H2"
        assert {row.state for row in found} <= {"waived", "met"}, "H2"
        assert all(row.closed_reason for row in found if row.state == "waived"), "H2: who stopped them, and why"
        assert incident.head.entries.filter(clause="通信预案 4.2").exists(), "H2"
    incident = analyse_incident(people, file_incident(people, "comms-2022", **TIMES))
    assert incident.state == "analysed", "H3"
    assert incident.grade is None, "H3: 事故等级判断标准 is not in the plan (G9)"
    assert clocks(incident)["4.1-office"].state == "running", "H3"


@pytest.mark.parametrize("unit", ["yidong", "liantong", "dianxin", "tieta", "guangdian"])
def test_r12_each_of_the_five_operators_has_its_own_clock(people: Any, unit: str) -> None:
    incident = file_incident(people, "comms-2022", reporting_unit="gongan", incident_unit=unit, **TIMES)
    clock = clocks(incident)["3.1-operator"]
    assert clock.owed_by_unit == unit
    assert told(clock) == {"office": False}, "the operator itself has not called yet"


def test_r12_an_operator_that_calls_has_thereby_reported_to_the_office(people: Any) -> None:
    clock = clocks(file_incident(people, "comms-2022", **TIMES))["3.1-operator"]
    assert (clock.state, clock.done_at) == ("met", RECEIVED)


def test_r13_the_township_owes_its_own_report(people: Any) -> None:
    incident = file_incident(people, "comms-2022", township="润城镇", **TIMES)
    clock = clocks(incident)["2.3-township"]
    assert clock.owed_by_unit == "runcheng"
    assert set(told(clock)) == {"xianwei", "xianzhengfu", "command"}


def test_r1_the_place_of_the_incident_carries_the_townships_name(people: Any) -> None:
    incident = file_incident(people, township="runcheng", **TIMES)
    labels = [row.label for row in clocks(incident)["4.1-all"].addressees.all()]
    assert "事发地人民政府（润城镇）" in labels


def test_r7_a_phone_report_starts_the_written_clock_at_the_call(people: Any) -> None:
    incident = file_incident(people, "comms-2022", channel="fax", **TIMES)
    report = phone_report(people, incident, "县委县政府", done_at=NOW - timedelta(minutes=1))
    clock = clocks(incident)["4.1-phone"]
    assert (clock.subject_type, clock.subject_id) == ("report", report.pk)
    assert clock.due_at == NOW + timedelta(minutes=29)
    assert set(told(clock)) == {"xianwei", "xianzhengfu"}


def test_cyber_has_no_clock_for_the_written_version_of_a_call(people: Any) -> None:
    incident = file_incident(people, **TIMES)
    phone_report(people, incident, "xianzhengfu")
    assert "4.1-phone" not in clocks(incident)


def test_every_clock_cites_its_clause_and_quotes_it(people: Any, cyber: Any) -> None:
    for clock in clocks(file_incident(people, township="runcheng", **TIMES)).values():
        rule = ReportingRule.objects.get(version=cyber, code=clock.rule_code)
        assert clock.clause == f"{cyber.plan.short_name} {rule.clause}"
        assert clock.quote == rule.quote
        assert clock.title == rule.title


def test_regrade_preview_says_what_stops_starts_and_stays(people: Any, cyber: Any) -> None:
    incident = file_incident(people, **TIMES)
    preview = regrade_preview(incident, Grade.objects.get(version=cyber, code="serious"))
    assert [row.rule_code for row in preview.waived] == ["cyber-2025:4.1-30min"]
    assert [spec.rule_code for spec in preview.started] == ["cyber-2025:4.1-serious"]
    assert [row.rule_code for row in preview.kept] == ["cyber-2025:4.1-all"]


def test_satisfies_only_what_the_rule_says(comms: Any) -> None:
    book = RuleBook(comms)
    written, reply = book.by_code("comms-2022:4.1-phone"), book.by_code("comms-2022:4.1-inquiry")
    plain = book.by_code("comms-2022:4.1-office")
    assert written is not None
    assert reply is not None
    assert plain is not None
    assert [satisfies(written, kind) for kind in ("phone", "written")] == [False, True]
    assert [satisfies(plain, kind) for kind in ("phone", "written")] == [True, True]
    assert not satisfies(reply, "written")
