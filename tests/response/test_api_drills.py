"""``drills/`` over the API: the same services and refusals as the pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from response.drills.models import Drill
from tests.response.drilling import drill_approved, drill_running

pytestmark = pytest.mark.django_db
ApiFor = Callable[[str], APIClient]
URL = "/api/v1/drills/"


def _body(**over: Any) -> dict[str, Any]:
    start = {
        "plan": "cyber-2025", "title": "接口演练", "scenario": "门户网站被篡改", "grade": "重大事件",
        "planned_at": (timezone.now() + timedelta(days=2)).isoformat(), "participants": ["县公安局", "shuju"],
        "injects": [{"minute": 0, "text": "来电", "to": "unit", "unit": "gongan"}, {"minute": 9, "text": "第二条"}],
    }  # fmt: skip
    return {**start, **over}


def _post(client: APIClient, path: str, body: Any = None, **headers: str) -> Any:
    return client.post(f"{URL}{path}", body or {}, format="json", headers=headers)


def test_a_drill_s_life_over_the_api(api_for: ApiFor) -> None:
    office, director = api_for("office"), api_for("director")
    made = _post(office, "", _body(), **{"Idempotency-Key": "a1"})
    assert made.status_code == 201, made.json()
    assert _post(office, "", _body(planned_at=made.json()["planned_at"])).status_code == 201
    drill = made.json()
    number, unit = drill["number"], [row["unit"] for row in drill["injects"]]
    assert (drill["state"], drill["grade"], unit) == ("planned", "serious", ["gongan", None])
    drill = _post(director, f"{number}/approve/", {"version": drill["version"]}).json()
    drill = _post(office, f"{number}/start/", {"version": drill["version"]}).json()
    assert drill["incident"].startswith("CY-D")
    first, second = drill["injects"]
    assert _post(office, f"{number}/injects/{first['id']}/fire/").json()["injects"][0]["state"] == "fired"
    assert _post(office, f"{number}/injects/{first['id']}/fire/").status_code == 409
    assert _post(office, f"{number}/injects/{second['id']}/skip/", {"reason": ""}).status_code == 400
    skipped = _post(office, f"{number}/injects/{second['id']}/skip/", {"reason": "略"}).json()
    assert skipped["injects"][1]["state"] == "skipped"
    more = {"version": skipped["version"], "minute": 60, "text": "新情况", "to": "everyone"}
    drill = _post(office, f"{number}/injects/", more).json()
    drill = _post(office, f"{number}/end/", {"version": drill["version"]}).json()
    judged = [{"finding": row["id"], "judgement": "done"} for row in drill["findings"]]
    whole = {"version": drill["version"], "findings": judged[1:], "evaluators": "评估组", "summary": "好"}
    assert _post(office, f"{number}/evaluate/", whole).status_code == 400
    done = _post(office, f"{number}/evaluate/", {**whole, "findings": judged})
    assert done.json()["state"] == "evaluated"
    assert office.get(f"{URL}?state=evaluated").json()["results"][0]["number"] == number


def test_a_retry_with_the_key_answers_the_same_drill(api_for: ApiFor) -> None:
    office, body = api_for("office"), _body()
    numbers = {_post(office, "", body, **{"Idempotency-Key": "k"}).json()["number"] for _ in range(2)}
    assert len(numbers) == 1
    assert Drill.objects.count() == 1


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"participants": []}, "participants"),
        ({"participants": ["火星局"]}, "participants"),
        ({"planned_at": "2026-11-22 03:05"}, "planned_at"),
        ({"plan": "火星"}, "plan"),
        ({"grade": "火星"}, "grade"),
        ({"injects": [{"minute": -1, "text": "x"}]}, "injects"),
        ({"injects": [{"minute": 1, "text": "x", "to": "unit"}]}, "unit"),
        ({"title": "长" * 121}, "title"),
    ],
)
def test_bad_input_names_its_field(api_for: ApiFor, over: dict[str, Any], field: str) -> None:
    answer = _post(api_for("office"), "", _body(**over))
    assert answer.status_code == 400
    assert field in answer.json()["fields"]


def test_strangers_and_readers_are_refused(api_for: ApiFor, people: Any) -> None:
    assert APIClient().get(URL).status_code == 401
    assert api_for("contacts").get(URL).status_code == 403
    assert _post(api_for("duty"), "", _body()).json()["clause"] == "网络预案 6.7"
    drill = drill_approved(people)
    brief = api_for("unit_gongan").get(f"{URL}{drill.number}/").json()
    assert (brief["scenario"], brief["grade"], brief["injects"], brief["reason"]) == ("", None, [], "")
    assert api_for("unit_yidong").get(f"{URL}{drill.number}/").status_code == 404
    assert _post(api_for("unit_yidong"), f"{drill.number}/start/", {"version": 1}).status_code == 404
    assert _post(api_for("unit_gongan"), f"{drill.number}/start/", {"version": drill.version}).status_code == 403
    stale = _post(api_for("office"), f"{drill.number}/start/", {"version": drill.version - 1})
    assert stale.json()["code"] == "stale_version"
    running = drill_running(people)
    wrong = _post(api_for("office"), f"{running.number}/cancel/", {"version": running.version, "reason": "x"})
    assert wrong.json()["code"] == "wrong_state"
    returned = _post(api_for("director"), f"{running.number}/return/", {"version": running.version, "reason": "x"})
    assert returned.status_code == 409
