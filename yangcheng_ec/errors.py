"""Typed errors of the domain.

Services raise them with a message the user reads and the clause it rests on; one handler for
pages (``middleware.DomainErrorMiddleware``) and one for the API (``api.errors``) turn them into answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import DataError, OperationalError

__all__ = [
    "BadInput",
    "Busy",
    "Change",
    "DomainError",
    "Forbidden",
    "NotVisible",
    "StaleVersion",
    "WrongState",
    "is_busy",
    "is_unstorable",
]


@dataclass(frozen=True)
class Change:
    """One field that somebody else changed meanwhile: its label, what the reader saw, what it is now."""

    field: str
    was: str
    now: str


class DomainError(Exception):
    """Base of all. ``clause`` is «预案 4.2.1.2» style text or empty; ``fields`` maps field name → messages.

    ``link`` (label, address) is where to do it instead; pages show it.
    """

    status = 400
    code = "bad_request"

    def __init__(
        self,
        message: str,
        *,
        clause: str = "",
        fields: Mapping[str, Sequence[str]] | None = None,
        code: str | None = None,
        link: tuple[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.link = link
        self.message = message
        self.clause = clause
        self.fields = {name: list(texts) for name, texts in (fields or {}).items()}
        if code:
            self.code = code

    def as_dict(self) -> dict[str, object]:
        """Return the API's error body: code, message, and clause and fields where there are any."""
        body: dict[str, object] = {"code": self.code, "message": self.message}
        if self.clause:
            body["clause"] = self.clause
        if self.fields:
            body["fields"] = self.fields
        return body


class BadInput(DomainError):
    """400: what was typed cannot be accepted; ``fields`` says where and why."""

    status = 400
    code = "bad_input"


class Forbidden(DomainError):
    """403: the reader may see this, but may not do that; the clause says who may."""

    status = 403
    code = "forbidden"


class NotVisible(DomainError):
    """404: no right to read; nothing is said about whether it exists."""

    status = 404
    code = "not_found"

    def __init__(self, message: str = "没有找到，或您无权查看。") -> None:
        super().__init__(message)


class WrongState(DomainError):
    """409: the case has moved on; the act does not fit its state."""

    status = 409
    code = "wrong_state"


class StaleVersion(DomainError):
    """409: 「已被他人更新」; ``changes`` shows what changed since the reader loaded the page."""

    status = 409
    code = "stale_version"

    def __init__(self, message: str = "已被他人更新，请核对后再提交。", *, changes: Sequence[Change] = ()) -> None:
        super().__init__(message)
        self.changes = list(changes)

    def as_dict(self) -> dict[str, object]:
        """Add the changed fields to the API's error body."""
        body = super().as_dict()
        if self.changes:
            body["changes"] = [vars(change) for change in self.changes]
        return body


class Busy(DomainError):
    """409: the database was locked longer than its time-out; nothing was written, try again."""

    status = 409
    code = "busy"

    def __init__(self) -> None:
        super().__init__("系统正忙（数据库被占用），本次操作没有写入。请稍候再提交，已填写的内容不会丢失。")


def is_unstorable(error: BaseException) -> bool:
    """Return whether PostgreSQL refused a NUL character, in an address or a filter that no form has cleaned."""
    return isinstance(error, ValueError | DataError) and "NUL" in str(error)


def is_busy(error: Exception) -> bool:
    """Return whether a database error only means «another act holds the rows»: locked, or a deadlock was broken."""
    words = str(error).lower()
    return isinstance(error, OperationalError) and ("locked" in words or "deadlock" in words)
