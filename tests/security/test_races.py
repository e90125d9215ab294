"""Two hands on one thing in the same instant, on PostgreSQL: one wins, nothing is doubled, nobody waits for ever."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from early_warning.services import warning_confirm, warning_lift
from incidents.models import Incident
from incidents.services import incident_link, incident_merge, report_send
from response.services import response_approve, response_withdraw, task_acknowledge, task_complete
from tests.early_warning.factories import lift_proposed
from tests.incidents.factories import file_incident, signed_report
from tests.response.factories import active, propose
from tests.response.test_races import People, at_once
from yangcheng_ec.errors import DomainError
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.selectors import verify_chain

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL's row locks"),
]


def statuses(results: list[Any]) -> list[int]:
    assert all(result is not None for result in results), "a thread died of something that is no refusal"
    return sorted(getattr(result, "status", 200) if isinstance(result, DomainError) else 200 for result in results)


def sound() -> bool:
    return all(verify_chain(head) is None for head in CaseHead.objects.all())


def test_approve_versus_withdraw(loaded: None) -> None:
    people = People()
    response = propose(people, level=2)
    given = {"response_id": response.pk, "version": response.version}
    deputy, office = people["deputy"], people["office"]
    results = at_once([
        lambda: response_approve(**given, user=deputy),
        lambda: response_withdraw(**given, user=office, reason="误报"),
    ])  # fmt: skip
    assert statuses(results) == [200, 409]
    assert sound()


def test_two_cases_merged_into_each_other(loaded: None) -> None:
    people = People()
    one, two = file_incident(people), file_incident(people)
    pairs = [(one, two, people["duty"]), (two, one, people["duty2"])]
    results = at_once([
        lambda a=a, b=b, user=user: incident_merge(
            incident_id=a.pk, version=None, user=user, into=b.number, reason="同一起"
        )
        for a, b, user in pairs
    ])  # fmt: skip
    assert statuses(results) == [200, 409]
    assert sorted(Incident.objects.values_list("state", flat=True)) == ["merged", "received"]
    assert sound()


def test_a_report_goes_out_once(loaded: None) -> None:
    people = People()
    incident = file_incident(people)
    report = signed_report(people, incident)
    given = {"report_id": report.pk, "version": None, "channel": "fax"}
    users = [people["duty"], people["duty2"]]
    results = at_once([lambda user=user: report_send(**given, user=user) for user in users])
    assert statuses(results) == [200, 409]
    assert incident.head.entries.filter(kind="report.sent").count() == 1
    assert sound()


def test_a_task_is_completed_once(loaded: None) -> None:
    people = People()
    task = active(people, level=1).tasks.filter(unit__code="gongan").first()
    task = task_acknowledge(task_id=task.pk, version=task.version, user=people["unit_gongan"])
    given = {"task_id": task.pk, "version": task.version, "user": people["unit_gongan"], "text": "完成"}
    assert statuses(at_once([lambda: task_complete(**given)] * 2)) == [200, 409]
    assert task.events.filter(kind="done").count() == 1


def test_numbers_have_no_gaps_and_no_doubles(loaded: None) -> None:
    people = People()
    duty = people["duty"]
    holder = {"duty": duty}
    results = at_once([lambda number=number: file_incident(holder, title=f"事件{number}") for number in range(8)])
    assert statuses(results) == [200] * 8
    last = sorted(int(row.number[-3:]) for row in results)
    assert last == list(range(last[0], last[0] + 8))
    assert sound()


def test_one_key_files_one_case(loaded: None) -> None:
    people = People()
    holder = {"duty": people["duty"]}
    results = at_once([lambda: file_incident(holder, key="同一个编号")] * 4)
    assert statuses(results) == [200] * 4
    assert len({row.number for row in results}) == 1
    assert Incident.objects.filter(number=results[0].number).count() == 1


def test_confirming_versus_lifting(loaded: None) -> None:
    from directory.models import PlanVersion

    people = People()
    version = PlanVersion.objects.get(plan__code="cyber-2025", in_force=True)
    warning = lift_proposed(people, version, codes=("gongan",))
    commander, police = people["commander"], people["unit_gongan"]
    results = at_once([
        lambda: warning_lift(warning_id=warning.pk, version=warning.version, user=commander),
        lambda: warning_confirm(warning_id=warning.pk, user=police),
    ])  # fmt: skip
    assert statuses(results) in ([200, 200], [200, 409])
    assert sound()


def test_two_links_the_other_way_round_never_wait_for_each_other(loaded: None) -> None:
    people = People()
    duty = people["duty"]
    for _ in range(5):
        one, two = file_incident(people), file_incident(people)
        results = at_once([
            lambda one=one, two=two: incident_link(
                incident_id=one.pk, version=None, user=duty, other_number=two.number
            ),
            lambda one=one, two=two: incident_link(
                incident_id=two.pk, version=None, user=duty, other_number=one.number
            ),
        ])  # fmt: skip
        assert statuses(results) == [200, 409]
    assert sound()
