"""24-hour duty held open by cases: what is opened, what ends, and which turns it shows as missing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from directory.choices import DutyModeKind
from directory.models import DutyMode, DutySlot, Roster, Unit
from directory.selectors.duty_modes import DAYS_AHEAD, DutyPanel, duty_panel, duty_panel_of
from directory.selectors.roster import duty_lines, standing_of
from directory.services.duty_modes import DutyAsked, duty_modes_set
from tests.directory.rostering import CYBER, NOON, TODAY, office, put
from yangcheng_ec.actors import Actor
from yangcheng_ec.record.models import CaseHead, RecordEntry
from yangcheng_ec.record.services import head_create

pytestmark = pytest.mark.django_db
QUOTE = "县指挥部成员单位24小时值班，保持联络畅通"
CLAUSE = "网络预案 4.2.1.3（1）"


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


def of_unit(code: str, kind: DutyModeKind = DutyModeKind.ON_DUTY) -> DutyAsked:
    unit = Unit.objects.get(code=code)
    return DutyAsked(kind, CLAUSE, QUOTE, unit.name, unit=unit)


def ask(people: Any, *asked: DutyAsked, key: str = "CY-20261122-001", level: str = "Ⅰ级响应") -> list[DutyMode]:
    head = CaseHead.objects.filter(key=key).first() or head_create(kind="incident", key=key)
    actor = Actor(user=people["commander"], post="网络预案 指挥长")
    with transaction.atomic():
        return duty_modes_set(head=head, asked=asked, level=level, actor=actor)


def shown(people: Any, who: str) -> DutyPanel:
    found = duty_panel(people[who], standing_of(people[who]))
    assert found is not None
    return found


def the_office(cyber: Any) -> DutyAsked:
    return DutyAsked(DutyModeKind.ON_DUTY, CLAUSE, QUOTE, cyber.office_name, plan=cyber.plan, non_plan=True)


def test_a_body_without_a_roster_gets_an_empty_one_and_is_said_to_have_none(people: Any) -> None:
    ask(people, of_unit("gongan"))
    row = DutyMode.objects.get()
    assert (row.roster.code, row.roster_made, row.opened_by) == (
        "gongan",
        True,
        f"网络预案 指挥长 {people['commander']}",
    )
    watch = shown(people, "unit_gongan").near[0]
    assert (watch.bare, len(watch.gaps)) == (True, 2 * DAYS_AHEAD + 1)
    assert (watch.gaps[0].label, watch.gaps[0].what) == ("11月22日 白班", "空缺")
    entry = RecordEntry.objects.get(head=row.head)
    assert (entry.kind, entry.clause) == ("roster.mode_opened", CLAUSE)
    assert f"「{QUOTE}」" in entry.text
    assert "没有值班表，已建空表：县公安局" in entry.text
    assert shown(people, "duty").lacking[0].bare


def test_every_turn_ahead_without_leader_or_officer_is_a_gap(people: Any, cyber: Any) -> None:
    roster = office(people)
    ask(people, the_office(cyber))
    assert not DutyMode.objects.get().roster_made
    for number in range(DAYS_AHEAD + 1):
        for shift in ("day", "night"):
            put(people, TODAY + timedelta(days=number), shift, "duty" if shift == "day" else "duty2", "director")
    panel = duty_panel_of(roster)
    assert panel is not None
    assert (panel.late, panel.near[0].gaps, panel.causes[0].non_plan) == (False, [], True)
    night = DutySlot.objects.get(date=TODAY + timedelta(days=1), shift="night")
    put(people, night.date, "night", "duty2", version=night.version)
    panel = duty_panel_of(roster)
    assert panel is not None
    assert [(gap.label, gap.what, gap.url) for gap in panel.near[0].gaps] == [
        ("11月23日 夜班", "缺带班领导", f"/roster/{CYBER}/2026-11-23/")
    ]


def test_a_night_that_the_pattern_leaves_out_is_named(people: Any, cyber: Any) -> None:
    roster = office(people)
    ask(people, the_office(cyber))
    for number in range(-1, DAYS_AHEAD + 1):
        put(people, TODAY + timedelta(days=number), "day", "duty", "director")
    Roster.objects.update(pattern="whole")
    roster.refresh_from_db()
    panel = duty_panel_of(roster)
    assert panel is not None
    assert panel.near[0].gaps[0].what == "没有排夜班，这段时间无人"
    assert {gap.label[-2:] for gap in panel.near[0].gaps} == {"夜班"}


def test_two_cases_hold_it_open_until_the_last_one_ends(people: Any) -> None:
    asked = of_unit("gongan")
    ask(people, asked)
    ask(people, asked, key="CY-20261122-002", level="Ⅱ级响应")
    assert len(shown(people, "unit_gongan").causes) == 2
    assert ask(people, asked) == []
    ask(people, of_unit("gongan", DutyModeKind.REACHABLE), level="Ⅱ级响应")
    panel = shown(people, "unit_gongan")
    assert (panel.kind, {row.kind for row in panel.near[0].modes}) == ("on_duty", {"reachable", "on_duty"})
    ask(people, key="CY-20261122-002")
    panel = shown(people, "unit_gongan")
    assert (panel.kind, panel.late, panel.near, len(panel.reachable)) == ("reachable", False, [], 1)
    ask(people)
    assert duty_panel(people["unit_gongan"], standing_of(people["unit_gongan"])) is None
    assert set(DutyMode.objects.values_list("closed_by", flat=True)) == {f"网络预案 指挥长 {people['commander']}"}
    assert RecordEntry.objects.latest("id").text == "结束24小时值班、联络要求：县公安局。"


def test_an_empty_roster_that_nothing_asks_for_any_more_is_its_unit_s_alone(people: Any) -> None:
    def listed(who: str) -> list[str]:
        return [line.roster.code for line in duty_lines(people[who], standing_of(people[who]))]

    ask(people, of_unit("gongan"), of_unit("shuju"))
    assert listed("office") == ["gongan", "shuju"]
    put_on = DutySlot(roster=Roster.objects.get(code="shuju"), date=TODAY, shift="day", officer=people["unit_shuju"])
    put_on.starts_at, put_on.ends_at = put_on.roster.hours(TODAY, "day")
    put_on.save()
    ask(people)
    assert (listed("office"), listed("unit_gongan")) == (["shuju"], ["gongan"])


def test_one_is_open_for_each_roster_and_case(people: Any) -> None:
    ask(people, of_unit("gongan"))
    row = DutyMode.objects.get()
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


def test_who_sees_whose(people: Any, cyber: Any, client_for: Any) -> None:
    ask(people, the_office(cyber), of_unit("gongan"), of_unit("shuju"))
    panel = shown(people, "office")
    assert [watch.roster.code for watch in panel.near] == [CYBER]
    assert {watch.roster.code for watch in panel.lacking} == {"gongan", "shuju"}
    assert [watch.roster.code for watch in shown(people, "unit_gongan").near] == ["gongan"]
    assert duty_panel(people["unit_yidong"], standing_of(people["unit_yidong"])) is None
    assert duty_panel(people["sysadmin"], standing_of(people["sysadmin"])) is None
    for path in ("/roster/", "/roster/gongan/", "/desk/fragment/"):
        page = client_for("unit_gongan").get(path).content.decode()
        assert "因 <a" in page.replace("\n", "")
        assert ("没有值班表" in page, "县数据中心" in page.partition("around-the-clock")[2][:4000]) == (True, False)
    assert client_for("unit_yidong").get("/roster/gongan/").status_code == 404


def test_the_statements_do_not_grow(people: Any, cyber: Any) -> None:
    standing, counts = standing_of(people["office"]), []
    assert duty_panel(people["office"], standing) is None
    for asked in ([of_unit("gongan")], [the_office(cyber), *map(of_unit, ("gongan", "shuju", "yidong", "dianxin"))]):
        ask(people, *asked)
        people["office"].refresh_from_db()
        with CaptureQueriesContext(connection) as found:
            duty_panel(people["office"], standing)
        counts.append(len(found))
    assert counts == [counts[0]] * 2
    assert counts[0] <= 3
