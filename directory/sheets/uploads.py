"""An upload that is too large is not kept: its bytes are counted and let go, so that the page can still say so."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from directory.sheets.reading import MAX_BYTES
from yangcheng_ec import uploads
from yangcheng_ec.errors import BadInput

__all__ = ["cap_upload", "content_of"]


def cap_upload(request: HttpRequest) -> None:
    """Install the limit; before anything reads the request's body."""
    uploads.cap_upload(request, limit=MAX_BYTES, files=1)


def content_of(request: HttpRequest, files: Any) -> tuple[str, bytes]:
    """Return the uploaded file's name and bytes. Raises BadInput (field ``file``): none, or too large."""
    uploaded = files.get("file")
    if request.upload_cap.too_large or getattr(uploaded, "size", 0) > MAX_BYTES:  # type: ignore[attr-defined]
        words = f"文件超过 {MAX_BYTES // 1024 // 1024} MB，没有读取。请只保留要导入的那一张工作表再上传。"
        raise BadInput("文件没有导入，什么都没有改动。", fields={"file": [words]})
    if uploaded is None or not hasattr(uploaded, "read"):
        raise BadInput("请选择文件。", fields={"file": ["请选择要导入的 .xlsx 或 .csv 文件。"]})
    return uploaded.name or "", uploaded.read()
