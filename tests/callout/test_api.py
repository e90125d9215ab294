"""``callouts/``: the same services and rights as the pages."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from early_warning.models import EarlyWarning
from tests.callout.support import callout_of
from tests.early_warning.factories import published

pytestmark = pytest.mark.django_db
URL = "/api/v1/callouts/"


@pytest.fixture
def warning(cyber: Any, people: Any) -> EarlyWarning:
    return published(people, cyber)


def test_the_list_and_its_filters(warning: EarlyWarning, api_for: Any, django_assert_max_num_queries: Any) -> None:
    client = api_for("duty")
    with django_assert_max_num_queries(10):
        rows = client.get(URL, {"case": warning.number, "unconfirmed": "true"}).json()["results"]
    assert {row["target"] for row in rows} == {"unit:gongan", "unit:shuju", "unit:yidong"}
    assert all(row["next_step_at"] and row["state"] == "open" for row in rows)
    client.post(f"{URL}{callout_of(warning).pk}/confirm/", {"person": "李警官"}, format="json")
    assert len(client.get(URL, {"case": warning.number, "unconfirmed": "true"}).json()["results"]) == 2
    assert len(client.get(URL, {"case": warning.number}).json()["results"]) > 3
    assert client.get(URL, {"case": "none"}).json()["results"] == []


def test_a_unit_sees_and_confirms_its_own(warning: EarlyWarning, api_for: Any) -> None:
    client = api_for("unit_gongan")
    assert [row["target"] for row in client.get(URL).json()["results"]] == ["unit:gongan"]
    answer = client.post(f"{URL}{callout_of(warning).pk}/confirm/", {"leader": "王局长"}, format="json")
    assert answer.status_code == 200
    face = answer.json()
    assert (face["state"], face["confirmed_how"], face["leader"]) == ("confirmed", "screen", "王局长")
    assert face["next_step_at"] is None
    other = callout_of(warning, "shuju")
    for act in ("confirm", "give-up"):
        assert client.post(f"{URL}{other.pk}/{act}/", {"reason": "x"}, format="json").status_code == 404


def test_refusals(warning: EarlyWarning, api_for: Any) -> None:
    address = f"{URL}{callout_of(warning).pk}/"
    assert APIClient().get(URL).status_code == 401
    assert api_for("duty").post(f"{address}confirm/", {}, format="json").json()["fields"]["person"]
    assert api_for("auditor").post(f"{address}confirm/", {"person": "甲"}, format="json").status_code == 403
    assert api_for("unit_gongan").post(f"{address}give-up/", {"reason": "x"}, format="json").status_code == 403
    assert api_for("duty").post(f"{address}give-up/", {}, format="json").status_code == 400
    assert api_for("duty").get(f"{address}confirm/").status_code == 405
    assert api_for("duty").post(f"{address}give-up/", {"reason": "已派人"}, format="json").json()["reason"] == "已派人"
    assert api_for("duty").post(f"{address}give-up/", {"reason": "再来"}, format="json").status_code == 409


def test_the_warnings_own_confirm_ends_the_call_out(warning: EarlyWarning, api_for: Any) -> None:
    answer = api_for("unit_gongan").post(f"/api/v1/warnings/{warning.number}/confirm/", {}, format="json")
    assert answer.status_code == 200
    assert callout_of(warning).state == "confirmed"
