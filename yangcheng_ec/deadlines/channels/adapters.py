"""Which adapter sends which channel, which are set up here, and which receivers keep to our key."""

from __future__ import annotations

from django.conf import settings

from yangcheng_ec.deadlines.channels.mail import MailAdapter
from yangcheng_ec.deadlines.channels.parcels import Adapter
from yangcheng_ec.deadlines.channels.robots import RobotAdapter
from yangcheng_ec.deadlines.channels.sms import SmsAdapter
from yangcheng_ec.deadlines.channels.ways import robot_channel
from yangcheng_ec.deadlines.choices import BY_MACHINE, Channel

__all__ = ["adapter_of", "channel_ready", "keeps_key", "machines_ready"]


def adapter_of(channel: str) -> Adapter:
    """Return what sends a channel by machine."""
    if channel == Channel.EMAIL:
        return MailAdapter()
    return SmsAdapter() if channel == Channel.SMS else RobotAdapter()


def channel_ready(channel: str) -> bool:
    """Return whether a channel is set up in this installation."""
    if channel == Channel.SMS:
        return bool(settings.SMS_URL)
    if channel in BY_MACHINE and channel != Channel.EMAIL:
        return any(robot_channel(name) == channel for name in settings.ROBOTS)
    return True


def machines_ready() -> list[Channel]:
    """Return the channels by machine that are set up."""
    return [channel for channel in BY_MACHINE if channel_ready(channel)]


def keeps_key(channel: str) -> bool:
    """Return whether the receiver drops what it has had under the same key: as the settings say, robots never."""
    known = {Channel.EMAIL: settings.EMAIL_KEY_KEPT, Channel.SMS: settings.SMS_KEY_KEPT}
    return bool(known.get(Channel(channel), False))
