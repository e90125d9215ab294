"""What the sweep tells of findings and rounds: once, before and after the local target."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from early_warning.prevention import services
from early_warning.prevention.models import Finding
from tests.prevention.factories import accepted, mended, opened, unit
from yangcheng_ec.clock import SHANGHAI
from yangcheng_ec.deadlines.models import Notice
from yangcheng_ec.deadlines.registry import rounds
from yangcheng_ec.record.models import RecordEntry

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 22, 12, tzinfo=SHANGHAI)


@pytest.fixture
def clock(settings: Any) -> Iterator[Any]:
    """Noon, with reminders a day ahead."""
    settings.PREVENTION_REMIND_HOURS = 24
    with time_machine.travel(NOON, tick=False) as travelled:
        yield travelled


def _told(kind: str) -> set[str]:
    return set(Notice.objects.filter(kind=kind).values_list("recipient__username", flat=True))


def test_the_sweep_knows_both(db: None) -> None:
    assert {services.findings_round, services.checks_round} <= set(rounds())


def test_an_owner_is_reminded_once_and_told_once_when_it_is_late(people: Any, cyber: Any, clock: Any) -> None:
    row = accepted(people, cyber, due_at=NOON + timedelta(days=3))
    assert services.findings_round() == 0
    clock.shift(timedelta(days=2))
    assert (services.findings_round(), services.findings_round()) == (1, 0)
    assert _told("finding.soon") == {"unit_shuju"}
    clock.shift(timedelta(days=1))
    assert (services.findings_round(), services.findings_round()) == (1, 0)
    assert {"unit_shuju", "office", "duty"} <= _told("finding.late")
    kinds = RecordEntry.objects.filter(head=row.head_id, actor__isnull=True).values_list("kind", flat=True)
    assert sorted(kinds) == ["finding.late", "finding.soon"]


def test_a_finding_found_late_is_not_reminded_first(people: Any, cyber: Any, clock: Any) -> None:
    accepted(people, cyber, due_at=NOON + timedelta(hours=1))
    clock.shift(timedelta(days=9))
    assert (services.findings_round(), services.findings_round()) == (1, 0)
    assert _told("finding.soon") == set()


def test_an_extended_finding_is_reminded_again(people: Any, cyber: Any, clock: Any) -> None:
    row = accepted(people, cyber, due_at=NOON + timedelta(hours=1))
    assert services.findings_round() == 1
    row.refresh_from_db()
    later = NOON + timedelta(days=5)
    services.finding_extend(finding_id=row.pk, version=row.version, due_at=later, reason="配件", user=people["office"])
    assert not Notice.objects.filter(kind="finding.soon", settled_at__isnull=True).exists()
    assert services.findings_round() == 0
    clock.move_to(later)
    assert services.findings_round() == 1
    assert Finding.objects.get(pk=row.pk).told_late_at == later


def test_what_is_mended_is_left_alone(people: Any, cyber: Any, clock: Any) -> None:
    mended(people, cyber, due_at=NOON + timedelta(hours=1))
    clock.shift(timedelta(days=2))
    assert services.findings_round() == 0


def test_units_that_have_not_answered_are_told(people: Any, cyber: Any, clock: Any) -> None:
    check = opened(people, cyber, due_at=NOON + timedelta(days=2))
    assert services.checks_round() == 0
    services.check_return(check_id=check.pk, unit=unit("shuju"), found=0, user=people["unit_shuju"])
    clock.shift(timedelta(days=1, hours=1))
    assert (services.checks_round(), services.checks_round()) == (1, 0)
    assert _told("check.soon") == {"unit_gongan"}
    clock.shift(timedelta(days=1))
    assert (services.checks_round(), services.checks_round()) == (1, 0)
    assert {"unit_gongan", "office"} <= _told("check.late")
    assert "unit_shuju" not in _told("check.late")


def test_a_round_all_have_answered_is_left_alone(people: Any, cyber: Any, clock: Any) -> None:
    check = opened(people, cyber, "shuju", due_at=NOON + timedelta(hours=2))
    services.check_return(check_id=check.pk, unit=unit("shuju"), found=0, user=people["unit_shuju"])
    clock.shift(timedelta(days=2))
    assert services.checks_round() == 0


def test_a_sweep_with_nothing_to_tell_reads_once(
    people: Any, cyber: Any, clock: Any, settings: Any, django_assert_num_queries: Any
) -> None:
    accepted(people, cyber, due_at=NOON + timedelta(days=9))
    opened(people, cyber, due_at=NOON + timedelta(days=9))
    with django_assert_num_queries(2):
        services.findings_round()
        services.checks_round()
    settings.PREVENTION_REMIND_HOURS = -1
    clock.shift(timedelta(days=99))
    with django_assert_num_queries(0):
        assert services.findings_round() + services.checks_round() == 0
