"""A ladder edited while it runs, on PostgreSQL: sweeps, edits and filings at once lose no step and double none."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from directory.models import LadderEdition, PlanVersion
from directory.services.ladders import ladders_settle
from tests.directory.test_ladder import TIMED, UNTIMED, change
from tests.incidents.factories import file_incident
from tests.response.test_races import People, at_once
from yangcheng_ec.deadlines.choices import OPEN
from yangcheng_ec.deadlines.models import Deadline, Notice
from yangcheng_ec.deadlines.services import sweep_all
from yangcheng_ec.errors import StaleVersion
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.selectors import verify_chain

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL's row locks"),
]


def test_sweeps_edits_and_filings_at_once(loaded: None) -> None:
    """Clocks one and five minutes late: overdue is told, the deputies' rung is due on some, the commander's on none."""
    people = People()
    cyber = PlanVersion.objects.select_related("plan").get(plan__code="cyber-2025", in_force=True)
    now = timezone.now()
    for minutes in (31, 35, 31, 35, 28):
        known = now - timedelta(minutes=minutes)
        file_incident({"duty": people["duty"]}, occurred_at=known, known_at=known, received_at=known)
    for name in ("director", "duty"):
        people[name]
    filer = {"duty": people["duty"]}
    results = at_once([
        sweep_all,
        lambda: change(people, cyber, running="take", edition=0),
        lambda: change(people, cyber, running="take", edition=0, lines=TIMED[1:] + UNTIMED),
        sweep_all,
        lambda: file_incident(filer, title="其间登记", occurred_at=now, known_at=now, received_at=now),
        ladders_settle,
    ])  # fmt: skip
    assert [type(result) for result in results].count(StaleVersion) == 1, results
    assert not [one for one in results if isinstance(one, Exception) and not isinstance(one, StaleVersion)], results
    for _ in range(2):
        sweep_all()
    assert LadderEdition.objects.filter(version=cyber).count() == 1
    clocks = Deadline.objects.filter(state__in=OPEN, rule_code="cyber-2025:4.1-30min")
    assert clocks.count() == 6
    for clock in clocks:
        name = (clock.case_title, list(clock.steps.values_list("kind", "state", "fire_at")))
        assert clock.ladder_edition == 1, name
        fired = Counter((row.kind, tuple(row.audience)) for row in clock.steps.filter(state="fired"))
        late = timezone.now() - (clock.due_at or now)
        assert fired[("overdue", TIMED[2].audience)] == (late > timedelta()), name
        assert fired[("escalate", ("deputy",))] == (late > timedelta(minutes=3)), name
        pending = sorted((row.kind, row.audience[0]) for row in clock.steps.filter(state="pending"))
        assert ("escalate", "commander") in pending, name
        assert len(pending) == len(set(pending)) or late < timedelta(), name
        told = Notice.objects.filter(step__deadline=clock).exclude(kind="deadline.remind")
        per_person = Counter(told.values_list("kind", "recipient_id", "unit_code"))
        assert set(per_person.values()) <= {1}, name
    assert all(verify_chain(head) is None for head in CaseHead.objects.all())
