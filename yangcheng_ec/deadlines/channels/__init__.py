"""The ways a notice can leave by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from yangcheng_ec.deadlines.choices import Channel
from yangcheng_ec.deadlines.registry import Recipient

__all__ = ["Way", "register_text_suffix", "text_suffix", "ways_for", "ways_of"]


@dataclass(frozen=True)
class Way:
    """One way to reach a recipient."""

    channel: str
    address: str


def ways_for(kind: str, recipient: Recipient) -> list[Way]:
    """Return the ways to reach one recipient."""
    return ways_of(kind, [recipient])[recipient.key]


def ways_of(kind: str, recipients: Sequence[Recipient]) -> dict[str, list[Way]]:
    """Return the ways to reach recipients, by their keys."""
    found = {}
    for person in recipients:
        ways = [Way(Channel.EMAIL, person.email)] if person.email else []
        found[person.key] = [*ways, Way(Channel.PHONE, person.phone)]
    return found


_suffixes: list[Callable[[Any, str], str]] = []


def register_text_suffix(fn: Callable[[Any, str], str]) -> None:
    """Register what is said last."""
    if fn not in _suffixes:
        _suffixes.append(fn)


def text_suffix(sending: Any, channel: str) -> str:
    """Return what is said last."""
    return "\n".join(text for fn in _suffixes if (text := fn(sending, channel)))
