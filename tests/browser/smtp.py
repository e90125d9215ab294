"""A real SMTP server on a free port that keeps what it is given: the far end of the system's e-mail."""

from __future__ import annotations

import email
import socketserver
import threading
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage


@dataclass(frozen=True)
class Mail:
    """One message as it arrived."""

    to: tuple[str, ...]
    subject: str
    body: str
    key: str


class _Session(socketserver.StreamRequestHandler):
    """One connection: HELO, MAIL, RCPT, DATA, RSET, NOOP, QUIT and nothing else."""

    server: MailSink

    def handle(self) -> None:
        """Speak until QUIT or the end of the line."""
        self.recipients: list[str] = []
        self._say("220 sink")
        while line := self.rfile.readline():
            verb, _, rest = line.decode("utf-8", "replace").strip().partition(" ")
            if verb.upper() == "QUIT":
                self._say("221 bye")
                return
            self._one(verb.upper(), rest)

    def _one(self, verb: str, rest: str) -> None:
        if verb == "RCPT":
            self.recipients.append(rest[rest.find("<") + 1 : rest.rfind(">")])
        if verb == "DATA":
            self._say("354 go on")
            self.server.keep(tuple(self.recipients), self._data())
        if verb in ("DATA", "RSET", "MAIL"):
            self.recipients = []
        known = ("EHLO", "HELO", "MAIL", "RCPT", "DATA", "RSET", "NOOP")
        self._say("250 OK" if verb in known else "502 not here")

    def _data(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b"..") else line)
        return b"".join(lines)

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class MailSink(socketserver.ThreadingTCPServer):
    """Keeps every message; ``to`` asks for those of one address."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.mails: list[Mail] = []
        self._lock = threading.Lock()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        """Return the port it listens on."""
        return int(self.server_address[1])

    def keep(self, to: tuple[str, ...], raw: bytes) -> None:
        """Read a message and keep it."""
        message = email.message_from_bytes(raw, _class=EmailMessage, policy=policy.default)
        body = message.get_body(("plain",))
        mail = Mail(
            to, str(message["subject"]).strip(), body.get_content() if body else "", str(message["X-Notice-Key"])
        )
        with self._lock:
            self.mails.append(mail)

    def to(self, address: str, containing: str = "") -> list[Mail]:
        """Return the messages to an address whose subject or text contains something."""
        with self._lock:
            return [mail for mail in self.mails if address in mail.to and containing in mail.subject + mail.body]

    def stop(self) -> None:
        """Stop listening."""
        self.shutdown()
        self.server_close()
