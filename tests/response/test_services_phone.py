"""Approvals given by phone: call-back, read-back, 补签, 否认 (DESIGN §4)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from directory.models import Signature
from directory.services.signatures import PhoneCall, known_numbers
from response.models import Response
from response.services import response_approve, signature_decide
from tests.response.factories import propose
from yangcheng_ec.deadlines.models import Delivery, Notice
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, WrongState
from yangcheng_ec.record.models import RecordEntry

pytestmark = pytest.mark.django_db


def call_of(user: Any, **over: Any) -> PhoneCall:
    """A proper call-back to the directory's number."""
    values = {"number": known_numbers(user)[0], "called_at": timezone.now() - timedelta(minutes=2), "read_back": True}
    return PhoneCall(signer=user, **{**values, **over})


def approved_by_phone(people: Any, level: int = 1) -> Response:
    response = propose(people, level=level)
    call = call_of(people["commander"])
    return response_approve(response_id=response.pk, version=response.version, user=people["duty"], call=call)


def test_the_commander_approves_by_phone_and_the_response_runs(people: Any) -> None:
    response = approved_by_phone(people)
    signature = Signature.objects.get(subject_type="response", subject_id=response.pk, act="approve_response")
    assert response.state == "active"
    assert (signature.mode, signature.countersign) == ("phone", "awaiting")
    assert signature.signer == people["commander"]
    assert signature.recorded_by == people["duty"]
    line = RecordEntry.objects.get(head=response.incident.head, kind="response.activated")
    assert "电话批准" in line.text
    assert line.actor == people["commander"]


def test_the_proposer_may_record_the_call_but_not_give_it(people: Any) -> None:
    response = propose(people, level=3, by="office")
    call = call_of(people["director"])
    done = response_approve(response_id=response.pk, version=response.version, user=people["office"], call=call)
    assert done.state == "active"
    other = propose(people, level=3, by="director")
    with pytest.raises(Forbidden, match="自己提出"):
        response_approve(
            response_id=other.pk, version=other.version, user=people["duty"], call=call_of(people["director"])
        )


def test_nobody_records_their_own_approval(people: Any) -> None:
    response = propose(people, level=3)
    with pytest.raises(Forbidden):
        response_approve(
            response_id=response.pk,
            version=response.version,
            user=people["director"],
            call=call_of(people["director"]),
        )


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"number": "0356-0000000"}, "number"),
        ({"read_back": False}, "read_back"),
        ({"called_at": timezone.now() + timedelta(days=1)}, "called_at"),
    ],
)
def test_a_call_without_its_proofs_is_refused_beside_the_field(people: Any, over: dict[str, Any], field: str) -> None:
    response = propose(people, level=1)
    with pytest.raises(BadInput) as refused:
        response_approve(
            response_id=response.pk,
            version=response.version,
            user=people["duty"],
            call=call_of(people["commander"], **over),
        )
    assert field in refused.value.fields
    assert Response.objects.get(pk=response.pk).state == "proposed"


@pytest.mark.parametrize("signer", ["deputy", "director", "office"])
def test_a_post_without_authority_cannot_approve_by_phone_either(people: Any, signer: str) -> None:
    response = propose(people, level=1, by="duty")
    with pytest.raises(Forbidden) as refused:
        response_approve(
            response_id=response.pk, version=response.version, user=people["duty2"], call=call_of(people[signer])
        )
    assert refused.value.clause.endswith("4.2.1.2")


def test_a_unit_cannot_record_a_call(people: Any) -> None:
    response = propose(people, level=1)
    with pytest.raises(NotVisible):
        response_approve(
            response_id=response.pk,
            version=response.version,
            user=people["unit_gongan"],
            call=call_of(people["commander"]),
        )


def test_countersigning_settles_it(people: Any) -> None:
    response = approved_by_phone(people)
    signature = Signature.objects.get(subject_id=response.pk, act="approve_response")
    signature_decide(signature_id=signature.pk, user=people["commander"], accept=True)
    signature.refresh_from_db()
    assert signature.countersign == "countersigned"
    assert not Response.objects.get(pk=response.pk).disputed
    with pytest.raises(WrongState):
        signature_decide(signature_id=signature.pk, user=people["commander"], accept=False, note="没有")


def test_a_denial_undoes_nothing_marks_the_response_and_calls_command_and_office(people: Any) -> None:
    response = approved_by_phone(people)
    signature = Signature.objects.get(subject_id=response.pk, act="approve_response")
    signature_decide(signature_id=signature.pk, user=people["commander"], accept=False, note="我没有批准过")
    response.refresh_from_db()
    assert response.disputed
    assert response.state == "active"
    told = Notice.objects.filter(kind="response.disputed", urgent=True)
    names = set(told.values_list("recipient__username", flat=True))
    assert {"commander", "deputy", "director", "office", "duty"} <= names
    assert Delivery.objects.filter(notice__in=told, channel="phone").count() == told.count()
    assert RecordEntry.objects.filter(head=response.incident.head, kind="response.disputed").exists()


def test_a_denial_needs_its_reason_and_the_signer(people: Any) -> None:
    response = approved_by_phone(people)
    signature = Signature.objects.get(subject_id=response.pk, act="approve_response")
    with pytest.raises(BadInput):
        signature_decide(signature_id=signature.pk, user=people["commander"], accept=False, note="  ")
    with pytest.raises(NotVisible):
        signature_decide(signature_id=signature.pk, user=people["deputy"], accept=True)
