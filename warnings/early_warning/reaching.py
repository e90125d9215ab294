"""The ways to reach a recipient and the exact words on each, as the kernel sends them (for the preview)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings

from yangcheng_ec.deadlines.choices import Channel
from yangcheng_ec.deadlines.registry import Recipient
from yangcheng_ec.deadlines.services import Message

__all__ = ["SmsParts", "Way", "sms_parts", "text_for", "ways_of"]

DRILL = "【演练】"
ALONE, SPLIT = 70, 67


@dataclass(frozen=True)
class Way:
    """One way to reach somebody: a channel, and the address or number on it."""

    channel: str
    address: str


@dataclass(frozen=True)
class SmsParts:
    """How a short message travels: how many parts, its length and a part's, in UCS-2 characters."""

    count: int
    length: int
    per_part: int


def ways_of(kind: str, recipients: Sequence[Recipient]) -> dict[str, list[Way]]:
    """Return the ways by recipient key, those with an address only."""
    return {
        one.key: [
            Way(channel.value, address)
            for channel, address in ((Channel.EMAIL, one.email), (Channel.PHONE, one.phone))
            if address
        ]
        for one in recipients
    }


def text_for(channel: str, message: Message) -> str:
    """Return the exact words of a message over a channel; a drill's begin with 【演练】."""
    mark = DRILL if message.drill else ""
    if channel == Channel.PHONE:
        return mark + message.script
    clause = f"\n依据：{message.clause}\n" if message.clause else ""
    return f"{mark}{message.title}\n\n{message.body}\n\n{settings.SITE_URL}{message.url}\n{clause}"


def sms_parts(text: str) -> SmsParts:
    """Return how a text travels by SMS: 70 characters alone, 67 each when split; a rare character counts two."""
    length = len(text.encode("utf-16-le")) // 2
    if length <= ALONE:
        return SmsParts(1 if length else 0, length, ALONE)
    return SmsParts(-(-length // SPLIT), length, SPLIT)
