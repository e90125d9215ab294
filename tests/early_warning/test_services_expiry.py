"""A warning past its end stays in force and nags: the office, then its director, recorded, until somebody acts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from early_warning import services
from early_warning.models import EarlyWarning
from early_warning.services.expiry import DIRECTOR_AFTER, NAG_EVERY
from tests.early_warning.factories import published
from yangcheng_ec.deadlines.models import Notice
from yangcheng_ec.deadlines.registry import rounds
from yangcheng_ec.record.models import RecordEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


@pytest.fixture
def warning(clock: Any, cyber: Any, people: Any) -> EarlyWarning:
    return published(people, cyber, valid_until=timezone.now() + timedelta(hours=1))


def _told(turn: int) -> set[str]:
    title = f"第{turn}次提醒"
    return set(Notice.objects.filter(kind="warning.expired", title__contains=title).values_list(
        "recipient__username", flat=True))  # fmt: skip


def test_the_round_is_one_of_the_sweeps() -> None:
    assert services.expiry_round in rounds()


def test_nothing_nags_before_the_end(warning: EarlyWarning, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        assert services.expiry_round() == 0


def test_the_office_hears_first_and_the_director_half_an_hour_later(
    warning: EarlyWarning, clock: Any, people: Any
) -> None:
    clock.shift(timedelta(hours=1))
    assert services.expiry_round() == 1
    assert services.expiry_round() == 0
    assert "office" in _told(1)
    assert "director" not in _told(1)
    clock.shift(DIRECTOR_AFTER)
    assert services.expiry_round() == 1
    assert {"office", "director"} <= _told(2)
    clock.shift(NAG_EVERY)
    assert services.expiry_round() == 1
    warning.refresh_from_db()
    assert (warning.state, warning.nagged) == ("published", 3)
    lines = RecordEntry.objects.filter(head=warning.head, kind="warning.expired")
    assert lines.count() == 3
    assert all("非预案规定" in line.text and line.clause.endswith("3.2.4") for line in lines)


def test_a_lifted_warning_nags_no_more(warning: EarlyWarning, clock: Any, people: Any) -> None:
    clock.shift(timedelta(hours=1))
    services.expiry_round()
    warning.refresh_from_db()
    key = {"warning_id": warning.pk, "version": warning.version}
    warning = services.warning_propose_lift(**key, findings={1: "复测", 2: "复测"}, user=people["office"])
    clock.shift(DIRECTOR_AFTER)
    assert services.expiry_round() == 1, "a proposal to lift does not lift"
    warning.refresh_from_db()
    services.warning_lift(warning_id=warning.pk, version=warning.version, user=people["commander"])
    assert not Notice.objects.filter(kind="warning.expired", settled_at__isnull=True).exists()
    clock.shift(NAG_EVERY)
    assert services.expiry_round() == 0


def test_one_without_an_end_never_nags(clock: Any, cyber: Any, people: Any) -> None:
    published(people, cyber)
    clock.shift(timedelta(days=900))
    assert services.expiry_round() == 0


def test_a_drill_nags_as_a_drill(clock: Any, cyber: Any, people: Any) -> None:
    published(people, cyber, drill=True, valid_until=timezone.now() + timedelta(minutes=5))
    clock.shift(timedelta(minutes=6))
    services.expiry_round()
    assert all(notice.title.startswith("【演练】") for notice in Notice.objects.filter(kind="warning.expired"))
