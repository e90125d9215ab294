"""Delivery by a real mail server: sent with its key, tried again later, given up loudly."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.kernel.smtp import MailServer, mail_server
from tests.kernel.support import NOON, kinds_of, whole
from tests.queued import queued
from yangcheng_ec.deadlines import tasks
from yangcheng_ec.deadlines.models import Delivery, Notice
from yangcheng_ec.deadlines.registry import Recipient
from yangcheng_ec.deadlines.selectors import call_sheet
from yangcheng_ec.deadlines.services import Message, deliver as deliver_module, deliver_all, deliver_batch, leases
from yangcheng_ec.record.models import CaseHead

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def server(settings: Any) -> Iterator[MailServer]:
    """A mail server that the system is set to use."""
    with mail_server() as running:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", running.port
        settings.SITE_URL = "http://10.0.0.1"
        yield running


@pytest.fixture
def notice(head: CaseHead, duty: Recipient) -> Notice:
    """A notice on its way by mail."""
    message = Message(
        "deadline.remind", "还剩15分钟：\n向县政府报告", "step:1", "正文", url="/incidents/1/", clause="网络预案 4.1"
    )
    return queued(head=head, message=message, recipients=[duty])[0]


def mail_of(notice: Notice) -> Delivery:
    """Return the notice's delivery by mail."""
    return notice.deliveries.get(channel="email")


def test_a_letter_carries_the_words_the_address_and_the_key(server: MailServer, notice: Notice) -> None:
    assert deliver_batch("email") == 1
    (letter,) = server.letters
    assert (letter["To"], letter["Subject"].strip()) == ("officer@yangcheng.invalid", "还剩15分钟： 向县政府报告")
    key = mail_of(notice).key
    assert (letter["Message-ID"], letter["X-Notice-Key"]) == (f"<{key}@yangcheng-ec>", str(notice.key))
    body = letter.get_content()
    assert "正文" in body
    assert "http://10.0.0.1/incidents/1/" in body
    assert "依据：网络预案 4.1" in body
    sent = mail_of(notice)
    assert (sent.state, sent.attempts, sent.sent_at, sent.leased_until) == ("sent", 1, NOON, None)


def test_a_sent_letter_is_not_sent_again(server: MailServer, notice: Notice) -> None:
    assert [deliver_batch("email"), deliver_batch("email"), deliver_all()] == [1, 0, 0]
    assert len(server.letters) == 1


def test_the_same_key_goes_out_when_sent_twice(server: MailServer, notice: Notice) -> None:
    deliver_batch("email")
    Delivery.objects.filter(notice=notice).update(state="queued")  # a kill between sending and marking
    deliver_batch("email")
    assert server.letters[0]["Message-ID"] == server.letters[1]["Message-ID"]


def test_what_somebody_leased_is_left_until_the_lease_ends(server: MailServer, notice: Notice, noon: Any) -> None:
    Delivery.objects.filter(notice=notice).update(leased_until=NOON + timedelta(seconds=60))
    assert deliver_batch("email") == 0
    noon.shift(61)
    assert deliver_batch("email") == 1


def test_a_refusal_is_tried_again_later_and_later(server: MailServer, notice: Notice, noon: Any) -> None:
    server.refuse = 2
    waits = []
    for _ in range(2):
        deliver_batch("email")
        row = mail_of(notice)
        assert (row.state, row.leased_until) == ("queued", None)
        assert "451" in row.error or "try again" in row.error
        waits.append((row.next_try_at - deliver_module.database_now()).total_seconds())
        assert deliver_batch("email") == 0
        noon.shift(waits[-1])
    assert 8 <= waits[0] <= 12
    assert 16 <= waits[1] <= 24
    deliver_batch("email")
    row = mail_of(notice)
    assert (row.state, row.attempts, row.error, len(server.letters)) == ("sent", 3, "", 1)


def test_given_up_goes_to_the_call_sheet_and_into_the_record(
    server: MailServer, notice: Notice, noon: Any, head: CaseHead
) -> None:
    server.refuse = 99
    for _ in range(leases.MAX_ATTEMPTS):
        deliver_batch("email")
        noon.shift(1000)
    row = mail_of(notice)
    assert (row.state, row.attempts, row.in_doubt) == ("given_up", 6, False)
    assert "451" in row.error
    (call,) = call_sheet().filter(notice=notice)
    assert call.address == "13900000001"
    assert kinds_of(head) == ["notice.given_up"]
    assert whole(head)
    assert deliver_batch("email") == 0


def test_a_recipient_that_does_not_exist_is_given_up_at_once(server: MailServer, notice: Notice) -> None:
    server.refuse, server.refusal = 1, "550 no such person"
    deliver_batch("email")
    row = mail_of(notice)
    assert (row.state, row.attempts) == ("given_up", 1)
    assert "550 no such person" in row.error
    assert call_sheet().filter(notice=notice).count() == 1


def test_a_notice_already_on_the_call_sheet_is_not_put_there_twice(server: MailServer, notice: Notice) -> None:
    server.refuse = 1
    Delivery.objects.create(notice=notice, channel="phone", next_try_at=NOON)
    Delivery.objects.filter(notice=notice, channel="email").update(attempts=5)
    deliver_batch("email")
    assert call_sheet().filter(notice=notice).count() == 1


def test_a_server_that_hangs_up_costs_one_letter_only(server: MailServer, head: CaseHead, officer: Any) -> None:
    people = [Recipient(f"u{n}", f"第{n}人", officer.pk, f"{n}@x.invalid") for n in range(4)]
    queued(head=head, message=Message("x", "题", "d"), recipients=people)
    server.hang_up = 1
    deliver_batch("email")
    assert len(server.letters) == 3
    assert server.connections == 2
    left = Delivery.objects.get(notice__head=head, state="queued")
    assert (left.in_doubt, left.attempts) == (True, 1)


def test_one_connection_serves_a_batch_and_batches_follow(server: MailServer, head: CaseHead, officer: Any) -> None:
    people = [Recipient(f"u{n}", f"第{n}人", officer.pk, f"{n}@x.invalid") for n in range(70)]
    queued(head=head, message=Message("x", "题", "d"), recipients=people)
    assert tasks.deliver("email") == 70
    assert (len(server.letters), server.connections) == (70, 2)
    assert len({letter["Message-ID"] for letter in server.letters}) == 70


def test_a_slow_server_gives_back_what_there_was_no_time_for(
    server: MailServer, notice: Notice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver_module, "SEND_SECONDS", -1.0)
    assert deliver_batch("email") == 0
    row = mail_of(notice)
    assert (row.state, row.leased_until, row.attempts) == ("queued", None, 0)


def test_words_cannot_forge_a_header(server: MailServer, head: CaseHead, duty: Recipient) -> None:
    message = Message("x", "题目\r\nBcc: thief@x.invalid", "d")
    queued(head=head, message=message, recipients=[duty])
    deliver_batch("email")
    assert server.letters[0]["Bcc"] is None
    assert server.letters[0]["Subject"] == "题目 Bcc: thief@x.invalid"
