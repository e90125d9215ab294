"""``contacts/`` over the API: the same services, statuses and words as the pages."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from directory.models import Contact

pytestmark = pytest.mark.django_db
URL = "/api/v1/contacts/"


@pytest.fixture
def runcheng(cyber: Any) -> Contact:
    return Contact.objects.get(plan_version=cyber, unit__code="runcheng")


def test_needs_a_login() -> None:
    assert APIClient().get(URL).status_code == 401


def test_list_filters_and_pages(api_for: Any, django_assert_max_num_queries: Any) -> None:
    api = api_for("duty")
    with django_assert_max_num_queries(8):
        body = api.get(URL, {"page_size": 200}).json()
    assert (body["count"], body["next"], len(body["results"])) == (86, None, 86)
    assert api.get(URL, {"plan": "comms-2022"}).json()["count"] == 45
    assert [row["value"] for row in api.get(URL, {"unit": "县科技局", "plan": "comms-2022"}).json()["results"]] == [
        "4222171"
    ]
    assert api.get(URL, {"unit": "没有的单位"}).json()["count"] == 0
    assert api.get(URL, {"q": "0351"}).json()["count"] == 2
    assert api.get(URL, {"kind": "pager"}).status_code == 400


def test_add_edit_retire_restore(api_for: Any) -> None:
    api = api_for("contacts")
    made = api.post(URL, {"unit": "县公安局", "value": "4233 777", "note": "夜间"}, format="json")
    assert (made.status_code, made.json()["value"], made.json()["plan"]) == (201, "4233777", None)
    one = f"{URL}{made.json()['id']}/"
    changed = api.patch(one, {"version": 1, "value": "4233778"}, format="json")
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    stale = api.patch(one, {"version": 1, "value": "4233779"}, format="json")
    assert (stale.status_code, stale.json()["code"]) == (409, "stale_version")
    assert stale.json()["changes"] == [{"field": "号码", "was": "4233777", "now": "4233778"}]
    assert api.delete(one, {"version": 2}, format="json").json()["fields"].keys() == {"reason"}
    retired = api.delete(one, {"version": 2, "reason": "空号"}, format="json")
    assert (retired.status_code, retired.json()["state"]) == (200, "retired")
    assert api.delete(f"{one}?version=3&reason=again").status_code == 409
    back = api.patch(one, {"version": 3, "state": "active", "value": "4233780"}, format="json").json()
    assert (back["state"], back["value"]) == ("active", "4233780")


def test_restore_and_bad_edit_together_leave_nothing_half_done(api_for: Any, runcheng: Contact) -> None:
    api = api_for("contacts")
    one = f"{URL}{runcheng.pk}/"
    api.delete(one, {"version": 1, "reason": "空号"}, format="json")
    assert api.patch(one, {"version": 2, "state": "active", "value": "x"}, format="json").status_code == 400
    assert api.get(one).json()["state"] == "retired"


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"unit": "县公安局"}, "value"),
        ({"unit": "火星", "value": "4233777"}, "unit"),
        ({"unit": "gongan", "value": "42a"}, "value"),
        ({"unit": "gongan", "value": "4233777", "kind": "pager"}, "kind"),
        ({"unit": "gongan", "value": "4233414"}, "value"),
        ({"unit": "gongan", "value": "4" * 100_000}, "value"),
    ],
)
def test_bad_input_names_the_field(api_for: Any, data: dict[str, Any], field: str) -> None:
    response = api_for("contacts").post(URL, data, format="json")
    assert response.status_code == 400
    assert field in response.json()["fields"]


def test_readers_may_read_and_not_write(api_for: Any, runcheng: Contact) -> None:
    for name in ("duty", "unit_gongan", "auditor"):
        api = api_for(name)
        assert api.get(f"{URL}{runcheng.pk}/").status_code == 200
        assert api.post(URL, {"unit": "gongan", "value": "4233777"}, format="json").status_code == 403
        assert api.patch(f"{URL}{runcheng.pk}/", {"version": 1}, format="json").status_code == 403
        assert api.delete(f"{URL}{runcheng.pk}/", {}, format="json").status_code == 403


def test_admins_read_nothing(api_for: Any, runcheng: Contact) -> None:
    assert api_for("sysadmin").get(URL).status_code == 403
    assert api_for("sysadmin").get(f"{URL}{runcheng.pk}/").status_code == 404


def test_other_units_mobiles_are_masked(api_for: Any) -> None:
    made = api_for("contacts").post(URL, {"unit": "gongan", "kind": "mobile", "value": "13812345678"}, format="json")
    one = f"{URL}{made.json()['id']}/"
    assert (api_for("unit_shuju").get(one).json()["value"], api_for("unit_shuju").get(one).json()["masked"]) == (
        "138****5678",
        True,
    )
    assert api_for("unit_gongan").get(one).json()["value"] == "13812345678"


def test_conflicts(api_for: Any) -> None:
    body = api_for("duty").get(f"{URL}conflicts/").json()
    assert body["count"] == 7
    pair = next(row for row in body["results"] if row["unit"] == "yingji")
    assert sorted(row["value"] for row in pair["contacts"]) == ["4220426", "4222123"]
    assert pair["verified"] is False
    assert pair["ruling"] is None


def test_a_ruling_over_the_api(api_for: Any) -> None:
    api = api_for("contacts")
    pair = next(row for row in api.get(f"{URL}conflicts/").json()["results"] if row["unit"] == "yingji")
    first, second = (row["id"] for row in pair["contacts"])
    data = {"unit": "县应急局", "versions": {str(first): 1, str(second): 1}, "chosen": second, "reason": "11 月打过"}
    assert api_for("duty").post(f"{URL}conflicts/", data, format="json").status_code == 403
    assert "chosen" in api.post(f"{URL}conflicts/", data | {"chosen": 1}, format="json").json()["fields"]
    assert "unit" in api.post(f"{URL}conflicts/", data | {"unit": "火星"}, format="json").json()["fields"]
    assert "versions" in api.post(f"{URL}conflicts/", data | {"versions": {"x": 1}}, format="json").json()["fields"]
    made = api.post(f"{URL}conflicts/", data, format="json")
    assert (made.status_code, made.json()["ruling"]["value"]) == (201, "4222123")
    assert api.post(f"{URL}conflicts/", data, format="json").status_code == 409  # version 0: no longer so
    shown = next(row for row in api.get(f"{URL}conflicts/").json()["results"] if row["unit"] == "yingji")
    assert (shown["ruling"]["chosen"], shown["ruling"]["reason"]) == (second, "11 月打过")


def test_verify_undo_and_reveal_over_the_api(api_for: Any, runcheng: Contact) -> None:
    api, one = api_for("contacts"), f"{URL}{runcheng.pk}/"
    assert api.post(f"{one}undo/", {"version": 1}, format="json").status_code == 409
    api.patch(one, {"version": 1, "value": "4814999"}, format="json")
    assert api.post(f"{one}undo/", {"version": 2}, format="json").json()["value"] == "4814501"
    assert api.post(f"{one}verify/", {"version": 3}, format="json").json()["verify_due_on"] is not None
    assert api_for("duty").post(f"{one}verify/", {"version": 4}, format="json").status_code == 403
    made = api.post(URL, {"unit": "gongan", "kind": "mobile", "value": "13812345678"}, format="json")
    mobile = f"{URL}{made.json()['id']}/"
    assert api_for("commander").get(mobile).json()["masked"] is True
    assert api_for("commander").post(f"{mobile}reveal/").json()["value"] == "13812345678"
    assert api_for("unit_shuju").post(f"{mobile}reveal/").status_code == 403


def test_unknown_and_wrong_method(api_for: Any) -> None:
    assert api_for("contacts").get(f"{URL}987654/").status_code == 404
    assert api_for("contacts").put(f"{URL}1/", {}, format="json").status_code == 405
