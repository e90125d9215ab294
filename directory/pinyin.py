"""Pinyin initials of names, as people type them in a hurry: ``xwxcb``, or ``xwxb``, for 县委宣传部."""

from __future__ import annotations

import re

__all__ = ["initials_of", "initials_pattern"]

_HAN = re.compile(r"[\u4e00-\u9fff]+")
# 町店镇 calls itself Dingdian; the dictionaries read its first character ting.
ALSO_READ = {"町": "d"}
_TYPED = re.compile(r"^[a-zA-Z]{2,20}$")
# So few letters, scattered over a name, would fit nearly every unit.
SCATTERED_FROM = 3


def initials_of(*names: str) -> str:
    """Return the first letters of every part of the names, each once, a space between: the reading fits the phrase.

    A bracket ends a part: 县委宣传部（县委网信办） is ``xwxcb xwwxb``.
    """
    parts = [part for name in names for part in _HAN.findall(name)]
    return " ".join(dict.fromkeys(word for part in parts for word in _read(part)))


def _read(part: str) -> list[str]:
    from pypinyin import Style, lazy_pinyin  # its dictionaries are read only where names are saved

    letters = lazy_pinyin(part, style=Style.FIRST_LETTER)
    locally = [ALSO_READ.get(character, letter) for character, letter in zip(part, letters, strict=True)]
    return ["".join(letters), "".join(locally)]


def initials_pattern(typed: str) -> str:
    """Return the regular expression that finds what was typed among stored initials; empty if no initials were typed.

    Two letters must stand together; from three on letters may be left out between them, within one name.
    """
    if not _TYPED.match(typed):
        return ""
    letters = typed.lower()
    return letters if len(letters) < SCATTERED_FROM else "[a-z]*".join(letters)
