"""What a file is. The list is closed: what is not on it is refused, whatever it is called."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _

__all__ = ["EVERY_KIND", "SHAPES", "FileKind", "kind_named"]


class FileKind(models.TextChoices):
    """The kinds of files a case needs: papers, pictures, tables, mails, recorded calls, and a zip of all these."""

    PDF = "pdf", "PDF"
    JPG = "jpg", _("JPG 图片")
    PNG = "png", _("PNG 图片")
    WEBP = "webp", _("WebP 图片")
    DOCX = "docx", _("Word 文档")
    DOC = "doc", _("Word 文档（旧版）")
    WPS = "wps", _("WPS 文字")
    XLSX = "xlsx", _("Excel 表格")
    XLS = "xls", _("Excel 表格（旧版）")
    ET = "et", _("WPS 表格")
    PPTX = "pptx", _("PPT 演示")
    PPT = "ppt", _("PPT 演示（旧版）")
    DPS = "dps", _("WPS 演示")
    OFD = "ofd", _("OFD 版式文件")
    TXT = "txt", _("文本、日志")
    CSV = "csv", _("CSV 表格")
    EML = "eml", _("电子邮件")
    ZIP = "zip", _("ZIP 压缩包")
    MP3 = "mp3", _("MP3 录音")
    M4A = "m4a", _("M4A 录音")
    WAV = "wav", _("WAV 录音")
    AMR = "amr", _("AMR 录音")

    @property
    def mime(self) -> str:
        """Return the media type it is served as."""
        return SHAPES[self].mime


@dataclass(frozen=True)
class Shape:
    """The media type of a kind, and the endings it may carry."""

    mime: str
    endings: tuple[str, ...]


_OFFICE = "application/vnd.openxmlformats-officedocument."
SHAPES: dict[FileKind, Shape] = {
    FileKind.PDF: Shape("application/pdf", ("pdf",)),
    FileKind.JPG: Shape("image/jpeg", ("jpg", "jpeg")),
    FileKind.PNG: Shape("image/png", ("png",)),
    FileKind.WEBP: Shape("image/webp", ("webp",)),
    FileKind.DOCX: Shape(f"{_OFFICE}wordprocessingml.document", ("docx",)),
    FileKind.DOC: Shape("application/msword", ("doc",)),
    FileKind.WPS: Shape("application/vnd.ms-works", ("wps",)),
    FileKind.XLSX: Shape(f"{_OFFICE}spreadsheetml.sheet", ("xlsx",)),
    FileKind.XLS: Shape("application/vnd.ms-excel", ("xls",)),
    FileKind.ET: Shape("application/octet-stream", ("et",)),
    FileKind.PPTX: Shape(f"{_OFFICE}presentationml.presentation", ("pptx",)),
    FileKind.PPT: Shape("application/vnd.ms-powerpoint", ("ppt",)),
    FileKind.DPS: Shape("application/octet-stream", ("dps",)),
    FileKind.OFD: Shape("application/ofd", ("ofd",)),
    FileKind.TXT: Shape("text/plain", ("txt", "log")),
    FileKind.CSV: Shape("text/csv", ("csv",)),
    FileKind.EML: Shape("message/rfc822", ("eml",)),
    FileKind.ZIP: Shape("application/zip", ("zip",)),
    FileKind.MP3: Shape("audio/mpeg", ("mp3",)),
    FileKind.M4A: Shape("audio/mp4", ("m4a",)),
    FileKind.WAV: Shape("audio/wav", ("wav",)),
    FileKind.AMR: Shape("audio/amr", ("amr",)),
}
EVERY_KIND = frozenset(FileKind)
_BY_ENDING = {ending: kind for kind, shape in SHAPES.items() for ending in shape.endings}


def kind_named(name: str) -> FileKind | None:
    """Return the kind a file's ending claims, or None."""
    return _BY_ENDING.get(name.rpartition(".")[2].lower())
