"""An HTTP gateway of a few lines, on a real socket: for short messages and robots, it fails in every way they do."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = ["Gateway", "Taken", "gateway"]


@dataclass(frozen=True)
class Taken:
    """One request: where, with which headers, saying what."""

    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class Plan:
    """What the gateway does: answers in this order, then 200 and the last ``answer``."""

    statuses: list[int] = field(default_factory=list)
    answer: bytes = b'{"code": 0, "id": "gw-1"}'
    hang: float = 0.0
    drop: int = 0


class Gateway(ThreadingHTTPServer):
    """Listens on a free port of this machine and keeps what it is asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.taken: list[Taken] = []
        self.plan = Plan()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def keys(self) -> set[str]:
        """Return the keys of the sendings it was asked for."""
        return {row.headers.get("Idempotency-Key", "") for row in self.taken}


class _Handler(BaseHTTPRequestHandler):
    server: Gateway

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        is_json = "json" in self.headers.get("Content-Type", "")
        body = json.loads(raw) if is_json else raw.decode()
        self.server.taken.append(Taken(self.path, dict(self.headers), body))
        plan = self.server.plan
        time.sleep(plan.hang)
        if plan.drop:
            plan.drop -= 1
            self.close_connection = True
            return
        status = plan.statuses.pop(0) if plan.statuses else 200
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", f"{self.server.url}/elsewhere")
        self.send_header("Content-Length", str(len(plan.answer)))
        self.end_headers()
        self.wfile.write(plan.answer)

    def log_message(self, *_args: Any) -> None:
        """Say nothing."""


@contextmanager
def gateway() -> Iterator[Gateway]:
    """Run a gateway while the block lasts."""
    with Gateway() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
