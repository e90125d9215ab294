"""What a case's page shows of responses and releases; registered when the app starts."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from directory.choices import Act
from incidents.choices import RESPONSE_MAY_BE_PROPOSED
from incidents.models import Incident
from response.choices import RUNNING, UNDECIDED, ResponseState
from response.rules import news_lead
from response.running.selectors import handed_over
from response.selectors import releases_visible_to, response_list
from response.selectors.posts import authority_of
from yangcheng_ec.permissions import Page, may_open

__all__ = ["response_panel", "response_work"]


def response_work(incident: Incident) -> list[str]:
    """Return the responses and releases begun on a case, those taken back or returned left out."""
    given_up = (ResponseState.WITHDRAWN, ResponseState.RETURNED)
    rows = incident.responses.exclude(state__in=given_up).select_related("level").order_by("pk")
    drafts = incident.releases.order_by("pk")
    return [
        *(f"响应 {row.number}（{row.level}，{row.get_state_display()}）" for row in rows),
        *(f"信息发布「{row.title}」（{row.get_state_display()}）" for row in drafts),
    ]


def response_panel(request: HttpRequest, incident: Incident) -> tuple[str, dict[str, Any]] | None:
    """Return the case's responses and releases, with what this person may start here."""
    if not may_open(request.user, Page.RESPONSES):
        return _releases_panel(request, incident)
    authority = authority_of(request.user)
    rows = list(response_list(request.user).filter(incident=incident))
    busy = any(row.state in (*UNDECIDED, *RUNNING) for row in rows)
    version_id = incident.plan_version_id
    context = {
        "responses": rows,
        "releases": list(releases_visible_to(request.user).filter(incident=incident)),
        "may_propose": not busy
        and incident.state in RESPONSE_MAY_BE_PROPOSED
        and authority.may(version_id, Act.PROPOSE_RESPONSE),
        "may_draft": authority.may(version_id, Act.OFFICE),
        "may_release": authority.may(version_id, Act.APPROVE_RELEASE),
        "case": incident,
        "handover": handed_over(incident.head_id) if rows else None,
    }
    return "response/panel.html", context


def _releases_panel(request: HttpRequest, incident: Incident) -> tuple[str, dict[str, Any]] | None:
    """Return a unit's part: what was published; the body that leads the news group drafts and publishes (4.4)."""
    leads, unit_id = news_lead(incident.plan_version), getattr(request.user, "unit_id", None)
    drafts = leads is not None and leads.pk == unit_id
    rows = list(releases_visible_to(request.user).filter(incident=incident))
    if not rows and not drafts:
        return None
    context = {"releases": rows, "may_draft": drafts, "may_release": False, "case": incident, "handover": None}
    return "response/releases.html", context
