"""The papers of a case: short ones directly, long ones asked for and fetched when a worker has made them."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from directory.selectors.plans import plan_at
from incidents.choices import PaperKind, PaperState
from incidents.models import Incident, PaperJob
from incidents.papers.build import blank_form_8_7
from incidents.papers.kinds import paper_check, paper_name
from incidents.selectors import incident_for
from incidents.selectors.papers import case_files_of, is_silent, paper_job_for
from incidents.services.papers import paper_ask, paper_content, paper_get, paper_render_here
from yangcheng_ec.access import page_required
from yangcheng_ec.clock import database_now
from yangcheng_ec.errors import NotVisible
from yangcheng_ec.papers import pdf_of
from yangcheng_ec.permissions import Page

__all__ = [
    "brief_report", "case_file", "clock_table", "form_8_7", "form_8_7_blank", "letter", "paper", "paper_ask_for",
    "paper_file", "paper_here", "pdf_answer",
]  # fmt: skip


@login_required
@require_safe
def form_8_7(request: HttpRequest, number: str, serial: int) -> HttpResponse:
    """Print form 8.7 (cyber); 404 for a plan that has none (G9)."""
    return _direct(request, number, PaperKind.FORM_8_7, serial)


@login_required
@require_safe
def brief_report(request: HttpRequest, number: str, serial: int) -> HttpResponse:
    """Print the 书面简要报告 (comms 4.1); 404 for a plan that uses form 8.7 instead."""
    return _direct(request, number, PaperKind.BRIEF, serial)


@login_required
@require_safe
def letter(request: HttpRequest, number: str, serial: int) -> HttpResponse:
    """Print a written report as an official letter (GB/T 9704)."""
    return _direct(request, number, PaperKind.LETTER, serial)


@login_required
@require_safe
def clock_table(request: HttpRequest, number: str) -> HttpResponse:
    """Print the 时限证据表."""
    return _direct(request, number, PaperKind.CLOCKS, 0)


@require_safe
@page_required(Page.PLANS)
def form_8_7_blank(request: HttpRequest, code: str) -> HttpResponse:
    """Print the empty form 8.7, for pen and paper; 404 for a plan that has none (G9)."""
    version = plan_at(code)
    if not version.plan.uses_form_8_7:
        raise NotVisible()
    return pdf_answer(
        pdf_of("papers/form_8_7.html", blank_form_8_7(version)), f"{version.plan.code}-form-8-7-blank.pdf"
    )


@login_required
@require_safe
def case_file(request: HttpRequest, number: str) -> HttpResponse:
    """A case's file: have it made, and those made before."""
    case = _checked(request, number, PaperKind.CASE_FILE, 0)
    page = Paginator(case_files_of(case), 20).get_page(request.GET.get("page"))
    return render(request, "incidents/papers/case_file.html", {"incident": case, "page": page, "head": case.head})


@login_required
@require_POST
def paper_ask_for(request: HttpRequest, number: str, kind: str, serial: int) -> HttpResponse:
    """Ask for a paper; a second click finds the first one."""
    case = incident_for(request.user, number)
    job = paper_ask(incident_id=case.pk, kind=kind, serial=serial, user=request.user)
    return redirect("paper", job.key)


@login_required
@require_safe
def paper(request: HttpRequest, key: UUID) -> HttpResponse:
    """How far a paper is; when it is made, the way to it."""
    return _job_page(request, paper_job_for(request.user, key))


@login_required
@require_POST
def paper_here(request: HttpRequest, key: UUID) -> HttpResponse:
    """Render a paper here and now: no worker answered, or it failed."""
    job = paper_job_for(request.user, key)
    paper_render_here(job_id=job.pk, user=request.user)
    return redirect("paper", key)


@login_required
@require_safe
def paper_file(request: HttpRequest, key: UUID) -> HttpResponse:
    """Give the finished paper."""
    job = paper_job_for(request.user, key)
    return pdf_answer(paper_content(job), paper_name(job.incident.number, job.kind, job.serial))


def _job_page(request: HttpRequest, job: PaperJob) -> HttpResponse:
    context = {
        "job": job,
        "incident": job.incident,
        "head": job.incident.head,
        "silent": is_silent(job, database_now()),
        "file_name": paper_name(job.incident.number, job.kind, job.serial),
    }
    part = request.headers.get("HX-Request") == "true"
    return render(request, "incidents/papers/_job.html" if part else "incidents/papers/job.html", context)


def _checked(request: HttpRequest, number: str, kind: str, serial: int) -> Incident:
    case = incident_for(request.user, number)
    paper_check(request.user, case, kind, serial)
    return case


def _direct(request: HttpRequest, number: str, kind: PaperKind, serial: int) -> HttpResponse:
    """Answer with a paper of one page; a longer one is made by a worker, and its page shows how far it is."""
    case = incident_for(request.user, number)
    paper = paper_get(incident=case, kind=kind, serial=serial, user=request.user)
    if isinstance(paper, bytes):
        return pdf_answer(paper, paper_name(number, kind, serial))
    if paper.state == PaperState.DONE:
        return pdf_answer(paper_content(paper), paper_name(number, kind, serial))
    return redirect("paper", paper.key)


def pdf_answer(content: bytes, filename: str) -> HttpResponse:
    """Return a paper as an answer: opened in the browser, kept by nobody on the way."""
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{filename}"'
    response["Cache-Control"] = "private, no-store"
    return response
