"""Decisions by phone: another records them, on the directory's number, read back; the holder signs or denies later."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from directory.choices import Act
from directory.models import Contact, Signature
from directory.rules import any_actor
from directory.services.signatures import (
    PhoneCall,
    Signing,
    known_numbers,
    sign_by_phone,
    sign_on_screen,
    signature_countersign,
)
from tests.directory.making import case
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, WrongState
from yangcheng_ec.record.models import RecordEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def signing(cyber: Any) -> Signing:
    level = cyber.response_levels.get(ordinal=1)
    return Signing(case(), ("response", 1), Act.APPROVE_RESPONSE, cyber, "网络预案 4.2.1.2", level=level)


def phone(people: Any, **values: Any) -> PhoneCall:
    signer = values.pop("signer", people["commander"])
    values = {"number": signer.mobile, "called_at": timezone.now() - timedelta(minutes=2), "read_back": True, **values}
    return PhoneCall(signer=signer, **values)


@pytest.fixture
def signed(people: Any, signing: Signing) -> Signature:
    with transaction.atomic():
        return sign_by_phone(signing=signing, call=phone(people), recorder=any_actor(people["duty"]))[0]


def test_on_screen_by_the_post_that_may(people: Any, signing: Signing) -> None:
    signature, actor = sign_on_screen(signing=signing, user=people["commander"])
    assert (signature.mode, signature.countersign) == ("screen", "not_needed")
    assert actor.post == "网络预案 指挥长"
    with pytest.raises(Forbidden):
        sign_on_screen(signing=signing, user=people["deputy"])


def test_by_phone_waits_for_the_holder(people: Any, signed: Signature) -> None:
    assert (signed.mode, signed.countersign, signed.signer) == ("phone", "awaiting", people["commander"])
    assert signed.recorded_by == people["duty"]
    assert signed.post_label == "网络预案 指挥长"


def test_own_recording_is_refused(people: Any, signing: Signing) -> None:
    with pytest.raises(Forbidden, match="另一人"):
        sign_by_phone(signing=signing, call=phone(people), recorder=any_actor(people["commander"]))


def test_signer_without_the_post_is_refused(people: Any, signing: Signing) -> None:
    with pytest.raises(Forbidden):
        sign_by_phone(signing=signing, call=phone(people, signer=people["deputy"]), recorder=any_actor(people["duty"]))


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"number": "13800000000"}, "number"),
        ({"number": ""}, "number"),
        ({"read_back": False}, "read_back"),
        ({"called_at": timezone.now() + timedelta(days=3650)}, "called_at"),
    ],
)
def test_unknown_number_no_read_back_and_future_are_refused(
    people: Any, signing: Signing, values: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadInput) as refused:
        sign_by_phone(signing=signing, call=phone(people, **values), recorder=any_actor(people["duty"]))
    assert list(refused.value.fields) == [field]
    assert not Signature.objects.exists()


def test_known_numbers_are_ones_own_and_the_units_in_use(people: Any) -> None:
    deputy = people["deputy"]
    assert known_numbers(deputy) == [deputy.mobile, "4222726"]
    Contact.objects.filter(unit=deputy.unit).update(state="retired")
    assert known_numbers(deputy) == [deputy.mobile]


def test_holder_countersigns_once(people: Any, signed: Signature) -> None:
    row = signature_countersign(signature_id=signed.pk, user=people["commander"], accept=True)
    assert row.countersign == "countersigned"
    line = RecordEntry.objects.get(kind="signature.countersigned")
    assert (line.actor_name, line.actor_post) == (people["commander"].display_name, "网络预案 指挥长")
    for accept in (True, False):
        with pytest.raises(WrongState, match="已经补签或否认过"):
            signature_countersign(signature_id=signed.pk, user=people["commander"], accept=accept, note="改主意")


def test_denial_needs_its_reason_and_stays_in_the_record(people: Any, signed: Signature) -> None:
    with pytest.raises(BadInput):
        signature_countersign(signature_id=signed.pk, user=people["commander"], accept=False, note=" ")
    row = signature_countersign(signature_id=signed.pk, user=people["commander"], accept=False, note="我没有批准")
    assert (row.countersign, row.countersign_note) == ("denied", "我没有批准")
    assert "理由：我没有批准" in RecordEntry.objects.get(kind="signature.denied").text


@pytest.mark.parametrize("name", ["deputy", "duty", "director", "auditor"])
def test_nobody_else_countersigns(people: Any, signed: Signature, name: str) -> None:
    with pytest.raises(NotVisible):
        signature_countersign(signature_id=signed.pk, user=people[name], accept=True)
