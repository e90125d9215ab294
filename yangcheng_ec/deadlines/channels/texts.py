"""The exact words that go out over each channel, and how many SMS parts they make."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings

from yangcheng_ec.deadlines.choices import BY_HAND, Channel
from yangcheng_ec.deadlines.models import Delivery

if TYPE_CHECKING:
    from yangcheng_ec.deadlines.services.notices import Message

__all__ = [
    "DRILL", "SmsParts", "delivery_text", "drilled", "register_text_suffix", "sms_parts", "subject_line", "text_for",
]  # fmt: skip

DRILL = "【演练】"
ALONE, SPLIT = 70, 67


@dataclass(frozen=True)
class SmsParts:
    """How an SMS is carried: ``count`` parts for ``length`` UCS-2 characters, up to ``per_part`` in each."""

    count: int
    length: int
    per_part: int


def sms_parts(text: str) -> SmsParts:
    """Return the parts of an SMS: 70 UCS-2 characters alone, 67 each when split; what is outside the BMP counts two."""
    length = len(text.encode("utf-16-be")) // 2
    if length <= ALONE:
        return SmsParts(1 if length else 0, length, ALONE)
    return SmsParts(-(-length // SPLIT), length, SPLIT)


# What an app adds to the words of one delivery (a one-time link), and what it would add to a message not yet queued.
Suffix = Callable[[Delivery, Channel], str]
Preview = Callable[["Message", Channel], str]
_suffixes: list[tuple[Suffix, Preview | None]] = []


def register_text_suffix(suffix: Suffix, *, preview: Preview | None = None) -> None:
    """Register what is added to the words of a delivery when it is sent; ``preview`` shows the like beforehand.

    It is called once per attempt, outside any transaction, and must give the same words for the same delivery.
    """
    if (suffix, preview) not in _suffixes:
        _suffixes.append((suffix, preview))


def text_for(channel: str, message: Message, drill: bool | None = None) -> str:
    """Return the exact words of a message over a channel; a drill's begin with 【演练】 in every one."""
    way = Channel(channel)
    more = "".join(preview(message, way) for _, preview in _suffixes if preview is not None)
    marked = message.drill if drill is None else drill
    words = _Words(
        drilled(message.title, marked),
        message.body,
        drilled(message.script or message.title, marked),
        message.url,
        message.clause,
    )
    return _text(way, words, more)


def delivery_text(delivery: Delivery) -> str:
    """Return the exact words of a delivery over its channel."""
    way, notice = Channel(delivery.channel), delivery.notice
    more = "".join(suffix(delivery, way) for suffix, _ in _suffixes)
    return _text(way, _Words(notice.title, notice.body, notice.script, notice.url, notice.clause), more)


def subject_line(title: str) -> str:
    """Return a title as one line, fit for a mail's subject."""
    return " ".join(title.split())


def drilled(words: str, drill: bool) -> str:
    """Return the words, marked as a drill's where they are and do not say so yet."""
    return DRILL + words if drill and not words.startswith(DRILL) else words


@dataclass(frozen=True)
class _Words:
    title: str
    body: str
    script: str
    url: str
    clause: str


def _text(channel: Channel, words: _Words, more: str) -> str:
    if channel == Channel.SMS:
        return subject_line(words.title) + more + settings.SMS_SIGNATURE
    if channel == Channel.PHONE:
        return words.script
    link = f"{settings.SITE_URL}{words.url}" if words.url and channel not in BY_HAND else ""
    clause = f"依据：{words.clause}" if words.clause else ""
    blocks = [words.title, words.body, link, more.strip(), clause]
    return "\n\n".join(block for block in blocks if block) + "\n"
