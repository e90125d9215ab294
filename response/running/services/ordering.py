"""应急指令: given by the command, signed for by each unit, reported on (O4, O12)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from directory.audience import recipient_of
from directory.choices import Act
from directory.models import Unit, User
from directory.rules import actor_for, actor_of, actor_of_unit
from incidents.services.intake import view_grant
from response.choices import RUNNING
from response.models import CommandOrder, OrderReceipt, Response
from response.running.choices import OrderState, ReceiptState
from response.running.rules import command_actor, command_holders, order_clause
from response.running.selectors import receipts_visible_to
from response.running.services.common import happened, row_lock, serial_next, units_chosen, units_people, write
from response.services.common import check_version, message_of, people_of, required, response_lock, state_in, tell
from yangcheng_ec.actors import Actor
from yangcheng_ec.callout.choices import CalloutRung, ConfirmedHow
from yangcheng_ec.callout.models import Callout
from yangcheng_ec.callout.registry import Heard, Target
from yangcheng_ec.callout.services import Said, callouts_confirm, callouts_rung, callouts_start
from yangcheng_ec.clock import database_now, local_text
from yangcheng_ec.deadlines.services import notices_settle
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line, case_lock

__all__ = ["ORDERED", "Word", "order_acknowledge", "order_heard", "order_issue", "order_report", "order_withdraw"]

ORDERED = "response.order"
SUBJECT = "commandorder"
OFFICE = ("office_director", "office_staff", "duty_officer")


@dataclass(frozen=True)
class Word:
    """An order given by word, entered by the office: who of the command gave it, and when."""

    by: User
    at: datetime | None = None


@transaction.atomic
def order_issue(
    *, response_id: int, version: int, title: str, text: str, units: Iterable[Unit], user: Any, word: Word | None = None
) -> CommandOrder:
    """Give an order to units (comms 2.1: 「发布应急指令」; cyber 2.3: 「根据县指挥部指令」), also to units not listed.

    Holds: the response runs; commander or deputy (非预案规定: the clauses name «the command»), or the office for one
    of them who gave it by word; that person is told and may withdraw it. Writes the order, a receipt for each unit,
    their call-outs, the record. Raises NotVisible, StaleVersion, Forbidden, WrongState, BadInput.
    """
    head, response = response_lock(response_id, user=user)
    check_version(response, version)
    clause = order_clause(response.plan_version)
    state_in(response, RUNNING, "不能发布指令", clause)
    recorder, giver = _giver(response, user, word, clause)
    now = database_now()
    order = CommandOrder(
        response=response, serial=serial_next(response.orders.all()), version=0, clause=clause,
        title=required(title, "title", "请写明指令事项。", clause),
        text=required(text, "text", "请写明指令内容。", clause),
        on_word=word is not None, ordered_by=giver.user, ordered_post=giver.post, recorded_by=user, recorded_at=now,
        ordered_at=happened(word.at, "ordered_at", response.activated_at) if word else now,
    )  # fmt: skip
    chosen = units_chosen(units, "请选择接收指令的单位。", clause)
    _said(head, order, chosen, recorder, giver)
    OrderReceipt.objects.bulk_create(OrderReceipt(order=order, unit=unit) for unit in chosen)
    view_grant(response.incident, *chosen)
    _call_units(head, order, chosen)
    return order


def _giver(response: Response, user: Any, word: Word | None, clause: str) -> tuple[Actor, Actor]:
    """Return (who enters it, who gave it)."""
    if word is None:
        actor = command_actor(user, response.plan_version, "应急指令", clause)
        return actor, actor
    recorder = actor_for(user, response.plan_version, Act.OFFICE)
    row = next((row for row in command_holders(response.plan_version) if row.user_id == word.by.pk), None)
    if row is None:
        text = "下达口头指令的人现在没有担任指挥长或副指挥长。"
        raise BadInput(text, fields={"ordered_by": [text]}, clause=clause)
    return recorder, actor_of(word.by, row)


def _said(head: CaseHead, order: CommandOrder, units: list[Unit], recorder: Actor, giver: Actor) -> None:
    names = "、".join(unit.name for unit in units)
    how = f"（{giver.post}{giver.name}{local_text(order.ordered_at)}口头下达，办公室记录）" if order.on_word else ""
    words = f"发布应急指令{order.serial}「{order.title}」{how}，致{names}：{order.text}"
    line = Line("order.issued", words, actor=recorder, clause=order.clause, done_at=order.ordered_at)
    write(head, order, line)
    if order.on_word:
        _tell_giver(head, order)


def _tell_giver(head: CaseHead, order: CommandOrder) -> None:
    rows = [row for row in command_holders(order.response.plan_version) if row.user_id == order.ordered_by_id]
    title = f"办公室记录了您的口头指令{order.serial}「{order.title}」，不属实请撤回"
    tell(head, _message(order, "order_by_word", title), [recipient_of(row) for row in rows])


def _message(order: CommandOrder, kind: str, title: str, url: str = "", **more: Any) -> Any:
    response = order.response
    return message_of(
        response, kind, title, order.text, clause=order.clause,
        url=url or f"/response/{response.number}/instructions/", dedupe=f"order:{order.pk}:{kind}", **more,
    )  # fmt: skip


def _call_units(head: CaseHead, order: CommandOrder, units: list[Unit]) -> None:
    title = f"应急指令{order.serial}：{order.title}"
    level = order.response.level.ordinal
    message = _message(order, "order", title, "/response/instructions/", urgent=True, confirm=True, level=level)
    callouts_start(
        head=head, message=replace(message, subject=(SUBJECT, order.pk)),
        targets=[Target.of_unit(unit.code, unit.name) for unit in units],
        plan_version_id=order.response.plan_version_id,
    )  # fmt: skip


@transaction.atomic
def order_withdraw(*, order_id: int, version: int, reason: str, user: Any) -> CommandOrder:
    """The command takes an order back with a reason; its units are told. Raises NotVisible, Forbidden, WrongState."""
    head, order = row_lock(CommandOrder, order_id, version, user)
    response = order.response
    actor = command_actor(user, response.plan_version, "撤回应急指令", order.clause)
    state_in(order, [OrderState.ISSUED], "不能撤回", order.clause)
    order.reason = required(reason, "reason", "请写明撤回理由。", order.clause)
    order.state, order.withdrawn_at = OrderState.WITHDRAWN, database_now()
    words = f"撤回应急指令{order.serial}「{order.title}」。理由：{order.reason}"
    write(head, order, Line("order.withdrawn", words, actor=actor, clause=order.clause))
    notices_settle(subject=(SUBJECT, order.pk))
    units = [row.unit for row in order.receipts.select_related("unit")]
    message = _message(order, "order_withdrawn", words, "/response/instructions/", urgent=True)
    tell(head, message, units_people(units, response))
    return order


@transaction.atomic
def order_acknowledge(
    *, receipt_id: int, version: int, user: Any, said_by: str = "", done_at: datetime | None = None
) -> OrderReceipt:
    """Sign for an order (签收): the unit's own people, or the office for it, naming who said so (代录).

    Raises NotVisible, StaleVersion, Forbidden, WrongState, BadInput.
    """
    head, receipt = _receipt_lock(receipt_id, version, user)
    actor, said = _who(receipt, user, said_by)
    state_in(receipt, [ReceiptState.WAITING], "不能签收", receipt.order.clause)
    moment = happened(done_at, "done_at", receipt.order.ordered_at)
    _acknowledged(receipt, moment, said or actor.name, said)
    words = f"{receipt.unit.name}签收应急指令{receipt.order.serial}「{receipt.order.title}」{_by_call(said)}"
    line = Line("order.acknowledged", words, actor=actor, clause=receipt.order.clause, done_at=moment)
    write(head, receipt, line)
    callouts_confirm(
        head=head, said=Said(ConfirmedHow.TASK, person=said, done_at=done_at and moment), actor=actor,
        subject=(SUBJECT, receipt.order_id), kinds=[ORDERED], unit_code=receipt.unit.code,
    )  # fmt: skip
    notices_settle(subject=(SUBJECT, receipt.order_id), kinds=[ORDERED], unit_code=receipt.unit.code)
    return receipt


@transaction.atomic
def order_report(
    *, receipt_id: int, version: int, text: str, user: Any, said_by: str = "", done_at: datetime | None = None
) -> OrderReceipt:
    """Report how an order was carried out; the office is told. Holds: signed for; may be said again, the record keeps
    each. Raises as ``order_acknowledge``."""
    head, receipt = _receipt_lock(receipt_id, version, user)
    actor, said = _who(receipt, user, said_by)
    state_in(receipt, [ReceiptState.ACKNOWLEDGED, ReceiptState.REPORTED], "不能报告执行情况（请先签收）")
    receipt.report = required(text, "text", "请写明执行情况。", receipt.order.clause)
    receipt.reported_at = happened(done_at, "done_at", receipt.order.ordered_at)
    receipt.reported_by, receipt.state = said or actor.name, ReceiptState.REPORTED
    order = receipt.order
    words = f"{receipt.unit.name}报告应急指令{order.serial}「{order.title}」执行情况{_by_call(said)}：{receipt.report}"
    line = Line("order.reported", words, actor=actor, clause=order.clause, done_at=receipt.reported_at)
    write(head, receipt, line)
    callouts_rung(
        subject=(SUBJECT, order.pk), kinds=[ORDERED], unit_code=receipt.unit.code, rung=CalloutRung.MEASURES,
        at=receipt.reported_at,
    )  # fmt: skip
    message = message_of(
        order.response, "order_reported", words, clause=order.clause,
        url=f"/response/{order.response.number}/instructions/", dedupe=f"receipt:{receipt.pk}:{receipt.version}",
    )  # fmt: skip
    tell(head, message, people_of(order.response, OFFICE))
    return receipt


def order_heard(callout: Callout, heard: Heard) -> None:
    """Mirror a call-out confirmed elsewhere (button, link, telephone) into the order's receipt; its line stays."""
    rows = OrderReceipt.objects.filter(order_id=callout.cause.subject_id, unit__code=callout.unit_code)
    receipt = rows.filter(state=ReceiptState.WAITING).first()
    if heard.rung == CalloutRung.CONFIRMED and receipt is not None:
        _acknowledged(receipt, heard.at, heard.name, "")
        receipt.version += 1
        receipt.save()


