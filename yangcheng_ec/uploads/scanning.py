"""Asking clamd about a file, over TCP or a socket file (INSTREAM). Without ``CLAMD_URL`` nothing is asked."""

from __future__ import annotations

import logging
import socket
import struct
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from yangcheng_ec.uploads.refusal import UploadRefused

__all__ = ["ScanState", "ScannerDown", "clamd_reply", "scan"]

logger = logging.getLogger(__name__)
CHUNK = 64 * 1024
REPLY_LIMIT = 4096


class ScanState(models.TextChoices):
    """What is known of viruses in a file when it was kept."""

    NONE = "none", _("未扫描")
    CLEAN = "clean", _("已扫描，未发现病毒")
    UNAVAILABLE = "unavailable", _("未扫描（扫描服务当时不可用）")

    @property
    def colour(self) -> str:
        """Return the colour token."""
        return {"clean": "done", "unavailable": "late"}.get(self.value, "muted")


class ScannerDown(Exception):
    """clamd did not answer, or answered that it could not scan."""


def scan(content: bytes, *, locked: bool = False) -> ScanState:
    """Return what clamd says of the bytes. ``locked``: a password keeps the scanner out too.

    Raises UploadRefused: a virus is found; or ``CLAMD_REQUIRED`` holds and clamd is down, unset or locked out.
    """
    if locked and settings.CLAMD_REQUIRED:
        raise UploadRefused("文件有密码，不能扫描病毒，没有保存。请去掉密码再传。")
    if not settings.CLAMD_URL and not settings.CLAMD_REQUIRED:
        return ScanState.NONE
    try:
        reply = clamd_reply(content)
    except ScannerDown as error:
        logger.warning("clamd is not available: %s", error)
        if settings.CLAMD_REQUIRED:
            raise UploadRefused("病毒扫描暂不可用，附件没有保存。请稍后再传，或联系系统管理员。") from error
        return ScanState.UNAVAILABLE
    if reply == "OK":
        return ScanState.NONE if locked else ScanState.CLEAN
    virus = reply.removesuffix(" FOUND")[:80]
    logger.warning("clamd found %s", virus)
    raise UploadRefused(f"文件带病毒（{virus}），没有保存。")


def clamd_reply(content: bytes) -> str:
    """Return «OK» or «name FOUND». Raises ScannerDown: no address, no connection, no time, or an error of clamd's."""
    try:
        with _connected(settings.CLAMD_URL) as connection:
            reply = _asked(connection, content)
    except (OSError, ValueError) as error:
        raise ScannerDown(str(error)) from error
    words = reply.removeprefix("stream: ")
    if words != "OK" and not words.endswith(" FOUND"):
        raise ScannerDown(words or "no reply")
    return words


def _connected(url: str) -> socket.socket:
    """Connect to ``tcp://host:port`` or ``unix:///path``."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(settings.CLAMD_TIMEOUT)
        try:
            connection.connect(parts.path)
        except OSError:
            connection.close()
            raise
        return connection
    if parts.scheme != "tcp" or not parts.hostname:
        raise ValueError("CLAMD_URL is tcp://host:port or unix:///path")
    return socket.create_connection((parts.hostname, parts.port or 3310), timeout=settings.CLAMD_TIMEOUT)


def _asked(connection: socket.socket, content: bytes) -> str:
    """Send the file in chunks and read the answer, which ends with a zero byte."""
    try:
        connection.sendall(b"zINSTREAM\0")
        for start in range(0, len(content), CHUNK):
            part = content[start : start + CHUNK]
            connection.sendall(struct.pack(">I", len(part)) + part)
        connection.sendall(struct.pack(">I", 0))
    except (BrokenPipeError, ConnectionResetError):
        pass  # clamd closes when a file is over its own limit; its words are still there to be read
    reply = b""
    while not reply.endswith(b"\0") and len(reply) < REPLY_LIMIT and (part := connection.recv(1024)):
        reply += part
    return reply.rstrip(b"\0\n").decode("utf-8", "replace")
