"""An upload that is too large is not kept: its bytes are counted and let go, so that the page can still say so."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest

from directory.sheets.reading import MAX_BYTES
from yangcheng_ec.errors import BadInput

__all__ = ["cap_upload", "content_of"]


class _SizeCap(FileUploadHandler):
    """Stop taking a file past the limit; the rest of the request is read and thrown away, the connection stays."""

    too_large = False

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Count each file from nothing."""
        super().new_file(*args, **kwargs)
        self.size = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Pass the bytes on until there are too many."""
        self.size += len(raw_data)
        if self.size > MAX_BYTES:
            self.too_large = True
            raise StopUpload(connection_reset=False)
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Leave the file to the next handler."""


def cap_upload(request: HttpRequest) -> None:
    """Install the limit; before anything reads the request's body."""
    cap = _SizeCap(request)
    request.upload_handlers.insert(0, cap)
    request.upload_cap = cap  # type: ignore[attr-defined]


def content_of(request: HttpRequest, files: Any) -> tuple[str, bytes]:
    """Return the uploaded file's name and bytes. Raises BadInput (field ``file``): none, or too large."""
    uploaded = files.get("file")
    if request.upload_cap.too_large or getattr(uploaded, "size", 0) > MAX_BYTES:  # type: ignore[attr-defined]
        words = f"文件超过 {MAX_BYTES // 1024 // 1024} MB，没有读取。请只保留联络表那一张工作表再上传。"
        raise BadInput("文件没有导入，通讯录没有改动。", fields={"file": [words]})
    if uploaded is None or not hasattr(uploaded, "read"):
        raise BadInput("请选择文件。", fields={"file": ["请选择要导入的 .xlsx 或 .csv 文件。"]})
    return uploaded.name or "", uploaded.read()
