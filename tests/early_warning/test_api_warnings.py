"""``/api/v1/warnings/``: the same services and rights as the pages, typed errors."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from early_warning.models import EarlyWarning
from tests.early_warning.factories import (
    adjusted,
    drafted,
    lift_proposed,
    proposed,
    published,
    standing_confirmed,
)

pytestmark = pytest.mark.django_db

URL = "/api/v1/warnings/"


def _body(**over: Any) -> dict[str, Any]:
    given = {
        "plan": "cyber-2025", "level": "Ⅱ", "title": "某型路由器高危漏洞", "text": "已有利用。", "scope": "县直各单位",
        "publicity": "internal", "basis": "本县有同型设备。", "units": ["县公安局", "shuju"],
        "valid_until": "2099-01-01T08:00:00+08:00",
    }  # fmt: skip
    return given | over


def _post(client: APIClient, address: str, body: Any, **extra: Any) -> Any:
    return client.post(f"{URL}{address}", body, format="json", **extra)


def test_the_whole_way(people: Any, api_for: Any) -> None:
    office, commander, unit = api_for("office"), api_for("commander"), api_for("unit_gongan")
    made = _post(office, "", _body())
    assert made.status_code == 201
    number, version = made.data["number"], made.data["version"]
    assert (made.data["state"], made.data["level"]["colour"]) == ("draft", "orange")

    def go(client: APIClient, act: str, status: int = 200, **body: Any) -> dict[str, Any]:
        nonlocal version
        answer = _post(client, f"{number}/{act}/", {"version": version} | body)
        assert answer.status_code == status, answer.data
        version = answer.data["version"] if answer.data["number"] == number else version
        return dict(answer.data)

    go(office, "propose")
    go(commander, "approve", remark="同意")
    shown = go(office, "publish")
    assert [row["label"] for row in shown["deadlines"][0]["addressees"]] == ["县委", "县政府"]
    own = go(unit, "confirm", leader="王局长")
    assert [row["unit"] for row in own["addressees"]] == ["gongan"]
    assert "basis" not in own
    go(unit, "progress", text="已关闭远程管理", measures=True)
    go(office, "confirm", unit="shuju", person="刘工")
    clock = shown["deadlines"][0]["id"]
    told = go(office, "report", deadline=clock, addressees=["xianwei", "xianzhengfu"], channel="phone", heard_by="老陈")
    assert told["deadlines"][0]["state"] == "met"
    findings = [{"ordinal": 1, "evidence": "复测"}, {"ordinal": 2, "evidence": "正常"}]
    assert go(office, "lift", findings=findings)["state"] == "lift_proposed"
    assert go(commander, "lift")["state"] == "lifted"


def test_list_and_reading(cyber: Any, people: Any, api_for: Any) -> None:
    warning, draft = published(people, cyber), drafted(people, cyber)
    rows = api_for("auditor").get(URL).data["results"]
    assert [row["number"] for row in rows] == [warning.number, draft.number]
    assert [row["number"] for row in api_for("unit_gongan").get(URL).data["results"]] == [warning.number]
    assert api_for("unit_runcheng").get(URL).data["results"] == []
    assert api_for("office").get(f"{URL}?state=draft&q=漏洞").data["results"][0]["number"] == draft.number
    assert api_for("office").get(f"{URL}?state=x").status_code == 400
    assert api_for("unit_gongan").get(f"{URL}{warning.number}/").data["state"] == "published"
    assert warning.addressees.get(unit__code="gongan").delivered_at is not None


def test_strangers_and_readers(cyber: Any, people: Any, api_for: Any) -> None:
    warning = proposed(people, cyber)
    assert APIClient().get(URL).status_code == 401
    assert api_for("sysadmin").get(URL).status_code == 403
    assert api_for("unit_runcheng").get(f"{URL}{warning.number}/").status_code == 404
    assert _post(api_for("unit_gongan"), f"{warning.number}/approve/", {"version": 2}).status_code == 404
    refused = _post(api_for("auditor"), f"{warning.number}/approve/", {"version": warning.version})
    assert refused.status_code == 403
    assert refused.data["code"] == "forbidden"
    assert refused.data["clause"].endswith("3.2.2")
    assert _post(api_for("unit_gongan"), "", _body()).status_code == 403
    assert _post(api_for("commander"), "", _body()).status_code == 403


def test_state_version_and_method(cyber: Any, people: Any, api_for: Any) -> None:
    warning = proposed(people, cyber)
    office = api_for("office")
    wrong = _post(office, f"{warning.number}/publish/", {"version": warning.version})
    assert (wrong.status_code, wrong.data["code"]) == (409, "wrong_state")
    stale = _post(api_for("commander"), f"{warning.number}/approve/", {"version": 1})
    assert (stale.status_code, stale.data["code"]) == (409, "stale_version")
    assert stale.data["changes"]
    assert office.get(f"{URL}{warning.number}/publish/").status_code == 405
    assert office.delete(f"{URL}{warning.number}/").status_code == 405
    assert office.post(URL, "x=1", content_type="application/x-www-form-urlencoded").status_code == 415


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"plan": "flood"}, "plan"),
        ({"level": "Ⅸ"}, "level"),
        ({"level": None}, "level"),
        ({"title": ""}, "title"),
        ({"title": "长" * 121}, "title"),
        ({"text": "长" * 100_000}, "text"),
        ({"publicity": "secret"}, "publicity"),
        ({"units": ["没有的单位"]}, "units"),
        ({"units": "gongan"}, "units"),
        ({"valid_until": "2099-01-01T08:00:00"}, "valid_until"),
        ({"valid_until": "2099-13-01T08:00:00+08:00"}, "valid_until"),
        ({"valid_from": "2099-01-02T08:00:00+08:00"}, "valid_until"),
    ],
)
def test_bad_input_names_its_field(over: Any, field: str, api_for: Any) -> None:
    answer = _post(api_for("office"), "", _body(**over))
    assert answer.status_code == 400
    assert field in answer.data["fields"], answer.data
    assert not EarlyWarning.objects.exists()


def test_an_unknown_incident_is_not_found(api_for: Any) -> None:
    assert _post(api_for("office"), "", _body(incident="CY-20000101-001")).status_code == 404


def test_a_retry_with_the_same_key_drafts_one(api_for: Any) -> None:
    client = api_for("office")
    first = _post(client, "", _body(), headers={"Idempotency-Key": "k1"})
    again = _post(client, "", _body(), headers={"Idempotency-Key": "k1"})
    assert (first.data["number"], again.status_code) == (again.data["number"], 201)
    other = _post(client, "", _body(title="另一条"), headers={"Idempotency-Key": "k1"})
    assert (other.status_code, other.data["code"]) == (400, "idempotency_mismatch")
    assert EarlyWarning.objects.count() == 1


def test_a_missing_finding(cyber: Any, people: Any, api_for: Any) -> None:
    warning = published(people, cyber)
    body = {"version": warning.version, "findings": [{"ordinal": 1, "evidence": "复测"}]}
    answer = _post(api_for("office"), f"{warning.number}/lift/", body)
    assert (answer.status_code, list(answer.data["fields"])) == (400, ["finding_2"])


def test_return_of_proposal_and_of_lifting(cyber: Any, people: Any, api_for: Any) -> None:
    client = api_for("commander")
    for make, state in ((proposed, "returned"), (lift_proposed, "published")):
        warning = make(people, cyber)
        body = {"version": warning.version, "reason": "再研判"}
        answer = _post(client, f"{warning.number}/return/", body)
        assert answer.data["state"] == state


def test_adjusting_answers_with_the_new_version(cyber: Any, people: Any, api_for: Any) -> None:
    warning = published(people, cyber)
    answer = _post(api_for("office"), f"{warning.number}/adjust/", {"version": warning.version, "level": 1})
    assert answer.status_code == 201
    assert answer.data["previous"] == warning.number
    assert answer.data["level"]["ordinal"] == 1
    assert answer.data["text"] == warning.text


def test_approval_by_phone(cyber: Any, people: Any, api_for: Any) -> None:
    warning = proposed(people, cyber)
    commander = people["commander"]
    call = {
        "signer": "commander", "number": commander.mobile, "called_at": timezone.now().isoformat(), "read_back": True
    }  # fmt: skip
    client, address = api_for("duty"), f"{warning.number}/approve/"
    for over in ({"signer": "nobody"}, {"number": "110"}, {"read_back": False}, {"called_at": "昨天"}):
        assert _post(client, address, {"version": warning.version, "call": call | over}).status_code == 400
    assert _post(client, address, {"version": warning.version, "call": call}).data["state"] == "approved"


def test_withdrawing(cyber: Any, people: Any, api_for: Any) -> None:
    warning = drafted(people, cyber)
    answer = _post(api_for("office"), f"{warning.number}/withdraw/", {"version": warning.version, "reason": "重复"})
    assert answer.data["state"] == "withdrawn"


@pytest.mark.parametrize("account", ["office", "unit_gongan"])
def test_the_lists_statements(
    account: str, cyber: Any, people: Any, api_for: Any, django_assert_max_num_queries: Any
) -> None:
    client = api_for(account)
    for _ in range(3):
        published(people, cyber)
    with django_assert_max_num_queries(8):
        assert client.get(URL).status_code == 200


def test_actions_over_the_api(cyber: Any, people: Any, api_for: Any) -> None:
    warning = published(people, cyber)
    unit, office = api_for("unit_gongan"), api_for("office")
    rows = unit.get(f"{URL}{warning.number}/tasks/").data
    assert [row["unit"] for row in rows] == ["gongan"]
    assert len(office.get(f"{URL}{warning.number}/tasks/").data) == 3
    body = {"task": rows[0]["id"], "version": 1}

    def go(client: APIClient, **over: Any) -> Any:
        return _post(client, f"{warning.number}/tasks/", body | over)

    assert go(unit, act="acknowledge").data["tasks"][0]["state"] == "acknowledged"
    assert (go(unit, act="complete", text="已落实").status_code) == 409, "the version is the action's own"
    assert go(unit, act="complete", version=2).data["fields"] == {"text": ["请写明落实情况。"]}
    assert go(unit, act="complete", version=2, text="已落实").data["tasks"][0]["report"] == "已落实"
    assert go(unit, act="return", version=3, text="退").status_code == 409
    assert go(unit, act="erase").status_code == 400
    assert list(go(api_for("unit_shuju"), act="acknowledge").data["fields"]) == ["task"]
    assert go(api_for("unit_runcheng"), act="acknowledge").status_code == 404
    assert go(api_for("auditor"), act="acknowledge", person="甲").status_code == 403


def test_chasing_over_the_api(cyber: Any, people: Any, api_for: Any) -> None:
    warning = published(people, cyber)
    answer = _post(api_for("duty"), f"{warning.number}/chase/", {"units": ["县公安局"]})
    assert {row["unit"]: row["chased"] for row in answer.data["tasks"]} == {"gongan": 1, "shuju": 0, "yidong": 0}
    assert _post(api_for("duty"), f"{warning.number}/chase/", {"units": ["没有的单位"]}).status_code == 400
    assert _post(api_for("unit_gongan"), f"{warning.number}/chase/", {}).status_code == 403
    assert _post(api_for("duty"), f"{drafted(people, cyber).number}/chase/", {}).status_code == 409


def test_a_superiors_notice_over_the_api(people: Any, api_for: Any) -> None:
    received = {"sender": "省委网信办", "reference": "18号", "received_at": "2026-01-02T03:04:05+08:00", "text": "原文"}
    answer = _post(api_for("office"), "", _body(received=received))
    assert answer.status_code == 201
    assert answer.data["source"]["kind"] == "superior"
    assert answer.data["source"]["text"] == "原文"
    bad = _post(api_for("office"), "", _body(received=received | {"received_at": "2099-01-02T03:04:05+08:00"}))
    assert list(bad.data["fields"]) == ["received_at"]


def test_approving_by_an_authorisation(comms: Any, people: Any, api_for: Any, settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    row, warning = standing_confirmed(people, comms), proposed(people, comms)
    listed = api_for("auditor").get(f"{URL}standing/").data
    assert [(one["id"], one["levels"], one["state"]) for one in listed] == [(row.pk, [2, 3], "confirmed")]
    assert api_for("unit_gongan").get(f"{URL}standing/").status_code == 403
    body = {"version": warning.version, "standing": row.pk}
    refused = _post(api_for("comms_deputy"), f"{warning.number}/approve/", body)
    assert (refused.status_code, refused.data["clause"][-3:]) == (403, "3.4")
    assert _post(api_for("comms_duty"), f"{warning.number}/approve/", body | {"standing": 999}).status_code == 404
    done = _post(api_for("comms_duty"), f"{warning.number}/approve/", body)
    assert (done.data["state"], done.data["standing"]) == ("approved", row.pk)


def test_the_chain_and_the_filters(cyber: Any, people: Any, api_for: Any) -> None:
    old = adjusted(people, cyber)
    client = api_for("office")
    chain = client.get(f"{URL}{old.number}/").data["chain"]
    assert [(link["number"], link["change"]) for link in chain] == [(old.number, "first"), (old.next.number, "up")]
    assert [row["number"] for row in client.get(f"{URL}?level=1").data["results"]] == [old.next.number]
    assert [row["number"] for row in client.get(f"{URL}?order=number").data["results"]] == [old.number, old.next.number]
    assert client.get(f"{URL}?validity=expired").data["results"] == []
    for query in ("validity=soon", "order=random"):
        assert client.get(f"{URL}?{query}").status_code == 400
