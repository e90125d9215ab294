"""``rosters/`` over the API: the same services, statuses and words as the pages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from directory.models import Contact, DutyLogEntry, DutySlot
from directory.services.duty_log import log_add
from directory.services.roster import roster_open
from tests.directory.rostering import CYBER, NOON, TODAY, office, put, three_turns

pytestmark = pytest.mark.django_db
URL = f"/api/v1/rosters/{CYBER}/"


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


def test_lists_are_what_one_may_read(people: Any, api_for: Any) -> None:
    three_turns(people)
    roster_open(user=people["unit_gongan"], code="gongan")
    assert APIClient().get("/api/v1/rosters/").status_code == 401
    codes = [row["code"] for row in api_for("duty").get("/api/v1/rosters/").json()["results"]]
    assert set(codes) == {CYBER, "gongan"}
    own = api_for("unit_gongan").get("/api/v1/rosters/").json()
    assert (own["count"], own["results"][0]["unit"], own["results"][0]["modes"]) == (1, "gongan", [])
    for path in ("/api/v1/rosters/", "/api/v1/roster/now/", URL):
        assert api_for("sysadmin").get(path).status_code == 403, path
    assert api_for("unit_gongan").get(URL).status_code == 404
    assert api_for("duty").get("/api/v1/rosters/nowhere/").status_code == 404
    now = api_for("unit_gongan").get("/api/v1/roster/now/").json()["results"]
    line = next(row for row in now if row["code"] == CYBER)
    assert (line["open"], line["on_duty"][1]["name"]) == (False, str(people["duty"]))
    assert line["next"]["officer"] == str(people["duty2"])


def test_a_month_with_its_gaps(people: Any, api_for: Any) -> None:
    three_turns(people)
    api = api_for("duty")
    body = api.get(URL, {"month": "2026-11"}).json()
    turn = body["days"][21]["turns"][0]
    assert (turn["slot"]["officer"]["account"], turn["running"], turn["gaps"]) == ("duty", True, [])
    assert (body["may_arrange"], body["gaps"], len(body["days"])) == (False, 16, 30)
    assert api.get(URL).json()["month"] == "2026-11"
    for bad in ("2026-13", "1999-01", "November", "2026-1"):
        assert list(api.get(URL, {"month": bad}).json()["fields"]) == ["month"], bad
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as found:
            api.get(URL)
        counts.append(len(found))
        put(people, TODAY + timedelta(days=1), "day", "duty", "deputy") if len(counts) == 1 else None
    assert counts[0] == counts[1] <= 13


def test_one_turn_is_arranged_with_its_version(people: Any, api_for: Any) -> None:
    office(people)
    sent = {"date": "2026-11-23", "shift": "night", "leader": "director", "officer": "duty2", "version": 0}
    for who, wanted in [("duty", 403), ("commander", 403), ("unit_gongan", 404), ("comms_office", 403)]:
        assert api_for(who).put(f"{URL}slots/", sent, format="json").status_code == wanted, who
    api = api_for("office")
    made = api.put(f"{URL}slots/", sent, format="json")
    slot = made.json()["slot"]
    assert (made.status_code, slot["version"], slot["leader"]["account"], made.json()["problems"]) == (
        200, 1, "director", [],
    )  # fmt: skip
    stale = api.post(f"{URL}slots/", {**sent, "officer": "duty"}, format="json")
    assert (stale.status_code, stale.json()["code"]) == (409, "stale_version")
    emptied = api.post(f"{URL}slots/", {**sent, "leader": None, "version": 1}, format="json").json()
    assert (emptied["slot"]["leader"], emptied["slot"]["version"]) == (None, 2)
    bad: list[tuple[dict[str, Any], str]] = [
        ({"officer": "nobody"}, "officer"),
        ({"officer": "auditor"}, "officer"),
        ({"shift": "noon"}, "shift"),
        ({"date": "1990-01-01"}, "date"),
        ({"version": None}, "version"),
        ({"note": "字" * 201}, "note"),
    ]
    for values, field in bad:
        answer = api.put(f"{URL}slots/", {**sent, "version": 2, **values}, format="json")
        assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])
    assert DutySlot.objects.get().version == 2


def test_a_swap_is_asked_once_and_answered_by_the_other(people: Any, api_for: Any) -> None:
    _last, _now, coming = three_turns(people)
    sent = {"slot": coming.pk, "role": "officer", "other": "duty", "reason": "体检"}
    url, mine, other = f"{URL}swaps/", api_for("duty2"), api_for("duty")
    assert other.post(url, sent, format="json").status_code == 403
    assert list(mine.post(url, {**sent, "other": "nobody"}, format="json").json()["fields"]) == ["other"]
    made = mine.post(url, sent, format="json", HTTP_IDEMPOTENCY_KEY="k1")
    again = mine.post(url, sent, format="json", HTTP_IDEMPOTENCY_KEY="k1")
    assert (made.status_code, again.status_code, made.json()["id"]) == (201, 200, again.json()["id"])
    assert mine.post(url, sent, format="json").status_code == 409
    one = f"{url}{made.json()['id']}/"
    assert mine.post(f"{one}answer/", {"agree": True}, format="json").status_code == 403
    assert other.post(f"{one}withdraw/").status_code == 403
    assert list(other.post(f"{one}answer/", {"agree": False}, format="json").json()["fields"]) == ["note"]
    assert other.post(f"{one}answer/", {"agree": True}, format="json").json()["state"] == "agreed"
    assert mine.post(f"{one}withdraw/").status_code == 409
    coming.refresh_from_db()
    assert coming.officer == people["duty"]
    listed = other.get(url).json()["results"]
    assert [(row["state"], row["slot"]["officer"]["account"]) for row in listed] == [("agreed", "duty")]
    for nowhere in (999_999, 10**30):
        assert other.post(f"{url}{nowhere}/answer/", {"agree": True}, format="json").status_code == 404
        assert mine.post(url, {**sent, "slot": nowhere}, format="json").status_code == 404
    assert other.get(f"{URL}slots/").status_code == 405


def test_a_hand_off_is_written_and_signed_by_two(people: Any, api_for: Any) -> None:
    last, _now, coming = three_turns(people)
    url, giver, taker = f"{URL}handoffs/", api_for("duty2"), api_for("duty")
    assert api_for("auditor").post(url, {"from_slot": last.pk}, format="json").status_code == 403
    assert giver.post(url, {"from_slot": coming.pk}, format="json").status_code == 409
    assert giver.post(url, {"from_slot": 999_999}, format="json").status_code == 404
    made = giver.post(url, {"from_slot": last.pk, "text": "传真机缺纸"}, format="json")
    assert (made.status_code, made.json()["state"], made.json()["sections"][0]["label"]) == (201, "begun", "未结事件")
    assert giver.post(url, {"from_slot": last.pk}, format="json").status_code == 409
    one = f"{url}{made.json()['id']}/"
    assert taker.post(f"{one}sign/", {"version": 1}, format="json").status_code == 403
    assert giver.post(f"{one}sign/", {}, format="json").status_code == 400
    assert giver.post(f"{one}sign/", {"version": 9}, format="json").status_code == 409
    assert giver.post(f"{one}sign/", {"version": 1}, format="json").json()["state"] == "given"
    done = taker.post(f"{one}sign/", {"version": 2, "note": "已核对"}, format="json").json()
    assert (done["state"], done["signed_by_to"]["account"], done["taken_note"]) == ("done", "duty", "已核对")
    assert taker.get(one).json() == done
    assert taker.get(url).json()["count"] == 1
    assert api_for("unit_gongan").get(one).status_code == 404


def test_the_log_is_added_to_and_read_by_cursor(people: Any, api_for: Any) -> None:
    three_turns(people)
    url, api = f"{URL}log/", api_for("duty")
    sent = {"text": "县公安局来电", "at": "2026-11-22T04:00:00+08:00"}
    made = api.post(url, sent, format="json", HTTP_IDEMPOTENCY_KEY="k1")
    assert (made.status_code, made.json()["late_entry"], made.json()["post"]) == (201, True, "网络预案 值班员")
    assert api.post(url, sent, format="json", HTTP_IDEMPOTENCY_KEY="k1").json() == made.json()
    assert DutyLogEntry.objects.count() == 1
    fix = api.post(url, {"text": "应为县数据中心", "corrects": made.json()["id"]}, format="json")
    assert fix.json()["corrects"] == made.json()["id"]
    for values, field in [
        ({"text": " "}, "text"),
        ({"text": "x", "at": "2026-11-22T13:00:00+08:00"}, "at"),
        ({"text": "x", "at": "2026-11-22"}, "at"),
        ({"text": "x", "corrects": 99999}, "corrects"),
    ]:
        answer = api.post(url, values, format="json")
        assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])
    assert api_for("commander").post(url, {"text": "x"}, format="json").status_code == 403
    assert api.put(url, sent, format="json").status_code == api.delete(url).status_code == 405
    for number in range(3):
        log_add(user=people["duty"], code=CYBER, text=f"第{number}条", at=NOON - timedelta(hours=1))
    first = api.get(url, {"page_size": 2})
    # A line written meanwhile shifts nothing.
    log_add(user=people["duty"], code=CYBER, text="又一条")
    with CaptureQueriesContext(connection) as found:
        second = api.get(first.json()["next"]).json()
    rows = [*first.json()["results"], *second["results"]]
    assert [row["text"] for row in rows] == ["应为县数据中心", "第2条", "第1条", "第0条"]
    assert len(found) <= 8
    assert api_for("unit_gongan").get(url).status_code == 404


def test_the_order_of_dialling(people: Any, api_for: Any, cyber: Any) -> None:
    row = Contact.objects.filter(unit__code="runcheng").order_by("pk").first()
    assert row is not None
    url = f"/api/v1/contacts/{row.pk}/prefer/"
    assert api_for("duty").post(url, {"version": 1, "place": 1}, format="json").status_code == 403
    api = api_for("contacts")
    assert api.post(url, {"version": 1, "place": 1}, format="json").json()["preference"] == 1
    assert api.post(url, {"version": 1, "place": None}, format="json").status_code == 409
    for place in (0, 9, "first"):
        assert list(api.post(url, {"version": 2, "place": place}, format="json").json()["fields"]) == ["place"]
    assert api.post(url, {"version": 2, "place": None}, format="json").json()["preference"] is None
    assert api.post("/api/v1/contacts/999999/prefer/", {"version": 1, "place": 1}, format="json").status_code == 404
