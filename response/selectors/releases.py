"""Reading releases, already scoped to the user."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from incidents.selectors import incidents_visible_to
from response.choices import ReleaseState
from response.models import InformationRelease
from yangcheng_ec.permissions import Page, may_open

__all__ = ["releases_visible_to"]


def releases_visible_to(user: Any) -> QuerySet[InformationRelease]:
    """Return all releases, or for a unit the published ones of its cases and those it drafted or leads the news on."""
    rows = InformationRelease.objects.select_related("incident", "drafted_by")
    if may_open(user, Page.CASES_ALL):
        return rows
    leads = Q(incident__plan_version__groups__name__contains="新闻", incident__plan_version__groups__lead=user.unit_id)
    own = Q(state=ReleaseState.PUBLISHED) | Q(drafted_by=user)
    if user.unit_id is not None:
        own |= leads
    return rows.filter(own, incident__in=incidents_visible_to(user)).distinct()
