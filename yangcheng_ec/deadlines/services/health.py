"""How channels are: a channel that fails rests longer each time and is then tried with one delivery; robots' pace."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from django.db import transaction

from yangcheng_ec.clock import database_now
from yangcheng_ec.deadlines.models import ChannelHealth

__all__ = ["channel_failed", "channel_works", "pace_take", "probe_take"]

REST_SECONDS, REST_LONGEST = 5.0, 300.0
# How long one process has to try a resting channel before another may.
PROBE = timedelta(seconds=60)
# A robot takes 20 posts a minute (WeCom, DingTalk; Feishu more): all processes together keep to it.
PACE_POSTS, PACE_WINDOW = 20, timedelta(minutes=1)


def probe_take(channel: str) -> int | None:
    """Return how many failures in a row the channel has, 0 when it is well; None: let it rest.

    Where it is due for a trial only one process gets it: whoever moves ``retry_at`` first.
    """
    row = ChannelHealth.objects.filter(name=channel).first()
    if row is None or row.failures == 0:
        return 0
    now = database_now()
    if row.retry_at is not None and row.retry_at > now:
        return None
    mine = ChannelHealth.objects.filter(pk=row.pk, failures=row.failures, retry_at=row.retry_at)
    return row.failures if mine.update(retry_at=now + PROBE) else None


@transaction.atomic
def channel_failed(channel: str, words: str, *, retry_after: float | None = None) -> None:
    """Let a channel rest: 5 s, 10 s, 20 s… up to 5 minutes, with jitter, or as long as the other side asked for."""
    now = database_now()
    row, _ = ChannelHealth.objects.select_for_update().get_or_create(name=channel)
    rest = min(REST_LONGEST, REST_SECONDS * 2 ** min(row.failures, 10)) * random.uniform(0.8, 1.2)  # noqa: S311
    row.failures += 1
    row.down_since = row.down_since or now
    row.retry_at = now + timedelta(seconds=min(max(rest, retry_after or 0), REST_LONGEST * 12))
    row.error = words[:500]
    row.save()


def channel_works(channel: str) -> None:
    """Note that a channel has just taken something."""
    now = database_now()
    facts = {"failures": 0, "retry_at": None, "down_since": None, "error": "", "sent_at": now}
    if not ChannelHealth.objects.filter(name=channel).update(**facts):
        ChannelHealth.objects.get_or_create(name=channel, defaults=facts)


@transaction.atomic
def pace_take(robot: str) -> datetime | None:
    """Take one of a robot's posts of this minute and return None, or return when the next one is free."""
    now = database_now()
    row, _ = ChannelHealth.objects.select_for_update().get_or_create(name=f"robot:{robot}"[:80])
    recent = [stamp for stamp in row.recent if datetime.fromisoformat(stamp) > now - PACE_WINDOW]
    if len(recent) >= PACE_POSTS:
        return datetime.fromisoformat(recent[0]) + PACE_WINDOW
    row.recent = [*recent, now.isoformat()]
    row.save(update_fields=["recent"])
    return None
