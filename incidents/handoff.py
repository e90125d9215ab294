"""What a shift hands over of this floor: open cases, clocks that run or are late, what superiors' 批示 left to do."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, Q, QuerySet

from directory.models import Roster
from directory.registry import HandoffItem, HandoffSection
from incidents.choices import OPEN_STATES, DraftState, FollowUpState
from incidents.models import FollowUp, Incident, IntakeDraft
from yangcheng_ec.clock import local_text
from yangcheng_ec.deadlines.choices import OPEN, DeadlineState
from yangcheng_ec.deadlines.models import Deadline

__all__ = ["open_cases_and_clocks"]

ITEMS_SHOWN = 20


def open_cases_and_clocks(roster: Roster) -> list[HandoffSection]:
    """Return the open cases and clocks of a plan's office, or of a unit where it happened, who reported or who owes."""
    cases, clocks = _cases(roster), _clocks(roster)
    late = clocks.filter(state=DeadlineState.OVERDUE)
    drafts, items = _drafts(roster), [_follow_up(row) for row in _follow_ups(roster)]
    return [
        *([HandoffSection("没有登记完的接报", len(drafts), "/", drafts)] if drafts else []),
        HandoffSection(
            "未结事件", cases.count(), "/incidents/?state=open", [_case(row) for row in cases[:ITEMS_SHOWN]]
        ),
        HandoffSection("正在计时的时限", clocks.count(), "", [_clock(row) for row in clocks[:ITEMS_SHOWN]]),
        HandoffSection("其中已逾期", late.count()),
        *([HandoffSection("未办结的批示事项", len(items), "", items[:ITEMS_SHOWN])] if items else []),
    ]


def _drafts(roster: Roster) -> list[HandoffItem]:
    """Return the calls taken down but not filed: whoever comes on duty takes them over on their page."""
    if roster.plan_id is None:
        return []
    rows = IntakeDraft.objects.filter(state=DraftState.OPEN, office_id=roster.plan_id).select_related("user")
    return [
        HandoffItem(
            f"{row.band.label}带", str(row), f"/incidents/new/{row.uuid}/", f"{row.user}，{_at(row.saved_at)}保存"
        )
        for row in rows[:ITEMS_SHOWN]
    ]


def _cases(roster: Roster) -> QuerySet[Incident]:
    own = (
        Q(plan_version__plan_id=roster.plan_id)
        if roster.plan_id is not None
        else Q(incident_unit_id=roster.unit_id) | Q(reporting_unit_id=roster.unit_id)
    )
    return Incident.objects.filter(own, state__in=OPEN_STATES).order_by("-received_at", "-id")


def _clocks(roster: Roster) -> QuerySet[Deadline]:
    own = Q(plan_code=roster.code) if roster.plan_id is not None else Q(owed_by_unit=roster.code)
    return Deadline.objects.filter(own, state__in=OPEN).order_by(F("due_at").asc(nulls_last=True), "starts_at", "id")


def _follow_ups(roster: Roster) -> QuerySet[FollowUp]:
    """Return what superiors' instructions left to the office, or to the unit."""
    office = Q(unit__isnull=True, instruction__incident__plan_version__plan_id=roster.plan_id)
    own = office if roster.plan_id is not None else Q(unit_id=roster.unit_id)
    rows = FollowUp.objects.filter(own, state=FollowUpState.OPEN).select_related("instruction__incident")
    return rows.order_by(F("due_at").asc(nulls_last=True), "id")


def _follow_up(row: FollowUp) -> HandoffItem:
    incident = row.instruction.incident
    drill = "【演练】" if incident.drill else ""
    target = f"目标{_at(row.due_at)}" if row.due_at else "没有定目标"
    url = f"/incidents/{incident.number}/follow-ups/{row.pk}/"
    return HandoffItem(incident.number, f"{drill}{row.instruction.issued_by}批示：{row.text[:60]}", url, target)


def _case(row: Incident) -> HandoffItem:
    drill = "【演练】" if row.drill else ""
    taken = "" if row.accepted_at else "，未接手"
    state = f"{row.get_state_display()}{taken}"
    return HandoffItem(row.number, f"{drill}{row.title}", f"/incidents/{row.number}/", state)


def _clock(row: Deadline) -> HandoffItem:
    due = f"{_at(row.due_at)}到期" if row.due_at else f"{row.wording}，起于{_at(row.starts_at)}"
    drill = "【演练】" if row.drill else ""
    title = f"{drill}{row.case_title} {row.title}".strip()
    return HandoffItem(row.owed_by, title, row.url, f"{row.get_state_display()}，{due}")


def _at(moment: datetime) -> str:
    """Return a time without its year: a hand-off is of the day."""
    return local_text(moment).partition("年")[2]
