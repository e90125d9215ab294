"""What is inside a zip (docx, xlsx and pptx are zips too): counted and unpacked under limits, written nowhere."""

from __future__ import annotations

import io
import zipfile
import zlib
from dataclasses import dataclass, field

from yangcheng_ec.uploads.dangers import danger_of_content, danger_of_name
from yangcheng_ec.uploads.refusal import UploadRefused

__all__ = ["ZIP_MAGIC", "ArchiveFacts", "archive_check"]

ZIP_MAGIC = b"PK\x03\x04"
MAX_MEMBERS = 5_000
MAX_UNPACKED = 200 * 1024 * 1024
# A text packs to a fiftieth at best; what packs to less than a hundredth, and is large, was made to burst.
MAX_RATIO = 100
RATIO_FROM = 10 * 1024 * 1024
MAX_DEPTH = 2
MAX_NESTED = 50 * 1024 * 1024
CHUNK = 256 * 1024
_BROKEN = (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, OSError, EOFError, ValueError)


@dataclass
class ArchiveFacts:
    """The members' names of the archive itself, and whether a part of it is locked with a password."""

    names: frozenset[str] = frozenset()
    encrypted: bool = False


@dataclass
class _Walk:
    """What has been unpacked so far, over all layers."""

    packed: int
    facts: ArchiveFacts = field(default_factory=ArchiveFacts)
    unpacked: int = 0
    members: int = 0

    def count(self, size: int) -> None:
        """Count unpacked bytes. Raises UploadRefused past the limits: no more is unpacked then."""
        self.unpacked += size
        if self.unpacked > MAX_UNPACKED:
            raise UploadRefused(f"压缩包解开后超过 {MAX_UNPACKED // 1024 // 1024} MB，没有保存。请分开上传。")
        if self.unpacked > RATIO_FROM and self.unpacked > self.packed * MAX_RATIO:
            raise UploadRefused("压缩包解开后比原来大一百倍以上（压缩炸弹），没有保存。")


def archive_check(content: bytes) -> ArchiveFacts:
    """Unpack every member under limits and look at its name and first bytes.

    Raises UploadRefused: broken, too many members, bursts, nested too deep, holds a program or a script.
    """
    walk = _Walk(packed=len(content))
    _look(content, walk, depth=0)
    return walk.facts


def _look(content: bytes, walk: _Walk, depth: int) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            walk.members += len(members)
            if walk.members > MAX_MEMBERS:
                raise UploadRefused(f"压缩包里有 {walk.members} 个以上的文件，最多 {MAX_MEMBERS} 个。")
            if depth == 0:
                walk.facts.names = frozenset(member.filename for member in members)
            for member in members:
                _look_at(archive, member, walk, depth)
    except _BROKEN as error:
        raise UploadRefused("压缩包或文档已损坏，或用了不支持的压缩方法，打不开。") from error


def _look_at(archive: zipfile.ZipFile, member: zipfile.ZipInfo, walk: _Walk, depth: int) -> None:
    if member.is_dir():
        return
    if what := danger_of_name(member.filename):
        raise UploadRefused(f"压缩包里有{what}（{member.filename[-60:]}），没有保存。")
    if member.flag_bits & 0x1:
        walk.facts.encrypted = True
        return
    inner = bytearray()
    with archive.open(member) as stream:
        while chunk := stream.read(CHUNK):
            walk.count(len(chunk))
            if not inner and (what := danger_of_content(chunk[:16])):
                raise UploadRefused(f"压缩包里有{what}（{member.filename[-60:]}），没有保存。")
            if not inner or inner.startswith(ZIP_MAGIC):
                inner += chunk
            if len(inner) > MAX_NESTED:
                raise UploadRefused("压缩包里面还有一个很大的压缩包，没有保存。请分开上传。")
    if inner.startswith(ZIP_MAGIC):
        if depth + 1 >= MAX_DEPTH:
            raise UploadRefused("压缩包一层套一层，没有保存。请把里面的文件直接放在一个压缩包里。")
        _look(bytes(inner), walk, depth + 1)
