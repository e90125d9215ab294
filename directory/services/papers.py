"""Papers uploaded with an appointment: judged by content, scanned, kept under a random name, fingerprint on record."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from directory.choices import PaperKind
from directory.models import Appointment, AppointmentPaper
from yangcheng_ec.errors import BadInput
from yangcheng_ec.files import Stored, file_keep, file_read
from yangcheng_ec.uploads import Checked, FileKind, Upload, UploadRefused, scan, upload_check
from yangcheng_ec.uploads.checking import MEGABYTE

__all__ = ["MAX_BYTES", "Upload", "paper_check", "paper_content", "paper_keep", "paper_scan", "paper_store"]

MAX_BYTES = 10 * MEGABYTE
FOLDER = "appointments"
FIELD = "paper"
KINDS = frozenset({FileKind.PDF, FileKind.JPG, FileKind.PNG})


def paper_check(upload: Upload) -> Checked:
    """Return what the file is, by its content. Raises BadInput: empty, too big, or no whole PDF, JPG or PNG."""
    if 0 < len(upload.content) <= MAX_BYTES:
        words = "只收完整的 PDF、JPG、PNG 文件；这个文件的内容不是其中任何一种（改文件名不算）。"
    elif upload.content:
        words = "文件超过 10 MB，请压缩或分页扫描后再传。"
    else:
        words = "文件是空的，请重新选择。"
    try:
        return upload_check(upload, allowed=KINDS, limit=MAX_BYTES, by_content_alone=True)
    except UploadRefused as refused:
        raise BadInput("依据文件没有保存。", fields={FIELD: [words]}) from refused


def paper_scan(upload: Upload | None) -> None:
    """Ask the virus scanner about a file that would be kept; outside any transaction, since it may take seconds.

    Raises BadInput: a virus, or no scanner where one is required. What else is wrong the entry itself says.
    """
    if upload is None:
        return
    try:
        paper_check(upload)
    except BadInput:
        return
    try:
        scan(upload.content)
    except UploadRefused as refused:
        raise BadInput("依据文件没有保存。", fields={FIELD: [refused.message]}) from refused


def paper_keep(upload: Upload, *, folder: str) -> tuple[Checked, Stored]:
    """Keep a paper's bytes under a random name; return what it is and where it lies. Raises BadInput."""
    checked = paper_check(upload)
    try:
        return checked, file_keep(folder, upload.content)
    except UploadRefused as refused:
        raise BadInput("依据文件没有保存。", fields={FIELD: [refused.message]}) from refused


def paper_store(*, appointment: Appointment, upload: Upload, user: Any, now: datetime) -> AppointmentPaper:
    """Keep the file of a saved appointment under a random name, its sha256 in the row. The caller's transaction.

    A file whose row is rolled back stays behind unnamed; a row without its file never happens. Raises BadInput.
    """
    checked, stored = paper_keep(upload, folder=FOLDER)
    return AppointmentPaper.objects.create(
        appointment=appointment,
        name=checked.name,
        stored=stored.name,
        kind=PaperKind(checked.kind.value),
        size=stored.size,
        sha256=stored.sha256,
        uploaded_by=user,
        uploaded_at=now,
    )


def paper_content(paper: AppointmentPaper) -> bytes:
    """Return the file's bytes. Raises NotVisible when it is gone, WrongState when it is not the one uploaded."""
    return file_read(FOLDER, paper.stored, paper.sha256)
