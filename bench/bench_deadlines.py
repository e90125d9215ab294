"""10,000 deadlines due at one instant, on PostgreSQL with real beat, worker and sweep processes.

Each clock is of a case of its own, with one overdue step told to two people by inbox and call sheet: per clock one
step, one mark, one line of the record, one new end of a chain, two notices and two deliveries. What is measured is
when the notices of a clock are committed and seen by another connection, counted from the instant the clocks are due.

    DATABASE_URL=postgres://… make bench        or        python bench/bench_deadlines.py [COUNT]
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

import psycopg2

from tests.processes.harness import Machine

COUNT = 10_000
GOAL = 5.0
LEAD = 25.0
PROCESSES = ("beat", "worker", "sweep")
# Only the shrinking index of pending steps is read, so that looking costs the measured machine little.
SEEN = "SELECT clock_timestamp(), (SELECT count(*) FROM deadlines_step WHERE state = 'pending')"


def watched(machine: Machine, due: str, count: int, kills: int) -> list[tuple[float, int]]:
    """Look every 50 ms until all are fired; return (seconds after due, fired). Kill the worker as often as told."""
    connection = psycopg2.connect(machine.url)
    connection.autocommit = True
    seen: list[tuple[float, int]] = [(0.0, 0)]
    workers = [process for process in machine.processes if "worker" in process.args]
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::timestamptz", (due,))
        start = cursor.fetchone()[0]
        while seen[-1][1] < count and seen[-1][0] < 120:
            time.sleep(0.05)
            cursor.execute(SEEN)
            now, pending = cursor.fetchone()
            seen.append(((now - start).total_seconds(), count - pending))
            if kills and count - pending > count * (3 - kills) // 4:
                machine.kill(workers.pop())
                workers.append(machine.start("worker"))
                kills -= 1
    connection.close()
    return seen


def at(seen: list[tuple[float, int]], share: float, count: int) -> float:
    """Return when so large a share had been seen."""
    return next(moment for moment, fired in seen if fired >= share * count)


def run(machine: Machine, count: int, *, kills: int) -> dict[str, float | bool]:
    """Let ``count`` clocks run out at once and return the figures."""
    for kind in PROCESSES:
        machine.start(kind)
    due = machine.drive("clocks", count=count, due_in=LEAD)["first_due"]
    assert machine.pending_due() == 0, "this machine is too busy: the clocks ran out while they were being written"
    seen = watched(machine, due, count, kills)
    machine.stop_all()
    first = next(moment for moment, fired in seen if fired)
    report = machine.drive("report")
    faults = [name for name, value in report.items() if name not in {"steps", "fired", "notices"} and value]
    return {
        "first": first,
        "p50": at(seen, 0.5, count),
        "p99": at(seen, 0.99, count),
        "max": at(seen, 1.0, count),
        "rate": count / max(0.001, at(seen, 1.0, count) - first),
        "once": not faults and report["notices"] == 2 * report["fired"],
    }


def main(count: int) -> None:
    """Print the table: undisturbed, and with the worker killed -9 twice."""
    url = os.environ.get("DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
    print(f"{count} deadlines due at one instant; {', '.join(PROCESSES)}; goal: p99 < {GOAL:.0f} s, exactly once")
    print("| run | first seen | p50 | p99 | max | clocks a second | exactly once |\n|---|---|---|---|---|---|---|")
    for name, kills in (("undisturbed", 0), ("worker killed -9 twice", 2)):
        with tempfile.TemporaryDirectory() as folder:
            machine = Machine(url, Path(folder))
            machine.set_up()
            machine.drive("people")
            try:
                found = run(machine, count, kills=kills)
            finally:
                machine.tear_down()
        times = " | ".join(f"{found[key]:.2f} s" for key in ("first", "p50", "p99", "max"))
        print(f"| {name} | {times} | {found['rate']:.0f} | {'yes' if found['once'] else 'NO'} |", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else COUNT)
