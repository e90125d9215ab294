"""What a document says: the tables, the words, and that nothing typed can break it or get out of it."""

from __future__ import annotations

import pytest
from lxml import etree

from directory.models import WarningLevel
from early_warning.cap.build import HEADLINE_LIMIT, NAMESPACE
from early_warning.cap.checker import cap_faults
from early_warning.cap.choices import CapMessage, Ending
from early_warning.cap.tables import weight_of
from tests.early_warning.cap.made import EARLIER, a_document, a_warning

RARE = "𠮷𡘙乂〇㐀🚨👨‍👩‍👧 é\u0301 ‮反向 <script>alert(1)</script> & ]]> {{ 7|add:1 }} ' \" \t制表\n换行"


def values(xml: str, name: str) -> list[str]:
    root = etree.fromstring(xml.encode())
    return [element.text or "" for element in root.iter(f"{{{NAMESPACE}}}{name}")]


@pytest.mark.parametrize(
    ("colour", "severity"), [("red", "Extreme"), ("orange", "Severe"), ("yellow", "Moderate"), ("blue", "Minor")]
)
def test_w1_a_colour_has_its_severity(colour: str, severity: str) -> None:
    assert weight_of(WarningLevel(ordinal=1, colour=colour)).severity == severity


@pytest.mark.parametrize(("situation", "severity"), [(1, "Extreme"), (2, "Severe"), (3, "Minor"), (9, "Unknown")])
def test_w6_a_situation_has_its_severity(situation: int, severity: str) -> None:
    assert weight_of(WarningLevel(ordinal=situation)).severity == severity


def test_an_alert_carries_plan_clause_level_area_and_times() -> None:
    xml = a_document()
    assert values(xml, "sent") == ["2026-11-22T03:05:07+08:00"]
    assert values(xml, "event") == ["网络与信息安全事件"]
    assert values(xml, "category") == ["Security"]
    assert values(xml, "areaDesc") == ["阳城县"]
    assert "140522000000" in values(xml, "value")
    assert {"cyber-2025", "网络预案 3.2.1", "orange", "县直各单位"} <= set(values(xml, "value"))
    assert values(xml, "web") == ["http://127.0.0.1:8000/public/warnings/YJ-20261122-001/"]
    assert values(xml, "responseType") == ["Prepare", "Monitor"]
    assert values(xml, "instruction") == ["立即升级固件。"]


def test_the_basis_never_goes_out() -> None:
    for publicity in ("public", "internal", "confidential"):
        assert "研判依据" not in a_document(publicity=publicity, addresses=("gongan",))


def test_a_confidential_warning_yields_not_a_word_of_it() -> None:
    xml = a_document(publicity="confidential", addresses=("gongan", "shuju"))
    warning = a_warning()
    for words in (warning.title, warning.text, warning.scope, warning.advice, "橙色", "orange", "网络与信息安全事件<"):
        assert words not in xml
    assert values(xml, "severity") == ["Unknown"]
    assert values(xml, "addresses") == ["gongan shuju"]


def test_a_lifting_says_all_clear_and_a_response_does_not() -> None:
    lifted = a_document(CapMessage.CANCEL, references=(EARLIER,), ending=Ending.LIFTED)
    gone_over = a_document(CapMessage.CANCEL, references=(EARLIER,), ending=Ending.SUPERSEDED)
    assert values(lifted, "responseType") == ["AllClear"]
    assert values(gone_over, "responseType") == ["Monitor"]
    assert values(lifted, "identifier") == ["YJ-20261122-001-CANCEL"]


def test_s8_the_public_is_not_told_of_a_response_those_inside_are() -> None:
    ended = {"references": (EARLIER,), "ending": Ending.SUPERSEDED}
    assert "响应" not in "".join(values(a_document(CapMessage.CANCEL, **ended), "note"))
    inside = a_document(CapMessage.CANCEL, publicity="internal", **ended)
    assert "转入应急响应" in values(inside, "note")[0]


def test_whatever_is_typed_comes_out_as_it_was_and_breaks_nothing() -> None:
    xml = a_document(text=RARE, title=RARE[:60], advice=RARE)
    assert cap_faults(xml) == []
    assert values(xml, "description") == [RARE]
    assert "<script>" not in xml


def test_what_xml_cannot_carry_is_left_out() -> None:
    xml = a_document(text="前\x00\x0b\ufffe\ud800后")
    assert values(xml, "description") == ["前后"]
    assert cap_faults(xml) == []


def test_the_same_warning_gives_the_same_bytes() -> None:
    assert a_document() == a_document()


def test_a_long_title_keeps_its_headline_short_and_a_long_text_whole() -> None:
    xml = a_document(title="长" * 120, text="字" * 20_000)
    assert len(values(xml, "headline")[0]) <= HEADLINE_LIMIT
    assert len(values(xml, "description")[0]) == 20_000
    assert cap_faults(xml) == []
