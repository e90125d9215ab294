"""Keeping the channels: a switch for each, the order in which they are used, and dead letters sent again."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import database_now
from yangcheng_ec.deadlines.channels import DRILL
from yangcheng_ec.deadlines.choices import BY_MACHINE, Channel, DeliveryState
from yangcheng_ec.deadlines.models import ChannelOrder, ChannelState, Delivery
from yangcheng_ec.errors import BadInput, NotVisible, StaleVersion, WrongState
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line, head_named, record_append
from yangcheng_ec.text import clean_text

__all__ = ["CHANNELS_HEAD", "channel_order_set", "channel_switch", "deliveries_resend", "delivery_resend"]

CHANNELS_HEAD = "channels"
REASON_LIMIT, LABEL_LIMIT = 300, 200
SWITCHED = (*BY_MACHINE, DRILL)


@transaction.atomic
def channel_switch(*, channel: str, enabled: bool, reason: str, version: int, actor: Actor) -> ChannelState:
    """Switch a channel off or on, with the reason; what is queued waits meanwhile, urgent notices are telephoned.

    ``channel`` may be ``drill``: off confines drill notices to the inboxes. ``version`` is the one the page showed, 0
    where there was no row. Raises BadInput (no reason, unknown), WrongState (it is so already), StaleVersion.
    """
    if channel not in SWITCHED:
        raise NotVisible()
    words = clean_text(reason).strip()
    if not words or len(words) > REASON_LIMIT:
        text = f"请写明理由，最多 {REASON_LIMIT} 个字。"
        raise BadInput(text, fields={"reason": [text]})
    head = head_named(CHANNELS_HEAD)
    row, made = ChannelState.objects.select_for_update().get_or_create(channel=channel)
    if not made and version != row.version:
        raise StaleVersion()
    if row.enabled == enabled:
        raise WrongState(f"{_name(channel)}已经是「{'开' if enabled else '关'}」。")
    row.enabled, row.reason, row.version = enabled, words, row.version + 1
    row.changed_by, row.changed_at = f"{actor.post} {actor.name}".strip()[:260], database_now()
    if enabled:
        row.failures, row.rest_until, row.error = 0, None, ""
    row.save()
    text = f"{'打开' if enabled else '关闭'}{_name(channel)}。理由：{words}"
    _say(head, "channel.switched", text, actor, channel=channel, enabled=enabled)
    return row


def _name(channel: str) -> str:
    return "演练通知外发" if channel == DRILL else f"渠道「{Channel(channel).label}」"


def _say(head: CaseHead, event: str, text: str, actor: Actor, **data: object) -> None:
    record_append(head, Line(event, f"{text}（非预案规定）", actor=actor, data=data))


@transaction.atomic
def channel_order_set(
    *, kind: str, recipient_key: str, label: str, channels: Sequence[str], actor: Actor
) -> ChannelOrder | None:
    """Set in which order an addressee, or everybody, is reached for a kind of notice; no channels: the default again.

    Raises BadInput (unknown or doubled channels, over-long names).
    """
    unknown = [name for name in channels if name not in Channel.values]
    if unknown or len(set(channels)) != len(channels):
        text = "渠道顺序里有不认识的或重复的渠道。"
        raise BadInput(text, fields={"channels": [text]})
    head = head_named(CHANNELS_HEAD)
    whom = label or "全部对象"
    if not channels:
        ChannelOrder.objects.filter(kind=kind, recipient_key=recipient_key).delete()
        _say(head, "channel.order", f"{whom}的渠道顺序恢复默认", actor, kind=kind, recipient=recipient_key)
        return None
    by = f"{actor.post} {actor.name}".strip()[:260]
    values = {"label": label[:LABEL_LIMIT], "channels": list(channels), "changed_by": by, "changed_at": database_now()}
    row, _ = ChannelOrder.objects.update_or_create(kind=kind, recipient_key=recipient_key, defaults=values)
    names = "、".join(str(Channel(name).label) for name in channels)
    _say(head, "channel.order", f"{whom}的渠道顺序定为：{names}", actor, kind=kind, recipient=recipient_key)
    return row


@transaction.atomic
def delivery_resend(*, delivery_id: int, actor: Actor) -> Delivery:
    """Queue a dead letter again, from its first try, under the same key. Raises NotVisible, WrongState."""
    head = head_named(CHANNELS_HEAD)
    row = Delivery.objects.select_for_update().select_related("notice").filter(pk=delivery_id).first()
    if row is None or row.channel not in BY_MACHINE:
        raise NotVisible()
    if row.state != DeliveryState.GIVEN_UP:
        raise WrongState(f"这一条现在是「{row.get_state_display()}」，不需要重发。")
    _queue_again([row.pk])
    text = f"重发{Channel(row.channel).label}：{row.notice.recipient_label}，{row.notice.title}"
    _say(head, "delivery.resent", text, actor, delivery=row.pk)
    row.refresh_from_db()
    return row


@transaction.atomic
def deliveries_resend(*, channel: str, actor: Actor) -> int:
    """Queue all dead letters of a channel again; return how many. Raises NotVisible, WrongState when there are none."""
    if channel not in BY_MACHINE:
        raise NotVisible()
    head = head_named(CHANNELS_HEAD)
    dead = Delivery.objects.select_for_update().filter(channel=channel, state=DeliveryState.GIVEN_UP)
    ids = list(dead.values_list("pk", flat=True))
    if not ids:
        raise WrongState("没有需要重发的。")
    _queue_again(ids)
    _say(head, "delivery.resent", f"重发{Channel(channel).label}全部{len(ids)}条", actor, deliveries=ids[:1000])
    return len(ids)


def _queue_again(ids: Sequence[int]) -> None:
    Delivery.objects.filter(pk__in=ids).update(
        state=DeliveryState.QUEUED, attempts=0, next_try_at=database_now(), leased_until=None, lease=None, error=""
    )
