"""Form 8.7 as a browser gets it, beside bare WeasyPrint on the same HTML and style sheet.

The request goes through the whole house: session, rights, the report's row, the template, the PDF. Bare WeasyPrint
gets the finished HTML and the parsed style sheet, and does nothing but lay out and write the same PDF/A.

    make bench        or        python bench/bench_form_8_7.py [COUNT]
"""

# ruff: noqa: E402 (Django is set up before its models are imported)

from __future__ import annotations

import os
import statistics
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
from incidents.models import Report
from incidents.papers import form_8_7_of, html_of
from tests.conftest import load_everything
from tests.incidents.factories import file_incident, signed_report
from yangcheng_ec.papers import OwnFontsOnly, _style

COUNT = 20
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


def bare(report: Report) -> Callable[[], bytes]:
    """Return bare WeasyPrint on the report's HTML."""
    html = html_of("papers/form_8_7.html", form_8_7_of(report))
    stylesheet, fonts = _style()

    def write() -> bytes:
        document = HTML(string=html, url_fetcher=OwnFontsOnly())
        return bytes(document.write_pdf(stylesheets=[stylesheet], font_config=fonts, pdf_variant="pdf/a-3u"))

    return write


def main(count: int) -> None:
    """Print the two medians and their ratio."""
    setup_test_environment()
    databases = setup_databases(verbosity=0, interactive=False)
    load_everything()
    people = People()
    report = signed_report(people, file_incident(people, **TEXTS))
    client = Client()
    client.force_login(people["duty"], backend="django.contrib.auth.backends.ModelBackend")
    address = f"/incidents/{report.incident.number}/reports/{report.serial}/form-8-7.pdf"
    ours, theirs = (statistics.median(times) for times in timed(lambda: client.get(address), bare(report), count))
    teardown_databases(databases, verbosity=0)
    print(f"form 8.7, {count} times, medians; goals: {GOAL_SECONDS} s or less, {GOAL_RATIO} × bare WeasyPrint or less")
    print("| what | median |\n|---|---|")
    print(f"| the page, session to PDF | {ours:.3f} s |\n| bare WeasyPrint on its HTML | {theirs:.3f} s |")
    print(f"| ratio | {ours / theirs:.2f} × |", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else COUNT)
