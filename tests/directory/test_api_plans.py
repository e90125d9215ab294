"""The plans over the API: lists of the plans in force, ``?plan=`` narrows them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

pytestmark = pytest.mark.django_db
ApiFor = Callable[[str], APIClient]

LISTS = ["plans", "units", "posts", "groups", "categories", "grades", "warning-levels", "response-levels"]


def rows(api: APIClient, name: str, **query: str) -> list[dict[str, Any]]:
    """Return a list's rows."""
    answer = api.get(f"/api/v1/{name}/", {"page_size": "200", **query})
    assert answer.status_code == 200
    assert {"results", "next", "previous"} <= set(answer.json())
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("account", ["duty", "unit_gongan", "auditor"])
def test_lists_are_readable(api_for: ApiFor, name: str, account: str) -> None:
    """Everyone with an account reads them."""
    assert rows(api_for(account), name)


@pytest.mark.parametrize("name", LISTS)
def test_lists_want_a_login_and_are_read_only(api_for: ApiFor, name: str) -> None:
    """401 without a token; nothing but GET."""
    assert APIClient().get(f"/api/v1/{name}/").status_code == 401
    for verb in ("post", "put", "patch", "delete"):
        kept = (name, verb) == ("units", "post")  # the registry is kept, by others than the duty officer
        assert getattr(api_for("duty"), verb)(f"/api/v1/{name}/").status_code == (403 if kept else 405)


@pytest.mark.parametrize(
    ("name", "cyber", "comms"),
    [
        ("units", 20, 27),
        ("posts", 9, 6),
        ("groups", 5, 7),
        ("categories", 10, 0),
        ("grades", 5, 0),
        ("warning-levels", 4, 3),
        ("response-levels", 3, 2),
    ],
)
def test_plan_filter(api_for: ApiFor, name: str, cyber: int, comms: int) -> None:
    """``?plan=`` gives one plan's rows."""
    api = api_for("duty")
    assert len(rows(api, name, plan="cyber-2025")) == cyber
    assert len(rows(api, name, plan="comms-2022")) == comms


@pytest.mark.parametrize("name", [name for name in LISTS if name != "plans"])
def test_unknown_plan_is_400(api_for: ApiFor, name: str) -> None:
    """A clear message beside its field."""
    answer = api_for("duty").get(f"/api/v1/{name}/", {"plan": "cyber-1999"})
    assert answer.status_code == 400
    assert answer.json()["code"] == "bad_input"
    assert "plan" in answer.json()["fields"]


def test_units_by_kind(api_for: ApiFor) -> None:
    """15 townships; an unknown kind is refused."""
    assert len(rows(api_for("duty"), "units", kind="township")) == 15
    assert api_for("duty").get("/api/v1/units/", {"kind": "village"}).status_code == 400


def test_a_unit_has_all_its_names(api_for: ApiFor) -> None:
    """Names under which the plans print it."""
    found = {row["code"]: row for row in rows(api_for("duty"), "units")}
    assert set(found["gongdian"]["aliases"]) == {"阳城县供电公司", "阳城供电公司", "供电公司"}


def test_a_level_says_who_may_start_it(api_for: ApiFor) -> None:
    """Approvers, numbered measures as printed, actors with their words."""
    first = rows(api_for("duty"), "response-levels", plan="cyber-2025")[0]
    assert (first["roman"], first["approvers"], first["procedure_clause"]) == ("Ⅰ", ["commander"], "4.2.1.2")
    assert [measure["number"] for measure in first["measures"]] == [1, 2, 3, 4]
    assert [actor["kind"] for actor in first["intro_actors"]] == ["command", "command"]
    assert all(actor["quote"] in measure["text"] for measure in first["measures"] for actor in measure["actors"])


def test_one_plan_with_its_clauses(api_for: ApiFor) -> None:
    """A plan's page of the API; an unknown one is 404."""
    api = api_for("duty")
    plan = api.get("/api/v1/plans/cyber-2025/").json()
    assert plan["number"] == "阳政办发〔2025〕23号"
    assert len(plan["clauses"]) == 63
    assert api.get("/api/v1/plans/none/").status_code == 404


@pytest.mark.parametrize("name", LISTS)
def test_statements_are_pinned(
    api_for: ApiFor, name: str, django_assert_max_num_queries: Callable[..., object]
) -> None:
    """SQL of each list does not grow with its rows."""
    api = api_for("duty")
    with django_assert_max_num_queries(9):  # type: ignore[attr-defined]
        api.get(f"/api/v1/{name}/")
