"""Judging one file: its size, what its bytes are, and whether its name says the same."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from django.conf import settings

from yangcheng_ec.uploads.archives import archive_check
from yangcheng_ec.uploads.dangers import danger_of_name
from yangcheng_ec.uploads.kinds import EVERY_KIND, SHAPES, FileKind, kind_named
from yangcheng_ec.uploads.names import name_clean
from yangcheng_ec.uploads.refusal import UploadRefused
from yangcheng_ec.uploads.sniffing import LOCKED, kinds_of

__all__ = ["MEGABYTE", "Checked", "Upload", "UploadRefused", "kinds_in_words", "upload_check", "upload_limit"]

MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Upload:
    """A file as it came: what the person calls it, and its bytes."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Checked:
    """A file that may be kept: its clean name, what it is, its fingerprint, and what people should know about it."""

    name: str
    kind: FileKind
    size: int
    sha256: str
    marks: tuple[str, ...] = ()

    @property
    def locked(self) -> bool:
        """Return whether a password keeps everybody out, the virus scanner too."""
        return LOCKED in self.marks


def upload_limit() -> int:
    """Return how many bytes one file may have (``UPLOAD_LIMIT_MB``)."""
    return int(settings.UPLOAD_LIMIT_MB) * MEGABYTE


def kinds_in_words(allowed: frozenset[FileKind] = EVERY_KIND) -> str:
    """Return the endings that are taken, as people write them."""
    return "、".join(ending for kind, shape in SHAPES.items() if kind in allowed for ending in shape.endings)


def upload_check(
    upload: Upload,
    *,
    allowed: frozenset[FileKind] = EVERY_KIND,
    limit: int | None = None,
    by_content_alone: bool = False,
) -> Checked:
    """Return what the file is. Content and ending must agree, unless the content alone decides.

    Raises UploadRefused: empty, too large, a program, script or page, a burst or locked archive, not on the list.
    """
    limit = upload_limit() if limit is None else limit
    if not upload.content:
        raise UploadRefused("文件是空的，请重新选择。")
    if len(upload.content) > limit:
        raise UploadRefused(f"文件超过 {limit // MEGABYTE} MB，请压缩、分卷或分页后再传。")
    name = name_clean(upload.name)
    found, marks = kinds_of(upload.content, archive_check)
    kind = _one_of(found & allowed) if by_content_alone else _agreed(name, found, allowed)
    if kind is None:
        words = kinds_in_words(allowed)
        raise UploadRefused(f"只收这些文件：{words}；这个文件的内容不是其中任何一种（改文件名不算）。")
    if by_content_alone:
        name = name_clean(upload.name, ending=kind.value)
    digest = hashlib.sha256(upload.content).hexdigest()
    return Checked(name=name, kind=kind, size=len(upload.content), sha256=digest, marks=marks)


def _one_of(found: frozenset[FileKind]) -> FileKind | None:
    return min(found) if found else None


def _agreed(name: str, found: frozenset[FileKind], allowed: frozenset[FileKind]) -> FileKind | None:
    """Return the kind that both the ending and the content name. Raises UploadRefused when they differ."""
    claimed = kind_named(name)
    if claimed is None and (what := danger_of_name(name, pages=True)):
        raise UploadRefused(f"{what}不能上传。网页请截图，或打包成 zip。")
    if claimed in found:
        return claimed if claimed in allowed else None
    if not found or claimed is None:
        return None
    is_now = "或".join(sorted({str(kind.label) for kind in found}))
    endings = "、".join(f".{ending}" for kind in sorted(found) for ending in SHAPES[kind].endings)
    raise UploadRefused(f"扩展名与内容不符：内容是{is_now}，名字却是「{name[-30:]}」。请改成 {endings} 再传。")
