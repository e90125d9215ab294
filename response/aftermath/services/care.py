"""Aftercare: subsidies, compensation, goods taken, settlement, clearing up; in yuan, and who pays (F2, F4)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from directory.choices import AftercareKind, PayerKind
from directory.models import PlanVersion, Unit
from directory.selectors.units import term_units
from incidents.models import Incident
from response.aftermath.choices import CARE_OPEN, CareState
from response.aftermath.models import AftercareItem
from response.aftermath.rules import care_kinds, payers, state_of_case
from response.aftermath.services.common import (
    begin,
    cleaned,
    office_actor,
    row_begun,
    row_lock,
    row_write,
    time_done,
    yuan,
)
from response.services.common import state_in
from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import database_now
from yangcheng_ec.errors import BadInput
from yangcheng_ec.idempotency import fingerprint_of, once
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line

__all__ = ["Care", "Payer", "care_add", "care_agree", "care_drop", "care_settle"]


@dataclass(frozen=True)
class Care:
    """An item as typed. ``receipt``: the paper given for requisitioned goods, which they never go without."""

    kind: str
    title: str
    beneficiary: str
    detail: str = ""
    quantity: str = ""
    receipt: str = ""
    unit: Unit | None = None
    asked: Decimal | None = None


@dataclass(frozen=True)
class Payer:
    """Who bears a cost: by the plan's clause; the operator that is meant, or who else, by name."""

    kind: str
    unit: Unit | None = None
    text: str = ""


@transaction.atomic
def care_add(*, incident_id: int, user: Any, care: Care, key: str = "") -> AftercareItem:
    """Enter an item of aftercare (cyber 5.2; comms 5.1), once per key; goods taken need their receipt at once.

    Holds: the office; the response runs or has ended. Raises NotVisible, Forbidden, WrongState, BadInput with fields.
    """
    sent = {item.name: str(getattr(care, item.name)) for item in fields(care)}
    pk, _made = once(
        user=user, scope="aftercare.add", key=key, fingerprint=fingerprint_of({"incident": incident_id, **sent}),
        act=lambda: str(_add(incident_id, user, care).pk),
    )  # fmt: skip
    return AftercareItem.objects.get(pk=pk)


def _add(incident_id: int, user: Any, care: Care) -> AftercareItem:
    incident, head, actor = begin(incident_id, user=user)
    state_of_case(incident, "begin", "登记善后事项")
    if care.kind not in AftercareKind.values:
        raise BadInput("请选择善后类别。", fields={"kind": ["请选择善后类别。"]})
    rests = care_kinds(incident.plan_version)[care.kind]
    receipt = cleaned(care.receipt, "receipt", limit=120)
    if care.kind == AftercareKind.REQUISITION and not receipt:
        words = "征用物资须有征用凭证，请写明凭证编号。"
        raise BadInput(words, fields={"receipt": [words]}, clause=rests.label)
    item = AftercareItem(
        incident=incident, kind=care.kind, title=cleaned(care.title, "title", "请写明事项。", limit=120),
        beneficiary=cleaned(care.beneficiary, "beneficiary", "请写明给谁。", limit=120),
        detail=cleaned(care.detail, "detail"), quantity=cleaned(care.quantity, "quantity", limit=60), receipt=receipt,
        unit=care.unit, asked=yuan(care.asked, "asked"), clause=rests.label, non_plan=rests.non_plan, created_by=user,
        created_post=actor.post, created_at=database_now(),
    )  # fmt: skip
    money = f"，申报{item.asked}元" if item.asked is not None else ""
    given = f"，征用凭证：{receipt}" if receipt else ""
    words = f"登记善后事项「{item}」，对象：{item.beneficiary}{money}{given}"
    row_write(head, item, _line("added", words, actor, item), new=True)
    return item


