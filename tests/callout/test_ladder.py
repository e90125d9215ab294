"""The ladder: next channel, next person, the call sheet; exactly once; until a human has answered."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from directory.models import CalloutPolicy
from tests.callout.support import after, callout_of, chief_of, fire_after, kinds_of, notices_of, told_to
from tests.directory.making import appoint, person
from tests.early_warning.factories import lifted, published
from yangcheng_ec.actors import SYSTEM
from yangcheng_ec.callout.choices import ConfirmedHow
from yangcheng_ec.callout.models import Callout, CalloutNotice, CalloutStep
from yangcheng_ec.callout.services import Said, callout_confirm, callouts_fire
from yangcheng_ec.callout.services.firing import fire_batch
from yangcheng_ec.deadlines.models import Delivery
from yangcheng_ec.record.models import CaseHead, RecordEntry
from yangcheng_ec.record.selectors import verify_chain

pytestmark = pytest.mark.django_db
ON_POSTGRES = "postgresql" in settings.DATABASES["default"]["ENGINE"]


def policy(version: Any, level: int, minutes: int, *first: str) -> None:
    """Put a policy in force."""
    CalloutPolicy.objects.update_or_create(
        plan=version.plan, level=level, defaults={"minutes": minutes, "first": list(first)}
    )


def test_channel_then_person_then_telephone_then_sheet(cyber: Any, people: Any) -> None:
    policy(cyber, 2, 5)  # the inbox alone goes first
    chief_of("gongan", email="chief@gongan.invalid", mobile="13800000001")
    row = callout_of(published(people, cyber, codes=("gongan",)))
    first = notices_of(row)[0]
    assert not first.deliveries.exists()
    assert fire_after(6) == 1
    assert list(first.deliveries.values_list("channel", flat=True)) == ["email"]
    fire_after(12)
    assert told_to(row) == [people["unit_gongan"].display_name, "分管领导"]
    fire_after(18)  # the unit's duty number: somebody has to call it
    assert told_to(row)[2] == "县公安局值班"
    fire_after(24)
    assert kinds_of(row) == ["channel", "person", "person", "sheet"]
    assert all(notice.deliveries.filter(channel="phone").exists() for notice in notices_of(row))


def test_nothing_is_due_before_its_minutes(cyber: Any, people: Any) -> None:
    published(people, cyber)
    assert fire_after(4) == 0
    assert callouts_fire() == 0


def test_who_is_next_is_decided_when_the_step_fires(cyber: Any, people: Any) -> None:
    row = callout_of(published(people, cyber, codes=("gongan",)))
    chief_of("gongan")  # appointed after the warning went out
    fire_after(6)
    assert told_to(row)[-1] == "分管领导"


def test_with_everybody_told_it_looks_again_and_finds_whoever_comes_on_duty(cyber: Any, people: Any) -> None:
    row = callout_of(published(people, cyber, codes=("gongan",)))
    for minutes in (6, 12):
        fire_after(minutes)
    told = told_to(row)
    pending = row.steps.get(state="pending")
    fire_after(18)
    again = row.steps.get(state="pending")
    assert (told_to(row), again.pk) == (told, pending.pk)
    assert again.fire_at > pending.fire_at
    chief_of("gongan")
    fire_after(60)
    assert told_to(row)[-1] == "分管领导"


def test_a_confirmed_call_out_fires_no_more(cyber: Any, people: Any) -> None:
    row = callout_of(published(people, cyber, codes=("gongan",)))
    callout_confirm(callout_id=row.pk, said=Said(ConfirmedHow.LINK, person="李警官"), actor=SYSTEM)
    assert fire_after(60) == 0
    assert row.steps.get().state == "cancelled"


def test_a_lifted_warning_calls_nobody_about_itself(cyber: Any, people: Any) -> None:
    row = callout_of(lifted(people, cyber, codes=("gongan",)))
    assert (row.state, row.steps.get().state) == ("settled", "cancelled")
    fire_after(60)
    assert kinds_of(row) == []


def test_a_changed_policy_holds_from_the_next_step(cyber: Any, people: Any) -> None:
    row = callout_of(published(people, cyber, codes=("gongan",)))
    policy(cyber, 2, 20, "email")
    with after(6):
        now = timezone.now()
        callouts_fire()
    assert row.steps.get(state="pending").fire_at == now + timedelta(minutes=20)


def test_one_line_of_the_record_for_each_cause_and_kind(cyber: Any, people: Any) -> None:
    warning = published(people, cyber)
    fire_after(6)
    lines = RecordEntry.objects.filter(head=warning.head, kind__startswith="callout.")
    assert lines.count() == 1
    assert "县公安局：县公安局值班" in lines[0].text
    assert len(lines[0].data["callouts"]) == 3
    assert verify_chain(CaseHead.objects.get(pk=warning.head_id)) is None


def test_a_person_told_for_two_units_is_told_for_each(cyber: Any, people: Any) -> None:
    both = person("both", "gongan", display_name="双职")
    for code in ("gongan", "shuju"):
        appoint(both, f"unit:{code}:liaison")
    warning = published(people, cyber, codes=("gongan", "shuju"))
    assert all("双职" in told_to(callout_of(warning, code)) for code in ("gongan", "shuju"))


def test_a_batch_takes_what_it_may_and_the_next_one_the_rest(cyber: Any, people: Any) -> None:
    published(people, cyber)
    with after(6):
        assert [fire_batch(limit=2), fire_batch(limit=2), fire_batch(limit=2)] == [2, 1, 0]


@pytest.mark.postgres
@pytest.mark.skipif(not ON_POSTGRES, reason="two sweeps at once need PostgreSQL")
@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_fire_each_step_once(loaded: None, people: Any) -> None:
    from directory.models import PlanVersion

    version = PlanVersion.objects.select_related("plan").get(plan__code="cyber-2025", in_force=True)
    warnings = [published(people, version) for _ in range(6)]
    CalloutStep.objects.update(fire_at=timezone.now() - timedelta(seconds=1))
    gate = Barrier(2)

    def sweep(_: int) -> int:
        gate.wait()
        try:
            return sum(fire_batch(limit=4) for _ in range(12))
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        fired = sum(pool.map(sweep, range(2)))
    fired += callouts_fire()
    due = Callout.objects.filter(
        cause__subject_id__in=[warning.pk for warning in warnings], cause__kind="warning.published"
    )
    steps = CalloutStep.objects.filter(callout__in=due)
    assert steps.filter(sequence=1, state="fired").count() == 18
    assert steps.filter(sequence=2, state="pending").count() == 18
    assert CalloutNotice.objects.filter(callout__in=due).count() == 36
    assert (
        not Delivery.objects.filter(notice__asks__callout__in=due, channel="phone")
        .exclude(notice__recipient=None)
        .exists()
    )


@pytest.mark.postgres
@pytest.mark.skipif(not ON_POSTGRES, reason="a sweep and a confirmation at once need PostgreSQL")
@pytest.mark.django_db(transaction=True)
def test_a_sweep_and_a_confirmation_at_once_leave_no_step_behind(loaded: None, people: Any) -> None:
    from directory.models import PlanVersion

    version = PlanVersion.objects.select_related("plan").get(plan__code="cyber-2025", in_force=True)
    warning = published(people, version)
    rows = list(Callout.objects.filter(cause__subject_id=warning.pk, cause__kind="warning.published"))
    CalloutStep.objects.filter(callout__in=rows).update(fire_at=timezone.now() - timedelta(seconds=1))
    gate = Barrier(4)

    def confirm(row: Callout) -> None:
        gate.wait()
        try:
            callout_confirm(callout_id=row.pk, said=Said(ConfirmedHow.LINK, person="李警官"), actor=SYSTEM)
        finally:
            connection.close()

    def sweep(_: int) -> None:
        gate.wait()
        try:
            callouts_fire()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(confirm, row) for row in rows] + [pool.submit(sweep, 0)]
        for job in jobs:
            job.result()
    assert not CalloutStep.objects.filter(callout__in=rows, state="pending").exists()
    assert set(Callout.objects.filter(pk__in=[row.pk for row in rows]).values_list("state", flat=True)) == {"confirmed"}
    assert verify_chain(CaseHead.objects.get(pk=warning.head_id)) is None
