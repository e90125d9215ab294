"""Both charts on A4 landscape: the same SVG as on the page, by WeasyPrint."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.template.loader import render_to_string
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

from directory.charts.flow_wide import draw_flow_wide
from directory.charts.org import draw_org
from directory.charts.svg import Drawing
from yangcheng_ec.clock import database_now

if TYPE_CHECKING:
    from directory.models import PlanVersion
    from directory.selectors.plan_page import Charts

__all__ = ["charts_pdf"]

# What a page of A4 landscape leaves for the drawing, in millimetres.
SPACE_WIDTH, SPACE_HEIGHT = 273.0, 158.0
ORG_WIDTH = 1450.0
PAGE = """
@page { size: A4 landscape; margin: 10mm 12mm;
  @bottom-right { content: counter(page) " / " counter(pages); font: 9pt "Noto Sans CJK SC", sans-serif; } }
body { margin: 0; font: 9pt/1.4 "Noto Sans CJK SC", sans-serif; color: #000; }
section + section { break-before: page; }
h1 { margin: 0 0 1mm; font: 700 14pt "Noto Serif CJK SC", serif; text-align: center; }
p { margin: 0 0 1mm; }
.drawing { text-align: center; }
"""


class _Nothing(URLFetcher):
    """A chart is made of words and lines: nothing is ever fetched for it."""

    def fetch(self, url: str, headers: Any = None) -> Any:
        """Refuse."""
        raise ValueError(f"charts fetch nothing: {url[:80]}")


def charts_pdf(version: PlanVersion, charts: Charts) -> bytes:
    """Return both charts as a PDF of two pages, each fitted to its page."""
    stylesheet, fonts = _style()
    context = {
        "version": version,
        "charts": charts,
        "org_svg": _fitted(draw_org(charts.org, ORG_WIDTH)),
        "flow_svg": _fitted(draw_flow_wide(charts.flow)),
        "now": database_now(),
    }
    document = HTML(string=render_to_string("plans/charts_pdf.html", context), url_fetcher=_Nothing())
    result: bytes = document.write_pdf(stylesheets=[stylesheet], font_config=fonts)
    return result


def _fitted(drawing: Drawing) -> str:
    scale = min(SPACE_WIDTH / drawing.width, SPACE_HEIGHT / (drawing.height + 10))
    return drawing.svg(f"{drawing.width * scale:.1f}mm", f"{(drawing.height + 10) * scale:.1f}mm")


@lru_cache(maxsize=1)
def _style() -> tuple[CSS, FontConfiguration]:
    fonts = FontConfiguration()
    return CSS(string=PAGE, font_config=fonts, url_fetcher=_Nothing()), fonts
