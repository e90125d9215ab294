"""The open decisions on responses and releases that an appointment's start or end touches."""

from __future__ import annotations

from django.utils.translation import gettext as _

from directory.choices import Act
from directory.models import ActRule, Appointment
from directory.registry import Touchpoint
from response.choices import UNDECIDED, ReleaseState, ResponseState
from response.models import InformationRelease, Response
from response.rules import starter_ends
from yangcheng_ec.permissions import Page

__all__ = ["open_decisions"]


def open_decisions(appointment: Appointment) -> list[Touchpoint]:
    """Return what waits for a decision under the plan of this post, with three statements."""
    version_id = appointment.post.version_id
    if version_id is None:
        return []
    rules = {rule.act: tuple(rule.post_kinds) for rule in ActRule.objects.filter(version_id=version_id)}
    states = [*UNDECIDED, ResponseState.END_PROPOSED, ResponseState.END_APPROVED]
    rows = Response.objects.filter(plan_version_id=version_id, state__in=states)
    drafts = InformationRelease.objects.filter(incident__plan_version_id=version_id, state=ReleaseState.DRAFT)
    return [
        *(_of_response(row, rules) for row in rows.select_related("level", "plan_version")),
        *(_of_release(row, rules) for row in drafts.select_related("incident")),
    ]


def _of_response(row: Response, rules: dict[str, tuple[str, ...]]) -> Touchpoint:
    act, verb = _next(row)
    kinds = rules.get(act, ())
    if act == Act.APPROVE_RESPONSE or (act == Act.APPROVE_END and starter_ends(row.plan_version)):
        kinds = tuple(row.level.approvers)
    ending = row.state in (ResponseState.END_PROPOSED, ResponseState.END_APPROVED)
    asked_by = row.end_proposed_by_id if ending else row.proposed_by_id
    return Touchpoint(
        what=f"{verb}：{row.level}（{row.number}）",
        url=f"/response/{row.number}/",
        page=Page.RESPONSES,
        act=act,
        kinds=kinds,
        asked_by=None if act == Act.ANNOUNCE_END else asked_by,
    )


def _next(row: Response) -> tuple[str, str]:
    """Return the act that a response waits for, and its words."""
    if row.state == ResponseState.END_PROPOSED:
        return Act.APPROVE_END, _("待批准结束")
    if row.state == ResponseState.END_APPROVED:
        return Act.ANNOUNCE_END, _("待宣布结束")
    if row.level.needs_confirmation and row.state == ResponseState.PROPOSED:
        return Act.CONFIRM_RESPONSE, _("待指挥部确认")
    return Act.APPROVE_RESPONSE, _("待批准启动")


def _of_release(row: InformationRelease, rules: dict[str, tuple[str, ...]]) -> Touchpoint:
    return Touchpoint(
        what=_("待批准的信息发布（%(case)s）") % {"case": row.incident.number},
        url=f"/incidents/{row.incident.number}/#releases",
        page=Page.CASES_ALL,
        act=Act.APPROVE_RELEASE,
        kinds=rules.get(Act.APPROVE_RELEASE, ()),
        asked_by=row.drafted_by_id,
    )
