"""Reading releases, already scoped to the user."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from incidents.selectors import incidents_visible_to
from response.choices import ReleaseState
from response.models import InformationRelease
from yangcheng_ec.errors import NotVisible
from yangcheng_ec.permissions import Page, may_open

__all__ = ["release_public", "releases_public", "releases_visible_to"]


# What everybody has been told stays told: a corrected text is shown with what took its place.
OUT = (ReleaseState.PUBLISHED, ReleaseState.CORRECTED)


def releases_public() -> QuerySet[InformationRelease]:
    """Return what was published, the newest first, for everybody: no drills, nothing of a case that is 涉密 now."""
    rows = InformationRelease.objects.filter(state__in=OUT, incident__drill=False, incident__secret=False)
    related = ("incident__plan_version__plan", "follows", "followed_by")
    return rows.select_related(*related).order_by("-published_at", "-id")


def release_public(pk: int) -> InformationRelease:
    """Return one published release. Raises NotVisible."""
    found = releases_public().filter(pk=pk).first()
    if found is None:
        raise NotVisible()
    return found


def releases_visible_to(user: Any) -> QuerySet[InformationRelease]:
    """Return all releases, or for a unit the published ones of its cases and those it drafted or leads the news on."""
    rows = InformationRelease.objects.select_related("incident", "drafted_by", "follows", "followed_by")
    if may_open(user, Page.CASES_ALL):
        return rows
    leads = Q(incident__plan_version__groups__name__contains="新闻", incident__plan_version__groups__lead=user.unit_id)
    own = Q(state__in=OUT) | Q(drafted_by=user)
    if user.unit_id is not None:
        own |= leads
    return rows.filter(own, incident__in=incidents_visible_to(user)).distinct()
