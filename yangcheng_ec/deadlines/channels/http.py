"""One POST, strictly: to a host of the settings, no redirects, no proxy of the environment, an end to every wait."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from yangcheng_ec.deadlines.channels.outcomes import ChannelDown, Unclear

__all__ = ["Answer", "address_problem", "post"]

# More than any gateway has to say.
ANSWER_LIMIT = 64 * 1024
CONNECT_SECONDS = 5.0


@dataclass(frozen=True)
class Answer:
    """What the other side answered; ``retry_after`` seconds where it asked to be left alone."""

    status: int
    body: bytes
    retry_after: float | None = None

    @property
    def words(self) -> str:
        """Return what was answered, short enough for a page; JSON as people read it."""
        try:
            said = json.dumps(json.loads(self.body), ensure_ascii=False)
        except ValueError:
            said = self.body.decode(errors="replace")
        return f"HTTP {self.status} {said[:200]}"


def address_problem(url: str) -> str:
    """Return what is wrong with the address of a gateway, in words for a system check; empty when nothing is."""
    if any(ord(letter) <= 32 for letter in url):
        return "地址中有空格或控制字符"
    try:
        parts = urlsplit(url)
        port_ok = parts.port is None or 0 < parts.port < 65536
    except ValueError:
        return "不是地址"
    if parts.scheme not in ("http", "https"):
        return "只接受 http、https"
    if not parts.hostname or not port_ok:
        return "缺少主机名，或端口不对"
    if parts.username is not None or parts.password is not None:
        return "凭据不能写在地址里"
    return "" if "{" not in url else "地址里不能有占位符"


def post(url: str, body: bytes, headers: Mapping[str, str], *, seconds: float) -> Answer:
    """Post and return the answer. It all ends within ``seconds``, even where the other side drips.

    Raises ChannelDown when nothing was handed over, Unclear when no whole answer came.
    """
    if problem := address_problem(url):
        raise ChannelDown(problem)
    connection = _connection(url, seconds)
    watchdog = threading.Timer(seconds, _cut, [connection])
    watchdog.daemon = True
    watchdog.start()
    try:
        return _exchange(connection, url, body, headers)
    finally:
        watchdog.cancel()
        connection.close()


def _connection(url: str, seconds: float) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    host, wait = parts.hostname or "", min(CONNECT_SECONDS, seconds)
    if parts.scheme == "https":
        return http.client.HTTPSConnection(host, parts.port, timeout=wait, context=ssl.create_default_context())
    return http.client.HTTPConnection(host, parts.port, timeout=wait)


def _exchange(connection: http.client.HTTPConnection, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.connect()
        connection.sock.settimeout(None)  # from here on the watchdog alone decides
    except (OSError, AttributeError) as error:
        raise ChannelDown(f"连接不上：{_words(error)}") from error
    try:
        connection.request("POST", path, body=body, headers=dict(headers))
        answer = connection.getresponse()
        text = answer.read(ANSWER_LIMIT)
    except (OSError, http.client.HTTPException, AttributeError) as error:
        raise Unclear(f"没有等到应答：{_words(error)}") from error
    return Answer(answer.status, text, _seconds(answer.getheader("Retry-After")))


def _cut(connection: http.client.HTTPConnection) -> None:
    """End a wait from outside: the reading side then fails at once."""
    with suppress(OSError, AttributeError):
        connection.sock.shutdown(socket.SHUT_RDWR)


def _seconds(text: str | None) -> float | None:
    return float(text) if text and text.isdecimal() else None


_CAUSES: tuple[tuple[type[Exception], str], ...] = (
    (ConnectionRefusedError, "对方拒绝连接"),
    (TimeoutError, "超时"),
    (socket.gaierror, "找不到主机"),
    (ssl.SSLError, "证书或加密不对"),
    (http.client.RemoteDisconnected, "对方断开了连接"),
    (ConnectionResetError, "对方断开了连接"),
)


def _words(error: Exception) -> str:
    """Return a failure in words for the page."""
    known = next((words for kind, words in _CAUSES if isinstance(error, kind)), type(error).__name__)
    return f"{known}（{error}）"[:200]
