"""The record: everything for the auditor, a case for those who may see it, nothing for anyone else."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from directory import registry
from directory.models import Unit
from directory.services import contact_add
from tests.directory.making import case
from yangcheng_ec.record import triggers
from yangcheng_ec.record.models import CaseHead, RecordEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def head(people: Any) -> CaseHead:
    unit = Unit.objects.get(code="gongan")
    contact_add(user=people["contacts"], unit_id=unit.pk, kind="duty", value="4233001")
    return case()


@pytest.fixture
def tampered(head: CaseHead) -> CaseHead:
    triggers.drop()
    RecordEntry.objects.filter(head=head).update(text="从未发生")
    return head


def text_of(response: Any) -> str:
    return str(response.content.decode())


def test_auditor_searches(client_for: Any, head: CaseHead, django_assert_max_num_queries: Any) -> None:
    client = client_for("auditor")
    with django_assert_max_num_queries(14):
        text = text_of(client.get("/record/"))
    assert "接报 CY-20261122-901" in text
    assert "新增「县公安局」值班电话" in text
    assert "接报" not in text_of(client.get("/record/", {"kind": "contact"})).split("<table")[1]
    assert "新增" not in text_of(client.get("/record/", {"case": head.key})).split("<table")[1]
    assert "田秀英" in text_of(client.get("/record/", {"person": "田秀英"}))
    assert "没有符合的记录" in text_of(client.get("/record/", {"until": "2020-01-01"}))
    assert "没有符合的记录" in text_of(client.get("/record/", {"text": "无此内容"}))
    assert client.get("/record/", {"since": "不是日期", "kind": "x"}).status_code == 200


@pytest.mark.parametrize("name", ["duty", "commander", "contacts", "security", "sysadmin", "unit_gongan"])
def test_nobody_else_reads_it_all(client_for: Any, head: CaseHead, name: str) -> None:
    assert client_for(name).get("/record/").status_code == 403
    assert client_for(name).get("/record/verify/").status_code == 403


@pytest.mark.parametrize(
    ("name", "status"),
    [("auditor", 200), ("duty", 200), ("commander", 200), ("comms_office", 200), ("unit_gongan", 404),
     ("contacts", 404), ("security", 404), ("sysadmin", 404)],
)  # fmt: skip
def test_a_case_for_those_who_may_see_cases(client_for: Any, head: CaseHead, name: str, status: int) -> None:
    assert client_for(name).get(f"/record/{head.key}/").status_code == status


def test_standing_chains_are_the_auditors(client_for: Any, head: CaseHead) -> None:
    assert client_for("auditor").get("/record/directory/").status_code == 200
    assert client_for("duty").get("/record/directory/").status_code == 404
    assert client_for("auditor").get("/record/none/").status_code == 404
    assert Client().get(f"/record/{head.key}/").status_code == 302


def test_apps_may_open_a_case_to_others(people: Any, head: CaseHead, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_checks", [])
    monkeypatch.setattr(registry, "may_open", lambda user, page: page == "record_case")
    assert not registry.case_visible(people["unit_gongan"], head)
    registry.register_case_visibility(lambda user, found: found.key == head.key)
    assert registry.case_visible(people["unit_gongan"], head)


def test_whole_chain_verifies(client_for: Any, head: CaseHead) -> None:
    client = client_for("auditor")
    assert "核验通过" in text_of(client.get(f"/record/{head.key}/", {"verify": "1"}))
    assert "核验通过" in text_of(client.get("/record/verify/"))


def test_changed_line_is_found(client_for: Any, tampered: CaseHead) -> None:
    client = client_for("auditor")
    for address in (f"/record/{tampered.key}/?verify=1", "/record/verify/"):
        assert "CY-20261122-901 第 1 行：内容被改动" in text_of(client.get(address))


def test_api_lists_and_verifies(api_for: Any, head: CaseHead) -> None:
    api = api_for("auditor")
    body = api.get("/api/v1/record/", {"case": head.key}).json()
    assert (body["count"], body["results"][0]["text"]) == (1, "接报 CY-20261122-901")
    assert api.get("/api/v1/record/", {"since": "x"}).status_code == 400
    checked = api.get("/api/v1/record/verify/").json()
    assert (checked["ok"], checked["faults"]) == (True, [])


def test_api_says_what_is_broken(api_for: Any, tampered: CaseHead) -> None:
    checked = api_for("auditor").get("/api/v1/record/verify/").json()
    assert checked["ok"] is False
    assert checked["faults"] == [{"case": tampered.key, "seq": 1, "reason": "内容被改动"}]


def test_api_is_the_auditors(api_for: Any) -> None:
    assert APIClient().get("/api/v1/record/").status_code == 401
    for name in ("duty", "unit_gongan", "security"):
        assert api_for(name).get("/api/v1/record/").status_code == 403
        assert api_for(name).get("/api/v1/record/verify/").status_code == 403
    assert api_for("auditor").post("/api/v1/record/", {}, format="json").status_code == 405
