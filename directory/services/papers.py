"""Papers uploaded with an appointment: judged by content, kept under a random name, their fingerprint on record."""

from __future__ import annotations

import hashlib
import os
import uuid
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from django.conf import settings

from directory.choices import PaperKind
from directory.models import Appointment, AppointmentPaper
from yangcheng_ec.errors import BadInput, NotVisible, WrongState
from yangcheng_ec.text import clean_text

__all__ = ["MAX_BYTES", "Upload", "paper_check", "paper_content", "paper_store"]

MAX_BYTES = 10 * 1024 * 1024
FOLDER = "appointments"
NAME_LIMIT = 120
FIELD = "paper"
# A PDF ends with this word, but for a few bytes that some printers put behind it.
PDF_TAIL = 2048


@dataclass(frozen=True)
class Upload:
    """A file as it came: what the person calls it, and its bytes."""

    name: str
    content: bytes


def paper_check(upload: Upload) -> PaperKind:
    """Return what the file is, by its content. Raises BadInput: empty, too big, or no whole PDF, JPG or PNG."""
    kind = _kind_of(upload.content)
    if not upload.content:
        words = "文件是空的，请重新选择。"
    elif len(upload.content) > MAX_BYTES:
        words = "文件超过 10 MB，请压缩或分页扫描后再传。"
    elif kind is None:
        words = "只收完整的 PDF、JPG、PNG 文件；这个文件的内容不是其中任何一种（改文件名不算）。"
    else:
        return kind
    raise BadInput("依据文件没有保存。", fields={FIELD: [words]})


def paper_store(*, appointment: Appointment, upload: Upload, user: Any, now: datetime) -> AppointmentPaper:
    """Keep the file of a saved appointment under a random name, its sha256 in the row. The caller's transaction.

    A file whose row is rolled back stays behind unnamed; a row without its file never happens. Raises BadInput.
    """
    kind = paper_check(upload)
    stored = uuid.uuid4().hex
    _write(_path(stored), upload.content)
    return AppointmentPaper.objects.create(
        appointment=appointment,
        name=_clean_name(upload.name, kind),
        stored=stored,
        kind=kind,
        size=len(upload.content),
        sha256=hashlib.sha256(upload.content).hexdigest(),
        uploaded_by=user,
        uploaded_at=now,
    )


def paper_content(paper: AppointmentPaper) -> bytes:
    """Return the file's bytes. Raises NotVisible when it is gone, WrongState when it is not the one uploaded."""
    try:
        content = _path(paper.stored).read_bytes()
    except OSError as error:
        raise NotVisible("文件不在本机的存储中，请联系系统管理员从备份恢复。") from error
    if hashlib.sha256(content).hexdigest() != paper.sha256:
        raise WrongState("存储中的文件与录入时的指纹（sha256）不一致，不予提供。请联系系统管理员和审计员。")
    return content


def _path(stored: str) -> Path:
    return Path(settings.MEDIA_ROOT) / FOLDER / stored


def _write(path: Path, content: bytes) -> None:
    """Write a new file that only this account of the machine can read."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def _kind_of(content: bytes) -> PaperKind | None:
    """Return the kind whose beginning and end the bytes have."""
    if content.startswith(b"%PDF-") and b"%%EOF" in content[-PDF_TAIL:]:
        return PaperKind.PDF
    if content.startswith(b"\xff\xd8\xff") and b"\xff\xd9" in content[-64:]:
        return PaperKind.JPG
    if content.startswith(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR") and b"IEND" in content[-16:]:
        return PaperKind.PNG
    return None


def _clean_name(name: str, kind: PaperKind) -> str:
    """Return the last part of the name, without control characters, with the ending its content has."""
    last = PurePosixPath(clean_text(name).replace("\\", "/").strip()).name
    stem = last.rpartition(".")[0] or last or "依据文件"
    return f"{stem[: NAME_LIMIT - 5]}.{kind.value}"
