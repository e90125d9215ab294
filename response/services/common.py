"""What every act of a response shares: the lock, the version, the record line, who is told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from directory.audience import recipient_of
from directory.choices import Act
from directory.rules import actor_for, approver_kinds, clause_label, holders
from directory.services.signatures import PhoneCall, Signing, sign_by_phone, sign_on_screen
from incidents.services.common import check_lengths
from response.models import Response, Task
from response.running.carrying import running_over
from response.running.mention import mention_checked
from response.selectors.responses import responses_visible_to
from response.selectors.tasks import tasks_readable_by
from yangcheng_ec.actors import Actor
from yangcheng_ec.callout.registry import Target
from yangcheng_ec.callout.services import callouts_start
from yangcheng_ec.clock import local_text
from yangcheng_ec.deadlines.registry import Recipient
from yangcheng_ec.deadlines.services import Message, notice_queue, notices_settle
from yangcheng_ec.errors import BadInput, Change, Forbidden, NotVisible, StaleVersion, WrongState
from yangcheng_ec.record.models import CaseHead, RecordEntry
from yangcheng_ec.record.services import Line, case_lock, record_append

__all__ = [
    "ACTIVATED",
    "ASKED",
    "act_clause",
    "call_out",
    "check_version",
    "clause_of",
    "command_or_office",
    "decidable_since",
    "entry_write",
    "message_of",
    "people_of",
    "required",
    "response_lock",
    "response_url",
    "sign",
    "state_in",
    "task_lock",
    "tell",
]

COMMAND_KINDS = ("commander", "deputy", "office_director")


def response_lock(response_id: int, *, user: Any) -> tuple[CaseHead, Response]:
    """Lock the case, then the response. Raises NotVisible (404) when the user may not see it."""
    found = responses_visible_to(user).filter(pk=response_id).values_list("incident__head_id", flat=True).first()
    if found is None:
        raise NotVisible()
    head = case_lock(found)
    return head, Response.objects.select_related(
        "incident", "incident__township", "incident__incident_unit", "plan_version__plan", "level__version__plan"
    ).get(pk=response_id)


def task_lock(task_id: int, *, user: Any) -> tuple[CaseHead, Task]:
    """Lock the case, then the task. Raises NotVisible (404) for another unit's task."""
    found = tasks_readable_by(user).filter(pk=task_id).values_list("response__incident__head_id", flat=True).first()
    if found is None:
        raise NotVisible()
    head = case_lock(found)
    return head, Task.objects.select_related("unit", "response__plan_version__plan", "response__incident").get(
        pk=task_id
    )


def check_version(thing: Any, version: int) -> None:
    """Compare the version the reader saw. Raises StaleVersion with what was recorded since."""
    if thing.version == version:
        return
    entries = RecordEntry.objects.filter(subject_type=thing._meta.model_name, subject_id=thing.pk).order_by("-seq")
    newer = [entry for entry in entries[:20] if int(entry.data.get("version", 0)) > version]
    changes = [Change(f"{local_text(row.done_at)} {row.actor_name}", f"第{version}版", row.text) for row in newer[::-1]]
    raise StaleVersion(changes=changes or [Change("状态", f"第{version}版", f"第{thing.version}版")])


def state_in(thing: Any, states: Iterable[str], what: str, clause: str = "") -> None:
    """Raise WrongState unless the thing is in one of the states."""
    if thing.state not in list(states):
        raise WrongState(f"{what}：现在的状态是「{thing.get_state_display()}」。", clause=clause)


def required(text: str, field: str, message: str, clause: str = "") -> str:
    """Return the text without blanks at its ends. Raises BadInput beside the field when it is empty."""
    cleaned = text.strip()
    if not cleaned:
        raise BadInput(message, fields={field: [message]}, clause=clause)
    return cleaned


def clause_of(response: Response, ref: str = "") -> str:
    """Return the label of a clause of the response's plan; the level's procedure by default."""
    return clause_label(response.plan_version, ref or response.level.procedure_clause)


def act_clause(response: Response, act: str) -> str:
    """Return the label of the clause an act rests on."""
    return clause_label(response.plan_version, approver_kinds(response.plan_version, act, response.level)[1])


