"""A printed page beside a checked-in picture: what no reading of the text would notice."""

from __future__ import annotations

import io
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import time_machine
from PIL import Image, ImageChops, ImageStat

from tests.incidents.factories import draft_report, file_incident
from tests.papers.conftest import CYBER, Paper
from yangcheng_ec.papers import FANGSONG

PICTURE = Path(__file__).parent / "form_8_7.png"
RESOLUTION = 40
# Mean difference of a grey level of 255, and the darkest spot of the difference once small shifts are blurred away:
# another version of a font moves an edge; a missing box, line or paragraph is far more.
MEAN, SPOT = 3.0, 90


def drawn(paper: Paper) -> Image.Image:
    """Return the first page as a small grey picture."""
    command = ["pdftoppm", "-png", "-gray", "-r", str(RESOLUTION), "-f", "1", "-l", "1", "-"]
    found = subprocess.run(command, input=paper.content, capture_output=True, check=True)
    return Image.open(io.BytesIO(found.stdout)).convert("L")


def apart(one: Image.Image, other: Image.Image) -> tuple[float, int]:
    """Return how far two pictures are apart: on average, and where they differ most (at a quarter of their size)."""
    size = (one.width // 4, one.height // 4)
    mean = ImageStat.Stat(ImageChops.difference(one, other)).mean[0]
    small = ImageChops.difference(*(image.resize(size, Image.Resampling.BOX) for image in (one, other)))
    return mean, small.getextrema()[1]


@pytest.mark.django_db
@pytest.mark.skipif(not FANGSONG.exists(), reason="the picture shows 仿宋, which set-up could not fetch")
def test_the_form_looks_as_it_did(client_for: Any, people: Any) -> None:
    """``PICTURES=new`` draws the picture again; look at it before it is checked in."""
    with time_machine.travel("2026-11-22T03:41:00+08:00", tick=False):
        case = file_incident(people, **CYBER)
        draft_report(people, case)
    answer = client_for("auditor").get(f"/incidents/{case.number}/reports/1/form-8-7.pdf")
    page = drawn(Paper(answer.content))
    if os.environ.get("PICTURES") == "new":
        page.save(PICTURE, optimize=True)
    known = Image.open(PICTURE)
    assert page.size == known.size
    mean, spot = apart(page, known)
    assert mean < MEAN, mean
    assert spot < SPOT, spot
    without_box = known.copy()
    without_box.paste(255, (60, 100, 120, 116))
    assert apart(page, without_box)[1] > SPOT, "the comparison would not notice a missing piece"
