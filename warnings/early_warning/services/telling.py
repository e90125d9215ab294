"""Who is told what about a warning, through the outbox (comms 3.4: 电话、电子邮件、传真等方式)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.urls import reverse

from directory.audience import person_recipient, recipient_of
from directory.choices import Act
from directory.models import Clause, Unit
from directory.rules import act_rule, approver_kinds, holders
from early_warning.choices import Publicity
from early_warning.models import EarlyWarning
from early_warning.rules import level_label
from yangcheng_ec.callout.registry import Target
from yangcheng_ec.callout.services import callouts_start
from yangcheng_ec.deadlines.registry import Recipient
from yangcheng_ec.deadlines.services import Message, notice_queue

__all__ = ["PUBLISHED_NOTICE", "tell_holders", "tell_people", "tell_units", "tell_user", "units_message"]

PUBLISHED_NOTICE = "warning.published"
# The words by which a plan names the telephone as its means of notifying.
BY_TELEPHONE = "通过电话"


def tell_holders(warning: EarlyWarning, act: str, event: str, title: str, clause: str) -> None:
    """Call out everyone whose post may do the act now, by telephone at once: a decision waits for them."""
    kinds = approver_kinds(warning.plan_version, act)[0]
    people = {row.key: row for row in (recipient_of(row) for row in holders(warning.plan_version, kinds))}
    message = _message(warning, event, title, clause, call=True)
    _call_out(warning, message, [Target.of_person(person) for person in people.values()], wants_measures=False)


def tell_user(warning: EarlyWarning, user: Any, event: str, title: str, clause: str) -> None:
    """Tell one person in the inbox and by e-mail; nothing is asked of them."""
    if user is None:
        return
    message = replace(_message(warning, event, title, clause), confirm=False, urgent=False)
    notice_queue(head=warning.head, message=message, recipients=[person_recipient(user)])


def tell_units(warning: EarlyWarning, units: Sequence[Unit], event: str, title: str, words: str, clause: str) -> None:
    """Call out units: their duty posts confirm, or the ladder goes on to the next channel, person and the call sheet.

    What is published asks for measures, too; what is adjusted or lifted for a confirmation only. A confidential
    warning's words stay inside the system.
    """
    targets = [Target.of_unit(unit.code, str(unit)) for unit in units]
    message = units_message(warning, event, title, words, clause)
    _call_out(warning, message, targets, wants_measures=event == "published")


def units_message(warning: EarlyWarning, event: str, title: str, words: str, clause: str) -> Message:
    """Return what units are told, also for the preview before signing. A confidential warning's words stay inside."""
    if warning.publicity == Publicity.CONFIDENTIAL:
        title = f"{title.partition('：')[0]}：{warning.number}（按保密要求管理）"
        words = "内容按保密要求管理，请登录系统查看，或以保密方式向指挥部办公室查询。"
    called = event == "published" and _telephoned(warning)
    return _message(warning, event, title, clause, words=words, call=called)


def tell_people(warning: EarlyWarning, people: Sequence[Recipient], event: str, title: str, clause: str) -> None:
    """Tell these people once per ``event``, urgently, in the inbox and outside; nothing is asked of them."""
    message = replace(_message(warning, event, title, clause), confirm=False)
    notice_queue(head=warning.head, message=message, recipients=people)


def _telephoned(warning: EarlyWarning) -> bool:
    """通过电话、电子邮件、传真等方式通知到所有相关重点单位和人员（通信预案 3.4）：预案写明的电话不等叫应规则。"""
    rule = act_rule(warning.plan_version, Act.PUBLISH_WARNING)
    clauses = Clause.objects.filter(version=warning.plan_version, ref=rule.clause if rule else "")
    return any(BY_TELEPHONE in clause.text for clause in clauses)


def _call_out(warning: EarlyWarning, message: Message, targets: Sequence[Target], wants_measures: bool) -> None:
    published = message.kind == PUBLISHED_NOTICE
    callouts_start(
        head=warning.head,
        message=message,
        targets=targets,
        plan_version_id=warning.plan_version_id,
        wants_measures=wants_measures,
        at=warning.published_at if published else None,
    )


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
        urgent=True,
        call=call,
        drill=warning.drill,
        subject=("warning", warning.pk),
        confirm=True,
        level=warning.level.ordinal,
    )
