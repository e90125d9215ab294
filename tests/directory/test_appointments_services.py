"""Appointments: entered by one, confirmed by another, never for oneself; the role comes and goes with them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from directory.choices import Act
from directory.models import Appointment, Post
from directory.rules import may
from directory.services import (
    AppointmentInput,
    appointment_confirm,
    appointment_enter,
    appointment_reject,
    appointment_revoke,
)
from directory.services.papers import Upload
from tests.directory.making import person
from yangcheng_ec.deadlines.models import Notice
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, WrongState
from yangcheng_ec.permissions import Role, roles_of
from yangcheng_ec.record.models import RecordEntry

pytestmark = pytest.mark.django_db


PAPER = Upload(name="授权书.pdf", content=b"%PDF-1.4\n%%EOF\n")


def entry(someone: Any, post: str = "cyber-2025:deputy:3", **values: Any) -> AppointmentInput:
    values = {"nature": "tenure", "starts_at": timezone.now() - timedelta(minutes=1), **values}
    return AppointmentInput(person_id=someone.pk, post_code=post, **values)


@pytest.fixture
def newcomer(db: None) -> Any:
    return person("newcomer", unit="shuju", display_name="新来者")


@pytest.fixture
def waiting(people: Any, newcomer: Any) -> Appointment:
    return appointment_enter(user=people["contacts"], entry=entry(newcomer))


def roles(someone: Any) -> set[str]:
    return set(someone.groups.values_list("name", flat=True))


def test_entered_authorises_nothing_and_tells_the_confirmer(
    people: Any, newcomer: Any, waiting: Appointment, cyber: Any
) -> None:
    assert (waiting.state, waiting.entered_by) == ("entered", people["contacts"])
    assert not may(newcomer, cyber, Act.APPROVE_WARNING)
    assert roles(newcomer) == set()
    notice = Notice.objects.get(recipient=people["security"], subject_type="appointment")
    assert notice.url == f"/appointments/{waiting.pk}/"
    line = RecordEntry.objects.get(kind="appointment.entered")
    assert "新来者 任职 网络预案 副指挥长" in line.text
    assert line.actor_post == "通讯录管理员"


def test_confirmed_authorises_and_opens_the_pages(people: Any, newcomer: Any, waiting: Appointment, cyber: Any) -> None:
    row = appointment_confirm(user=people["security"], appointment_id=waiting.pk)
    assert (row.state, row.confirmed_by) == ("confirmed", people["security"])
    assert may(newcomer, cyber, Act.APPROVE_WARNING)
    assert roles_of(newcomer) == {Role.DEPUTY}
    with pytest.raises(WrongState, match="已生效"):
        appointment_confirm(user=people["security"], appointment_id=waiting.pk)
    with pytest.raises(WrongState):
        appointment_reject(user=people["security"], appointment_id=waiting.pk, reason="晚了")


@pytest.mark.parametrize("name", ["contacts", "duty", "commander", "sysadmin", "auditor", "unit_gongan"])
def test_only_the_security_administrator_confirms(people: Any, waiting: Appointment, name: str) -> None:
    with pytest.raises(Forbidden):
        appointment_confirm(user=people[name], appointment_id=waiting.pk)


@pytest.mark.parametrize("name", ["security", "duty", "commander", "sysadmin", "auditor", "unit_gongan"])
def test_only_the_directory_administrator_enters(people: Any, newcomer: Any, name: str) -> None:
    with pytest.raises(Forbidden):
        appointment_enter(user=people[name], entry=entry(newcomer))


def test_nobody_enters_or_confirms_for_oneself(people: Any, newcomer: Any, waiting: Appointment) -> None:
    with pytest.raises(Forbidden, match="自己"):
        appointment_enter(user=people["contacts"], entry=entry(people["contacts"]))
    Appointment.objects.filter(pk=waiting.pk).update(entered_by=people["security"])
    for act in (appointment_confirm, appointment_reject):
        with pytest.raises(Forbidden, match="另一人"):
            act(
                user=people["security"],
                appointment_id=waiting.pk,
                **({"reason": "x"} if act is appointment_reject else {}),
            )
    Appointment.objects.filter(pk=waiting.pk).update(entered_by=people["contacts"], user=people["security"])
    with pytest.raises(Forbidden, match="另一人"):
        appointment_confirm(user=people["security"], appointment_id=waiting.pk)


@pytest.mark.parametrize("name", ["security", "sysadmin", "auditor"])
def test_the_three_administrators_hold_no_post(people: Any, name: str) -> None:
    with pytest.raises(BadInput, match="三员分立"):
        appointment_enter(user=people["contacts"], entry=entry(people[name]))


LATER = timezone.now() + timedelta(days=3650)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"nature": "acting"}, "document"),
        ({"nature": "authorised", "ends_at": LATER, "scope": [Act.OFFICE]}, "document"),
        ({"nature": "authorised", "document": "授权书", "scope": [Act.OFFICE]}, "ends_at"),
        ({"nature": "authorised", "document": "授权书", "ends_at": LATER}, "scope"),
        ({"nature": "authorised", "document": "授权书", "ends_at": LATER, "scope": ["rule_the_world"]}, "scope"),
        ({"nature": "borrowed"}, "nature"),
        ({"ends_at": timezone.now() - timedelta(days=400)}, "ends_at"),
        ({"starts_at": timezone.now() - timedelta(days=9), "ends_at": timezone.now() - timedelta(days=8)}, "ends_at"),
    ],
)
def test_what_cannot_stand_names_its_field(people: Any, newcomer: Any, values: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        appointment_enter(user=people["contacts"], entry=entry(newcomer, **values), upload=PAPER)
    assert list(refused.value.fields) == [field]


def test_unknown_post_or_person(people: Any, newcomer: Any) -> None:
    for code in ("cyber-2025:emperor", "unit:nowhere:leader", "unit:gongan:king", ""):
        with pytest.raises(BadInput) as refused:
            appointment_enter(user=people["contacts"], entry=entry(newcomer, code))
        assert "post" in refused.value.fields
    newcomer.is_active = False
    newcomer.save()
    with pytest.raises(BadInput) as refused:
        appointment_enter(user=people["contacts"], entry=entry(newcomer))
    assert "person" in refused.value.fields


def test_overlap_of_the_same_person_and_post_is_refused(people: Any, newcomer: Any, waiting: Appointment) -> None:
    with pytest.raises(BadInput) as refused:
        appointment_enter(user=people["contacts"], entry=entry(newcomer, starts_at=LATER))
    assert "starts_at" in refused.value.fields
    appointment_enter(user=people["contacts"], entry=entry(newcomer, "cyber-2025:deputy:4"))
    appointment_reject(user=people["security"], appointment_id=waiting.pk, reason="写错")
    again = appointment_enter(user=people["contacts"], entry=entry(newcomer, ends_at=LATER))
    after = appointment_enter(user=people["contacts"], entry=entry(newcomer, starts_at=LATER))
    assert again.pk != after.pk


def test_unit_post_is_made_when_needed_and_gives_the_units_group(people: Any, newcomer: Any) -> None:
    Post.objects.filter(code="unit:caizheng:liaison").delete()
    row = appointment_enter(user=people["contacts"], entry=entry(newcomer, "unit:caizheng:liaison"))
    appointment_confirm(user=people["security"], appointment_id=row.pk)
    assert roles(newcomer) == {"unit", "unit:caizheng"}


def test_rejected_and_revoked_need_reasons(people: Any, newcomer: Any, waiting: Appointment, cyber: Any) -> None:
    for reason in ("", "   ", "长" * 301):
        with pytest.raises(BadInput):
            appointment_reject(user=people["security"], appointment_id=waiting.pk, reason=reason)
    appointment_confirm(user=people["security"], appointment_id=waiting.pk)
    with pytest.raises(BadInput):
        appointment_revoke(user=people["security"], appointment_id=waiting.pk, reason="")
    appointment_revoke(user=people["security"], appointment_id=waiting.pk, reason="调离")
    assert not may(newcomer, cyber, Act.APPROVE_WARNING)
    assert roles(newcomer) == set()
    assert "理由：调离" in RecordEntry.objects.get(kind="appointment.revoked").text
    with pytest.raises(WrongState):
        appointment_revoke(user=people["security"], appointment_id=waiting.pk, reason="再来")


def test_role_stays_while_another_appointment_gives_it(people: Any, newcomer: Any, waiting: Appointment) -> None:
    other = appointment_enter(user=people["contacts"], entry=entry(newcomer, "cyber-2025:deputy:4"))
    for row in (waiting, other):
        appointment_confirm(user=people["security"], appointment_id=row.pk)
    appointment_revoke(user=people["security"], appointment_id=waiting.pk, reason="换岗")
    assert roles(newcomer) == {"deputy"}
    appointment_revoke(user=people["security"], appointment_id=other.pk, reason="调离")
    assert roles(newcomer) == set()


def test_who_entered_may_withdraw_while_it_waits_only(people: Any, waiting: Appointment) -> None:
    with pytest.raises(Forbidden):
        appointment_revoke(user=people["duty"], appointment_id=waiting.pk, reason="不该")
    assert appointment_revoke(user=people["contacts"], appointment_id=waiting.pk, reason="录错").state == "revoked"


def test_directory_administrator_cannot_revoke_what_is_confirmed(people: Any, waiting: Appointment) -> None:
    appointment_confirm(user=people["security"], appointment_id=waiting.pk)
    with pytest.raises(Forbidden):
        appointment_revoke(user=people["contacts"], appointment_id=waiting.pk, reason="不该")


def test_disabled_person_is_not_confirmed(people: Any, newcomer: Any, waiting: Appointment) -> None:
    newcomer.is_active = False
    newcomer.save()
    with pytest.raises(WrongState, match="停用"):
        appointment_confirm(user=people["security"], appointment_id=waiting.pk)


def test_unknown_appointment(people: Any) -> None:
    with pytest.raises(NotVisible):
        appointment_confirm(user=people["security"], appointment_id=987654)
