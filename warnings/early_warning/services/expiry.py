"""A warning past its end that nobody lifted stays in force and nags: the office first, then its director."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from directory.audience import recipient_of
from directory.choices import Act, PostKind
from directory.rules import approver_kinds, holders
from early_warning.choices import ACTIVE
from early_warning.models import EarlyWarning
from early_warning.rules import act_clause
from early_warning.services.common import note
from early_warning.services.telling import tell_people
from yangcheng_ec.actors import SYSTEM
from yangcheng_ec.clock import database_now, local_text
from yangcheng_ec.deadlines.registry import Recipient
from yangcheng_ec.record.models import CaseHead

__all__ = ["DIRECTOR_AFTER", "NAG_EVERY", "expiry_round"]

# Ours, not the plans': the director hears of it half an hour later, then both every two hours until somebody acts.
DIRECTOR_AFTER = timedelta(minutes=30)
NAG_EVERY = timedelta(hours=2)
BATCH = 50


def expiry_round() -> int:
    """Remind of warnings past their end, once per step; return how many. Called by each sweep: one read when none."""
    due = EarlyWarning.objects.filter(state__in=ACTIVE, nag_at__lte=database_now()).order_by("nag_at")
    return sum(_nag(pk, head_id) for pk, head_id in due.values_list("pk", "head_id")[:BATCH])


@transaction.atomic
def _nag(warning_id: int, head_id: int) -> bool:
    head = CaseHead.objects.select_for_update(skip_locked=True).filter(pk=head_id).first()
    if head is None:
        return False
    warning = EarlyWarning.objects.select_related("level", "plan_version__plan").get(pk=warning_id)
    warning.head, now = head, database_now()
    if warning.state not in ACTIVE or warning.nag_at is None or warning.nag_at > now or warning.valid_until is None:
        return False
    turn = warning.nagged + 1
    people = _told(warning, turn)
    warning.nagged, warning.nag_at = turn, _next(now, turn)
    warning.save(update_fields=["nagged", "nag_at"])
    _say(warning, turn, people, now)
    return True


def _next(now: datetime, turn: int) -> datetime:
    return now + (DIRECTOR_AFTER if turn == 1 else NAG_EVERY)


def _told(warning: EarlyWarning, turn: int) -> list[Recipient]:
    """Return who is told: who may propose the lifting; the director from the second time on, or where nobody is."""
    kinds = approver_kinds(warning.plan_version, Act.PROPOSE_WARNING)[0]
    rows = holders(warning.plan_version, kinds)
    if turn == 1:
        rows = [row for row in rows if row.post.kind != PostKind.OFFICE_DIRECTOR] or rows
    return list({one.key: one for one in map(recipient_of, rows)}.values())


def _say(warning: EarlyWarning, turn: int, people: list[Recipient], now: datetime) -> None:
    until = local_text(warning.valid_until) if warning.valid_until else ""
    whom = "、".join(person.label for person in people) or "无人可提醒"
    text = f"预警{warning.number}预计{until}失效，已过期而没有解除，仍然有效。第{turn}次提醒（非预案规定）：{whom}。"
    clause = act_clause(warning.plan_version, Act.APPROVE_LIFT)
    note(warning, "expired", text, SYSTEM, clause=clause, now=now, versioned=False)
    title = f"预警已过期未解除（第{turn}次提醒，非预案规定）：{warning.title}"
    tell_people(warning, people, f"expired#{turn}", title, clause)
