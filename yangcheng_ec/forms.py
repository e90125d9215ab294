"""Form fields every page shares, and how a service's refusal comes back to the form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yangcheng_ec.errors import BadInput
from yangcheng_ec.text import LONG_TEXT_LIMIT, clean_text

__all__ = ["CleanCharField", "LocalDateTimeField", "LongTextField", "errors_into_form"]


class CleanCharField(forms.CharField):
    """A line of text without control characters."""

    def to_python(self, value: Any) -> str | None:
        """Clean what was typed, then let Django strip and check it."""
        return super().to_python(clean_text(value) if isinstance(value, str) else value)


class LongTextField(CleanCharField):
    """A long text in a growing box."""

    widget = forms.Textarea

    def __init__(self, *, rows: int = 4, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", LONG_TEXT_LIMIT)
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": rows}))
        super().__init__(**kwargs)


class LocalDateTimeField(forms.DateTimeField):
    """A time typed in Asia/Shanghai on the 24-hour clock, as a tired person types it.

    Takes ``2026-11-22 03:05``, ``11-22 03:05``, ``03:05`` and ``0305``; a time alone is the last one gone by
    (23:50 typed at 00:10 is yesterday's). A text box, since a browser's own picker follows the browser's
    language and may show AM/PM. ``data-now`` gets a 「现在」 button where scripts run. With ``future`` a time
    alone is the next one to come (18:00 typed at noon is today's).
    """

    def __init__(self, *, future: bool = False, **kwargs: Any) -> None:
        self.future = future
        attrs = {"placeholder": "2026-11-22 03:05", "autocomplete": "off", "class": "num"}
        if not future:
            attrs["data-now"] = ""
        kwargs.setdefault("widget", forms.DateTimeInput(attrs=attrs, format="%Y-%m-%d %H:%M"))
        kwargs.setdefault("error_messages", {"invalid": _("请按「2026-11-22 03:05」或「03:05」填写时间。")})
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> datetime | None:
        """Read the short forms, then let Django read the rest."""
        moment = _short_time(value.strip(), future=self.future) if isinstance(value, str) else None
        return moment or super().to_python(value)


_CLOCK = re.compile(r"^(\d{1,2})[:：]?(\d{2})$")
_DAY_AND_CLOCK = re.compile(r"^(\d{1,2})[-/.月](\d{1,2})日?\s+(\d{1,2})[:：](\d{2})$")


def _short_time(text: str, *, future: bool) -> datetime | None:
    """Return the latest moment gone by (or the next to come) that the short form can mean, or None if it is none."""
    now = timezone.localtime()
    try:
        if found := _CLOCK.match(text):
            moment = now.replace(hour=int(found[1]), minute=int(found[2]), second=0, microsecond=0)
            if future:
                return moment if moment > now else moment + timedelta(days=1)
            return moment if moment <= now + timedelta(minutes=1) else moment - timedelta(days=1)
        if found := _DAY_AND_CLOCK.match(text):
            month, day, hour, minute = (int(part) for part in found.groups())
            moment = now.replace(month=month, day=day, hour=hour, minute=minute, second=0, microsecond=0)
            if future:
                return moment if moment > now else moment.replace(year=now.year + 1)
            return moment if moment <= now + timedelta(days=1) else moment.replace(year=now.year - 1)
    except ValueError:
        return None
    return None


def errors_into_form(form: forms.BaseForm, error: BadInput) -> None:
    """Put a service's refusal beside the fields it names; the rest, with the clause, at the top."""
    placed = False
    fields: Mapping[str, list[str]] = error.fields
    for name, texts in fields.items():
        target = name if name in form.fields else None
        placed = placed or target is not None
        for text in texts:
            form.add_error(target, text)
    if not placed or not fields:
        clause = f"（{error.clause}）" if error.clause else ""
        form.add_error(None, f"{error.message}{clause}")
