"""The kinds of paper a case prints: who may have each, what it says, how long it will be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from incidents.choices import PaperKind, ReportKind, ReportState
from incidents.models import Incident, Report
from incidents.papers.build import brief_report_of, form_8_7_of
from incidents.papers.case_file import case_file_of
from incidents.papers.evidence import clock_table_of
from incidents.papers.letters import letter_of
from incidents.registry import case_paper
from incidents.selectors import report_for
from incidents.services.sealing import check_report_sealed
from yangcheng_ec.deadlines.models import Deadline
from yangcheng_ec.errors import Forbidden, NotVisible, WrongState
from yangcheng_ec.permissions import Page, may_open

__all__ = ["is_long", "is_long_paper", "may_see_whole_case", "paper_check", "paper_name", "paper_of", "report_of"]

# So many clocks fit on one page of the 时限证据表, laid across.
CLOCKS_A_PAGE = 4
# A whole case shows everything: its record, its responses, everybody's tasks.
WHOLE_CASE = (Page.CASES_ALL, Page.RECORD_OWN, Page.RESPONSES, Page.TASKS_ALL)


@dataclass(frozen=True)
class _ReportPaper:
    """A paper of one report: template, builder; lines of a page, those taken before any text, a line's length."""

    template: str
    build: Callable[[Report], dict[str, Any]]
    lines: int
    taken: int
    width: int


REPORT_PAPERS = {
    PaperKind.FORM_8_7: _ReportPaper("papers/form_8_7.html", form_8_7_of, lines=38, taken=34, width=37),
    PaperKind.BRIEF: _ReportPaper("papers/brief_report.html", brief_report_of, lines=38, taken=25, width=37),
    PaperKind.LETTER: _ReportPaper("papers/letter.html", letter_of, lines=22, taken=23, width=28),
}


def may_see_whole_case(user: Any) -> bool:
    """Return whether the user may see all of every case; a unit that sees one case sees only its own part of it."""
    return all(may_open(user, page) for page in WHOLE_CASE)


def paper_check(user: Any, incident: Incident, kind: str, serial: int) -> None:
    """Let pass who may have this paper of a case they see. Raises NotVisible: no such paper; for the 卷宗 Forbidden;
    WrongState while the case is sealed by a merge: no 卷宗, and no unsent report with content.
    """
    upper = case_paper(kind)
    if upper is not None:
        upper.check(user, incident, serial)
    elif kind in REPORT_PAPERS:
        _check_report(incident, kind, serial)
    elif kind not in (PaperKind.CASE_FILE, PaperKind.CLOCKS) or serial != 0:
        raise NotVisible()
    elif kind == PaperKind.CASE_FILE and not may_see_whole_case(user):
        raise Forbidden(_("卷宗含全部记录、响应和各单位的任务，只供能查看整个案卷的人员打印。"))
    elif kind == PaperKind.CASE_FILE and incident.secret_with_id is not None:
        raise WrongState(_("本案随并入的事件按涉密办理，卷宗不在本系统成册；撤销并案后可以打印。"))


def _check_report(incident: Incident, kind: str, serial: int) -> None:
    report = report_of(incident, serial, kind)
    if report.state != ReportState.SENT:
        check_report_sealed(incident, report)


def report_of(incident: Incident, serial: int, kind: str) -> Report:
    """Return the written report a paper is of. Raises NotVisible: a phone report has no paper, a plan only its own."""
    report = report_for(incident, serial)
    report.incident = incident
    other_plans = PaperKind.BRIEF if incident.plan_version.plan.uses_form_8_7 else PaperKind.FORM_8_7
    if report.kind != ReportKind.WRITTEN or kind == other_plans:
        raise NotVisible()
    return report


def paper_of(user: Any, incident: Incident, kind: str, serial: int) -> tuple[str, dict[str, Any]]:
    """Return a paper's template and what it says; ``paper_check`` has let the user pass."""
    upper = case_paper(kind)
    if upper is not None:
        return upper.build(user, incident, serial)
    if kind in REPORT_PAPERS:
        paper = REPORT_PAPERS[PaperKind(kind)]
        return paper.template, paper.build(report_of(incident, serial, kind))
    if kind == PaperKind.CLOCKS:
        return "papers/clocks.html", clock_table_of(incident)
    return "papers/case_file.html", case_file_of(incident, user)


def paper_name(number: str, kind: str, serial: int) -> str:
    """Return the file's name: ``CY-…-1-8.7.pdf``."""
    if case_paper(kind) is not None:
        return f"{number}-{kind}-{serial}.pdf"
    ending = {PaperKind.FORM_8_7: "-8.7", PaperKind.BRIEF: ""}.get(PaperKind(kind), f"-{kind}")
    return f"{number}-{serial}{ending}.pdf" if kind in REPORT_PAPERS else f"{number}{ending}.pdf"


def is_long(report: Report, kind: str) -> bool:
    """Return whether a report's paper will probably go over one page: then a worker renders it.

    An estimate, made without laying anything out; ``page_of`` finds the few that it takes for shorter than they are.
    """
    paper = REPORT_PAPERS[PaperKind(kind)]
    said = [*report.content.values(), report.body]
    return paper.taken + sum(_more_lines(text, paper.width) for text in said if isinstance(text, str)) > paper.lines


def _more_lines(text: str, width: int) -> int:
    """Return how many lines a text takes beyond its first."""
    return max(0, sum(max(1, -(-len(line) // width)) for line in text.splitlines()) - 1)


def is_long_paper(incident: Incident, kind: str, serial: int) -> bool:
    """Return whether a paper will probably go over one page; ``paper_check`` has let it pass."""
    if kind in REPORT_PAPERS:
        return is_long(report_of(incident, serial, kind), kind)
    if kind == PaperKind.CLOCKS:
        return Deadline.objects.filter(head_id=incident.head_id).count() > CLOCKS_A_PAGE
    return True
