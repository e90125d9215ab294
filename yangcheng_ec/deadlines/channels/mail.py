"""E-mail through the SMTP server of the settings. The key travels as the Message-ID."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from yangcheng_ec.deadlines.channels.outcomes import ChannelDown, NotSent, Unclear
from yangcheng_ec.deadlines.channels.parcels import Parcel, Send
from yangcheng_ec.deadlines.channels.texts import subject_line

__all__ = ["MailAdapter"]

# 421: the server is closing; 454, 530, 535: it does not know us.
SERVER_WIDE = {421, 454, 530, 535}


class MailAdapter:
    """One connection per batch, a new one after a failure."""

    @contextmanager
    def session(self) -> Iterator[Send]:
        """Give what sends a letter over a connection that stays open for the batch."""
        connection = get_connection(timeout=settings.EMAIL_TIMEOUT)
        try:
            yield lambda parcel: _send(connection, parcel)
        finally:
            _hang_up(connection)


def _hang_up(connection: BaseEmailBackend) -> None:
    with suppress(Exception):
        connection.close()


def _send(connection: BaseEmailBackend, parcel: Parcel) -> None:
    try:
        connection.open()  # an open one is used again
    except Exception as error:  # whatever keeps us from a connection keeps every letter
        raise ChannelDown(f"连接不上邮件服务器：{error}") from error
    try:
        connection.send_messages([_letter(parcel)])
    except Exception as error:
        _hang_up(connection)  # the next letter opens a fresh one
        raise _meaning(error) from error


def _letter(parcel: Parcel) -> EmailMessage:
    headers = {"Message-ID": f"<{parcel.key}@yangcheng-ec>", "X-Notice-Key": str(parcel.notice_key)}
    return EmailMessage(subject_line(parcel.title), parcel.text, to=[parcel.address], headers=headers)


def _meaning(error: Exception) -> ChannelDown | NotSent | Unclear:
    """Say what a failure means for the letter: surely not sent, for good or not, or unclear."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _ in error.recipients.values()]
        words = "；".join(f"{code} {_text(said)}" for code, said in error.recipients.values())
        return NotSent(f"邮件服务器不收：{words}", final=bool(codes) and all(code >= 500 for code in codes))
    if isinstance(error, smtplib.SMTPResponseException):
        words = f"{error.smtp_code} {_text(error.smtp_error)}"
        if error.smtp_code in SERVER_WIDE:
            return ChannelDown(f"邮件服务器暂不服务：{words}")
        refused_letter = isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= 500
        return NotSent(f"邮件服务器不收：{words}", final=refused_letter, strike=not refused_letter)
    if isinstance(error, ValueError | UnicodeError):
        return NotSent(f"地址或内容不能成信：{error}", final=True)
    return Unclear(f"没有等到邮件服务器的应答：{type(error).__name__} {error}")


def _text(said: bytes | str) -> str:
    return said.decode(errors="replace") if isinstance(said, bytes) else str(said)
