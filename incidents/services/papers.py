"""Papers asked for: the row is the truth, a message only makes a worker look at it now (ADR 0014)."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import OperationalError, transaction
from django.utils.translation import gettext as _

from directory.rules import any_actor
from incidents.choices import PAPER_LIVE, PaperKind, PaperState
from incidents.models import Incident, PaperJob
from incidents.papers.kinds import is_long_paper, paper_check, paper_of
from incidents.selectors import incidents_visible_to
from incidents.selectors.papers import RELATED, is_silent
from incidents.services.common import incident_lock
from yangcheng_ec.clock import database_now
from yangcheng_ec.errors import NotVisible, WrongState
from yangcheng_ec.files import Stored, file_drop, file_keep, file_read
from yangcheng_ec.papers import Printed, html_of, page_of, printed
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line, case_lock, record_append

__all__ = ["paper_ask", "paper_content", "paper_get", "paper_render", "paper_render_here"]

logger = logging.getLogger(__name__)
FOLDER = "papers"
# The evidence table tells how long each clock has run: a finished one is given again only so long.
TABLE_STANDS_FOR = timedelta(minutes=1)
# A paper can be made again at any time: files are kept so long.
KEPT_FOR = timedelta(days=7)
SAY_EVERY = 1.0


@transaction.atomic
def paper_ask(*, incident_id: int, kind: str, serial: int, user: Any) -> PaperJob:
    """Ask for a paper and return its row; asked twice while one is being made, it is the same row.

    A row whose worker shows no life any more is taken up again. A 卷宗 leaves a line in the case's record.
    Raises NotVisible (case or paper), Forbidden (卷宗 for who does not see whole cases).
    """
    incident, head = incident_lock(incident_id, user=user)
    paper_check(user, incident, kind, serial)
    now = database_now()
    asked = PaperJob.objects.filter(incident=incident, kind=kind, serial=serial, asked_by=user)
    job = asked.filter(state__in=PAPER_LIVE).first()
    if job is None:
        _forget(asked.filter(finished_at__lt=now - KEPT_FOR))
        job = _begin(incident, head, kind, serial, user, now)
    elif is_silent(job, now):
        _again(job, now)
    else:
        return job
    transaction.on_commit(lambda: _poke(job))
    return job


def paper_get(*, incident: Incident, kind: str, serial: int, user: Any, here: bool = False) -> bytes | PaperJob:
    """Return a paper of one page, rendered now; a longer one as its row: finished, or asked for by this call.

    A finished one is given again while nothing was recorded in the case since, so that asking twice makes one paper.
    ``here``: one that no worker takes, or that failed, is rendered in this process; else its page offers to.
    ``incident`` is one the user may read. Raises NotVisible, Forbidden as ``paper_check``.
    """
    paper_check(user, incident, kind, serial)
    if not is_long_paper(incident, kind, serial):
        page = page_of(html_of(*paper_of(user, incident, kind, serial)))
        if page is not None:
            return page
    now = database_now()
    asked = PaperJob.objects.filter(incident=incident, kind=kind, serial=serial, asked_by=user)
    last = asked.order_by("-asked_at", "-id").first()
    if last is not None and _says_the_same(last, incident, now):
        return last
    if here and last is not None and (last.state == PaperState.FAILED or is_silent(last, now)):
        return paper_render_here(job_id=last.pk, user=user)
    return paper_ask(incident_id=incident.pk, kind=kind, serial=serial, user=user)


def _says_the_same(job: PaperJob, incident: Incident, now: datetime) -> bool:
    """Return whether a finished paper still says what a new one would."""
    stands_for = TABLE_STANDS_FOR if job.kind == PaperKind.CLOCKS else KEPT_FOR
    finished = job.state == PaperState.DONE and job.finished_at is not None and job.finished_at > now - stands_for
    return finished and job.record_seq == incident.head.seq


def _begin(incident: Incident, head: CaseHead, kind: str, serial: int, user: Any, now: datetime) -> PaperJob:
    if kind == PaperKind.CASE_FILE:
        actor = any_actor(user, incident.plan_version)
        record_append(head, Line("paper.case_file", _("打印卷宗。"), actor=actor, subject=("incident", incident.pk)))
    return PaperJob.objects.create(
        incident=incident, kind=kind, serial=serial, asked_by=user, asked_at=now, touched_at=now
    )


def _again(job: PaperJob, now: datetime) -> None:
    """Put a row back into the queue under a new number: who holds the old one can no longer end it."""
    job.state, job.attempt, job.touched_at, job.progress = PaperState.QUEUED, job.attempt + 1, now, ""
    job.save(update_fields=["state", "attempt", "touched_at", "progress"])


def _forget(old: Any) -> None:
    for job in old:
        file_drop(FOLDER, job.stored)
        job.delete()


def _poke(job: PaperJob) -> None:
    """Tell a worker, beside the answer to the person: a dead broker takes six seconds to say so (measured)."""
    threading.Thread(target=_publish, args=(job.pk, job.attempt), daemon=True).start()


def _publish(job_id: int, attempt: int) -> None:
    """Post the message; without a broker nothing is lost: the page offers to render where it is asked for."""
    from incidents.tasks import paper_render as task

    try:
        task.apply_async((job_id, attempt), retry=False, expires=600)
    except Exception:
        logger.warning("no broker took the paper %s", job_id, exc_info=True)


def paper_render(*, job_id: int, attempt: int) -> bool:
    """Render a queued paper and keep its file; return whether this call did. Doubled or late calls do nothing."""
    queued = PaperJob.objects.filter(pk=job_id, attempt=attempt, state=PaperState.QUEUED)
    if not queued.update(state=PaperState.RUNNING, touched_at=database_now()):
        return False
    job = PaperJob.objects.select_related(*RELATED).get(pk=job_id)
    try:
        html, head = _html_and_head(job)
        paper = printed(html, _teller(job))
    except Exception:
        logger.exception("paper %s was not rendered", job_id)
        _end(job, state=PaperState.FAILED, error=_("生成时出错，请再试一次；仍不行请联系系统管理员。"))
        return False
    return _keep(job, paper, head)


def _html_and_head(job: PaperJob) -> tuple[str, CaseHead]:
    """Write the paper's words under the case's lock, so that all its parts tell of the same moment."""
    with transaction.atomic():
        head = case_lock(job.incident.head_id)
        job.incident.head = head
        return html_of(*paper_of(job.asked_by, job.incident, job.kind, job.serial)), head


def _teller(job: PaperJob) -> Callable[[int], None]:
    """Return what writes the page being laid out into the row, once a second: the sign of life."""
    said = [0.0]

    def told(page: int) -> None:
        if time.monotonic() - said[0] < SAY_EVERY:
            return
        said[0] = time.monotonic()
        words = _("正在排第 %(page)d 页") % {"page": page}
        try:
            _held(job).update(progress=words, touched_at=database_now())
        except OperationalError:
            logger.warning("the progress of paper %s was not written", job.pk)

    return told


def _held(job: PaperJob) -> Any:
    return PaperJob.objects.filter(pk=job.pk, attempt=job.attempt, state=PaperState.RUNNING)


def _keep(job: PaperJob, paper: Printed, head: CaseHead) -> bool:
    stored: Stored = file_keep(FOLDER, paper.content)
    facts = {"stored": stored.name, "size": stored.size, "sha256": stored.sha256, "pages": paper.pages}
    if _end(job, state=PaperState.DONE, record_seq=head.seq, record_hash=head.hash, **facts):
        return True
    file_drop(FOLDER, stored.name)
    return False


def _end(job: PaperJob, **facts: Any) -> bool:
    """End the try that holds the row; False when another try has taken over."""
    now = database_now()
    return bool(_held(job).update(finished_at=now, touched_at=now, progress="", **facts))


def paper_render_here(*, job_id: int, user: Any) -> PaperJob:
    """Render a paper in this very process: no worker took it, or it failed. Done already: nothing happens.

    Raises NotVisible, Forbidden, and WrongState while a worker shows life.
    """
    with transaction.atomic():
        job = PaperJob.objects.select_for_update().get(pk=job_id)
        incident = incidents_visible_to(user).select_related("plan_version__plan").filter(pk=job.incident_id).first()
        if incident is None:
            raise NotVisible()
        paper_check(user, incident, job.kind, job.serial)
        now = database_now()
        if job.state == PaperState.DONE:
            return job
        if job.is_live and not is_silent(job, now):
            raise WrongState(_("后台正在生成，请稍候。"))
        _again(job, now)
    paper_render(job_id=job.pk, attempt=job.attempt)
    job.refresh_from_db()
    return job


def paper_content(job: PaperJob) -> bytes:
    """Return a finished paper's bytes. Raises WrongState: not finished, or not the file that was made; NotVisible."""
    if job.state != PaperState.DONE:
        raise WrongState(_("还没有生成好。"))
    return file_read(FOLDER, job.stored, job.sha256)
