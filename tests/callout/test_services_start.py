"""Starting call-outs: once per cause and target, the duty post first, by the channels of the policy."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from directory.models import DutySlot, Roster, Unit
from tests.callout.support import callout_of, chief_of, notices_of, told_to, without_people
from tests.directory.making import appoint, case, person
from tests.early_warning.factories import adjusted, lifted, proposed, published
from yangcheng_ec.callout.models import Callout, CalloutCause, CalloutStep
from yangcheng_ec.callout.registry import Target
from yangcheng_ec.callout.services import callouts_start
from yangcheng_ec.deadlines.models import Delivery
from yangcheng_ec.deadlines.services import Message

pytestmark = pytest.mark.django_db


def start(head: Any, version: Any, *codes: str, **message: Any) -> list[int]:
    """Call out units of a case for a test."""
    facts = {"kind": "test.asked", "title": "请确认", "dedupe": "test:1", "subject": ("test", 1), "confirm": True}
    targets = [Target.of_unit(row.code, str(row)) for row in Unit.objects.filter(code__in=codes)]
    return callouts_start(head=head, message=Message(**(facts | message)), targets=targets, plan_version_id=version.pk)


def test_each_unit_is_called_out_once_with_its_next_step_written(cyber: Any, people: Any) -> None:
    warning = published(people, cyber)
    rows = Callout.objects.filter(cause__subject_id=warning.pk, cause__kind="warning.published")
    assert sorted(rows.values_list("unit_code", flat=True)) == ["gongan", "shuju", "yidong"]
    for row in rows:
        step = row.steps.get()
        assert (step.sequence, step.state, step.kind) == (1, "pending", "")
        assert step.fire_at == row.created_at + timedelta(minutes=5)  # the second level


def test_starting_twice_calls_nobody_twice(cyber: Any) -> None:
    head = case()
    assert len(start(head, cyber, "gongan")) == 1
    assert start(head, cyber, "gongan") == []
    assert len(start(head, cyber, "gongan", "shuju")) == 1
    assert CalloutCause.objects.count() == 1
    assert CalloutStep.objects.count() == 2
    assert Delivery.objects.filter(notice__kind="test.asked").values("notice").distinct().count() == 2


def test_whoever_the_roster_has_on_duty_is_first(cyber: Any) -> None:
    gongan, now = Unit.objects.get(code="gongan"), timezone.now()
    officer = person("night", "gongan", display_name="夜班民警")
    roster = Roster.objects.create(code="gongan", unit=gongan, name="县公安局值班表")
    DutySlot.objects.create(
        roster=roster, date=now.date(), shift="day", starts_at=now - timedelta(hours=1),
        ends_at=now + timedelta(hours=9), officer=officer,
    )  # fmt: skip
    start(case(), cyber, "gongan")
    assert told_to(Callout.objects.get()) == ["夜班民警"]


def test_the_leader_waits_while_there_is_a_liaison(cyber: Any, people: Any) -> None:
    chief_of("gongan")
    start(case(), cyber, "gongan")
    assert told_to(Callout.objects.get()) == [people["unit_gongan"].display_name]


def test_a_unit_without_people_stands_on_the_call_sheet_and_is_not_sent_yet(cyber: Any) -> None:
    without_people("gongan")
    start(case(), cyber, "gongan")
    row = Callout.objects.get()
    assert row.sent_at is None
    assert notices_of(row)[0].deliveries.get().channel == "phone"


def test_a_unit_with_an_account_has_it_in_the_inbox_at_once(cyber: Any) -> None:
    start(case(), cyber, "gongan")
    row = Callout.objects.get()
    assert row.sent_at == row.created_at
    assert row.delivered_at is None


def test_the_gravest_level_is_on_the_call_sheet_at_once(cyber: Any, people: Any) -> None:
    gravest, next_one = published(people, cyber, level=1), published(people, cyber, level=2)
    assert notices_of(callout_of(gravest))[0].deliveries.filter(channel="phone").exists()
    assert not notices_of(callout_of(next_one))[0].deliveries.filter(channel="phone").exists()
    step = callout_of(gravest).steps.get()
    assert step.fire_at - callout_of(gravest).created_at == timedelta(minutes=3)


def test_a_decision_that_waits_is_telephoned_at_once_to_each_holder(cyber: Any, people: Any) -> None:
    warning = proposed(people, cyber)
    rows = Callout.objects.filter(cause__subject_id=warning.pk, cause__kind="warning.proposed")
    assert {row.user for row in rows} >= {people["commander"], people["deputy"]}
    assert all(notices_of(row)[0].deliveries.filter(channel="phone").count() == 1 for row in rows)
    assert all(not row.cause.wants_measures for row in rows)


def test_a_persons_stand_in_is_next(cyber: Any, people: Any) -> None:
    stand_in = person("standin", "zhengfuban", display_name="代行人")
    appoint(stand_in, "cyber-2025:commander", nature="acting", document="阳政办〔2026〕1号")
    target = Target(f"user:{people['commander'].pk}", "指挥长", user_id=people["commander"].pk)
    message = Message(kind="t", title="请批准", dedupe="t", subject=("test", 1), confirm=True, call=True)
    callouts_start(head=case(), message=message, targets=[target], plan_version_id=cyber.pk)
    from directory.callouts import line

    groups = line([target], cyber.pk)[target.key]
    assert [[person.label.partition("（")[0] for person in group] for group in groups] == [["指挥长"], ["代行人"]]


def test_lifting_and_adjusting_ask_for_a_confirmation_and_no_measures(cyber: Any, people: Any) -> None:
    done = lifted(people, cyber)
    row = callout_of(done, event="lifted")
    assert (row.state, row.cause.wants_measures) == ("open", False)
    assert callout_of(done).state == "settled"
    old = adjusted(people, cyber)
    assert callout_of(old).state == "settled"
    assert callout_of(old.next).cause.wants_measures


def test_statements_do_not_grow_with_the_number_of_targets(cyber: Any, django_assert_max_num_queries: Any) -> None:
    codes = list(Unit.objects.exclude(kind__in=["superior", "authority"]).values_list("code", flat=True)[:40])
    head = case()
    with django_assert_max_num_queries(22):
        assert len(start(head, cyber, *codes)) == 40
