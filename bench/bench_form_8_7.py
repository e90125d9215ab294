"""The papers: form 8.7 as a browser gets it, a letter, a case file of forty pages; time, ratio and peak memory.

The request for the form goes through the whole house: session, rights, the report's row, the template, the PDF. The
letter and the case file go from their rows to the PDF, as a worker makes them. Bare WeasyPrint gets the finished HTML
and the parsed style sheets, and does nothing but lay out and write the same PDF/A. Memory is the peak of a process
that has the whole house loaded and makes that one paper.

    make bench        or        python bench/bench_form_8_7.py [COUNT]
"""

# ruff: noqa: E402 (Django is set up before its models are imported)

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yangcheng_ec.settings.testing")

import django

django.setup()

from django.test import Client
from django.test.utils import setup_databases, setup_test_environment, teardown_databases
from weasyprint import HTML

from directory.models import User
from incidents.models import Incident
from incidents.papers.kinds import paper_of
from tests.conftest import load_everything
from tests.incidents.factories import draft_report, file_incident, phone_report, signed_report
from tests.response.factories import active
from yangcheng_ec.papers import OwnFontsOnly, _style, html_of, printed

COUNT = 20
LONG_REPORTS = 7
LONG_TEXT = "县政务网站首页被替换为不明页面，后台日志有境外地址登录，初步判断为弱口令。" * 100
GOAL_MEGABYTES = 300
GOAL_SECONDS = 0.5
GOAL_RATIO = 1.3
TEXTS = {
    "description": "县政务网站首页被替换为不明页面，后台日志有境外地址登录，初步判断为弱口令。" * 4,
    "measures_taken": "已断开外网，保全日志，启用备用页面，通知公安网安大队。" * 2,
    "consequence_estimate": "网站停止服务约两小时，暂无数据外泄迹象。",
    "suggestions": "请公安网安大队到场取证，请县数据中心全面排查同类系统。",
    "loss_estimate": "约三万元", "impact_scope": "政务网站一个", "trend": "已得到控制", "location": "县数据中心机房",
    "source": "省厅监测告警", "category": "attack", "symptoms": ("outage", "destruction"),
}  # fmt: skip


class People(dict[str, Any]):
    """Demo users by account name."""

    def __missing__(self, name: str) -> Any:
        self[name] = User.objects.get(username=name)
        return self[name]


def timed(act: Callable[[], Any], other: Callable[[], Any], count: int) -> tuple[list[float], list[float]]:
    """Time both by turns, so that a busy moment of the machine hits both; return the seconds of each."""
    found: tuple[list[float], list[float]] = ([], [])
    for run in range(count + 2):
        for times, one in zip(found, (act, other), strict=True):
            start = time.perf_counter()
            one()
            if run >= 2:
                times.append(time.perf_counter() - start)
    return found


def bare(html: str) -> Callable[[], bytes]:
    """Return bare WeasyPrint on a paper's HTML."""
    stylesheet, fonts = _style()

    def write() -> bytes:
        document = HTML(string=html, url_fetcher=OwnFontsOnly())
        return bytes(document.write_pdf(stylesheets=[stylesheet], font_config=fonts, pdf_variant="pdf/a-3u"))

    return write


def peak_megabytes(html: str) -> float:
    """Return the peak memory of a process that has the house loaded, as a worker has, and makes the paper."""
    command = [sys.executable, __file__, "--peak"]
    found = subprocess.run(command, input=html.encode(), capture_output=True, check=True)
    return float(found.stdout)


def print_peak() -> None:
    """Make the paper that comes in and print this process's peak memory in megabytes."""
    printed(sys.stdin.buffer.read().decode())
    # Not ru_maxrss: that one remembers the parent's size from before this program was started in it.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    print(int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024)


def whole_case(people: People) -> Incident:
    """File a case with a response, its tasks and so many long reports that its file has about forty pages."""
    case = file_incident(people, **TEXTS)
    phone_report(people, case, body=LONG_TEXT[:300])
    active(people, incident=case)
    for _number in range(LONG_REPORTS):
        draft_report(people, case, content={"description": LONG_TEXT})
    return Incident.objects.select_related("plan_version__plan", "head").get(pk=case.pk)


def row(name: str, ours: Callable[[], Any], html: str, count: int) -> str:
    """Measure one paper and return its line of the table."""
    pages = printed(html).pages
    one, other = (statistics.median(times) for times in timed(ours, bare(html), count))
    return f"| {name} | {pages} | {one:.3f} s | {other:.3f} s | {one / other:.2f} × | {peak_megabytes(html):.0f} MB |"


def main(count: int) -> None:
    """Print the table."""
    setup_test_environment()
    databases = setup_databases(verbosity=0, interactive=False)
    load_everything()
    people = People()
    report = signed_report(people, file_incident(people, **TEXTS))
    client, case, duty = Client(), whole_case(people), people["duty"]
    client.force_login(duty, backend="django.contrib.auth.backends.ModelBackend")
    address = f"/incidents/{report.incident.number}/reports/{report.serial}/form-8-7.pdf"

    def html(incident: Incident, kind: str, serial: int) -> str:
        return html_of(*paper_of(duty, incident, kind, serial))

    def letter() -> Any:
        return printed(html(report.incident, "letter", 1), lambda page: None)

    def whole() -> Any:
        return printed(html(case, "case-file", 0), lambda page: None)

    print(f"{count} times ({max(3, count // 5)} for the case file), medians; goals: form {GOAL_SECONDS} s or less,")
    print(f"{GOAL_RATIO} × bare WeasyPrint or less, {GOAL_MEGABYTES} MB or less")
    print("| paper | pages | ours | bare WeasyPrint | ratio | peak memory |\n|---|---|---|---|---|---|")
    print(row("form 8.7, session to PDF", lambda: client.get(address), html(report.incident, "form-8-7", 1), count))
    print(row("official letter", letter, html(report.incident, "letter", 1), count), flush=True)
    print(row("case file", whole, html(case, "case-file", 0), max(3, count // 5)), flush=True)
    teardown_databases(databases, verbosity=0)


if __name__ == "__main__":
    if sys.argv[1:] == ["--peak"]:
        print_peak()
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else COUNT)
