"""Rosters: who arranges them, what is refused, what is only shown, swaps by consent, who is told by a clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction

from directory import audience
from directory.models import DutySlot, Holiday, Roster, Unit
from directory.registry import touchpoints_of
from directory.rules import appointments_in_force
from directory.selectors.roster import people_choosable, standing_of
from directory.selectors.roster_month import month_of
from directory.services.demo import demo_rosters_ensure
from directory.services.holidays import FIXED_DAYS, holiday_remove, holiday_set, holidays_fixed_add
from directory.services.roster import SlotInput, roster_open, roster_set, slot_set
from directory.services.swaps import SwapInput, swap_answer, swap_propose, swap_withdraw
from tests.directory.making import appoint, person
from tests.directory.rostering import CYBER, NOON, TODAY, office, put, three_turns
from yangcheng_ec.deadlines.models import Deadline, Notice, Step
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, StaleVersion, WrongState
from yangcheng_ec.record.models import CaseHead, RecordEntry
from yangcheng_ec.record.selectors import verify_chain

pytestmark = pytest.mark.django_db
TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


def lines(code: str = CYBER) -> list[str]:
    return list(RecordEntry.objects.filter(head__key=f"roster:{code}").order_by("seq").values_list("kind", flat=True))


# --- opening and arranging ------------------------------------------------------------------------------------------


def test_opened_once_by_the_office(people: Any) -> None:
    first = office(people)
    assert roster_open(user=people["director"], code=CYBER).pk == first.pk
    assert (first.name, first.plan.code) == ("阳城县网络与信息安全事件应急指挥部办公室", CYBER)
    assert lines() == ["roster.opened"]


@pytest.mark.parametrize("who", ["duty", "commander", "comms_office", "unit_gongan", "auditor", "sysadmin"])
def test_not_opened_by_others(people: Any, who: str) -> None:
    with pytest.raises(NotVisible):
        roster_open(user=people[who], code=CYBER)
    assert not Roster.objects.exists()


def test_a_unit_opens_its_own_and_only_that(people: Any) -> None:
    roster = roster_open(user=people["unit_gongan"], code="gongan")
    assert roster.unit.code == "gongan"
    with pytest.raises(NotVisible):
        roster_open(user=people["unit_gongan"], code="shuju")
    with pytest.raises(NotVisible):
        roster_open(user=people["unit_gongan"], code="no-such-body")


def test_a_turn_is_arranged_with_its_hours_and_a_line(people: Any) -> None:
    office(people)
    slot = put(people, TOMORROW, "night", "duty", "director", note="电话带班")
    assert (slot.starts_at.astimezone(NOON.tzinfo).hour, slot.ends_at - slot.starts_at) == (20, timedelta(hours=12))
    entry = RecordEntry.objects.get(head__key="roster:cyber-2025", kind="roster.slot_set")
    assert "2026年11月23日 夜班" in entry.text
    assert "值班员 空缺 → 王晓东" in entry.text
    assert entry.actor_post == "网络预案 办公室工作人员"
    changed = put(people, TOMORROW, "night", "duty2", "director", note="电话带班", version=1)
    assert changed.version == 2
    assert "值班员 王晓东 → 李雪梅" in RecordEntry.objects.latest("id").text
    assert verify_chain(CaseHead.objects.get(key="roster:cyber-2025")) is None


def test_saying_the_same_again_writes_nothing(people: Any) -> None:
    office(people)
    put(people, TOMORROW, "day", "duty")
    before = lines()
    put(people, TOMORROW, "day", "duty", version=1)
    assert lines() == before


@pytest.mark.parametrize("who", ["duty", "commander", "comms_office", "auditor"])
def test_readers_may_not_arrange(people: Any, who: str) -> None:
    office(people)
    with pytest.raises(Forbidden) as refused:
        slot_set(user=people[who], code=CYBER, entry=SlotInput(TOMORROW, "day", None, people["duty"].pk))
    assert "办公室主任、办公室工作人员" in refused.value.message
    assert not DutySlot.objects.exists()


@pytest.mark.parametrize("who", ["unit_gongan", "sysadmin", "contacts"])
def test_for_strangers_it_does_not_exist(people: Any, who: str) -> None:
    office(people)
    with pytest.raises(NotVisible):
        slot_set(user=people[who], code=CYBER, entry=SlotInput(TOMORROW, "day"))


def test_an_appointment_that_ended_arranges_nothing(people: Any) -> None:
    office(people)
    appointments_in_force().filter(user=people["office"]).update(ends_at=NOON - timedelta(hours=1))
    with pytest.raises((Forbidden, NotVisible)):
        slot_set(user=people["office"], code=CYBER, entry=SlotInput(TOMORROW, "day"))


def test_an_authorisation_for_other_acts_does_not_reach_the_roster(people: Any) -> None:
    office(people)
    deputy = people["deputy"]
    appoint(deputy, f"{CYBER}:office_director", nature="authorised", scope=["approve_end"])
    assert standing_of(deputy).arranging(Roster.objects.get()) is None
    appoint(deputy, f"{CYBER}:office_director", nature="authorised", scope=[])
    assert standing_of(deputy).arranging(Roster.objects.get()) is not None


def test_a_stale_page_is_told_what_changed(people: Any) -> None:
    office(people)
    put(people, TOMORROW, "day", "duty")
    with pytest.raises(StaleVersion) as refused:
        put(people, TOMORROW, "day", "duty2")
    assert ("值班员", "王晓东") in [(change.field, change.now) for change in refused.value.changes]


# --- what is refused, what is shown ---------------------------------------------------------------------------------


def test_nobody_is_in_two_places(people: Any) -> None:
    office(people)
    office(people, "comms-2022")
    put(people, TOMORROW, "day", "duty", "director")
    with pytest.raises(BadInput) as refused:
        put(people, TOMORROW, "day", "comms_duty", "director", code="comms-2022")
    assert "不能同时在两处" in refused.value.fields["leader"][0]
    assert "officer" not in refused.value.fields
    assert put(people, TOMORROW, "night", "comms_duty", "director", code="comms-2022").pk


def test_a_whole_day_does_not_overlap_a_shift(people: Any) -> None:
    office(people)
    put(people, TOMORROW, "day", "duty")
    with pytest.raises(BadInput, match="时间重叠"):
        put(people, TOMORROW, "whole", "duty2")
    put(people, TOMORROW, "day", version=1)
    assert put(people, TOMORROW, "whole", "duty2").pk


def test_an_administrator_of_the_three_is_not_put_on_duty(people: Any) -> None:
    office(people)
    for who in ("sysadmin", "security", "auditor"):
        with pytest.raises(BadInput) as refused:
            put(people, TOMORROW, "day", who)
        assert refused.value.fields == {"officer": ["请从名单中选择人员。"]}


def test_a_unit_chooses_among_its_own_only(people: Any) -> None:
    roster = roster_open(user=people["unit_gongan"], code="gongan")
    colleague = person("gongan_zhiban", unit="gongan", display_name="高值班")
    assert set(people_choosable(roster).by_id) == {people["unit_gongan"].pk, colleague.pk}
    with pytest.raises(BadInput):
        slot_set(
            user=people["unit_gongan"], code="gongan", entry=SlotInput(TOMORROW, "day", None, people["duty"].pk)
        )  # fmt: skip


def test_somebody_of_another_unit_is_a_warning(people: Any) -> None:
    office(people)
    entry = SlotInput(TOMORROW, "day", people["director"].pk, people["unit_shuju"].pk)
    _slot, warnings = slot_set(user=people["office"], code=CYBER, entry=entry)
    assert warnings == ["杨帆不是本单位人员"]


def test_too_many_in_a_row_is_a_warning(people: Any) -> None:
    office(people)
    put(people, TOMORROW, "day", "duty")
    put(people, TOMORROW, "night", "duty")
    entry = SlotInput(TOMORROW + timedelta(days=1), "day", None, people["duty"].pk)
    _slot, warnings = slot_set(user=people["office"], code=CYBER, entry=entry)
    assert warnings == ["王晓东连续第3班"]
    rest = SlotInput(TOMORROW + timedelta(days=2), "day", None, people["duty"].pk)
    assert slot_set(user=people["office"], code=CYBER, entry=rest)[1] == []


def test_leader_and_officer_in_one_is_a_warning(people: Any) -> None:
    office(people)
    entry = SlotInput(TOMORROW, "day", people["director"].pk, people["director"].pk)
    assert slot_set(user=people["office"], code=CYBER, entry=entry)[1] == ["陈国平一人兼带班领导和值班员"]


def test_the_month_shows_gaps_from_now_on_and_counts_overloads_across_its_edge(people: Any) -> None:
    roster = office(people)
    for day, shift in ((date(2026, 11, 30), "day"), (date(2026, 11, 30), "night"), (date(2026, 12, 1), "day")):
        put(people, day, shift, "duty", "director")
    november = month_of(roster, date(2026, 11, 1))
    assert (len(november.days), november.offset) == (30, 7)
    assert november.days[0].turns[0].gaps == []
    assert november.days[21].turns[0].gaps == ["带班领导", "值班员"]
    assert november.gaps == 2 * 9 - 2
    assert [november.days[21].today, november.days[21].rest, november.days[22].rest] == [True, True, False]
    december = month_of(roster, date(2026, 12, 1))
    assert december.days[0].turns[0].problems == ["陈国平连续第3班", "王晓东连续第3班"]
    assert (december.previous, december.following) == ("2026-11", "2027-01")


# --- settings and holidays ------------------------------------------------------------------------------------------


def test_new_hours_reach_only_turns_to_come(people: Any) -> None:
    _last, now, coming = three_turns(people)
    roster = Roster.objects.get()
    roster_set(
        user=people["director"], code=CYBER, version=roster.version, pattern="day_night", day_at=time(8, 30),
        night_at=time(18, 0), most_in_row=3,
    )  # fmt: skip
    now.refresh_from_db()
    coming.refresh_from_db()
    assert now.ends_at.astimezone(NOON.tzinfo).hour == 20
    assert coming.starts_at.astimezone(NOON.tzinfo).hour == 18
    with pytest.raises(StaleVersion):
        roster_set(
            user=people["director"], code=CYBER, version=1, pattern="whole", day_at=time(8), night_at=time(18),
            most_in_row=3,
        )  # fmt: skip


def test_settings_that_cannot_be_are_refused_at_their_fields(people: Any) -> None:
    office(people)
    with pytest.raises(BadInput) as refused:
        roster_set(
            user=people["office"], code=CYBER, version=1, pattern="thrice", day_at=time(20), night_at=time(8),
            most_in_row=0,
        )  # fmt: skip
    assert set(refused.value.fields) == {"pattern", "night_at", "most_in_row"}


def test_holidays_are_entered_never_guessed(people: Any) -> None:
    assert not Holiday.objects.exists()
    assert holidays_fixed_add(user=people["office"], year=2026) == len(FIXED_DAYS)
    assert holidays_fixed_add(user=people["office"], year=2026) == 0
    row = holiday_set(user=people["duty"], day=date(2026, 11, 22), name="调休", is_workday=True)
    roster = office(people)
    today = month_of(roster, date(2026, 11, 1)).days[21]
    assert (today.rest, today.holiday.name) == (False, "调休")
    holiday_remove(user=people["duty"], holiday_id=row.pk)
    assert RecordEntry.objects.filter(head__key="roster:holidays").count() == len(FIXED_DAYS) + 2
    for who in ("unit_gongan", "auditor", "contacts"):
        with pytest.raises(Forbidden):
            holiday_set(user=people[who], day=TODAY, name="放假", is_workday=False)
    with pytest.raises(BadInput):
        holiday_set(user=people["office"], day=TODAY, name=" ", is_workday=False)


# --- swaps ----------------------------------------------------------------------------------------------------------


def ask(people: Any, slot: DutySlot, *, with_slot: DutySlot | None = None, who: str = "duty") -> Any:
    entry = SwapInput(slot.pk, "officer", people["duty2"].pk, with_slot.pk if with_slot else None, "家中有事")
    return swap_propose(user=people[who], code=CYBER, entry=entry)


def test_a_swap_needs_the_other_s_consent(people: Any) -> None:
    office(people)
    mine, theirs = put(people, TOMORROW, "day", "duty"), put(people, TOMORROW, "night", "duty2")
    swap = ask(people, mine, with_slot=theirs)
    assert Notice.objects.get(recipient=people["duty2"]).url == "/roster/cyber-2025/swaps/"
    mine.refresh_from_db()
    assert mine.officer == people["duty"]
    for who in ("duty", "office", "director"):
        with pytest.raises(Forbidden):
            swap_answer(user=people[who], code=CYBER, swap_id=swap.pk, agree=True)
    swap_answer(user=people["duty2"], code=CYBER, swap_id=swap.pk, agree=True)
    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert (mine.officer, theirs.officer) == (people["duty2"], people["duty"])
    assert (mine.version, theirs.version) == (2, 2)
    assert lines()[-4:] == ["roster.swap_proposed", "roster.slot_set", "roster.slot_set", "roster.swap_answered"]
    assert Notice.objects.filter(recipient=people["duty"], kind="roster.swap_answered").exists()
    with pytest.raises(WrongState):
        swap_answer(user=people["duty2"], code=CYBER, swap_id=swap.pk, agree=True)


def test_declined_with_words_changes_nothing(people: Any) -> None:
    office(people)
    mine = put(people, TOMORROW, "day", "duty")
    swap = ask(people, mine)
    with pytest.raises(BadInput):
        swap_answer(user=people["duty2"], code=CYBER, swap_id=swap.pk, agree=False)
    swap_answer(user=people["duty2"], code=CYBER, swap_id=swap.pk, agree=False, note="当天出差")
    mine.refresh_from_db()
    assert mine.officer == people["duty"]


def test_only_one_s_own_turn_to_come_is_offered(people: Any) -> None:
    _last, now, coming = three_turns(people)
    with pytest.raises(Forbidden):
        ask(people, coming)
    with pytest.raises(WrongState, match="已经开始"):
        ask(people, now)
    mine = put(people, TOMORROW, "day", "duty")
    with pytest.raises(BadInput) as refused:
        swap_propose(user=people["duty"], code=CYBER, entry=SwapInput(mine.pk, "officer", people["duty"].pk, None, "x"))
    assert "other" in refused.value.fields
    entry = SwapInput(mine.pk, "officer", people["office"].pk, coming.pk, "x")
    with pytest.raises(BadInput) as refused:
        swap_propose(user=people["duty"], code=CYBER, entry=entry)
    assert "with_slot" in refused.value.fields
    ask(people, mine)
    with pytest.raises(WrongState, match="已经提出过"):
        ask(people, mine)


def test_a_swap_overtaken_by_the_roster_is_not_carried_out(people: Any) -> None:
    office(people)
    mine = put(people, TOMORROW, "day", "duty")
    swap = ask(people, mine)
    put(people, TOMORROW, "day", "office", version=1)
    with pytest.raises(WrongState, match="班次已经变动"):
        swap_answer(user=people["duty2"], code=CYBER, swap_id=swap.pk, agree=True)
    with pytest.raises(Forbidden):
        swap_withdraw(user=people["duty2"], code=CYBER, swap_id=swap.pk)
    assert swap_withdraw(user=people["duty"], code=CYBER, swap_id=swap.pk).state == "withdrawn"


def test_taking_over_while_on_duty_elsewhere_is_refused(people: Any) -> None:
    office(people)
    office(people, "comms-2022")
    mine = put(people, TOMORROW, "day", "duty")
    swap = ask(people, mine)
    put(people, TOMORROW, "day", "duty2", code="comms-2022")
    with pytest.raises(BadInput, match="排在两处"):
        swap_answer(user=people["duty2"], code=CYBER, swap_id=swap.pk, agree=True)


# --- the database holds it ------------------------------------------------------------------------------------------


def test_the_database_keeps_one_turn_and_one_body(people: Any) -> None:
    office(people)
    slot = put(people, TOMORROW, "day", "duty")
    slot.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        slot.save(force_insert=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        Roster.objects.create(code="nobody", name="无主")
    plan = Roster.objects.get().plan
    with pytest.raises(IntegrityError), transaction.atomic():
        Roster.objects.create(code="both", name="两主", plan=plan, unit=Unit.objects.get(code="gongan"))


# --- who is told ----------------------------------------------------------------------------------------------------


def told(cyber: Any, *, audience_words: list[str] | None = None, count: int = 1) -> list[str]:
    clock = Deadline(pk=1, plan_code="cyber-2025", plan_version_id=cyber.pk)
    steps = [(Step(pk=number, audience=audience_words or ["duty_officer"]), clock) for number in range(1, count + 1)]
    found = audience.resolve(steps)
    return [recipient.label.partition("（")[0] for recipient in found[1]]


def test_with_nobody_on_the_roster_every_duty_officer_is_told(people: Any, cyber: Any) -> None:
    assert told(cyber) == ["王晓东", "李雪梅"]
    office(people)
    put(people, TODAY, "night", "duty2")
    assert told(cyber) == ["王晓东", "李雪梅"]


def test_the_officer_on_duty_covers_the_post(people: Any, cyber: Any) -> None:
    three_turns(people)
    assert told(cyber) == ["王晓东"]
    with time_machine.travel(NOON + timedelta(hours=9), tick=False):
        assert told(cyber) == ["李雪梅"]
    with time_machine.travel(NOON + timedelta(hours=24), tick=False):
        assert told(cyber) == ["王晓东", "李雪梅"]
    assert told(cyber, audience_words=["office_director"]) == ["陈国平"]


def test_a_stand_in_without_the_post_is_told_first_and_nobody_is_dropped(people: Any, cyber: Any) -> None:
    office(people)
    put(people, TODAY, "day", "office")
    assert told(cyber) == ["张志远", "王晓东", "李雪梅"]


def test_a_closed_account_or_an_ended_post_drops_nobody_else(people: Any, cyber: Any) -> None:
    three_turns(people)
    appointments_in_force().filter(user=people["duty"]).update(ends_at=NOON - timedelta(minutes=1))
    assert told(cyber) == ["王晓东", "李雪梅"]
    people["duty"].is_active = False
    people["duty"].save()
    assert told(cyber) == ["李雪梅"]


def test_the_other_plan_s_roster_changes_nothing(people: Any, cyber: Any, comms: Any) -> None:
    three_turns(people)
    clock = Deadline(pk=1, plan_code="comms-2022", plan_version_id=comms.pk)
    found = audience.resolve([(Step(pk=1, audience=["duty_officer"]), clock)])
    assert len(found[1]) == 2


def test_the_statements_do_not_grow(people: Any, cyber: Any, django_assert_num_queries: Any) -> None:
    three_turns(people)
    for count in (1, 60):
        with django_assert_num_queries(2):
            told(cyber, count=count)


def test_ending_an_appointment_shows_the_turns_it_touches(people: Any) -> None:
    three_turns(people)
    row = appointments_in_force().get(user=people["duty2"], post__version__plan__code=CYBER)
    whats = [point.what for point in touchpoints_of(row)]
    assert "值班：阳城县网络与信息安全事件应急指挥部办公室 11月22日 夜班" in whats
    assert not any("11月21日" in what for what in whats)


# --- the demo -------------------------------------------------------------------------------------------------------


def test_the_demo_fills_a_month_once_with_duty_on_now(people: Any, settings: Any) -> None:
    assert demo_rosters_ensure() is True
    assert demo_rosters_ensure() is False
    for roster in Roster.objects.all():
        month = month_of(roster, date(2026, 11, 1))
        assert (month.gaps, month.problems) == (1, 0)
        running = next(turn for day in month.days for turn in day.turns if turn.running)
        assert running.slot.officer.username.removeprefix("comms_") == "duty"
        assert verify_chain(CaseHead.objects.get(key=f"roster:{roster.code}")) is None
    settings.DEMO_ACCOUNTS_ALLOWED = False
    with pytest.raises(Forbidden):
        demo_rosters_ensure()
