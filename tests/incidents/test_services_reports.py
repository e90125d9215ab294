"""电话报告, 文字报告, 签收, 补录, 催报核实: R2, R5-R9."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from directory.models import Signature
from directory.services.signatures import PhoneCall, known_numbers
from incidents.models import Incident
from incidents.services import (
    Asked,
    clock_explain,
    inquiry_record,
    inquiry_reply,
    report_confirm_late,
    report_edit,
    report_receipt,
    report_return,
    report_review,
    report_send,
)
from tests.incidents.clocks import clocks, told
from tests.incidents.factories import draft_report, file_incident, phone_report, signed_report
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, StaleVersion, WrongState

pytestmark = pytest.mark.django_db


def _ago(minutes: float) -> Any:
    return timezone.now() - timedelta(minutes=minutes)


def _send(people: Any, report: Any, by: str = "duty", **over: Any) -> Any:
    values = {"channel": "fax", "proof": "传真报告单 3 号", **over}
    return report_send(report_id=report.pk, version=None, user=people[by], **values)


def test_recording_the_call_sends_it_and_meets_the_clock(people: Any) -> None:
    incident = file_incident(people, occurred_at=_ago(10))
    report = phone_report(people, incident, "县人民政府")
    assert (report.state, report.kind, report.label) == ("sent", "phone", "首报")
    clock = clocks(incident)["4.1-30min"]
    assert (clock.state, clock.done_channel) == ("met", "电话")
    assert clock.done_at == report.done_at


def test_two_addressees_in_one_phrase_are_two(people: Any) -> None:
    incident = file_incident(people, grade="serious")
    phone_report(people, incident, "县委县政府")
    assert told(clocks(incident)["4.1-serious"]) == {"xianwei": True, "xianzhengfu": True, "shangji_bumen": False}


def test_the_township_stands_for_the_place_of_the_incident(people: Any) -> None:
    incident = file_incident(people, township="runcheng")
    report = phone_report(people, incident, "润城镇")
    assert report.addressees.get().code == "shifadi_zhengfu"
    assert told(clocks(incident)["4.1-all"])["shifadi_zhengfu"]


def test_a_call_entered_later_is_judged_by_the_call_and_keeps_the_overdue(people: Any) -> None:
    incident = file_incident(people, occurred_at=_ago(40), known_at=_ago(39), received_at=_ago(38))
    assert clocks(incident)["4.1-30min"].state == "overdue"
    report = phone_report(people, incident, "xianzhengfu", done_at=_ago(20))
    clock = clocks(incident)["4.1-30min"]
    assert report.late_entry
    assert (clock.state, clock.overdue_at is not None, clock.late_entry) == ("met", True, True)


def test_a_late_report_needs_its_reason(people: Any) -> None:
    incident = file_incident(people, occurred_at=_ago(40))
    with pytest.raises(BadInput) as caught:
        phone_report(people, incident, "xianzhengfu")
    assert "late_reason" in caught.value.fields
    phone_report(people, incident, "xianzhengfu", late_reason="电话一直占线")
    clock = clocks(incident)["4.1-30min"]
    assert (clock.state, clock.late_reason) == ("met_late", "电话一直占线")


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"caller": " "}, "caller"),
        ({"heard_by": ""}, "heard_by"),
        ({"done_at": timezone.now() + timedelta(days=2000)}, "done_at"),
        ({"done_at": timezone.now() - timedelta(days=30)}, "done_at"),
        ({"stage": "middle"}, "stage"),
        ({"number": "1" * 61}, "call_number"),
    ],
)
def test_calls_with_missing_or_impossible_facts_are_refused(people: Any, over: Any, field: str) -> None:
    incident = file_incident(people, occurred_at=_ago(5))
    with pytest.raises(BadInput) as caught:
        phone_report(people, incident, "xianzhengfu", **over)
    assert field in caught.value.fields


def test_r6_beyond_the_line_only_with_a_reason(people: Any) -> None:
    incident = file_incident(people, "comms-2022")
    with pytest.raises(BadInput) as caught:
        phone_report(people, incident, "市政府办公室")
    assert "越级" in caught.value.fields["addressees"][0]
    assert caught.value.clause == "通信预案 4.1"
    report = phone_report(people, incident, "市政府办公室", beyond_reason="县政府电话中断")
    assert report.beyond_reason == "县政府电话中断"
    assert "越级报告" in incident.head.entries.get(kind="report.phoned").text


def test_unknown_or_no_addressee_is_refused(people: Any) -> None:
    incident = file_incident(people)
    for texts in (("火星",), ()):
        with pytest.raises(BadInput) as caught:
            draft_report(people, incident, *texts) if texts else phone_report(people, incident, " ")
        assert "addressees" in caught.value.fields


def test_another_officer_confirms_what_was_entered_later(people: Any) -> None:
    incident = file_incident(people, occurred_at=_ago(25), known_at=_ago(21), received_at=_ago(20))
    report = phone_report(people, incident, "xianzhengfu", done_at=_ago(15))
    with pytest.raises(Forbidden):
        report_confirm_late(report_id=report.pk, user=people["duty"])
    assert report_confirm_late(report_id=report.pk, user=people["duty2"]).confirmed_by == people["duty2"]
    with pytest.raises(WrongState):
        report_confirm_late(report_id=report.pk, user=people["duty2"])


def test_r5_a_draft_is_filled_in_from_the_case(people: Any) -> None:
    known = {"description": "首页被改", "symptoms": ("outage",), "category": "attack", "location": "三楼机房"}
    incident = file_incident(people, **known)
    report = draft_report(people, incident, "xianzhengfu")
    assert (report.state, report.label, report.reporting_unit_code) == ("draft", "首报", "")
    assert report.content["description"] == "首页被改"
    assert report.content["symptoms"] == ["outage"]
    assert (report.content["category"], report.content["grade"]) == ("attack", "undetermined")
    assert report.content["location"] == "三楼机房"


def test_reports_are_numbered_first_follow_ups_final(people: Any) -> None:
    incident = file_incident(people)
    labels = [draft_report(people, incident).label for _ in range(3)]
    assert labels == ["首报", "续报一", "续报二"]
    assert draft_report(people, incident, stage="final").label == "终报"


def test_author_and_reviewer_are_two_people(people: Any) -> None:
    report = draft_report(people, file_incident(people))
    with pytest.raises(Forbidden) as caught:
        report_review(report_id=report.pk, version=None, user=people["duty"])
    assert "填报人与审核人" in caught.value.message
    done = report_review(report_id=report.pk, version=1, user=people["duty2"])
    assert (done.state, done.reviewer) == ("reviewed", people["duty2"])


def test_a_reviewer_does_not_sign_words_of_his_own(people: Any) -> None:
    report = draft_report(people, file_incident(people))
    report_edit(report_id=report.pk, version=None, user=people["duty2"], content={}, body="改由审核人写。")
    with pytest.raises(Forbidden) as caught:
        report_review(report_id=report.pk, version=None, user=people["duty2"])
    assert "填报人看过" in caught.value.message
    report_edit(report_id=report.pk, version=None, user=people["duty"], content={})
    assert report_review(report_id=report.pk, version=None, user=people["duty2"]).state == "reviewed"


@pytest.mark.parametrize("name", ["commander", "comms_duty", "unit_shuju", "auditor"])
def test_only_the_office_signs(people: Any, name: str) -> None:
    report = draft_report(people, file_incident(people))
    with pytest.raises(Forbidden):
        report_review(report_id=report.pk, version=None, user=people[name])


def test_signed_by_phone_at_night_and_countersigned_later(people: Any) -> None:
    report = draft_report(people, file_incident(people))
    director = people["director"]
    call = PhoneCall(signer=director, number=known_numbers(director)[0], called_at=_ago(0), read_back=True)
    done = report_review(report_id=report.pk, version=None, user=people["duty"], call=call)
    assert (done.state, done.reviewer) == ("reviewed", director)
    signature = Signature.objects.get(subject_type="report", subject_id=report.pk)
    assert (signature.mode, signature.countersign, signature.recorded_by) == ("phone", "awaiting", people["duty"])


def test_a_phone_signature_needs_the_directorys_number_and_a_read_back(people: Any) -> None:
    report = draft_report(people, file_incident(people))
    call = PhoneCall(signer=people["director"], number="110", called_at=_ago(-9), read_back=False)
    with pytest.raises(BadInput) as caught:
        report_review(report_id=report.pk, version=None, user=people["duty"], call=call)
    assert set(caught.value.fields) == {"number", "read_back", "called_at"}
    own = PhoneCall(signer=people["duty"], number="110", called_at=_ago(0), read_back=True)
    with pytest.raises(Forbidden):
        report_review(report_id=report.pk, version=None, user=people["duty2"], call=own)


def test_returned_edited_signed_sent_and_signed_for(people: Any) -> None:
    incident = file_incident(people, occurred_at=_ago(10))
    report = draft_report(people, incident)
    returned = report_return(report_id=report.pk, version=1, user=people["duty2"], reason="补影响范围")
    assert (returned.state, returned.review_note) == ("returned", "补影响范围")
    edited = report_edit(report_id=report.pk, version=2, user=people["duty"], content={"impact_scope": "12个单位"})
    assert edited.content["impact_scope"] == "12个单位"
    report_review(report_id=report.pk, version=3, user=people["duty2"])
    sent = _send(people, report)
    assert (sent.state, clocks(incident)["4.1-30min"].state) == ("sent", "met")
    got = report_receipt(report_id=report.pk, user=people["duty"], addressee="xianzhengfu", received_by="赵六")
    assert got.addressees.get().received_by == "赵六"
    with pytest.raises(WrongState):
        report_receipt(report_id=report.pk, user=people["duty"], addressee="xianzhengfu", received_by="赵六")
    with pytest.raises(WrongState):
        report_edit(report_id=report.pk, version=None, user=people["duty"], content={})


def test_receipts_need_a_person_an_addressee_and_an_order(people: Any) -> None:
    report = _send(people, signed_report(people, file_incident(people)))
    with pytest.raises(BadInput) as caught:
        report_receipt(report_id=report.pk, user=people["duty"], addressee="xianwei", received_by=" ",
                       received_at=_ago(60))  # fmt: skip
    assert set(caught.value.fields) == {"addressee", "received_by", "received_at"}


def test_sending_needs_a_signature_a_channel_and_a_proof_when_entered_later(people: Any) -> None:
    incident = file_incident(people, occurred_at=_ago(20))
    report = draft_report(people, incident)
    with pytest.raises(WrongState):
        _send(people, report)
    report_review(report_id=report.pk, version=None, user=people["duty2"])
    for over, field in (({"channel": "pigeon"}, "channel"), ({"channel": "phone"}, "channel"),
                        ({"done_at": _ago(-10)}, "done_at"), ({"done_at": _ago(90)}, "done_at"),
                        ({"done_at": _ago(10), "proof": ""}, "proof")):  # fmt: skip
        with pytest.raises(BadInput) as caught:
            _send(people, report, **over)
        assert field in caught.value.fields


def test_sent_late_needs_a_reason_and_closing_asks_for_it(people: Any) -> None:
    incident = file_incident(people, occurred_at=_ago(40))
    report = signed_report(people, incident)
    with pytest.raises(BadInput) as caught:
        _send(people, report)
    assert "late_reason" in caught.value.fields
    assert caught.value.clause == "网络预案 4.1"
    _send(people, report, late_reason="网络中断")
    assert clocks(incident)["4.1-30min"].state == "met_late"


def test_a_report_read_at_an_old_version_is_stale(people: Any) -> None:
    report = draft_report(people, file_incident(people))
    report_edit(report_id=report.pk, version=1, user=people["duty"], content={"trend": "平稳"})
    with pytest.raises(StaleVersion):
        report_review(report_id=report.pk, version=1, user=people["duty2"])


def test_r7_the_written_version_meets_the_calls_clock(people: Any) -> None:
    incident = file_incident(people, "comms-2022", channel="fax")
    call = phone_report(people, incident, "xianzhengfu")
    assert clocks(incident)["4.1-phone"].state == "running"
    written = signed_report(people, incident, follows_call=call.serial)
    assert (written.label, written.follows_call) == ("首报", call)
    _send(people, written, by="comms_duty")
    assert clocks(incident)["4.1-phone"].state == "met"


def test_r7_the_operators_written_report_meets_the_clock_of_its_own_call(people: Any) -> None:
    incident = file_incident(people, "comms-2022")
    assert clocks(incident)["4.1-phone"].owed_by_unit == "yidong"
    written = signed_report(people, incident, "office", reporting_unit="移动公司")
    assert written.reporting_unit_code == "yidong"
    _send(people, written, by="comms_duty")
    assert clocks(incident)["4.1-phone"].state == "met"


def test_a_unit_reports_in_its_own_name_only(people: Any) -> None:
    incident = file_incident(people, "comms-2022")
    report = phone_report(people, incident, "shangji_zhuguan", by="unit_yidong")
    assert report.reporting_unit_code == "yidong"
    with pytest.raises(BadInput):
        phone_report(people, incident, "shangji_zhuguan", by="unit_yidong", reporting_unit="dianxin")
    with pytest.raises(NotVisible):
        phone_report(people, incident, "shangji_zhuguan", by="unit_gongan")


def _ask(people: Any, incident: Incident, by: str = "comms_duty", **over: Any) -> Any:
    values = {"kind": "chase", "asked_by": "市工信局", "question": "恢复了没有", **over}
    return inquiry_record(incident_id=incident.pk, user=people[by], asked=Asked(**values))


def test_r9_an_inquiry_is_answered_within_its_clock(people: Any) -> None:
    incident = file_incident(people, "comms-2022", channel="fax")
    received = _ago(0)
    inquiry = _ask(people, incident, received_at=received)
    clock = clocks(incident)["4.1-inquiry"]
    assert (clock.starts_at, clock.due_at) == (received, received + timedelta(minutes=30))
    assert clock.subject_id == inquiry.pk
    inquiry_reply(inquiry_id=inquiry.pk, user=people["comms_duty"], reply="已恢复七成")
    assert clocks(incident)["4.1-inquiry"].state == "met"
    with pytest.raises(WrongState):
        inquiry_reply(inquiry_id=inquiry.pk, user=people["comms_duty"], reply="再答")


def test_r9_a_late_answer_needs_its_reason(people: Any) -> None:
    incident = file_incident(people, "comms-2022", occurred_at=_ago(60), known_at=_ago(55), received_at=_ago(50))
    inquiry = _ask(people, incident, received_at=_ago(40))
    with pytest.raises(BadInput) as caught:
        inquiry_reply(inquiry_id=inquiry.pk, user=people["comms_duty"], reply="已恢复")
    assert "late_reason" in caught.value.fields
    inquiry_reply(inquiry_id=inquiry.pk, user=people["comms_duty"], reply="已恢复", late_reason="现场无信号")
    clock = clocks(incident)["4.1-inquiry"]
    assert (clock.state, clock.late_reason) == ("met_late", "现场无信号")


def test_cyber_has_no_rule_for_inquiries_and_no_clock(people: Any) -> None:
    incident = file_incident(people)
    before = set(clocks(incident))
    _ask(people, incident, by="duty")
    assert set(clocks(incident)) == before


def test_inquiries_and_answers_need_their_words(people: Any) -> None:
    incident = file_incident(people, "comms-2022")
    with pytest.raises(BadInput) as caught:
        _ask(people, incident, kind="x", asked_by=" ", question="", channel="x", received_at=_ago(-30))
    assert set(caught.value.fields) == {"kind", "asked_by", "question", "channel", "received_at"}
    inquiry = _ask(people, incident)
    with pytest.raises(BadInput) as caught:
        inquiry_reply(inquiry_id=inquiry.pk, user=people["comms_duty"], reply="", channel="x", replied_at=_ago(30))
    assert set(caught.value.fields) == {"reply", "channel", "replied_at"}


def test_a_clock_met_late_is_explained_once(people: Any) -> None:
    now = timezone.now()
    incident = file_incident(people, known_at=now - timedelta(minutes=45), received_at=now - timedelta(minutes=44))
    phone_report(people, incident, "xianzhengfu", late_reason="值守交接")
    clock = clocks(incident)["4.1-30min"]
    done = clock_explain(incident_id=incident.pk, deadline_id=clock.pk, user=people["duty"], reason="交接时遗漏")
    assert done.late_reason == "交接时遗漏"
    with pytest.raises(BadInput):
        clock_explain(incident_id=incident.pk, deadline_id=clock.pk, user=people["duty"], reason=" ")
