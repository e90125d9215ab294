"""Two people at one aftermath in the same instant: one wins, the other is told; nothing is written twice."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from incidents.models import Incident
from response.aftermath import services
from response.aftermath.models import AftercareItem, ReviewReport
from response.aftermath.services import Care
from tests.response.aftering import agreed, over, submitted
from tests.response.test_races import People, at_once
from yangcheng_ec.record.selectors import verify_chain

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL's row locks"),
]


def _statuses(results: list[Any]) -> list[int]:
    return sorted(getattr(result, "status", 200) for result in results)


def test_two_begin_the_report_and_there_is_one(loaded: None) -> None:
    people = People()
    incident, _ = over(people, grade="ordinary")
    users = [people["office"], people["duty"], people["director"]]
    results = at_once([lambda user=user: services.review_draft(incident_id=incident.pk, user=user) for user in users])
    assert _statuses(results) == [200, 409, 409], results
    assert ReviewReport.objects.filter(incident=incident).count() == 1


def test_two_sign_and_one_signature_stands(loaded: None) -> None:
    people = People()
    incident, _ = over(people, grade="ordinary")
    report = submitted(people, incident)
    given = {"report_id": report.pk, "version": report.version}
    users = [people["deputy"], people["commander"]]
    results = at_once([lambda user=user: services.review_sign(**given, user=user) for user in users])
    assert _statuses(results) == [200, 409], results
    case = Incident.objects.select_related("head").get(pk=incident.pk)
    assert verify_chain(case.head) is None


def test_paid_and_given_up_at_once_is_one_of_both(loaded: None) -> None:
    people = People()
    incident, _ = over(people)
    item = agreed(people, incident)
    given = {"item_id": item.pk, "version": item.version, "user": people["office"]}
    results = at_once(
        [lambda: services.care_settle(**given, proof="付款单"), lambda: services.care_drop(**given, reason="重复")]
    )
    assert _statuses(results) == [200, 409], results
    assert AftercareItem.objects.get(pk=item.pk).version == item.version + 1


def test_a_double_click_enters_one_item(loaded: None) -> None:
    people = People()
    incident, _ = over(people)
    user, care = people["office"], Care("subsidy", "补助", "甲", asked=Decimal("1.00"))
    acts = [lambda: services.care_add(incident_id=incident.pk, user=user, care=care, key="k")] * 5
    results = at_once(acts)
    assert {result.pk for result in results} == {AftercareItem.objects.get().pk}
