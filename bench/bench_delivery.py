"""The outbox: a notice to 2,000 recipients queued in one transaction, and how fast the queue then drains.

1,800 people with mail and mobile and 200 units by phone: 2,000 notices, 3,800 deliveries. Queued on the embedded SQLite
and on PostgreSQL; drained on PostgreSQL by ``manage.py sweep`` alone, then by beat and the delivery worker, into a mail
server and an SMS gateway of this machine that only take (tests/kernel/smtp.py, gateway.py).

    DATABASE_URL=postgres://… make bench        or        python bench/bench_delivery.py
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from tests.kernel.gateway import gateway
from tests.kernel.smtp import mail_server
from tests.processes.harness import ROOT, Machine, waited_for

PEOPLE, UNITS = 1_800, 200
GOAL = 3.0
QUEUED = "SELECT count(*) FROM deadlines_delivery WHERE channel = %s AND state = 'queued'"


class Embedded(Machine):
    """The same acts on SQLite: one file, no server."""

    def __init__(self, var: Path) -> None:
        self.driver, self.var, self.more, self.redis_port = "tests.processes.drive", var, {}, 0
        self.url = f"sqlite:///{var / 'bench.sqlite3'}"
        command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(command, cwd=ROOT, env=self.environment("manage"), check=True)


def queueing(machine: Machine, name: str) -> None:
    """Print how long the queueing takes, the best of three: the first one also reads its indexes."""
    machine.more = {"SMS_URL": "http://127.0.0.1:9/"}
    took = [machine.drive("notices", people=PEOPLE, units=UNITS) for _ in range(3)]
    best = min(one["seconds"] for one in took)
    verdict = "ok" if best < GOAL else "MISSED"
    print(f"| queued, {name} | {PEOPLE + UNITS} | {took[0]['deliveries']} | {best:.2f} s | < {GOAL:.0f} s: {verdict} |")


def draining(machine: Machine, kinds: tuple[str, ...], name: str) -> None:
    """Print how fast both channels drain."""
    machine.sql("UPDATE deadlines_delivery SET state = 'settled' WHERE state = 'queued' RETURNING id")
    with ExitStack() as stack:
        mail, sms = stack.enter_context(mail_server()), stack.enter_context(gateway())
        machine.more = {"EMAIL_URL": f"smtp://127.0.0.1:{mail.port}", "SMS_URL": sms.url, "SMS_SUCCESS": "code=0"}
        machine.drive("notices", people=PEOPLE, units=UNITS)
        for kind in kinds:
            machine.start(kind)
        assert waited_for(lambda: bool(mail.letters), 60, every=0.01), "nothing goes out"
        start, ends = time.monotonic(), {}
        while len(ends) < 2 and time.monotonic() - start < 300:
            time.sleep(0.05)
            for channel in {"email", "sms"} - set(ends):
                if machine.sql(QUEUED, channel)[0][0] == 0:
                    ends[channel] = time.monotonic() - start
        machine.stop_all()
        whole = len(mail.letters) == len(sms.taken) == PEOPLE
    rates = ", ".join(f"{channel} {PEOPLE / ends[channel]:.0f}/s" for channel in ("email", "sms"))
    longest = max(ends.values())
    once = "yes" if whole else "NO"
    print(f"| drained, {name} | {PEOPLE} × 2 | {rates} | {longest:.1f} s | each exactly once: {once} |")


def main() -> None:
    """Print the table."""
    url = os.environ.get("DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
    print("| what | recipients | deliveries, rate | time | goal |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        queueing(Embedded(Path(folder)), "SQLite")
        machine = Machine(url, Path(folder))
        machine.set_up()
        try:
            queueing(machine, "PostgreSQL")
            draining(machine, ("sweep",), "manage.py sweep")
            draining(machine, ("beat", "delivery"), "beat and worker")
        finally:
            machine.tear_down()


if __name__ == "__main__":
    main()
