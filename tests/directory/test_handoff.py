"""Hand-offs signed by two, with the counts of that moment; the duty log, only ever added to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.checks import run_checks
from django.db import DatabaseError, connection, transaction

from directory.models import DutyLogEntry, Handoff, Roster
from directory.registry import handoff_sections
from directory.selectors.handoffs import handoffs_unbegun, pairs_now
from directory.selectors.roster import standing_of
from directory.services.duty_log import log_add
from directory.services.handoffs import handoff_begin, handoff_sign
from directory.services.roster import roster_open
from tests.directory.rostering import CYBER, NOON, put, three_turns
from tests.incidents.factories import file_incident
from tests.response.factories import active
from yangcheng_ec.deadlines.models import Notice
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, StaleVersion, WrongState
from yangcheng_ec.record import triggers
from yangcheng_ec.record.models import CaseHead, RecordEntry
from yangcheng_ec.record.selectors import verify_chain

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


def begin(people: Any, giving: Any, *, who: str = "duty2", text: str = "传真机缺纸", version: int = 0) -> Handoff:
    return handoff_begin(user=people[who], code=CYBER, from_slot_id=giving.pk, text=text, version=version)


def sign(people: Any, row: Handoff, who: str, **values: Any) -> Handoff:
    version = values.pop("version", row.version)
    return handoff_sign(user=people[who], code=CYBER, handoff_id=row.pk, version=version, **values)


def count(roster: Roster, label: str) -> int:
    return next(section["count"] for section in handoff_sections(roster) if section["label"] == label)


def test_both_sign_and_the_counts_are_kept_as_they_were(people: Any) -> None:
    last, now, _coming = three_turns(people)
    case = file_incident(people)
    file_incident(people, "comms-2022", by="comms_duty", title="别的预案")
    row = begin(people, last)
    kept = {section["label"]: section["count"] for section in row.sections}
    assert (kept["未结事件"], row.to_slot_id) == (1, now.pk)
    assert kept["正在计时的时限"] >= 1
    assert row.sections[0]["items"][0]["number"] == case.number
    row = sign(people, row, "duty2")
    assert (row.state, row.signed_by_from) == ("given", people["duty2"])
    assert Notice.objects.get(recipient=people["duty"], kind="roster.handoff").url.endswith(f"/handoff/{row.pk}/")
    file_incident(people, title="后来的事件")
    row = sign(people, row, "duty", note="已核对")
    assert (row.state, row.signed_by_to, row.signed_to_at) == ("done", people["duty"], NOON)
    row.refresh_from_db()
    assert row.sections[0]["count"] == 1
    assert count(Roster.objects.get(), "未结事件") == 2
    kinds = RecordEntry.objects.filter(head__key="roster:cyber-2025").order_by("seq").values_list("kind", flat=True)
    assert list(kinds)[-3:] == ["roster.handoff_begun", "roster.handoff_signed_from", "roster.handoff_signed_to"]
    assert verify_chain(CaseHead.objects.get(key="roster:cyber-2025")) is None


def test_responses_and_tasks_are_handed_over(people: Any) -> None:
    last, _now, _coming = three_turns(people)
    response = active(people)
    row = begin(people, last)
    row.refresh_from_db()
    sections = {section["label"]: section for section in row.sections}
    assert sections["进行中、待批准的响应"]["items"][0]["number"] == response.number
    assert sections["未办结的任务"]["count"] == response.tasks.count() > 0
    assert len(sections["未办结的任务"]["items"]) <= 20


def test_a_unit_s_sections_are_its_own(people: Any) -> None:
    file_incident(people)
    roster = roster_open(user=people["unit_gongan"], code="gongan")
    assert count(roster, "未结事件") == 0
    assert "未办结的任务" in [section["label"] for section in handoff_sections(roster)]


def test_the_giver_signs_first_and_nobody_signs_twice(people: Any) -> None:
    last, _now, _coming = three_turns(people)
    row = begin(people, last)
    with pytest.raises(Forbidden, match="11月21日 夜班"):
        sign(people, row, "duty")
    with pytest.raises(Forbidden):
        sign(people, row, "office")
    row = sign(people, row, "director")
    with pytest.raises(Forbidden):
        sign(people, row, "duty2")
    row = sign(people, row, "deputy")
    assert row.state == "done"
    with pytest.raises(WrongState):
        sign(people, row, "duty")


def test_one_person_on_both_turns_signs_once(people: Any) -> None:
    last, now, _coming = three_turns(people)
    put(people, now.date, "day", "duty2", "deputy", version=now.version)
    row = sign(people, begin(people, last), "duty2")
    with pytest.raises(Forbidden, match="不能是同一人"):
        sign(people, row, "duty2")
    assert sign(people, row, "deputy").state == "done"


def test_rewritten_until_somebody_signs(people: Any) -> None:
    last, now, _coming = three_turns(people)
    row = begin(people, last)
    file_incident(people)
    with pytest.raises(StaleVersion):
        begin(people, last, text="重写")
    row = begin(people, last, text="重写", version=1)
    assert (row.version, row.sections[0]["count"], row.text) == (2, 1, "重写")
    with pytest.raises(StaleVersion):
        sign(people, row, "duty2", version=1)
    sign(people, row, "duty2")
    with pytest.raises(WrongState):
        begin(people, last, text="再写", version=3)
    with pytest.raises(WrongState, match="已经签过交接班"):
        put(people, now.date, "day", "office", version=now.version)


def test_who_may_begin(people: Any) -> None:
    last, _now, coming = three_turns(people)
    for who in ("commander", "comms_duty", "auditor"):
        with pytest.raises(Forbidden):
            begin(people, last, who=who)
    with pytest.raises(NotVisible):
        begin(people, last, who="unit_gongan")
    with pytest.raises(WrongState, match="没有下一班"):
        begin(people, coming)
    assert begin(people, last, who="office").begun_by == people["office"]


def test_the_pairs_of_this_moment(people: Any) -> None:
    last, now, coming = three_turns(people)
    pairs = pairs_now(Roster.objects.get())
    assert [(pair.giving.pk, pair.taking.pk, pair.due) for pair in pairs] == [
        (last.pk, now.pk, True),
        (now.pk, coming.pk, False),
    ]


def unbegun(people: Any, who: str) -> list[str]:
    return [str(pair) for pair in handoffs_unbegun(people[who], standing_of(people[who]))]


def test_nobody_has_begun_it_and_the_desk_of_both_shifts_and_the_office_says_so(people: Any, client_for: Any) -> None:
    last, now, _coming = three_turns(people)
    wanted = "11月21日 夜班 → 11月22日 白班"
    # Both shifts (also the leaders, who belong to no office), and the office; the other plan's people are not asked.
    for who, seen in [("duty2", 1), ("director", 1), ("duty", 1), ("deputy", 1), ("office", 1), ("comms_duty", 0)]:
        assert unbegun(people, who) == [wanted] * seen, who
    assert unbegun(people, "unit_gongan") == []
    link = f"/roster/{CYBER}/handoff/?from={last.pk}"
    assert (link in client_for("duty").get("/desk/fragment/").content.decode()) is True
    assert (link in client_for("comms_duty").get("/desk/fragment/").content.decode()) is False
    begin(people, last)
    assert unbegun(people, "duty") == []
    # The next change of shift asks for the next hand-off; a roster nobody goes on with stops asking after a day.
    with time_machine.travel(now.ends_at, tick=False):
        assert unbegun(people, "office") == ["11月22日 白班 → 11月22日 夜班"]
    with time_machine.travel(now.ends_at + timedelta(days=2), tick=False):
        assert unbegun(people, "office") == []


# --- duty log -------------------------------------------------------------------------------------------------------


def test_a_line_to_the_minute_and_its_correction(people: Any) -> None:
    three_turns(people)
    at = NOON - timedelta(minutes=3, seconds=20)
    first = log_add(user=people["duty"], code=CYBER, text="县公安局来电", at=at)
    assert (first.at.second, first.late_entry, first.post_label) == (0, False, "网络预案 值班员")
    second = log_add(user=people["duty2"], code=CYBER, text="应为县数据中心来电", corrects_id=first.pk)
    first.refresh_from_db()
    assert (first.text, second.corrects_id, DutyLogEntry.objects.count()) == ("县公安局来电", first.pk, 2)
    entry = RecordEntry.objects.latest("id")
    assert entry.kind == "roster.log_added"
    assert "更正2026年11月22日 11:56的记录" in entry.text


def test_entered_late_is_marked(people: Any) -> None:
    three_turns(people)
    row = log_add(user=people["duty"], code=CYBER, text="凌晨来电", at=NOON - timedelta(hours=8))
    assert row.late_entry
    assert RecordEntry.objects.latest("id").late_entry


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"text": "  "}, "text"),
        ({"text": "字" * 20_001}, "text"),
        ({"text": "以后", "at": NOON + timedelta(minutes=5)}, "at"),
        ({"text": "更正", "corrects_id": 999_999}, "corrects"),
    ],
)
def test_bad_lines_are_refused_at_their_field(people: Any, values: dict[str, Any], field: str) -> None:
    three_turns(people)
    with pytest.raises(BadInput) as refused:
        log_add(user=people["duty"], code=CYBER, **values)
    assert field in refused.value.fields
    assert not DutyLogEntry.objects.exists()


def test_who_may_write_the_log(people: Any) -> None:
    three_turns(people)
    for who in ("commander", "comms_duty", "auditor"):
        with pytest.raises(Forbidden):
            log_add(user=people[who], code=CYBER, text="x")
    with pytest.raises(NotVisible):
        log_add(user=people["unit_gongan"], code=CYBER, text="x")
    assert log_add(user=people["deputy"], code=CYBER, text="带班领导到岗").by == people["deputy"]


@pytest.mark.parametrize("statement", ["UPDATE {} SET text = 'x'", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_the_database_refuses_to_change_the_log(people: Any, statement: str) -> None:
    if statement.startswith("TRUNCATE") and connection.vendor != "postgresql":
        pytest.skip("SQLite has no TRUNCATE")
    three_turns(people)
    row = log_add(user=people["duty"], code=CYBER, text="县公安局来电")
    connection.check_constraints()
    with pytest.raises(DatabaseError, match="the duty log is append-only"), transaction.atomic():
        connection.cursor().execute(statement.format("directory_dutylogentry"))
    assert DutyLogEntry.objects.get().text == row.text


def test_a_log_without_its_triggers_is_found_out(db: None) -> None:
    triggers.drop()
    try:
        found = [one for one in run_checks(databases=["default"]) if one.id == "yangcheng_ec.W005"]
        assert "directory_dutylogentry" in found[0].msg
        assert not triggers.installed()
    finally:
        triggers.install()
    assert triggers.installed()
    assert not [one for one in run_checks(databases=["default"]) if one.id == "yangcheng_ec.W005"]
