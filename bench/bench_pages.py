"""Filing over HTTP and the incident list at 10,000 cases: medians against their goals, on PostgreSQL.

One gunicorn worker with the production server's settings answers on loopback; one client asks, one request at a time.

    DATABASE_URL=postgres://… make bench        or        python bench/bench_pages.py [CASES]
"""

from __future__ import annotations

import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.processes.harness import ROOT, Machine, free_port, waited_for

CASES = 10_000
FILINGS = 100
READS = 40
LISTS = ("/incidents/", "/api/v1/incidents/")


class Web:
    """The web process of one machine, and a client that keeps its connection."""

    def __init__(self, machine: Machine) -> None:
        self.port = free_port()
        command = [sys.executable, "-m", "gunicorn", "yangcheng_ec.wsgi", "--bind", f"127.0.0.1:{self.port}"]
        options = ["--worker-class", "gthread", "--workers", "1", "--threads", "4", "--log-level", "warning"]
        self.process = subprocess.Popen([*command, *options], cwd=ROOT, env=machine.environment("web"))
        assert waited_for(self._answers, 60)
        self.client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def _answers(self) -> bool:
        try:
            probe = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
            probe.request("GET", "/healthz")
            return probe.getresponse().status == 200
        except OSError:
            return False

    def ask(self, method: str, path: str, headers: dict[str, str], body: Any = None) -> float:
        """Ask once; return the seconds. Anything but success ends the run."""
        content = json.dumps(body) if body is not None else None
        begun = time.perf_counter()
        self.client.request(method, path, body=content, headers={"Content-Type": "application/json", **headers})
        answer = self.client.getresponse()
        text = answer.read()
        took = time.perf_counter() - begun
        assert answer.status in (200, 201), (answer.status, text[:400])
        return took


def line(what: str, median: float, goal: float, more: str = "") -> None:
    """Print one row of the table."""
    verdict = "yes" if median <= goal else "NO"
    print(f"| {what} | {median * 1000:.0f} ms{more} | {goal * 1000:.0f} ms | {verdict} |", flush=True)


def filing(web: Web, token: str) -> float:
    """Return the median of filing an incident with its clocks, record and notices."""
    facts = {
        "plan": "cyber-2025", "title": "政务外网核心交换机断电", "channel": "phone", "caller_name": "李四",
        "caller_number": "03564220000", "incident_unit": "shuju", "reporting_unit": "gongan",
        "description": "断电。" * 50,
    }  # fmt: skip
    headers = {"Authorization": f"Token {token}"}
    took = [
        web.ask("POST", "/api/v1/incidents/", headers | {"Idempotency-Key": f"bench-{place}"}, facts)
        for place in range(FILINGS)
    ]
    return statistics.median(took[5:])


def reading(web: Web, path: str, keys: dict[str, str], name: str) -> float:
    """Return the median of a list for one account."""
    headers = {"Cookie": f"sessionid={keys[name + '_session']}"}
    web.client.close()  # the server has long ended a connection that was idle
    return statistics.median([web.ask("GET", path, headers) for _ in range(READS)][3:])


def main(count: int) -> None:
    """Print the table."""
    url = os.environ.get("DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
    with tempfile.TemporaryDirectory() as folder:
        machine = Machine(url, Path(folder), driver="bench.acts")
        link_assets(machine.var)
        machine.set_up()
        try:
            measure(machine, count)
        finally:
            machine.tear_down()


def link_assets(var: Path) -> None:
    """Lend the machine what set-up fetched: Bootstrap."""
    (var / "vendor").symlink_to(Path(os.environ.get("VAR_DIR", ROOT / "var")) / "vendor")


def measure(machine: Machine, count: int) -> None:
    """Measure everything on a machine that is set up."""
    machine.manage("collectstatic", "--noinput", "--verbosity", "0")
    keys = machine.drive("prepare")
    print("| what | median | goal | reached |\n|---|---|---|---|")
    web = Web(machine)
    try:
        line("file an incident through the API", filing(web, keys["duty_token"]), 0.060)
        total = machine.drive("cases", count=count)
        counted = machine.drive("statements", paths=list(LISTS))
        for path in LISTS:
            for name in ("duty", "unit_gongan"):
                more = f", {counted[path][name]} SQL (≤ 15)"
                line(f"{path} at {total} cases, {name}", reading(web, path, keys, name), 0.060, more)
    finally:
        web.process.terminate()
        web.process.wait()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else CASES)
