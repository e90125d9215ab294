"""What entering one appointment and entering a list of them share: the input, its checks, its words, its line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from directory.audience import person_recipient
from directory.choices import Act, AppointmentState, Nature
from directory.models import Appointment, AppointmentPaper, Post, User
from directory.rules import post_label
from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import local_text
from yangcheng_ec.deadlines.services import Message, notice_queue
from yangcheng_ec.permissions import Role
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line

__all__ = [
    "SEPARATED",
    "STANDING",
    "AppointmentInput",
    "appointment_built",
    "appointment_line",
    "appointment_words",
    "confirmers_tell",
    "overlap_words",
    "problems_of_nature",
    "problems_of_time",
    "separated_words",
]

# 三员分立: each is held by somebody who holds none of the others and no post of a command.
SEPARATED = (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR)
STANDING = (AppointmentState.ENTERED, AppointmentState.CONFIRMED)


@dataclass(frozen=True)
class AppointmentInput:
    """What is entered: who, which post, how, by which document, for which acts (a 授权), from when until when.

    ``post_code`` is a plan post's code, or ``unit:<code>:leader`` / ``unit:<code>:liaison``; ``title`` is the person's
    own office, as a list prints it.
    """

    person_id: int
    post_code: str
    nature: str
    starts_at: datetime
    ends_at: datetime | None = None
    document: str = ""
    scope: Sequence[str] = ()
    note: str = ""
    title: str = ""


def separated_words(person: User, held: set[str]) -> str:
    """Return why somebody with these roles of the 三员 holds no post."""
    names = "、".join(str(Role(name).label) for name in SEPARATED if name in held)
    return f"{person}是{names}，按三员分立不能担任指挥部或单位职务（非预案规定）。"


def overlap_words(other: Appointment) -> str:
    """Return why an appointment cannot stand beside this one."""
    words = f"{appointment_words(other)}（{other.get_state_display()}）"
    return f"与此人同一职务的另一项重叠，不能重复：{words}。请错开时间，或先截止那一项。"


def problems_of_nature(row: Appointment) -> dict[str, list[str]]:
    """Return what 任职, 代行 or 授权 lacks, by field."""
    if row.nature not in Nature.values:
        return {"nature": ["请选择任职、代行或授权。"]}
    problems: dict[str, list[str]] = {}
    if row.nature != Nature.TENURE and not row.document:
        problems["document"] = [f"{Nature(row.nature).label}须写明依据文件。"]
    if row.nature == Nature.AUTHORISED and row.ends_at is None:
        problems["ends_at"] = ["授权须写明截止时间。"]
    if row.nature == Nature.AUTHORISED and not row.scope:
        problems["scope"] = ["授权须写明授权事项，至少一项。"]
    if any(act not in Act.values for act in row.scope):
        problems["scope"] = ["请从名单中选择授权事项。"]
    return problems


def problems_of_time(row: Appointment, now: datetime) -> dict[str, list[str]]:
    """Return what is wrong with the times of an appointment that is entered now, by field."""
    if row.ends_at is None:
        return {}
    if row.ends_at <= row.starts_at:
        return {"ends_at": ["截止时间须晚于开始时间。"]}
    if row.ends_at <= now:
        return {"ends_at": ["截止时间已经过去。"]}
    return {}


def appointment_built(person: User, post: Post, entry: AppointmentInput) -> Appointment:
    """Return the row of what is entered, not yet checked or saved."""
    return Appointment(
        user=person,
        post=post,
        nature=entry.nature,
        title=entry.title.strip(),
        document=entry.document.strip(),
        scope=list(entry.scope) if entry.nature == Nature.AUTHORISED else [],
        starts_at=entry.starts_at,
        ends_at=entry.ends_at,
        note=entry.note.strip(),
    )


def appointment_words(row: Appointment) -> str:
    """Return who holds what, how, from when until when: how the record says it."""
    until = local_text(row.ends_at) if row.ends_at else "另行通知"
    return f"{row.user} {Nature(row.nature).label} {post_label(row)}，{local_text(row.starts_at)}至{until}"


def appointment_line(
    row: Appointment, verb: str, text: str, actor: Actor, paper: AppointmentPaper | None = None
) -> Line:
    """Return the record's line about an appointment, with its document where it has one."""
    data: dict[str, Any] = {"user": row.user_id, "post": row.post.code, "nature": row.nature, "scope": row.scope}
    if paper is not None:
        data["paper"] = {"name": paper.name, "sha256": paper.sha256, "size": paper.size}
    return Line(f"appointment.{verb}", f"{text}。", actor=actor, subject=("appointment", row.pk), data=data)


def confirmers_tell(head: CaseHead, title: str, *, dedupe: str, appointment_id: int | None = None) -> None:
    """Tell the security administrators that one appointment waits for them, or a list of them."""
    people = User.objects.filter(groups__name=Role.SECURITY_ADMIN, is_active=True).select_related("unit")
    message = Message(
        kind="appointment.entered",
        title=title,
        dedupe=dedupe,
        url=f"/appointments/{appointment_id}/" if appointment_id else "/appointments/?state=entered",
        subject=("appointment", appointment_id),
    )
    told = [person_recipient(one) for one in people]
    notice_queue(head=head, message=message, recipients=told)
