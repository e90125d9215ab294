"""What a request may bring: a file past the limit is counted and let go, so that the page can still say so.

The rest of the form is read to its end: what was typed beside the file is not lost.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import (
    FileUploadHandler,
    MemoryFileUploadHandler,
    SkipFile,
    TemporaryFileUploadHandler,
)
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from yangcheng_ec.text import clean_text
from yangcheng_ec.uploads.checking import MEGABYTE, upload_limit
from yangcheng_ec.uploads.refusal import UploadRefused
from yangcheng_ec.uploads.storing import storage_refusal

__all__ = ["MAX_FILES", "UploadCap", "cap_upload", "files_of", "takes_uploads"]

MAX_FILES = 10
View = Callable[..., HttpResponse]


class UploadCap(FileUploadHandler):
    """Stop taking a file past the limit, and files past the number; the rest of the request is read on."""

    def __init__(self, request: HttpRequest, *, limit: int, files: int) -> None:
        super().__init__(request)
        self.limit, self.files = limit, files
        self.count = self.size = 0
        self.too_large: list[str] = []
        self.failed: OSError | None = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Count each file from nothing."""
        super().new_file(*args, **kwargs)
        self.size = 0
        self.count += 1

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Pass the bytes on until there are too many."""
        self.size += len(raw_data)
        if self.size > self.limit:
            self.too_large.append(self.file_name or "")
            raise SkipFile
        if self.count > self.files:
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Leave the file to the next handler."""

    def refuse(self) -> None:
        """Raise UploadRefused for what was let go."""
        if self.failed is not None:
            raise storage_refusal(self.failed)
        if self.too_large:
            names = "、".join(f"「{clean_text(name)[:40]}」" for name in self.too_large[:MAX_FILES])
            raise UploadRefused(f"{names}超过 {self.limit // MEGABYTE} MB，没有读取。请压缩、分卷或分页后再传。")
        if self.count > self.files:
            raise UploadRefused(f"一次最多 {self.files} 个文件，这次有 {self.count} 个，都没有保存。请分几次传。")


class _Spool(TemporaryFileUploadHandler):
    """Large files go to the temporary folder; a full disk there lets the file go and is said in words."""

    def __init__(self, request: HttpRequest, cap: UploadCap) -> None:
        super().__init__(request)
        self.cap = cap

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Open the temporary file."""
        try:
            super().new_file(*args, **kwargs)
        except OSError as error:
            self.cap.failed = error
            raise SkipFile from error

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Write on."""
        try:
            super().receive_data_chunk(raw_data, start)
        except OSError as error:
            self.cap.failed = error
            raise SkipFile from error


def cap_upload(request: HttpRequest, *, limit: int | None = None, files: int = MAX_FILES) -> None:
    """Install the limits; before anything reads the request's body."""
    cap = UploadCap(request, limit=upload_limit() if limit is None else limit, files=files)
    request.upload_handlers = [cap, MemoryFileUploadHandler(request), _Spool(request, cap)]
    request.upload_cap = cap  # type: ignore[attr-defined]


def takes_uploads(*, limit: int | None = None, files: int = MAX_FILES) -> Callable[[View], View]:
    """Let a view take files: the limits stand before the body is read, the token is checked right after."""

    def wrap(view: View) -> View:
        protected = csrf_protect(view)

        @csrf_exempt
        @wraps(view)
        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            cap_upload(request, limit=limit, files=files)
            return protected(request, *args, **kwargs)

        return inner

    return wrap


def files_of(request: HttpRequest, field: str = "files") -> list[UploadedFile]:
    """Return the files that came under a name. Raises UploadRefused: too large, too many, disk full, none."""
    found = request.FILES.getlist(field)
    request.upload_cap.refuse()  # type: ignore[attr-defined]
    if not found:
        raise UploadRefused("请选择文件。")
    return list(found)
