"""The call sheet: each call is kept, one that reached somebody closes the entry."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.kernel.support import NOON, kinds_of, whole
from tests.queued import queued
from yangcheng_ec.actors import Actor
from yangcheng_ec.deadlines.models import CallAttempt, Delivery
from yangcheng_ec.deadlines.registry import Recipient
from yangcheng_ec.deadlines.selectors import call_sheet
from yangcheng_ec.deadlines.services import Message, call_record
from yangcheng_ec.errors import BadInput, NotVisible, WrongState
from yangcheng_ec.record.models import CaseHead, RecordEntry

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def entry(head: CaseHead, duty: Recipient) -> Delivery:
    """A line of the call sheet."""
    (notice,) = queued(head=head, message=Message("x", "请签收", "d", call=True), recipients=[duty])
    return notice.deliveries.get(channel="phone")


def call(entry: Delivery, actor: Actor, **changes: Any) -> CallAttempt:
    """Record a call that reached somebody."""
    facts = {"number": "0356-4220001", "result": "reached", "person": "孙科长", "read_back": True} | changes
    return call_record(delivery_id=entry.pk, actor=actor, **facts)


def test_a_call_that_reached_somebody_closes_the_entry(entry: Delivery, actor: Actor, head: CaseHead) -> None:
    made = call(entry, actor, called_at=NOON - timedelta(minutes=1), note="声音清楚")
    entry.refresh_from_db()
    assert (entry.state, entry.sent_at, entry.attempts) == ("sent", NOON - timedelta(minutes=1), 1)
    assert (made.caller, made.person, made.read_back, made.recorded_at) == (actor.user, "孙科长", True, NOON)
    line = RecordEntry.objects.get(head=head)
    assert line.text.startswith("电话叫应赵值班（值班员）（0356-4220001）：已通知到人，接听人孙科长，已复诵，")
    assert (line.done_at, line.late_entry) == (made.called_at, False)
    assert whole(head)


@pytest.mark.parametrize("result", ["no_answer", "busy", "wrong_number", "refused"])
def test_other_results_keep_it_on_the_sheet(entry: Delivery, actor: Actor, result: str, head: CaseHead) -> None:
    call(entry, actor, result=result, person="")
    entry.refresh_from_db()
    assert (entry.state, entry.attempts, entry.next_try_at) == ("queued", 1, NOON + timedelta(minutes=3))
    call(entry, actor)
    assert CallAttempt.objects.filter(delivery=entry).count() == 2
    assert kinds_of(head) == ["call.made", "call.made"]
    assert not call_sheet().filter(pk=entry.pk).exists()


def test_a_call_entered_later_is_marked(entry: Delivery, actor: Actor, head: CaseHead) -> None:
    call(entry, actor, called_at=NOON - timedelta(minutes=6))
    assert RecordEntry.objects.get(head=head).late_entry


def test_a_minute_ahead_is_kept_as_now(entry: Delivery, actor: Actor) -> None:
    assert call(entry, actor, called_at=NOON + timedelta(seconds=50)).called_at == NOON


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"result": "maybe"}, "result"),
        ({"number": "  "}, "number"),
        ({"number": "1" * 61}, "number"),
        ({"person": " "}, "person"),
        ({"person": "长" * 61}, "person"),
        ({"note": "长" * 301}, "note"),
        ({"called_at": NOON + timedelta(minutes=2)}, "called_at"),
    ],
)
def test_bad_input_is_named_and_nothing_is_written(
    entry: Delivery, actor: Actor, head: CaseHead, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadInput) as refused:
        call(entry, actor, **changes)
    assert list(refused.value.fields) == [field]
    assert not CallAttempt.objects.filter(delivery=entry).exists()
    assert kinds_of(head) == []


def test_who_was_reached_is_not_called_again(entry: Delivery, actor: Actor) -> None:
    call(entry, actor)
    with pytest.raises(WrongState):
        call(entry, actor)


def test_a_mail_is_no_call(entry: Delivery, actor: Actor) -> None:
    mail = entry.notice.deliveries.get(channel="email")
    with pytest.raises(NotVisible):
        call(mail, actor)


def test_a_notice_of_no_case_is_called_without_a_line(duty: Recipient, actor: Actor) -> None:
    (notice,) = queued(head=None, message=Message("x", "题", "lone", call=True), recipients=[duty])
    assert call(notice.deliveries.get(channel="phone"), actor).result == "reached"
