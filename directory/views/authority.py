"""«谁现在能批什么»: the posts of a plan, who holds them, who stands in, and where nobody can."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from directory.selectors.authority import authority_page, may_see_holders
from directory.selectors.plans import plan_in_force, plans_in_force
from yangcheng_ec.access import page_required
from yangcheng_ec.clock import database_now
from yangcheng_ec.permissions import Page, may_open

__all__ = ["plan_authority"]


@require_GET
@page_required(Page.PLANS)
def plan_authority(request: HttpRequest, code: str) -> HttpResponse:
    """Show who may approve what right now; names and numbers only to those who may see people."""
    context = {
        "page": authority_page(plan_in_force(code)),
        "versions": plans_in_force(),
        "shows_people": may_see_holders(request.user),
        "links_appointments": any(
            may_open(request.user, page) for page in (Page.APPOINTMENT_ENTER, Page.APPOINTMENT_CONFIRM, Page.RESPONSES)
        ),
        "now": database_now(),
    }
    return render(request, "plans/authority.html", context)
