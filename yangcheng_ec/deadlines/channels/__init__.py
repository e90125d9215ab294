"""How a notice leaves the house: who is reached by which way, with which words, and what sends them."""

from yangcheng_ec.deadlines.channels.outcome import ChannelError
from yangcheng_ec.deadlines.channels.robots import robots, robots_told
from yangcheng_ec.deadlines.channels.texts import (
    SmsParts,
    register_text_suffix,
    sms_parts,
    text_for,
    text_suffix,
    title_for,
)
from yangcheng_ec.deadlines.channels.ways import DRILL, Way, is_mobile, switched_off, ways_for, ways_of

__all__ = [
    "DRILL",
    "ChannelError",
    "SmsParts",
    "Way",
    "is_mobile",
    "register_text_suffix",
    "robots",
    "robots_told",
    "sms_parts",
    "switched_off",
    "text_for",
    "text_suffix",
    "title_for",
    "ways_for",
    "ways_of",
]
