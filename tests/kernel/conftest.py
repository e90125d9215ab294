"""Fixtures of the kernel's tests: a case, clocks and recipients that need no plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth import get_user_model

from tests.kernel.support import NOON, Told, make_spec
from yangcheng_ec.actors import Actor
from yangcheng_ec.deadlines import registry
from yangcheng_ec.deadlines.models import Deadline, Step
from yangcheng_ec.deadlines.registry import Recipient
from yangcheng_ec.deadlines.services import deadline_start
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import head_create


@pytest.fixture
def noon() -> Iterator[time_machine.Traveller]:
    """A clock that stands at noon until it is moved."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def head(db: None) -> CaseHead:
    """The chain of one case."""
    return head_create(kind="incident", key="CY-20261122-901", now=datetime(2026, 11, 22, tzinfo=UTC))


@pytest.fixture
def officer(db: None) -> Any:
    """A person with a mail address."""
    return get_user_model().objects.create_user(
        "kernel_officer", "officer@yangcheng.invalid", "x", display_name="赵值班", mobile="13900000001"
    )


@pytest.fixture
def stranger(db: None) -> Any:
    """Another person."""
    return get_user_model().objects.create_user("kernel_stranger", "", "x", display_name="钱旁人")


@pytest.fixture
def actor(officer: Any) -> Actor:
    """The officer, acting as a post."""
    return Actor(user=officer, post="县指挥部办公室 值班员")


@pytest.fixture
def told() -> Iterator[Told]:
    """Who is told: a resolver of the test's own instead of the directory's."""
    kept = registry.clear_for_tests()
    found = Told()

    def resolve(pairs: Sequence[tuple[Step, Deadline]]) -> dict[int, list[Recipient]]:
        return {step.pk: [r for word in step.audience for r in found.get(word, [])] for step, _ in pairs}

    registry.register_audience_resolver(resolve)
    yield found
    registry.clear_for_tests()
    for resolver in kept:
        registry.register_audience_resolver(resolver)


@pytest.fixture
def duty(told: Told, officer: Any) -> Recipient:
    """The officer as the recipient behind the audience word ``duty``."""
    recipient = Recipient(f"user:{officer.pk}", "赵值班（值班员）", officer.pk, officer.email, officer.mobile)
    told["duty"] = [recipient]
    return recipient


@pytest.fixture
def clock(head: CaseHead, duty: Recipient) -> Callable[..., Deadline]:
    """Start a clock on the case: ``clock(minutes=30, started=timedelta(minutes=5))`` ago."""

    def start(*, started: timedelta = timedelta(), **changes: Any) -> Deadline:
        from yangcheng_ec.clock import database_now

        spec = make_spec(starts_at=database_now() - started, **changes)
        return deadline_start(head=changes.pop("head", head), spec=spec)

    return start
