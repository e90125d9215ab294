"""Delivery by real processes: a channel that hangs holds up nobody, and a kill loses nothing."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.kernel.gateway import Gateway, gateway
from tests.kernel.smtp import MailServer, mail_server
from tests.processes.harness import Machine, waited_for

pytestmark = [pytest.mark.processes, pytest.mark.postgres]

WAITING = "SELECT count(*) FROM deadlines_delivery WHERE channel = %s AND state = 'queued'"


@pytest.fixture
def mail(machine: Machine) -> Iterator[MailServer]:
    """A mail server that the machine's processes use."""
    with mail_server() as server:
        machine.more = {"EMAIL_URL": f"smtp://127.0.0.1:{server.port}"}
        yield server
        machine.more = {}


@pytest.fixture
def sms(machine: Machine, mail: MailServer) -> Iterator[Gateway]:
    """A gateway that they use as well."""
    with gateway() as server:
        machine.more |= {"SMS_URL": server.url, "SMS_SUCCESS": "code=0", "SMS_TIMEOUT": "5"}
        yield server


def waiting(machine: Machine, channel: str) -> int:
    """Return how many deliveries of a channel are queued."""
    return int(machine.sql(WAITING, channel)[0][0])


@pytest.mark.parametrize("kinds", [("sweep",), ("beat", "delivery")], ids=["sweep loop", "beat and worker"])
def test_an_sms_gateway_that_hangs_holds_up_no_mail(
    machine: Machine, mail: MailServer, sms: Gateway, kinds: tuple[str, ...]
) -> None:
    sms.plan = ["hang"]
    machine.drive("notices", people=100, units=0)
    for kind in kinds:
        machine.start(kind)
    assert waited_for(lambda: waiting(machine, "email") == 0, 60), "the mail waits for the SMS"
    assert waiting(machine, "sms") == 100
    assert len(mail.letters) == 100
    if "sweep" in kinds:
        beat = "SELECT clock_timestamp() - beat_at < interval '5 seconds' FROM deadlines_heartbeat WHERE name = 'sweep'"
        assert machine.sql(beat) == [(True,)]
    machine.sql("UPDATE deadlines_delivery SET state = 'settled' WHERE state = 'queued' RETURNING id")


def test_kills_in_mid_delivery_lose_nothing_and_say_what_may_be_double(machine: Machine, mail: MailServer) -> None:
    machine.drive("notices", people=400, units=0)
    for kill in range(1, 6):
        loop = machine.start("sweep")
        assert waited_for(lambda mark=kill * 60: len(mail.letters) >= mark, 60, every=0.005)
        machine.kill(loop)
        machine.sql("UPDATE deadlines_delivery SET leased_until = now() - interval '1 second' RETURNING id")
    machine.start("sweep")
    assert waited_for(lambda: waiting(machine, "email") == 0, 90)
    time.sleep(0.2)
    heard = Counter(str(letter["To"]) for letter in mail.letters)
    assert len(heard) == 400, "somebody was told nothing"
    doubted = {address for (address,) in machine.sql("SELECT address FROM deadlines_delivery WHERE in_doubt")}
    assert {address for address, count in heard.items() if count > 1} <= doubted
    assert len(mail.letters) <= 400 + 5
    assert len(doubted) <= 5
    states = machine.sql("SELECT DISTINCT state FROM deadlines_delivery WHERE channel = 'email'")
    assert states == [("sent",)]
