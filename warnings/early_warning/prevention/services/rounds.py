"""What the sweep does for prevention: reminders before a local target, and word when it has passed (「非预案规定」).

Each row is told once of each; both rounds cost one statement when nothing is due, and none when they are turned off.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from early_warning.prevention.choices import IN_MENDING, CheckState
from early_warning.prevention.models import CheckReturn, Finding, HazardCheck
from early_warning.prevention.rules import clauses_of
from early_warning.prevention.services.checks import silent_units
from early_warning.prevention.services.common import Tracked, note, office_people, tell, unit_people
from yangcheng_ec.actors import SYSTEM
from yangcheng_ec.clock import database_now, local_text
from yangcheng_ec.deadlines.registry import Recipient
from yangcheng_ec.record.models import CaseHead

__all__ = ["checks_round", "findings_round"]

BATCH = 50
Row = TypeVar("Row", Finding, HazardCheck)


def findings_round() -> int:
    """Remind the owners of findings whose due time comes near, tell them and the office when it has passed."""
    due = _due(Q(state__in=IN_MENDING))
    if due is None:
        return 0
    pairs = Finding.objects.filter(due).order_by("due_at").values_list("pk", "head_id")[:BATCH]
    return sum(_finding_told(pk, head_id) for pk, head_id in pairs)


def checks_round() -> int:
    """Remind the units that have not answered a round, tell them and the office when its time has passed."""
    due = _due(Q(state=CheckState.OPEN))
    if due is None:
        return 0
    silent = CheckReturn.objects.filter(found__isnull=True).values("hazard_check")
    rows = HazardCheck.objects.filter(due, pk__in=silent).order_by("due_at")
    return sum(_check_told(pk, head_id) for pk, head_id in rows.values_list("pk", "head_id")[:BATCH])


def _due(open_rows: Q) -> Q | None:
    """Return which open rows have something to be told now; None when reminders are turned off."""
    hours = settings.PREVENTION_REMIND_HOURS
    if hours < 0:
        return None
    now = database_now()
    soon = Q(told_soon_at__isnull=True, told_late_at__isnull=True, due_at__lte=now + timedelta(hours=hours))
    return open_rows & (soon | Q(told_late_at__isnull=True, due_at__lte=now))


def _locked(model: type[Row], pk: int, head_id: int) -> Row | None:
    """Lock the head unless another act holds it, and read the row after that."""
    head = CaseHead.objects.select_for_update(skip_locked=True).filter(pk=head_id).first()
    if head is None:
        return None
    row: Row = model._default_manager.select_related("plan_version__plan").get(pk=pk)
    row.head = head
    return row


def _turn(row: Tracked, now: datetime) -> str:
    """Mark and return what is to be told now: ``soon``, ``late``, or nothing: told by another sweep, or extended."""
    if row.due_at is not None and row.due_at <= now and row.told_late_at is None:
        row.told_late_at = now
        row.save(update_fields=["told_late_at"])
        return "late"
    near = row.due_at is not None and row.due_at <= now + timedelta(hours=settings.PREVENTION_REMIND_HOURS)
    if near and row.told_soon_at is None and row.told_late_at is None:
        row.told_soon_at = now
        row.save(update_fields=["told_soon_at"])
        return "soon"
    return ""


@transaction.atomic
def _finding_told(pk: int, head_id: int) -> bool:
    row, now = _locked(Finding, pk, head_id), database_now()
    if row is None or row.state not in IN_MENDING:
        return False
    turn = _turn(row, now)
    words = {"soon": "整改期限将到", "late": "整改逾期"}.get(turn, "")
    return bool(turn) and _say(row, f"finding.{turn}", words, unit_people([row.owner], row.plan_version))


@transaction.atomic
def _check_told(pk: int, head_id: int) -> bool:
    row, now = _locked(HazardCheck, pk, head_id), database_now()
    units = silent_units(row) if row is not None and row.state == CheckState.OPEN else []
    if row is None or not units:
        return False
    turn = _turn(row, now)
    words = {"soon": "报送期限将到", "late": "报送逾期"}.get(turn, "")
    return bool(turn) and _say(
        row, f"check.{turn}", f"{words}，{len(units)}个单位未报", unit_people(units, row.plan_version)
    )


def _say(row: Tracked, kind: str, words: str, people: Sequence[Recipient]) -> bool:
    """Tell the units, and of what is late the office too."""
    told = [*people, *(office_people(row.plan_version) if kind.endswith(".late") else [])]
    text = f"{words}（{local_text(row.due_at)}，非预案规定）：{row.title}"
    note(row, kind, f"{text}。已提醒{len(told)}人。", SYSTEM)
    tell(row, kind, text, told, clause=clauses_of(row.plan_version).prevention)
    return True
