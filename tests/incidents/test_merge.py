"""并案 and its undoing: no nearer deadline is hidden, nothing is doubled, everything is said in both records."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from incidents.models import Incident
from incidents.services import (
    incident_grade,
    incident_link,
    incident_merge,
    incident_unlink,
    incident_unmerge,
    inquiry_reply,
)
from incidents.services.inquiries import Asked, inquiry_record
from tests.incidents.clocks import clocks, open_codes
from tests.incidents.factories import file_incident, grade_incident, phone_report
from yangcheng_ec.deadlines.models import Deadline
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, StaleVersion, WrongState

pytestmark = pytest.mark.django_db


def _pair(people: Any, *, main_minutes: float, minutes: float, **over: Any) -> tuple[Incident, Incident]:
    """The main case and its duplicate, each having happened so many minutes ago."""
    now = timezone.now()
    main = file_incident(people, occurred_at=now - timedelta(minutes=main_minutes))
    other = file_incident(people, occurred_at=now - timedelta(minutes=minutes), by="duty2", **over)
    return main, other


def _merge(people: Any, incident: Incident, main: Incident, by: str = "duty", **over: Any) -> Incident:
    values = {"reason": "同一机房同一告警", "into": main.number, "version": None, **over}
    incident_merge(incident_id=incident.pk, user=people[by], **values)
    incident.refresh_from_db()
    main.refresh_from_db()
    return incident


def _unmerge(people: Any, incident: Incident, by: str = "duty") -> Incident:
    incident_unmerge(incident_id=incident.pk, version=None, user=people[by], reason="日志时间对不上")
    incident.refresh_from_db()
    return incident


def _carried(main: Incident) -> list[Deadline]:
    rows = Deadline.objects.filter(head=main.head, subject_type="merged").exclude(state="superseded")
    return list(rows.order_by("id"))


def test_a_later_deadline_is_the_main_cases_and_both_records_say_so(people: Any) -> None:
    main, other = _pair(people, main_minutes=10, minutes=4)
    mine = clocks(other)["4.1-30min"]
    _merge(people, other, main)
    assert (other.state, other.merged_into, other.closed_at is not None) == ("merged", main, True)
    mine.refresh_from_db()
    assert mine.state == "waived"
    assert main.number in mine.closed_reason
    assert not open_codes(other)
    assert not _carried(main)
    assert f"并入 {main.number}" in other.head.entries.get(kind="incident.merged").text
    assert other.number in main.head.entries.get(kind="incident.merged_in").text


def test_a_nearer_deadline_goes_over_with_its_start_and_is_met_there(people: Any) -> None:
    main, other = _pair(people, main_minutes=4, minutes=10)
    mine = clocks(other)["4.1-30min"]
    _merge(people, other, main)
    brought = {row.rule_code.partition(":")[2]: row for row in _carried(main)}
    clock = brought["4.1-30min"]
    assert (clock.due_at, clock.starts_at, clock.owed_by_unit) == (mine.due_at, mine.starts_at, mine.owed_by_unit)
    assert other.number in clock.start_note
    assert "30分钟" in main.head.entries.get(kind="incident.merged_in").text
    phone_report(people, main, "xianzhengfu")
    assert [row.state for row in _carried(main) if row.pk == clock.pk] == ["met"]
    assert clocks(main)["4.1-30min"].state == "met"


def test_an_overdue_deadline_is_overdue_in_the_main_case_at_once(people: Any) -> None:
    main, other = _pair(people, main_minutes=4, minutes=50)
    assert clocks(other)["4.1-30min"].state == "overdue"
    _merge(people, other, main)
    clock = next(row for row in _carried(main) if row.rule_code.endswith("4.1-30min"))
    assert (clock.state, clock.overdue_at is not None) == ("overdue", True)


def test_a_rule_the_main_cases_grade_knows_not_goes_over_until_the_event_is_graded(people: Any) -> None:
    main, other = _pair(people, main_minutes=10, minutes=4)
    grade_incident(people, main, "ordinary")
    assert "4.1-30min" not in open_codes(main)
    _merge(people, other, main)
    (clock,) = _carried(main)
    assert (clock.rule_code, clock.state) == ("cyber-2025:4.1-30min", "running")
    grade_incident(people, main, "serious")
    assert [row.state for row in _carried(main)] == ["waived"]
    grade_incident(people, main, "relatively_serious")
    assert [(row.pk, row.state) for row in _carried(main)] == [(clock.pk, "running")]


def test_another_debtors_report_is_no_report_of_this_one(people: Any) -> None:
    """电信's call of the same cut: its written report is its own, and it may write it in the main case."""
    main = file_incident(people, "comms-2022")
    other = file_incident(people, "comms-2022", reporting_unit="dianxin", incident_unit="dianxin")
    _merge(people, other, main, by="comms_duty")
    assert {(row.rule_code.partition(":")[2], row.owed_by_unit) for row in _carried(main)} == {
        ("4.1-accident", "dianxin"), ("4.1-phone", "dianxin")
    }  # fmt: skip
    accident = next(row for row in _carried(main) if row.rule_code.endswith("4.1-accident"))
    phone_report(people, main, *(row.code for row in accident.addressees.all()), by="unit_dianxin")
    accident.refresh_from_db()
    own = Deadline.objects.get(head=main.head, subject_type="incident", rule_code=accident.rule_code)
    assert (accident.state, own.state, own.owed_by_unit) == ("met", "running", "yidong")
    _unmerge(people, other, by="comms_duty")
    with pytest.raises(NotVisible):
        phone_report(people, main, "office", by="unit_dianxin")


