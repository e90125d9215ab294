"""The open decisions on warnings that an appointment's start or end touches."""

from __future__ import annotations

from django.utils.translation import gettext as _

from directory.choices import Act
from directory.models import ActRule, Appointment
from directory.registry import Touchpoint
from early_warning.choices import WarningState
from early_warning.models import EarlyWarning
from yangcheng_ec.permissions import Page

__all__ = ["open_decisions"]

WAITS_FOR = {
    WarningState.PROPOSED: Act.APPROVE_WARNING,
    WarningState.APPROVED: Act.PUBLISH_WARNING,
    WarningState.LIFT_PROPOSED: Act.APPROVE_LIFT,
}


def open_decisions(appointment: Appointment) -> list[Touchpoint]:
    """Return what waits for a decision under the plan of this post, with two statements."""
    version_id = appointment.post.version_id
    if version_id is None:
        return []
    rules = {rule.act: tuple(rule.post_kinds) for rule in ActRule.objects.filter(version_id=version_id)}
    rows = EarlyWarning.objects.filter(plan_version_id=version_id, state__in=list(WAITS_FOR)).select_related("level")
    return [_of_warning(row, rules) for row in rows]


def _of_warning(row: EarlyWarning, rules: dict[str, tuple[str, ...]]) -> Touchpoint:
    act = WAITS_FOR[WarningState(row.state)]
    asked_by = row.lift_proposed_by_id if act == Act.APPROVE_LIFT else row.proposed_by_id
    return Touchpoint(
        what=_("待%(act)s：%(level)s（%(number)s）") % {"act": act.label, "level": row.level, "number": row.number},
        url=f"/warnings/{row.number}/",
        page=Page.WARNINGS_ALL,
        act=act,
        kinds=rules.get(act, ()),
        asked_by=None if act == Act.PUBLISH_WARNING else asked_by,
    )
