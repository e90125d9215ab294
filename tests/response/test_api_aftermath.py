"""``responses/<number>/aftermath/`` over the API: the same services and refusals as the pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from response.aftermath.models import AftercareItem
from tests.response.aftering import over, sections
from tests.response.factories import active, ended

pytestmark = pytest.mark.django_db
ApiFor = Callable[[str], APIClient]


def _post(client: APIClient, url: str, body: Any = None, **headers: str) -> Any:
    return client.post(url, body or {}, format="json", headers=headers)


def test_a_report_s_life_over_the_api(api_for: ApiFor, people: Any) -> None:
    incident, response = over(people, grade="ordinary")
    url, office = f"/api/v1/responses/{response.number}/aftermath/", api_for("office")
    start = office.get(url).json()
    assert start["route"]["organiser"] == "县人民政府或部门"
    assert start["route"]["addressees"] == ["市指挥部办公室"]
    assert start["unsettled"][0] == "没有总结调查报告"
    made = _post(office, f"{url}reviews/")
    assert made.status_code == 201
    review = made.json()["reviews"][0]
    body = {"version": review["version"], "title": review["title"], "organised_by": "县政府", "texts": review["texts"]}
    missing = _post(office, f"{url}reviews/1/submit/", body)
    assert missing.status_code == 400
    assert "text_opinion" in missing.json()["fields"]
    report = incident.reviews.get()
    body["texts"] = {row.key: "已查明" for row in sections(report)}
    review = _post(office, f"{url}reviews/1/submit/", body).json()["reviews"][0]
    assert review["state"] == "submitted"
    refused = _post(api_for("duty"), f"{url}reviews/1/sign/", {"version": review["version"]})
    assert (refused.status_code, refused.json()["clause"]) == (403, "网络预案 5.1")
    back = _post(api_for("deputy"), f"{url}reviews/1/return/", {"version": review["version"], "reason": "补充"}).json()
    review = _post(office, f"{url}reviews/1/submit/", {**body, "version": back["reviews"][0]["version"]}).json()[
        "reviews"
    ][0]
    review = _post(api_for("deputy"), f"{url}reviews/1/sign/", {"version": review["version"]}).json()["reviews"][0]
    given = {"version": review["version"], "channel": "机要"}
    review = _post(office, f"{url}reviews/1/send/", given).json()["reviews"][0]
    assert _post(office, f"{url}reviews/1/send/", given).status_code == 409
    receipt = {"version": review["version"], "addressee": review["addressees"][0]["id"], "received_by": "市办"}
    review = _post(office, f"{url}reviews/1/receipt/", receipt).json()["reviews"][0]
    assert review["addressees"][0]["received_by"] == "市办"


def test_aftercare_over_the_api(api_for: ApiFor, people: Any) -> None:
    response = ended(people, active(people, "comms-2022", level=2))
    url, office = f"/api/v1/responses/{response.number}/aftermath/", api_for("comms_office")
    body = {"kind": "requisition", "title": "油机", "beneficiary": "某公司", "asked": "10.5"}
    refused = _post(office, f"{url}care/", body)
    assert "receipt" in refused.json()["fields"]
    body["receipt"] = "征用1"
    for _ in range(2):
        assert _post(office, f"{url}care/", body, **{"Idempotency-Key": "k"}).status_code == 201
    item = AftercareItem.objects.get()
    wrong = {"version": item.version, "amount": "9", "payer": "operator", "payer_unit": "县公安局"}
    assert "payer_unit" in _post(office, f"{url}care/{item.pk}/agree/", wrong).json()["fields"]
    found = _post(office, f"{url}care/{item.pk}/agree/", {**wrong, "payer_unit": "yidong"}).json()
    assert found["costs"][0]["agreed"] == "9.00"
    version = found["care"][0]["version"]
    found = _post(office, f"{url}care/{item.pk}/settle/", {"version": version, "proof": "付款单"}).json()
    assert found["care"][0]["state"] == "settled"
    dropped = _post(office, f"{url}care/{item.pk}/drop/", {"version": found["care"][0]["version"], "reason": "x"})
    assert dropped.status_code == 409
    assert _post(office, f"{url}care/9999/drop/", {"version": 1, "reason": "x"}).status_code == 404


def test_strangers_and_readers(api_for: ApiFor, people: Any) -> None:
    _, response = over(people)
    url = f"/api/v1/responses/{response.number}/aftermath/"
    assert APIClient().get(url).status_code == 401
    for name in ("unit_gongan", "contacts", "sysadmin"):
        assert api_for(name).get(url).status_code == 404
    assert api_for("auditor").get(url).status_code == 200
    assert _post(api_for("auditor"), f"{url}reviews/").status_code == 403
    assert api_for("office").put(url).status_code == 405
