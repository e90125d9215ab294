"""Short messages through the HTTP gateway of whichever provider the county has: all of it is configuration.

``SMS_GATEWAY_BODY`` is a JSON object whose texts hold placeholders (``{mobile}``, ``{text}``, ``{key}``,
``{template}``, ``{title}``, ``{link}``, ``{sign}``); it travels as JSON or as a form. ``SMS_GATEWAY_OK`` says which
field of the answer has which value when it was taken (``code=0``). The key goes along as ``Idempotency-Key`` too: a
gateway that knows it sends a doubled request once.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

import requests
from django.conf import settings

from yangcheng_ec.deadlines.channels.outcome import ChannelError

__all__ = ["ShortMessage", "gateway_fault", "sms_send"]

CONNECT_SECONDS, READ_SECONDS = 3.0, 8.0
# A gateway that drips its answer is cut off: the whole answer within so many seconds, and no longer than this.
ANSWER_SECONDS, ANSWER_LIMIT = 10.0, 64 * 1024


@dataclass(frozen=True)
class ShortMessage:
    """What goes out: to whom, the words, the key, and what a provider's template may ask for."""

    mobile: str
    text: str
    key: str
    kind: str
    title: str
    link: str


def sms_send(message: ShortMessage) -> str:
    """Hand a short message to the gateway; return what it calls it. Raises ChannelError."""
    headers = {"Idempotency-Key": message.key, **settings.SMS_GATEWAY_HEADERS}
    if settings.SMS_GATEWAY_TOKEN:
        headers["Authorization"] = f"Bearer {settings.SMS_GATEWAY_TOKEN}"
    body = _filled(json.loads(settings.SMS_GATEWAY_BODY), _values(message))
    form = settings.SMS_GATEWAY_FORMAT == "form"
    try:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.post(
                settings.SMS_GATEWAY_URL, data=body if form else None, json=None if form else body, headers=headers,
                timeout=(CONNECT_SECONDS, READ_SECONDS), allow_redirects=False, stream=True,
            )  # fmt: skip
            return _reference(answer, _read(answer))
    except requests.ConnectTimeout as error:
        raise ChannelError(f"短信网关连不上：{type(error).__name__}", down=True) from error
    except (requests.Timeout, requests.ConnectionError, requests.exceptions.ChunkedEncodingError) as error:
        refused = "refused" in str(error) or "NewConnectionError" in str(error)
        raise ChannelError(f"短信网关没有应答：{type(error).__name__}", doubtful=not refused, down=True) from error


def _values(message: ShortMessage) -> dict[str, str]:
    templates: dict[str, str] = settings.SMS_TEMPLATES
    template = templates.get(message.kind.partition(".")[0], templates.get("", ""))
    return {
        "mobile": message.mobile, "text": message.text, "key": message.key, "template": template,
        "title": message.title, "link": message.link, "sign": settings.SMS_SIGN,
    }  # fmt: skip


def _filled(body: Any, values: dict[str, str]) -> Any:
    """Put the values into every text of the body; what a person typed is never read as a placeholder."""
    if isinstance(body, dict):
        return {key: _filled(value, values) for key, value in body.items()}
    if isinstance(body, list):
        return [_filled(value, values) for value in body]
    if not isinstance(body, str):
        return body
    parts = body.split("{")
    found = [parts[0]]
    for part in parts[1:]:
        name, closed, rest = part.partition("}")
        found.append(values[name] + rest if closed and name in values else "{" + part)
    return "".join(found)


def _read(answer: requests.Response) -> bytes:
    until, content = time.monotonic() + ANSWER_SECONDS, b""
    for block in answer.iter_content(4096):
        content += block
        if len(content) > ANSWER_LIMIT or time.monotonic() > until:
            raise ChannelError("短信网关的应答过长或过慢", doubtful=True, down=True)
    return content


def _reference(answer: requests.Response, content: bytes) -> str:
    """Judge the answer: 2xx with the field that means taken. 400 is this message's fault, all else the gateway's."""
    status = answer.status_code
    if status in (400, 413, 422):
        raise ChannelError(f"短信网关拒绝：HTTP {status} {_short(content)}", permanent=True)
    if not 200 <= status < 300:
        raise ChannelError(f"短信网关出错：HTTP {status} {_short(content)}", doubtful=status >= 500, down=True)
    field, _, wanted = settings.SMS_GATEWAY_OK.partition("=")
    if not field:
        return ""
    try:
        said = json.loads(content)
    except ValueError as error:
        raise ChannelError("短信网关的应答看不懂", doubtful=True) from error
    if str(_at(said, field)) != wanted:
        raise ChannelError(f"短信网关没有接受：{_short(content)}", permanent=True)
    return str(_at(said, settings.SMS_GATEWAY_REFERENCE) or "")[:100]


def _at(said: Any, path: str) -> Any:
    for name in path.split("."):
        said = said.get(name) if isinstance(said, dict) else None
    return said


def _short(content: bytes) -> str:
    return " ".join(content.decode(errors="replace").split())[:120]


def gateway_fault() -> str:
    """Return what is wrong with the gateway's configuration, or an empty text."""
    url = settings.SMS_GATEWAY_URL
    if not url:
        return ""
    if not url.startswith(("http://", "https://")):
        return "SMS_GATEWAY_URL 须以 http:// 或 https:// 开头"
    if settings.SMS_GATEWAY_FORMAT not in ("json", "form"):
        return "SMS_GATEWAY_FORMAT 须为 json 或 form"
    try:
        body = json.loads(settings.SMS_GATEWAY_BODY)
    except ValueError:
        return "SMS_GATEWAY_BODY 不是有效的 JSON"
    text = json.dumps(body, ensure_ascii=False)
    return "" if isinstance(body, dict) and "{mobile}" in text else "SMS_GATEWAY_BODY 须是含 {mobile} 的 JSON 对象"