def test_unmerging_brings_every_clock_back_to_where_it_came_from(people: Any) -> None:
    main, other = _pair(people, main_minutes=4, minutes=10)
    grade_incident(people, other, "relatively_serious")
    before = {code: (row.pk, row.due_at) for code, row in clocks(other).items()}
    _merge(people, other, main)
    phone_report(people, main, "xianzhengfu")
    with time_machine.travel(timezone.now() + timedelta(minutes=25), tick=False):
        _unmerge(people, other)
    assert (other.state, other.merged_into, other.closed_at, other.set_aside) == ("received", None, None, {})
    assert {code: (row.pk, row.due_at) for code, row in clocks(other).items()} == before
    assert clocks(other)["4.1-30min"].state == "overdue"  # the main case's report was not about this event
    assert not _carried(main)
    assert other.number in main.head.entries.get(kind="incident.unmerged_out").text
    again = _merge(people, other, main)  # and back again, nothing doubled
    assert again.state == "merged"
    assert len(_carried(main)) == len({row.rule_code for row in _carried(main)})


def test_a_waived_clock_of_an_old_grade_does_not_come_back(people: Any) -> None:
    main, other = _pair(people, main_minutes=4, minutes=10)
    grade_incident(people, other, "ordinary")
    _merge(people, other, main)
    _unmerge(people, other)
    assert open_codes(other) == {"4.1-all"}


def test_what_a_superior_asked_about_the_duplicate_is_answered_there(people: Any) -> None:
    main, other = (file_incident(people, "comms-2022") for _ in range(2))
    asked = Asked(kind="chase", asked_by="市工信局", question="进展如何")
    inquiry = inquiry_record(incident_id=other.pk, user=people["comms_duty"], asked=asked)
    _merge(people, other, main, by="comms_duty")
    clock = Deadline.objects.get(subject_type="inquiry", subject_id=inquiry.pk)
    assert clock.state == "running"
    inquiry_reply(inquiry_id=inquiry.pk, user=people["comms_duty"], reply="已抢通", channel="phone")
    clock.refresh_from_db()
    assert clock.state == "met"


def test_a_merged_case_takes_no_report_and_says_where_to(people: Any, client_for: Any) -> None:
    main, other = _pair(people, main_minutes=10, minutes=4)
    _merge(people, other, main)
    with pytest.raises(WrongState, match=main.number):
        phone_report(people, other)
    with pytest.raises(WrongState, match=main.number):
        grade_incident(people, other)
    client = client_for("duty")
    typed = {"addressees": ["xianzhengfu"], "caller": "张三", "heard_by": "王五"}
    page = client.post(f"/incidents/{other.number}/phone/", typed)
    assert page.status_code == 409
    assert f'href="/incidents/{main.number}/"' in page.content.decode()
    for path in (f"/incidents/{other.number}/", f"/incidents/{other.number}/phone/", "/incidents/"):
        assert main.number in client.get(path).content.decode()
    assert other.number in client.get(f"/incidents/{main.number}/").content.decode()


@pytest.mark.parametrize("case", ["plan", "drill", "itself", "unknown", "reason"])
def test_what_cannot_be_merged_is_refused_beside_its_field(people: Any, case: str) -> None:
    incident = file_incident(people)
    other = file_incident(people, "comms-2022") if case == "plan" else file_incident(people, drill=case == "drill")
    values = {"plan": {}, "drill": {}, "itself": {"into": incident.number}, "unknown": {"into": "CY-1"},
              "reason": {"reason": " "}}[case]  # fmt: skip
    with pytest.raises(BadInput) as caught:
        _merge(people, incident, other, **values)
    assert set(caught.value.fields) == {"reason" if case == "reason" else "into"}
    incident.refresh_from_db()
    assert (incident.state, incident.merged_into) == ("received", None)
    assert open_codes(incident)


def test_states_and_people_that_do_not_merge(people: Any) -> None:
    main, other = file_incident(people), file_incident(people)
    for name, refusal in (("comms_duty", Forbidden), ("unit_shuju", Forbidden), ("commander", Forbidden),
                          ("unit_dianxin", NotVisible)):  # fmt: skip
        with pytest.raises(refusal):
            _merge(people, other, main, by=name)
    with pytest.raises(StaleVersion):
        _merge(people, other, main, version=99)
    for pk, state in ((main.pk, "closed"), (main.pk, "merged"), (other.pk, "responding"), (other.pk, "false_alarm")):
        Incident.objects.filter(pk=pk).update(state=state)
        with pytest.raises(WrongState):
            _merge(people, other, main)
        Incident.objects.filter(pk=pk).update(state="received")
    third = _merge(people, file_incident(people), other)
    with pytest.raises(WrongState, match=third.number):
        _merge(people, other, main)  # no chain: it has a duplicate of its own
    with pytest.raises(WrongState):
        _unmerge(people, main)
    for name in ("comms_duty", "unit_shuju"):
        with pytest.raises(Forbidden):
            _unmerge(people, third, by=name)


