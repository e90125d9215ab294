"""HTML to PDF by WeasyPrint, with the county's own fonts embedded (ADR 0007).

Fonts and style sheet are read once per process: reading them again would cost more than the page.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

__all__ = ["FANGSONG", "OwnFontsOnly", "html_of", "pdf_of"]

STYLE_SHEET = Path(settings.BASE_DIR) / "static" / "papers" / "papers.css"
# 仿宋 from Debian's TeX package, unpacked at set-up; without it Noto Serif CJK stands in.
FANGSONG = Path(settings.VAR_DIR) / "fonts" / "FandolFang-Regular.otf"


def html_of(template: str, paper: dict[str, Any]) -> str:
    """Return the paper's HTML: everything a person typed is escaped."""
    return render_to_string(template, {"paper": paper})


def pdf_of(template: str, paper: dict[str, Any]) -> bytes:
    """Return the paper as PDF (PDF/A-3u, fonts embedded, text extractable)."""
    stylesheet, fonts = _style()
    document = HTML(string=html_of(template, paper), url_fetcher=OwnFontsOnly())
    result: bytes = document.write_pdf(stylesheets=[stylesheet], font_config=fonts, pdf_variant="pdf/a-3u")
    return result


class OwnFontsOnly(URLFetcher):
    """Fetch nothing but our own font: what a person typed can never make the server read a file or an address."""

    def fetch(self, url: str, headers: Any = None) -> Any:
        """Return the font, or refuse."""
        if url != FANGSONG.as_uri():
            raise ValueError(f"papers fetch nothing: {url[:80]}")
        return super().fetch(url, headers)


@lru_cache(maxsize=1)
def _style() -> tuple[CSS, FontConfiguration]:
    fonts = FontConfiguration()
    text = STYLE_SHEET.read_text(encoding="utf-8")
    if FANGSONG.exists():
        text = f'@font-face {{ font-family: "Paper FangSong"; src: url("{FANGSONG.as_uri()}"); }}\n{text}'
    return CSS(string=text, font_config=fonts, url_fetcher=OwnFontsOnly()), fonts
