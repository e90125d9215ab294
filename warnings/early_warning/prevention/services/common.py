"""What every act on a finding or a round of checks shares: lock, version, authority, record, telling."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.urls import reverse

from directory.audience import recipient_of, unit_recipients
from directory.choices import Act
from directory.models import PlanVersion, Unit
from directory.rules import actor_for, actor_of_unit, approver_kinds, holders
from early_warning.prevention.models import Finding, HazardCheck
from early_warning.prevention.rules import clauses_of
from early_warning.prevention.selectors import checks_visible_to, findings_visible_to
from yangcheng_ec.actors import Actor
from yangcheng_ec.api.errors import from_validation_error
from yangcheng_ec.clock import database_now, local_text
from yangcheng_ec.deadlines.registry import Recipient
from yangcheng_ec.deadlines.services import Message, notice_queue
from yangcheng_ec.errors import BadInput, Change, Forbidden, NotVisible, StaleVersion, WrongState
from yangcheng_ec.record.models import RecordEntry
from yangcheng_ec.record.services import Line, case_lock, record_append
from yangcheng_ec.text import LONG_TEXT_LIMIT, clean_text

__all__ = [
    "LATE_ENTRY_AFTER",
    "Tracked",
    "address_of",
    "check_lock",
    "check_version",
    "finding_lock",
    "need_state",
    "note",
    "office_actor",
    "office_people",
    "row_save",
    "target",
    "tell",
    "unit_actor",
    "unit_people",
    "words_of",
]

LATE_ENTRY_AFTER = timedelta(minutes=5)
TOLERANCE = timedelta(minutes=1)

Tracked = Finding | HazardCheck
Row = TypeVar("Row", Finding, HazardCheck)
SUBJECTS = {Finding: "finding", HazardCheck: "hazard_check"}


def finding_lock(finding_id: int, *, user: Any) -> Finding:
    """Lock the finding's head and return it as it is now; NotVisible (404) when the user may not read it."""
    return _lock(findings_visible_to(user), finding_id)


def check_lock(check_id: int, *, user: Any) -> HazardCheck:
    """Lock the head of a round and return it as it is now; NotVisible (404) when the user may not read it."""
    return _lock(checks_visible_to(user), check_id)


def _lock(visible: QuerySet[Row], pk: int) -> Row:
    head_id = visible.filter(pk=pk).values_list("head_id", flat=True).first()
    if head_id is None:
        raise NotVisible()
    head = case_lock(head_id)
    # Read again by the same rule after the lock: what was visible may have gone to another unit meanwhile.
    row = visible.filter(pk=pk).first()
    if row is None:
        raise NotVisible()
    row.head = head
    return row


def check_version(row: Tracked, version: int | None) -> None:
    """Raise StaleVersion with what happened since the reader's version. None: the caller asked for no check."""
    if version is None or version == row.version:
        return
    entries = RecordEntry.objects.filter(head_id=row.head_id, subject_type=SUBJECTS[type(row)], subject_id=row.pk)
    since = [entry for entry in entries.order_by("seq") if entry.data.get("version", 0) > version]
    raise StaleVersion(changes=[Change(entry.actor_name, "", entry.text) for entry in since])


def need_state(row: Tracked, states: Sequence[str], doing: str) -> None:
    """Raise WrongState unless the row is in one of the states."""
    if row.state not in states:
        wanted = "、".join(f"「{type(row.state_choice)(state).label}」" for state in states)
        raise WrongState(f"{row.number}现在是「{row.state_choice.label}」，不能{doing}（须为{wanted}）。")


def office_actor(user: Any, version: PlanVersion, doing: str) -> Actor:
    """Return the user as an officer of the plan's office. Raises Forbidden."""
    try:
        return actor_for(user, version, Act.OFFICE)
    except Forbidden as error:
        words = f"{doing}由{version.office_name}办理（非预案规定），您现在没有担任该办公室的职务。"
        raise Forbidden(words, clause=clauses_of(version).prevention) from error


