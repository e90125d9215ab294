"""Which cases a duplicate may be merged into, and what each choice would do: seen before it is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from incidents.choices import OPEN_STATES
from incidents.merging import Merging, merging_of
from incidents.models import Incident
from incidents.selectors.cases import incidents_visible_to
from yangcheng_ec.deadlines.models import Deadline

__all__ = ["MergeCandidate", "merge_candidates"]

OFFERED = 6


@dataclass(frozen=True)
class MergeCandidate:
    """One possible main case, and what becomes of the duplicate's open clocks."""

    main: Incident
    merging: Merging
    incident: Incident

    @property
    def sealed(self) -> Incident | None:
        """Return which of the two would be 涉密 because the other one is; None when that changes nothing."""
        if self.incident.secret == self.main.secret:
            return None
        return self.main if self.incident.secret else self.incident


def merge_candidates(user: Any, incident: Incident) -> list[MergeCandidate]:
    """Return open cases of the same plan version, drills for a drill, the newest first; two statements."""
    rows = incidents_visible_to(user).filter(
        plan_version_id=incident.plan_version_id,
        drill=incident.drill,
        state__in=OPEN_STATES,
    )
    mains = list(rows.exclude(pk=incident.pk).order_by("-received_at", "-id")[:OFFERED])
    heads = [incident.head_id, *(row.head_id for row in mains)]
    clocks = list(Deadline.objects.filter(head_id__in=heads).prefetch_related("addressees").order_by("id"))
    own = [row for row in clocks if row.head_id == incident.head_id and row.is_open]
    return [
        MergeCandidate(main, merging_of(own, [row for row in clocks if row.head_id == main.head_id]), incident)
        for main in mains
    ]
