"""The handbook says what stands on the screen: its labels, links and pictures exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs" / "handbook").glob("*.md"))
LINK = re.compile(r"\]\(([^)#]+)[^)]*\)")
# Words of people, plans and examples, which stand on no button.
SPOKEN = {"李雪海", "李雪梅", "张三 5日至8日"}


@pytest.fixture(scope="module")
def screens() -> str:
    """Every template and every module that may hold words for the screen, and the plans."""
    folders = ("templates", "directory", "incidents", "warnings", "response", "yangcheng_ec")
    files = [file for folder in folders for kind in ("html", "py") for file in (ROOT / folder).rglob(f"*.{kind}")]
    return "\n".join(file.read_text(encoding="utf-8") for file in files if "migrations" not in file.parts)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_names_what_there_is(page: Path, screens: str) -> None:
    text = page.read_text(encoding="utf-8")
    missing = [link for link in LINK.findall(text) if not (page.parent / link).exists()]
    assert missing == []
    # A number or 「…」 stands for what changes; the words around it must be there.
    labels = {part for label in re.findall("「([^」]+)」", text) if label not in SPOKEN for part in _fixed(label)}
    assert sorted(label for label in labels if label not in screens) == []


def _fixed(label: str) -> list[str]:
    return [part for part in re.split(r"…|\s*(?:\d+|N)\s*|，|几", label) if part]


def test_every_page_is_in_its_contents_and_the_readme_points_to_each() -> None:
    contents = (ROOT / "docs" / "handbook" / "README.md").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for page in PAGES:
        assert page.name == "README.md" or f"({page.name})" in contents, page.name
        assert f"docs/handbook/{page.name}" in readme, page.name
