"""已知悉: whoever a rung told upward says so; a rung nobody acknowledged is named by the next one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from directory.services.acknowledging import rung_acknowledge
from tests.incidents.clocks import clocks
from tests.incidents.factories import file_incident
from yangcheng_ec.deadlines.models import Delivery, Notice, Step
from yangcheng_ec.deadlines.services import call_record, sweep_all
from yangcheng_ec.errors import Forbidden, NotVisible, WrongState

pytestmark = pytest.mark.django_db

DUE = datetime(2026, 11, 22, 3, 30, tzinfo=UTC)


@pytest.fixture
def late(people: Any) -> Any:
    """A case whose 30 minutes are over, swept at the due time: director told, deputies and commander still to come."""
    with time_machine.travel(DUE - timedelta(minutes=30), tick=False) as clock:
        start = datetime.now(UTC)
        incident = file_incident(people, occurred_at=start, known_at=start, received_at=start)
        clock.move_to(DUE)
        sweep_all()
        yield incident, clock


def _step(incident: Any, kind: str = "overdue", place: int = 0) -> Step:
    rows = clocks(incident)["4.1-30min"].steps.filter(kind=kind)
    return rows.order_by("fire_at")[place]


def _notice(step: Step, user: Any) -> Notice:
    return Notice.objects.get(step=step, recipient=user)


def test_the_director_acknowledges_on_the_notice_and_it_stands_everywhere(
    people: Any, client_for: Any, late: Any
) -> None:
    incident, _clock = late
    step, client = _step(incident), client_for("director")
    notice = _notice(step, people["director"])
    page = client.get(f"/inbox/{notice.pk}/").content.decode()
    assert "打开通知不等于知悉" in page
    step.refresh_from_db()
    assert step.acknowledged_at is None, "opened is not acknowledged"
    answer = client.post(f"/rungs/{step.pk}/acknowledge/", {"next": f"/inbox/{notice.pk}/"})
    assert (answer.status_code, answer.url) == (302, f"/inbox/{notice.pk}/")
    step.refresh_from_db()
    assert step.acknowledged_at == DUE
    assert step.acknowledged_by.endswith(people["director"].display_name)
    assert "办公室主任" in step.acknowledged_by
    line = incident.head.entries.get(kind="deadline.acknowledged")
    assert line.text.startswith("已知悉：")
    for address in (f"/incidents/{incident.number}/", f"/incidents/{incident.number}/clocks/", "/clocks/"):
        assert step.acknowledged_by in client_for("auditor").get(address).content.decode(), address
    calls = Delivery.objects.filter(notice__step=step, channel="phone")
    assert calls.get(notice__recipient=people["director"]).state == "settled"
    assert calls.exclude(notice__recipient=people["director"]).filter(state="queued").exists(), (
        "others are still called"
    )


def test_who_may_acknowledge_and_when(people: Any, client_for: Any, late: Any) -> None:
    incident, clock = late
    step, next_one = _step(incident), _step(incident, "escalate")
    for name in ("duty", "deputy", "commander", "comms_director", "auditor"):
        with pytest.raises(Forbidden, match="办公室主任"):
            rung_acknowledge(step_id=step.pk, user=people[name])
    with pytest.raises(NotVisible):
        rung_acknowledge(step_id=step.pk, user=people["unit_dianxin"])
    with pytest.raises(NotVisible):
        rung_acknowledge(step_id=0, user=people["director"])
    with pytest.raises(WrongState, match="还没有告知"):
        rung_acknowledge(step_id=next_one.pk, user=people["deputy"])
    assert client_for("director").get(f"/rungs/{step.pk}/acknowledge/").status_code == 405
    outside = client_for("director").post(f"/rungs/{step.pk}/acknowledge/", {"next": "https://example.org/"})
    assert outside.url == f"/incidents/{incident.number}/"
    clock.shift(timedelta(minutes=1))
    assert rung_acknowledge(step_id=step.pk, user=people["director"]).acknowledged_at == DUE, "twice changes nothing"


def test_an_unacknowledged_rung_is_named_by_the_next_and_by_its_call(people: Any, late: Any) -> None:
    incident, clock = late
    clock.move_to(DUE + timedelta(minutes=5))
    sweep_all()
    step = _step(incident, "escalate")
    words = "上一级（2026年11月22日 11:30，逾期告知：办公室主任）尚未确认知悉。"
    told = _notice(step, people["deputy"])
    assert words in told.title
    assert words in told.script
    rung_acknowledge(step_id=step.pk, user=people["deputy"])
    clock.move_to(DUE + timedelta(minutes=10))
    sweep_all()
    last = _notice(_step(incident, "escalate", 1), people["commander"])
    assert "尚未确认知悉" not in last.title
    lines = incident.head.entries.filter(kind="deadline.escalate", subject_id=step.deadline_id).order_by("seq")
    assert [words in line.text for line in lines] == [True, False]


def test_a_call_that_was_read_back_acknowledges_for_the_one_called(people: Any, late: Any) -> None:
    incident, _clock = late
    step = _step(incident)
    rows = Delivery.objects.filter(notice__step=step, channel="phone")
    for recipient, read_back in (("duty", True), ("director", False)):
        delivery = rows.get(notice__recipient=people[recipient])
        call_record(delivery_id=delivery.pk, actor=_actor(people), number="13800000000", result="reached",
                    person="本人", read_back=read_back)  # fmt: skip
        step.refresh_from_db()
        assert step.acknowledged_at is None, (recipient, read_back)


def test_a_call_read_back_by_the_director_acknowledges(people: Any, late: Any) -> None:
    incident, _clock = late
    step = _step(incident)
    delivery = Delivery.objects.get(notice__step=step, channel="phone", notice__recipient=people["director"])
    call_record(delivery_id=delivery.pk, actor=_actor(people), number="13800000000", result="reached",
                person="本人", read_back=True)  # fmt: skip
    step.refresh_from_db()
    assert step.acknowledged_by.endswith(people["director"].display_name)
    line = incident.head.entries.get(kind="deadline.acknowledged")
    assert "电话复诵确认" in line.text
    assert line.actor_id == people["duty"].pk


def _actor(people: Any) -> Any:
    from directory.rules import any_actor

    return any_actor(people["duty"])


def test_the_api_shows_the_rungs_and_takes_the_acknowledgement(people: Any, api_for: Any, late: Any) -> None:
    incident, _clock = late
    step = _step(incident)
    rows = api_for("director").get(f"/api/v1/incidents/{incident.number}/deadlines/").json()["results"]
    rungs = {row["rule"]: row["rungs"] for row in rows}["cyber-2025:4.1-30min"]
    assert [(rung["kind"], rung["told"], rung["acknowledged_at"]) for rung in rungs] == [
        ("overdue", "办公室主任", None)
    ]
    address = f"/api/v1/deadlines/{step.deadline_id}/rungs/{step.sequence}/acknowledge/"
    assert api_for("unit_dianxin").post(address).status_code == 404
    assert api_for("deputy").post(address).status_code == 403
    assert api_for("director").post(address).json()["acknowledged_by"].endswith(people["director"].display_name)
    assert api_for("director").post(f"/api/v1/deadlines/{step.deadline_id}/rungs/99/acknowledge/").status_code == 404
