"""What an adapter is given to send, and what it is."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

__all__ = ["Adapter", "Parcel", "Send"]


@dataclass(frozen=True)
class Parcel:
    """One thing to send. ``key`` is the same however often it is sent; ``kind`` chooses an SMS template."""

    key: UUID
    notice_key: UUID
    address: str
    title: str
    text: str
    kind: str = ""


# Sends one parcel; returns when the other side has taken it, else raises a SendError.
Send = Callable[[Parcel], None]


class Adapter(Protocol):
    """One channel by machine."""

    def session(self) -> AbstractContextManager[Send]:
        """Open what a batch shares (one connection to the mail server) and give what sends one parcel."""
