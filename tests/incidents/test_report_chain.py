"""The chain of reports: what changed, who receives, the proof, the final one, reminders (R4-R9, R11)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from incidents.models import Incident, Report
from incidents.papers.build import brief_report_of, form_8_7_of
from incidents.selectors.report_changes import report_changes
from incidents.services import (
    Draft,
    incident_mark_responding,
    incident_update,
    report_chain_reopen,
    report_draft,
    report_edit,
    report_prove,
    report_review,
    report_send,
)
from incidents.services.rhythm import rhythm_round
from tests.incidents.clocks import clocks as clocks_by_rule, told
from tests.incidents.factories import (
    draft_report,
    file_incident,
    officer,
    phone_report,
    second_officer,
    signed_report,
)
from yangcheng_ec.actors import SYSTEM
from yangcheng_ec.deadlines.models import Notice
from yangcheng_ec.errors import BadInput, WrongState

pytestmark = pytest.mark.django_db


def _send(people: Any, report: Report, **over: Any) -> Report:
    values = {"channel": "fax", "proof": "传真单 3 号", **over}
    return report_send(report_id=report.pk, version=None, user=officer(people, report.incident), **values)


def _sent(people: Any, incident: Incident, **over: Any) -> Report:
    return _send(people, signed_report(people, incident, **over))


def _update(people: Any, incident: Incident, **changes: Any) -> Incident:
    return incident_update(incident_id=incident.pk, version=None, user=officer(people, incident), changes=changes)


def _edit(people: Any, report: Report, **content: Any) -> Report:
    return report_edit(report_id=report.pk, version=None, user=officer(people, report.incident), content=content)


def _responding(incident: Incident) -> Incident:
    return incident_mark_responding(incident=incident, head=incident.head, actor=SYSTEM, text="启动Ⅱ级响应")


# --- what changed ---------------------------------------------------------------------------------------------------


def test_a_first_report_has_nothing_to_compare_with_and_the_next_names_each_item(people: Any) -> None:
    incident = file_incident(people, impact_scope="网站一个", description="首页被改", loss_estimate="不明")
    first = _sent(people, incident)
    assert "changes" not in first.content
    assert report_changes(first) is None
    _update(people, incident, impact_scope="网站三个", description="首页被改，已恢复", trend="已控制")
    second = draft_report(people, incident)
    assert second.label == "续报一"
    found = report_changes(second)
    assert found is not None
    rows = {row.name: (row.was, row.now) for row in found.rows}
    assert rows == {
        "description": ("首页被改", "首页被改，已恢复"),
        "impact_scope": ("网站一个", "网站三个"),
        "trend": ("", "已控制"),
    }
    words = second.content["changes"]
    assert words.startswith("与首报（文字报告，")
    assert "影响范围：由「网站一个」变为「网站三个」。" in words
    assert "事件发展态势：新增「已控制」。" in words
    part = next(row for row in found.rows if row.name == "description").parts
    assert part == ("首页被改", "", "，已恢复", "")


def test_the_section_follows_the_face_until_the_author_words_it(people: Any) -> None:
    incident = file_incident(people, impact_scope="网站一个")
    _sent(people, incident)
    report = draft_report(people, incident)
    assert report.content["changes"].endswith("各项没有变化。")
    report = _edit(people, report, trend="正在扩散", changes=report.content["changes"])
    assert "新增「正在扩散」" in report.content["changes"]
    report = _edit(people, report, changes="影响没有变，只是更清楚了。")
    report = _edit(people, report, trend="已控制")
    assert report.content["changes"] == "影响没有变，只是更清楚了。"
    report = _edit(people, report, changes="")
    assert "新增「已控制」" in report.content["changes"]
    with pytest.raises(BadInput) as caught:
        _edit(people, report, changes="长" * 20_001)
    assert "changes" in caught.value.fields


def test_long_texts_are_not_repeated_and_control_characters_go(people: Any) -> None:
    incident = file_incident(people, description="甲" * 19_000)
    _sent(people, incident)
    _update(people, incident, description="乙" * 19_000)
    report = draft_report(people, incident)
    assert "事件描述：有变化，见本报告该项（19000字）。" in report.content["changes"]
    assert len(report.content["changes"]) < 200
    assert _edit(people, report, changes="好\x00的\u202e").content["changes"] == "好的"


def test_r7_the_written_text_of_a_call_is_held_against_what_was_known_then(people: Any, client_for: Any) -> None:
    incident = file_incident(people, "comms-2022", impact_scope="一个镇", facts={"stations_down": 3})
    call = phone_report(people, incident, "xianzhengfu", body="光缆断了，三个站")
    _update(people, incident, impact_scope="两个镇", facts={"stations_down": 12, "business": "part"})
    report = draft_report(people, incident, "xianzhengfu", follows_call=call.serial)
    found = report_changes(report)
    assert found is not None
    assert found.previous.pk == call.pk
    rows = {row.label: (row.was, row.now) for row in found.rows}
    assert rows == {"影响范围": ("一个镇", "两个镇"), "退服基站数": ("3", "12"), "业务受影响范围": ("", "部分业务")}
    page = client_for("comms_duty").get(f"/incidents/{incident.number}/reports/{report.serial}/").content.decode()
    assert "电话里说的：光缆断了，三个站" in page
    assert "<ins>两</ins>个镇" in page
    assert "有变化" in page
    assert "影响范围：由「一个镇」变为「两个镇」。" in brief_report_of(report)["changes"]


def test_a_call_of_before_whose_facts_were_not_kept_says_so(people: Any) -> None:
    incident = file_incident(people)
    call = phone_report(people, incident)
    Report.objects.filter(pk=call.pk).update(content={})
    report = draft_report(people, incident)
    assert "当时的情况没有留存" in report.content["changes"]
    assert not report_changes(report).known  # type: ignore[union-attr]


def test_what_was_sent_keeps_what_it_was_compared_with(people: Any) -> None:
    incident = file_incident(people, impact_scope="一个")
    first = _sent(people, incident)
    _update(people, incident, impact_scope="两个")
    waiting = draft_report(people, incident)
    second = _sent(people, incident)
    assert report_changes(waiting).moved  # type: ignore[union-attr]
    _update(people, incident, impact_scope="三个")
    _sent(people, incident)
    second.refresh_from_db()
    found = report_changes(second)
    assert found is not None
    assert found.previous.pk == first.pk
    assert [(row.was, row.now) for row in found.rows] == [("一个", "两个")]


def test_form_8_7_prints_the_section_under_the_description_and_only_when_there_is_one(people: Any) -> None:
    incident = file_incident(people, impact_scope="一个")
    first = _sent(people, incident)
    _update(people, incident, impact_scope="两个")
    second = draft_report(people, incident)

    def labels(report: Report) -> list[str]:
        return [part["label"] for part in form_8_7_of(report)["longs"][0]["parts"]]

    assert "与上次报告相比" not in labels(first)
    assert labels(second)[-1] == "与上次报告相比"


def test_a_secret_case_keeps_no_comparison(people: Any) -> None:
    incident = file_incident(people, title="", incident_unit="", secret=True, secret_channel="机要")
    _sent(people, incident)
    report = draft_report(people, incident)
    assert "changes" not in report.content
    with pytest.raises(BadInput):
        _edit(people, report, changes="内容")


# --- to whom, by which channel --------------------------------------------------------------------------------------


def test_superiors_are_named_with_the_body_that_receives(people: Any) -> None:
    incident = file_incident(people, grade="serious")
    report = phone_report(people, incident, "shangji_bumen@shiwangxin", "县委（县委办公室）", "xianzhengfu@zhengfuban")
    labels = [row.label for row in report.addressees.all()]
    assert labels == ["上级有关部门（市委网信办）", "县委（县委办公室）", "县人民政府（县政府办公室）"]
    assert all(told(clocks_by_rule(incident)["4.1-serious"]).values())
    written = report_draft(incident_id=incident.pk, user=people["duty"], draft=Draft(follows_call=report.serial))
    assert [row.label for row in written.addressees.all()] == labels


@pytest.mark.parametrize("text", ["shangji_bumen@gongan", "xianwei@shiwei", "shangji_bumen@火星", "火星@shiwei"])
def test_a_body_that_does_not_receive_for_it_is_refused(people: Any, text: str) -> None:
    with pytest.raises(BadInput) as caught:
        draft_report(people, file_incident(people, grade="serious"), text)
    assert "addressees" in caught.value.fields


def test_the_page_names_bodies_and_numbers_or_says_there_is_none(people: Any, client_for: Any) -> None:
    cyber = file_incident(people)
    page = client_for("duty").get(f"/incidents/{cyber.number}/report/").content.decode()
    assert 'href="tel:2566200"' in page
    assert page.count("市委网信办<br>") == 1
    comms = file_incident(people, "comms-2022")
    page = client_for("comms_duty").get(f"/incidents/{comms.number}/phone/").content.decode()
    assert "目录中没有号码" in page
    assert page.index("上级通信网络主管部门</dt>") < page.index("目录中没有号码")
    body = {"addressees": ["xianwei"], "body_of_xianwei": "weiban", "caller": "甲", "heard_by": "乙"}
    answer = client_for("duty").post(f"/incidents/{cyber.number}/phone/", body)
    assert answer.status_code == 302
    assert cyber.reports.get().addressees.get().label == "县委（县委办公室）"


def test_courier_and_secure_channel_need_their_proof_others_may_bring_it_later(people: Any, client_for: Any) -> None:
    report = signed_report(people, file_incident(people))
    for channel in ("courier", "secure"):
        with pytest.raises(BadInput) as caught:
            _send(people, report, channel=channel, proof=" ")
        assert "非预案规定" in caught.value.fields["proof"][0]
    assert _send(people, report, channel="email", proof="").lacks_proof
    page = client_for("duty").get(f"/incidents/{report.incident.number}/reports/1/").content.decode()
    assert "没有凭证" in page
    with pytest.raises(BadInput):
        report_prove(report_id=report.pk, user=people["duty"], proof="\u200b")
    proved = report_prove(report_id=report.pk, user=people["duty"], proof="邮件 77 号")
    assert (proved.proof, proved.lacks_proof) == ("邮件 77 号", False)
    with pytest.raises(WrongState):
        report_prove(report_id=report.pk, user=people["duty"], proof="别的")


# --- the end --------------------------------------------------------------------------------------------------------


def test_a_sent_final_report_closes_the_chain_until_it_is_reopened_with_a_reason(people: Any, client_for: Any) -> None:
    incident = file_incident(people, grade="ordinary")
    _sent(people, incident)
    with pytest.raises(WrongState):
        report_chain_reopen(incident_id=incident.pk, user=people["duty"], reason="还没有终报")
    follow_up = signed_report(people, incident)
    final = _sent(people, incident, stage="final")
    for act in (lambda: draft_report(people, incident), lambda: phone_report(people, incident),
                lambda: _send(people, follow_up)):  # fmt: skip
        with pytest.raises(WrongState) as caught:
            act()
        assert "续报已经结束" in caught.value.message
    duty, place = client_for("duty"), f"/incidents/{incident.number}/"
    assert f"{place}reopen-chain/" in duty.get(place).content.decode()
    assert duty.post(f"{place}reopen-chain/", {"reason": ""}).status_code == 400
    assert client_for("commander").post(f"{place}reopen-chain/", {"reason": "又断了"}).status_code == 403
    assert duty.post(f"{place}reopen-chain/", {"reason": "当晚再次被改"}).status_code == 302
    line = incident.head.entries.get(kind="report.chain_reopened")
    assert (line.subject_id, "当晚再次被改" in line.text) == (final.pk, True)
    assert _send(people, follow_up).state == "sent"
    assert f"{place}reopen-chain/" not in duty.get(place).content.decode()


def test_the_written_text_of_a_final_call_still_belongs_to_the_chain(people: Any) -> None:
    incident = file_incident(people, "comms-2022")
    call = phone_report(people, incident, stage="final")
    written = draft_report(people, incident, follows_call=call.serial)
    signed = report_review(report_id=written.pk, version=None, user=second_officer(people, incident))
    assert _send(people, signed).label == "终报"


def test_what_speaks_against_ending_is_said_and_recorded_never_refused(people: Any, client_for: Any) -> None:
    incident = _responding(file_incident(people))
    report = signed_report(people, incident, stage="final")
    page = client_for("duty").get(f"/incidents/{incident.number}/reports/1/send/").content.decode()
    for words in ("级别仍是「暂时无法判明」", "应急响应还没有结束", "个时限还没有了结"):
        assert words in page
    assert _send(people, report).state == "sent"
    assert "应急响应还没有结束" in incident.head.entries.get(kind="report.sent").text


# --- reminders ------------------------------------------------------------------------------------------------------


def test_r8_the_office_is_reminded_while_a_response_runs_and_no_longer(
    people: Any, settings: Any, client_for: Any, django_assert_num_queries: Any
) -> None:
    settings.FOLLOW_UP_HOURS = {"comms-2022": 2}
    now = timezone.now()
    with time_machine.travel(now, tick=False) as clock:
        incident = file_incident(people, "comms-2022")
        phone_report(people, incident)
        clock.shift(timedelta(hours=3))
        assert rhythm_round() == 0
        _responding(incident)
        clock.shift(timedelta(minutes=119))
        with django_assert_num_queries(1):
            assert rhythm_round() == 0
        clock.shift(timedelta(minutes=1))
        assert (rhythm_round(), rhythm_round()) == (1, 0)
        notices = Notice.objects.filter(kind="report.follow_up", settled_at__isnull=True)
        assert notices.filter(recipient=people["comms_duty"]).count() == 1
        line = incident.head.entries.get(kind="report.follow_up_due")
        assert "5小时00分" not in line.text
        assert "2小时00分" in line.text
        assert "非预案规定" in line.text
        page = client_for("comms_duty").get(f"/incidents/{incident.number}/").content.decode()
        assert "距上次报告 5小时" in page
        assert "该续报了" in page
        phone_report(people, incident)
        assert not notices.exists()
        clock.shift(timedelta(hours=1, minutes=59))
        assert rhythm_round() == 0
        _send(people, signed_report(people, incident, stage="final"), late_reason="忙于抢修")
        clock.shift(timedelta(days=2))
        assert rhythm_round() == 0


def test_a_case_that_is_over_falls_silent(people: Any, settings: Any) -> None:
    settings.FOLLOW_UP_HOURS = {"cyber-2025": 4}
    with time_machine.travel(timezone.now(), tick=False) as clock:
        incident = _responding(file_incident(people))
        Incident.objects.filter(pk=incident.pk).update(state="aftermath")
        clock.shift(timedelta(hours=5))
        assert rhythm_round() == 0
        incident.rhythm.refresh_from_db()
        assert incident.rhythm.next_at is None


# --- over the API ---------------------------------------------------------------------------------------------------


def test_changes_proof_and_reopening_over_the_api(people: Any, api_for: Any) -> None:
    incident, duty = file_incident(people, grade="ordinary", impact_scope="一个"), api_for("duty")
    first = _send(people, signed_report(people, incident), proof="")
    _update(people, incident, impact_scope="两个")
    final = _sent(people, incident, stage="final")
    seen = duty.get(f"/api/v1/reports/{final.pk}/changes/").data
    assert (seen["previous"], seen["previous_label"]) == (1, "首报")
    assert seen["changes"] == [{"name": "impact_scope", "field": "影响范围", "was": "一个", "now": "两个"}]
    assert api_for("unit_gongan").get(f"/api/v1/reports/{final.pk}/changes/").status_code == 404
    proof = f"/api/v1/reports/{first.pk}/proof/"
    assert duty.post(proof, {"proof": "长" * 201}, format="json").data["fields"].keys() == {"proof"}
    assert duty.post(proof, {"proof": "传真 9 号"}, format="json").data["proof"] == "传真 9 号"
    assert duty.post(proof, {"proof": "传真 10 号"}, format="json").status_code == 409
    assert duty.post(f"/api/v1/reports/{final.pk}/changes/", {}, format="json").status_code == 405
    reports = f"/api/v1/incidents/{incident.number}/reports/"
    body = {"kind": "written", "addressees": ["xianzhengfu"]}
    assert duty.post(reports, body, format="json").status_code == 409
    assert duty.post(f"{reports}reopen/", {"reason": ""}, format="json").status_code == 400
    assert api_for("auditor").post(f"{reports}reopen/", {"reason": "又断"}, format="json").status_code == 403
    assert duty.post(f"{reports}reopen/", {"reason": "又断"}, format="json").data["id"] == final.pk
    assert duty.post(reports, body, format="json").data["label"] == "续报一"


def test_a_units_final_report_ends_its_own_chain_not_the_offices(people: Any) -> None:
    incident, unit = file_incident(people), people["unit_shuju"]
    draft = report_draft(incident_id=incident.pk, user=unit, draft=Draft(addressees=("office",), stage="final"))
    report_review(report_id=draft.pk, version=None, user=people["duty2"])
    report_send(report_id=draft.pk, version=None, user=unit, channel="system")
    with pytest.raises(WrongState):
        report_draft(incident_id=incident.pk, user=unit, draft=Draft(addressees=("office",)))
    assert draft_report(people, incident).label == "续报一"
    reopened = report_chain_reopen(incident_id=incident.pk, user=unit, reason="又发现一台")
    assert reopened.final_id == draft.pk
