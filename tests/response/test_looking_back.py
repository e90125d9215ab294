"""回看 and 卷宗 across the floors: what stood of warnings, responses and tasks at a moment, and what is kept."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from early_warning.models import EarlyWarning
from early_warning.services import warning_confirm
from incidents.models import Incident
from incidents.papers.case_file import case_file_of
from incidents.registry import ThenPart, case_then
from response.services import tasks_acknowledge_all
from tests.early_warning.factories import published
from tests.incidents.factories import confirm_incident, file_incident
from tests.response.factories import active, ended

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 2, 1, 0, tzinfo=timezone.get_fixed_timezone(480))


def _minute(number: float) -> datetime:
    return START + timedelta(minutes=number)


@pytest.fixture
def night(people: Any) -> Incident:
    """01:00 filed; 01:10 a warning to three units; 01:20 one confirms; 01:30 Ⅱ; 01:40 the unit signs; 02:00 ended."""
    with time_machine.travel(START, tick=False) as clock:
        one = file_incident(people, title="网页打不开", occurred_at=_minute(-5), known_at=START, received_at=START)
        clock.move_to(_minute(5))
        confirm_incident(people, one)
        clock.move_to(_minute(10))
        warning = published(people, one.plan_version, incident=one)
        clock.move_to(_minute(20))
        warning_confirm(warning_id=warning.pk, user=people["unit_gongan"])
        clock.move_to(_minute(30))
        response = active(people, incident=one)
        clock.move_to(_minute(40))
        tasks_acknowledge_all(user=people["unit_gongan"])
        clock.move_to(_minute(60))
        ended(people, response)
    return Incident.objects.select_related("plan_version__plan", "head").get(pk=one.pk)


def _parts(case: Incident, minute: float) -> dict[str, ThenPart]:
    return {part.title: part for part in case_then(case, _minute(minute))}


def test_before_anything_was_begun_nothing_is_shown(night: Incident) -> None:
    assert _parts(night, 9) == {}


def test_the_warning_stands_as_it_was_known_then(night: Incident) -> None:
    seen = {minute: _parts(night, minute)["当时的预警"].lines[0] for minute in (10, 25, 35)}
    assert [line.state for line in seen.values()] == ["published", "published", "superseded"]
    assert "当时 0 个已确认" in seen[10].note
    assert "通知 3 个单位，当时 1 个已确认" in seen[25].note
    assert "县公安局" in seen[10].note
    assert "县公安局" not in seen[25].note


def test_the_response_and_its_tasks_stand_as_they_were_known_then(night: Incident, client_for: Any) -> None:
    assert "当时的响应" not in _parts(night, 29)
    assert [_parts(night, minute)["当时的响应"].lines[0].state for minute in (30, 50, 60)] == [
        "active",
        "active",
        "ended",
    ]
    given, signed, over = [_parts(night, minute)["当时的任务"].lines for minute in (30, 45, 60)]
    assert [line.state for line in given] == ["assigned"]
    assert {line.state for line in signed} == {"assigned", "acknowledged"}
    assert "县公安局" in given[0].note
    assert "县公安局" not in signed[0].note
    assert {line.state for line in over} == {"carried_over"}
    page = client_for("auditor").get(f"/incidents/{night.number}/as-of/", {"at": "2026-03-02 01:45"})
    for words in ("当时的预警", "当时的响应", "当时的任务", "已转入响应"):
        assert words in page.content.decode(), words


def test_the_file_and_the_export_hold_the_warning_and_the_response(
    night: Incident, people: Any, client_for: Any
) -> None:
    parts = [part["title"].partition("、")[2] for part in case_file_of(night, people["auditor"])["parts"]]
    assert parts.index("时限证据表") < parts.index("预警") < parts.index("应急响应与任务") < parts.index("记录核验")
    answer = client_for("auditor").get(f"/incidents/{night.number}/export.zip")
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as packed:
        case = json.loads(packed.read("case.json"))
    assert [row["number"] for row in case["warnings"]] == list(EarlyWarning.objects.values_list("number", flat=True))
    assert len(case["warning_addressees"]) == 3
    assert case["responses"][0]["state"] == "ended"
    assert {"assigned", "acknowledged", "carried_over"} == {row["kind"] for row in case["task_events"]}
    assert case["signatures"]


def test_the_warning_is_printed_with_its_rungs(night: Incident, people: Any) -> None:
    from django.template.loader import render_to_string

    part = next(part for part in case_file_of(night, people["auditor"])["parts"] if part["title"].endswith("预警"))
    html = render_to_string(part["template"], {"paper": part["context"]})
    for words in ("已转入响应", "值班已确认", "批准发布预警", "县公安局", "研判依据", "无记录"):
        assert words in html, words
