"""``notices/``: one's own, the outbox, a cause's progress."""

from __future__ import annotations

from typing import Any

import pytest

from tests.queued import queued
from yangcheng_ec.deadlines.registry import Recipient
from yangcheng_ec.deadlines.services import Message
from yangcheng_ec.record.services import head_create

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _told(people: Any) -> None:
    head = head_create(kind="warning", key="YJ-20261122-901")
    told = [
        Recipient(f"user:{people[name].pk}", name, people[name].pk, "a@x.invalid") for name in ("duty", "unit_gongan")
    ]
    message = Message("warning.published", "预警", "d", subject=("warning", 901), urgent=True)
    queued(head=head, message=message, recipients=told)


@pytest.mark.parametrize("name", ["duty", "unit_gongan"])
def test_everybody_reads_their_own(api_for: Any, name: str) -> None:
    answer = api_for(name).get("/api/v1/notices/?unread=1").json()
    (notice,) = answer["results"]
    assert (notice["title"], notice["case"], notice["urgent"], notice["opened_at"]) == (
        "预警",
        "YJ-20261122-901",
        True,
        None,
    )


def test_others_have_none(api_for: Any, client: Any) -> None:
    assert api_for("unit_yidong").get("/api/v1/notices/").json()["results"] == []
    assert client.get("/api/v1/notices/").status_code == 401
    assert api_for("duty").post("/api/v1/notices/").status_code == 405


@pytest.mark.parametrize(("name", "status"), [("duty", 200), ("auditor", 200), ("unit_gongan", 403), ("sysadmin", 403)])
def test_the_outbox(api_for: Any, name: str, status: int) -> None:
    answer = api_for(name).get("/api/v1/notices/outbox/")
    assert answer.status_code == status
    if status == 200:
        mail = answer.json()["channels"][0]
        assert (mail["channel"], mail["queued"], mail["on"], mail["dead"]) == ("email", 2, True, 0)


@pytest.mark.parametrize(("name", "status"), [("duty", 200), ("unit_gongan", 404)])
def test_progress(api_for: Any, name: str, status: int) -> None:
    answer = api_for(name).get("/api/v1/notices/progress/warning/901/?kind=warning.published")
    assert answer.status_code == status
    if status == 200:
        assert (answer.json()["notices"], answer.json()["channels"][0]["queued"]) == (2, 2)
