"""A mail server of a few lines, on a real socket: it keeps what it is given and fails when told to."""

from __future__ import annotations

import email
import email.policy
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage

__all__ = ["MailServer", "mail_server"]


class MailServer(socketserver.ThreadingTCPServer):
    """Listens on a free port of this machine. ``refuse`` is how many RCPT commands it still answers with ``refusal``.

    ``hang_up`` is how many letters it cuts off at DATA, ``silent`` how many it takes without answering for a while.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.port: int = self.server_address[1]
        self.letters: list[EmailMessage] = []
        self.connections = 0
        self.refuse = 0
        self.refusal = "451 try again later"
        self.hang_up = 0
        self.silent = 0
        self.free = threading.Event()

    def keep(self, raw: bytes) -> None:
        """Keep a letter."""
        letter = email.message_from_bytes(raw, policy=email.policy.default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)


class _Session(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self.server.connections += 1
        self._say("220 ready")
        for line in self.rfile:
            if not self._answer(line.strip().upper()):
                return

    def _answer(self, command: bytes) -> bool:
        if command.startswith(b"RCPT") and self.server.refuse > 0:
            self.server.refuse -= 1
            self._say(self.server.refusal)
        elif command == b"DATA" and self.server.hang_up > 0:
            self.server.hang_up -= 1
            return False
        elif command == b"DATA":
            self._say("354 go on")
            self.server.keep(self._letter())
            if self.server.silent > 0:
                self.server.silent -= 1
                self.server.free.wait(5)
            self._say("250 kept")
        else:
            self._say("221 bye" if command == b"QUIT" else "250 ok")
        return command != b"QUIT"

    def _letter(self) -> bytes:
        lines = []
        for line in self.rfile:
            if line == b".\r\n":
                break
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        return b"".join(lines)

    def _say(self, words: str) -> None:
        self.wfile.write(words.encode() + b"\r\n")


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """Run a mail server while the block lasts."""
    with MailServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield server
        server.free.set()
        server.shutdown()
        thread.join()
