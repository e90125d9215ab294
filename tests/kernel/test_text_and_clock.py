"""Text as people type it, times as people read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.exceptions import ValidationError

from yangcheng_ec.api import inputs
from yangcheng_ec.clauses import ClauseText, register_clause_resolver, resolve_clause
from yangcheng_ec.clock import database_now, local_text
from yangcheng_ec.forms import CleanCharField, LongTextField
from yangcheng_ec.text import LONG_TEXT_LIMIT, clean_text


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("普通文字 abc 123", "普通文字 abc 123"),
        ("第一行\r\n第二行\r第三行\n", "第一行\n第二行\n第三行\n"),
        ("表\t格", "表\t格"),
        ("a\x00b\x07c\x1bd\x7fe\x85f\x9fg", "abcdefg"),
        ("左\u202e右\u2066x\u2069", "左右x"),
        ("零\u200b宽\ufeff", "零宽"),
        ("行\u2028段\u2029", "行段"),
        ("坏\ud800代\udfff理", "坏代理"),
        ("非\ufffe字\uffff符", "非字符"),
        ("𠮷野家😀㊙", "𠮷野家😀㊙"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("", ""),
    ],
)
def test_only_what_cannot_be_seen_goes(typed: str, kept: str) -> None:
    assert clean_text(typed) == kept
    assert CleanCharField(required=False).clean(typed) == kept.strip()
    assert inputs.CleanCharField(allow_blank=True).run_validation(typed.replace("\x00", "")) == kept.strip()


def test_a_long_text_is_refused_not_cut() -> None:
    assert LongTextField().clean("字" * LONG_TEXT_LIMIT)
    with pytest.raises(Exception, match=str(LONG_TEXT_LIMIT)):
        LongTextField().clean("字" * 100_000)
    with pytest.raises(ValidationError, match=str(LONG_TEXT_LIMIT)):
        inputs.LongTextField().run_validation("字" * 100_000)


def test_times_are_the_countys_in_24_hours() -> None:
    assert local_text(datetime(2026, 11, 22, 16, 5, tzinfo=UTC)) == "2026年11月23日 00:05"
    assert local_text(None) == "不详"


def test_the_databases_clock_is_aware_and_near_ours(db: None, settings: object) -> None:
    settings.CLOCK_SOURCE = "database"  # type: ignore[attr-defined]
    now = database_now()
    assert now.tzinfo is not None
    assert abs(now - timezone.now()) < timedelta(seconds=2)
    if connection.vendor == "postgresql":
        assert database_now() > now


def test_a_clause_is_found_by_its_label(db: None) -> None:
    def resolver(label: str) -> ClauseText | None:
        return ClauseText("kernel", "4.1", "原文") if label == "内核预案 4.1" else None

    register_clause_resolver(resolver)
    register_clause_resolver(resolver)
    found = resolve_clause("内核预案 4.1")
    assert found is not None
    assert found.text == "原文"
    assert resolve_clause("没有这份预案 9.9") is None
