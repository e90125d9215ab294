"""Confirming: by whom, how, once; a warning's receipt says the same in the same moment; giving up has a reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from directory.rules import any_actor
from directory.services.callouts import callout_abandon, callout_answer, callout_answer_leader
from early_warning import services as warnings
from early_warning.models import EarlyWarning
from tests.callout.support import agree, callout_of, fire_after, notices_of, without_people
from tests.early_warning.factories import lifted, published
from yangcheng_ec.actors import SYSTEM
from yangcheng_ec.callout.choices import ConfirmedHow
from yangcheng_ec.callout.models import Callout
from yangcheng_ec.callout.services import Said, call_take, callout_confirm, callouts_reach
from yangcheng_ec.deadlines.models import Delivery, Notice
from yangcheng_ec.deadlines.services import notice_open
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, WrongState
from yangcheng_ec.record.models import CaseHead, RecordEntry
from yangcheng_ec.record.selectors import verify_chain

pytestmark = pytest.mark.django_db


@pytest.fixture
def warning(cyber: Any, people: Any) -> EarlyWarning:
    return published(people, cyber)


def row_of(warning: EarlyWarning, code: str = "gongan") -> Any:
    return warning.addressees.select_related("unit").get(unit__code=code)


def test_the_units_own_button_confirms_call_out_and_receipt_alike(warning: EarlyWarning, people: Any) -> None:
    callout = callout_of(warning)
    callout_answer(callout_id=callout.pk, user=people["unit_gongan"], leader="王局长")
    row = row_of(warning)
    assert agree(row, callout)
    assert (row.confirmed_by, row.confirmed_how) == (people["unit_gongan"].display_name, "系统内确认")
    assert row.leader_name == "王局长"
    kinds = list(RecordEntry.objects.filter(head=warning.head).order_by("-seq").values_list("kind", flat=True)[:2])
    assert kinds == ["warning.leader_informed", "warning.confirmed"]
    assert verify_chain(CaseHead.objects.get(pk=warning.head_id)) is None


def test_every_rung_on_the_warnings_page_stands_in_the_call_out_too(warning: EarlyWarning, people: Any) -> None:
    callout, row, user = callout_of(warning), row_of(warning), people["unit_gongan"]
    assert agree(row, callout)
    for act in (
        lambda: warnings.warning_opened(warning_id=warning.pk, user=user),
        lambda: warnings.warning_confirm(warning_id=warning.pk, user=user),
        lambda: warnings.warning_inform_leader(warning_id=warning.pk, user=user, leader="王局长"),
        lambda: warnings.warning_progress(warning_id=warning.pk, user=user, text="已关闭", measures=True),
    ):
        act()
        assert agree(row, callout)
    assert all((callout.sent_at, callout.delivered_at, callout.confirmed_at, callout.leader_at, callout.measures_at))


def test_the_leader_may_be_named_later_and_once(warning: EarlyWarning, people: Any) -> None:
    callout, user = callout_of(warning), people["unit_gongan"]
    with pytest.raises(WrongState, match="先确认"):
        callout_answer_leader(callout_id=callout.pk, user=user, leader="王局长")
    callout_answer(callout_id=callout.pk, user=user)
    with pytest.raises(BadInput) as refused:
        callout_answer_leader(callout_id=callout.pk, user=user, leader=" ")
    assert "leader" in refused.value.fields
    callout_answer_leader(callout_id=callout.pk, user=user, leader="王局长")
    assert agree(row_of(warning), callout)
    with pytest.raises(WrongState, match="王局长"):
        callout_answer_leader(callout_id=callout.pk, user=user, leader="李局长")


def test_confirming_ends_what_was_still_to_come(warning: EarlyWarning, people: Any) -> None:
    fire_after(6)  # the duty number is on the call sheet
    callout = callout_of(warning)
    calls = Delivery.objects.filter(notice__asks__callout=callout, channel="phone")
    assert calls.filter(state="queued").exists()
    callout_answer(callout_id=callout.pk, user=people["unit_gongan"])
    assert not calls.filter(state="queued").exists()
    assert all(notice.settled_at for notice in notices_of(callout))
    assert not callout.steps.filter(state="pending").exists()
    other = callout_of(warning, "shuju")
    assert other.steps.filter(state="pending").exists()


def test_a_second_confirmation_names_the_first(warning: EarlyWarning, people: Any) -> None:
    callout = callout_of(warning)
    callout_answer(callout_id=callout.pk, user=people["unit_gongan"])
    with pytest.raises(WrongState, match=people["unit_gongan"].display_name):
        callout_answer(callout_id=callout.pk, user=people["duty"], person="李警官")
    with pytest.raises(WrongState, match=people["unit_gongan"].display_name):
        warnings.warning_confirm(warning_id=warning.pk, user=people["unit_gongan"])


def test_the_office_answers_for_a_unit_with_a_name(warning: EarlyWarning, people: Any) -> None:
    callout = callout_of(warning)
    with pytest.raises(BadInput) as refused:
        callout_answer(callout_id=callout.pk, user=people["duty"])
    assert "person" in refused.value.fields
    callout_answer(callout_id=callout.pk, user=people["duty"], person="李警官", fax=True)
    assert row_of(warning).confirmed_how == "传真回执（代录）"


def test_who_may_not_confirm(warning: EarlyWarning, people: Any) -> None:
    callout = callout_of(warning)
    for stranger in ("unit_shuju", "unit_runcheng", "contacts", "sysadmin"):
        with pytest.raises(NotVisible):
            callout_answer(callout_id=callout.pk, user=people[stranger], person="甲")
    for reader in ("auditor", "comms_duty"):
        with pytest.raises(Forbidden):
            callout_answer(callout_id=callout.pk, user=people[reader], person="甲")
    callout.refresh_from_db()
    assert callout.state == "open"


@pytest.mark.parametrize(
    ("said", "field"),
    [
        (Said(ConfirmedHow.LINK), "person"),
        (Said(ConfirmedHow.PHONE, person="长" * 61), "person"),
        (Said(ConfirmedHow.PHONE, person="甲", leader="长" * 61), "leader"),
        (Said(ConfirmedHow.PHONE, person="甲", done_at=timezone.now() + timedelta(days=1)), "done_at"),
        (Said(ConfirmedHow.PHONE, person="甲", done_at=timezone.now() - timedelta(days=1)), "done_at"),
    ],
)
def test_bad_input_names_its_field_and_writes_nothing(warning: EarlyWarning, said: Said, field: str) -> None:
    callout = callout_of(warning)
    with pytest.raises(BadInput) as refused:
        callout_confirm(callout_id=callout.pk, said=said, actor=SYSTEM)
    assert list(refused.value.fields) == [field]
    callout.refresh_from_db()
    assert callout.state == "open"
    assert row_of(warning).confirmed_at is None


def test_an_unknown_call_out_is_not_found() -> None:
    with pytest.raises(NotVisible):
        callout_confirm(callout_id=987654, said=Said(ConfirmedHow.LINK, person="甲"), actor=SYSTEM)


def test_a_call_with_read_back_confirms_and_one_without_delivers(warning: EarlyWarning, people: Any) -> None:
    fire_after(6)
    actor = any_actor(people["duty"])
    callout, other = callout_of(warning), callout_of(warning, "shuju")
    sheet = {row: Delivery.objects.get(notice__asks__callout=row, channel="phone") for row in (callout, other)}
    typed = {"actor": actor, "number": "4233414", "result": "reached", "person": "李警官"}
    call_take(delivery_id=sheet[callout].pk, read_back=True, leader="王局长", **typed)
    assert agree(row_of(warning), callout)
    assert (callout.confirmed_how, callout.confirmed_by, callout.leader_name) == ("phone", "李警官", "王局长")
    call_take(delivery_id=sheet[other].pk, read_back=False, **typed)
    callouts_reach()
    other.refresh_from_db()
    assert (other.state, other.delivered_at is not None) == ("open", True)
    assert agree(row_of(warning, "shuju"), other)


def test_a_call_that_reached_nobody_confirms_nothing(warning: EarlyWarning, people: Any) -> None:
    fire_after(6)
    delivery = Delivery.objects.get(notice__asks__callout=callout_of(warning), channel="phone")
    call_take(delivery_id=delivery.pk, actor=any_actor(people["duty"]), number="4233414", result="no_answer")
    assert callout_of(warning).state == "open"


def test_opening_the_notice_is_its_delivery(warning: EarlyWarning, people: Any) -> None:
    callout, user = callout_of(warning), people["unit_gongan"]
    notice_open(notice_id=notices_of(callout)[0].pk, user=user, actor=any_actor(user))
    assert callouts_reach() == 1
    callout.refresh_from_db()
    assert callout.delivered_at is not None
    assert agree(row_of(warning), callout)
    assert callouts_reach() == 0


def test_a_unit_with_a_telephone_only_is_sent_when_it_is_called(cyber: Any, people: Any) -> None:
    without_people("gongan")
    warning = published(people, cyber, codes=("gongan",))
    row, callout = row_of(warning), callout_of(warning)
    assert row.sent_at is None
    typed = {"number": "4233414", "result": "reached", "person": "李警官", "read_back": False}
    call_take(
        delivery_id=Delivery.objects.get(notice__asks__callout=callout).pk, actor=any_actor(people["duty"]), **typed
    )
    callouts_reach()
    assert agree(row, callout)
    assert row.sent_at is not None


def test_giving_up_takes_the_office_and_a_reason(warning: EarlyWarning, people: Any) -> None:
    callout = callout_of(warning)
    with pytest.raises(Forbidden):
        callout_abandon(callout_id=callout.pk, user=people["unit_gongan"], reason="不想被叫")
    with pytest.raises(NotVisible):
        callout_abandon(callout_id=callout.pk, user=people["unit_shuju"], reason="x")
    for reason in ("  ", "长" * 501):
        with pytest.raises(BadInput) as refused:
            callout_abandon(callout_id=callout.pk, user=people["duty"], reason=reason)
        assert "reason" in refused.value.fields
    callout_abandon(callout_id=callout.pk, user=people["duty"], reason="派出所已派人上门通知")
    callout.refresh_from_db()
    assert (callout.state, callout.reason) == ("given_up", "派出所已派人上门通知")
    assert fire_after(60) == 2  # the two other units
    line = RecordEntry.objects.get(kind="callout.given_up")
    assert (line.actor, line.actor_post) == (people["duty"], "网络预案 值班员")
    with pytest.raises(WrongState, match="已放弃叫应"):
        callout_abandon(callout_id=callout.pk, user=people["duty"], reason="再一次")


def test_a_late_confirmation_counts_after_giving_up(warning: EarlyWarning, people: Any) -> None:
    callout = callout_of(warning)
    callout_abandon(callout_id=callout.pk, user=people["duty"], reason="联系不上")
    callout_answer(callout_id=callout.pk, user=people["unit_gongan"])
    assert agree(row_of(warning), callout)
    assert (callout.state, callout.reason) == ("confirmed", "")


def test_a_lifting_is_confirmed_in_its_own_call_out(cyber: Any, people: Any) -> None:
    warning = lifted(people, cyber)
    published_row = row_of(warning)
    callout = callout_of(warning, event="lifted")
    callout_answer(callout_id=callout.pk, user=people["unit_gongan"])
    published_row.refresh_from_db()
    assert published_row.confirmed_at is None
    assert RecordEntry.objects.filter(head=warning.head, kind="callout.confirmed").count() == 1
    with pytest.raises(WrongState, match="已经办结"):
        callout_answer(callout_id=callout_of(warning).pk, user=people["unit_gongan"])


def test_confirming_takes_the_same_few_statements_however_many_were_told(
    warning: EarlyWarning, django_assert_max_num_queries: Any
) -> None:
    for minutes in (6, 12, 18):
        fire_after(minutes)
    callout = callout_of(warning)
    with django_assert_max_num_queries(15):
        callout_confirm(callout_id=callout.pk, said=Said(ConfirmedHow.LINK, person="李警官"), actor=SYSTEM)
    assert Callout.objects.get(pk=callout.pk).state == "confirmed"
    assert not Notice.objects.filter(asks__callout=callout, settled_at=None).exists()
