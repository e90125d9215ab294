"""How a file is refused."""

from __future__ import annotations

from yangcheng_ec.errors import BadInput

__all__ = ["FIELD", "UploadRefused"]

FIELD = "files"


class UploadRefused(BadInput):
    """400: the file cannot be accepted; the message says why, in words for the person who chose it."""

    code = "upload_refused"

    def __init__(self, words: str) -> None:
        super().__init__(words, fields={FIELD: [words]})
