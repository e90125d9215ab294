"""The public pages, and the printed notice inside and outside."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from early_warning.choices import WarningState
from early_warning.models import EarlyWarning
from early_warning.public.answers import for_everybody, public_page, public_shell
from early_warning.public.faces import notice_of, standing_of
from early_warning.public.selectors import public_history, public_in_force, public_warning, versions_of
from early_warning.selectors import warning_for, warnings_visible_to
from yangcheng_ec.access import page_required
from yangcheng_ec.clock import database_now
from yangcheng_ec.errors import NotVisible, WrongState
from yangcheng_ec.permissions import Page

__all__ = ["public_list", "public_notice", "public_notice_page", "robots", "warning_notice"]

PAGE_SIZE = 20
# Only the public pages are for search engines.
ROBOTS = "User-agent: *\nAllow: /public/\nDisallow: /\n"
# A warning in force may be found; nobody keeps a copy that outlives it. What is over is not to be found at all.
IN_FORCE, OVER = "noarchive", "noindex, noarchive"


@for_everybody
def public_list(request: HttpRequest) -> HttpResponse:
    """Show everybody the warnings in force, the gravest first, and below them the history."""
    now = database_now()
    page = Paginator(public_history(), PAGE_SIZE).get_page(request.GET.get("page"))
    active = list(public_in_force()) if page.number == 1 else []
    context = {
        "active": [(row, standing_of(row, now)) for row in active],
        "over": [(row, standing_of(row, now)) for row in page],
        "page_obj": page,
        **public_shell(),
    }
    return _marked(public_page(request, "public/list.html", context), IN_FORCE)


@for_everybody
def public_notice(request: HttpRequest, number: str) -> HttpResponse:
    """Show everybody one warning, how it stands, and what became of it."""
    return _notice_answer(request, number, "public/notice.html")


@for_everybody
def public_notice_page(request: HttpRequest, number: str) -> HttpResponse:
    """Show everybody the warning as a paper to be printed and posted."""
    return _notice_answer(request, number, "public/paper.html")


@page_required(Page.WARNINGS_ALL, Page.WARNINGS_OWN)
@require_GET
def warning_notice(request: HttpRequest, number: str) -> HttpResponse:
    """Show who may read the warning the paper to be printed, with its 公开程度 on it. WrongState before publication."""
    warning = warning_for(request.user, number)
    if warning.published_at is None or warning.state == WarningState.WITHDRAWN:
        raise WrongState("预警尚未发布，没有通告可打印。")
    notice = notice_of(warning, _own_versions(request, warning), database_now())
    return render(request, "public/paper.html", {"notice": notice, "inside": True, **public_shell()})


@for_everybody
def robots(request: HttpRequest) -> HttpResponse:
    """Tell search engines where they are welcome."""
    return HttpResponse(ROBOTS, content_type="text/plain; charset=utf-8")


def _notice_answer(request: HttpRequest, number: str, template: str) -> HttpResponse:
    try:
        warning = public_warning(number)
    except NotVisible:
        return public_page(request, "public/refused.html", {"status": 404, **public_shell()}, status=404)
    notice = notice_of(warning, versions_of(warning), database_now())
    answer = public_page(request, template, {"notice": notice, "inside": False, **public_shell()})
    return _marked(answer, IN_FORCE if notice.standing.stands else OVER)


def _own_versions(request: HttpRequest, warning: EarlyWarning) -> list[EarlyWarning]:
    rows = warnings_visible_to(request.user).filter(head_id=warning.head_id, published_at__isnull=False)
    rows = rows.filter(publicity=warning.publicity).select_related("next__level", "previous__level")
    return list(rows.order_by("published_at", "id"))


def _marked(response: HttpResponse, words: str) -> HttpResponse:
    response["X-Robots-Tag"] = words
    return response
