"""导出案卷: everything of a case as one zip, which can be checked without this system (「非预案规定」)."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from typing import Any, BinaryIO

from django.db import transaction
from django.utils.translation import gettext as _

from directory.rules import any_actor
from incidents.choices import PaperKind, ReportKind
from incidents.exporting.archive import Archive, archive_write, blocks_of
from incidents.exporting.content import case_content, record_content
from incidents.models import Attachment, Incident
from incidents.papers.kinds import may_see_whole_case, paper_name, paper_of
from incidents.services.attachments import STORE
from incidents.services.common import incident_lock
from yangcheng_ec.clock import database_now, local_text
from yangcheng_ec.errors import DomainError, Forbidden
from yangcheng_ec.papers import html_of, printed
from yangcheng_ec.record.services import Line, record_append

__all__ = ["PAPERS_LIMIT", "case_export"]

# What is laid out while a person waits (「非预案规定」); the whole case as a paper is the 卷宗.
PAPERS_LIMIT = 30


def case_export(*, incident_id: int, user: Any) -> BinaryIO:
    """Write a case as a zip into a file that is gone when it is closed; return it, read from its beginning.

    The export is a line of the record, and that line stands in it. All parts tell of the moment of that line; papers
    are laid out and attachments copied afterwards, without the case's lock. A file that is gone from the disk is
    named in the README. Raises NotVisible, Forbidden (who does not see whole cases).
    """
    incident, words, content, papers = _told(incident_id, user)
    target: BinaryIO = tempfile.TemporaryFile(prefix="export-")  # noqa: SIM115  closed by whoever has read it

    def fill(archive: Archive) -> dict[str, Any]:
        for name, value in content.items():
            archive.add_json(name, value)
        for name, html in papers:
            archive.add(f"papers/{name}", [printed(html).content])
        gone = [] if incident.secret else list(_copied(archive, incident))
        return {**words, "notes": "\n".join([*words["notes"], *gone])}

    try:
        archive_write(target, fill)
    except BaseException:
        target.close()
        raise
    target.seek(0)
    return target


@transaction.atomic
def _told(incident_id: int, user: Any) -> tuple[Incident, dict[str, Any], dict[str, Any], list[tuple[str, str]]]:
    """Record the export; return the case, the README's words, the JSON parts and the papers, not yet laid out."""
    incident, head = incident_lock(incident_id, user=user)
    if not may_see_whole_case(user):
        raise Forbidden(_("导出含全部记录、报告和各单位的情况，只供能查看整个案卷的人员使用。"))
    actor, now = any_actor(user, incident.plan_version), database_now()
    line = Line("incident.exported", f"导出案卷（{actor.name}）。", actor=actor, subject=("incident", incident.pk))
    record_append(head, line, now=now)
    incident.head = head
    content = {"case.json": case_content(incident, user), "record.json": record_content(incident, head)}
    papers, notes = ([], ["涉密事件：不导出内容，记录只有指纹。"]) if incident.secret else _papers(incident, user)
    words = {
        "number": incident.number, "at": local_text(now), "by": f"{actor.post} {actor.name}".strip(), "seq": head.seq,
        "hash": head.hash, "notes": notes,
    }  # fmt: skip
    return incident, words, content, papers


def _papers(incident: Incident, user: Any) -> tuple[list[tuple[str, str]], list[str]]:
    """Return name and HTML of each written report's paper and of the evidence table, and what was left out."""
    own = PaperKind.FORM_8_7 if incident.plan_version.plan.uses_form_8_7 else PaperKind.BRIEF
    written = incident.reports.filter(kind=ReportKind.WRITTEN).order_by("serial").values_list("serial", flat=True)
    wanted = [(own, serial) for serial in written[:PAPERS_LIMIT]] + [(PaperKind.CLOCKS, 0)]
    made = [(paper_name(incident.number, *one), html_of(*paper_of(user, incident, *one))) for one in wanted]
    rest = len(written) - PAPERS_LIMIT
    return made, [f"文字报告较多，另有 {rest} 份未附 PDF，内容见 case.json。"] if rest > 0 else []


def _copied(archive: Archive, incident: Incident) -> Iterable[str]:
    """Copy the attachments that stand; yield what is wrong with those that cannot be copied."""
    for row in Attachment.objects.filter(incident=incident, withdrawn_at__isnull=True).order_by("pk"):
        name = "".join("_" if letter in '/\\:*?"<>|' else letter for letter in row.name).lstrip(".")
        try:
            file = STORE.opened(row.sha256, row.sha256)
        except DomainError as error:
            yield f"附件「{row.name}」没有导出：{error.message}"
        else:
            archive.add(f"attachments/{row.pk}-{name}", blocks_of(file))
