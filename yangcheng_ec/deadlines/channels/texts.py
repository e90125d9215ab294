"""The exact words that go out over each channel: one place for the sending and for the preview before signing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from django.conf import settings

from yangcheng_ec.deadlines.choices import BY_HAND, Channel

__all__ = ["SmsParts", "Words", "register_text_suffix", "sms_parts", "text_for", "text_suffix", "title_for"]

DRILL_MARK = "【演练】"
ALONE, SPLIT = 70, 67


class Words(Protocol):
    """What has words to send: a message that is being planned, or a notice."""

    @property
    def title(self) -> str: ...

    @property
    def body(self) -> str: ...

    @property
    def script(self) -> str: ...

    @property
    def url(self) -> str: ...

    @property
    def clause(self) -> str: ...

    @property
    def drill(self) -> bool: ...


@dataclass(frozen=True)
class SmsParts:
    """How a short message is cut: into how many parts, its length and a part's, in UCS-2 units."""

    count: int
    length: int
    per_part: int


def sms_parts(text: str) -> SmsParts:
    """Return how a short message travels: 70 units alone, 67 each when it is split; a rare character takes two."""
    length = len(text.encode("utf-16-le")) // 2
    if length <= ALONE:
        return SmsParts(1, length, ALONE)
    return SmsParts(-(-length // SPLIT), length, SPLIT)


def title_for(words: Words) -> str:
    """Return the title on one line, a drill's marked: nothing typed can make a header of its own."""
    title = " ".join(words.title.split())
    return title if not words.drill or title.startswith(DRILL_MARK) else DRILL_MARK + title


def text_for(channel: str, words: Words, suffix: str = "") -> str:
    """Return the words of a message or notice for a channel. ``suffix`` ends them (a one-time link to confirm)."""
    if channel in BY_HAND:
        script = words.script or words.title
        return script if not words.drill or script.startswith(DRILL_MARK) else DRILL_MARK + script
    if channel == Channel.SMS:
        return f"{settings.SMS_SIGN}{title_for(words)}{suffix and ' ' + suffix}"
    head = "" if channel != Channel.EMAIL else f"{title_for(words)}\n\n"
    text = f"{head}{words.body}\n\n{settings.SITE_URL}{words.url}\n"
    if words.clause:
        text += f"\n依据：{words.clause}\n"
    return text + (f"\n{suffix}\n" if suffix else "")


# Given what is being sent (a Delivery with its notice) and the channel: the last line, or an empty text.
Suffix = Callable[[Any, str], str]
_suffixes: list[Suffix] = []


def register_text_suffix(suffix: Suffix) -> Suffix:
    """Register what writes a last line, such as the link that confirms a call-out."""
    if suffix not in _suffixes:
        _suffixes.append(suffix)
    return suffix


def text_suffix(delivery: Any, channel: str) -> str:
    """Return the last lines of a sending."""
    return "\n".join(line for suffix in _suffixes if (line := suffix(delivery, channel)))
