"""What is never taken, with the words for it: programs, scripts, pages that a browser would run."""

from __future__ import annotations

import re

__all__ = ["danger_of_content", "danger_of_name", "markup_of"]

_PROGRAM = "可执行程序"
_SCRIPT = "脚本"
_PAGE = "网页"
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"MZ", "Windows 可执行程序"),
    (b"\x7fELF", "Linux 可执行程序"),
    (b"\xca\xfe\xba\xbe", "Java 或 macOS 可执行程序"),
    (b"\xce\xfa\xed\xfe", "macOS 可执行程序"),
    (b"\xcf\xfa\xed\xfe", "macOS 可执行程序"),
    (b"dex\n", "安卓可执行程序"),
    (b"L\x00\x00\x00\x01\x14\x02\x00", "Windows 快捷方式"),
    (b"#!/", _SCRIPT),
    (b"#! /", _SCRIPT),
)
_ENDINGS: dict[str, str] = {
    **dict.fromkeys(("exe", "com", "scr", "pif", "dll", "msi", "msp", "cpl", "apk", "jar", "class", "so"), _PROGRAM),
    **dict.fromkeys(
        ("bat", "cmd", "ps1", "vbs", "vbe", "js", "jse", "wsf", "wsh", "hta", "sh", "py", "php", "reg"), _SCRIPT
    ),
    **dict.fromkeys(("lnk", "url", "scf", "chm"), "快捷方式或帮助文件"),
}
_PAGES = {
    **dict.fromkeys(("html", "htm", "xhtml", "mht", "mhtml", "shtml"), _PAGE),
    "svg": "SVG 图形",
    "svgz": "SVG 图形",
}
_MARKUP = re.compile(
    r"<(?:(?P<xml>\?xml|svg)|(?P<script>\?php|script|%)|"
    r"!doctype|!--|html|head|body|iframe|frameset|style|title|table|div|meta|link|h1|p)(?![a-z0-9])",
    re.IGNORECASE,
)


def danger_of_content(head: bytes) -> str:
    """Return what the first bytes give away, or an empty text. A recording in AMR begins like a script and is none."""
    for signature, words in _SIGNATURES:
        if head.startswith(signature):
            return words
    return ""


def danger_of_name(name: str, *, pages: bool = False) -> str:
    """Return what a file's ending says, or an empty text; ``pages`` counts web pages and SVG in."""
    ending = name.rstrip(" .").rpartition(".")[2].lower()
    return _ENDINGS.get(ending, "") or (_PAGES.get(ending, "") if pages else "")


def markup_of(text: str) -> str:
    """Return what a text is that begins with markup a browser would act on, or an empty text."""
    found = _MARKUP.match(text.lstrip())
    if found is None:
        return ""
    if found["xml"]:
        return "SVG 或 XML 文件"
    return _SCRIPT if found["script"] else _PAGE
