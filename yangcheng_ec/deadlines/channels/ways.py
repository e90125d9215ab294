"""Which ways lead to whom: the order of channels per addressee and kind, as the office has set it.

The order, the robots and the quiet hours are ours (「非预案规定」, ADR 0020). Without a row the defaults below hold.
"""

from __future__ import annotations

import time as process_time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from django.conf import settings

from yangcheng_ec.clock import SHANGHAI
from yangcheng_ec.deadlines.choices import BY_HAND, BY_MACHINE, ROBOTS, Channel
from yangcheng_ec.deadlines.models import ChannelRule, Switch
from yangcheng_ec.deadlines.registry import Recipient

__all__ = ["DRILLS", "Book", "Way", "book", "book_forget", "default_order", "robot_channel", "ways_for", "ways_of"]

# The switch that lets drills leave the inboxes; the other switches are named after their channel.
DRILLS = "drills"
# A mail address longer than the column holds cannot be written to: the notice is telephoned instead.
ADDRESS_LIMIT = 200
CALM_ORDER = (Channel.EMAIL, Channel.SMS, *ROBOTS, *BY_HAND)
GRAVE_ORDER = (Channel.SMS, Channel.EMAIL, *ROBOTS, *BY_HAND)
GRAVE_KINDS = ("warning", "response", "deadline.overdue", "deadline.escalate")
# How long a process may go on with the rules it has read; a switch is also asked again before each batch is sent.
READ_AGAIN_SECONDS = 3.0
_SCHEMES = {"wecombot": Channel.WECOM, "dingtalk": Channel.DINGTALK, "feishu": Channel.FEISHU}


@dataclass(frozen=True)
class Way:
    """One way to reach somebody: a channel and the mail address, number or robot's name on it."""

    channel: Channel
    address: str


@dataclass(frozen=True)
class Quiet:
    """Hours of the day (Asia/Shanghai) in which what is not urgent waits."""

    start: time
    end: time

    def until(self, now: datetime) -> datetime | None:
        """Return when the quiet that reigns now ends, or None while it does not."""
        local = now.astimezone(SHANGHAI)
        clock = local.time()
        over_midnight = self.start > self.end
        inside = (clock >= self.start or clock < self.end) if over_midnight else self.start <= clock < self.end
        if not inside:
            return None
        end = local.replace(hour=self.end.hour, minute=self.end.minute, second=0, microsecond=0)
        return end + timedelta(days=1) if over_midnight and clock >= self.start else end


@dataclass(frozen=True)
class Book:
    """The office's rules and switches as read at one moment."""

    rules: dict[tuple[str, str], ChannelRule] = field(default_factory=dict)
    off: frozenset[str] = frozenset()
    drills_leave: bool = True

    def ways(self, kind: str, recipient: Recipient) -> list[Way]:
        """Return the ways to a recipient in order; by phone comes last where the order leaves it out."""
        order = [*self._order(kind, recipient), Channel.PHONE]
        found = {channel: way for channel in order if (way := self._way(channel, kind, recipient)) is not None}
        return list(found.values())

    def quiet_until(self, kind: str, recipient: Recipient, now: datetime) -> datetime | None:
        """Return until when what is not urgent waits for this recipient, or None."""
        for rule in self._rules(kind, recipient):
            if rule.quiet_from is not None and rule.quiet_to is not None:
                return Quiet(rule.quiet_from, rule.quiet_to).until(now)
        return None

    def _order(self, kind: str, recipient: Recipient) -> Sequence[Channel]:
        chosen = next((rule.channels for rule in self._rules(kind, recipient) if rule.channels), None)
        return default_order(kind) if chosen is None else [Channel(name) for name in chosen]

    def _rules(self, kind: str, recipient: Recipient) -> Iterator[ChannelRule]:
        """Yield what was set for this recipient and kind, the narrowest first."""
        if not self.rules:
            return
        unit = f"unit:{recipient.unit_code}" if recipient.unit_code else ""
        for addressee in dict.fromkeys((recipient.key, unit, "")):
            for name in dict.fromkeys((kind, kind.partition(".")[0], "")):
                rule = self.rules.get((addressee, name))
                if rule is not None:
                    yield rule

    def _way(self, channel: Channel, kind: str, recipient: Recipient) -> Way | None:
        if channel == Channel.PHONE:
            return Way(channel, recipient.phone)
        if channel in self.off:
            return None
        address = self._address(channel, kind, recipient)
        return Way(channel, address) if 0 < len(address) <= ADDRESS_LIMIT else None

    def _address(self, channel: Channel, kind: str, recipient: Recipient) -> str:
        if channel == Channel.EMAIL:
            return recipient.email
        if channel == Channel.SMS:
            return recipient.mobile if settings.SMS_URL else ""
        if channel == Channel.FAX:
            return recipient.fax
        return self._robot(channel, kind, recipient)

    def _robot(self, channel: Channel, kind: str, recipient: Recipient) -> str:
        """Return the first robot of this channel that was set for the recipient."""
        if not settings.ROBOTS:
            return ""
        chosen: Sequence[str] = next((rule.robots for rule in self._rules(kind, recipient) if rule.robots), [])
        return next((name for name in chosen if robot_channel(name) == channel), "")


def default_order(kind: str) -> tuple[Channel, ...]:
    """Return the order without a rule: an SMS wakes, so it comes first for what is grave (「非预案规定」)."""
    grave = kind in GRAVE_KINDS or kind.partition(".")[0] in GRAVE_KINDS
    return GRAVE_ORDER if grave else CALM_ORDER


def robot_channel(name: str) -> Channel | None:
    """Return the channel of a robot of the settings, or None where there is no such robot."""
    scheme = settings.ROBOTS.get(name, "").partition("://")[0].lower()
    return _SCHEMES.get(scheme)


_read: dict[str, tuple[float, Book]] = {}


def book() -> Book:
    """Return the rules and switches: two statements, at most once in ``READ_AGAIN_SECONDS`` and process."""
    kept = _read.get("book")
    now = process_time.monotonic()
    if kept is not None and 0 <= now - kept[0] < READ_AGAIN_SECONDS:
        return kept[1]
    _read["book"] = now, _book_read()
    return _read["book"][1]


def book_forget() -> None:
    """Read the rules again next time: somebody has changed them."""
    _read.clear()


def _book_read() -> Book:
    switches = dict(Switch.objects.values_list("name", "on"))
    return Book(
        rules={(rule.addressee, rule.kind): rule for rule in ChannelRule.objects.all()},
        off=frozenset(name for name, on in switches.items() if not on) & {*BY_MACHINE, *BY_HAND},
        drills_leave=switches.get(DRILLS, not settings.DRILL_INBOX_ONLY),
    )


def ways_of(kind: str, recipients: Sequence[Recipient]) -> dict[str, list[Way]]:
    """Return each recipient's ways by key, in order, switched-off channels left out (the phone never is)."""
    rules = book()
    return {recipient.key: rules.ways(kind, recipient) for recipient in recipients}


def ways_for(kind: str, recipient: Recipient) -> list[Way]:
    """Return the ways to one recipient; for many use ``ways_of``."""
    return ways_of(kind, [recipient])[recipient.key]
