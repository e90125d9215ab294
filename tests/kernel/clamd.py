"""A server that speaks clamd's protocol as far as it is used (INSTREAM over TCP) and finds the EICAR test file."""

from __future__ import annotations

import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.kernel.upload_files import EICAR


class _Session(socketserver.StreamRequestHandler):
    """One command of one client."""

    def handle(self) -> None:
        """Read the command and the chunks, and answer as clamd words it."""
        server: Clamd = self.server  # type: ignore[assignment]
        command = b"".join(iter(lambda: self.rfile.read(1), b"\0"))
        if command != b"zINSTREAM":
            self.wfile.write(b"UNKNOWN COMMAND\0")
            return
        data = b""
        while size := struct.unpack(">I", self.rfile.read(4))[0]:
            data += self.rfile.read(size)
            if len(data) > server.limit:
                self.wfile.write(b"INSTREAM size limit exceeded. ERROR\0")
                return
        server.seen.append(data)
        self.wfile.write(b"stream: Eicar-Test-Signature FOUND\0" if EICAR in data else b"stream: OK\0")


class Clamd(socketserver.ThreadingTCPServer):
    """The server, what it was sent, and how much it takes of one file."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, limit: int) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.limit = limit
        self.seen: list[bytes] = []

    @property
    def url(self) -> str:
        """Return its address as ``CLAMD_URL`` takes it."""
        return f"tcp://127.0.0.1:{self.server_address[1]}"


@contextmanager
def clamd_running(limit: int = 100_000_000) -> Iterator[Clamd]:
    """Run the server in a thread."""
    with Clamd(limit) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()
