"""The pages of a running response: who opens which, what they post, what comes back; statements are pinned."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from response.models import CommandOrder, Response, Task
from response.running import services
from response.running.sections import SECTIONS
from response.services import response_handover
from tests.incidents.factories import file_incident
from tests.response.factories import active, ended
from tests.response.running import asked, fresh, given, issued, receipt_of, social
from tests.response.test_running_situation import SAID

pytestmark = pytest.mark.django_db
SOON = timezone.localtime(timezone.now() + timedelta(days=1)).strftime("%Y-%m-%d %H:%M")
COMMON = ("instructions", "conferences", "reinforcements", "handed-over", "situations", "forces", "evidence")


def text_of(answer: Any) -> str:
    return answer.content.decode()


def at(response: Response, name: str, act: str = "", pk: int = 0) -> str:
    parts = [name, *([str(pk)] if pk else []), *([act] if act else [])]
    return f"/response/{response.number}/" + "/".join(parts) + "/"


@pytest.mark.parametrize("who", ["office", "duty", "commander", "deputy", "director", "comms_office", "auditor"])
@pytest.mark.parametrize("name", [*COMMON, "board"])
def test_the_command_and_the_auditor_open_every_page(client_for: Any, people: Any, who: str, name: str) -> None:
    response = active(people)
    assert client_for(who).get(at(response, name)).status_code == 200


@pytest.mark.parametrize("who", ["unit_gongan", "contacts", "security", "sysadmin"])
@pytest.mark.parametrize("name", [*COMMON, "board", "on-site"])
def test_for_others_the_pages_do_not_exist(client_for: Any, people: Any, who: str, name: str) -> None:
    response = active(people)
    assert client_for(who).get(at(response, name)).status_code == 404


def test_the_comms_pages_and_what_the_other_plan_has_not(client_for: Any, people: Any) -> None:
    comms, cyber = active(people, "comms-2022"), active(people)
    client = client_for("comms_commander")
    for name in SECTIONS:
        assert client.get(at(comms, name)).status_code == 200
    assert client.get(at(cyber, "on-site")).status_code == 404
    assert client.post(at(cyber, "on-site", "set-up"), {}).status_code == 404
    assert client.post(at(comms, "instructions", "explode"), {}).status_code == 404
    assert client.get(at(comms, "instructions", "issue")).status_code == 405
    assert client.get("/response/XY-NONE/board/").status_code == 404


def test_an_ended_response_keeps_its_pages_without_forms(client_for: Any, people: Any) -> None:
    response = active(people)
    issued(people, response)
    ended(people, fresh(response))
    page = text_of(client_for("commander").get(at(response, "instructions")))
    assert "关停受攻击的系统" in page
    assert 'name="title"' not in page


def test_an_order_is_given_once_however_often_the_form_is_sent(client_for: Any, people: Any) -> None:
    response = active(people)
    client, url = client_for("commander"), at(response, "instructions", "issue")
    typed = {"version": response.version, "title": "关停", "text": "立即", "units": ["gongan"], "idempotency_key": "k"}
    assert [client.post(url, typed).status_code for _ in "12"] == [302, 302]
    assert CommandOrder.objects.count() == 1
    page = text_of(client.get(at(response, "instructions")))
    assert "关停" in page
    assert "待签收" in page


def test_what_was_typed_comes_back_with_the_error_beside_it(client_for: Any, people: Any) -> None:
    response = active(people)
    bad = client_for("commander").post(
        at(response, "instructions", "issue"), {"version": response.version, "title": "写<了>", "text": "很多字"}
    )
    assert bad.status_code == 400
    assert "写&lt;了&gt;" in text_of(bad)
    assert "很多字" in text_of(bad)
    refused = client_for("office").post(
        at(response, "instructions", "issue"),
        {"version": response.version, "title": "x", "text": "x", "units": ["gongan"]},
    )
    assert refused.status_code == 403
    assert "网络预案 2.3" in text_of(refused)
    stale = {"version": 99, "title": "x", "text": "x", "units": ["gongan"]}
    assert client_for("commander").post(at(response, "instructions", "issue"), stale).status_code == 409


def test_the_office_records_an_order_by_word(client_for: Any, people: Any) -> None:
    response = active(people)
    typed = {
        "version": response.version, "title": "关停", "text": "立即", "units": ["gongan"],
        "ordered_by": people["commander"].pk,
    }  # fmt: skip
    assert client_for("office").post(at(response, "instructions", "issue"), typed).status_code == 302
    assert CommandOrder.objects.get().on_word


def test_a_unit_signs_and_reports_on_its_page(client_for: Any, people: Any) -> None:
    receipt = receipt_of(issued(people, active(people), "gongan"), "gongan")
    client, url = client_for("unit_gongan"), f"/response/instructions/{receipt.pk}/"
    assert url in text_of(client.get("/response/tasks/"))
    assert client.get("/response/instructions/").status_code == 200
    done = client.post(url, {"version": fresh(receipt).version, "act": "acknowledge"})
    assert done.status_code == 302
    empty = client.post(url, {"version": fresh(receipt).version, "act": "report", "text": ""})
    assert empty.status_code == 400
    assert "请写明执行情况" in text_of(empty)
    assert client.post(url, {"version": fresh(receipt).version, "act": "report", "text": "已关停"}).status_code == 302
    assert "已关停" in text_of(client.get(url))
    assert client_for("unit_dianxin").get(url).status_code == 404
    assert client_for("unit_dianxin").post(url, {"version": 1, "act": "acknowledge"}).status_code == 404
    assert client_for("auditor").get(url).status_code == 200
    assert client_for("auditor").post(url, {"version": 3, "act": "report", "text": "x"}).status_code == 403


POSTS = {
    "conferences/record": {
        "held_at": "",
        "form": "phone",
        "chair": "张某",
        "agenda": "抢修",
        "conclusions": "先主后次",
    },
    "reinforcements/control": {"controlled": "no", "words": "仍在扩散"},
    "situations/rhythm": {"every_hours": "2"},
    "situations/ask": {},
    "evidence/find": {"basis": "日志显示入侵"},
    "evidence/note": {"what": "日志", "keeper": "李工", "place": "保险柜"},
}


@pytest.mark.parametrize("path", POSTS)
def test_the_other_acts_of_the_office(client_for: Any, people: Any, path: str) -> None:
    response = active(people)
    typed, (name, act) = {**POSTS[path]}, path.split("/")
    if "held_at" in typed:
        typed["held_at"] = timezone.localtime(response.activated_at).strftime("%Y-%m-%d %H:%M")
    answer = client_for("office").post(at(response, name, act), {"version": response.version, **typed})
    assert answer.status_code == 302, text_of(answer)
    assert client_for("office").get(at(response, name)).status_code == 200
    for who, code in (("unit_gongan", 404), ("comms_office", 403)):
        again = client_for(who).post(at(response, name, act), {"version": response.version, **typed})
        assert again.status_code == code


@pytest.mark.parametrize(
    "path", ["conferences/record", "reinforcements/control", "situations/rhythm", "evidence/find", "evidence/note"]
)
def test_an_empty_form_is_named_field_by_field(client_for: Any, people: Any, path: str) -> None:
    response = active(people)
    answer = client_for("office").post(at(response, *path.split("/")), {"version": response.version})
    assert answer.status_code == 400
    assert "field__error" in text_of(answer)


def test_reinforcement_is_answered_beside_its_row(client_for: Any, people: Any) -> None:
    response = active(people)
    client = client_for("office")
    sent = {"version": response.version, "to": "市指挥部", "request": "通信车"}
    assert client.post(f"/response/{response.number}/reinforce/", sent).status_code == 302
    row = response.reinforcements.get()
    url = at(response, "reinforcements", "answer", row.pk)
    bad = client.post(url, {"version": row.version, "agreed": "yes", "answer": "", "answered_by": "市值班"})
    assert bad.status_code == 400
    assert "市值班" in text_of(bad)
    good = {"version": row.version, "agreed": "yes", "answer": "派车", "answered_by": "市值班"}
    assert client.post(url, good).status_code == 302
    arrived = {"version": fresh(row).version, "arrival": "车1辆"}
    assert client.post(at(response, "reinforcements", "arrive", row.pk), arrived).status_code == 302
    assert "已到位" in text_of(client.get(at(response, "reinforcements")))


def handed(people: Any) -> Response:
    response = active(people, level=1)
    response_handover(**given(response, people["office"], to="市指挥部", note="市值班电话"))
    return fresh(response)


def test_the_handover_has_a_paper_an_acceptance_and_a_warning_on_the_brief(client_for: Any, people: Any) -> None:
    response = handed(people)
    client = client_for("office")
    pdf = client.get(f"/response/{response.number}/handed-over/package.pdf")
    assert (pdf.status_code, pdf["Content-Type"], pdf.content[:4]) == (200, "application/pdf", b"%PDF")
    typed = {
        "version": response.handover.version, "accepted_by": "王某", "accepted_post": "值班长", "acceptance": "电话",
    }  # fmt: skip
    assert client.post(at(response, "handed-over", "accept"), typed).status_code == 302
    page = text_of(client.get(f"/response/{response.number}/"))
    assert "指挥权已移交市指挥部" in page
    assert "上级已接管" in page
    assert client_for("unit_gongan").get(f"/response/{response.number}/handed-over/package.pdf").status_code == 404
    other = active(people)
    assert client.get(f"/response/{other.number}/handed-over/package.pdf").status_code == 404


def test_the_end_of_a_handed_over_response_asks_for_the_mention(client_for: Any, people: Any) -> None:
    from tests.response.factories import end_proposed

    response = end_proposed(people, handed(people))
    client, url = client_for("commander"), f"/response/{response.number}/end/"
    assert "已报市指挥部" in text_of(client.get(f"/response/{response.number}/"))
    bad = client.post(url, {"version": response.version, "note": "同意"})
    assert bad.status_code == 400
    assert 'value="同意"' in text_of(bad)
    assert client.post(url, {"version": response.version, "note": "已报市指挥部王某"}).status_code == 302


def test_a_unit_says_how_things_stand_and_the_office_composes(client_for: Any, people: Any) -> None:
    response = active(people, level=1)
    row = asked(people, response)
    reply = row.replies.get(unit__code="shuju")
    unit, url = client_for("unit_shuju"), f"/response/situations/{reply.pk}/"
    assert url in text_of(unit.get("/response/tasks/"))
    assert unit.get("/response/situations/").status_code == 200
    bad = unit.post(url, {"version": reply.version, "progress": "", "problems": "缺备件"})
    assert bad.status_code == 400
    assert "缺备件" in text_of(bad)
    assert unit.post(url, {"version": reply.version, "progress": "已隔离"}).status_code == 302
    assert client_for("unit_gongan").get(url).status_code == 404
    client = client_for("office")
    composed = client.post(
        at(response, "situations", "compose", row.pk), {"version": row.version, "addressees": ["office"]}
    )
    assert composed.status_code == 302, text_of(composed)
    report = fresh(row).report
    assert report is not None
    assert f"/incidents/{response.incident.number}/reports/{report.serial}/" in text_of(
        client.get(at(response, "situations"))
    )


def test_the_command_on_the_spot_is_set_up_and_shown_on_the_brief(client_for: Any, people: Any) -> None:
    response = active(people, "comms-2022")
    client = client_for("comms_commander")
    typed = {"version": response.version, "place": "润城机房", "leader": "张某", "units": ["yidong"]}
    assert client.post(at(response, "on-site", "set-up"), {**typed, "place": ""}).status_code == 400
    assert client.post(at(response, "on-site", "set-up"), typed).status_code == 302
    assert "润城机房" in text_of(client.get(f"/response/{response.number}/"))
    row = response.on_site.get()
    gone = client.post(at(response, "on-site", "dissolve", row.pk), {"version": row.version, "reason": "恢复"})
    assert gone.status_code == 302


def test_a_company_is_called_in_from_the_list(client_for: Any, people: Any) -> None:
    response, company = active(people), social()
    client = client_for("office")
    assert company.name in text_of(client.get(at(response, "forces")))
    typed = {"version": response.version, "resource": company.pk, "title": "溯源", "text": "分析"}
    assert client.post(at(response, "forces", "call"), {**typed, "resource": "0"}).status_code == 400
    assert client.post(at(response, "forces", "call"), typed).status_code == 302
    task = Task.objects.get(resource=company)
    assert company.name in text_of(client.get(f"/response/tasks/{task.pk}/"))


def test_first_action_is_logged_from_the_cases_page(client_for: Any, people: Any) -> None:
    incident = file_incident(people, "comms-2022", incident_unit="yidong", reporting_unit="yidong")
    unit, url = client_for("unit_yidong"), f"/incidents/{incident.number}/first-action/"
    assert url in text_of(unit.get(f"/incidents/{incident.number}/"))
    assert unit.get(url).status_code == 200
    assert unit.post(url, {"text": ""}).status_code == 400
    assert unit.post(url, {"text": "启用备用路由"}).status_code == 302
    assert "启用备用路由" in text_of(client_for("comms_office").get(f"/incidents/{incident.number}/"))
    assert client_for("unit_dianxin").get(url).status_code == 404
    assert client_for("comms_commander").post(url, {"text": "x"}).status_code == 403


@pytest.mark.parametrize("by", ["unit", "group", "state", "nonsense"])
def test_the_board_by_unit_group_and_state(client_for: Any, people: Any, by: str) -> None:
    response = active(people, level=1)
    active(people, level=1)
    page = text_of(client_for("commander").get(f"/response/{response.number}/board/?by={by}"))
    assert ("同时承担 2 起事件" in page) == (by in ("unit", "nonsense"))


def test_the_board_chases_everybody_with_one_press(client_for: Any, people: Any) -> None:
    response = active(people)
    client, url = client_for("office"), f"/response/{response.number}/board/chase/"
    assert client.post(url, {"version": response.version, "text": ""}).status_code == 400
    assert client.post(url, {"version": response.version, "text": "请签收"}).status_code == 302
    assert response.tasks.filter(chased_at__isnull=False).exists()
    assert client_for("unit_gongan").post(url, {"version": 1, "text": "x"}).status_code == 404


@pytest.mark.parametrize(
    ("act", "typed"),
    [
        ("chase", {"text": "请签收"}), ("due", {"due_at": SOON}),
        ("split", {"unit": "zhengfuban", "title": "会场", "text": "备会场"}),
    ],
)  # fmt: skip
def test_the_new_acts_of_a_tasks_page(client_for: Any, people: Any, act: str, typed: dict[str, str]) -> None:
    task = active(people).tasks.filter(unit__code="gongan").first()
    client, url = client_for("office"), f"/response/tasks/{task.pk}/{act}/"
    assert client.post(url, {"version": task.version}).status_code == 400
    assert client.post(url, {"version": 99, **typed}).status_code == 409
    assert client.post(url, {"version": task.version, **typed}).status_code == 302
    page = text_of(client.get(f"/response/tasks/{task.pk}/"))
    assert "非预案规定" in page


def test_a_unit_presses_once_for_each_response_and_sees_its_groups_tasks(client_for: Any, people: Any) -> None:
    first, second = active(people, level=1), active(people, level=1)
    client = client_for("unit_shuju")
    page = text_of(client.get("/response/tasks/"))
    assert f'name="response" value="{first.number}"' in page
    assert client.post("/response/tasks/acknowledge/", {"response": first.number}).status_code == 302
    assert not first.tasks.filter(unit__code="shuju", state="assigned").exists()
    assert second.tasks.filter(unit__code="shuju", state="assigned").exists()
    group = first.plan_version.groups.get(lead__code="shuju")
    task = first.tasks.filter(unit__code="gongan").first()
    Task.objects.filter(pk=task.pk).update(group=group)
    assert f'id="group-{group.pk}"' in text_of(client.get("/response/tasks/"))
    page = client.get(f"/response/tasks/{task.pk}/")
    assert page.status_code == 200
    assert "/acknowledge/" not in text_of(page)
    assert client.post(f"/response/tasks/{task.pk}/acknowledge/", {"version": task.version}).status_code == 403


@pytest.mark.parametrize(
    ("who", "path", "most"),
    [
        ("office", "/response/instructions/", 12), ("unit_gongan", "/response/instructions/", 12),
        ("office", "/response/situations/", 12), ("unit_gongan", "/response/tasks/", 24),
        ("office", "{one}board/", 15), ("office", "{one}instructions/", 22), ("office", "{one}situations/", 20),
        ("office", "{one}conferences/", 20), ("office", "{one}reinforcements/", 20), ("office", "{one}forces/", 19),
        ("office", "{one}evidence/", 20), ("office", "{one}", 45),
    ],
)  # fmt: skip
def test_the_pages_keep_their_number_of_statements(
    client_for: Any, people: Any, django_assert_max_num_queries: Any, who: str, path: str, most: int
) -> None:
    response = active(people, level=1)
    for _ in range(3):
        issued(people, response, "gongan", "shuju")
        row = asked(people, response)
        reply = row.replies.get(unit__code="shuju")
        services.situation_reply(reply_id=reply.pk, version=reply.version, user=people["unit_shuju"], said=SAID)
    client, url = client_for(who), path.format(one=f"/response/{response.number}/")
    client.get(url)
    with django_assert_max_num_queries(most):
        assert client.get(url).status_code == 200


def test_the_cases_file_and_export_hold_what_was_done(people: Any) -> None:
    from incidents.registry import case_parts, case_rows

    response = active(people)
    issued(people, response)
    titles = [part.title for part in case_parts(response.incident)]
    assert "指令、会商、增援与先期处置" in titles
    assert case_rows(response.incident)["orders"].count() == 1


@pytest.mark.parametrize("path", ["/response/instructions/", "/response/situations/", "/response/XY-1/board/"])
def test_without_a_login_there_is_the_login_page(client: Any, path: str) -> None:
    assert client.get(path).status_code == 302


def test_a_unit_of_the_case_notes_its_evidence_from_the_cases_page(client_for: Any, people: Any) -> None:
    incident = file_incident(people, incident_unit="shuju", reporting_unit="shuju")
    active(people, incident=incident)
    unit, url = client_for("unit_shuju"), f"/incidents/{incident.number}/evidence/new/"
    assert url in text_of(unit.get(f"/incidents/{incident.number}/"))
    typed = {"what": "防火墙日志", "keeper": "李工", "place": "保险柜"}
    assert unit.post(url, {**typed, "place": ""}).status_code == 400
    assert unit.post(url, typed).status_code == 302
    assert "防火墙日志" in text_of(client_for("office").get(f"/incidents/{incident.number}/"))
    assert client_for("unit_zhengfuban").post(url, typed).status_code == 404
    assert client_for("unit_gongan").post(url, typed).status_code == 403


def test_what_waits_stands_on_the_desk(client_for: Any, people: Any) -> None:
    response = active(people, level=1)
    issued(people, response, "gongan")
    asked(people, response)
    unit = text_of(client_for("unit_gongan").get("/"))
    assert "签收指令" in unit
    assert "报送进展" in unit
    sent = {"version": fresh(response).version, "to": "市指挥部", "request": "通信车"}
    client_for("office").post(f"/response/{response.number}/reinforce/", sent)
    assert "登记增援答复" in text_of(client_for("duty").get("/"))
    assert "登记增援答复" not in text_of(client_for("comms_duty").get("/"))


def test_the_plans_page_names_the_acts_under_their_clauses(comms: Any, cyber: Any) -> None:
    from response.uses import clause_uses

    labels = {(use.ref, use.label[:4]) for use in clause_uses(comms, list(comms.clauses.all()))}
    assert {("2.1", "应急指令"), ("2.1", "现场应急"), ("4.3", "先期处置")} <= labels
    labels = {(use.ref, use.label[:4]) for use in clause_uses(cyber, list(cyber.clauses.all()))}
    assert {("2.3", "应急指令"), ("4.3", "社会力量")} <= labels
