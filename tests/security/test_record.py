"""A failed act leaves nothing; every act leaves one line that says who, as which post, by which clause."""

from __future__ import annotations

from typing import Any

import pytest

from incidents.services import incident_close, incident_update
from response.services import response_approve
from tests.incidents.factories import analyse_incident, file_incident, grade_incident, phone_report, signed_report
from tests.response.factories import active, confirmed, ended, propose
from yangcheng_ec.deadlines.models import Deadline, Notice
from yangcheng_ec.errors import DomainError
from yangcheng_ec.record.models import CaseHead, RecordEntry
from yangcheng_ec.record.selectors import verify_chain

pytestmark = pytest.mark.django_db

NO_CLAUSE = ("incident.linked", "heartbeat.gap", "call.made")


def traces() -> tuple[int, int, int]:
    return RecordEntry.objects.count(), Notice.objects.count(), Deadline.objects.count()


@pytest.mark.parametrize("plan", ["cyber-2025", "comms-2022"])
def test_a_whole_walk_is_a_sound_chain_with_person_post_and_clause(people: Any, plan: str) -> None:
    office = people["duty" if plan == "cyber-2025" else "comms_duty"]
    incident = file_incident(people, plan, township="runcheng")
    analyse_incident(people, incident)
    if plan == "cyber-2025":
        grade_incident(people, incident)
    phone_report(people, incident)
    signed_report(people, incident)
    ended(people, active(people, plan, level=1, incident=incident))
    incident.refresh_from_db()
    reasons = {"waive_reason": "已办结", "unsettled_reason": "善后继续"}
    incident_close(incident_id=incident.pk, version=None, user=office, note="结案", **reasons)
    head = CaseHead.objects.get(pk=incident.head_id)
    assert verify_chain(head) is None
    rows = list(RecordEntry.objects.filter(head=head))
    assert [row.kind for row in rows if not row.clause and row.kind not in NO_CLAUSE] == []
    assert [row.kind for row in rows if row.actor_id is not None and not row.actor_post] == []
    nobody = [row.kind for row in rows if row.actor_id is None]
    assert [kind for kind in nobody if not kind.startswith(("deadline.", "notice."))] == []


@pytest.mark.parametrize("who", ["director", "office", "unit_shuju", "auditor"])
def test_a_refused_approval_leaves_nothing(people: Any, who: str) -> None:
    response = propose(people, level=1)
    before = traces()
    with pytest.raises(DomainError):
        response_approve(response_id=response.pk, version=response.version, user=people[who])
    assert traces() == before


def test_bad_input_leaves_nothing(people: Any) -> None:
    incident = file_incident(people)
    before = traces()
    for changes in ({"title": ""}, {"township": "gongan"}, {"state": "closed"}):
        with pytest.raises(DomainError):
            incident_update(incident_id=incident.pk, version=None, user=people["duty"], changes=changes)
    with pytest.raises(DomainError):
        file_incident(people, grade="没有")
    assert traces() == before


def test_an_approval_is_one_line_of_its_kind(people: Any) -> None:
    response = confirmed(people, propose(people, "comms-2022", level=1))
    response_approve(response_id=response.pk, version=response.version, user=people["comms_commander"])
    kinds = list(RecordEntry.objects.filter(head=response.incident.head).values_list("kind", flat=True))
    for kind in ("response.proposed", "response.confirmed", "response.activated", "incident.responding"):
        assert kinds.count(kind) == 1
