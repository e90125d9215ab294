"""What the office does with the outbox: switch a channel, send dead letters again, set how somebody is reached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time
from typing import Any

from django.conf import settings
from django.db import transaction

from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import database_now
from yangcheng_ec.deadlines.channels import DRILLS, book_forget
from yangcheng_ec.deadlines.choices import BY_HAND, BY_MACHINE, NOTICE_KINDS, Channel, DeliveryState
from yangcheng_ec.deadlines.models import ChannelRule, Delivery, Switch
from yangcheng_ec.errors import BadInput, NotVisible, StaleVersion, WrongState
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line, head_named, record_append

__all__ = ["RuleEntry", "letters_drop", "letters_resend", "rule_remove", "rule_set", "switch_set"]

REASON_LIMIT = 300
NAMED_IN_RECORD = 20


def outbox_head() -> CaseHead:
    """Return the locked head of the outbox's chain."""
    return head_named("outbox")


@transaction.atomic
def switch_set(*, name: str, on: bool, reason: str, version: int, actor: Actor) -> Switch:
    """Switch a channel by machine, or whether drills leave the inboxes; recorded with who, as which post, and why.

    What is queued on a channel that is off waits; new notices go other ways. ``version`` is the one seen, 0 where
    nobody has switched it yet. Raises NotVisible (no such switch), BadInput (no reason), StaleVersion, WrongState.
    """
    if name not in [*BY_MACHINE, DRILLS]:
        raise NotVisible()
    _check_reason(reason)
    head = outbox_head()
    row = Switch.objects.select_for_update().filter(name=name).first()
    if (row.version if row else 0) != version:
        raise StaleVersion("这个开关刚被他人拨动，请核对后再办。")
    was = row.on if row else _unswitched(name)
    if was == on:
        raise WrongState(f"{_switch_label(name)}已经{_switch_word(name, on)}。")
    row = row or Switch(name=name, version=0)
    row.on, row.reason, row.version = on, reason, version + 1
    row.switched_by, row.switched_at = _by(actor), database_now()
    row.full_clean()
    row.save()
    text = f"{_switch_label(name)}：{_switch_word(name, on)}。原因：{reason}"
    record_append(head, Line("outbox.switched", text, actor=actor, data={"switch": name, "on": on}))
    transaction.on_commit(book_forget)
    return row


def _unswitched(name: str) -> bool:
    return not settings.DRILL_INBOX_ONLY if name == DRILLS else True


def _switch_label(name: str) -> str:
    return "演练通知" if name == DRILLS else str(Channel(name).label)


def _switch_word(name: str, on: bool) -> str:
    if name == DRILLS:
        return "可以发到外部渠道" if on else "只进收件箱"
    return "启用" if on else "停用"


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise BadInput("没有办理。", fields={"reason": ["请写明原因，它会记入记录。"]})
    if len(reason) > REASON_LIMIT:
        raise BadInput("没有办理。", fields={"reason": [f"最多 {REASON_LIMIT} 个字，现有 {len(reason)} 个。"]})


def _by(actor: Actor) -> str:
    return f"{actor.name}（{actor.post}）"[:260] if actor.post else actor.name


def letters_resend(*, actor: Actor, ids: Sequence[int] = (), channel: str = "") -> int:
    """Queue dead letters again, the ones named or all of a channel, with the keys they had; return how many.

    Recorded. Raises BadInput (nothing chosen), WrongState (none of them is dead any more).
    """
    now = database_now()
    facts = {"state": DeliveryState.QUEUED, "next_try_at": now, "leased_until": None, "begun_at": None}
    return _letters(actor, ids, channel, "outbox.resent", "重新投递", facts)


def letters_drop(*, actor: Actor, ids: Sequence[int] = (), channel: str = "", reason: str = "") -> int:
    """Set dead letters aside for good: told another way, or no longer needed; return how many. Recorded, with why.

    Raises BadInput (nothing chosen, no reason), WrongState (none of them is dead any more).
    """
    _check_reason(reason)
    facts = {"state": DeliveryState.SETTLED}
    return _letters(actor, ids, channel, "outbox.dropped", f"不再投递（{reason}）", facts)


@transaction.atomic
def _letters(actor: Actor, ids: Sequence[int], channel: str, kind: str, verb: str, facts: dict[str, Any]) -> int:
    if not ids and channel not in BY_MACHINE:
        raise BadInput("没有办理。", fields={"letters": ["请先勾选要办的信件。"]})
    head = outbox_head()
    dead = Delivery.objects.filter(state=DeliveryState.GIVEN_UP)
    dead = dead.filter(pk__in=list(ids)) if ids else dead.filter(channel=channel)
    rows = list(dead.select_for_update(of=("self",)).select_related("notice").order_by("pk"))
    if not rows:
        raise WrongState("这些信件已经有人处理过了。")
    Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(**facts)
    named = "、".join(dict.fromkeys(row.notice.recipient_label for row in rows[:NAMED_IN_RECORD]))
    more = "等" if len(rows) > NAMED_IN_RECORD else ""
    channels = "、".join(dict.fromkeys(str(Channel(row.channel).label) for row in rows))
    text = f"{verb}：{channels}共{len(rows)}件，{named}{more}"
    record_append(head, Line(kind, text, actor=actor, data={"deliveries": [row.pk for row in rows]}))
    return len(rows)


