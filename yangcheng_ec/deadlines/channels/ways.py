"""Which ways there are to reach a recipient, in which order (rows, 「非预案规定」)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Q

from yangcheng_ec.deadlines.channels.robots import robots
from yangcheng_ec.deadlines.choices import BY_MACHINE, Channel
from yangcheng_ec.deadlines.models import ChannelOrder, ChannelState
from yangcheng_ec.deadlines.registry import Recipient

__all__ = ["ADDRESS_LIMIT", "DEFAULT_ORDER", "DRILL", "Way", "is_mobile", "switched_off", "ways_for", "ways_of"]

# An address longer than the column holds cannot be written to: the notice is telephoned instead.
ADDRESS_LIMIT = 200
DEFAULT_ORDER = (*BY_MACHINE, Channel.PHONE)
# The switch that lets drill notices leave the inboxes.
DRILL = "drill"
_MOBILE = re.compile(r"^(?:\+?86)?(1[3-9]\d{9})$")


@dataclass(frozen=True)
class Way:
    """One way to reach a recipient: the channel, and what it is addressed to there."""

    channel: str
    address: str


def is_mobile(number: str) -> str:
    """Return a Chinese mobile number's eleven digits, or an empty text for what is none."""
    found = _MOBILE.match(re.sub(r"[\s-]", "", number))
    return found[1] if found else ""


def ways_for(kind: str, recipient: Recipient) -> list[Way]:
    """Return the ways to reach one recipient for this kind of notice, as ``ways_of``."""
    return ways_of(kind, [recipient])[recipient.key]


def ways_of(kind: str, recipients: Sequence[Recipient], *, off_too: bool = False) -> dict[str, list[Way]]:
    """Return, by recipient key, the ways to reach each in order; two statements however many there are.

    Left out are channels without an address, without a gateway, and (unless ``off_too``) those switched off. The
    phone is always among them, with an empty number when none is known: somebody has to find one.
    """
    orders = _orders(kind, [recipient.key for recipient in recipients])
    off = frozenset() if off_too else switched_off()
    return {recipient.key: _ways(recipient, orders, off) for recipient in recipients}


def switched_off() -> frozenset[str]:
    """Return the channels that are switched off, and ``drill`` where drill notices stay in the inboxes."""
    return frozenset(ChannelState.objects.filter(enabled=False).values_list("channel", flat=True))


def _orders(kind: str, keys: Sequence[str]) -> dict[str, Sequence[str]]:
    """Return the orders that may count, by recipient key; under the empty key the one for everybody."""
    first = kind.partition(".")[0]
    rows = ChannelOrder.objects.filter(Q(kind="") | Q(kind=first))
    if len(keys) <= 50:
        rows = rows.filter(Q(recipient_key="") | Q(recipient_key__in=keys))
    found: dict[str, Sequence[str]] = {"": DEFAULT_ORDER}
    for row in rows.order_by("kind"):
        found[row.recipient_key] = row.channels
    return found


def _ways(recipient: Recipient, orders: dict[str, Sequence[str]], off: frozenset[str]) -> list[Way]:
    if recipient.robot:
        channel = robots()[recipient.robot].channel
        return [] if channel in off else [Way(channel, recipient.robot)]
    addresses = {
        Channel.EMAIL: recipient.email if len(recipient.email) <= ADDRESS_LIMIT else "",
        Channel.SMS: is_mobile(recipient.mobile or recipient.phone) if settings.SMS_GATEWAY_URL else "",
        Channel.FAX: recipient.fax,
    }
    order = orders.get(recipient.key, orders[""])
    found = [Way(name, addresses[Channel(name)]) for name in order if addresses.get(Channel(name)) and name not in off]
    place = list(order).index(Channel.PHONE) if Channel.PHONE in order else len(order)
    before = sum(1 for way in found if list(order).index(way.channel) < place)
    return [*found[:before], Way(Channel.PHONE, recipient.phone), *found[before:]]
