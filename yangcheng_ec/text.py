"""Text as people type it: control characters out, line ends in one form, nothing else touched."""

from __future__ import annotations

import re

__all__ = ["LONG_TEXT_LIMIT", "clean_text"]

# What one field may hold. Longer texts are refused with the figure, never cut.
LONG_TEXT_LIMIT = 20_000

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")


def clean_text(value: str) -> str:
    """Return the text without control, bidi-override and zero-width characters, with ``\\n`` line ends."""
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    return _LONE_SURROGATE.sub("", _CONTROL.sub("", value))
