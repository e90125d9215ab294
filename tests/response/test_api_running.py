"""The API of orders, reinforcement and the handover: the right person, a stranger, a reader, bad input, wrong state."""

from __future__ import annotations

from typing import Any

import pytest

from response.models import CommandOrder, Response
from tests.response.factories import active
from tests.response.running import fresh, issued, receipt_of

pytestmark = pytest.mark.django_db
ROOT = "/api/v1"
ORDER = {"title": "关停", "text": "立即关停", "units": ["县公安局", "zhengfuban"]}


@pytest.fixture
def response(people: Any) -> Response:
    return active(people)


def url(response: Response, tail: str) -> str:
    return f"{ROOT}/responses/{response.number}/{tail}"


def test_an_order_from_the_command_to_a_units_report(api_for: Any, response: Response) -> None:
    given = {"version": response.version, **ORDER}
    made = api_for("commander").post(url(response, "instructions/"), given, format="json")
    assert made.status_code == 201, made.content
    assert {row["unit"] for row in made.data["receipts"]} == {"gongan", "zhengfuban"}
    unit = api_for("unit_gongan")
    row = unit.get(f"{ROOT}/orders/", {"state": "waiting"}).data["results"][0]
    assert (row["unit"], row["clause"]) == ("gongan", "网络预案 2.3")
    one = f"{ROOT}/orders/{row['id']}/"
    done = unit.post(f"{one}acknowledge/", {"version": row["version"]}, format="json")
    assert done.data["state"] == "acknowledged", done.content
    done = unit.post(f"{one}report/", {"version": done.data["version"], "text": "已关停"}, format="json")
    assert done.data["report"] == "已关停"
    assert unit.get(one).data["state"] == "reported"
    listed = api_for("auditor").get(url(response, "instructions/"))
    assert listed.data[0]["title"] == "关停"


def test_a_retry_gives_one_order(api_for: Any, response: Response) -> None:
    given = {"version": response.version, **ORDER}
    commander = api_for("commander")
    codes = [
        commander.post(url(response, "instructions/"), given, format="json", HTTP_IDEMPOTENCY_KEY="k").status_code
        for _ in "12"
    ]
    assert codes == [201, 200]
    assert CommandOrder.objects.count() == 1


@pytest.mark.parametrize(
    ("who", "over", "code"),
    [
        ("office", {}, 403), ("auditor", {}, 403), ("comms_commander", {}, 403), ("unit_gongan", {}, 404),
        ("commander", {"version": 99}, 409), ("commander", {"units": []}, 400),
        ("commander", {"units": ["无此局"]}, 400),
        ("commander", {"title": ""}, 400), ("commander", {"units": "gongan"}, 400),
        ("duty", {"ordered_by": "nobody"}, 400), ("duty", {"ordered_by": "commander"}, 201),
    ],
)  # fmt: skip
def test_who_may_and_bad_input(api_for: Any, response: Response, who: str, over: dict[str, Any], code: int) -> None:
    given = {"version": response.version, **ORDER, **over}
    answer = api_for(who).post(url(response, "instructions/"), given, format="json")
    assert answer.status_code == code, answer.content
    if code == 403:
        assert answer.data["clause"] == "网络预案 2.3"


def test_an_order_is_taken_back(api_for: Any, people: Any, response: Response) -> None:
    order = issued(people, response, "gongan")
    one = url(response, f"instructions/{order.pk}/withdraw/")
    given = {"version": order.version, "reason": "误"}
    assert api_for("office").post(one, given, format="json").status_code == 403
    assert api_for("commander").post(one, given, format="json").data["state"] == "withdrawn"
    again = api_for("commander").post(one, {"version": fresh(order).version, "reason": "误"}, format="json")
    assert (again.status_code, again.data["code"]) == (409, "wrong_state")
    other = url(active(people), f"instructions/{order.pk}/withdraw/")
    assert api_for("commander").post(other, given, format="json").status_code == 404


def test_a_units_receipt_is_its_own(api_for: Any, people: Any, response: Response) -> None:
    receipt = receipt_of(issued(people, response, "gongan"), "gongan")
    one = f"{ROOT}/orders/{receipt.pk}/"
    stranger = api_for("unit_dianxin")
    assert stranger.get(one).status_code == 404
    assert stranger.post(f"{one}acknowledge/", {"version": receipt.version}, format="json").status_code == 404
    assert stranger.get(f"{ROOT}/orders/").data["results"] == []
    assert api_for("unit_gongan").get(f"{one}acknowledge/").status_code == 405
    early = api_for("unit_gongan").post(f"{one}report/", {"version": receipt.version, "text": "x"}, format="json")
    assert early.status_code == 409


def test_reinforcement_and_its_answer(api_for: Any, people: Any, response: Response) -> None:
    office = api_for("office")
    given = {"version": response.version, "to": "市指挥部", "request": "通信车"}
    assert office.post(url(response, "reinforce/"), given, format="json").status_code == 200
    row = office.get(url(response, "reinforcements/")).data[0]
    one = url(response, f"reinforcements/{row['id']}/")
    answer = {"version": row["version"], "agreed": True, "answer": "同意", "answered_by": "市值班"}
    assert api_for("unit_gongan").post(f"{one}answer/", answer, format="json").status_code == 404
    assert api_for("comms_office").post(f"{one}answer/", answer, format="json").status_code == 403
    assert office.post(f"{one}answer/", {**answer, "answer": ""}, format="json").status_code == 400
    done = office.post(f"{one}answer/", answer, format="json")
    assert done.data["state"] == "agreed", done.content
    arrival = {"version": done.data["version"], "arrival": "车1辆"}
    assert office.post(f"{one}arrive/", arrival, format="json").data["state"] == "arrived"
    other = url(active(people), f"reinforcements/{row['id']}/answer/")
    assert office.post(other, answer, format="json").status_code == 404


def test_the_handover_its_package_and_acceptance(api_for: Any, response: Response) -> None:
    office = api_for("office")
    assert office.get(url(response, "handover/accept/")).status_code == 404
    given = {"version": response.version, "to": "市指挥部", "note": "电话"}
    assert office.post(url(response, "handover/"), given, format="json").status_code == 200
    row = office.get(url(response, "handover/accept/")).data
    assert set(row["package"]) == {"incident", "response", "tasks", "contacts", "clocks", "decisions", "record"}
    accept = {"version": row["version"], "accepted_by": "王某", "accepted_post": "值班长", "acceptance": "电话"}
    assert api_for("unit_gongan").post(url(response, "handover/accept/"), accept, format="json").status_code == 404
    assert api_for("auditor").post(url(response, "handover/accept/"), accept, format="json").status_code == 403
    done = office.post(url(response, "handover/accept/"), accept, format="json")
    assert (done.status_code, done.data["state"]) == (200, "accepted"), done.content


@pytest.mark.parametrize("path", ["orders/", "responses/XY-1/instructions/", "responses/XY-1/reinforcements/"])
def test_without_a_login_there_is_nothing(client: Any, path: str) -> None:
    assert client.get(f"{ROOT}/{path}").status_code == 401
