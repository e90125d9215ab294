"""Confirming a call-out: by button, one-time link, phone, fax receipt, or by doing what was asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction

from yangcheng_ec.actors import SYSTEM, Actor
from yangcheng_ec.callout.choices import CONFIRMABLE, CalloutRung, CalloutState, CalloutStepState, ConfirmedHow
from yangcheng_ec.callout.links import link_found
from yangcheng_ec.callout.models import Callout, CalloutLink, CalloutStep
from yangcheng_ec.callout.registry import Heard, hear
from yangcheng_ec.clock import database_now, local_text
from yangcheng_ec.deadlines.choices import BY_HAND, DeliveryState
from yangcheng_ec.deadlines.models import Delivery, Notice
from yangcheng_ec.errors import BadInput, NotVisible, WrongState
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line, case_lock, record_append_many

__all__ = [
    "Said", "callout_confirm", "callout_confirm_by_link", "callout_inform_leader", "callout_locked",
    "callouts_confirm", "end_rows",
]  # fmt: skip

NAME_LIMIT = 60
TOLERANCE = timedelta(minutes=1)
LATE_ENTRY_AFTER = timedelta(minutes=5)


@dataclass(frozen=True)
class Said:
    """A confirmation as it was given: how, by whom (the actor where no name is given), when; which leader knows."""

    how: ConfirmedHow
    person: str = ""
    leader: str = ""
    done_at: datetime | None = None


@transaction.atomic
def callout_confirm(*, callout_id: int, said: Said, actor: Actor) -> Callout:
    """Confirm a call-out: it is not called any more, and its subject's app hears of it in this transaction.

    The caller has checked who the actor is. Writes the confirmation and a record
    line, cancels the pending step, settles the notices. A handful of statements whatever was sent. Raises NotVisible,
    WrongState (confirmed before: by whom and when; its cause is over), BadInput (no name, impossible time).
    """
    head, callout = callout_locked(callout_id)
    return _confirmed(head, [callout], said, actor)[0]


@transaction.atomic
def callouts_confirm(
    *, head: CaseHead, subject: tuple[str, int], kinds: Sequence[str], unit_code: str, said: Said, actor: Actor
) -> list[Callout]:
    """Confirm what a unit was called out for because it did what was asked (signed for, confirmed on its page).

    The head is locked. Returns those confirmed now: none where there was no call-out, or it is over. The caller has
    checked the time; one before the call-out counts as its beginning.
    """
    rows = list(
        Callout.objects.filter(
            cause__subject_type=subject[0],
            cause__subject_id=subject[1],
            cause__kind__in=list(kinds),
            unit_code=unit_code,
            state__in=CONFIRMABLE,
        ).select_related("cause")
    )
    if rows and said.done_at is not None:
        said = replace(said, done_at=max(said.done_at, *(row.created_at for row in rows)))
    return _confirmed(head, rows, said, actor) if rows else []


@transaction.atomic
def callout_confirm_by_link(*, token: str, person: str, leader: str = "") -> CalloutLink:
    """Confirm with a one-time link: whoever holds it types their name, without login, for this call-out only.

    Raises NotVisible (unknown or expired, in the same words), WrongState (already confirmed: by whom and when; over),
    BadInput (no name).
    """
    link = link_found(token)
    if link is None:
        raise NotVisible()
    said = Said(ConfirmedHow.LINK, person=person, leader=leader)
    callout_confirm(callout_id=link.notice.asks.callout_id, said=said, actor=SYSTEM)
    CalloutLink.objects.filter(pk=link.pk).update(used_at=database_now())
    return link


@transaction.atomic
def callout_inform_leader(*, callout_id: int, leader: str, actor: Actor, done_at: datetime | None = None) -> Callout:
    """Note which leader of the target was informed, after the confirmation, once.

    Raises NotVisible, WrongState, BadInput.
    """
    head, callout = callout_locked(callout_id)
    now = database_now()
    problems = {} if leader.strip() else {"leader": ["请填写领导姓名或职务。"]}
    moment = _moment(Said(ConfirmedHow.SCREEN, leader=leader, done_at=done_at), callout, now, problems)
    if callout.confirmed_at is None:
        raise WrongState("请先确认收到，再记录报告领导的情况。")
    if callout.leader_at is not None:
        raise WrongState(f"已记录：{callout.leader_name}，{local_text(callout.leader_at)}。")
    line = _inform(callout, leader.strip(), "", actor, moment, now)
    callout.save(update_fields=["leader_at", "leader_name"])
    record_append_many([(head, line)], now=now, ends={head.pk: head})
    return callout


def callout_locked(callout_id: int) -> tuple[CaseHead, Callout]:
    """Lock the case of a call-out, then read the call-out as it is now. Raises NotVisible."""
    head_id = Callout.objects.filter(pk=callout_id).values_list("cause__head_id", flat=True).first()
    if head_id is None:
        raise NotVisible()
    head = case_lock(head_id)
    return head, Callout.objects.select_related("cause").get(pk=callout_id)


def _confirmed(head: CaseHead, rows: Sequence[Callout], said: Said, actor: Actor) -> list[Callout]:
    """Write the confirmation of call-outs of one case, its head locked; a handful of statements each."""
    now, lines = database_now(), []
    for callout in rows:
        _check_state(callout)
        moment = _moment(said, callout, now, _name_problems(said, actor))
        lines += _write(callout, said, actor, moment, now)
    end_rows([callout.pk for callout in rows], now)
    record_append_many([(head, line) for line in lines], now=now, ends={head.pk: head})
    return list(rows)


def _check_state(callout: Callout) -> None:
    if callout.state == CalloutState.CONFIRMED:
        raise WrongState(f"{callout.label}已由{callout.confirmed_by}于{local_text(callout.confirmed_at)}确认。")
    if callout.state not in CONFIRMABLE:
        raise WrongState("这件事已经办结，不需要再确认。")


def _name_problems(said: Said, actor: Actor) -> dict[str, list[str]]:
    problems: dict[str, list[str]] = {}
    if not said.person.strip() and (actor.user is None or said.how in (ConfirmedHow.PHONE, ConfirmedHow.FAX)):
        by_hand = "代录须写明对方接听人姓名。"
        problems["person"] = ["请填写您的姓名。" if said.how == ConfirmedHow.LINK else by_hand]
    for name, value in (("person", said.person), ("leader", said.leader)):
        if len(value.strip()) > NAME_LIMIT:
            problems[name] = [f"最多 {NAME_LIMIT} 个字符，现有 {len(value.strip())} 个。"]
    return problems


def _moment(said: Said, callout: Callout, now: datetime, problems: dict[str, list[str]]) -> datetime:
    """Return when it was confirmed. Raises BadInput: in the future, before it was sent, or the ``problems`` given."""
    moment = said.done_at or now
    if moment > now + TOLERANCE:
        problems["done_at"] = ["时间不能晚于现在。"]
    elif moment < callout.created_at.replace(second=0, microsecond=0):
        problems["done_at"] = [f"时间不能早于发出的时间（{local_text(callout.created_at)}）。"]
    if problems:
        raise BadInput("没有保存，请更正。", fields=problems)
    return min(max(moment, callout.created_at), now)


def _write(callout: Callout, said: Said, actor: Actor, moment: datetime, now: datetime) -> list[Line]:
    name = said.person.strip() or actor.name
    callout.state, callout.confirmed_at, callout.confirmed_by = CalloutState.CONFIRMED, moment, name[:120]
    callout.confirmed_how, callout.ended_at = said.how, now
    callout.ended_by, callout.reason = f"{actor.post} {actor.name}".strip()[:260], ""
    callout.sent_at = callout.sent_at or callout.created_at
    callout.delivered_at = callout.delivered_at or moment
    heard = Heard(CalloutRung.CONFIRMED, moment, name, str(said.how.label), actor)
    text = f"{callout.label}确认收到：{name}，{said.how.label}（{callout.cause.title}）。"
    lines = [hear(callout, heard) or _line(callout, "confirmed", text, actor, moment, now)]
    if said.leader.strip():
        lines.append(_inform(callout, said.leader.strip(), str(said.how.label), actor, moment, now))
    callout.save()
    return lines


def _inform(callout: Callout, leader: str, how: str, actor: Actor, moment: datetime, now: datetime) -> Line:
    callout.leader_at, callout.leader_name = moment, leader
    heard = Heard(CalloutRung.LEADER, moment, leader, how, actor)
    text = f"{callout.label}已报告本单位领导：{leader}（{callout.cause.title}）。"
    return hear(callout, heard) or _line(callout, "leader_informed", text, actor, moment, now)


def _line(callout: Callout, kind: str, text: str, actor: Actor, moment: datetime, now: datetime) -> Line:
    cause = callout.cause
    return Line(
        kind=f"callout.{kind}",
        text=text,
        actor=actor,
        clause=cause.clause,
        subject=(cause.subject_type, cause.subject_id),
        data={"callout": callout.pk, "target": callout.target_key},
        done_at=moment,
        late_entry=now - moment > LATE_ENTRY_AFTER,
    )


def end_rows(callout_ids: Sequence[int], now: datetime) -> None:
    """Stop what call-outs that ended still had before them: the pending step, the notices, the calls."""
    CalloutStep.objects.filter(callout__in=callout_ids, state=CalloutStepState.PENDING).update(
        state=CalloutStepState.CANCELLED
    )
    Notice.objects.filter(asks__callout__in=callout_ids, settled_at__isnull=True).update(settled_at=now)
    calls = Delivery.objects.filter(notice__asks__callout__in=callout_ids, channel__in=BY_HAND)
    calls.filter(state=DeliveryState.QUEUED).update(state=DeliveryState.SETTLED)
