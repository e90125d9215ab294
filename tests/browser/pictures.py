"""Pictures for the handbook and the README: kept in docs/images when ``SCREENSHOTS=1``, small enough to be read over
a slow line (a page of text needs no more than 256 colours)."""

from __future__ import annotations

import io
import os
import subprocess
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from tests.browser.stack import ROOT

KEEP = os.environ.get("SCREENSHOTS") == "1"
IMAGES = ROOT / "docs" / "images"
PAPER_DPI = 70


def keep_screen(page: Page, name: str) -> None:
    """Keep what the window shows."""
    if KEEP:
        _keep(page.screenshot(), name)


def keep_paper(pdf: Path, name: str) -> None:
    """Keep the first page of a paper."""
    if KEEP:
        command = ["pdftoppm", "-png", "-r", str(PAPER_DPI), "-f", "1", "-l", "1", str(pdf)]
        _keep(subprocess.run(command, capture_output=True, check=True).stdout, name)


def _keep(content: bytes, name: str) -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    picture = Image.open(io.BytesIO(content)).convert("RGB")
    few = picture.quantize(256, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(IMAGES / f"{name}.png", optimize=True)
