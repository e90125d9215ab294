"""What every act on a drill shares: the lock, who directs, whom it concerns, the notices."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from directory.audience import recipient_of, units_people
from directory.choices import Act
from directory.models import PlanVersion, Unit
from directory.rules import approver_kinds, clause_label, holders
from response.drills.models import Drill
from response.drills.selectors import drills_visible_to
from yangcheng_ec.deadlines.registry import Recipient
from yangcheng_ec.deadlines.services import Message, notice_queue
from yangcheng_ec.errors import NotVisible
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import case_lock

__all__ = ["COMMAND", "act_clause", "drill_lock", "drill_url", "message_of", "people_of", "tell", "units_told"]

COMMAND = ("commander", "deputy")


def drill_lock(drill_id: int, *, user: Any) -> tuple[CaseHead, Drill]:
    """Lock a drill's chain, then read it afresh. Raises NotVisible."""
    head_id = drills_visible_to(user).filter(pk=drill_id).values_list("head_id", flat=True).first()
    if head_id is None:
        raise NotVisible()
    head = case_lock(head_id)
    related = ("plan_version__plan", "grade", "incident_unit", "incident")
    return head, Drill.objects.select_related(*related).get(pk=drill_id)


def act_clause(version: PlanVersion, act: str = Act.ORGANISE_DRILL) -> str:
    """Return the label of the clause an act on a drill rests on."""
    return clause_label(version, approver_kinds(version, act)[1])


def people_of(version: PlanVersion, kinds: Sequence[str]) -> list[Recipient]:
    """Return who holds these posts of the plan now."""
    return [recipient_of(row) for row in holders(version, kinds)]


def units_told(drill: Drill, units: Iterable[Unit] | None = None) -> list[Recipient]:
    """Return the people of units (every participant when none are given), or the units by phone."""
    chosen = list(drill.participants.all() if units is None else units)
    return units_people(chosen, drill.plan_version_id)


def message_of(drill: Drill, kind: str, title: str, body: str = "", **more: Any) -> Message:
    """Return a message about a drill, prefixed 【演练】; ``more`` are fields of Message."""
    given = {"clause": act_clause(drill.plan_version), "url": drill_url(drill), **more}
    given.setdefault("dedupe", f"drill:{drill.pk}:{kind}:{drill.version}")
    return Message(
        kind=f"drill.{kind}", title=title, body=body, script=f"{title}。{body}", drill=True,
        subject=("drill", drill.pk), **given,
    )  # fmt: skip


def tell(head: CaseHead, message: Message, recipients: Iterable[Recipient]) -> int:
    """Queue a message to each recipient once; return to how many."""
    return len(notice_queue(head=head, message=message, recipients={row.key: row for row in recipients}.values()))


def drill_url(drill: Drill) -> str:
    """Return the address of a drill's page."""
    return f"/standing/drills/{drill.number}/"
