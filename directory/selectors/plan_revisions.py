"""Reading the revisions of a plan: the list, one of them with its history, and what this person may do with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from directory.choices import Act, RevisionStage
from directory.models import Plan, PlanVersion
from directory.rules import may
from directory.selectors.plans import plan_in_force
from yangcheng_ec.errors import NotVisible
from yangcheng_ec.record.models import RecordEntry

__all__ = ["RevisionActs", "history_of", "revision_acts", "revision_get", "versions_of"]

HISTORY_LINES = 100


@dataclass(frozen=True)
class RevisionActs:
    """What this person may do with a revision now: for buttons; the services ask again."""

    edits: bool = False
    submits: bool = False
    confirms: bool = False
    returns: bool = False
    blocked: str = ""


def versions_of(plan: Plan) -> list[PlanVersion]:
    """Return every version of a plan: the revision under way, the one in force, then those before it."""
    rows = PlanVersion.objects.filter(plan=plan).select_related("plan", "based_on__plan", "started_by", "confirmed_by")
    found = list(rows.defer("texts", "based_on__texts").order_by("-pk"))
    return sorted(found, key=lambda row: (row.stage in ("", RevisionStage.DISCARDED), not row.in_force))


def revision_get(code: str, pk: int) -> PlanVersion:
    """Return one revision of a plan, with the version it revises. Raises NotVisible."""
    rows = PlanVersion.objects.filter(plan__code=code, pk=pk, based_on__isnull=False)
    people = ("started_by", "submitted_by", "confirmed_by")
    found = rows.select_related("plan", "office_unit", "based_on__plan", "based_on__office_unit", *people).first()
    if found is None:
        raise NotVisible()
    return found


def revision_acts(user: Any, draft: PlanVersion) -> RevisionActs:
    """Return what the user may do: the office edits and submits, the commander, somebody else, confirms."""
    if draft.stage not in (RevisionStage.DRAFT, RevisionStage.SUBMITTED, RevisionStage.SCHEDULED):
        return RevisionActs()
    standing = plan_in_force(draft.plan.code)
    office, command = may(user, standing, Act.REVISE_PLAN), may(user, standing, Act.ENFORCE_PLAN)
    drafting = draft.stage == RevisionStage.DRAFT
    own = draft.submitted_by_id == user.pk
    waits = draft.stage == RevisionStage.SUBMITTED and command
    return RevisionActs(
        edits=office and drafting,
        submits=office and drafting,
        confirms=waits and not own,
        returns=(office or command) and not drafting,
        blocked="施行须由送请确认的人以外的另一人确认（非预案规定）。" if waits and own else "",
    )


def history_of(draft: PlanVersion) -> list[RecordEntry]:
    """Return what was done with a revision, newest first."""
    rows = RecordEntry.objects.filter(head__key=f"plan:{draft.plan.code}", subject_type="plan", subject_id=draft.pk)
    return list(rows.order_by("-seq")[:HISTORY_LINES])
