"""Whatever dies, each step fires once: one record line, one notice per recipient, no clock left, every chain whole."""

from __future__ import annotations

import subprocess
import threading
import time

import psycopg2
import pytest

from tests.processes.harness import Machine, waited_for

pytestmark = [pytest.mark.processes, pytest.mark.postgres]

KILLS = 20
IN_MID_SWEEP = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'worker' AND backend_xid IS NOT NULL
    AND (query LIKE '%%deadlines_step%%' OR query LIKE '%%deadlines_notice%%' OR query LIKE '%%record_%%')
"""


def exactly_once(machine: Machine) -> dict[str, object]:
    """Check everything that must hold when the clocks have run out, and return the report."""
    report = machine.drive("report")
    faults = {name: value for name, value in report.items() if name not in {"steps", "fired", "notices"} and value}
    assert faults == {}, report
    assert report["notices"] == 2 * report["fired"]
    return report


class Watch:
    """A standing connection that sees whether the worker is in the middle of a sweep."""

    def __init__(self, machine: Machine) -> None:
        self.connection = psycopg2.connect(machine.url)
        self.connection.autocommit = True

    def in_mid_sweep(self) -> bool:
        """Return whether a worker has written something that it has not committed."""
        with self.connection.cursor() as cursor:
            cursor.execute(IN_MID_SWEEP)
            return bool(cursor.fetchone()[0])


def test_the_worker_is_killed_in_mid_sweep_twenty_times(machine: Machine) -> None:
    machine.start("beat")
    watch, kills = Watch(machine), 0
    end = time.monotonic() + 240
    while kills < KILLS and time.monotonic() < end:
        if machine.pending_due() < 400:  # before the worker is up: it could be done with them before anybody looks
            machine.drive("clocks", count=1200)
        worker = machine.start("worker")
        assert waited_for(watch.in_mid_sweep, 30, every=0.001), "the worker never swept"
        machine.kill(worker)
        kills += 1
    assert kills == KILLS
    machine.start("worker")
    assert machine.swept(40)
    exactly_once(machine)
    watch.connection.close()


def test_two_beats_two_workers_and_two_sweeps_at_once(machine: Machine) -> None:
    for kind in ("beat", "beat", "worker", "worker", "sweep", "sweep"):
        machine.start(kind)
    machine.drive("clocks", count=600, due_in=4.0, apart=0.005)
    machine.drive("clocks", count=600, due_in=3.0)
    time.sleep(7)
    assert machine.swept(30)
    exactly_once(machine)


def test_a_thousand_submissions_within_milliseconds_of_the_due_instant(machine: Machine) -> None:
    count, apart = 1000, 0.02
    sweeper = threading.Thread(target=machine.drive, args=("sweep_hard",), kwargs={"seconds": count * apart + 6})
    sweeper.start()
    outcome = machine.drive("race", count=count, apart=apart, jitter=0.006)
    sweeper.join()
    assert outcome["met"] + outcome["met_late"] == count, outcome
    assert min(outcome["met"], outcome["met_late"]) >= count // 100, outcome
    wrong = {name: outcome[name] for name in ("wrong", "steps left", "fired but unmarked") if outcome[name]}
    assert wrong == {}, outcome
    exactly_once(machine)


@pytest.mark.parametrize("with_sweep", [True, False], ids=["with the sweep loop", "worker and beat alone"])
def test_redis_is_emptied_stopped_and_comes_back(machine: Machine, with_sweep: bool) -> None:
    machine.start("beat")
    machine.start("worker")
    if with_sweep:
        machine.start("sweep")
    machine.drive("clocks", count=300, due_in=4.0, apart=0.03)
    time.sleep(5)
    machine.flush_redis()
    time.sleep(1)
    machine.stop_redis()
    time.sleep(4)
    if with_sweep:
        assert machine.pending_due() < 100  # the sweep loop goes on without Redis
    machine.start_redis()
    assert waited_for(lambda: machine.drive("report")["pending"] == 0, 40, every=1)
    exactly_once(machine)


def test_a_sweep_stops_cleanly_when_asked(machine: Machine) -> None:
    process = machine.start("sweep")
    machine.drive("clocks", count=10)
    assert machine.swept(30)
    process.terminate()
    try:
        assert process.wait(timeout=5) == 0
    except subprocess.TimeoutExpired:  # pragma: no cover
        pytest.fail("the sweep loop did not stop within five seconds")
    machine.processes.remove(process)
    exactly_once(machine)
