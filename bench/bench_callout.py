"""Call-outs on PostgreSQL: a warning to 2,000 targets «all queued», one wave of the ladder, and confirmations at once.

2,000 targets are 1,000 units with a liaison each and 1,000 units with a telephone only, under one warning: one cause,
2,000 call-outs, notices, deliveries and pending steps in one transaction. Confirmations come over 16 threads, all of
one case, hence one after another behind its lock: what is measured is how long that lock makes them wait.

    DATABASE_URL=postgres://… make bench        or        python bench/bench_callout.py [TARGETS] [CONFIRMATIONS]
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from tests.processes.harness import Machine

TARGETS, CONFIRMATIONS, THREADS = 2_000, 10_000, 16
GOAL = 3.0


def main(targets: int, confirmations: int) -> None:
    """Print the table."""
    url = os.environ.get("DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
    with tempfile.TemporaryDirectory() as folder:
        machine = Machine(url, Path(folder), driver="bench.callout_acts")
        machine.set_up()
        try:
            machine.drive("prepare", targets=max(targets, confirmations))
            queued = machine.drive("queue", targets=targets)
            fired = machine.drive("fire")
            confirmed = machine.drive("confirm", count=confirmations, threads=THREADS)
        finally:
            machine.tear_down()
    print(f"{targets} targets; goal: all queued in under {GOAL:.0f} s")
    print("| what | figure |\n|---|---|")
    made = f"{queued['callouts']} call-outs, {queued['notices']} notices"
    print(f"| all queued: {made} | {queued['seconds']:.2f} s ({queued['cpu']:.2f} s of this process) |")
    print(f"| one wave of the ladder: {fired['fired']} steps fired | {fired['seconds']:.2f} s ({fired['cpu']:.2f} s) |")
    print(
        f"| {confirmed['confirmed']} confirmations of one case, {THREADS} threads | {confirmed['seconds']:.1f} s, "
        f"{confirmed['rate']:.0f} a second |"
    )
    print(f"| one confirmation alone: statements, time | {confirmed['statements']}, {confirmed['alone_ms']:.1f} ms |")
    print(f"| none lost, none doubled, chain whole | {'yes' if confirmed['whole'] else 'NO'} |")


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    main(*(given + [TARGETS, CONFIRMATIONS][len(given) :]))
