"""Pages of drills: who sees what before it starts, acts by form, the yearly clock on desk and plan, the report."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pypdf import PdfReader

from response.drills.models import Drill
from response.drills.selectors import drill_clocks, months_after
from tests.response.drilling import drill_approved, drill_ended, drill_evaluated, drill_planned, drill_running
from yangcheng_ec.record.models import RecordEntry

pytestmark = pytest.mark.django_db
ClientFor = Callable[[str], Client]
SCENARIO = "政务云多台服务器的文件被加密"


def _url(drill: Drill, tail: str = "") -> str:
    return f"/standing/drills/{drill.number}/{tail}"


def _form(**over: Any) -> dict[str, Any]:
    at = (timezone.localtime() + timedelta(days=1)).strftime("%Y-%m-%d %H:%M")
    start = {
        "title": "页面演练",
        "grade": "serious",
        "planned_at": at,
        "scenario": SCENARIO,
        "participants": ["gongan"],
    }
    return {**start, **over}


def test_the_office_plans_by_form_and_nothing_typed_is_lost(client_for: ClientFor) -> None:
    client = client_for("office")
    page = client.get("/standing/drills/new/")
    assert page.context["form"].initial["grade"] == "serious"
    answer = client.post("/standing/drills/new/?plan=cyber-2025", _form(participants=[]))
    assert answer.status_code == 400
    assert SCENARIO in answer.content.decode()
    answer = client.post("/standing/drills/new/?plan=cyber-2025", _form(planned_at="2020-01-01 08:00"))
    assert "两年以内" in answer.content.decode()
    answer = client.post("/standing/drills/new/?plan=cyber-2025", _form())
    drill = Drill.objects.get()
    assert answer.headers["Location"] == _url(drill)
    assert client.get(_url(drill, "edit/")).context["form"].initial["title"] == "页面演练"
    answer = client.post(_url(drill, "edit/"), _form(title="改名", version=drill.version))
    drill.refresh_from_db()
    assert (answer.status_code, drill.title) == (302, "改名")


@pytest.mark.parametrize("name", ["duty", "commander", "auditor", "unit_gongan"])
def test_nobody_else_is_given_the_form(client_for: ClientFor, name: str) -> None:
    assert client_for(name).get("/standing/drills/new/").status_code == 403


@pytest.mark.parametrize("name", ["contacts", "sysadmin", "security"])
def test_administrators_see_no_drill(client_for: ClientFor, people: Any, name: str) -> None:
    drill = drill_running(people)
    assert client_for(name).get("/standing/drills/").status_code == 403
    assert client_for(name).get(_url(drill)).status_code == 403


def test_players_read_the_scenario_only_when_it_starts(client_for: ClientFor, people: Any) -> None:
    drill = drill_planned(people)
    assert client_for("unit_gongan").get(_url(drill)).status_code == 404
    drill = drill_approved(people)
    for name in ("unit_gongan", "duty", "comms_office"):
        words = client_for(name).get(_url(drill)).content.decode()
        assert SCENARIO not in words, name
        assert "记者来电" not in words, name
        rows = client_for(name).get("/standing/drills/").context["rows"]
        assert [row.grade_shown for row in rows if row.pk == drill.pk] == [""], name
    for name in ("office", "director", "commander", "auditor"):
        words = client_for(name).get(_url(drill)).content.decode()
        assert SCENARIO in words, name
        assert "记者来电" in words, name
    drill = drill_running(people)
    words = client_for("unit_gongan").get(_url(drill)).content.decode()
    assert SCENARIO in words
    assert "记者来电" not in words
    assert client_for("unit_yidong").get(_url(drill)).status_code == 404
    assert drill.incident is not None
    assert client_for("unit_gongan").get(f"/incidents/{drill.incident.number}/").status_code == 200


def test_the_whole_life_by_buttons(client_for: ClientFor, people: Any) -> None:
    drill = drill_planned(people)
    office, director = client_for("office"), client_for("director")
    answer = director.post(_url(drill, "return/"), {"version": drill.version, "reason": ""})
    assert answer.status_code == 400
    answer = director.post(_url(drill, "approve/"), {"version": drill.version})
    assert answer.status_code == 302
    assert director.post(_url(drill, "approve/"), {"version": drill.version}).status_code == 409
    drill.refresh_from_db()
    assert office.post(_url(drill, "start/"), {"version": drill.version}).status_code == 302
    inject = drill.injects.get(minute=30)
    assert office.post(_url(drill, f"injects/{inject.pk}/skip/"), {"reason": ""}).status_code == 400
    assert office.post(_url(drill, f"injects/{inject.pk}/fire/")).status_code == 302
    assert office.post(_url(drill, f"injects/{inject.pk}/fire/")).status_code == 409
    assert office.post(_url(drill, f"injects/{inject.pk}/burn/")).status_code == 404
    assert office.post(_url(drill, "dance/"), {"version": 1}).status_code == 404
    drill.refresh_from_db()
    answer = office.post(_url(drill, "end/"), {"version": drill.version})
    assert answer.headers["Location"] == _url(drill, "evaluate/")
    drill.refresh_from_db()
    judged = {f"judgement_{row.pk}": "done" for row in drill.findings.all()}
    answer = office.post(_url(drill, "evaluate/"), {**judged, "version": drill.version, "finish": "1"})
    assert answer.status_code == 400
    answer = office.post(_url(drill, "evaluate/"), {**judged, "version": drill.version})
    assert answer.status_code == 302
    drill.refresh_from_db()
    bad = {"text": "x", "clause": "网络预案 99", "version": drill.version}
    assert office.post(_url(drill, "improvements/"), bad).status_code == 400
    answer = office.post(_url(drill, "improvements/"), {"text": "补充备份步骤", "version": drill.version})
    assert answer.status_code == 302
    drill.refresh_from_db()
    words = {"version": drill.version, "finish": "1", "evaluators": "评估组", "summary": "达到目的"}
    assert office.post(_url(drill, "evaluate/"), {**judged, **words}).status_code == 302
    drill.refresh_from_db()
    assert drill.state == "evaluated"
    assert "补充备份步骤" in client_for("unit_gongan").get(_url(drill)).content.decode()


def test_a_drill_is_found_on_its_case_and_waits_on_the_desk(client_for: ClientFor, people: Any) -> None:
    drill = drill_planned(people)
    assert "批准演练" in client_for("director").get("/").content.decode()
    drill = drill_running(people)
    assert drill.incident is not None
    desk = client_for("office").get("/").content.decode()
    assert "导调演练" in desk
    page = client_for("duty").get(f"/incidents/{drill.incident.number}/").content.decode()
    assert _url(drill) in page


def test_the_report_reads_back_as_it_was_judged(client_for: ClientFor, people: Any) -> None:
    drill = drill_ended(people)
    assert client_for("unit_gongan").get(_url(drill, "report.pdf")).status_code == 404
    drill = drill_evaluated(people, title="报告<b>演练</b>")
    answer = client_for("unit_gongan").get(_url(drill, "report.pdf"))
    assert answer["Content-Type"] == "application/pdf"
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)
    flat = "".join(text.split())
    for words in (
        "应急演练评估报告",
        "报告<b>演练</b>",
        "网络预案6.7",
        "评估组",
        "总体达到目的",
        "记者来电",
        "非预案规定",
    ):
        assert words in flat, words
    assert client_for("unit_yidong").get(_url(drill, "report.pdf")).status_code == 404
    assert client_for("unit_gongan").get(_url(drill_running(people), "report.pdf")).status_code == 404


# The yearly clock


def test_p3_the_next_cyber_drill_is_due_a_year_after_the_last_on_a_serious_scenario(
    people: Any, cyber: Any, comms: Any
) -> None:
    first, second = drill_clocks([cyber, comms])
    assert (first.never, first.due_on, first.grade) == (True, None, "重大事件")
    assert (second.never, second.last) == (False, None)
    with time_machine.travel(datetime(2025, 9, 10, 1, 0).astimezone(), tick=False):
        drill_evaluated(people)
        drill_ended(people, "comms-2022")
    with time_machine.travel(datetime(2026, 3, 1, 1, 0).astimezone(), tick=False):
        drill_ended(people, grade="ordinary")
        drill_approved(people)
        first, second = drill_clocks([cyber, comms])
    assert (str(first.last), str(first.due_on), str(first.other)) == ("2025-09-10", "2026-09-10", "2026-03-01")
    assert (first.overdue, str(first.planned)) == (False, "2026-03-02")
    assert (str(second.last), second.due_on, second.overdue) == ("2025-09-10", None, False)
    with time_machine.travel(datetime(2026, 9, 11, 1, 0).astimezone(), tick=False):
        assert drill_clocks([cyber])[0].overdue


def test_p3_a_month_that_is_shorter_ends_on_its_last_day() -> None:
    day = datetime(2024, 2, 29).date()
    assert str(months_after(day, 12)) == "2025-02-28"
    assert str(months_after(datetime(2026, 8, 31).date(), 6)) == "2027-02-28"


@pytest.mark.parametrize(
    ("name", "url", "words"),
    [
        ("office", "/", "还没有重大事件情景的演练记录"),
        ("commander", "/", "网络预案演练"),
        ("comms_office", "/", "预案没有写明期限"),
        ("duty", "/plans/cyber-2025/", "还没有重大事件情景的演练记录"),
        ("auditor", "/plans/comms-2022/", "还没有演练记录"),
        ("office", "/standing/", "每年至少一次"),
    ],
)  # fmt: skip
def test_p3_desk_and_plan_say_when_it_was_last_drilled(client_for: ClientFor, name: str, url: str, words: str) -> None:
    assert words in client_for(name).get(url).content.decode()


def test_a_unit_reads_no_clock_of_the_plan(client_for: ClientFor) -> None:
    assert "的演练记录" not in client_for("unit_gongan").get("/plans/cyber-2025/").content.decode()


def test_lists_ask_the_database_a_fixed_number_of_times(
    client_for: ClientFor, people: Any, django_assert_max_num_queries: Any
) -> None:
    for _ in range(3):
        drill_approved(people)
    drill_running(people)
    for name, url, most in (
        ("office", "/standing/drills/", 18), ("unit_gongan", "/standing/drills/?state=approved", 12),
        ("office", "/standing/", 34), ("unit_gongan", "/standing/", 22),
    ):  # fmt: skip
        client = client_for(name)
        with django_assert_max_num_queries(most):
            assert client.get(url).status_code == 200


def test_those_that_run_or_are_late_come_first(client_for: ClientFor, people: Any) -> None:
    late = drill_approved(people)
    Drill.objects.filter(pk=late.pk).update(planned_at=timezone.now() - timedelta(hours=1))
    later = drill_approved(people)
    runs = drill_running(people)
    rows = client_for("office").get("/standing/drills/").context["rows"]
    assert [row.number for row in rows] == [runs.number, late.number, later.number]


def test_the_record_of_a_drill_is_whole(people: Any) -> None:
    drill = drill_evaluated(people)
    kinds = list(RecordEntry.objects.filter(head=drill.head).order_by("seq").values_list("kind", flat=True))
    assert kinds == ["drill.planned", "drill.approved", "drill.started", "drill.ended", "drill.evaluated"]
