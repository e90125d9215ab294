"""The checker refuses each wrong document for its own fault, with our rules and with the schema of OASIS."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from early_warning.cap import schema
from early_warning.cap.checker import cap_faults
from early_warning.cap.choices import CapMessage, Ending
from tests.early_warning.cap.made import EARLIER, SENT, a_document


def update() -> str:
    return a_document(CapMessage.UPDATE, references=(EARLIER,))


def cancel() -> str:
    return a_document(CapMessage.CANCEL, references=(EARLIER,), ending=Ending.LIFTED)


def restricted() -> str:
    return a_document(publicity="internal")


def private() -> str:
    return a_document(publicity="confidential", addresses=("gongan", "shuju"))


def drill() -> str:
    return a_document(publicity="internal", drill=True, number="YJ-D20261122-001")


def becomes(pattern: str, by: str) -> Callable[[str], str]:
    """Return what spoils a document: every match replaced, and it must match."""

    def spoil(xml: str) -> str:
        spoiled, times = re.subn(pattern, by, xml, flags=re.S)
        assert times, pattern
        return spoiled

    return spoil


WITHOUT = r"\s*<{0}>.*?</{0}>"
WRONG = {
    "identifier with a space": (a_document, becomes("YJ-20261122-001</id", "YJ 001</id"), "identifier 不得含有空格"),
    "identifier with a comma": (a_document, becomes("YJ-20261122-001</id", "YJ,001</id"), "identifier 不得含有"),
    "identifier with an ampersand": (a_document, becomes("YJ-20261122-001</id", "YJ&amp;1</id"), "identifier 不得含有"),
    "sender with a less-than": (a_document, becomes("<sender>", "<sender>&lt;"), "sender 不得含有"),
    "sent in zulu time": (a_document, becomes(r"03:05:07\+08:00</sent", "03:05:07Z</sent"), "sent 须写作"),
    "sent with microseconds": (a_document, becomes(r"07\+08:00</sent", "07.654321+08:00</sent"), "sent 须写作"),
    "sent in another zone": (a_document, becomes(r"\+08:00</sent", "+09:00</sent"), "sent 须写作"),
    "sent without a zone": (a_document, becomes(r"\+08:00</sent", "</sent"), "sent 须写作"),
    "sent on a day that is not": (a_document, becomes(r"2026-11-22(T\S+</sent)", r"2026-02-30\1"), "sent 须写作"),
    "expires at the moment of sending": (
        a_document, becomes("<expires>[^<]*", "<expires>2026-11-22T03:05:07+08:00"), "expires 须晚于",
    ),
    "expires before sending": (
        a_document, becomes("<expires>[^<]*", "<expires>2026-05-27T00:00:00+08:00"), "expires 须晚于",
    ),
    "effective before sending": (
        a_document, becomes("<effective>[^<]*", "<effective>2026-11-21T00:00:00+08:00"), "effective 不得早于 sent",
    ),
    "onset before effective": (
        a_document, becomes("(</effective>)", r"\1<onset>2026-11-21T00:00:00+08:00</onset>"), "onset 不得早于",
    ),
    "update without references": (update, becomes(WITHOUT.format("references"), ""), "Update 须用 references"),
    "cancel without references": (cancel, becomes(WITHOUT.format("references"), ""), "Cancel 须用 references"),
    "alert with references": (update, becomes(">Update<", ">Alert<"), "Alert 是首次发布"),
    "reference in two parts": (update, becomes("<references>[^<]*", "<references>a,b"), "references 须为"),
    "reference to itself": (update, becomes("YJ-20261121-001", "YJ-20261122-001"), "指向文档自己"),
    "reference to what comes later": (update, becomes("2026-11-21T08", "2026-11-23T08"), "晚于本文档"),
    "reference to what nobody issued": (update, becomes("YJ-20261121-001", "YJ-20261121-009"), "没有发布过"),
    "reference given twice": (update, becomes("<references>([^<]*)", r"<references>\1 \1"), "references 有重复"),
    "restricted without its restriction": (restricted, becomes(WITHOUT.format("restriction"), ""), "须有 restriction"),
    "restriction on a public warning": (restricted, becomes(">Restricted<", ">Public<"), "不得有 restriction"),
    "private without addresses": (private, becomes(WITHOUT.format("addresses"), ""), "须有 addresses"),
    "private with its words": (
        private, becomes("(</headline>)", r"\1<description>路由器漏洞</description>"), "不得有 description",
    ),
    "drill for the public": (drill, becomes(">Restricted<", ">Public<"), "演练不得向社会公开"),
    "drill that does not say so": (drill, becomes(WITHOUT.format("note"), ""), "演练须在 note"),
    "drill whose headline looks real": (drill, becomes("【演练】", ""), "headline 须以【演练】开头"),
    "cancel that does not say why": (cancel, becomes(WITHOUT.format("note"), ""), "Cancel 须在 note"),
    "all clear that cancels nothing": (a_document, becomes(">Monitor<", ">AllClear<"), "只有 Cancel 可以宣布解除"),
    "severity nobody knows": (a_document, becomes(">Severe<", ">Red<"), "severity 不能为「Red」"),
    "message type nobody knows": (a_document, becomes(">Alert<", ">Warning<"), "msgType 不能为"),
    "language of another county": (a_document, becomes("zh-CN", "en-US"), "language 须为 zh-CN"),
    "area of another county": (a_document, becomes("140522000000", "140521000000"), "area 须为阳城县"),
    "address that is none": (a_document, becomes("<web>http", "<web>javascript"), "web 须为完整网址"),
    "headline without words": (a_document, becomes("<headline>[^<]*", "<headline> "), "headline 为空"),
    "nothing of what threatens": (a_document, becomes(WITHOUT.format("description"), ""), "须有 description"),
    "no information at all": (a_document, becomes(WITHOUT.format("info"), ""), "alert 缺少 info"),
    "an element of another standard": (a_document, becomes("(<status>)", r"<colour>red</colour>\1"), "不认得 colour"),
    "elements out of order": (
        a_document, becomes(r"(\s*<status>\w+</status>)(\s*<msgType>\w+</msgType>)", r"\2\1"), "次序不对",
    ),
    "CAP of an earlier version": (a_document, becomes("cap:1.2", "cap:1.1"), "根元素须为 CAP 1.2"),
    "another document": (a_document, lambda xml: "<rss/>", "根元素须为"),
    "half a document": (a_document, becomes("</alert>", ""), "不是格式良好的 XML"),
    "a document type": (a_document, becomes("(<alert)", r"<!DOCTYPE alert [<!ENTITY a 'b'>]>\1"), "DOCTYPE"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_document_is_refused_for_its_fault(name: str) -> None:
    make, spoil, fault = WRONG[name]
    assert cap_faults(make(), issued={EARLIER}) == []
    faults = cap_faults(spoil(make()), issued={EARLIER})
    assert any(fault in words for words in faults), faults


@pytest.mark.parametrize("name", WRONG)
def test_our_own_rules_find_it_without_the_schema(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("early_warning.cap.checker.CAP_SCHEMA", Path("/nowhere/CAP-v1.2.xsd"))
    make, spoil, fault = WRONG[name]
    faults = cap_faults(spoil(make()), issued={EARLIER})
    assert any(fault in words for words in faults)
    assert not [words for words in faults if words.startswith("XML Schema")]


def test_the_schema_is_here_and_speaks() -> None:
    assert schema.CAP_SCHEMA.exists(), "scripts/schemas.sh"
    faults = cap_faults(a_document().replace(">Severe<", ">Red<"))
    assert [words for words in faults if words.startswith("XML Schema")]


def test_no_entity_is_opened(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("top secret")
    bomb = f'<!DOCTYPE alert [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
    xml = a_document().replace("<alert", f"{bomb}<alert", 1).replace("立即升级固件。", "&x;")
    assert "top secret" not in str(cap_faults(xml))
    assert cap_faults(xml)


def test_an_expired_warning_published_late_has_no_end_rather_than_a_wrong_one() -> None:
    late = a_document(valid_from=SENT - timedelta(days=2), valid_until=SENT - timedelta(days=1))
    assert "<expires>" not in late
    assert cap_faults(late) == []


def test_a_warning_that_begins_later_says_so() -> None:
    xml = a_document(valid_from=SENT + timedelta(hours=2))
    assert "<effective>2026-11-22T05:05:07+08:00</effective>" in xml
    assert cap_faults(xml) == []
