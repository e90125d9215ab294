"""Letters, over one connection per batch."""

from __future__ import annotations

import smtplib
from contextlib import suppress

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from yangcheng_ec.deadlines.channels.outcome import ChannelError
from yangcheng_ec.deadlines.channels.texts import text_for, text_suffix, title_for
from yangcheng_ec.deadlines.choices import Channel
from yangcheng_ec.deadlines.models import Delivery

__all__ = ["Mailer"]


class Mailer:
    """A connection to the mail server, opened when first needed, opened again after a failure."""

    def __init__(self) -> None:
        self.connection: BaseEmailBackend = get_connection(timeout=settings.EMAIL_TIMEOUT)

    def send(self, delivery: Delivery) -> str:
        """Send one letter; its Message-ID carries the notice's key, so that a receiver can tell a second one.

        Raises ChannelError: permanent when this address is refused, doubtful when the line broke while it was sent.
        """
        try:
            self.connection.open()
        except Exception as error:
            raise ChannelError(f"邮件服务器连不上：{error}", down=True) from error
        try:
            self.connection.send_messages([_letter(delivery)])
        except Exception as error:
            self.close()
            raise _judged(error) from error
        return ""

    def close(self) -> None:
        """Let the connection go."""
        with suppress(Exception):
            self.connection.close()


def _judged(error: Exception) -> ChannelError:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _ in error.recipients.values()]
        words = "；".join(f"{code} {text!r}" for code, text in error.recipients.values())
        return ChannelError(f"收件地址被拒：{words}", permanent=all(code >= 500 for code in codes))
    if isinstance(error, smtplib.SMTPResponseException):
        return ChannelError(f"邮件服务器拒绝：{error}")
    return ChannelError(str(error) or type(error).__name__, doubtful=True, down=isinstance(error, TimeoutError))


def _letter(delivery: Delivery) -> EmailMessage:
    notice = delivery.notice
    body = text_for(Channel.EMAIL, notice, text_suffix(delivery, Channel.EMAIL))
    headers = {"Message-ID": f"<{notice.key}@yangcheng-ec>", "X-Notice-Key": str(notice.key)}
    return EmailMessage(title_for(notice), body, to=[delivery.address], headers=headers)
