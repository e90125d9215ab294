"""Robots of WeCom, DingTalk and Feishu groups: apprise knows addresses, signatures and bodies, we carry them.

apprise posts with ``requests`` and answers yes or no; it reads no ``errcode`` of WeCom and DingTalk, and says «no» for
a time-out that may have arrived. So its three modules are given our own POST in place of ``requests``: with an end to
every wait, without redirects, to the vendor's host or the relay the settings name (ADR 0020).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.conf import settings

from yangcheng_ec.deadlines.channels.http import Answer, post
from yangcheng_ec.deadlines.channels.outcomes import ChannelDown, NotSent, SendError, Unclear
from yangcheng_ec.deadlines.channels.parcels import Parcel, Send

__all__ = ["RobotAdapter", "robot_made"]

ROBOT_SECONDS = 10.0
# Too many posts a minute, by WeCom, DingTalk and Feishu.
TOO_FAST = {45009, 130101, 11232, 9499}
_last = threading.local()
_ready = threading.Lock()
_taken_over = False


class RobotAdapter:
    """One post per message; a robot takes no key, so an unclear one may appear twice."""

    @contextmanager
    def session(self) -> Iterator[Send]:
        """Give what posts to a robot by its name."""
        yield _send


def robot_made(address: str) -> Any:
    """Return apprise's plugin for a robot's address, or None where apprise cannot read it."""
    _take_over()
    from apprise import Apprise

    return Apprise.instantiate(address, suppress_exceptions=True)


def _send(parcel: Parcel) -> None:
    plugin = robot_made(settings.ROBOTS.get(parcel.address, ""))
    if plugin is None:
        raise NotSent(f"设置中没有机器人「{parcel.address}」，或其地址不对", final=True)
    _last.error = _last.answer = None
    taken = plugin.send(body=_within(parcel.text, plugin.body_maxlen))
    if _last.error is not None:
        raise _last.error
    if _last.answer is None:
        raise NotSent("机器人的地址不能用", final=True)
    _judge(_last.answer, taken=bool(taken))


def _within(text: str, limit: int) -> str:
    """Return the text within a robot's limit of bytes; what is cut says so."""
    if len(text.encode()) <= limit:
        return text
    tail = "……（全文请登录系统查看）"
    return text.encode()[: limit - len(tail.encode())].decode(errors="ignore") + tail


def _judge(answer: Answer, *, taken: bool) -> None:
    words = answer.words
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS or 300 <= answer.status < 400:
        raise ChannelDown(f"机器人不受理：{words}", retry_after=answer.retry_after)
    if answer.status != HTTPStatus.OK:
        raise NotSent(f"机器人不收：{words}", strike=answer.status >= 500)
    code = _code(answer.body, words)
    if code in TOO_FAST:
        raise NotSent(f"机器人说发得太快：{words}", strike=True)
    if code != 0 or not taken:
        raise NotSent(f"机器人不收：{words}")


def _code(body: bytes, words: str) -> int:
    """Return the code of a robot's answer, 0 for success. Raises Unclear when there is none."""
    try:
        content = json.loads(body)
        return int(next(content[name] for name in ("errcode", "code", "StatusCode") if name in content))
    except (ValueError, TypeError, KeyError, StopIteration) as error:
        raise Unclear(f"机器人的应答看不懂：{words}") from error


def _take_over() -> None:
    """Give apprise's three modules our POST, once in a process."""
    global _taken_over
    with _ready:
        if _taken_over:
            return
        from apprise.plugins import dingtalk, feishu, wecombot

        codes = SimpleNamespace(ok=HTTPStatus.OK.value)
        ours = SimpleNamespace(post=_post, codes=codes, RequestException=SendError)
        for module in (dingtalk, feishu, wecombot):
            module.requests = ours  # type: ignore[attr-defined]
        _taken_over = True


def _post(
    url: str, data: str | bytes, headers: Mapping[str, str], params: Mapping[str, str] | None = None, **_how: Any
) -> Any:
    """Post as apprise asks; keep the answer or the failure for the judge."""
    body = data.encode() if isinstance(data, str) else data
    # apprise has already quoted the signature it passes as a parameter: quoted twice, DingTalk refuses it.
    query = ("&" if "?" in url else "?") + urlencode(params, safe="%") if params else ""
    try:
        answer = post(_relayed(url) + query, body, headers, seconds=ROBOT_SECONDS)
    except SendError as error:
        _last.error = error
        raise
    _last.answer = answer
    return SimpleNamespace(status_code=answer.status, content=answer.body)


def _relayed(url: str) -> str:
    """Return the address through the county's relay, where the settings name one for the vendor's host."""
    parts = urlsplit(url)
    relay = settings.ROBOT_RELAYS.get(parts.hostname or "")
    if not relay:
        return url
    to = urlsplit(relay)
    return urlunsplit((to.scheme, to.netloc, to.path.rstrip("/") + parts.path, parts.query, ""))
