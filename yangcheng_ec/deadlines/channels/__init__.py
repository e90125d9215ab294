"""Channels: which ways lead to whom, the words on each, and the adapters that send them."""

from yangcheng_ec.deadlines.channels.adapters import adapter_of, channel_ready, keeps_key, machines_ready
from yangcheng_ec.deadlines.channels.texts import (
    SmsParts,
    delivery_text,
    register_text_suffix,
    sms_parts,
    subject_line,
    text_for,
)
from yangcheng_ec.deadlines.channels.ways import (
    DRILLS,
    Way,
    book,
    book_forget,
    default_order,
    robot_channel,
    ways_for,
    ways_of,
)

__all__ = [
    "DRILLS",
    "SmsParts",
    "Way",
    "adapter_of",
    "book",
    "book_forget",
    "channel_ready",
    "default_order",
    "delivery_text",
    "keeps_key",
    "machines_ready",
    "register_text_suffix",
    "robot_channel",
    "sms_parts",
    "subject_line",
    "text_for",
    "ways_for",
    "ways_of",
]