def _acknowledged(receipt: OrderReceipt, at: datetime, by: str, said: str) -> None:
    receipt.state, receipt.acknowledged_at = ReceiptState.ACKNOWLEDGED, at
    receipt.acknowledged_by, receipt.said_by = by[:120], said


def _receipt_lock(receipt_id: int, version: int, user: Any) -> tuple[CaseHead, OrderReceipt]:
    rows = receipts_visible_to(user).filter(pk=receipt_id)
    head_id = rows.values_list("order__response__incident__head_id", flat=True).first()
    if head_id is None:
        raise NotVisible()
    head = case_lock(head_id)
    related = ("unit", "order__response__plan_version__plan", "order__response__level__version__plan")
    receipt = OrderReceipt.objects.select_related(*related).get(pk=receipt_id)
    check_version(receipt, version)
    state_in(receipt.order, [OrderState.ISSUED], "指令已撤回", receipt.order.clause)
    return head, receipt


def _who(receipt: OrderReceipt, user: Any, said_by: str) -> tuple[Actor, str]:
    try:
        return actor_of_unit(user, receipt.unit_id), ""
    except Forbidden:
        actor = actor_for(user, receipt.order.response.plan_version, Act.OFFICE)
    return actor, required(said_by, "said_by", "代录须写明是该单位何人所说。", receipt.order.clause)


def _by_call(said: str) -> str:
    return f"（代录，{said}电话告知）" if said else ""
