"""What the bytes say a file is. Only whole files of the closed list are recognised."""

from __future__ import annotations

import re
from collections.abc import Callable

from yangcheng_ec.uploads.archives import ZIP_MAGIC, ArchiveFacts
from yangcheng_ec.uploads.dangers import danger_of_content, markup_of
from yangcheng_ec.uploads.kinds import FileKind
from yangcheng_ec.uploads.ole import OLE_MAGIC, ole_names
from yangcheng_ec.uploads.refusal import UploadRefused

__all__ = ["LOCKED", "MACROS", "kinds_of"]

Kinds = frozenset[FileKind]
LOCKED = "有密码，内容没有检查"
MACROS = "含宏，打开时不要启用"
_NONE: Kinds = frozenset()
# A PDF ends with this word, but for a few bytes that some printers put behind it.
_PDF_TAIL = 2048
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_MAIL_HEADER = re.compile(
    r"^(?:from|to|subject|date|received|return-path|message-id|mime-version|delivered-to|content-type):", re.I | re.M
)
_MAIL_HEAD = 8192
# Kinds that say themselves where they end; one that begins so and never ends was cut off.
_BEGINNINGS = (b"%PDF-", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
_OTHER_ARCHIVES = (b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"\xfd7zXZ", b"BZh")


def kinds_of(content: bytes, unpack: Callable[[bytes], ArchiveFacts]) -> tuple[Kinds, tuple[str, ...]]:
    """Return the kinds the bytes may be (a text may be a table too) and what people should know about the file.

    ``unpack`` looks into a zip. Raises UploadRefused for programs, scripts, pages and what a zip must not hold.
    """
    if what := danger_of_content(content[:16]):
        raise UploadRefused(f"内容是「{what}」，不能上传（改扩展名不算）。")
    if content.startswith(_OTHER_ARCHIVES):
        raise UploadRefused("压缩包只收 zip：请改用 zip 打包后上传。")
    if content.startswith(ZIP_MAGIC):
        return _zipped(unpack(content))
    if content.startswith(OLE_MAGIC):
        return _ole(content)
    found = _binary(content)
    if not found and content.startswith(_BEGINNINGS):
        raise UploadRefused("文件不完整（没有传完，或导出时中断），请重新导出再传。")
    return found or _text(content), ()


def _binary(content: bytes) -> Kinds:
    """Return the one kind whose beginning, and end where it has one, the bytes have."""
    for kind, holds in _TESTS.items():
        if holds(content):
            return frozenset({kind})
    return _NONE


_TESTS: dict[FileKind, Callable[[bytes], bool]] = {
    FileKind.PDF: lambda data: data.startswith(b"%PDF-") and b"%%EOF" in data[-_PDF_TAIL:],
    FileKind.JPG: lambda data: data.startswith(b"\xff\xd8\xff") and b"\xff\xd9" in data[3:],
    FileKind.PNG: lambda data: (
        data.startswith(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR") and b"IEND\xaeB`\x82" in data[-4096:]
    ),
    FileKind.WEBP: lambda data: data[:4] == b"RIFF" and data[8:12] == b"WEBP",
    FileKind.WAV: lambda data: data[:4] == b"RIFF" and data[8:12] == b"WAVE",
    FileKind.M4A: lambda data: data[4:8] == b"ftyp" and data[8:11] in (b"M4A", b"mp4", b"iso", b"3gp"),
    FileKind.AMR: lambda data: data.startswith((b"#!AMR\n", b"#!AMR-WB\n")),
    FileKind.MP3: lambda data: (
        data.startswith(b"ID3") or (len(data) > 2 and data[0] == 0xFF and data[1] & 0xE6 == 0xE2)
    ),
}


def _zipped(facts: ArchiveFacts) -> tuple[Kinds, tuple[str, ...]]:
    names = facts.names
    if any(name.endswith("vbaProject.bin") for name in names):
        raise UploadRefused("文档里有宏（自动运行的程序）：请另存为不含宏的 .docx、.xlsx、.pptx 再上传。")
    marks = (LOCKED,) if facts.encrypted else ()
    if "[Content_Types].xml" in names:
        for part, kind in (("word/", FileKind.DOCX), ("xl/", FileKind.XLSX), ("ppt/", FileKind.PPTX)):
            if any(name.startswith(part) for name in names):
                return frozenset({kind}), marks
    if "OFD.xml" in names:
        return frozenset({FileKind.OFD}), marks
    return frozenset({FileKind.ZIP}), marks


def _ole(content: bytes) -> tuple[Kinds, tuple[str, ...]]:
    """Tell Office's old formats apart; WPS has the same inside. An installer (.msi) is none of them."""
    names = ole_names(content)
    if "EncryptedPackage" in names:
        return frozenset({FileKind.DOCX, FileKind.XLSX, FileKind.PPTX}), (LOCKED,)
    marks = (MACROS,) if names & {"Macros", "_VBA_PROJECT_CUR", "VBA"} else ()
    if "WordDocument" in names:
        return frozenset({FileKind.DOC, FileKind.WPS}), marks
    if names & {"Workbook", "Book"}:
        return frozenset({FileKind.XLS, FileKind.ET}), marks
    if "PowerPoint Document" in names:
        return frozenset({FileKind.PPT, FileKind.DPS}), marks
    return _NONE, ()


def _text(content: bytes) -> Kinds:
    text = _decoded(content)
    if text is None or _CONTROL.search(text):
        return _NONE
    if what := markup_of(text[:4096]):
        raise UploadRefused(f"内容是「{what}」，不能直接上传：请截图，或打包成 zip。")
    mail = len(_MAIL_HEADER.findall(text[:_MAIL_HEAD])) >= 2
    return frozenset({FileKind.TXT, FileKind.CSV, FileKind.EML} if mail else {FileKind.TXT, FileKind.CSV})


def _decoded(content: bytes) -> str | None:
    """Return the text, in whichever of the usual encodings it is whole."""
    encodings = ("utf-16",) if content.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None
