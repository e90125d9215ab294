"""The list's order: late, then open and mine, then open, then the rest; every page along it."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.paginator import Paginator
from django.db.models import F

from incidents.choices import IncidentState
from incidents.models import Incident
from incidents.selectors import ListFilter, incident_list, list_order
from tests.incidents.factories import file_incident
from yangcheng_ec.deadlines.models import Deadline

pytestmark = pytest.mark.django_db


def _night(people: Any) -> list[str]:
    """File cases of each kind, unlike in number; return their titles in the order of the list."""
    kinds = {"late": ("duty2", 3), "mine": ("duty", 1), "open": ("duty2", 2), "closed": ("duty", 1)}
    for kind, (officer, number) in kinds.items():
        for place in range(number):
            file_incident(people, by=officer, title=f"{kind} {place}")
    rows = {row.title: row for row in Incident.objects.all()}
    late = [row.head_id for title, row in rows.items() if title.startswith("late")]
    Deadline.objects.filter(state="overdue").update(state="met")
    Deadline.objects.filter(head_id__in=late, state="running").update(state="overdue", due_at=F("starts_at"))
    Incident.objects.filter(title__startswith="closed").update(state=IncidentState.CLOSED)
    return [f"{kind} {place}" for kind, (_, number) in kinds.items() for place in reversed(range(number))]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 50])
def test_pages_of_any_size_follow_one_another(people: Any, size: int) -> None:
    wanted = _night(people)
    rows = list_order(incident_list(people["duty"], ListFilter()), user=people["duty"])
    pages = Paginator(rows, size)
    found = [row.title for number in pages.page_range for row in pages.page(number).object_list]
    assert found == wanted


def test_a_case_with_two_late_clocks_stands_once(people: Any) -> None:
    file_incident(people, title="两个时限逾期")
    Deadline.objects.filter(state="running").update(state="overdue", due_at=F("starts_at"))
    assert Deadline.objects.filter(state="overdue").count() > 1
    assert [row.title for row in list_order(incident_list(people["duty"], ListFilter()), user=people["duty"])] == [
        "两个时限逾期"
    ]
