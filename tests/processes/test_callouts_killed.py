"""A publication to 500 units while the publisher and the worker are killed -9, ten times: nobody is lost or doubled.

Whatever dies, every addressee has exactly one call-out and one notice per cause, every step of the ladder fires once
and is on record once, and every mail reaches a real mail server at least once.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tests.kernel.smtp import MailServer, mail_server
from tests.processes.conftest import URL
from tests.processes.harness import MAIL_EVERY, ROOT, Machine, waited_for

pytestmark = [pytest.mark.processes, pytest.mark.postgres]

UNITS, KILLS = 500, 10
# From «ready» to the commit of a publication, in seconds: kills fall before, within and after it.
PUBLISHING = 3.0


class MailingMachine(Machine):
    """A machine whose letters go to a mail server."""

    mail_port = 0

    def environment(self, kind: str) -> dict[str, str]:
        """Return what a process is given, the mail server's address with it."""
        return super().environment(kind) | {"EMAIL_URL": f"smtp://127.0.0.1:{self.mail_port}"}


@pytest.fixture
def post() -> Iterator[MailServer]:
    """A mail server that keeps what it is given."""
    with mail_server() as server:
        yield server


@pytest.fixture
def house(
    post: MailServer, bare_machine: Machine, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MailingMachine]:
    """A machine with nothing on it yet."""
    machine = MailingMachine(URL, tmp_path_factory.mktemp("house"), driver="tests.processes.callout_drive")
    machine.mail_port = post.port
    machine.set_up(like=bare_machine)
    try:
        yield machine
    finally:
        machine.tear_down()


def publish_and_kill(house: MailingMachine, warning_id: int, wait: float) -> bool:
    """Publish in a process that is killed so many seconds after it was ready; return whether it had finished."""
    command = [sys.executable, "-m", house.driver, "publish", json.dumps({"warning_id": warning_id})]
    publisher = subprocess.Popen(
        command, cwd=ROOT, env=house.environment("publisher"), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert publisher.stdout is not None
    assert publisher.stdout.readline()  # «ready»
    time.sleep(wait)
    done = publisher.poll() is not None
    publisher.kill()
    publisher.wait()
    publisher.stdout.close()
    return done


def left(house: MailingMachine) -> int:
    """Return how many mails and due steps still wait."""
    mails = house.sql("SELECT count(*) FROM deadlines_delivery WHERE channel = 'email' AND state = 'queued'")
    due = "SELECT count(*) FROM callout_calloutstep WHERE state = 'pending' AND fire_at <= clock_timestamp()"
    return int(mails[0][0]) + int(house.sql(due)[0][0])


def test_ten_kills_lose_nobody_and_double_nobody(house: MailingMachine, post: MailServer) -> None:
    warnings = house.drive("prepare", units=UNITS, warnings=KILLS)
    house.start("beat")
    cut_short = 0
    for warning_id in warnings:
        cut_short += not publish_and_kill(house, warning_id, random.uniform(0, PUBLISHING))
        assert house.drive("finish", warning_id=warning_id) == "published"
        before, workers = left(house), [house.start("worker"), house.start("delivery")]
        assert waited_for(lambda before=before: left(house) < before, 60), "the worker never began"
        time.sleep(random.uniform(0, 1.5))
        for worker in workers:
            house.kill(worker)
    for kind in ("worker", "delivery"):
        house.start(kind)
    assert waited_for(lambda: left(house) == 0, 400, every=0.5)
    found = house.drive("report")
    assert cut_short, "no publication was cut short: wait less"
    expected = UNITS * KILLS
    for name in ("addressees", "callouts", "notices", "told", "fired", "pending"):
        assert found[name] == expected, (name, found[name])
    assert found["mails"] == len(found["keys"]) == expected // MAIL_EVERY
    faults = ("mails_waiting", "steps_due", "doubled", "gaps", "fired_and_not_recorded_once", "broken_chains")
    assert {name: found[name] for name in faults if found[name]} == {}
    arrived = {letter["X-Notice-Key"] for letter in post.letters}
    assert set(found["keys"]) <= arrived
