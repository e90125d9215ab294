"""Serializer fields every endpoint shares."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from yangcheng_ec.text import LONG_TEXT_LIMIT, clean_text

__all__ = [
    "CleanCharField",
    "LongTextField",
    "MomentField",
    "OptionalLongText",
    "OptionalText",
    "PhoneSignatureInput",
    "VersionedInput",
]


class CleanCharField(serializers.CharField):
    """A text without control characters; too long or NUL is refused with words."""

    def to_internal_value(self, data: Any) -> str:
        """Clean what was sent."""
        return clean_text(super().to_internal_value(data))


class LongTextField(CleanCharField):
    """A long text with the product's limit."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", LONG_TEXT_LIMIT)
        super().__init__(**kwargs)


class OptionalText(CleanCharField):
    """A line that may be left out, empty or null: all three mean 「不详」 and read as an empty text."""

    def __init__(self, **kwargs: Any) -> None:
        options: dict[str, Any] = {"required": False, "allow_blank": True, "allow_null": True, "default": ""}
        super().__init__(**{**options, **kwargs})

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        """Read null as an empty text."""
        return super().validate_empty_values("" if data is None else data)


class OptionalLongText(OptionalText):
    """A long text that may be left out, empty or null."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", LONG_TEXT_LIMIT)
        super().__init__(**kwargs)


@extend_schema_field({"type": "string", "format": "date-time", "examples": ["2026-11-22T03:05:00+08:00"]})
class MomentField(serializers.DateTimeField):
    """A time in ISO 8601 with its offset; one without is refused, since nobody could say what it means."""

    def to_internal_value(self, value: Any) -> datetime:
        """Refuse a time without an offset."""
        try:
            parsed = parse_datetime(value) if isinstance(value, str) else None
        except ValueError:
            parsed = None
        if parsed is None or parsed.tzinfo is None:
            raise serializers.ValidationError("须为带时区的 ISO 8601 时间，例如 2026-11-22T03:05:00+08:00。")
        try:
            result: datetime = super().to_internal_value(value)
        except OverflowError as error:
            raise serializers.ValidationError("时间超出范围。") from error
        return result


class VersionedInput(serializers.Serializer):
    """Every act on an existing object takes the ``version`` it was read at (409 when stale)."""

    version = serializers.IntegerField(min_value=1, max_value=1_000_000_000)


class PhoneSignatureInput(serializers.Serializer):
    """A signature given by phone: the signer's account, the directory number called back, when, and the read-back."""

    signer = CleanCharField(max_length=150)
    number = CleanCharField(max_length=60)
    called_at = MomentField()
    read_back = serializers.BooleanField()
