"""What a careless or hostile hand types into any field is text on paper and in a sheet: all of it, nothing more."""

from __future__ import annotations

import csv
import io
import logging
from typing import Any

import pytest
from openpyxl import load_workbook

from incidents.models import PaperJob
from tests.papers.conftest import CYBER
from yangcheng_ec.papers import EMOJI, page_of

pytestmark = pytest.mark.django_db

TYPED = "<b onclick='x()'>&lt;{{7|add:1}}{%load x%}\x00\x07\u202e\u200b🚨=1+1"
SHOWN = "<b onclick='x()'>&lt;{{7|add:1}}{%load x%}🚨=1+1"
CYBER_FIELDS = (
    "location", "source", "description", "measures_taken", "consequence_estimate", "suggestions", "loss_estimate",
    "impact_scope", "trend",
)  # fmt: skip
COMMS_FACTS = ("disaster_nature", "cause", "planned_measures", "social_impact")
RISKY = ("=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x")')


def _hostile(fields: tuple[str, ...], text: str) -> dict[str, str]:
    return {field: f"{field}:{text}" for field in fields}


def _missing(text: str, fields: tuple[str, ...]) -> list[str]:
    wanted = ("".join(words.split()) for words in _hostile(fields, SHOWN).values())
    return [words for words in wanted if words not in text]


@pytest.mark.parametrize("name", ["form-8-7", "letter"])
def test_every_field_of_a_cyber_report_is_text_on_its_papers(
    paper: Any, cyber_case: Any, drafted: Any, name: str
) -> None:
    printed = paper(drafted(cyber_case(**_hostile(CYBER_FIELDS, TYPED))), name=name)
    assert _missing(printed.flowing, CYBER_FIELDS) == []
    assert not set("\x00\x07\u202e\u200b") & set(printed.flowing)


@pytest.mark.parametrize("name", ["brief", "letter"])
def test_every_field_of_a_comms_report_is_text_on_its_papers(
    paper: Any, comms_case: Any, drafted: Any, name: str
) -> None:
    hostile = {**_hostile(("location", "description", "impact_scope"), TYPED), "facts": _hostile(COMMS_FACTS, TYPED)}
    printed = paper(drafted(comms_case(**hostile)), name=name)
    assert _missing(printed.flowing, ("location", "description", "impact_scope", *COMMS_FACTS)) == []


def test_an_emoji_is_drawn_from_its_own_font_and_a_tick_is_not(paper: Any, cyber_case: Any, drafted: Any) -> None:
    plain, merry = paper(drafted(cyber_case())), paper(drafted(cyber_case(description="留言🚨👨\u200d👩\u200d👧")))
    assert "🚨" in merry.text
    assert not any("Emoji" in font for font in plain.fonts())
    assert any("Emoji" in font for font in merry.fonts()) == EMOJI.exists()


def test_every_cell_of_a_sheet_is_text(client_for: Any, cyber_case: Any) -> None:
    for text in (*RISKY, SHOWN):
        cyber_case(title=text, location=text)
    answer = client_for("duty").get("/incidents/sheet.xlsx")
    rows = list(load_workbook(io.BytesIO(answer.getvalue())).active.iter_rows(min_row=2))
    titles = {row[1].value for row in rows}
    assert titles == {*RISKY, SHOWN}
    assert {cell.data_type for row in rows for cell in row if cell.value is not None} == {"s"}


def test_no_cell_of_a_csv_is_a_command(client_for: Any, cyber_case: Any) -> None:
    for text in (*RISKY, SHOWN):
        cyber_case(title=text, location=text)
    content = b"".join(client_for("duty").get("/incidents/sheet.csv").streaming_content).decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(content)) for cell in row]
    assert {f"'{text}" for text in RISKY} | {SHOWN} <= set(cells)
    assert [cell for cell in cells if cell[:1] in tuple("=+-@\t\r")] == []


def test_a_paper_longer_than_its_estimate_is_still_a_workers(
    client_for: Any, people: Any, cyber_case: Any, drafted: Any
) -> None:
    """A name in a narrow cell takes far more lines than one of its length does in the text."""
    report = drafted(cyber_case(**CYBER))
    report.content = {**report.content, "reporting_unit": "县" * 140}
    report.save(update_fields=["content"])
    from incidents.papers.kinds import is_long

    assert not is_long(report, "form-8-7")
    answer = client_for("duty").get(f"/incidents/{report.incident.number}/reports/1/form-8-7.pdf")
    assert answer["Location"] == f"/papers/{PaperJob.objects.get().key}/"


def test_the_layout_stops_at_the_second_page() -> None:
    one, two = ("<!doctype html><html lang='zh'><title>文</title><body>" + "<p>字</p>" * n for n in (1, 200))
    assert (page_of(one) or b"").startswith(b"%PDF-")
    assert page_of(two) is None
    logging.getLogger("weasyprint.progress").disabled = True
    assert page_of(two) is None


def test_a_sent_report_prints_the_same_file_every_time(client_for: Any, cyber_case: Any, sent: Any) -> None:
    report = sent(cyber_case())
    address = f"/incidents/{report.incident.number}/reports/1/form-8-7.pdf"
    assert client_for("duty").get(address).content == client_for("auditor").get(address).content
