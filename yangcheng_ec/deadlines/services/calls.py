"""The call sheet: phone and fax deliveries that a duty officer works through, one by one."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import database_now, local_text
from yangcheng_ec.deadlines.choices import BY_HAND, CallResult, Channel, DeliveryState
from yangcheng_ec.deadlines.models import CallAttempt, Delivery, Notice
from yangcheng_ec.deadlines.services.rungs import step_acknowledge
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, WrongState
from yangcheng_ec.record.services import Line, case_lock, record_append

__all__ = ["call_record"]

RETRY_AFTER = timedelta(minutes=3)


@transaction.atomic
def call_record(
    *,
    delivery_id: int,
    actor: Actor,
    number: str,
    result: str,
    person: str = "",
    read_back: bool = False,
    note: str = "",
    called_at: datetime | None = None,
) -> CallAttempt:
    """Record one call or fax. One that reached somebody needs the person's name and closes the entry.

    A fax that went out without anybody confirming stays on the sheet. Raises BadInput (unknown result, no number, no
    name, future time), WrongState (already reached).
    """
    delivery = Delivery.objects.select_related("notice").filter(pk=delivery_id, channel__in=BY_HAND).first()
    if delivery is None:
        raise NotVisible()
    head = case_lock(delivery.notice.head_id) if delivery.notice.head_id else None
    delivery = Delivery.objects.select_for_update().select_related("notice").get(pk=delivery_id)
    now = database_now()
    called_at = called_at or now
    _check_call(delivery, number, result, person, note, called_at, now)
    called_at = min(called_at, now)
    call = CallAttempt.objects.create(
        delivery=delivery,
        caller=actor.user,
        number=number,
        result=result,
        person=person,
        read_back=read_back,
        note=note,
        called_at=called_at,
        recorded_at=now,
    )
    delivery.attempts += 1
    delivery.next_try_at = now + RETRY_AFTER
    if result == CallResult.REACHED:
        delivery.state, delivery.sent_at = DeliveryState.SENT, called_at
    delivery.save()
    if call.read_back and result == CallResult.REACHED:
        _acknowledge(delivery.notice, actor)
    if head is not None:
        verb = "传真" if delivery.channel == Channel.FAX else "电话叫应"
        text = f"{verb}{delivery.notice.recipient_label}（{number}）：{CallResult(result).label}"
        text += f"，接听人{person}" if person else ""
        text += "，已复诵" if read_back else ""
        line = Line(
            "call.made",
            text + f"，{local_text(called_at)}。",
            actor=actor,
            clause=delivery.notice.clause,
            subject=("notice", delivery.notice_id),
            done_at=called_at,
            late_entry=now - called_at > timedelta(minutes=5),
        )
        record_append(head, line, now=now)
    return call


def _acknowledge(notice: Notice, actor: Actor) -> None:
    """Who was told of an escalation on the phone and read it back has acknowledged it, where it is theirs to do."""
    step = notice.step
    if step is None or notice.recipient is None or not step.wants_acknowledging:
        return
    try:
        step_acknowledge(step_id=step.pk, user=notice.recipient, noted_by=actor)
    except Forbidden:
        return


def _check_call(
    delivery: Delivery, number: str, result: str, person: str, note: str, called_at: datetime, now: datetime
) -> None:
    if delivery.state == DeliveryState.SENT:
        raise WrongState("这一条已经通知到人，不需要再打。")
    if delivery.state == DeliveryState.SETTLED:
        raise WrongState("这件事已经办结，不需要再打。")
    problems: dict[str, list[str]] = {}
    if result not in CallResult.values or (result == CallResult.FAXED and delivery.channel != Channel.FAX):
        problems["result"] = ["请选择通话结果。"]
    if not number.strip():
        problems["number"] = ["请填写拨打的号码。"]
    if result == CallResult.REACHED and not person.strip():
        problems["person"] = ["已通知到人的，请填写接听人姓名。"]
    for name, value, limit in (("number", number, 60), ("person", person, 60), ("note", note, 300)):
        if len(value) > limit:
            problems[name] = [f"最多 {limit} 个字符，现有 {len(value)} 个。"]
    if called_at > now + timedelta(minutes=1):
        problems["called_at"] = ["通话时间不能晚于现在。"]
    if problems:
        raise BadInput("通话记录没有保存，请补全。", fields=problems)
