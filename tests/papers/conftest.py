"""Printed papers, read back."""

from __future__ import annotations

import io
import re
import subprocess
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from pypdf import PdfReader

from incidents.models import PaperJob, Report
from incidents.services import report_send
from incidents.services.papers import paper_render
from tests.incidents.factories import draft_report, file_incident, officer, signed_report

SHANGHAI = ZoneInfo("Asia/Shanghai")
RARE = "镕喆璟昇犇"
CYBER = {
    "title": "县政务网站首页被篡改", "location": "县数据中心二楼机房", "source": "省厅监测告警", "category": "attack",
    "symptoms": ("outage", "leak"), "description": f"首页被替换为不明页面，发现人{RARE}。初步判断为弱口令。",
    "measures_taken": "已断开外网，保全日志，启用备用页面。",
    "consequence_estimate": "停止服务约两小时，无数据外泄迹象。",
    "suggestions": "请公安网安大队到场取证。", "loss_estimate": "约三万元", "impact_scope": "政务网站一个",
    "trend": "已得到控制",
}  # fmt: skip
COMMS = {
    "title": "润城镇光缆被挖断", "location": "润城镇上庄村", "township": "润城镇", "description": "48芯光缆中断。",
    "impact_scope": "润城镇三个村",
    "facts": {"disaster_nature": "施工破坏", "cause": "道路施工挖断", "planned_measures": "抢修队已出发",
              "social_impact": "三千用户不能通话"},
}  # fmt: skip


LINE = re.compile(r'<line xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)">(.*?)</line>', re.DOTALL)
WORD = re.compile(r">([^<>\s][^<>]*)</word>")


class Line(NamedTuple):
    """One printed line: its place on the page in points, and its text."""

    left: float
    top: float
    right: float
    bottom: float
    text: str


class Paper:
    """A PDF and what can be read from it."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.pdf = PdfReader(io.BytesIO(content))
        self.pages = len(self.pdf.pages)

    @property
    def text(self) -> str:
        """All text, as a reader's eye finds it, without the white space of the layout."""
        found = subprocess.run(["pdftotext", "-layout", "-", "-"], input=self.content, capture_output=True, check=True)
        return "".join(found.stdout.decode().split())

    @property
    def flowing(self) -> str:
        """All text in the order it was written, cell after cell, without white space."""
        return "".join("".join(page.extract_text().split()) for page in self.pdf.pages)

    def page_text(self, page: int) -> str:
        """One page's text without white space; pages count from 1."""
        command = ["pdftotext", "-layout", "-f", str(page), "-l", str(page), "-", "-"]
        found = subprocess.run(command, input=self.content, capture_output=True, check=True)
        return "".join(found.stdout.decode().split())

    def lines(self, page: int) -> list[Line]:
        """The lines of a page from top to bottom, with their places in points."""
        command = ["pdftotext", "-bbox-layout", "-f", str(page), "-l", str(page), "-", "-"]
        found = subprocess.run(command, input=self.content, capture_output=True, check=True).stdout.decode()
        return sorted(
            (Line(*map(float, box.groups()[:4]), "".join(WORD.findall(box[5]))) for box in LINE.finditer(found)),
            key=lambda line: line.top,
        )

    @property
    def boxes(self) -> dict[str, bool]:
        """Each box's label and whether it is ticked."""
        words = self.text.replace("☑", "\n☑").replace("□", "\n□").split("\n")
        return {word[1:]: word[0] == "☑" for word in words if word[:1] in "☑□"}

    @property
    def ticked(self) -> set[str]:
        """The labels of the ticked boxes; each ends where the next row's label begins."""
        return {label for label, ticked in self.boxes.items() if ticked}

    def fonts(self) -> dict[str, bool]:
        """Each font and whether its file is inside."""
        found: dict[str, bool] = {}
        for page in self.pdf.pages:
            for font in (page["/Resources"].get("/Font") or {}).values():
                described = font.get_object()
                inner = described["/DescendantFonts"][0].get_object() if "/DescendantFonts" in described else described
                files = inner["/FontDescriptor"].get_object()
                found[str(described["/BaseFont"])] = any(f"/FontFile{suffix}" in files for suffix in ("", "2", "3"))
        return found


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Any) -> Any:
    """Files of a test go to its own folder."""
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def paper(client_for: Any) -> Any:
    """Return a report's paper as an account downloads it; what a worker would make is made here and now."""

    def download(report: Report, who: str = "auditor", name: str = "") -> Paper:
        kind = name or ("form-8-7" if report.incident.plan_version.plan.uses_form_8_7 else "brief")
        address = f"/incidents/{report.incident.number}/reports/{report.serial}/{kind}.pdf"
        answer = client_for(who).get(address)
        if answer.status_code == 302:
            job = PaperJob.objects.get(key=answer["Location"].strip("/").rpartition("/")[2])
            assert paper_render(job_id=job.pk, attempt=job.attempt)
            answer = client_for(who).get(address)
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
        return Paper(answer.content)

    return download


def times() -> dict[str, datetime]:
    """An event of twenty minutes ago."""
    now = timezone.now()
    return {"occurred_at": now - timedelta(minutes=20), "known_at": now - timedelta(minutes=18)}


@pytest.fixture
def cyber_case(people: Any) -> Any:
    """File a cyber case with everything known; ``over`` changes it."""
    return lambda **over: file_incident(people, **{**CYBER, **times(), **over})


@pytest.fixture
def comms_case(people: Any) -> Any:
    """File a comms case with everything known."""
    return lambda **over: file_incident(people, "comms-2022", **{**COMMS, **times(), **over})


@pytest.fixture
def drafted(people: Any) -> Any:
    """A draft to the county government."""
    return lambda incident, **over: draft_report(people, incident, **over)


@pytest.fixture
def sent(people: Any) -> Any:
    """A report written, signed by the second officer and sent."""

    def make(incident: Any, *addressees: str, **over: Any) -> Report:
        report = signed_report(people, incident, *addressees, **over)
        return report_send(
            report_id=report.pk, version=None, user=officer(people, incident), channel="fax", proof="传真单 12"
        )

    return make
