"""Reading standing authorisations: which of them allow a warning, for whom, and what is wrong with the others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from directory.models import Appointment, WarningLevel
from directory.rules import appointments_in_force
from early_warning.choices import StandingState
from early_warning.models import EarlyWarning, StandingAuthorisation
from early_warning.rules import level_label
from yangcheng_ec.clock import local_text
from yangcheng_ec.errors import Forbidden, NotVisible
from yangcheng_ec.permissions import Page, may_open

__all__ = [
    "StandingOption",
    "post_holder",
    "standing_for",
    "standing_list",
    "standing_options",
    "standing_refusal",
]


@dataclass(frozen=True)
class StandingOption:
    """One authorisation on the page of a proposal: usable by this person, or why not."""

    row: StandingAuthorisation
    refusal: str = ""


def standing_list(user: Any) -> QuerySet[StandingAuthorisation]:
    """Return all authorisations for those who see every warning, the newest first."""
    if not may_open(user, Page.WARNINGS_ALL):
        raise Forbidden("您的角色不查看预警发布授权。")
    related = ("plan_version__plan", "post", "entered_by", "decided_by", "revoked_by")
    return StandingAuthorisation.objects.select_related(*related).prefetch_related("levels")


def standing_for(user: Any, pk: int) -> StandingAuthorisation:
    """Return one. Raises NotVisible."""
    row = standing_list(user).filter(pk=pk).first()
    if row is None:
        raise NotVisible()
    return row


def standing_refusal(row: StandingAuthorisation, level: WarningLevel, at: datetime) -> str:
    """授权发布须在授权范围和期限以内（3.4）；返回不能使用的原因，可以使用的返回空。"""
    name = f"《{row.document}》"
    if row.state != StandingState.CONFIRMED:
        return f"{name}现在是「{row.get_state_display()}」，不能据以发布。"
    if at < row.starts_at:
        return f"{name}自{local_text(row.starts_at)}起生效，现在还不能使用。"
    if at >= row.ends_at:
        return f"{name}已于{local_text(row.ends_at)}到期。"
    if not row.levels.filter(ordinal=level.ordinal).exists():
        return f"{level_label(level)}不在{name}的授权范围内。"
    return ""


def post_holder(row: StandingAuthorisation, user: Any) -> Appointment | None:
    """Return the user's appointment to the authorised post, in force now."""
    rows = appointments_in_force().filter(
        user=user,
        post__version__plan=row.plan_version.plan_id,
        post__kind=row.post.kind,
        post__ordinal=row.post.ordinal,
    )
    return rows.first()


def standing_options(warning: EarlyWarning, user: Any, at: datetime) -> list[StandingOption]:
    """Return the plan's authorisations that name a post this person holds, each with why it cannot be used."""
    rows = StandingAuthorisation.objects.filter(
        plan_version__plan=warning.plan_version.plan_id, state=StandingState.CONFIRMED
    )
    found = []
    for row in rows.select_related("post", "plan_version__plan"):
        if post_holder(row, user) is not None:
            found.append(StandingOption(row, standing_refusal(row, warning.level, at)))
    return found
