"""A file's name as people typed it, made safe to store, to show and to save on any machine."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath

from yangcheng_ec.text import clean_text

__all__ = ["NAME_LIMIT", "name_clean"]

NAME_LIMIT = 120
# What Windows refuses in a name; a line break or tab would break the header it is sent in.
_FORBIDDEN = re.compile(r'[<>:"|?*\x00-\x1f]')


def name_clean(name: str, *, ending: str = "", empty: str = "附件") -> str:
    """Return the last part of a name without control, bidi-override and forbidden characters, never too long.

    ``ending`` replaces the name's own, where the content alone says what a file is; ``empty`` stands in for no name.
    """
    text = unicodedata.normalize("NFC", clean_text(name)).replace("\\", "/")
    last = _FORBIDDEN.sub("", PurePosixPath(text.strip() or "-").name).rstrip(" .").lstrip()
    stem, dot, own = last.rpartition(".")
    if not dot:
        stem, own = last, ""
    tail = f".{ending or own}" if ending or own else ""
    return f"{(stem.strip(' .-') or empty)[: NAME_LIMIT - len(tail[:20])]}{tail[:20]}"