def test_unlinking_is_said_in_both_and_needs_a_reason(people: Any, client_for: Any) -> None:
    one, two = file_incident(people), file_incident(people, "comms-2022")
    incident_link(incident_id=one.pk, version=None, user=people["duty"], other_number=two.number)
    with pytest.raises(BadInput) as caught:
        incident_unlink(incident_id=one.pk, version=None, user=people["duty"], other_number=two.number, reason=" ")
    assert "reason" in caught.value.fields
    page = client_for("duty").get(f"/incidents/{one.number}/unlink/").content.decode()
    assert two.number in page
    answer = client_for("duty").post(
        f"/incidents/{one.number}/unlink/", {"other": two.number, "reason": "两处断点不同"}
    )
    assert answer.status_code == 302
    assert not one.links.exists()
    for incident in (one, two):
        assert incident.head.entries.filter(kind="incident.unlinked", text__contains="两处断点不同").count() == 1
    with pytest.raises(WrongState):
        incident_unlink(incident_id=one.pk, version=None, user=people["duty"], other_number=two.number, reason="再来")
    with pytest.raises(NotVisible):
        incident_unlink(incident_id=one.pk, version=None, user=people["unit_dianxin"], other_number=two.number,
                        reason="x")  # fmt: skip


def test_the_form_shows_what_would_become_of_the_clocks_before_it_is_done(
    people: Any, client_for: Any, django_assert_max_num_queries: Any
) -> None:
    main, other = _pair(people, main_minutes=4, minutes=10)
    client = client_for("duty")
    path = f"/incidents/{other.number}/merge/"
    with django_assert_max_num_queries(30):
        page = client.get(path).content.decode()
    assert main.number in page
    assert "带到主案" in page
    assert client.post(path, {"reason": "同一起"}).status_code == 400
    assert client.post(path, {"reason": "同一起", "pick": main.number, "version": other.version}).status_code == 302
    other.refresh_from_db()
    assert other.merged_into == main
    answer = client.post(f"/incidents/{other.number}/unmerge/", {"reason": "两次攻击", "version": other.version})
    assert answer.status_code == 302
    assert client_for("commander").post(path, {"reason": "x", "into": main.number}).status_code == 403


def test_grading_the_main_case_previews_the_clocks_that_came_with_it(people: Any, client_for: Any) -> None:
    main, other = _pair(people, main_minutes=4, minutes=10)
    incident_grade(incident_id=main.pk, version=None, user=people["duty"], grade="ordinary", criterion=1, reason="轻")
    _merge(people, other, main)
    previews = client_for("duty").get(f"/incidents/{main.number}/grade/").context["previews"]
    stopped = {row["grade"].code: [one.title for one in row["clocks"] if one.change == "waived"] for row in previews}
    carried = Deadline.objects.get(head=main.head, subject_type="merged", rule_code="cyber-2025:4.1-30min")
    assert (stopped["serious"], stopped["relatively_serious"]) == ([carried.title], [])


def test_links_merges_and_their_undoing_over_the_api(people: Any, api_for: Any) -> None:
    main, other = _pair(people, main_minutes=10, minutes=4)
    third = file_incident(people, "comms-2022")
    api, url = api_for("duty"), f"/api/v1/incidents/{other.number}/"
    linked = api.post(f"{url}link/", {"version": other.version, "other": third.number}, format="json").data
    body = {"version": linked["version"], "other": third.number, "reason": "不是一起"}
    unlinked = api.post(f"{url}unlink/", body, format="json")
    assert (unlinked.status_code, unlinked.data["links"]) == (200, [])
    body = {"version": unlinked.data["version"], "into": main.number, "reason": "同一起"}
    assert api.post(f"{url}merge/", {**body, "into": third.number}, format="json").status_code == 400
    merged = api.post(f"{url}merge/", body, format="json")
    assert (merged.status_code, merged.data["state"], merged.data["merged_into"]) == (200, "merged", main.number)
    assert api.get(f"/api/v1/incidents/{main.number}/").data["merged"] == [other.number]
    assert api.post(f"{url}merge/", {**body, "version": merged.data["version"]}, format="json").status_code == 409
    report = api.post(f"{url}reports/", {"kind": "written", "addressees": ["xianzhengfu"]}, format="json")
    assert (report.status_code, main.number in report.data["message"]) == (409, True)
    assert api_for("comms_duty").post(f"{url}unmerge/", {"reason": "x"}, format="json").status_code in (400, 403)
    back = api.post(f"{url}unmerge/", {"version": merged.data["version"], "reason": "不是"}, format="json")
    assert (back.status_code, back.data["state"], back.data["merged_into"]) == (200, "received", None)
