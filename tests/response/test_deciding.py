"""Deciding a level: the overlap of two conditions, the preview, the one-page brief, return with another level."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from directory.models import Appointment
from directory.services.appointments import appointment_end
from response import services
from response.models import Response
from response.rules import local_reason_asked
from response.selectors import level_preview
from tests.incidents.factories import file_incident
from tests.response.factories import active, confirmed, propose
from yangcheng_ec.deadlines.models import Notice
from yangcheng_ec.errors import BadInput, Forbidden, WrongState
from yangcheng_ec.record.models import RecordEntry

pytestmark = pytest.mark.django_db


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def _level(version: Any, ordinal: int) -> Any:
    return version.response_levels.select_related("version__plan").get(ordinal=ordinal)


def _propose(people: Any, level: int, condition: int, **over: Any) -> Response:
    incident = over.pop("incident", None) or file_incident(people)
    return services.response_propose(
        incident_id=incident.pk, level=level, condition=condition, basis="业务中断", user=people["office"], **over
    )


# --- 一般 in level Ⅱ, 一般以下 in level Ⅲ (S2, S3, G10) --------------------------------------------------------------


def test_s2_s3_only_the_two_conditions_that_overlap_ask_for_a_reason(cyber: Any, comms: Any) -> None:
    asked = {
        (row.level.ordinal, row.number)
        for version in (cyber, comms)
        for level in version.response_levels.all()
        for row in level.conditions.select_related("level")
        if local_reason_asked(row)
    }
    assert asked == {(2, 1), (3, 1)}


@pytest.mark.parametrize("level", [2, 3])
def test_s2_s3_an_empty_reason_is_refused_with_field_and_clause(level: int, people: Any) -> None:
    with pytest.raises(BadInput) as refused:
        _propose(people, level, 1, local_reason="  ")
    assert "local_reason" in refused.value.fields
    assert f"4.2.{level}.1" in refused.value.clause
    assert not Response.objects.exists()


def test_s2_the_reason_is_kept_shown_and_recorded(people: Any, client_for: Any) -> None:
    found = _propose(people, 2, 1, local_reason="<b>县教育局</b>没有能力恢复核心交换机")
    assert found.local_reason.startswith("<b>县教育局")
    line = RecordEntry.objects.get(kind="response.proposed")
    assert "能否就地应对：<b>县教育局</b>没有能力" in line.text
    for page in ("", "brief/"):
        assert "&lt;b&gt;县教育局" in text_of(client_for("deputy").get(f"/response/{found.number}/{page}"))


def test_a_reason_that_was_not_asked_for_is_recorded_as_not_said(people: Any, api_for: Any) -> None:
    incident = file_incident(people)
    given = {"incident": incident.number, "level": "Ⅱ", "condition": 1, "basis": "业务中断"}
    answer = api_for("office").post("/api/v1/responses/", given, format="json")
    assert (answer.status_code, answer.json()["local_reason"]) == (201, "")
    assert "能否就地应对：没有写明" in RecordEntry.objects.get(kind="response.proposed").text


def test_other_conditions_drop_a_reason(people: Any) -> None:
    assert _propose(people, 1, 1, local_reason="不相干").local_reason == ""


def test_the_page_asks_for_the_reason_and_keeps_what_was_typed(people: Any, client_for: Any) -> None:
    incident = file_incident(people)
    client, url = client_for("office"), f"/response/new/?incident={incident.number}"
    assert text_of(client.get(url)).count("须写明能否就地应对</") == 2
    bad = client.post(url, {"choice": "2-1", "basis": "十二家单位停办"})
    assert bad.status_code == 400
    assert "十二家单位停办" in text_of(bad)
    assert "为什么。" in text_of(bad)
    assert client.post(url, {"choice": "2-1", "basis": "停办", "local_reason": "教育局不能恢复"}).status_code == 302


def test_the_comms_form_does_not_ask(people: Any, client_for: Any) -> None:
    incident = file_incident(people, "comms-2022")
    assert "local_reason" not in text_of(client_for("comms_office").get(f"/response/new/?incident={incident.number}"))


# --- seeing first --------------------------------------------------------------------------------------------------


def test_the_office_sees_what_follows_before_it_proposes(people: Any, client_for: Any, cyber: Any) -> None:
    incident = file_incident(people, township="runcheng")
    client, url = client_for("office"), f"/response/new/?incident={incident.number}"
    page = client.post(url, {"choice": "1-1", "basis": "政务云<b>中断</b>", "then": "preview"})
    text = text_of(page)
    assert page.status_code == 200
    assert not Response.objects.exists()
    expected = level_preview(_level(cyber, 1), incident)
    for words in (
        "批准后会发生什么",
        "由谁决定",
        "指挥长 赵立新",
        "政务云&lt;b&gt;中断",
        f"{len(expected.tasks)}</span> 项",
    ):
        assert words in text
    assert 'value="1-1" checked' in text
    assert client.post(url, {"choice": "", "basis": "x", "then": "preview"}).status_code == 400


def test_against_a_running_level_gains_and_losses_are_named(people: Any, client_for: Any, cyber: Any) -> None:
    running = active(people, level=2)
    shift = level_preview(_level(cyber, 1), running.incident, running=_level(cyber, 2)).shift
    assert shift is not None
    same = level_preview(_level(cyber, 2), running.incident, running=_level(cyber, 2)).shift
    assert same is not None
    assert [same.tasks_gained, same.tasks_dropped, same.units_gained, same.units_dropped] == [[], [], [], []]
    back = level_preview(_level(cyber, 2), running.incident, running=_level(cyber, 1)).shift
    assert back is not None
    assert (len(back.tasks_gained), len(back.tasks_dropped)) == (len(shift.tasks_dropped), len(shift.tasks_gained))
    client, url = client_for("office"), f"/response/{running.number}/shift/"
    given = {"choice": "1-1", "basis": "扩大", "version": running.version}
    page = text_of(client.post(url, {**given, "then": "preview"}))
    assert f"{len(shift.tasks_gained)} 项任务" in page
    assert "取消" in page
    assert Response.objects.count() == 1
    assert client.post(url, given).status_code == 302
    assert "Ⅱ级响应 → <strong>Ⅰ级响应</strong>" in text_of(
        client_for("commander").get(f"/response/{Response.objects.first().number}/brief/")
    )


# --- the one page --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("plan", "who"), [("cyber-2025", "commander"), ("comms-2022", "comms_commander")])
def test_the_brief_is_small_and_decides(
    plan: str, who: str, people: Any, client_for: Any, django_assert_max_num_queries: Any
) -> None:
    found = propose(people, plan, level=1)
    if plan == "comms-2022":
        found = confirmed(people, found)
    address, client = f"/response/{found.number}/brief/", client_for(who)
    notice = Notice.objects.filter(recipient=people[who], kind="response.approve_response").get()
    assert notice.url.endswith(address)
    client.get(address)
    with django_assert_max_num_queries(30):
        page = client.get(address)
    assert len(page.content) <= 20 * 1024
    text = text_of(page)
    for words in (
        "批准启动Ⅰ级响应？",
        found.condition.text,
        found.basis,
        "批准并启动",
        "退回",
        "等待决定",
        "批准即启动",
    ):
        assert words in text
    done = client.post(f"/response/{found.number}/approve/", {"version": found.version, "page": "brief"}, follow=True)
    assert done.redirect_chain == [(address, 302)]
    assert "已生效" in text_of(done)
    assert "还没有送达" in text_of(done)
    again = client.post(f"/response/{found.number}/approve/", {"version": found.version, "page": "brief"})
    assert again.status_code == 409


def test_who_may_not_decide_sees_who_may(people: Any, client_for: Any) -> None:
    found = propose(people, level=1)
    text = text_of(client_for("deputy").get(f"/response/{found.number}/brief/"))
    assert "批准并启动" not in text
    assert "只能由" in text
    assert "这是您提出的建议" in text_of(client_for("office").get(f"/response/{found.number}/brief/"))


def test_strangers_find_no_brief(people: Any, client_for: Any) -> None:
    found = propose(people, level=1)
    for who in ("unit_gongan", "contacts", "sysadmin"):
        assert client_for(who).get(f"/response/{found.number}/brief/").status_code == 404
    assert client_for("commander").get("/response/XY-0/brief/").status_code == 404
    assert client_for("commander").post(f"/response/{found.number}/brief/").status_code == 405


# --- return and propose another level ------------------------------------------------------------------------------


def test_returning_with_another_level_prefills_the_next_proposal(people: Any, client_for: Any) -> None:
    found = propose(people, level=1)
    found.refresh_from_db()
    given = {"version": found.version, "reason": "事态可控", "instead": "2", "page": "brief"}
    assert client_for("commander").post(f"/response/{found.number}/return/", given).status_code == 302
    found.refresh_from_db()
    assert (found.state, str(found.return_level)) == ("returned", "Ⅱ级响应")
    told = Notice.objects.get(recipient=people["office"], kind="response.returned")
    assert "请改提Ⅱ级响应" in told.title
    assert "建议改提Ⅱ级响应。理由：事态可控" in RecordEntry.objects.get(kind="response.returned").text
    office = client_for("office")
    page = text_of(office.get(f"/response/{found.number}/"))
    address = f"/response/new/?incident={found.incident.number}&amp;like={found.number}&amp;level=2"
    assert address in page
    assert "已退回，没有启动" in page
    form = text_of(office.get(address.replace("&amp;", "&")))
    assert found.basis in form
    assert "card--running" in form
    assert "改提Ⅱ级响应" not in text_of(client_for("auditor").get(f"/response/{found.number}/")).replace("建议改提", "")


@pytest.mark.parametrize("instead", ["1", "Ⅳ", "9"])
def test_the_level_instead_is_another_one_of_the_plan(instead: str, people: Any) -> None:
    found = propose(people, level=1)
    with pytest.raises(BadInput):
        services.response_return(
            response_id=found.pk, version=found.version, reason="不妥", instead=instead, user=people["commander"]
        )
    found.refresh_from_db()
    assert found.state == "proposed"


def test_returning_is_refused_to_others_and_twice(people: Any) -> None:
    found = propose(people, level=1)
    given = {"response_id": found.pk, "version": found.version, "reason": "不妥", "instead": "2"}
    with pytest.raises(Forbidden):
        services.response_return(**given, user=people["deputy"])
    done = services.response_return(**given, user=people["commander"])
    with pytest.raises(WrongState):
        services.response_return(**{**given, "version": done.version}, user=people["commander"])


def test_the_api_returns_with_another_level(people: Any, api_for: Any) -> None:
    found = propose(people, level=1)
    given = {"version": found.version, "reason": "可控", "instead": "Ⅲ"}
    answer = api_for("commander").post(f"/api/v1/responses/{found.number}/return/", given, format="json")
    assert (answer.status_code, answer.json()["return_level"]) == (200, "Ⅲ")


# --- activation ----------------------------------------------------------------------------------------------------


def test_o6_the_groups_stand_up_with_lead_members_and_the_case_s_township(people: Any, cyber: Any) -> None:
    found = active(people, level=2, township="runcheng")
    (line,) = RecordEntry.objects.filter(kind="group.stood_up")
    group = cyber.groups.select_related("lead").get(name="现场抢修组")
    assert line.text.startswith(f"成立现场抢修组：牵头{group.lead.name}；成员")
    assert "润城镇人民政府" in line.text
    assert "乡（镇）" not in line.text
    for row in group.members.exclude(unit=None).exclude(unit=group.lead).select_related("unit"):
        assert row.printed_name in line.text or row.unit.name in line.text
    assert line.subject_id == found.pk


def test_without_a_place_the_township_is_still_to_be_named(people: Any) -> None:
    active(people, level=2, township="")
    assert "（待确定）" in RecordEntry.objects.get(kind="group.stood_up").text


def test_s4_level_two_shows_each_unit_s_liaison_and_who_has_none(people: Any, client_for: Any) -> None:
    text = text_of(client_for("office").get(f"/response/{active(people, level=2).number}/"))
    assert "各单位联络员" in text
    assert "没有登记联络员，请该单位明确" in text
    other = active(people, level=1)
    assert "各单位联络员" not in text_of(client_for("office").get(f"/response/{other.number}/"))


# --- a commander who leaves in the middle of it --------------------------------------------------------------------


def test_a_commander_removed_in_mid_response_decides_nothing_more_and_what_was_decided_stands(
    people: Any, client_for: Any
) -> None:
    running = active(people, level=1)
    case = running.incident
    services.response_propose_end(
        response_id=running.pk,
        version=running.version,
        findings={1: "隐患已消除", 2: "业务已恢复"},
        carry_over="转入后期处置",
        user=people["office"],
    )
    row = Appointment.objects.get(user=people["commander"], post__kind="commander", post__version=case.plan_version)
    appointment_end(user=people["security"], appointment_id=row.pk, ends_at=timezone.now(), reason="调离")
    running.refresh_from_db()
    with pytest.raises(Forbidden) as refused:
        services.response_end_approve(response_id=running.pk, version=running.version, user=people["commander"])
    assert refused.value.clause
    running.refresh_from_db()
    assert (running.state, running.activated_post) == ("end_proposed", "commander")
    assert running.tasks.exclude(state="assigned").count() == 0
    approve = f"/response/{running.number}/end/"
    assert client_for("commander").post(approve, {"version": running.version}).status_code in (403, 404)
    done = services.response_end_approve(response_id=running.pk, version=running.version, user=people["deputy"])
    assert done.state == "end_approved"
    assert RecordEntry.objects.filter(kind="response.activated", actor_name=str(people["commander"])).exists()
