"""会商 (S10), 事态是否得到控制 and 请求增援 (S12), 移交指挥权 (S5): who may, what is written, what is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from response import services as responses
from response.models import ControlCheck, Handover, InformationRelease, Response
from response.running import services
from response.running.papers import handover_paper
from response.running.selectors import receipts_waiting
from response.running.services import Minutes
from tests.response.factories import account, active, end_proposed, ended, propose
from tests.response.running import fresh, given, issued, plan_of, units
from yangcheng_ec.deadlines.models import Notice
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, StaleVersion, WrongState
from yangcheng_ec.papers import html_of
from yangcheng_ec.record.models import RecordEntry

pytestmark = pytest.mark.django_db


def minutes(**over: Any) -> Minutes:
    values = {
        "held_at": None, "form": "phone", "chair": "总指挥", "agenda": "抢修顺序", "conclusions": "先恢复党政专网",
        "units": units("yidong", "dianxin"), "others": "市通管局李处",
    }  # fmt: skip
    return Minutes(**{**values, **over})


def test_a_conference_is_recorded_with_who_took_part_and_cites_comms_4_4_1(people: Any) -> None:
    response = active(people, "comms-2022", level=1)
    row = services.conference_record(**given(response, people["comms_office"], minutes=minutes()))
    assert (row.serial, row.clause) == (1, "通信预案 4.4.1（2）")
    assert {unit.code for unit in row.units.all()} == {"yidong", "dianxin"}
    line = RecordEntry.objects.get(kind="conference.recorded")
    assert "市通管局李处" in line.text
    assert "先恢复党政专网" in line.text


def test_a_conference_under_a_level_without_the_clause_is_labelled(people: Any) -> None:
    row = services.conference_record(**given(active(people), people["office"], minutes=minutes()))
    assert row.clause == ""
    assert "非预案规定" in RecordEntry.objects.get(kind="conference.recorded").text


@pytest.mark.parametrize(
    ("over", "name"),
    [
        ({"chair": ""}, "chair"), ({"agenda": " "}, "agenda"), ({"conclusions": ""}, "conclusions"),
        ({"form": "telepathy"}, "form"), ({"held_at": timezone.now() + timedelta(days=1)}, "held_at"),
        ({"held_at": timezone.now() - timedelta(days=400)}, "held_at"),
    ],
)  # fmt: skip
def test_a_conference_with_bad_input_is_refused(people: Any, over: dict[str, Any], name: str) -> None:
    with pytest.raises(BadInput) as refused:
        services.conference_record(**given(active(people), people["office"], minutes=minutes(**over)))
    assert name in refused.value.fields


def test_only_the_office_records_a_conference_while_the_response_runs(people: Any) -> None:
    response = active(people)
    for who in ("comms_office", "auditor"):
        with pytest.raises(Forbidden):
            services.conference_record(**given(response, people[who], minutes=minutes()))
    with pytest.raises(NotVisible):
        services.conference_record(**given(response, people["unit_gongan"], minutes=minutes()))
    ended(people, response)
    with pytest.raises(WrongState):
        services.conference_record(**given(response, people["office"], minutes=minutes()))


@pytest.mark.parametrize(("plan", "clause"), [("cyber-2025", "网络预案 8.2"), ("comms-2022", "")])
def test_not_under_control_calls_the_command_and_chooses_nothing(people: Any, plan: str, clause: str) -> None:
    response = active(people, plan)
    user = account(people, plan, "office")
    row = services.control_check(**given(response, user, controlled=False, words="仍在扩散"))
    assert row.clause == clause
    told = Notice.objects.filter(kind="response.not_controlled", urgent=True)
    assert told.filter(recipient=account(people, plan, "commander")).exists()
    assert Response.objects.count() == 1
    services.control_check(**given(response, user, controlled=True, words="已隔离"))
    assert ControlCheck.objects.count() == 2
    with pytest.raises(BadInput):
        services.control_check(**given(response, user, controlled=True, words=" "))


def asked(people: Any, response: Response, **over: Any) -> Any:
    values = {"to": "市指挥部", "request": "应急通信车1辆", **over}
    user = account(people, plan_of(response), "office")
    responses.response_reinforce(**given(response, user, **values))
    return response.reinforcements.first()


def test_reinforcement_is_asked_answered_and_arrives(people: Any) -> None:
    row = asked(people, active(people, "comms-2022", level=2))
    user = people["comms_office"]
    assert (row.serial, row.state, row.to, row.clause) == (1, "asked", "市指挥部", "通信预案 4.4.2（6）")
    on = {"reinforcement_id": row.pk, "user": user}
    with pytest.raises(WrongState):
        services.reinforcement_arrive(**on, version=row.version, arrival="到了")
    answered = services.reinforcement_answer(
        **on, version=row.version, agreed=True, answer="派车1辆", answered_by="值班科长"
    )
    assert answered.state == "agreed"
    assert Notice.objects.filter(kind="response.aid_answered", recipient=people["comms_commander"]).exists()
    with pytest.raises(StaleVersion):
        services.reinforcement_arrive(**on, version=row.version, arrival="到了")
    done = services.reinforcement_arrive(**on, version=answered.version, arrival="车1辆、6人到润城")
    assert done.state == "arrived"
    kinds = RecordEntry.objects.filter(subject_type="reinforcement").order_by("seq").values_list("kind", flat=True)
    assert list(kinds) == ["reinforcement.answered", "reinforcement.arrived"]
    assert RecordEntry.objects.filter(kind="response.reinforced").count() == 1


def test_a_refused_request_stays_and_another_is_asked(people: Any) -> None:
    response = active(people)
    row = asked(people, response)
    told = {"answer": "队伍已派往他县", "answered_by": "市值班"}
    services.reinforcement_answer(
        reinforcement_id=row.pk, version=row.version, agreed=False, user=people["office"], **told
    )
    assert asked(people, response, to="省通信管理局").serial == 2
    assert response.reinforcements.get(serial=1).state == "refused"


@pytest.mark.parametrize("name", ["answer", "answered_by"])
def test_an_answer_needs_its_words_and_who_said_so(people: Any, name: str) -> None:
    row = asked(people, active(people))
    values = {"answer": "同意", "answered_by": "市值班", **{name: " "}}
    with pytest.raises(BadInput) as refused:
        services.reinforcement_answer(
            reinforcement_id=row.pk, version=row.version, agreed=True, user=people["office"], **values
        )
    assert name in refused.value.fields


def test_a_stranger_answers_nothing(people: Any) -> None:
    row = asked(people, active(people))
    values = {"reinforcement_id": row.pk, "version": row.version, "agreed": True, "answer": "x", "answered_by": "x"}
    with pytest.raises(NotVisible):
        services.reinforcement_answer(**values, user=people["unit_gongan"])
    with pytest.raises(Forbidden):
        services.reinforcement_answer(**values, user=people["comms_office"])


def handed(people: Any, response: Response, to: str = "市指挥部") -> Handover:
    user = account(people, plan_of(response), "office")
    responses.response_handover(**given(response, user, to=to, note="市值班室03:40电话通知"))
    return Handover.objects.get(response=response)


ACCEPTED = {"accepted_by": "王某", "accepted_post": "市指挥部值班长", "acceptance": "03:55电话确认，0356-1111111"}


def test_a_handover_freezes_state_tasks_contacts_clocks_and_decisions(people: Any) -> None:
    response = active(people, level=1)
    issued(people, response)
    row = handed(people, response)
    package = row.package
    assert ["事件编号", response.incident.number] in package["incident"]
    assert len(package["tasks"]) == response.tasks.exclude(actor__on_event="handover").count()
    assert any("指挥长" in line[0] for line in package["contacts"])
    assert any("公安局" in line[0] for line in package["contacts"])
    assert package["clocks"]
    assert {"批准启动响应", "指令1 关停受攻击的系统"} <= {line[1] for line in package["decisions"]}
    html = html_of("papers/handover.html", handover_paper(row, response))
    assert response.incident.title in html
    assert "尚未登记" in html
    again = Response.objects.get(pk=response.pk)
    again.tasks.update(state="done")
    assert fresh(row).package == package


def test_the_superiors_acceptance_is_recorded_once(people: Any) -> None:
    response = active(people, level=1)
    row = handed(people, response)
    values = {"response_id": response.pk, "version": row.version, **ACCEPTED}
    for who, error in (("unit_gongan", NotVisible), ("comms_office", Forbidden), ("auditor", Forbidden)):
        with pytest.raises(error):
            services.handover_accept(**values, user=people[who])
    for name in ACCEPTED:
        with pytest.raises(BadInput) as refused:
            services.handover_accept(**{**values, name: " "}, user=people["office"])
        assert name in refused.value.fields
    done = services.handover_accept(**values, user=people["office"])
    assert (done.state, done.accepted_by) == ("accepted", "王某")
    assert Notice.objects.filter(kind="response.handover_accepted", recipient=people["commander"]).exists()
    with pytest.raises(StaleVersion):
        services.handover_accept(**values, user=people["office"])
    with pytest.raises(WrongState):
        services.handover_accept(**{**values, "version": done.version}, user=people["office"])
    with pytest.raises(NotVisible):
        services.handover_accept(**{**values, "response_id": active(people).pk}, user=people["office"])


def test_after_the_handover_the_end_is_approved_only_with_the_superiors_mention(people: Any) -> None:
    response = active(people, level=1)
    handed(people, response)
    response = end_proposed(people, fresh(response))
    common = {"response_id": response.pk, "version": response.version, "user": people["commander"]}
    with pytest.raises(BadInput, match="市指挥部") as refused:
        responses.response_end_approve(**common)
    assert "note" in refused.value.fields
    assert refused.value.clause == "网络预案 4.2.1.3（3）"
    assert fresh(response).state == "end_proposed"
    done = responses.response_end_approve(**common, note="已报市指挥部王某，04:10电话同意")
    assert done.state == "end_approved"


def test_after_the_handover_a_release_and_another_level_need_the_mention_too(people: Any) -> None:
    response = active(people, level=1)
    handed(people, response)
    release = responses.release_draft(
        incident_id=response.incident_id, title="通报", text="正在抢修", user=people["office"]
    )
    common = {"release_id": release.pk, "version": release.version, "user": people["deputy"]}
    with pytest.raises(BadInput):
        responses.release_approve(**common)
    assert responses.release_approve(**common, note="已报市指挥部同意").state == "approved"
    lower = responses.response_lower(**given(response, people["office"], level=2, condition=1, basis="缓和"))
    with pytest.raises(BadInput):
        responses.response_approve(response_id=lower.pk, version=lower.version, user=people["commander"])
    done = responses.response_approve(
        response_id=lower.pk, version=lower.version, user=people["commander"], note="已报市指挥部"
    )
    assert done.state == "active"
    done = end_proposed(people, done)
    with pytest.raises(BadInput):
        responses.response_end_approve(response_id=done.pk, version=done.version, user=people["commander"])


def test_a_case_that_was_not_handed_over_needs_no_mention(people: Any) -> None:
    handed(people, active(people, level=1))
    other = propose(people, level=1)
    assert (
        responses.response_approve(response_id=other.pk, version=other.version, user=people["commander"]).state
        == "active"
    )
    assert InformationRelease.objects.count() == 0


def test_a_new_level_goes_on_with_what_the_old_one_ordered_asked_and_handed_over(people: Any) -> None:
    response = active(people)
    order = issued(people, response, "gongan")
    request = asked(people, response)
    services.rhythm_set(**given(response, people["office"], every_hours=2))
    handed(people, response)
    wider = responses.response_escalate(**given(response, people["office"], level=1, condition=2, basis="扩大"))
    wider = responses.response_approve(
        response_id=wider.pk, version=wider.version, user=people["commander"], note="已报市指挥部"
    )
    assert fresh(order).response == fresh(request).response == wider
    assert fresh(wider).handed_over_to == "市指挥部"
    assert wider.rhythm.every_hours == 2
    assert receipts_waiting(people["unit_gongan"]).get().order == order
    assert issued(people, wider).serial == 2
    assert fresh(response).state == "replaced"