def command_or_office(user: Any, response: Response) -> Actor:
    """Return the user as a post that may start this level, or as the office; for acts whose clause names no post."""
    try:
        return actor_for(user, response.plan_version, Act.APPROVE_RESPONSE, level=response.level)
    except Forbidden:
        return actor_for(user, response.plan_version, Act.OFFICE)


def sign(signing: Signing, *, user: Any, call: PhoneCall | None) -> Actor:
    """Sign on screen, or record an approval given by phone as the office. Returns who decided.

    Once command is with the superior the note must say that the superior was told (S5). Raises BadInput.
    """
    mention_checked(signing.head, signing.note)
    if call is None:
        return sign_on_screen(signing=signing, user=user)[1]
    recorder = actor_for(user, signing.version, Act.OFFICE)
    return sign_by_phone(signing=signing, call=call, recorder=recorder)[1]


def decidable_since(response: Response) -> datetime:
    """Return the moment before which nobody could decide this level: the case was not known, or the old one not up."""
    old = response.replaces
    return response.incident.known_at if old is None or old.activated_at is None else old.activated_at


# Which requests are over once this has happened: nobody is called for them any more.
ASKED = ("response.confirm_response", "response.approve_response")
ACTIVATED = "response.activated"
_END_ASKED = ("response.approve_end", "response.end_approved")
_RUNNING = ("response.situation", "response.task_chased", "response.task_overdue", "response.task_due")
SETTLES = {
    "response.confirmed": ("response.confirm_response",),
    "response.activated": ASKED,
    "response.returned": ASKED,
    "response.withdrawn": ASKED,
    "response.replaced": (ACTIVATED, *_END_ASKED, *_RUNNING),
    "response.end_approved": ("response.approve_end",),
    "response.end_returned": ("response.approve_end",),
    "response.ended": (ACTIVATED, *_END_ASKED, *_RUNNING),
}


def entry_write(head: CaseHead, thing: Any, line: Line) -> RecordEntry:
    """Count the version up, save, and append the line with the new version in its data."""
    thing.version += 1
    check_lengths(thing)
    thing.save()
    if line.kind in SETTLES:
        notices_settle(subject=(thing._meta.model_name, thing.pk), kinds=SETTLES[line.kind])
    data = {**line.data, "version": thing.version, "state": thing.state}
    subject = (thing._meta.model_name, thing.pk)
    entry = record_append(head, replace(line, subject=subject, data=data))
    if line.kind == "response.ended":
        running_over(head, thing, line.actor)
    return entry


def people_of(response: Response, kinds: Sequence[str]) -> list[Recipient]:
    """Return who holds these posts of the response's plan now."""
    return [recipient_of(row) for row in holders(response.plan_version, kinds)]


def message_of(response: Response, kind: str, title: str, body: str = "", **more: Any) -> Message:
    """Return a message about a response; ``more`` are fields of Message (clause, urgent, call, script, dedupe)."""
    given = {"clause": clause_of(response), "url": response_url(response), "drill": response.drill, **more}
    given.setdefault("dedupe", f"response:{response.pk}:{kind}")
    given.setdefault("script", f"{title}。{body}")
    return Message(kind=f"response.{kind}", title=title, body=body, subject=("response", response.pk), **given)


def tell(head: CaseHead, message: Message, recipients: Iterable[Recipient]) -> None:
    """Queue a message to each recipient once."""
    notice_queue(head=head, message=message, recipients={row.key: row for row in recipients}.values())


def call_out(head: CaseHead, response: Response, message: Message, recipients: Iterable[Recipient]) -> None:
    """Ask people for a decision: each is called out, by telephone at once where the message says so."""
    people = {row.key: row for row in recipients}
    callouts_start(
        head=head,
        message=replace(message, confirm=True, level=response.level.ordinal),
        targets=[Target.of_person(person) for person in people.values()],
        plan_version_id=response.plan_version_id,
        wants_measures=False,
    )


def response_url(response: Response) -> str:
    """Return the address of a response's page."""
    return f"/response/{response.number}/"
