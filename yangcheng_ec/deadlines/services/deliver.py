"""Sending what is queued, channel by channel: a channel that hangs holds up nobody but itself.

Any number of processes may deliver at once. What a kill or a time-out leaves unknown is sent again with the same
key and marked as in doubt (``services/leases.py``).
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from yangcheng_ec.clock import database_now
from yangcheng_ec.deadlines.channels import adapter_of, channel_ready, delivery_text, keeps_key, machines_ready
from yangcheng_ec.deadlines.channels.outcomes import ChannelDown, NotSent, Unclear
from yangcheng_ec.deadlines.channels.parcels import Parcel, Send
from yangcheng_ec.deadlines.choices import ROBOTS
from yangcheng_ec.deadlines.models import Delivery, Switch
from yangcheng_ec.deadlines.services import leases
from yangcheng_ec.deadlines.services.health import channel_failed, channel_works, pace_take, probe_take

__all__ = ["deliver_all", "deliver_batch", "deliver_channel"]

logger = logging.getLogger(__name__)
# A batch stops sending after half its lease.
SEND_SECONDS = 30.0
BATCH = 50
# One post of a robot may name many: the whole of a big alarm fits its pace.
ROBOT_BATCH = 500
# So many failures in a row that look like the channel's own let it rest.
STRIKES = 3
NAMED = 20
Halt = Callable[[], bool]
_under_way: dict[str, threading.Lock] = {}


def _never() -> bool:
    return False


def deliver_all(*, budget_seconds: float = 10.0) -> int:
    """Send what every channel has, one after the other; return how many were tried. For ``sweep --once``."""
    return sum(deliver_channel(channel, budget_seconds=budget_seconds) for channel in machines_ready())


def deliver_channel(channel: str, *, budget_seconds: float = 10.0, halt: Halt = _never) -> int:
    """Send a channel's batches until nothing is queued, it fails or the budget is used; return how many were tried.

    ``halt`` is asked between two sends: a process told to stop leaves nothing half sent behind. One thread of a
    process sends by a channel at a time, so that one that hangs does not take all of a worker's threads.
    """
    alone = _under_way.setdefault(channel, threading.Lock())
    if not alone.acquire(blocking=False):
        return 0
    try:
        return _batches(channel, time.monotonic() + budget_seconds, halt)
    finally:
        alone.release()


def _batches(channel: str, until: float, halt: Halt) -> int:
    total = 0
    while True:
        tried = deliver_batch(channel, until=until, halt=halt)
        total += tried
        if tried == 0 or halt() or time.monotonic() > until:
            return total


def deliver_batch(channel: str, *, limit: int | None = None, until: float | None = None, halt: Halt = _never) -> int:
    """Lease a batch of a channel's queue, send it, mark it; return how many were tried.

    Nothing is tried while the channel is switched off or rests; one that has failed is tried with a single delivery.
    """
    if not channel_ready(channel) or not leases.due(channel, database_now()).exists() or _switched_off(channel):
        return 0
    failures = probe_take(channel)
    if failures is None:
        return 0
    size = limit or (ROBOT_BATCH if channel in ROBOTS else BATCH)
    leased = leases.lease(channel, size if failures == 0 else 1)
    end = time.monotonic() + SEND_SECONDS
    return _Batch(channel, leased, end if until is None else min(end, until), halt).send() if leased else 0


def _switched_off(channel: str) -> bool:
    return Switch.objects.filter(name=channel, on=False).exists()


@dataclass
class _Batch:
    """One leased batch on its way."""

    channel: str
    rows: list[Delivery]
    until: float
    halt: Halt
    strikes: int = 0
    sent: int = 0
    tried: int = 0
    down: ChannelDown | None = None

    def send(self) -> int:
        """Send until all is sent, the channel is down, the time is over or it is told to halt; give back the rest."""
        groups = _groups(self.channel, self.rows)
        with adapter_of(self.channel).session() as send:
            while groups and self.down is None and time.monotonic() <= self.until and not self.halt():
                self._send_one(groups.pop(0), send)
        leases.release([row for _, rows in groups for row in rows])
        self._report()
        return self.tried

    def _send_one(self, group: tuple[Parcel, list[Delivery]], send: Send) -> None:
        parcel, rows = group
        if self.channel in ROBOTS and _paced(parcel.address, rows):
            return
        mine = leases.begin(rows)
        if not mine:
            return
        self.tried += len(mine)
        try:
            send(parcel)
        except ChannelDown as error:
            leases.take_back(mine)
            self.tried -= len(mine)
            self.down = error
        except NotSent as error:
            self._refused(mine, error)
        except Exception as error:  # no answer, or a fault of ours in mid-send: it may have gone out
            self._unclear(mine, error)
        else:
            leases.mark_sent(mine, keyed=keeps_key(self.channel))
            self.sent, self.strikes = self.sent + len(mine), 0

    def _refused(self, rows: list[Delivery], error: NotSent) -> None:
        if error.final:
            for row in rows:
                leases.give_up(row, str(error))
        else:
            leases.retry(rows, str(error))
        if error.strike:
            self._strike(str(error))

    def _unclear(self, rows: list[Delivery], error: Exception) -> None:
        if not isinstance(error, Unclear):
            logger.exception("a fault of ours while sending by %s", self.channel)
        leases.retry(rows, str(error), in_doubt=True)
        self._strike(str(error))

    def _strike(self, words: str) -> None:
        self.strikes += 1
        if self.strikes >= STRIKES or len(self.rows) == 1:
            self.down = ChannelDown(words)

    def _report(self) -> None:
        """Note how the channel is."""
        if self.down is not None:
            logger.warning("channel %s rests: %s", self.channel, self.down)
            channel_failed(self.channel, str(self.down), retry_after=self.down.retry_after)
        elif self.sent:
            channel_works(self.channel)


def _groups(channel: str, rows: Sequence[Delivery]) -> list[tuple[Parcel, list[Delivery]]]:
    """Return what is sent together: each by itself, but one post to a robot for all whom the same words concern."""
    groups: dict[object, list[Delivery]] = {}
    texts: dict[object, str] = {}
    for row in rows:
        text = _words_of(row)
        if text is None:
            continue
        key = (row.address, text) if channel in ROBOTS else row.pk
        groups.setdefault(key, []).append(row)
        texts[key] = text
    return [(_parcel(channel, members, texts[key]), members) for key, members in groups.items()]


def _words_of(row: Delivery) -> str | None:
    """Return the words of a delivery; where an app fails to make them it waits, and the others go on."""
    try:
        return delivery_text(row)
    except Exception as error:  # one link that cannot be made must not hold up a channel
        logger.exception("the words of delivery %s cannot be made", row.pk)
        leases.retry([row], f"通知内容未能生成：{error}")
        return None


def _parcel(channel: str, rows: Sequence[Delivery], text: str) -> Parcel:
    first = rows[0]
    return Parcel(
        key=first.key,
        notice_key=first.notice.key,
        address=first.address,
        title=first.notice.title,
        text=f"{text}\n{_named(rows)}" if channel in ROBOTS else text,
        kind=first.notice.kind,
    )


def _named(rows: Sequence[Delivery]) -> str:
    """Return whom a post to a group is for."""
    names = list(dict.fromkeys(row.notice.recipient_label for row in rows))
    more = f" 等{len(names)}人" if len(names) > NAMED else ""
    return "请收悉：" + "、".join(names[:NAMED]) + more


def _paced(robot: str, rows: Sequence[Delivery]) -> bool:
    """Take one of the robot's posts of this minute; where none is left, put the rows off and return True."""
    free_at = pace_take(robot)
    if free_at is None:
        return False
    leases.put_off(rows, max(free_at, database_now() + timedelta(seconds=1)))
    return True
