"""One sender per channel: made for a batch, closed after it."""

from __future__ import annotations

from typing import Protocol

from django.conf import settings

from yangcheng_ec.deadlines.channels.mail import Mailer
from yangcheng_ec.deadlines.channels.robots import robot_send
from yangcheng_ec.deadlines.channels.sms import ShortMessage, sms_send
from yangcheng_ec.deadlines.channels.texts import text_for, text_suffix, title_for
from yangcheng_ec.deadlines.choices import Channel
from yangcheng_ec.deadlines.models import Delivery

__all__ = ["Sender", "sender_of"]


class Sender(Protocol):
    """Sends deliveries of one channel."""

    def send(self, delivery: Delivery) -> str:
        """Send one; return the receiver's name for it. Raises ChannelError."""

    def close(self) -> None:
        """Let go of what it holds."""


class _Texter:
    def send(self, delivery: Delivery) -> str:
        """Hand the short message to the gateway."""
        notice = delivery.notice
        text = text_for(Channel.SMS, notice, text_suffix(delivery, Channel.SMS))
        link = f"{settings.SITE_URL}{notice.url}"
        message = ShortMessage(delivery.address, text, delivery.key, notice.kind, title_for(notice), link)
        return sms_send(message)

    def close(self) -> None:
        """Nothing is held."""


class _Robots:
    def __init__(self, channel: str) -> None:
        self.channel = channel

    def send(self, delivery: Delivery) -> str:
        """Say it in the robot's group."""
        robot_send(delivery.address, title_for(delivery.notice), text_for(self.channel, delivery.notice))
        return ""

    def close(self) -> None:
        """Nothing is held."""


def sender_of(channel: str) -> Sender:
    """Return what sends a channel's deliveries."""
    if channel == Channel.EMAIL:
        return Mailer()
    return _Texter() if channel == Channel.SMS else _Robots(channel)
