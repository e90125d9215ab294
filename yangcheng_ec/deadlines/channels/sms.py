"""SMS through an HTTP gateway described by the settings: address, headers, fields, and how success is read.

``SMS_FIELDS`` is the body as JSON whose texts hold placeholders: {phone} {text} {title} {key} {template}. They are
put in after the JSON is read, so that no text can break out of its field.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from django.conf import settings

from yangcheng_ec.deadlines.channels.http import Answer, post
from yangcheng_ec.deadlines.channels.outcomes import ChannelDown, NotSent, Unclear
from yangcheng_ec.deadlines.channels.parcels import Parcel, Send

__all__ = ["PLACEHOLDERS", "SmsAdapter", "condition_read"]

PLACEHOLDERS = ("phone", "text", "title", "key", "template")
_HOLDER = re.compile(r"\{(" + "|".join(PLACEHOLDERS) + r")\}")
WAIT_STATUSES = {401, 403, 404, 405, 407, 408, 425, 429, 503}


class SmsAdapter:
    """One request per SMS; the key goes along as a header and as a field."""

    @contextmanager
    def session(self) -> Iterator[Send]:
        """Give what sends an SMS."""
        yield _send


def _send(parcel: Parcel) -> None:
    body, kind = _body(parcel)
    headers = {"Content-Type": kind, "Accept": "application/json", **settings.SMS_HEADERS}
    headers[settings.SMS_KEY_HEADER] = str(parcel.key)
    _judge(post(settings.SMS_URL, body, headers, seconds=settings.SMS_TIMEOUT))


def _body(parcel: Parcel) -> tuple[bytes, str]:
    values = {
        "phone": parcel.address,
        "text": parcel.text,
        "title": parcel.title,
        "key": str(parcel.key),
        "template": _template(parcel.kind),
    }
    fields = _filled(settings.SMS_FIELDS, values)
    if settings.SMS_FORMAT == "form":
        return urlencode(fields).encode(), "application/x-www-form-urlencoded"
    return json.dumps(fields, ensure_ascii=False).encode(), "application/json; charset=utf-8"


def _template(kind: str) -> str:
    """Return the gateway's template for a kind of notice: for itself, for its first word, for everything."""
    known: Mapping[str, str] = settings.SMS_TEMPLATES
    return next((known[name] for name in (kind, kind.partition(".")[0], "") if name in known), "")


def _filled(part: Any, values: Mapping[str, str]) -> Any:
    if isinstance(part, str):
        return _HOLDER.sub(lambda found: values[found[1]], part)
    if isinstance(part, list):
        return [_filled(one, values) for one in part]
    if isinstance(part, dict):
        return {name: _filled(one, values) for name, one in part.items()}
    return part


def _judge(answer: Answer) -> None:
    """Return when the gateway has taken it. Raises ChannelDown, NotSent or Unclear by what it answered."""
    words = answer.words
    if answer.status in WAIT_STATUSES or 300 <= answer.status < 400:
        raise ChannelDown(f"短信网关不受理：{words}", retry_after=answer.retry_after)
    if answer.status >= 500:
        raise NotSent(f"短信网关出错：{words}", strike=True)
    if answer.status >= 400:
        raise NotSent(f"短信网关不收：{words}")
    if not settings.SMS_SUCCESS:
        return
    content = _content(answer, words)
    if _meets(content, settings.SMS_SUCCESS):
        return
    final = bool(settings.SMS_REFUSAL) and _meets(content, settings.SMS_REFUSAL)
    raise NotSent(f"短信网关不收：{words}", final=final)


def _content(answer: Answer, words: str) -> Any:
    try:
        return json.loads(answer.body)
    except ValueError as error:
        raise Unclear(f"短信网关的应答看不懂：{words}") from error


def condition_read(words: str) -> tuple[list[str], list[str]]:
    """Return a condition such as ``result.code=0,OK`` as its path and the values that meet it. Raises ValueError."""
    path, found, values = words.partition("=")
    if not found or not path.strip() or not values.strip():
        raise ValueError(words)
    return path.strip().split("."), [value.strip() for value in values.split(",")]


def _meets(content: Any, words: str) -> bool:
    path, values = condition_read(words)
    for name in path:
        if not isinstance(content, dict) or name not in content:
            return False
        content = content[name]
    return (str(content).lower() if isinstance(content, bool) else str(content)) in values
