"""Urgent notices that no machine gets out: after a while a person has to call."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from yangcheng_ec.clock import database_now
from yangcheng_ec.deadlines.channels.ways import Way
from yangcheng_ec.deadlines.choices import BY_HAND, BY_MACHINE, Channel, DeliveryState
from yangcheng_ec.deadlines.models import Delivery, Notice
from yangcheng_ec.deadlines.services.notices import deliveries_add
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line, record_append_many

__all__ = ["CALL_INSTEAD_AFTER", "calls_instead"]

# How long an urgent notice may wait for a machine before a person calls (「非预案规定」).
CALL_INSTEAD_AFTER = timedelta(minutes=5)
AT_ONCE = 200


def calls_instead() -> int:
    """Put urgent notices that wait in vain on the call sheet; return how many. One read when there are none.

    They stay queued as well: nothing is lost when the channel comes back. What the call-out looks after is left to it.
    """
    now = database_now()
    waiting = list(_in_vain(now).values_list("pk", flat=True)[:AT_ONCE])
    return _call(waiting, now) if waiting else 0


def _in_vain(now: datetime) -> QuerySet[Notice]:
    others = Delivery.objects.filter(notice=OuterRef("notice"))
    sent = others.filter(channel__in=BY_MACHINE, state=DeliveryState.SENT)
    stuck = Delivery.objects.filter(
        ~Exists(sent),
        ~Exists(others.filter(channel__in=BY_HAND)),
        channel__in=BY_MACHINE,
        state=DeliveryState.QUEUED,
        next_try_at__gt=now - timedelta(days=7),
        notice__urgent=True,
        notice__confirm=False,
        notice__settled_at__isnull=True,
        notice__created_at__lte=now - CALL_INSTEAD_AFTER,
    )
    return Notice.objects.filter(pk__in=stuck.values("notice")).order_by("pk")


@transaction.atomic
def _call(ids: Sequence[int], now: datetime) -> int:
    """Look again under the cases' locks, then write the calls and a line in each case."""
    heads = {pk for pk in Notice.objects.filter(pk__in=ids).values_list("head", flat=True) if pk}
    locked = CaseHead.objects.filter(pk__in=heads).order_by("pk").select_for_update(skip_locked=True).in_bulk()
    notices = [
        notice
        for notice in _in_vain(now).filter(pk__in=ids).select_related("recipient")
        if notice.head_id is None or notice.head_id in locked
    ]
    added = deliveries_add([(one.pk, Way(Channel.PHONE, getattr(one.recipient, "mobile", ""))) for one in notices], now)
    lines = [(locked[one.head_id], _line(one)) for one in notices if one.head_id is not None]
    if lines:
        record_append_many(sorted(lines, key=lambda pair: pair[0].pk), now=now, ends=locked)
    return added


def _line(notice: Notice) -> Line:
    waited = f"紧急通知等了{CALL_INSTEAD_AFTER.seconds // 60}分钟没有渠道送出，转电话叫应"
    text = f"{waited}：{notice.recipient_label}，{notice.title}"
    return Line("notice.called_instead", text, clause=notice.clause, subject=("notice", notice.pk))
