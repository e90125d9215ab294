"""List, search, case and statistics at 100,000 cases of ten years: medians against their goal, on PostgreSQL.

One gunicorn worker with the production server's settings answers on loopback; one client asks, one request at a time.

    DATABASE_URL=postgres://… make bench        or        python bench/bench_cases.py [CASES]
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.bench_pages import Web, line, link_assets, reading
from tests.processes.harness import Machine

CASES = 100_000
GOAL = 0.150


def pages(made: dict[str, str]) -> dict[str, str]:
    """Return what is asked for, under the words of the table."""
    return {
        "list": "/incidents/?all=1",
        "list, page 1000": "/incidents/?all=1&page=1000",
        "list, open": "/incidents/?state=open",
        "list, category and year": "/incidents/?category=attack&since=2024-01-01&until=2024-12-31",
        "list, overdue": "/incidents/?overdue=1",
        "list, no drills": "/incidents/?drill=0",
        "search, in all cases (网络)": f"/incidents/?search={quote('网络')}",
        "search, one letter (网)": f"/incidents/?search={quote('网')}",
        "search, a phrase (政务网站被篡改)": f"/incidents/?search={quote('政务网站被篡改')}",
        "search, rare (量子密钥)": f"/incidents/?search={quote('量子密钥')}",
        "search, two words, nowhere": f"/incidents/?search={quote('网站站网 挖断')}",
        "search, a number": f"/incidents/?search={made['older']}",
        "search in the API": f"/api/v1/incidents/?search={quote('数据泄露')}",
        "case": f"/incidents/{made['first']}/",
        "case, old": f"/incidents/{made['older']}/",
        "look back": f"/incidents/{made['first']}/as-of/",
        "statistics, this year": "/incidents/statistics/",
        "statistics, ten years": "/incidents/statistics/?since=&until=",
    }


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


def measure(machine: Machine, count: int) -> None:
    """Measure everything on a machine that is set up."""
    machine.manage("collectstatic", "--noinput", "--verbosity", "0")
    keys = machine.drive("prepare")
    begun = time.perf_counter()
    made = machine.drive("history", count=count)
    print(f"{made['total']} cases made in {time.perf_counter() - begun:.0f} s")
    asked = pages(made)
    counted = machine.drive("statements", paths=list(asked.values()), users=["duty"])
    print("| what | median | goal | reached |\n|---|---|---|---|")
    web = Web(machine)
    try:
        for words, path in asked.items():
            line(f"{words}, duty", reading(web, path, keys, "duty"), GOAL, f", {counted[path]['duty']} SQL")
        for words in ("list", "search, in all cases (网络)", "search, rare (量子密钥)"):
            line(f"{words}, a unit", reading(web, asked[words], keys, "unit_gongan"), GOAL)
    finally:
        web.process.terminate()
        web.process.wait()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else CASES)
