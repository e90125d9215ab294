"""24-hour duty comes with the level whose sentence asks for it, and goes with the response (S4)."""

from __future__ import annotations

from typing import Any

import pytest

from directory.choices import DutyModeKind
from directory.models import DutyMode, Roster
from directory.services.roster import roster_open
from response.rules import duty_asked, level_of, plan_tasks
from response.services import response_approve, response_lower
from tests.incidents.factories import file_incident
from tests.response.factories import active, ended, propose
from yangcheng_ec.deadlines.models import Notice
from yangcheng_ec.record.models import RecordEntry

pytestmark = pytest.mark.django_db


def open_now(case: str) -> dict[str, DutyMode]:
    rows = DutyMode.objects.filter(closed_at__isnull=True, head__key=case).select_related("roster")
    return {row.roster.code: row for row in rows}


def test_level_one_puts_every_member_on_duty_in_the_plan_s_words(people: Any, cyber: Any) -> None:
    own = roster_open(user=people["unit_gongan"], code="gongan")
    response = active(people, level=1)
    rows = open_now(response.incident.number)
    members = set(cyber.memberships.filter(unit__isnull=False).values_list("unit__code", flat=True))
    # The office's host is on duty with the office; 事发地乡镇 is no named member.
    assert set(rows) == (members - {cyber.office_unit.code}) | {"cyber-2025"}
    row = rows["gongan"]
    assert (row.roster, row.roster_made, row.kind, row.level) == (own, False, "on_duty", "Ⅰ级响应")
    assert (row.clause, row.quote) == ("网络预案 4.2.1.3（1）", "县指挥部成员单位24小时值班，保持联络畅通")
    assert not row.non_plan
    assert rows["cyber-2025"].non_plan
    assert rows["shuju"].roster_made
    assert Roster.objects.get(code="shuju").name == "县数据中心"
    entry = RecordEntry.objects.get(head=response.incident.head, kind="roster.mode_opened")
    assert entry.actor == people["commander"]
    unit = people["unit_gongan"]
    assert Notice.objects.filter(recipient=unit, subject_type="response", subject_id=response.pk).count() == 1
    ended(people, response)
    assert open_now(response.incident.number) == {}
    assert not DutyMode.objects.filter(closed_by="").exists()


def test_level_two_puts_the_office_on_duty_and_keeps_members_within_reach(people: Any) -> None:
    rows = open_now(active(people, level=2).incident.number)
    office = rows.pop("cyber-2025")
    assert (office.kind, office.quote, office.non_plan) == ("on_duty", "县指挥部办公室24小时值班", False)
    assert {row.kind for row in rows.values()} == {DutyModeKind.REACHABLE}
    assert rows["gongan"].quote == "县指挥部成员单位保持24小时联络畅通"


@pytest.mark.parametrize(("plan", "level"), [("cyber-2025", 3), ("comms-2022", 1), ("comms-2022", 2)])
def test_a_level_without_such_a_sentence_opens_nothing(people: Any, plan: str, level: int) -> None:
    active(people, plan, level=level)
    assert not DutyMode.objects.exists()
    assert not RecordEntry.objects.filter(kind__startswith="roster.mode").exists()


def test_lowered_the_new_level_s_regime_holds(people: Any) -> None:
    first = active(people, level=1)
    second = response_lower(
        response_id=first.pk,
        version=first.version,
        level=2,
        condition=1,
        basis="趋于平稳",
        user=people["office"],
    )
    assert open_now(first.incident.number)["gongan"].kind == "on_duty"
    response_approve(response_id=second.pk, version=second.version, user=people["commander"])
    rows = open_now(first.incident.number)
    assert (rows["gongan"].kind, rows["cyber-2025"].kind, rows["cyber-2025"].level) == (
        "reachable",
        "on_duty",
        "Ⅱ级响应",
    )
    assert DutyMode.objects.filter(roster__code="gongan", closed_at__isnull=False).count() == 1


def test_before_approving_it_is_said_whose_rosters_open(people: Any, client_for: Any) -> None:
    page = client_for("commander").get(f"/response/{propose(people, level=2).number}/").content.decode()
    shown = page.partition("批准即打开值班表：")[2].partition("</span>")[0]
    assert shown == "阳城县网络与信息安全事件应急指挥部办公室"
    assert client_for("duty").get("/plans/cyber-2025/").content.decode().count("启动时打开值班表") == 2


def test_reading_the_level_s_sentences_asks_the_database_nothing(
    people: Any, cyber: Any, django_assert_num_queries: Any
) -> None:
    level = level_of(cyber, 1)
    plans = plan_tasks(level, file_incident(people, township="runcheng"))
    with django_assert_num_queries(0):
        asked = duty_asked(level, plans)
    assert len(asked) == 20


def test_a_drill_s_duty_is_marked_on_the_desk(people: Any, client_for: Any) -> None:
    response = active(people, level=2, incident=file_incident(people, drill=True))
    assert open_now(response.incident.number)["cyber-2025"].drill
    page = client_for("office").get("/desk/fragment/").content.decode().partition("around-the-clock")[2]
    assert "演练" in page[:1500]
    assert "县指挥部办公室24小时值班" in page[:3000]
