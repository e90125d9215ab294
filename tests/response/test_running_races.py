"""Two people, or two sweeps, in the same instant: one wins, nothing is done twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from response.models import Task, TaskEvent
from response.running import services
from tests.response.factories import active
from tests.response.running import fresh, given, issued, receipt_of
from tests.response.test_races import People, at_once
from yangcheng_ec.record.selectors import verify_chain

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
needs_locks = pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL's row locks")


@needs_locks
def test_an_order_is_signed_for_once(loaded: None) -> None:
    people: Any = People()
    receipt = receipt_of(issued(people, active(people), "gongan"), "gongan")
    unit = people["unit_gongan"]
    common = {"receipt_id": receipt.pk, "version": receipt.version, "user": unit}
    results = at_once([lambda: services.order_acknowledge(**common) for _ in range(5)])
    assert sorted(getattr(result, "status", 200) for result in results) == [200, 409, 409, 409, 409], results
    assert fresh(receipt).state == "acknowledged"


@needs_locks
def test_two_orders_at_once_get_two_numbers_and_one_chain(loaded: None) -> None:
    people: Any = People()
    response = active(people)
    results = at_once([lambda: issued(people, response, "gongan") for _ in range(5)])
    assert sorted(order.serial for order in results) == [1, 2, 3, 4, 5]
    assert verify_chain(response.incident.head) is None


@needs_locks
def test_sweeps_at_once_mark_a_task_overdue_once(loaded: None) -> None:
    people: Any = People()
    task = active(people).tasks.filter(unit__code="gongan").first()
    due = timezone.now() + timedelta(minutes=1)
    services.task_due_set(task_id=task.pk, version=task.version, due_at=due, user=people["office"])
    Task.objects.filter(pk=task.pk).update(due_at=timezone.now() - timedelta(seconds=1))
    marked = at_once([services.tasks_overdue_round for _ in range(5)])
    assert sum(marked) == 1
    assert TaskEvent.objects.filter(task=task, kind="overdue").count() == 1


@needs_locks
def test_sweeps_at_once_ask_once(loaded: None) -> None:
    people: Any = People()
    response = active(people)
    row = services.rhythm_set(**given(response, people["office"], every_hours=1))
    type(row).objects.filter(pk=row.pk).update(next_at=timezone.now() - timedelta(seconds=1))
    assert sum(at_once([services.situations_round for _ in range(5)])) == 1
    assert response.situation_rounds.count() == 2
