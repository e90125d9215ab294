"""The pages of the desk, responses, tasks and signatures, for each role; lists keep their number of statements."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from directory.models import Signature
from directory.services.signatures import PhoneCall, known_numbers
from incidents.services import incident_grade
from response.models import Response, Task
from response.services import response_approve, task_return
from tests.incidents.factories import file_incident
from tests.response.factories import active, end_proposed, propose

pytestmark = pytest.mark.django_db
EVERYONE = (
    "duty", "office", "director", "deputy", "commander", "comms_duty", "comms_commander", "unit_gongan", "contacts",
    "security", "sysadmin", "auditor",
)  # fmt: skip


def text_of(answer: Any) -> str:
    return answer.content.decode()


@pytest.mark.parametrize("who", EVERYONE)
def test_every_role_has_a_desk_and_its_fragment(client_for: Any, people: Any, who: str) -> None:
    active(people, level=1)
    propose(people, "comms-2022", level=1)
    client = client_for(who)
    assert client.get("/").status_code == 200
    assert client.get("/desk/fragment/").status_code == 200


@pytest.mark.parametrize("who", ["contacts", "security", "sysadmin"])
def test_administrators_see_no_case(client_for: Any, people: Any, who: str) -> None:
    response = active(people)
    page = text_of(client_for(who).get("/"))
    assert response.incident.title not in page
    assert client_for(who).get("/response/").status_code == 404
    assert client_for(who).get(f"/response/{response.number}/").status_code == 404


def test_the_desk_asks_for_a_login(client: Any) -> None:
    assert client.get("/").status_code == 302
    assert client.get("/desk/fragment/").headers["HX-Redirect"].startswith("/login/")


@pytest.mark.parametrize(
    ("who", "verb"), [("commander", "批准启动"), ("deputy", ""), ("office", ""), ("comms_commander", "")]
)
def test_what_waits_is_shown_to_who_may_decide(client_for: Any, people: Any, who: str, verb: str) -> None:
    response = propose(people, level=1)
    page = text_of(client_for(who).get("/desk/fragment/"))
    link = f'href="/response/{response.number}/brief/">批准启动</a>'
    assert (link in page) == bool(verb)


@pytest.mark.parametrize(("who", "most"), [("duty", 42), ("commander", 40), ("unit_gongan", 27)])
def test_the_desk_keeps_its_number_of_statements(
    client_for: Any, people: Any, django_assert_max_num_queries: Any, who: str, most: int
) -> None:
    for _ in range(3):
        active(people, level=1)
        propose(people, level=1)
    client = client_for(who)
    client.get("/desk/fragment/")
    with django_assert_max_num_queries(most):
        assert client.get("/desk/fragment/").status_code == 200


@pytest.mark.parametrize(("path", "most"), [("/response/", 15), ("/response/tasks/", 15)])
def test_the_lists_keep_their_number_of_statements(
    client_for: Any, people: Any, django_assert_max_num_queries: Any, path: str, most: int
) -> None:
    for _ in range(2):
        active(people, level=2)
    client = client_for("office")
    client.get(path)
    with django_assert_max_num_queries(most):
        assert client.get(path).status_code == 200


def test_the_proposal_form_quotes_conditions_preselects_nothing_and_marks_the_grade(
    client_for: Any, people: Any
) -> None:
    incident = file_incident(people)
    incident_grade(
        incident_id=incident.pk, version=None, user=people["office"], grade="ordinary", criterion=1, reason="一般"
    )
    page = text_of(client_for("office").get(f"/response/new/?incident={incident.number}"))
    assert page.count(">符合</") == 1
    assert page.count("已知：一般事件") == 3
    assert " checked" not in page
    for level in incident.plan_version.response_levels.prefetch_related("conditions"):
        for row in level.conditions.all():
            assert row.text in page


def test_a_proposal_in_the_browser_keeps_what_was_typed(client_for: Any, people: Any) -> None:
    incident = file_incident(people)
    client, url = client_for("office"), f"/response/new/?incident={incident.number}"
    bad = client.post(url, {"basis": "只写了依据<script>"})
    assert bad.status_code == 400
    assert "只写了依据&lt;script&gt;" in text_of(bad)
    good = client.post(url, {"choice": "1-1", "basis": "业务中断"})
    response = Response.objects.get()
    assert (good.status_code, good.url) == (302, f"/response/{response.number}/")
    assert client.post(url, {"choice": "1-1", "basis": "再来"}).status_code == 409
    assert client_for("unit_dianxin").get(url).status_code == 404


@pytest.mark.parametrize(
    ("who", "level", "shown"),
    [("commander", 1, True), ("deputy", 1, False), ("deputy", 2, True), ("director", 3, True)],
)
def test_the_decision_is_offered_to_who_may_give_it(
    client_for: Any, people: Any, who: str, level: int, shown: bool
) -> None:
    response = propose(people, level=level)
    page = text_of(client_for(who).get(f"/response/{response.number}/"))
    assert ("批准并启动" in page) is shown


def test_while_level_one_waits_the_page_offers_what_others_may_start(client_for: Any, people: Any) -> None:
    response = propose(people, level=1)
    page = text_of(client_for("office").get(f"/response/{response.number}/"))
    assert "等待期间，可以先启动" in page
    assert f"level=2&amp;withdraws={response.number}" in page


def test_approving_in_the_browser(client_for: Any, people: Any) -> None:
    response = propose(people, level=1)
    url = f"/response/{response.number}/approve/"
    assert client_for("deputy").post(url, {"version": response.version}).status_code == 403
    assert client_for("commander").post(url, {"version": "9"}).status_code == 409
    assert client_for("commander").get(url).status_code == 405
    assert client_for("commander").post(f"/response/{response.number}/nothing/", {}).status_code == 404
    assert client_for("commander").post(url, {"version": response.version}).status_code == 302
    assert Response.objects.get().state == "active"


def test_a_phone_approval_in_the_browser(client_for: Any, people: Any) -> None:
    response = propose(people, level=1)
    url = f"/response/{response.number}/approve-phone/"
    commander = people["commander"]
    given = {
        "version": response.version, "phone-signer": f"{commander.pk}|{known_numbers(commander)[0]}",
        "phone-called_at": timezone.localtime().strftime("%Y-%m-%dT%H:%M"), "phone-note": "同意，立即启动",
    }  # fmt: skip
    bad = client_for("duty").post(url, given)
    assert bad.status_code == 400
    assert "复诵" in text_of(bad)
    assert "同意，立即启动" in text_of(bad)
    assert client_for("duty").post(url, {**given, "phone-read_back": "on"}).status_code == 302
    assert Signature.objects.get().countersign == "awaiting"


@pytest.mark.parametrize("act", ["return", "withdraw"])
def test_a_reason_is_needed_in_the_browser(client_for: Any, people: Any, act: str) -> None:
    response = propose(people, level=1)
    client = client_for("commander" if act == "return" else "office")
    url = f"/response/{response.number}/{act}/"
    assert client.post(url, {"version": response.version}).status_code == 400
    assert client.post(url, {"version": response.version, "reason": "再核"}).status_code == 302


def test_a_running_response_is_managed_and_ended_in_the_browser(client_for: Any, people: Any) -> None:
    response = active(people)
    office, url = client_for("office"), f"/response/{response.number}"
    page = text_of(office.get(f"{url}/"))
    for words in ("请求增援", "移交指挥权", "提出结束响应", "增加任务", "网络与信息安全风险隐患已消除"):
        assert words in page

    def version() -> int:
        return Response.objects.get().version

    added = {"version": version(), "unit": "zhengfuban", "title": "会商会场", "text": "安排会场"}
    assert office.post(f"{url}/task-add/", added).status_code == 302
    assert office.post(f"{url}/reinforce/", {"version": version(), "to": "市局", "request": "队伍"}).status_code == 302
    half = office.post(f"{url}/propose-end/", {"version": version(), "tick_1": "on", "finding_1": "隐患已消除凭据"})
    assert half.status_code == 400
    assert "隐患已消除凭据" in text_of(half)
    ticks = {"tick_1": "on", "finding_1": "甲", "tick_2": "on", "finding_2": "乙", "carry_over": "结转"}
    assert office.post(f"{url}/propose-end/", {"version": version(), **ticks}).status_code == 302
    assert client_for("deputy").post(f"{url}/end/", {"version": version()}).status_code == 302
    assert office.post(f"{url}/announce-end/", {"version": version(), "public": "on"}).status_code == 302
    assert Response.objects.get().state == "ended"


def test_shifting_the_level_in_the_browser(client_for: Any, people: Any) -> None:
    response = active(people)
    client, url = client_for("office"), f"/response/{response.number}/shift/"
    assert client.get(url).status_code == 200
    sent = client.post(url, {"version": response.version, "choice": "1-2", "basis": "扩大"})
    new = Response.objects.get(state="proposed")
    assert (sent.url, new.replaces) == (f"/response/{new.number}/", response)


@pytest.mark.parametrize("state", ["proposed", "active", "end"])
@pytest.mark.parametrize("who", ["office", "commander", "auditor"])
@pytest.mark.parametrize("plan", ["cyber-2025", "comms-2022"])
def test_the_brief_opens_in_every_state(client_for: Any, people: Any, plan: str, who: str, state: str) -> None:
    response = propose(people, plan, level=1) if state == "proposed" else active(people, plan, level=1)
    if state == "end":
        response = end_proposed(people, response)
    page = client_for(who).get(f"/response/{response.number}/")
    assert page.status_code == 200
    assert response.condition.text in text_of(page)


def test_a_unit_works_on_its_tasks_and_sees_no_others(client_for: Any, people: Any) -> None:
    response = active(people, level=1)
    mine = response.tasks.filter(unit__code="gongan").first()
    other = response.tasks.filter(unit__code="dianxin").first()
    client = client_for("unit_gongan")
    page = text_of(client.get("/response/tasks/"))
    assert f"/response/tasks/{mine.pk}/" in page
    assert f"/response/tasks/{other.pk}/" not in page
    assert client.get(f"/response/tasks/{other.pk}/").status_code == 404
    assert client.get("/response/").status_code == 404
    assert client.get(f"/response/{response.number}/").status_code == 404
    assert client.post(f"/response/tasks/{mine.pk}/acknowledge/", {"version": mine.version}).status_code == 302
    version = Task.objects.get(pk=mine.pk).version
    empty = client.post(f"/response/tasks/{mine.pk}/complete/", {"version": version, "text": ""})
    assert empty.status_code == 400
    long = client.post(f"/response/tasks/{mine.pk}/complete/", {"version": version, "text": "长" * 100_000})
    assert long.status_code == 400
    done = client.post(f"/response/tasks/{mine.pk}/complete/", {"version": version, "text": "查明<b>原因</b>"})
    assert done.status_code == 302
    assert "查明&lt;b&gt;原因&lt;/b&gt;" in text_of(client.get(f"/response/tasks/{mine.pk}/"))


def test_a_unit_signs_for_everything_from_its_desk(client_for: Any, people: Any) -> None:
    response = active(people, level=1)
    client = client_for("unit_shuju")
    assert "全部签收" in text_of(client.get("/"))
    assert client.post("/response/tasks/acknowledge/").status_code == 302
    assert not response.tasks.filter(unit__code="shuju", state="assigned").exists()


def test_the_office_enters_what_a_unit_said_and_reassigns(client_for: Any, people: Any) -> None:
    response = active(people, level=1)
    task = response.tasks.filter(unit__code="gongan").first()
    client, url = client_for("office"), f"/response/tasks/{task.pk}"
    assert "代录" in text_of(client.get(f"{url}/"))
    assert client.post(f"{url}/acknowledge/", {"version": task.version}).status_code == 400
    assert client.post(f"{url}/acknowledge/", {"version": task.version, "said_by": "老王"}).status_code == 302
    given = {"version": Task.objects.get(pk=task.pk).version, "unit": "zhengfuban", "reason": "改由"}
    assert client.post(f"{url}/reassign/", given).status_code == 302
    assert Task.objects.get(pk=task.pk).unit.code == "zhengfuban"


def test_a_returned_task_waits_on_the_offices_desk(client_for: Any, people: Any) -> None:
    task = active(people, level=1).tasks.filter(unit__code="gongan").first()
    task_return(task_id=task.pk, version=task.version, reason="不属本单位", user=people["unit_gongan"])
    assert ">改派</a>" in text_of(client_for("office").get("/desk/fragment/"))


def test_signatures_are_countersigned_or_denied_on_their_page(client_for: Any, people: Any) -> None:
    response = propose(people, level=1)
    called = timezone.now() - timedelta(minutes=2)
    call = PhoneCall(people["commander"], known_numbers(people["commander"])[0], called, read_back=True)
    response_approve(response_id=response.pk, version=response.version, user=people["duty"], call=call)
    signature, client = Signature.objects.get(), client_for("commander")
    assert response.incident.number in text_of(client.get("/signatures/"))
    url = f"/signatures/{signature.pk}/"
    assert client.post(url, {"decision": "deny", "note": ""}).status_code == 400
    assert client_for("deputy").post(url, {"decision": "accept"}).status_code == 404
    assert client.post(url, {"decision": "deny", "note": "我没有批准"}).status_code == 302
    assert Response.objects.get().disputed
    assert "有争议" in text_of(client.get(f"/response/{response.number}/"))


def test_the_case_page_offers_a_proposal_and_carries_releases(client_for: Any, people: Any) -> None:
    incident = file_incident(people)
    office, url = client_for("office"), f"/incidents/{incident.number}/"
    assert f"/response/new/?incident={incident.number}" in text_of(office.get(url))
    draft = f"/response/releases/new/?incident={incident.number}"
    assert office.get(draft).status_code == 200
    assert office.post(draft, {"title": "", "text": "抢修中"}).status_code == 400
    assert office.post(draft, {"title": "通报", "text": "抢修中"}).status_code == 302
    release = incident.releases.get()
    act = f"/response/releases/{release.pk}"
    assert office.post(f"{act}/approve/", {"version": release.version}).status_code == 403
    assert client_for("deputy").post(f"{act}/approve/", {"version": release.version}).status_code == 302
    release.refresh_from_db()
    assert office.post(f"{act}/publish/", {"version": release.version, "channel": "网站"}).status_code == 302
    assert "已发布" in text_of(office.get(url))
