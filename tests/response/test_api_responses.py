"""The API of responses, tasks and releases: the right person, a stranger, a reader, bad input, wrong state."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from directory.services.signatures import known_numbers
from response.models import Response
from tests.incidents.factories import file_incident
from tests.response.factories import active, end_proposed, findings, propose
from yangcheng_ec.errors import StaleVersion

pytestmark = pytest.mark.django_db
ROOT = "/api/v1"


@pytest.fixture
def incident(people: Any) -> Any:
    return file_incident(people, township="runcheng")


def proposal(incident: Any, **over: Any) -> dict[str, Any]:
    return {"incident": incident.number, "level": "Ⅱ", "condition": 1, "basis": "业务中断", **over}


def test_the_main_job_over_the_api(api_for: Any, incident: Any) -> None:
    office, commander, unit = api_for("office"), api_for("commander"), api_for("unit_shuju")
    made = office.post(f"{ROOT}/responses/", proposal(incident), format="json")
    assert made.status_code == 201, made.content
    number, version = made.data["number"], made.data["version"]
    done = commander.post(f"{ROOT}/responses/{number}/approve/", {"version": version}, format="json")
    assert (done.status_code, done.data["state"]) == (200, "active")
    tasks = unit.get(f"{ROOT}/tasks/", {"state": "assigned"}).data["results"]
    assert tasks
    assert {row["unit"] for row in tasks} == {"shuju"}
    task = tasks[0]
    for act, text in (("acknowledge", ""), ("feedback", "在办"), ("complete", "完成")):
        answer = unit.post(
            f"{ROOT}/tasks/{task['id']}/{act}/", {"version": task["version"], "text": text}, format="json"
        )
        assert answer.status_code == 200, answer.content
        task = answer.data
    assert task["state"] == "done"


def test_a_retry_with_the_same_key_proposes_once(api_for: Any, incident: Any) -> None:
    office = api_for("office")
    answers = [
        office.post(f"{ROOT}/responses/", proposal(incident), format="json", HTTP_IDEMPOTENCY_KEY="k1") for _ in "12"
    ]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].data["number"] == answers[1].data["number"]
    assert Response.objects.count() == 1


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"level": "Ⅳ"}, "level"),
        ({"condition": 9}, "condition"),
        ({"condition": "x"}, "condition"),
        ({"basis": ""}, "basis"),
        ({"basis": "长" * 100_000}, "basis"),
        ({"drill": True}, "drill"),
    ],
)
def test_bad_input_is_named_beside_its_field(api_for: Any, incident: Any, over: dict[str, Any], field: str) -> None:
    answer = api_for("office").post(f"{ROOT}/responses/", proposal(incident, **over), format="json")
    assert answer.status_code == 400
    assert field in answer.data["fields"]


def test_the_refusals_have_their_status_and_clause(api_for: Any, people: Any) -> None:
    response = propose(people, level=1)
    url = f"{ROOT}/responses/{response.number}/approve/"
    given = {"version": response.version}
    refused = api_for("deputy").post(url, given, format="json")
    assert (refused.status_code, refused.data["code"]) == (403, "forbidden")
    assert refused.data["clause"] == "网络预案 4.2.1.2"
    assert api_for("unit_shuju").post(url, given, format="json").status_code == 404
    assert api_for("auditor").post(url, given, format="json").status_code == 403
    stale = api_for("commander").post(url, {"version": 99}, format="json")
    assert (stale.status_code, stale.data["code"]) == (409, StaleVersion.code)
    assert api_for("commander").post(url, {}, format="json").status_code == 400
    assert api_for("commander").get(url).status_code == 405
    assert api_for("commander").post(url, given, format="json").status_code == 200
    version = Response.objects.get(pk=response.pk).version
    again = api_for("commander").post(url, {"version": version}, format="json")
    assert (again.status_code, again.data["code"]) == (409, "wrong_state")


def test_an_approval_by_phone(api_for: Any, people: Any) -> None:
    response = propose(people, level=1)
    phone = {
        "signer": "commander", "number": known_numbers(people["commander"])[0], "read_back": True,
        "called_at": (timezone.now() - timedelta(minutes=3)).isoformat(),
    }  # fmt: skip
    url = f"{ROOT}/responses/{response.number}/approve/"
    bad = api_for("duty").post(url, {"version": response.version, "phone": {**phone, "number": "110"}}, format="json")
    assert (bad.status_code, "number" in bad.data["fields"]) == (400, True)
    unknown = {"version": response.version, "phone": {**phone, "signer": "nobody"}}
    assert api_for("duty").post(url, unknown, format="json").status_code == 400
    done = api_for("duty").post(url, {"version": response.version, "phone": phone}, format="json")
    assert (done.status_code, done.data["state"]) == (200, "active")


def test_the_end_over_the_api(api_for: Any, people: Any) -> None:
    response = active(people)
    url = f"{ROOT}/responses/{response.number}"
    evidence = [{"number": number, "evidence": text} for number, text in findings(response).items()]
    given = {"version": response.version, "findings": evidence, "carry_over": "结转"}
    proposed = api_for("office").post(f"{url}/propose-end/", given, format="json")
    assert proposed.data["state"] == "end_proposed", proposed.content
    back = api_for("deputy").post(
        f"{url}/return/", {"version": proposed.data["version"], "reason": "再看"}, format="json"
    )
    assert back.data["state"] == "active"
    response.refresh_from_db()
    end_proposed(people, response)
    version = Response.objects.get(pk=response.pk).version
    approved = api_for("deputy").post(f"{url}/end/", {"version": version}, format="json")
    assert approved.data["state"] == "end_approved"
    over = api_for("office").post(f"{url}/end/", {"version": approved.data["version"], "public": True}, format="json")
    assert (over.data["state"], over.data["end_public"]) == ("ended", True)


@pytest.mark.parametrize(
    ("act", "given"),
    [
        ("escalate", {"level": "Ⅰ", "condition": 2, "basis": "扩大"}),
        ("lower", {"level": "3", "condition": 2, "basis": "缓和"}),
        ("reinforce", {"to": "市指挥部", "request": "抢修队"}),
        ("handover", {"to": "市指挥部", "note": "电话"}),
        ("tasks", {"unit": "县公安局", "title": "现场警戒", "text": "拉警戒线"}),
    ],
)
def test_the_other_acts(api_for: Any, people: Any, act: str, given: dict[str, Any]) -> None:
    response = active(people)
    url = f"{ROOT}/responses/{response.number}/{act}/"
    answer = api_for("office").post(url, {"version": response.version, **given}, format="json")
    assert answer.status_code in (200, 201), answer.content


def test_comms_confirm_and_withdraw(api_for: Any, people: Any) -> None:
    response = propose(people, "comms-2022", level=1)
    url = f"{ROOT}/responses/{response.number}"
    done = api_for("comms_deputy").post(
        f"{url}/confirm/", {"version": response.version, "minutes": "会商同意"}, format="json"
    )
    assert done.data["state"] == "confirmed"
    gone = api_for("comms_office").post(
        f"{url}/withdraw/", {"version": done.data["version"], "reason": "误"}, format="json"
    )
    assert gone.data["state"] == "withdrawn"


def test_a_unit_sees_no_response_and_only_its_own_tasks(api_for: Any, people: Any) -> None:
    response = active(people)
    unit = api_for("unit_gongan")
    assert unit.get(f"{ROOT}/responses/").status_code == 404
    assert unit.get(f"{ROOT}/responses/{response.number}/").status_code == 404
    other = response.tasks.filter(unit__code="dianxin").first()
    assert unit.get(f"{ROOT}/tasks/{other.pk}/").status_code == 404
    assert unit.post(f"{ROOT}/tasks/{other.pk}/acknowledge/", {"version": 1}, format="json").status_code == 404
    assert {row["unit"] for row in unit.get(f"{ROOT}/tasks/").data["results"]} == {"gongan"}


def test_a_task_is_returned_and_reassigned_by_name_or_alias(api_for: Any, people: Any) -> None:
    task = active(people).tasks.filter(unit__code="gongan").first()
    url = f"{ROOT}/tasks/{task.pk}"
    back = api_for("unit_gongan").post(f"{url}/return/", {"version": task.version, "text": "不属本单位"}, format="json")
    assert back.data["state"] == "returned"
    given = {"version": back.data["version"], "unit": "没有这个局", "reason": "x"}
    assert "unit" in api_for("office").post(f"{url}/reassign/", given, format="json").data["fields"]
    moved = api_for("office").post(f"{url}/reassign/", {**given, "unit": "县政府办"}, format="json")
    assert moved.data["unit"] == "zhengfuban"


def test_releases(api_for: Any, people: Any, incident: Any) -> None:
    given = {"incident": incident.number, "title": "通报", "text": "正在抢修", "channel": "网站"}
    refused = api_for("unit_shuju").post(f"{ROOT}/releases/", given, format="json")
    assert (refused.status_code, refused.data["clause"]) == (403, "网络预案 4.4")
    made = api_for("office").post(f"{ROOT}/releases/", given, format="json")
    url = f"{ROOT}/releases/{made.data['id']}"
    early = api_for("office").post(f"{url}/publish/", {"version": made.data["version"]}, format="json")
    assert (early.status_code, early.data["clause"]) == (409, "网络预案 4.4")
    assert api_for("unit_shuju").post(f"{url}/publish/", {"version": 1}, format="json").status_code == 404
    done = api_for("deputy").post(f"{url}/approve/", {"version": made.data["version"]}, format="json")
    out = api_for("office").post(f"{url}/publish/", {"version": done.data["version"]}, format="json")
    assert out.data["state"] == "published"
    assert len(api_for("unit_shuju").get(f"{ROOT}/releases/").data["results"]) == 1


@pytest.mark.parametrize("path", ["responses/", "tasks/", "releases/"])
def test_without_a_login_there_is_nothing(client: Any, path: str) -> None:
    assert client.get(f"{ROOT}/{path}").status_code == 401