@transaction.atomic
def care_agree(*, item_id: int, version: int, user: Any, amount: Decimal | None, payer: Payer) -> AftercareItem:
    """Settle how much is paid and who bears it (cyber 6.6; comms 6.6); again while it is not paid.

    Raises NotVisible, Forbidden, StaleVersion, WrongState, BadInput: no amount, a payer the plan does not name
    without a name, an operator that is none of the plan's.
    """
    incident, head, item, actor = _opened(item_id, version, user, "不能核定")
    item.agreed = yuan(amount, "agreed", needed="请填写核定金额，不发生费用的填 0。")
    _pay(incident, item, payer)
    item.state = CareState.AGREED
    words = f"核定善后事项「{item}」{item.agreed}元，由{item.payer_label}承担"
    row_write(head, item, _line("agreed", words, actor, item, clause=item.payer_clause or item.clause))
    return item


@transaction.atomic
def care_settle(
    *, item_id: int, version: int, user: Any, proof: str, settled_at: datetime | None = None
) -> AftercareItem:
    """Record that an item was paid, or done, with its paper. Raises as ``care_agree``: it was agreed before."""
    incident, head, item, actor = _opened(item_id, version, user, "不能办结")
    state_in(item, [CareState.AGREED], "请先核定金额和承担单位", item.clause)
    item.proof = cleaned(proof, "proof", "请写明凭证（付款单号、收条、验收单等）。", limit=200)
    item.settled_at, late = time_done(settled_at, "settled_at", "办结时间", incident.known_at)
    item.state = CareState.SETTLED
    words = f"善后事项「{item}」办结，{item.agreed}元，由{item.payer_label}承担，凭证：{item.proof}"
    row_write(head, item, _line("settled", words, actor, item, done_at=item.settled_at, late_entry=late))
    return item


@transaction.atomic
def care_drop(*, item_id: int, version: int, user: Any, reason: str) -> AftercareItem:
    """Give an item up with a reason; it stays to be read. Raises as ``care_agree``."""
    _incident, head, item, actor = _opened(item_id, version, user, "不能撤销")
    item.reason = cleaned(reason, "reason", "请写明不再办理的理由。", limit=500)
    item.state = CareState.DROPPED
    row_write(head, item, _line("dropped", f"不再办理善后事项「{item}」。理由：{item.reason}", actor, item))
    return item


def _opened(item_id: int, version: int, user: Any, what: str) -> tuple[Incident, CaseHead, AftercareItem, Actor]:
    incident, head, item = row_lock(AftercareItem, item_id, user=user)
    row_begun(item, user, version)
    actor = office_actor(incident, user)
    state_of_case(incident, "go_on", "办理善后事项", item.clause)
    state_in(item, CARE_OPEN, what, item.clause)
    return incident, head, item, actor


def _pay(incident: Incident, item: AftercareItem, payer: Payer) -> None:
    """Write who pays. Raises BadInput with the field and the clause."""
    version = incident.plan_version
    named = payers(version)
    if payer.kind not in named:
        names = "、".join(str(PayerKind(kind).label) for kind in named)
        raise BadInput("请选择由谁承担。", fields={"payer": [f"本预案可选：{names}。"]})
    rests, text = named[payer.kind], cleaned(payer.text, "payer_text", limit=120)
    _check_payer(version, payer, text, rests.label)
    item.payer, item.payer_unit, item.payer_text, item.payer_clause = payer.kind, payer.unit, text, rests.label


def _check_payer(version: PlanVersion, payer: Payer, text: str, clause: str) -> None:
    if payer.kind == PayerKind.OPERATOR:
        operators = term_units(version)
        if payer.unit not in operators:
            words = "请选择承担费用的基础电信运营企业：" + "、".join(unit.name for unit in operators) + "。"
            raise BadInput(words, fields={"payer_unit": [words]}, clause=clause)
    elif payer.kind == PayerKind.OTHER and payer.unit is None and not text:
        words = "请写明由谁承担（预案没有列出）。"
        raise BadInput(words, fields={"payer_text": [words]})


def _line(verb: str, words: str, actor: Actor, item: AftercareItem, *, clause: str = "", **more: Any) -> Line:
    data = {"kind": item.kind, "asked": str(item.asked or ""), "agreed": str(item.agreed or ""), "payer": item.payer}
    return Line(f"aftercare.{verb}", f"{words}。", actor=actor, clause=clause or item.clause, data=data, **more)
