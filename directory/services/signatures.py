"""Signing: on screen or by phone with call-back and read-back, then 补签 or 否认 (DESIGN §4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from directory.choices import Act, CountersignState, SignatureMode
from directory.models import Appointment, PlanVersion, ResponseLevel, Signature, User
from directory.rules import actor_for
from directory.selectors.numbers import dialled, numbers_by_unit
from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import database_now, local_text
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, WrongState
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line, case_lock, record_append

__all__ = [
    "PhoneCall",
    "Signing",
    "known_numbers",
    "refuse_denied",
    "sign_as",
    "sign_by_phone",
    "sign_on_screen",
    "signature_countersign",
    "signature_denied",
]

# People call first and type later: a call may lie this long before the moment what it decides was entered.
CALL_TOLERANCE = timedelta(minutes=5)
NOTE_LIMIT = 500


@dataclass(frozen=True)
class Signing:
    """What is signed: the case, the subject (type, id), the act, its clause label and the plan version.

    ``level`` is given for APPROVE_RESPONSE: the level's own posts decide. ``since`` is the moment before which
    nobody could decide this (the case was not known yet, the response not running).
    """

    head: CaseHead
    subject: tuple[str, int]
    act: str
    version: PlanVersion
    clause: str
    decision: str = "approved"
    note: str = ""
    level: ResponseLevel | None = None
    since: datetime | None = None


@dataclass(frozen=True)
class PhoneCall:
    """An approval given by phone: who signed, on which number they were called back, when, and the read-back."""

    signer: User
    number: str
    called_at: datetime
    read_back: bool


def sign_on_screen(*, signing: Signing, user: Any) -> tuple[Signature, Actor]:
    """Sign as a post that may, now. Raises Forbidden with the clause. The caller's transaction and lock."""
    actor = actor_for(user, signing.version, signing.act, level=signing.level)
    signature = _signature(signing, actor, database_now())
    signature.save()
    return signature, actor


def sign_as(*, signing: Signing, actor: Actor) -> Signature:
    """Sign as somebody whose authority the caller has proved by another document than an appointment."""
    signature = _signature(signing, actor, database_now())
    signature.save()
    return signature


def sign_by_phone(*, signing: Signing, call: PhoneCall, recorder: Actor) -> tuple[Signature, Actor]:
    """Record an approval given by phone; it is marked until the holder countersigns.

    The signer must hold a post that may; the recorder is another person; the number is the directory's;
    the decision was read back; the time is neither in the future nor before there was anything to decide, and the
    signer held the post then. Raises Forbidden or BadInput with fields.
    """
    if call.signer.pk == recorder.user_id:
        raise Forbidden("电话批准须由另一人记录，不能自己记录自己的批准。", clause=signing.clause)
    actor = actor_for(call.signer, signing.version, signing.act, level=signing.level)
    now = database_now()
    _check_call(call, signing, now)
    _check_held_then(call, actor, signing.clause)
    signature = _signature(signing, actor, min(call.called_at, now))
    signature.mode = SignatureMode.PHONE
    signature.recorded_at = now
    signature.recorded_by = recorder.user
    signature.number = call.number
    signature.read_back = True
    signature.countersign = CountersignState.AWAITING
    signature.save()
    return signature, actor


def known_numbers(user: User) -> list[str]:
    """Return the numbers on which a person may be called back: their own mobile and their unit's entries."""
    numbers = [user.mobile] if user.mobile else []
    if user.unit_id:
        numbers += dialled(numbers_by_unit([user.unit_id]).get(user.unit_id, []))
    return list(dict.fromkeys(numbers))


def _check_call(call: PhoneCall, signing: Signing, now: datetime) -> None:
    problems: dict[str, list[str]] = {}
    if call.number not in known_numbers(call.signer):
        problems["number"] = ["须回拨通讯录登记的号码核实身份，这个号码不在通讯录中。"]
    if not call.read_back:
        problems["read_back"] = ["须向批准人复诵批准内容并得到确认。"]
    if call.called_at > now + timedelta(minutes=1):
        problems["called_at"] = ["通话时间不能晚于现在。"]
    elif signing.since is not None and call.called_at < signing.since - CALL_TOLERANCE:
        problems["called_at"] = [f"{local_text(signing.since)}才有此事，通话时间不能早于它。"]
    if problems:
        raise BadInput("电话批准没有记录，请核对。", fields=problems)


def _check_held_then(call: PhoneCall, actor: Actor, clause: str) -> None:
    """Raise Forbidden when the post the decision rests on was not yet held when the call was made."""
    row = Appointment.objects.filter(pk=actor.appointment_id or 0).first()
    if row is not None and row.starts_at > call.called_at:
        raise Forbidden("通话时批准人还没有担任该职务，或授权还没有生效。", clause=clause)


def signature_denied(subject: tuple[str, int], act: str) -> bool:
    """Return whether the latest decision of this kind on the subject was given by phone and denied since."""
    rows = Signature.objects.filter(subject_type=subject[0], subject_id=subject[1], act=act)
    last = rows.order_by("-pk").first()
    return last is not None and last.countersign == CountersignState.DENIED


def refuse_denied(subject: tuple[str, int], act: str, clause: str) -> None:
    """Raise WrongState when nothing may rest any more on a decision given by phone: its holder has denied it."""
    if signature_denied(subject, act):
        raise WrongState(f"「{Act(act).label}」的电话签批已被本人否认，不能据此办理；请退回后重新提出。", clause=clause)


def _signature(signing: Signing, actor: Actor, at: datetime) -> Signature:
    return Signature(
        head=signing.head,
        subject_type=signing.subject[0],
        subject_id=signing.subject[1],
        act=signing.act,
        decision=signing.decision,
        signer=actor.user,
        appointment_id=actor.appointment_id,
        post_label=actor.post,
        signed_at=at,
        recorded_at=at,
        note=signing.note,
        clause=signing.clause,
    )


@transaction.atomic
def signature_countersign(*, signature_id: int, user: Any, accept: bool, note: str = "") -> Signature:
    """补签 or 否认 a decision given by phone: only the person it was given by; a denial needs its reason.

    A denial undoes nothing that was done meanwhile: it is marked on the case, in the record, for people to decide.
    """
    found = Signature.objects.filter(pk=signature_id, signer=user).first()
    if found is None:
        raise NotVisible()
    head = case_lock(found.head_id)
    signature = Signature.objects.select_for_update().get(pk=signature_id)
    if signature.countersign != CountersignState.AWAITING:
        raise WrongState("这项电话批准已经补签或否认过。", clause=signature.clause)
    if not accept and not note.strip():
        raise BadInput("否认须写明理由。", fields={"note": ["否认须写明理由。"]}, clause=signature.clause)
    if len(note.strip()) > NOTE_LIMIT:
        text = f"最多 {NOTE_LIMIT} 个字符，现有 {len(note.strip())} 个。"
        raise BadInput(text, fields={"note": [text]}, clause=signature.clause)
    now = database_now()
    signature.countersign = CountersignState.COUNTERSIGNED if accept else CountersignState.DENIED
    signature.countersigned_at, signature.countersign_note = now, note.strip()
    signature.save()
    verb = "补签确认" if accept else "否认"
    text = f"{verb}{local_text(signature.signed_at)}的电话批准：{Act(signature.act).label}"
    text += f"。理由：{note.strip()}" if note.strip() else "。"
    actor = Actor(user=user, post=signature.post_label)
    line = Line(
        f"signature.{signature.countersign}",
        text,
        actor=actor,
        clause=signature.clause,
        subject=(signature.subject_type, signature.subject_id),
    )
    record_append(head, line, now=now)
    return signature
