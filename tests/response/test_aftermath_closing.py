"""Ending with clocks that still run, closing over an aftermath that is not settled, the case's file and export."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from incidents.exporting.content import case_content
from incidents.models import Incident
from incidents.papers.case_file import case_file_of
from incidents.registry import case_rows, case_then
from incidents.services import incident_close
from response.aftermath import services
from response.aftermath.selectors import unsettled
from response.choices import TaskState
from response.models import Response, Task
from response.services import response_announce_end, response_end_approve, response_propose_end
from tests.response.aftering import agreed, care, over, received, sent
from tests.response.factories import account, active, end_proposed, findings
from yangcheng_ec.clock import database_now
from yangcheng_ec.deadlines.choices import OPEN
from yangcheng_ec.deadlines.models import Deadline
from yangcheng_ec.errors import BadInput, WrongState
from yangcheng_ec.papers import html_of
from yangcheng_ec.record.models import RecordEntry

pytestmark = pytest.mark.django_db


def _all_done(response: Response) -> None:
    now = database_now()
    Task.objects.filter(response=response).update(state=TaskState.DONE, acknowledged_at=now, completed_at=now)


def _close(people: Any, incident: Incident, **more: Any) -> Incident:
    office = account(people, incident.plan_version.plan.code, "office")
    given: dict[str, Any] = {"note": "办结", "waive_reason": "不再适用"}
    return incident_close(incident_id=incident.pk, version=None, user=office, **{**given, **more})


def test_e1_running_clocks_are_settled_or_carried_over_with_a_reason(client_for: Any, people: Any) -> None:
    response = active(people)
    _all_done(response)
    clocks = Deadline.objects.filter(head_id=response.incident.head_id, state__in=OPEN)
    assert clocks.exists()
    with pytest.raises(BadInput) as refused:
        end_proposed(people, response, carry_over="")
    assert clocks[0].title in refused.value.fields["carry_over"][0]
    response = end_proposed(people, response, carry_over="由值班室继续报送")
    assert [row["finding"] for row in response.end_findings][-1] == "未了结时限结转"
    response = response_end_approve(response_id=response.pk, version=response.version, user=people["deputy"])
    response = response_announce_end(response_id=response.pk, version=response.version, user=people["office"])
    line = RecordEntry.objects.get(head_id=response.incident.head_id, kind="response.ended")
    assert set(line.data["carried_clocks"]) == set(clocks.values_list("pk", flat=True))
    assert "结转" in line.text
    assert clocks.exists()
    words = client_for("office").get(f"/incidents/{response.incident.number}/aftermath/").content.decode()
    assert "结转事项" in words
    assert clocks[0].title in words


def test_e1_nothing_left_needs_no_reason(people: Any) -> None:
    response = active(people)
    _all_done(response)
    Deadline.objects.filter(head_id=response.incident.head_id).update(state="waived")
    assert end_proposed(people, response, carry_over="").state == "end_proposed"


def test_e1_a_clock_begun_after_the_proposal_stops_the_end_without_a_reason(people: Any) -> None:
    response = active(people)
    _all_done(response)
    clocks = Deadline.objects.filter(head_id=response.incident.head_id)
    clocks.update(state="waived")
    response = end_proposed(people, response, carry_over="")
    response = response_end_approve(response_id=response.pk, version=response.version, user=people["deputy"])
    clocks.filter(pk=clocks[0].pk).update(state="running")
    with pytest.raises(WrongState, match="时限"):
        response_announce_end(response_id=response.pk, version=response.version, user=people["office"])


def test_e1_the_end_still_asks_for_every_finding_first(people: Any) -> None:
    response = active(people)
    with pytest.raises(BadInput) as refused:
        response_propose_end(
            response_id=response.pk, version=response.version, findings={}, carry_over="结转", user=people["office"]
        )
    assert set(refused.value.fields) == {f"finding_{number}" for number in findings(response)}


def test_closing_over_an_unsettled_aftermath_asks_for_a_reason(people: Any) -> None:
    incident, _ = over(people)
    care(people, incident)
    assert any("善后" in words for words in unsettled(incident))
    with pytest.raises(BadInput) as refused:
        _close(people, incident)
    words = refused.value.fields["unsettled_reason"][0]
    assert "没有总结调查报告" in words
    assert "1项善后事项没有办结" in words
    assert "撤离" in words
    done = _close(people, incident, unsettled_reason="善后由财政局继续办理")
    assert done.state == "closed"
    line = RecordEntry.objects.get(head_id=incident.head_id, kind="incident.closed")
    assert "善后由财政局继续办理" in line.text
    assert "没有总结调查报告" in line.text


def test_a_settled_aftermath_closes_without_a_word_more(people: Any) -> None:
    incident, response = over(people)
    received(people, incident)
    item = agreed(people, incident)
    services.care_settle(item_id=item.pk, version=item.version, user=people["office"], proof="付款单")
    for row in response.stand_downs.all():
        said = "负责人" if row.unit else ""
        services.stand_down_report(row_id=row.pk, version=row.version, user=people["office"], said_by=said)
    Task.objects.filter(response=response).update(state=TaskState.DONE)
    assert unsettled(incident) == []
    assert _close(people, incident).state == "closed"


def test_a_report_nobody_signed_for_is_not_settled(people: Any) -> None:
    incident, _ = over(people)
    sent(people, incident)
    assert any("市指挥部办公室没有签收" in words for words in unsettled(incident))


def test_a_case_without_a_response_closes_as_before(people: Any) -> None:
    from tests.incidents.factories import file_incident

    incident = file_incident(people)
    Incident.objects.filter(pk=incident.pk).update(state="analysed")
    assert _close(people, incident).state == "closed"


def test_the_file_and_the_export_hold_the_aftermath(people: Any) -> None:
    incident, _ = over(people)
    report = received(people, incident)
    agreed(people, incident, kind="requisition", receipt="征用001")
    paper = case_file_of(incident, people["office"])
    part = next(row for row in paper["parts"] if row["title"].endswith("后期处置"))
    html = html_of(part["template"], part["context"])
    for words in (report.title, "征用001", "市指挥部办公室", "值班室", "已查明"):
        assert words in html
    content = case_content(incident, people["office"])
    assert content["reviews"][0]["sha256"] == report.sha256
    assert content["aftercare"][0]["receipt"] == "征用001"
    names = ("review_addressees", "rebuild_plans", "rebuild_steps", "lessons", "merits", "stand_downs")
    assert set(names) <= set(case_rows(incident))


def test_the_case_as_it_was_known_shows_the_report_in_its_state_then(people: Any) -> None:
    incident, _ = over(people)
    report = sent(people, incident)
    part = next(row for row in case_then(incident, database_now()) if "总结调查" in row.title)
    assert str(part.lines[0].state) == "sent"
    early = case_then(incident, report.created_at - timedelta(seconds=1))
    assert not any("总结调查" in row.title for row in early)
