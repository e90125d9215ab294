"""The reporting clocks' table: cyber for every grade, comms for every rule (rules.md R1-R13)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from directory.models import Grade, ReportingRule
from incidents.rules import RuleBook, regrade_preview, satisfies
from tests.incidents.clocks import clocks, told
from tests.incidents.factories import file_incident, phone_report

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 3, 5, 7, tzinfo=UTC)
OCCURRED = NOW - timedelta(minutes=12, seconds=3)
KNOWN = NOW - timedelta(minutes=9)
RECEIVED = NOW - timedelta(minutes=2)
TIMES = {"occurred_at": OCCURRED, "known_at": KNOWN, "received_at": RECEIVED}

CYBER = {
    "undetermined": {"4.1-all": ("occurred", None), "4.1-30min": ("occurred", 30)},
    "ordinary": {"4.1-all": ("occurred", None)},
    "relatively_serious": {"4.1-all": ("occurred", None), "4.1-30min": ("occurred", 30)},
    "serious": {"4.1-all": ("occurred", None), "4.1-serious": ("known", None)},
    "especially_serious": {"4.1-all": ("occurred", None), "4.1-serious": ("known", None)},
}
STARTS = {"occurred": OCCURRED, "known": KNOWN, "received": RECEIVED, "found": KNOWN, "call": RECEIVED}


@pytest.fixture(autouse=True)
def _at_now() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def _check(incident: Any, expected: dict[str, tuple[str, int | None]]) -> None:
    found = clocks(incident)
    assert set(found) == set(expected)
    for code, (basis, minutes) in expected.items():
        clock = found[code]
        assert clock.start_basis == basis
        assert clock.starts_at == STARTS[basis]
        assert clock.due_at == (STARTS[basis] + timedelta(minutes=minutes) if minutes else None)


@pytest.mark.parametrize("grade", list(CYBER))
def test_r1_r2_r3_cyber_clocks_of_every_grade(people: Any, grade: str) -> None:
    _check(file_incident(people, grade=grade, **TIMES), CYBER[grade])


def test_r2_grade_left_out_is_undetermined_and_its_30_minutes_run_from_the_occurrence(people: Any) -> None:
    clock = clocks(file_incident(people, **TIMES))["4.1-30min"]
    assert (clock.starts_at, clock.due_at) == (OCCURRED, OCCURRED + timedelta(minutes=30))
    assert told(clock) == {"xianzhengfu": False}


def test_r3_serious_adds_the_county_party_committee_and_the_superiors(people: Any) -> None:
    clock = clocks(file_incident(people, grade="serious", **TIMES))["4.1-serious"]
    assert set(told(clock)) == {"xianwei", "xianzhengfu", "shangji_bumen"}


@pytest.mark.parametrize(
    ("over", "expected"),
    [
        (
            {"reporting_unit": "yidong", "incident_unit": "yidong", "channel": "fax"},
            {"4.1-accident": ("occurred", None), "4.1-office": ("received", None), "3.1-operator": ("found", None)},
        ),
        (
            {"reporting_unit": "gongan", "incident_unit": "gongan", "channel": "fax"},
            {"4.1-accident": ("occurred", None), "4.1-office": ("received", None)},
        ),
        (
            {"reporting_unit": "gongan", "incident_unit": "gongan", "township": "runcheng", "channel": "fax"},
            {"4.1-accident": ("occurred", None), "4.1-office": ("received", None), "2.3-township": ("occurred", None)},
        ),
        (
            {"reporting_unit": "gongan", "incident_unit": "gongan", "channel": "phone"},
            {"4.1-accident": ("occurred", None), "4.1-office": ("received", None), "4.1-phone": ("call", 30)},
        ),
    ],
    ids=["operator", "other", "township", "by-phone"],
)
def test_r6_r7_r12_r13_comms_clocks_of_every_rule(people: Any, over: dict[str, Any], expected: Any) -> None:
    _check(file_incident(people, "comms-2022", **over, **TIMES), expected)


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


@pytest.mark.parametrize("over", [{"occurred_at": None}, {"occurred_approximate": True}], ids=["unknown", "about"])
def test_unknown_or_approximate_occurrence_starts_at_knowledge_and_says_it_is_ours(people: Any, over: Any) -> None:
    clock = clocks(file_incident(people, **{**TIMES, **over}))["4.1-30min"]
    assert (clock.starts_at, clock.start_basis) == (KNOWN, "known")
    assert clock.due_at == KNOWN + timedelta(minutes=30)
    assert "自获知时起算" in clock.start_note


def test_a_clock_overdue_at_receipt_says_so_at_once(people: Any) -> None:
    times = {"occurred_at": NOW - timedelta(hours=1), "known_at": NOW, "received_at": NOW}
    incident = file_incident(people, **times)
    clock = clocks(incident)["4.1-30min"]
    assert (clock.state, clock.overdue_at) == ("overdue", NOW)
    assert incident.head.entries.filter(kind="deadline.overdue", text__contains="登记时已逾期").exists()


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
