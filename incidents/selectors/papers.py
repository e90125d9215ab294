"""Reading papers that were asked for."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from incidents.choices import PaperKind, PaperState
from incidents.models import Incident, PaperJob
from incidents.papers.kinds import paper_check
from incidents.selectors.cases import incident_for
from yangcheng_ec.errors import NotVisible

__all__ = ["RELATED", "case_files_of", "is_silent", "paper_job_for"]

RELATED = ("incident__plan_version__plan", "incident__head", "incident__grade", "asked_by")
# A worker takes a paper at once; one that renders writes its page every second (「非预案规定」).
WAITS = timedelta(seconds=5)
SILENT = timedelta(seconds=60)


def paper_job_for(user: Any, key: Any) -> PaperJob:
    """Return one paper by its key, if its case and the paper are open to the user. Raises NotVisible, Forbidden."""
    job = PaperJob.objects.select_related(*RELATED).filter(key=key).first()
    if job is None:
        raise NotVisible()
    job.incident = incident_for(user, job.incident.number)
    paper_check(user, job.incident, job.kind, job.serial)
    return job


def case_files_of(incident: Incident) -> QuerySet[PaperJob]:
    """Return the case files printed, the newest first."""
    rows = PaperJob.objects.filter(incident=incident, kind=PaperKind.CASE_FILE)
    return rows.select_related("asked_by").order_by("-asked_at", "-id")


def is_silent(job: PaperJob, now: datetime) -> bool:
    """Return whether nobody seems to be making a live paper: not taken up in time, or no sign of life any more."""
    patience = WAITS if job.state == PaperState.QUEUED else SILENT
    return job.is_live and now - job.touched_at > patience
