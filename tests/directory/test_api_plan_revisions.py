"""Revisions over the API: the whole way by two people, and every refusal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from directory import clauses
from directory.models import PlanVersion
from directory.services.plan_edits import plan_row_edit
from tests.incidents.factories import file_incident
from tests.response.factories import propose
from yangcheng_ec.record.services import head_create

pytestmark = pytest.mark.django_db

BASE = "/api/v1/plans/cyber-2025/revisions/"
NUMBER = "阳政办发〔2028〕40号"


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    """It is noon of 22 November 2026."""
    clauses.forget()
    with time_machine.travel("2026-11-22T12:00:00+08:00", tick=False):
        yield
    clauses.forget()


def test_the_whole_way(
    api_for: Callable[[str], APIClient],
    client_for: Callable[[str], Client],
    cyber: PlanVersion,
    people: Any,
    django_assert_max_num_queries: Callable[..., Any],
) -> None:
    """The office starts, compares and submits, the commander confirms; a running case then says what it runs under."""
    office, commander, stranger = api_for("office"), api_for("commander"), api_for("comms_office")
    case = file_incident(people)
    response = propose(people, level=2, incident=case)
    given = {"number": NUMBER, "title": cyber.title}
    assert stranger.post(BASE, given, format="json").status_code == 403
    assert api_for("unit_gongan").get(BASE).status_code == 403
    assert APIClient().get(BASE).status_code == 401
    assert office.post(BASE, {"number": ""}, format="json").json()["fields"].keys() == {"number", "title"}
    started = office.post(BASE, given, format="json")
    assert started.status_code == 201
    draft = started.json()
    assert (draft["stage"], draft["based_on"], draft["revision"]) == ("draft", cyber.number, 1)
    assert draft["findings"] == []
    assert office.post(BASE, {**given, "number": "x"}, format="json").status_code == 409
    one = f"{BASE}{draft['id']}/"
    rule = PlanVersion.objects.get(pk=draft["id"]).reporting_rules.get(number=2)
    plan_row_edit(
        version_id=draft["id"], revision=1, section="rule", row_id=rule.pk,
        values={"minutes": 20, "quote": rule.quote.replace("30", "20"), "wording": "20分钟内"}, user=people["office"],
    )  # fmt: skip
    compared = {part["title"]: part["rows"] for part in office.get(f"{one}compare/").json()["results"]}
    assert {"label": "分钟", "was": "30", "now": "20"} in compared["报告与时限"][0]["fields_changed"]
    days = {"issued_on": "2026-11-20", "effective_on": "2026-11-22"}
    assert office.post(f"{one}submit/", {**days, "revision": 1}, format="json").status_code == 409
    assert office.post(f"{one}submit/", {"revision": 2}, format="json").status_code == 400
    assert office.post(f"{one}submit/", {**days, "revision": 2}, format="json").json()["stage"] == "submitted"
    for who in (office, stranger):
        assert who.post(f"{one}confirm/", {"revision": 2}, format="json").status_code == 403
    back = {"revision": 2, "reason": "再核"}
    assert commander.post(f"{one}return/", back, format="json").json()["stage"] == "draft"
    assert commander.post(f"{one}withdraw/", back, format="json").status_code == 403
    assert office.post(f"{one}submit/", {**days, "revision": 2}, format="json").status_code == 200
    assert commander.get(f"{one}confirm/").status_code == 405
    done = commander.post(f"{one}confirm/", {"revision": 2}, format="json").json()
    assert (done["in_force"], done["state"]) == (True, "现行")
    assert office.post(f"{one}withdraw/", back, format="json").status_code == 409
    assert [row["in_force"] for row in office.get(BASE).json()["results"]] == [True, False]
    assert office.get(f"/api/v1/plans/comms-2022/revisions/{draft['id']}/").status_code == 404
    _said(client_for("duty"), case, response, cyber, django_assert_max_num_queries)


def _said(client: Client, case: Any, response: Any, cyber: PlanVersion, pinned: Callable[..., Any]) -> None:
    """The case, its response and both lists say which version holds, with one statement for all rows."""
    words, link = "按2025版办理，现行为2028版", f"/plans/cyber-2025@{cyber.pk}/"
    of_response = reverse("response", args=[response.number])
    for address in (f"/incidents/{case.number}/", "/incidents/", of_response, reverse("responses")):
        page = client.get(address).content.decode()
        assert words in page, address
        assert link in page, address
    type(case).objects.exclude(pk=case.pk).delete()
    with pinned(20) as one:
        client.get("/incidents/")
    for number in range(5):
        case.pk, case.number, case.head_id = None, f"CY-X{number}", _head(number)
        case.save()
    with pinned(20) as many:
        page = client.get("/incidents/").content.decode()
    assert page.count(words) == 6
    assert len(one.captured_queries) == len(many.captured_queries)
    case.state = "closed"
    case.save()
    assert client.get("/incidents/").content.decode().count(words) == 5


def _head(number: int) -> int:
    return head_create(kind="incident", key=f"CY-X{number}").pk


def test_a_groups_units_outside_the_command(client_for: Callable[[str], Client], people: Any) -> None:
    """县融媒体中心 is in a group and no member of the command: said on the plan's page and on the case's."""
    case = file_incident(people)
    for address in ("/plans/cyber-2025/", f"/incidents/{case.number}/members/"):
        page = client_for("duty").get(address).content.decode()
        assert "非成员单位" in page, address
