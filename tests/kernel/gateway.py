"""A gateway of a few lines, on a real socket, for SMS and robots: it keeps what it gets and misbehaves when told."""

from __future__ import annotations

import json
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Gateway", "Request", "gateway"]


@dataclass(frozen=True)
class Request:
    """One request as it came: its path, headers (names in lower case) and body."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """Return the body's JSON."""
        return json.loads(self.body)


@dataclass
class Gateway:
    """``plan`` says how the next requests are answered, the last for good; what has been taken stands in ``taken``.

    ``ok``, a status, ``hang``, ``late``, ``close``, ``garbage``, ``drip``, ``redirect`` or a body as JSON.
    """

    port: int = 0
    plan: list[Any] = field(default_factory=lambda: ["ok"])
    requests: list[Request] = field(default_factory=list)
    taken: list[Request] = field(default_factory=list)
    success: Any = field(default_factory=lambda: {"code": 0, "errcode": 0})
    free: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """Return the gateway's address."""
        return f"http://127.0.0.1:{self.port}"

    def next_answer(self) -> Any:
        """Return how the next request is answered."""
        return self.plan.pop(0) if len(self.plan) > 1 else self.plan[0]


class _Handler(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        line = self.rfile.readline().decode().split()
        if not line:
            return
        headers = {}
        for raw in iter(self.rfile.readline, b"\r\n"):
            name, _, value = raw.decode().partition(":")
            headers[name.strip().lower()] = value.strip()
        request = Request(line[1], headers, self.rfile.read(int(headers.get("content-length", 0))))
        self.state = self.server.state
        self.state.requests.append(request)
        with suppress(OSError):
            self._answer(request, self.state.next_answer())

    def _answer(self, request: Request, how: Any) -> None:
        if how in ("ok", "close", "hang", "late", "garbage"):
            self.state.taken.append(request)
        if how in ("hang", "late"):
            self.state.free.wait(5)
        if isinstance(how, int):
            self._say(how, b"no", "Retry-After: 120\r\n" if how == 429 else "")
        elif isinstance(how, str) and how in ODD:
            ODD[how](self)
        else:
            self._tell(how if isinstance(how, dict) else self.state.success)

    def _tell(self, content: Any) -> None:
        self._say(200, json.dumps(content).encode())

    def _drip(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for _ in range(100):
            self.wfile.write(b"X")
            time.sleep(0.05)

    def _say(self, status: int, body: bytes, more: str = "") -> None:
        head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\nConnection: close\r\n{more}\r\n"
        self.wfile.write(head.encode() + body)


ODD: dict[str, Callable[[_Handler], None]] = {
    "close": lambda handler: None,
    "drip": _Handler._drip,
    "garbage": lambda handler: handler._say(200, b"<html>\xff OK </html>"),
    "redirect": lambda handler: handler._say(302, b"", "Location: http://127.0.0.1:1/elsewhere\r\n"),
}


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    block_on_close = False

    def __init__(self, state: Gateway) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.state = state


@contextmanager
def gateway() -> Iterator[Gateway]:
    """Run a gateway while the block lasts."""
    state = Gateway()
    with _Server(state) as server:
        state.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield state
        state.free.set()
        server.shutdown()
        thread.join()
