"""What the directory's tests need made: appointments, cases, notices, calls."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from directory.audience import recipient_of
from directory.models import Appointment, Post, Unit, User
from directory.rules import appointments_in_force
from tests.queued import queued
from yangcheng_ec.deadlines.models import Delivery, Notice
from yangcheng_ec.deadlines.registry import Recipient
from yangcheng_ec.deadlines.services import Message
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line, case_lock, head_create, record_append


def appoint(user: User, post_code: str, **values: Any) -> Appointment:
    """Make an appointment in force, unless ``values`` say otherwise."""
    values = {"state": "confirmed", "starts_at": timezone.now() - timedelta(days=1), **values}
    return Appointment.objects.create(
        user=user, post=Post.objects.get(code=post_code), entered_at=timezone.now(), **values
    )


def person(username: str, unit: str = "zhengfuban", **values: Any) -> User:
    """Make an account without any post."""
    return User.objects.create(
        username=username,
        display_name=values.pop("display_name", username),
        unit=Unit.objects.get(code=unit),
        **values,
    )


def case(key: str = "CY-20261122-901", kind: str = "incident") -> CaseHead:
    """Make a case's chain with one line."""
    head = head_create(kind=kind, key=key)
    record_append(head, Line("incident.filed", f"接报 {key}", clause="网络预案 4.1"))
    return head


def told(user: User, title: str = "请处理", *, head: CaseHead | None = None, **message: Any) -> Notice:
    """Queue a notice to a person."""
    held = appointments_in_force().filter(user=user).first()
    recipient = recipient_of(held) if held else Recipient(key=f"user:{user.pk}", label=str(user), user_id=user.pk)
    with transaction.atomic():
        locked = case_lock(head.pk) if head else None
        spec = Message(kind="test", title=title, dedupe=f"test:{title}", **message)
        return queued(head=locked, message=spec, recipients=[recipient])[0]


def unit_call(unit: str, head: CaseHead, *, urgent: bool = False, phone: str = "4233414") -> Delivery:
    """Queue a call to a unit without accounts."""
    row = Unit.objects.get(code=unit)
    recipient = Recipient(key=f"unit:{unit}", label=f"{row.name}值班", phone=phone, unit_code=unit)
    with transaction.atomic():
        spec = Message(
            kind="test", title=f"叫应{row.name}", script="请立即到岗。", dedupe=f"call:{unit}", urgent=urgent, call=True
        )
        notice = queued(head=case_lock(head.pk), message=spec, recipients=[recipient])[0]
    return notice.deliveries.get(channel="phone")
