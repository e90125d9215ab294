"""批示 and what followed: who sees which."""

from __future__ import annotations

from typing import Any

from django.db.models import F, Prefetch, Q, QuerySet

from directory.choices import OFFICE_KINDS
from directory.rules import appointments_in_force
from incidents.choices import FollowUpState
from incidents.models import FollowUp, Incident, Instruction
from incidents.selectors.cases import incidents_visible_to
from yangcheng_ec.errors import NotVisible
from yangcheng_ec.permissions import Page, may_open

__all__ = ["follow_up_for", "follow_ups_open", "follow_ups_visible_to", "instruction_for", "instructions_of"]


def follow_ups_visible_to(user: Any) -> QuerySet[FollowUp]:
    """Return what the user may see: everything of the cases they see whole; a unit its own items."""
    rows = FollowUp.objects.filter(instruction__incident__in=incidents_visible_to(user))
    rows = rows.select_related("unit", "made_by", "done_by", "instruction__incident__plan_version__plan")
    return rows if may_open(user, Page.CASES_ALL) else rows.filter(unit=user.unit_id, unit__isnull=False)


def instructions_of(user: Any, incident: Incident) -> QuerySet[Instruction]:
    """Return a case's instructions, the newest first, with their items; a unit sees those it has something to do for.

    The case is one the user may see. Two statements.
    """
    rows = incident.instructions.select_related("recorded_by").order_by("-received_at", "-id")
    items = FollowUp.objects.select_related("unit", "done_by").order_by("id")
    if not may_open(user, Page.CASES_ALL):
        items = items.filter(unit=user.unit_id, unit__isnull=False)
        rows = rows.filter(pk__in=items.values("instruction"))
    return rows.prefetch_related(Prefetch("follow_ups", items))


def instruction_for(user: Any, instruction_id: int) -> Instruction:
    """Return one instruction of a case the user sees whole. Raises NotVisible."""
    rows = Instruction.objects.select_related("incident__plan_version__plan")
    row = rows.filter(pk=instruction_id, incident__in=incidents_visible_to(user)).first()
    if row is None or not may_open(user, Page.CASES_ALL):
        raise NotVisible()
    return row


def follow_up_for(user: Any, follow_up_id: int) -> FollowUp:
    """Return one item the user may see. Raises NotVisible."""
    row = follow_ups_visible_to(user).filter(pk=follow_up_id).first()
    if row is None:
        raise NotVisible()
    return row


def follow_ups_open(user: Any) -> QuerySet[FollowUp]:
    """Return the open items that wait for this person: those of the offices they act for, or of their own unit."""
    own_office = appointments_in_force().filter(user=user, post__kind__in=OFFICE_KINDS).order_by()
    mine = Q(unit=user.unit_id, unit__isnull=False) | Q(
        unit__isnull=True, instruction__incident__plan_version__in=own_office.values("post__version_id")
    )
    rows = follow_ups_visible_to(user).filter(mine, state=FollowUpState.OPEN)
    return rows.order_by(F("due_at").asc(nulls_last=True), "id")
