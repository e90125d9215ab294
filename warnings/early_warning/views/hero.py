"""The band at the top of a warning: in force or not, level, who has not confirmed, when it ends, what is next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _, gettext_lazy

from early_warning.actions import TaskBoard
from early_warning.choices import ACTIVE, WarningState
from early_warning.models import EarlyWarning
from early_warning.rules import is_expired
from early_warning.selectors import AddresseeRow

__all__ = ["Hero", "Next", "hero_of", "next_for_office", "next_for_unit"]


@dataclass(frozen=True)
class Next:
    """What to do next, and where on the page."""

    text: str
    anchor: str = ""


@dataclass(frozen=True)
class Hero:
    """The big things. ``force`` says in words whether it is in force; ``ends_at`` None is open."""

    force: str
    in_force: bool
    expired: bool
    ends_at: datetime | None
    ended_at: datetime | None
    next: Next
    left: float = 0


FORCE = {
    WarningState.DRAFT: gettext_lazy("未生效：草稿"),
    WarningState.PROPOSED: gettext_lazy("未生效：等待批准"),
    WarningState.RETURNED: gettext_lazy("未生效：已被退回"),
    WarningState.APPROVED: gettext_lazy("未生效：已批准，还没有发布"),
    WarningState.PUBLISHED: gettext_lazy("生效中"),
    WarningState.LIFT_PROPOSED: gettext_lazy("生效中：等待批准解除"),
    WarningState.ADJUSTED: gettext_lazy("已失效：由新版本替代"),
    WarningState.LIFTED: gettext_lazy("已失效：已经解除"),
    WarningState.SUPERSEDED: gettext_lazy("已失效：已转入应急响应"),
    WarningState.WITHDRAWN: gettext_lazy("已撤回，没有发布过"),
}


def hero_of(warning: EarlyWarning, next_step: Next, now: datetime) -> Hero:
    """Return the band of a warning."""
    expired = is_expired(warning, now)
    left = (warning.valid_until - now).total_seconds() if warning.valid_until else 0
    return Hero(
        force=_("生效中：已过预计失效时间，没有解除") if expired else str(FORCE[WarningState(warning.state)]),
        in_force=warning.state in ACTIVE,
        expired=expired,
        ends_at=warning.valid_until,
        ended_at=warning.lifted_at,
        next=next_step,
        left=abs(left),
    )


def next_for_unit(own: AddresseeRow, open_actions: int) -> Next:
    """Return what the unit is to do: confirm, tell its leader, act and report."""
    if own.addressee.confirmed_at is None:
        return Next(_("确认收到"), "own")
    if own.addressee.leader_informed_at is None:
        return Next(_("报告本单位领导，并在这里记录"), "own")
    if open_actions:
        return Next(_("落实并报告 %(n)d 项预警行动") % {"n": open_actions}, "actions")
    return Next(_("随时报告事态进展"), "own")


def next_for_office(
    warning: EarlyWarning, allowed: dict[str, bool], silent: int, board: TaskBoard, *, expired: bool
) -> Next:
    """Return what comes next for the office and the command; for a reader, what is waited for."""
    if warning.state in ACTIVE:
        return _next_in_force(warning, silent, board, expired=expired)
    return {
        WarningState.DRAFT: Next(_("核对通知范围，提出建议"), "acts"),
        WarningState.RETURNED: Next(_("按退回理由修改，重新提出"), "acts"),
        WarningState.PROPOSED: Next(_("请批准或退回") if allowed.get("approve_warning") else _("等指挥部批准"), "acts"),
        WarningState.APPROVED: Next(_("立即发布"), "acts"),
        WarningState.ADJUSTED: Next(_("看新版本"), "chain"),
    }.get(WarningState(warning.state), Next(_("已办结")))


def _next_in_force(warning: EarlyWarning, silent: int, board: TaskBoard, *, expired: bool) -> Next:
    if warning.state == WarningState.LIFT_PROPOSED:
        return Next(_("等指挥部批准解除"), "acts")
    if expired:
        return Next(_("办理解除，或延长、调整"), "acts")
    if silent:
        return Next(_("催 %(n)d 个没有确认的单位") % {"n": silent}, "addressees")
    if board.open_units:
        return Next(_("跟踪 %(n)d 个单位的预警行动") % {"n": len(board.open_units)}, "actions")
    return Next(_("跟踪事态，适时调整或解除"), "acts")
