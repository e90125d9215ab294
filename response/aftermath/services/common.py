"""What every act of the aftermath shares: the lock, who acts for the office or a unit, the line, the notices."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from django.db import models

from directory.audience import recipient_of, units_people
from directory.choices import Act
from directory.models import Unit
from directory.rules import actor_for, actor_of_unit, holders
from incidents.models import Incident
from incidents.services.common import LATE_ENTRY_AFTER, check_lengths, incident_lock, moment
from response.services.common import check_version, entry_write
from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import database_now, local_text
from yangcheng_ec.deadlines.services import Message, notice_queue
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, WrongState
from yangcheng_ec.permissions import Page, may_open
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line
from yangcheng_ec.text import LONG_TEXT_LIMIT, clean_text

__all__ = [
    "address",
    "begin",
    "cleaned",
    "office_actor",
    "own_or_office",
    "row_begun",
    "row_lock",
    "row_write",
    "tell_posts",
    "tell_unit",
    "time_done",
    "yuan",
]

OFFICE = ("office_director", "office_staff", "duty_officer")
Row = TypeVar("Row", bound=models.Model)


def address(incident: Incident, tail: str = "") -> str:
    """Return the page of a case's aftermath."""
    return f"/incidents/{incident.number}/aftermath/{tail}"


def begin(incident_id: int, *, user: Any) -> tuple[Incident, CaseHead, Actor]:
    """Lock a case of which the user sees the whole, for its office. Raises NotVisible, Forbidden, WrongState (涉密)."""
    if not may_open(user, Page.RESPONSES):
        raise NotVisible()
    incident, head = incident_lock(incident_id, user=user)
    _refuse_secret(incident)
    return incident, head, office_actor(incident, user)


def office_actor(incident: Incident, user: Any) -> Actor:
    """Return the user as the plan's office. Raises Forbidden."""
    return actor_for(user, incident.plan_version, Act.OFFICE)


def row_lock(kind: type[Row], pk: int, *, user: Any, of: str = "incident_id") -> tuple[Incident, CaseHead, Row]:
    """Lock the case of a row of this room, then read the row afresh; ``of`` is the way to the case.

    Raises NotVisible: for a unit, which sees its own part by other ways; WrongState for a 涉密 case.
    """
    rows = kind._default_manager
    incident_id = rows.filter(pk=pk).values_list(of, flat=True).first()
    if incident_id is None:
        raise NotVisible()
    incident, head = incident_lock(incident_id, user=user)
    _refuse_secret(incident)
    return incident, head, rows.get(pk=pk)


def row_begun(row: Any, user: Any, version: int) -> None:
    """Let only who sees whole cases go on with a row, as it was read. Raises NotVisible, StaleVersion."""
    if not may_open(user, Page.RESPONSES):
        raise NotVisible()
    check_version(row, version)


def own_or_office(
    incident: Incident, unit: Unit | None, user: Any, said_by: str, clause: str
) -> tuple[Actor, str]:  # fmt: skip
    """Return the unit's own people, or the office entering what the unit said (代录, who said it), and that name.

    Raises NotVisible for another unit's people, Forbidden, BadInput when the office does not say who said it.
    """
    try:
        return actor_of_unit(user, unit.pk if unit is not None else None), ""
    except Forbidden:
        if not may_open(user, Page.RESPONSES):
            raise NotVisible() from None
    actor = office_actor(incident, user)
    said = clean_text(said_by).strip()
    if unit is not None and not said:
        words = "代录须写明是该单位何人所说。"
        raise BadInput(words, fields={"said_by": [words]}, clause=clause)
    return actor, said


def cleaned(text: str, field: str, message: str = "", *, limit: int = LONG_TEXT_LIMIT) -> str:
    """Return a text without blanks at its ends. Raises BadInput beside the field: empty (``message``), too long."""
    words = clean_text(text or "").strip()
    if not words and message:
        raise BadInput(message, fields={field: [message]})
    if len(words) > limit:
        raise BadInput("有内容过长。", fields={field: [f"最多 {limit} 个字。"]})
    return words


def yuan(value: Decimal | None, field: str, *, needed: str = "") -> Decimal | None:
    """Return an amount in yuan, to the fen. Raises BadInput: missing (``needed``), negative, finer, or too large."""
    problem = ""
    if value is None:
        problem = needed
    elif not value.is_finite() or value < 0:
        problem = "金额不能是负数。"
    elif value != value.quantize(Decimal("0.01")):
        problem = "金额最多两位小数（到分）。"
    elif value >= Decimal("1e12"):
        problem = "金额过大，请核对单位（元）。"
    if problem:
        raise BadInput("金额需要更正。", fields={field: [problem]})
    return value


def time_done(value: datetime | None, field: str, label: str, since: datetime | None) -> tuple[datetime, bool]:
    """Return when something was done, and whether it is entered late (补录). Raises BadInput: future, or too early."""
    now = database_now()
    at = moment(value, field, label, now)
    if since is not None and at < since.replace(second=0, microsecond=0):
        words = f"{label}不能早于{local_text(since)}。"
        raise BadInput(words, fields={field: [words]})
    at = max(at, since) if since is not None else at
    return at, now - at > LATE_ENTRY_AFTER


def row_write(head: CaseHead, row: Any, line: Line, *, new: bool = False) -> None:
    """Save a row and append its line; a ``new`` one is saved first, so that the line can name it."""
    if new:
        row.version = 0
        check_lengths(row)
        row.save()
    entry_write(head, row, line)


def tell_posts(head: CaseHead, incident: Incident, message: Message, kinds: Iterable[str] = OFFICE) -> None:
    """Tell who holds these posts of the case's plan, the office by default, each once."""
    people = {row.key: row for row in map(recipient_of, holders(incident.plan_version, list(kinds)))}
    notice_queue(head=head, message=message, recipients=list(people.values()))


def tell_unit(head: CaseHead, incident: Incident, unit: Unit, message: Message) -> None:
    """Tell a unit's leader and liaison."""
    people = {row.key: row for row in units_people([unit], incident.plan_version_id)}
    notice_queue(head=head, message=message, recipients=list(people.values()))


def _refuse_secret(incident: Incident) -> None:
    if incident.secret or incident.secret_with_id is not None:
        raise WrongState("涉密事件的后期处置不在本系统办理，请按保密规定办理。")
