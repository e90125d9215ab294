"""HTML to PDF by WeasyPrint, with the county's own fonts embedded (ADR 0007).

Fonts and style sheets are read once per process: reading them again would cost more than the page.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

__all__ = ["EMOJI", "FANGSONG", "OwnFontsOnly", "Printed", "html_of", "page_of", "pdf_of", "printed"]

STYLE_SHEETS = tuple(Path(settings.BASE_DIR) / "static" / "papers" / name for name in ("papers.css", "official.css"))
# 仿宋 from Debian's TeX package, unpacked at set-up; without it Noto Serif CJK stands in.
FANGSONG = Path(settings.VAR_DIR) / "fonts" / "FandolFang-Regular.otf"
# What people paste out of messages; without it such characters are boxes on the paper, but still its text.
EMOJI = Path(settings.VAR_DIR) / "fonts" / "NotoColorEmoji.ttf"
OWN_FONTS = {"Paper FangSong": FANGSONG, "Paper Emoji": EMOJI}
# The archive's kind of PDF: fonts inside, text that can be taken out.
VARIANT = "pdf/a-3u"
_steps = logging.getLogger("weasyprint.progress")
_steps.setLevel(logging.INFO)
_steps.propagate = False

# Told the number of the page that is being laid out.
Told = Callable[[int], None]


@dataclass(frozen=True)
class Printed:
    """A finished paper and how many pages it has."""

    content: bytes
    pages: int


def html_of(template: str, paper: dict[str, Any]) -> str:
    """Return the paper's HTML: everything a person typed is escaped."""
    return render_to_string(template, {"paper": paper})


def pdf_of(template: str, paper: dict[str, Any]) -> bytes:
    """Return the paper as PDF (PDF/A-3u, fonts embedded, text extractable)."""
    return printed(html_of(template, paper)).content


def page_of(html: str) -> bytes | None:
    """Return a paper of one page as PDF; None, as soon as the layout begins a second page, for a longer one."""
    try:
        return printed(html, _one_page_only).content
    except _SecondPage:
        return None


class _SecondPage(Exception):
    """The paper goes over its first page."""


def _one_page_only(page: int) -> None:
    if page > 1:
        raise _SecondPage


def printed(html: str, told: Told | None = None) -> Printed:
    """Lay out and write a paper's HTML; ``told`` hears of each page as it is laid out."""
    stylesheet, fonts = _style()
    source = HTML(string=html, url_fetcher=OwnFontsOnly())
    with _listening(told):
        document = source.render(stylesheets=[stylesheet], font_config=fonts, pdf_variant=VARIANT)
        content: bytes = document.write_pdf(pdf_variant=VARIANT)
    return Printed(content, len(document.pages))


class OwnFontsOnly(URLFetcher):
    """Fetch nothing but our own fonts: what a person typed can never make the server read a file or an address."""

    def fetch(self, url: str, headers: Any = None) -> Any:
        """Return the font, or refuse."""
        if url not in {font.as_uri() for font in OWN_FONTS.values()}:
            raise ValueError(f"papers fetch nothing: {url[:80]}")
        return super().fetch(url, headers)


class _Listener(logging.Handler):
    """Pass on the page numbers that the layout of this thread logs."""

    def __init__(self, told: Told) -> None:
        super().__init__()
        self.told, self.thread_id = told, threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        """Tell of a page; every other step is passed over."""
        mine = record.thread == self.thread_id and "Page %d" in str(record.msg)
        if mine and isinstance(record.args, tuple):
            self.told(int(str(record.args[0])))


@contextmanager
def _listening(told: Told | None) -> Iterator[None]:
    if told is None:
        yield
        return
    listener = _Listener(told)
    _steps.disabled = False  # whoever configures logging once more must not make a long paper look like a short one
    _steps.addHandler(listener)
    try:
        yield
    finally:
        _steps.removeHandler(listener)


@lru_cache(maxsize=1)
def _style() -> tuple[CSS, FontConfiguration]:
    fonts = FontConfiguration()
    text = "\n".join(sheet.read_text(encoding="utf-8") for sheet in STYLE_SHEETS)
    for name, font in OWN_FONTS.items():
        if font.exists():
            text = f'@font-face {{ font-family: "{name}"; src: url("{font.as_uri()}"); }}\n{text}'
    return CSS(string=text, font_config=fonts, url_fetcher=OwnFontsOnly()), fonts