def unit_actor(user: Any, version: PlanVersion, unit: Unit, doing: str, said_by: str) -> tuple[Actor, str]:
    """Return who acts for a unit, and whose word it is: its leader or liaison, or an officer for who phoned (代录).

    Raises Forbidden, BadInput (an officer entered it and did not say whose word it is).
    """
    if user.unit_id == unit.pk:
        try:
            return actor_of_unit(user, unit.pk), ""
        except Forbidden:
            pass  # an officer of the office, in the office's own unit
    try:
        actor = actor_for(user, version, Act.OFFICE)
    except Forbidden as error:
        words = f"{doing}由{unit.name}的分管负责人或联络员办理，或由{version.office_name}代录。"
        raise Forbidden(words, clause=clauses_of(version).prevention) from error
    name = clean_text(said_by).strip()
    if unit.pk == version.office_unit_id:
        return actor, name
    if not name:
        raise BadInput("没有保存。", fields={"said_by": ["代录须写明对方是谁。"]})
    return actor, name


def words_of(text: str, field: str, missing: str, *, limit: int = LONG_TEXT_LIMIT) -> str:
    """Return a text that must be there, cleaned. Raises BadInput beside its field."""
    words = clean_text(text).strip()
    if not words:
        raise BadInput("没有保存，请补全。", fields={field: [missing]})
    if len(words) > limit:
        raise BadInput("没有保存。", fields={field: [f"内容过长（{len(words)} 字），最多 {limit} 字。"]})
    return words


def target(due_at: datetime | None, *, after: datetime | None = None) -> datetime:
    """Return a local target: in the future, and later than ``after``. Raises BadInput."""
    now = database_now()
    if due_at is None:
        raise BadInput("没有保存，请补全。", fields={"due_at": ["请填写期限。"]})
    if due_at <= now:
        raise BadInput("没有保存。", fields={"due_at": [f"期限须晚于现在（{local_text(now)}）。"]})
    if after is not None and due_at <= after:
        raise BadInput("没有保存。", fields={"due_at": [f"延期后的期限须晚于原期限（{local_text(after)}）。"]})
    return due_at


def row_save(row: Tracked) -> None:
    """Check every field and constraint, count the change, save. Raises BadInput with the fields."""
    if row.pk:
        row.version += 1
    try:
        row.full_clean()
    except ValidationError as error:
        raise from_validation_error(error) from error
    row.save()


def note(
    row: Tracked, kind: str, text: str, actor: Actor, *, clause: str = "", done_at: datetime | None = None, **data: Any
) -> None:
    """Append one line about the row to its record; its version explains a stale page."""
    now = database_now()
    line = Line(
        kind=kind, text=text, actor=actor, clause=clause, subject=(SUBJECTS[type(row)], row.pk),
        data={"number": row.number, "state": row.state, "version": row.version, **data},
        done_at=done_at, late_entry=done_at is not None and now - done_at > LATE_ENTRY_AFTER,
    )  # fmt: skip
    record_append(row.head, line, now=now)


def address_of(row: Tracked) -> str:
    """Return the address of the row's page."""
    return reverse("finding" if isinstance(row, Finding) else "hazard-check", args=[row.number])


def office_people(version: PlanVersion) -> list[Recipient]:
    """Return the people of the plan's office, each once."""
    rows = holders(version, approver_kinds(version, Act.OFFICE)[0])
    return list({row.user_id: recipient_of(row) for row in rows}.values())


def unit_people(units: Sequence[Unit], version: PlanVersion) -> list[Recipient]:
    """Return the leaders and liaisons of units who have an account.

    A unit without one is not put on the call sheet: that is for emergencies, and its page says whom to phone.
    """
    found = unit_recipients(units, version.pk) if units else {}
    return [one for rows in found.values() for one in rows if one.user_id is not None]


def tell(row: Tracked, kind: str, title: str, people: Sequence[Recipient], *, clause: str = "", body: str = "") -> int:
    """Tell people in the inbox and by e-mail, once per turn of the record; return how many were told."""
    message = Message(
        kind=kind, title=f"{row.number} {title}", dedupe=f"{row.number}:{kind}:{row.head.seq}", body=body,
        url=address_of(row), clause=clause, subject=(SUBJECTS[type(row)], row.pk),
    )  # fmt: skip
    return len(notice_queue(head=row.head, message=message, recipients=people))
