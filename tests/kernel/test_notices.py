"""The outbox: told once per cause and recipient; the first opening enters the record; others' notices are not there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from tests.kernel.support import kinds_of, whole
from tests.queued import queued
from yangcheng_ec.actors import Actor
from yangcheng_ec.deadlines.models import Delivery, Notice
from yangcheng_ec.deadlines.registry import Recipient
from yangcheng_ec.deadlines.selectors import call_sheet, inbox_of, unread_count
from yangcheng_ec.deadlines.services import (
    Covering,
    Message,
    call_record,
    deadline_cover,
    notice_open,
    notice_queue,
    notices_settle,
    sweep_all,
)
from yangcheng_ec.errors import NotVisible, WrongState
from yangcheng_ec.record.models import CaseHead, RecordEntry

UNIT = Recipient("unit:runcheng", "润城镇值班", phone="0356-4810001", unit_code="runcheng")


def message(**changes: Any) -> Message:
    """Return a message."""
    return Message(**({"kind": "task", "title": "请签收任务", "dedupe": "task:1", "clause": "网络预案 4.2"} | changes))


def test_each_recipient_is_told_once_per_cause(head: CaseHead, duty: Recipient) -> None:
    assert len(queued(head=head, message=message(), recipients=[duty, duty, UNIT])) == 2
    assert queued(head=head, message=message(), recipients=[duty, UNIT]) == []
    assert len(queued(head=head, message=message(dedupe="task:2"), recipients=[duty])) == 1
    assert Notice.objects.filter(head=head).count() == 3
    assert Delivery.objects.filter(notice__head=head).count() == 3


def test_what_is_new_is_returned_with_its_id(head: CaseHead, duty: Recipient) -> None:
    queued(head=head, message=message(), recipients=[duty])
    (fresh,) = queued(head=head, message=message(), recipients=[duty, UNIT])
    assert Notice.objects.get(pk=fresh.pk).recipient_label == "润城镇值班"


def test_long_causes_keep_recipients_apart(head: CaseHead, duty: Recipient) -> None:
    long = message(dedupe="d" * 300)
    assert len(queued(head=head, message=long, recipients=[duty, UNIT])) == 2
    assert queued(head=head, message=long, recipients=[duty, UNIT]) == []


def test_nobody_to_tell_is_nothing_to_do(head: CaseHead) -> None:
    assert queued(head=head, message=message(), recipients=[]) == []


@pytest.mark.parametrize(
    ("recipient", "call", "channels"),
    [
        pytest.param(Recipient("a", "有邮箱", email="a@x.invalid", user_id=1), False, ["email"], id="mail"),
        pytest.param(
            Recipient("a", "有邮箱", email="a@x.invalid", user_id=1), True, ["email", "phone"], id="mail and call"
        ),
        pytest.param(Recipient("a", "无邮箱", user_id=1), False, [], id="inbox only"),
        pytest.param(UNIT, False, ["phone"], id="a unit without people"),
        pytest.param(Recipient("a", "邮箱太长", email="x" * 201, user_id=1), False, ["phone"], id="unusable mail"),
    ],
)
def test_channels(head: CaseHead, officer: Any, recipient: Recipient, call: bool, channels: list[str]) -> None:
    if recipient.user_id:
        recipient = Recipient(recipient.key, recipient.label, officer.pk, recipient.email)
    (notice,) = queued(head=head, message=message(call=call), recipients=[recipient])
    assert sorted(d.channel for d in notice.deliveries.all()) == channels


def test_the_statements_do_not_grow(
    head: CaseHead, officer: Any, django_assert_num_queries: Callable[..., Any]
) -> None:
    people = [Recipient(f"user:{n}", f"第{n}人", officer.pk, f"{n}@x.invalid") for n in range(30)]
    written = 2 if connection.vendor == "postgresql" else 3
    with django_assert_num_queries(written + 2):  # and once the rules about channels
        notice_queue(head=head, message=message(), recipients=people)
    with django_assert_num_queries(written):
        notice_queue(head=head, message=message(dedupe="again"), recipients=people)


def test_an_over_long_title_and_label_are_cut_not_refused(head: CaseHead, officer: Any) -> None:
    person = Recipient("a", "长" * 250, officer.pk)
    (notice,) = queued(head=head, message=message(title="题" * 400), recipients=[person])
    assert (len(notice.recipient_label), len(notice.title)) == (200, 300)


# Opening


@pytest.fixture
def notice(head: CaseHead, duty: Recipient) -> Notice:
    """A notice to the officer."""
    return queued(head=head, message=message(), recipients=[duty])[0]


def test_the_first_opening_enters_the_record_once(notice: Notice, officer: Any, actor: Actor, head: CaseHead) -> None:
    first = notice_open(notice_id=notice.pk, user=officer, actor=actor)
    again = notice_open(notice_id=notice.pk, user=officer, actor=actor)
    assert first.opened_at == again.opened_at
    assert kinds_of(head) == ["notice.opened"]
    line = RecordEntry.objects.get(head=head)
    assert (line.text, line.clause) == ("赵值班（值班员）打开通知：请签收任务", "网络预案 4.2")
    assert whole(head)


def test_a_notice_of_no_case_is_opened_without_a_line(officer: Any, duty: Recipient, actor: Actor) -> None:
    (notice,) = queued(head=None, message=message(dedupe="lone"), recipients=[duty])
    assert notice_open(notice_id=notice.pk, user=officer, actor=actor).opened_at is not None


@pytest.mark.parametrize("which", ["another's", "none"])
def test_what_is_not_mine_is_not_there(notice: Notice, stranger: Any, which: str, head: CaseHead) -> None:
    pk = notice.pk if which == "another's" else 0
    with pytest.raises(NotVisible):
        notice_open(notice_id=pk, user=stranger, actor=Actor(user=stranger))
    notice.refresh_from_db()
    assert notice.opened_at is None
    assert kinds_of(head) == []


# Reading


def test_the_inbox_is_ones_own_newest_first(notice: Notice, officer: Any, stranger: Any, duty: Recipient) -> None:
    (newer,) = queued(head=notice.head, message=message(dedupe="task:9"), recipients=[duty])
    assert list(inbox_of(officer)) == [newer, notice]
    assert list(inbox_of(stranger)) == []
    assert unread_count(officer) == 2
    notice_open(notice_id=notice.pk, user=officer, actor=Actor(user=officer))
    assert unread_count(officer) == 1


def test_the_call_sheet_puts_the_urgent_first(head: CaseHead) -> None:
    (calm,) = queued(head=head, message=message(), recipients=[UNIT])
    (urgent,) = queued(head=head, message=message(dedupe="u", urgent=True), recipients=[UNIT])
    assert [d.notice for d in call_sheet().filter(notice__head=head)] == [urgent, calm]


class TestSettling:
    """What was asked for is done: nobody is called or alarmed for it any more, and nothing is taken away."""

    def test_the_calls_of_a_cause_leave_the_sheet(self, head: CaseHead, duty: Recipient, actor: Actor) -> None:
        about = {"subject": ("response", 7), "kind": "response.approve", "call": True, "urgent": True}
        queued(head=head, message=message(**about), recipients=[duty, UNIT])
        other = message(**about | {"subject": ("response", 8)}, dedupe="task:2")
        queued(head=head, message=other, recipients=[duty])
        assert notices_settle(subject=("response", 7), kinds=["response.approve"]) == 2
        assert [row.notice.subject_id for row in call_sheet()] == [8]
        assert Notice.objects.filter(settled_at__isnull=False).count() == 2
        settled = Delivery.objects.filter(channel="phone", notice__subject_id=7).first()
        assert settled is not None
        with pytest.raises(WrongState, match="已经办结"):
            call_record(delivery_id=settled.pk, actor=actor, number="4220369", result="reached", person="李四")

    def test_kinds_and_units_narrow_it(self, head: CaseHead, duty: Recipient) -> None:
        about = {"subject": ("response", 7), "kind": "response.activated", "call": True}
        queued(head=head, message=message(**about), recipients=[duty, UNIT])
        assert notices_settle(subject=("response", 7), kinds=["response.approve"]) == 0
        assert notices_settle(subject=("response", 7), unit_code="runcheng") == 1
        assert [row.notice.recipient_label for row in call_sheet()] == [duty.label]

    @pytest.mark.usefixtures("noon")
    def test_a_clock_that_is_met_calls_nobody_any_more(
        self, head: CaseHead, clock: Callable[..., Any], actor: Actor
    ) -> None:
        from datetime import timedelta

        from yangcheng_ec.clock import database_now

        deadline = clock(started=timedelta(minutes=45))
        sweep_all()
        assert call_sheet().count() > 0
        covering = Covering(codes=("gov", "party"), done_at=database_now(), by=actor, late_reason="电话占线")
        deadline_cover(head=CaseHead.objects.get(pk=head.pk), deadline=deadline, covering=covering)
        assert call_sheet().count() == 0
