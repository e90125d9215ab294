"""The rungs around a confirmation: sent, delivered, leader informed, measures reported."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, Min, OuterRef, Q, QuerySet

from yangcheng_ec.bulk import bulk_update
from yangcheng_ec.callout.choices import CalloutRung, CalloutState
from yangcheng_ec.callout.models import Callout, CalloutNotice
from yangcheng_ec.callout.registry import reached
from yangcheng_ec.deadlines.choices import BY_HAND, DeliveryState
from yangcheng_ec.deadlines.models import Delivery
from yangcheng_ec.record.models import CaseHead

__all__ = ["callouts_reach", "callouts_rung"]

BATCH = 500
COLUMNS = {
    CalloutRung.SENT: "sent_at",
    CalloutRung.DELIVERED: "delivered_at",
    CalloutRung.LEADER: "leader_at",
    CalloutRung.MEASURES: "measures_at",
}


def callouts_reach() -> int:
    """Note what the outbox has sent and what has arrived since the last sweep; return of how many call-outs.

    One read when nothing has. Delivered: the channel says so, somebody was spoken to, or the notice was opened.
    """
    found = list(_moved().values_list("pk", "cause__head_id")[:BATCH])
    return _reach([pk for pk, _ in found], {head_id for _, head_id in found}) if found else 0


def _moved() -> QuerySet[Callout]:
    told = CalloutNotice.objects.filter(callout=OuterRef("pk"))
    gone = told.filter(notice__deliveries__sent_at__isnull=False)
    waiting = Callout.objects.filter(state=CalloutState.OPEN, delivered_at__isnull=True)
    return waiting.filter(Exists(told.filter(_arrived("notice__"))) | Q(sent_at__isnull=True) & Exists(gone))


def _arrived(prefix: str) -> Q:
    """Return the condition that a notice has arrived."""
    by_hand = {f"{prefix}deliveries__channel__in": BY_HAND, f"{prefix}deliveries__state": DeliveryState.SENT}
    return Q(**{f"{prefix}opened_at__isnull": False}) | Q(**by_hand)


@transaction.atomic
def _reach(ids: Sequence[int], head_ids: set[int]) -> int:
    heads = CaseHead.objects.filter(pk__in=head_ids).order_by("pk").select_for_update(skip_locked=True)
    wanted = Callout.objects.filter(
        pk__in=ids, cause__head__in=list(heads.values_list("pk", flat=True)), state=CalloutState.OPEN
    )
    rows = list(wanted.select_related("cause"))
    sent, arrived = _times([row.pk for row in rows])
    for row in rows:
        row.sent_at = row.sent_at or sent.get(row.pk) or arrived.get(row.pk)
        row.delivered_at = row.delivered_at or arrived.get(row.pk)
    bulk_update(rows, ["sent_at", "delivered_at"])
    reached(rows)
    return len(rows)


def _times(ids: Sequence[int]) -> tuple[dict[int, datetime], dict[int, datetime]]:
    """Return when each call-out was first sent, and when it first arrived."""
    told = CalloutNotice.objects.filter(callout__in=ids).order_by("callout")
    sent = told.values_list("callout").annotate(at=Min("notice__deliveries__sent_at"))
    opened = told.values_list("callout").annotate(at=Min("notice__opened_at"))
    calls = Delivery.objects.filter(notice__asks__callout__in=ids, channel__in=BY_HAND, state=DeliveryState.SENT)
    spoken = calls.order_by("notice__asks__callout").values_list("notice__asks__callout").annotate(at=Min("sent_at"))
    arrived: dict[int, datetime] = {}
    for pk, at in [*opened, *spoken]:
        if at is not None:
            arrived[pk] = min(at, arrived.get(pk, at))
    return {pk: at for pk, at in sent if at is not None}, arrived


def callouts_rung(
    *, subject: tuple[str, int], kinds: Sequence[str], unit_code: str, rung: CalloutRung, at: datetime, name: str = ""
) -> int:
    """Note that a unit has reached a rung on its subject's own page; once, the head locked. Return how many changed."""
    column = COLUMNS[rung]
    rows = Callout.objects.filter(
        cause__subject_type=subject[0], cause__subject_id=subject[1], cause__kind__in=list(kinds), unit_code=unit_code
    )
    changes = {column: at} | ({"leader_name": name} if rung == CalloutRung.LEADER else {})
    return rows.filter(**{f"{column}__isnull": True}).update(**changes)
