"""What every act of the room shares: the row written with its line, serial numbers, times, who is told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.db import models

from directory import audience
from directory.choices import Act
from directory.models import Unit
from directory.rules import actor_for
from incidents.services.common import LATE_ENTRY_AFTER, TOLERANCE, check_lengths
from response.choices import RUNNING
from response.models import Response
from response.selectors.responses import responses_visible_to
from response.services.common import check_version, response_lock, state_in
from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import database_now, local_text
from yangcheng_ec.deadlines.registry import Recipient
from yangcheng_ec.errors import BadInput, NotVisible
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line, case_lock, record_append

__all__ = [
    "LATE_ENTRY_AFTER", "happened", "office_running", "row_lock", "serial_next", "units_chosen", "units_people",
    "write",
]  # fmt: skip

Row = TypeVar("Row", bound=models.Model)


def office_running(
    response_id: int, version: int, user: Any, what: str, clause: str = ""
) -> tuple[CaseHead, Response, Actor]:
    """Lock a response that runs and return it with the user as the office.

    Raises NotVisible, StaleVersion, Forbidden, WrongState.
    """
    head, response = response_lock(response_id, user=user)
    check_version(response, version)
    actor = actor_for(user, response.plan_version, Act.OFFICE)
    state_in(response, RUNNING, what, clause)
    return head, response, actor


def row_lock(model: type[Row], pk: int, version: int, user: Any) -> tuple[CaseHead, Row]:
    """Lock the case of a response's row, then read the row with the response that it belongs to by now.

    Raises NotVisible (404) for who sees no responses, StaleVersion.
    """
    rows: Any = model._default_manager.filter(pk=pk, response__in=responses_visible_to(user))
    head_id = rows.values_list("response__incident__head_id", flat=True).first()
    if head_id is None:
        raise NotVisible()
    head = case_lock(head_id)
    related = ("response__incident", "response__plan_version__plan", "response__level__version__plan")
    row = model._default_manager.select_related(*related).get(pk=pk)
    check_version(row, version)
    return head, row


def write(head: CaseHead, thing: Any, line: Line) -> None:
    """Count the row's version up, save it, append the line with the row as its subject."""
    if hasattr(thing, "version"):
        thing.version += 1
    check_lengths(thing)
    thing.save()
    data = {**line.data, "version": getattr(thing, "version", 1)}
    subject = (thing._meta.model_name, thing.pk)
    now = database_now()
    done_at = line.done_at or now
    late = now - done_at > LATE_ENTRY_AFTER
    record_append(
        head,
        Line(
            line.kind, line.text, actor=line.actor, clause=line.clause, subject=subject, data=data, done_at=done_at,
            late_entry=late,
        ),
    )  # fmt: skip


def serial_next(rows: models.QuerySet[Any]) -> int:
    """Return the next serial number among rows of one response; its case is locked."""
    return int(rows.aggregate(last=models.Max("serial"))["last"] or 0) + 1


def happened(value: datetime | None, field: str, since: datetime | None = None) -> datetime:
    """Return when something happened, now when nothing is typed. Raises BadInput: ahead, or before ``since``."""
    now = database_now()
    if value is None:
        return now
    problem = "时间不能晚于现在。" if value > now + TOLERANCE else ""
    if since is not None and value < since.replace(second=0, microsecond=0):
        problem = f"时间不能早于{local_text(since)}。"
    if problem:
        raise BadInput(problem, fields={field: [problem]})
    return min(value, now)


def units_chosen(units: Iterable[Unit], message: str, clause: str = "") -> list[Unit]:
    """Return the units, each once. Raises BadInput when there are none."""
    found = list({unit.pk: unit for unit in units}.values())
    if not found:
        raise BadInput(message, fields={"units": [message]}, clause=clause)
    return found


def units_people(units: Sequence[Unit], response: Response) -> list[Recipient]:
    """Return the people of units, or the units by telephone where nobody has an account."""
    return audience.units_people(units, response.plan_version_id)