@dataclass(frozen=True)
class RuleEntry:
    """How an addressee is reached for a kind of notice; empty ``channels`` and ``robots`` leave it to wider rules."""

    addressee: str = ""
    label: str = ""
    kind: str = ""
    channels: tuple[str, ...] = ()
    robots: tuple[str, ...] = ()
    quiet_from: time | None = None
    quiet_to: time | None = None


@transaction.atomic
def rule_set(*, entry: RuleEntry, version: int, actor: Actor) -> ChannelRule:
    """Set how an addressee is reached (「非预案规定」); a rule for the same addressee and kind is replaced. Recorded.

    ``version`` is the one seen, 0 for a new rule. Raises BadInput, StaleVersion.
    """
    _check_entry(entry)
    head = outbox_head()
    row = ChannelRule.objects.select_for_update().filter(addressee=entry.addressee, kind=entry.kind).first()
    if (row.version if row else 0) != version:
        raise StaleVersion("这条渠道规则刚被他人改过，请核对后再提交。")
    was = _rule_words(row) if row else "（默认）"
    row = row or ChannelRule(addressee=entry.addressee, kind=entry.kind, version=0)
    row.label, row.channels, row.robots = entry.label, list(entry.channels), list(entry.robots)
    row.quiet_from, row.quiet_to = entry.quiet_from, entry.quiet_to
    row.version, row.updated_at, row.updated_by = version + 1, database_now(), _by(actor)
    row.full_clean()
    row.save()
    text = f"通知渠道：{entry.label or '全部收件人'}{_of_kind(entry.kind)}，{was} → {_rule_words(row)}"
    record_append(head, Line("outbox.rule", text, actor=actor, data={"addressee": entry.addressee, "kind": entry.kind}))
    transaction.on_commit(book_forget)
    return row


@transaction.atomic
def rule_remove(*, rule_id: int, version: int, actor: Actor) -> None:
    """Remove a rule: what is wider counts again. Recorded. Raises NotVisible, StaleVersion."""
    head = outbox_head()
    row = ChannelRule.objects.select_for_update().filter(pk=rule_id).first()
    if row is None:
        raise NotVisible()
    if row.version != version:
        raise StaleVersion("这条渠道规则刚被他人改过，请核对后再提交。")
    text = f"通知渠道：{row.label or '全部收件人'}{_of_kind(row.kind)}，{_rule_words(row)} → （默认）"
    row.delete()
    record_append(head, Line("outbox.rule", text, actor=actor, data={"addressee": row.addressee, "kind": row.kind}))
    transaction.on_commit(book_forget)


def _of_kind(kind: str) -> str:
    return f"的「{NOTICE_KINDS.get(kind, kind)}」通知" if kind else ""


def _rule_words(row: ChannelRule) -> str:
    parts = ["、".join(str(Channel(name).label) for name in row.channels)]
    parts.append(f"机器人{'、'.join(row.robots)}" if row.robots else "")
    parts.append(f"免打扰{row.quiet_from:%H:%M}至{row.quiet_to:%H:%M}" if row.quiet_from and row.quiet_to else "")
    return "；".join(part for part in parts if part) or "（未规定）"


def _check_entry(entry: RuleEntry) -> None:
    problems: dict[str, list[str]] = {}
    if len(set(entry.channels)) < len(entry.channels):
        problems["channels"] = ["同一渠道只能出现一次。"]
    if set(entry.channels) - {*BY_MACHINE, *BY_HAND}:
        problems["channels"] = ["没有这种渠道。"]
    if unknown := set(entry.robots) - set(settings.ROBOTS):
        problems["robots"] = [f"设置中没有机器人：{'、'.join(sorted(unknown))}。"]
    if (entry.quiet_from is None) != (entry.quiet_to is None):
        problems["quiet_to"] = ["免打扰时段的起止要都写，或都不写。"]
    elif entry.quiet_from is not None and entry.quiet_from == entry.quiet_to:
        problems["quiet_to"] = ["免打扰时段的起止不能相同。"]
    if not (entry.channels or entry.robots or entry.quiet_from or problems):
        problems["channels"] = ["至少规定一项：渠道顺序、机器人或免打扰时段。"]
    if problems:
        raise BadInput("没有保存。", fields=problems)
