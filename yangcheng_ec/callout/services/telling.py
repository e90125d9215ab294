"""One wave of a call-out: notices to people, deliveries over chosen channels, and who has been told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from yangcheng_ec.bulk import rows_insert
from yangcheng_ec.callout.models import Callout, CalloutCause, CalloutNotice
from yangcheng_ec.callout.registry import Policy
from yangcheng_ec.deadlines.channels import Way, ways_of
from yangcheng_ec.deadlines.choices import Channel
from yangcheng_ec.deadlines.models import Notice
from yangcheng_ec.deadlines.registry import Recipient
from yangcheng_ec.deadlines.services import Message, deliveries_add
from yangcheng_ec.deadlines.services.notices import insert_notices

__all__ = ["Wave", "message_of", "told_tell"]


@dataclass(frozen=True)
class Wave:
    """Whom one step of a call-out tells. ``policy`` narrows the channels of a first wave; None: every channel."""

    callout: Callout
    cause: CalloutCause
    people: Sequence[Recipient]
    policy: Policy | None = None


def message_of(callout: Callout, cause: CalloutCause) -> Message:
    """Return the cause's words as a message of this call-out: it is told to each person once."""
    return Message(
        kind=cause.kind,
        title=cause.title,
        dedupe=f"callout:{callout.pk}",
        body=cause.body,
        script=cause.script,
        url=cause.url,
        clause=cause.clause,
        urgent=cause.urgent,
        call=cause.call,
        drill=cause.drill,
        subject=(cause.subject_type, cause.subject_id),
        confirm=True,
        level=cause.level,
        chosen=True,
    )


def told_tell(waves: Sequence[Wave], now: datetime) -> int:
    """Tell everybody of these waves, each once, with a handful of statements; return how many notices are new."""
    rows = [
        (wave.cause.head, None, message_of(wave.callout, wave.cause), person)
        for wave in waves
        for person in wave.people
    ]
    made = insert_notices(rows, now)
    by_key = {f"callout:{wave.callout.pk}|{person.key}": (wave, person) for wave in waves for person in wave.people}
    told = [(pk, *by_key[key]) for pk, key in _keys(made) if key in by_key]  # a robot's own notice asks nobody
    rows_insert(
        CalloutNotice,
        [{"callout_id": wave.callout.pk, "notice_id": pk, "person": person.key[:80]} for pk, wave, person in told],
    )
    deliveries_add(_deliveries(told), now)
    return len(made)


def _keys(ids: Sequence[int]) -> Iterable[tuple[int, str]]:
    return Notice.objects.filter(pk__in=ids).values_list("pk", "dedupe_key") if ids else []


def _deliveries(told: Sequence[tuple[int, Wave, Recipient]]) -> list[tuple[int, Way]]:
    """Return the deliveries of a wave: the channels the policy names first, or all.

    Whoever has no inbox is told by every channel there is; who is to be called at once is called at once.
    """
    kinds: dict[str, dict[str, Recipient]] = {}
    for _, wave, person in told:
        kinds.setdefault(wave.cause.kind, {})[person.key] = person
    ways = {kind: ways_of(kind, list(people.values())) for kind, people in kinds.items()}
    return [
        (pk, way)
        for pk, wave, person in told
        for way in ways[wave.cause.kind].get(person.key, [])
        if _goes(wave, person, way)
    ]


def _goes(wave: Wave, person: Recipient, way: Way) -> bool:
    if wave.policy is None or person.user_id is None:
        return True
    return wave.policy.goes_first(way.channel) or (wave.cause.call and way.channel == Channel.PHONE)
