"""Who is told what about a warning, through the outbox (comms 3.4: 电话、电子邮件、传真等方式)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.urls import reverse

from directory.audience import recipient_of, unit_recipients
from directory.models import Unit
from directory.rules import approver_kinds, holders
from early_warning.choices import Publicity
from early_warning.models import EarlyWarning
from early_warning.rules import level_label
from yangcheng_ec.deadlines.registry import Recipient
from yangcheng_ec.deadlines.services import Message, notice_queue

__all__ = ["tell_holders", "tell_people", "tell_units", "tell_user", "units_message"]


def tell_holders(warning: EarlyWarning, act: str, event: str, title: str, clause: str) -> None:
    """Tell everyone whose post may do the act now, and put them on the call sheet: a decision waits for them."""
    kinds = approver_kinds(warning.plan_version, act)[0]
    recipients = [recipient_of(row) for row in holders(warning.plan_version, kinds)]
    message = _message(warning, event, title, clause, call=True)
    notice_queue(head=warning.head, message=message, recipients=recipients)


def tell_user(warning: EarlyWarning, user: Any, event: str, title: str, clause: str) -> None:
    """Tell one person in the inbox and by e-mail."""
    if user is None:
        return
    recipient = Recipient(key=f"user:{user.pk}", label=user.display_name, user_id=user.pk, email=user.email)
    notice_queue(head=warning.head, message=_message(warning, event, title, clause), recipients=[recipient])


def tell_people(warning: EarlyWarning, people: Sequence[Recipient], event: str, title: str, clause: str) -> None:
    """Tell these people once per ``event``, urgently, in the inbox and by mail; the office's own reminders."""
    message = replace(_message(warning, event, title, clause), urgent=True)
    notice_queue(head=warning.head, message=message, recipients=people)


def units_message(warning: EarlyWarning, event: str, title: str, words: str, clause: str) -> Message:
    """Return what units are told. A confidential warning's words stay inside the system."""
    if warning.publicity == Publicity.CONFIDENTIAL:
        title = f"{title.partition('：')[0]}：{warning.number}（按保密要求管理）"
        words = "内容按保密要求管理，请登录系统查看，或以保密方式向指挥部办公室查询。"
    return _message(warning, event, title, clause, call=True, words=words)


def tell_units(warning: EarlyWarning, units: Sequence[Unit], event: str, title: str, words: str, clause: str) -> None:
    """Tell units by inbox, e-mail and telephone."""
    found = unit_recipients(units, warning.plan_version_id)
    recipients = [one for unit in units for one in found.get(unit.pk, [])]
    notice_queue(
        head=warning.head, message=units_message(warning, event, title, words, clause), recipients=recipients
    )  # fmt: skip


def _message(
    warning: EarlyWarning, event: str, title: str, clause: str, *, call: bool = False, words: str = ""
) -> Message:
    office = warning.plan_version.office_name
    return Message(
        kind=f"warning.{event.partition('#')[0]}",
        title=title,
        dedupe=f"warning:{warning.pk}:{event}:{warning.version}",
        body=words or f"{level_label(warning.level)}：{warning.title}",
        script=f"{office}通知：{title}。{words}编号{warning.number}。收到请复述，并报您的姓名。",
        url=reverse("warning", args=[warning.number]),
        clause=clause,
        urgent=call,
        call=call,
        drill=warning.drill,
        subject=("warning", warning.pk),
    )
