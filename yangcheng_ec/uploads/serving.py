"""Handing a stored file out: always as a download, never shown by the browser as part of this site."""

from __future__ import annotations

from typing import BinaryIO

from django.http import FileResponse

__all__ = ["download"]


def download(file: BinaryIO, *, name: str, mime: str) -> FileResponse:
    """Return the answer that saves the file: not sniffed, not cached by others, sandboxed should it be opened."""
    response = FileResponse(file, as_attachment=True, filename=name, content_type=mime)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response
