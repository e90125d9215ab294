"""What a shift hands over of prevention, and what the plan's page says rests on its clauses."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from directory.models import Clause, Roster
from directory.registry import registered_uses
from early_warning.prevention.handoff import open_findings
from early_warning.prevention.models import Finding
from tests.prevention.factories import accepted, reported, verified

pytestmark = pytest.mark.django_db


def test_overdue_findings_and_those_that_wait_are_handed_over(people: Any, cyber: Any) -> None:
    office, unit = Roster(plan=cyber.plan), Roster(unit=people["unit_shuju"].unit)
    assert open_findings(office) == open_findings(unit) == []
    late, waits = accepted(people, cyber), reported(people, cyber)
    verified(people, cyber)
    Finding.objects.filter(pk=late.pk).update(due_at=timezone.now() - timedelta(hours=1))
    found = open_findings(office)[0]
    assert (found.count, {item.number for item in found.items}) == (2, {late.number, waits.number})
    own = open_findings(unit)[0]
    assert [(item.number, item.url) for item in own.items] == [(late.number, f"/prevention/findings/{late.number}/")]
    assert "期限" in own.items[0].state


def test_the_clauses_name_what_rests_on_them(cyber: Any, comms: Any) -> None:
    for version, wanted in ((cyber, {"3.1", "3.2.2"}), (comms, {"3.1", "3.2"})):
        uses = registered_uses(version, list(Clause.objects.filter(version=version)))
        assert {use.ref for use in uses if "隐患" in use.label} >= wanted
