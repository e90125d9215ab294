"""Before signing: who will get a warning by which channel, who by none, and the exact words on each channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from directory.audience import unit_recipients
from directory.choices import Act
from directory.models import Unit
from early_warning.models import EarlyWarning
from early_warning.rules import act_clause
from early_warning.services.publishing import publication_words
from early_warning.services.telling import units_message
from early_warning.wording import published_title
from yangcheng_ec.deadlines.channels import SmsParts, Way, sms_parts, text_for, ways_of
from yangcheng_ec.deadlines.choices import Channel
from yangcheng_ec.deadlines.registry import Recipient
from yangcheng_ec.deadlines.services import Message

__all__ = ["ChannelText", "Person", "PublicationPreview", "UnitPreview", "publication_preview"]


@dataclass(frozen=True)
class Person:
    """One who will be told, and how; everybody with an account also finds it in the inbox."""

    recipient: Recipient
    ways: list[Way]

    @property
    def lines(self) -> list[str]:
        """Return the ways in words, in order."""
        inbox = ["系统收件箱"] if self.recipient.user_id else []
        return inbox + [f"{Channel(way.channel).label} {way.address}" for way in self.ways if way.address]


@dataclass(frozen=True)
class UnitPreview:
    """What reaches a unit; ``unreachable`` when nobody there has any channel: it stands on the call sheet only."""

    unit: Unit
    people: list[Person]

    @property
    def unreachable(self) -> bool:
        """Return whether nobody at the unit can be reached by any channel."""
        return not any(person.lines for person in self.people)

    @property
    def without_phone(self) -> bool:
        """Return whether no recipient has a telephone number."""
        return not any(way.channel == Channel.PHONE and way.address for one in self.people for way in one.ways)


@dataclass(frozen=True)
class ChannelText:
    """The exact words on one channel, for how many recipients; ``parts`` for short messages."""

    channel: Channel
    text: str
    recipients: int
    parts: SmsParts | None = None


@dataclass(frozen=True)
class PublicationPreview:
    """All of it: units (those without any channel first) and texts."""

    units: list[UnitPreview] = field(default_factory=list)
    texts: list[ChannelText] = field(default_factory=list)

    @property
    def unreachable(self) -> list[Unit]:
        """Return the units nobody at which has any channel."""
        return [row.unit for row in self.units if row.unreachable]


def publication_preview(warning: EarlyWarning, units: Sequence[Unit]) -> PublicationPreview:
    """Return what publishing would send, from the very functions that will send it."""
    clause = act_clause(warning.plan_version, Act.PUBLISH_WARNING)
    words = publication_words(warning, units)
    message = units_message(warning, "published", published_title(warning), words, clause)
    found = unit_recipients(units, warning.plan_version_id)
    ways = ways_of(message.kind, [one for rows in found.values() for one in rows])
    rows = [UnitPreview(unit, [Person(one, ways[one.key]) for one in found.get(unit.pk, [])]) for unit in units]
    rows.sort(key=lambda row: not row.unreachable)
    return PublicationPreview(rows, _texts(message, rows))


def _texts(message: Message, rows: Sequence[UnitPreview]) -> list[ChannelText]:
    used: dict[str, int] = {}
    for row in rows:
        for person in row.people:
            for way in person.ways:
                used[way.channel] = used.get(way.channel, 0) + bool(way.address)
    used.setdefault(Channel.PHONE.value, 0)  # whoever has no channel at all stands on the call sheet
    return [_text(Channel(name), message, used[name]) for name in Channel.values if name in used]


def _text(channel: Channel, message: Message, recipients: int) -> ChannelText:
    text = text_for(channel, message)
    return ChannelText(channel, text, recipients, sms_parts(text) if channel == Channel.SMS else None)
