"""The duty desk ``/``: one page for every role, and its fragment that the browser fetches again and again."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRedirect

from response.selectors.desk import command_desk, unit_desk
from yangcheng_ec.permissions import Page, Role, may_open, roles_of

__all__ = ["desk", "fragment"]


@login_required
@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """Show the desk of the user's role."""
    return render(request, "desk/desk.html", _context(request))


@require_safe
def fragment(request: HttpRequest) -> HttpResponse:
    """Show the desk's body alone; an expired login sends the whole page to the login form."""
    if not request.user.is_authenticated:
        return HttpResponseClientRedirect(f"{reverse('login')}?next={reverse('desk')}")
    context = _context(request)
    return render(request, context["body"], context)


def _context(request: HttpRequest) -> dict[str, Any]:
    user = request.user
    if may_open(user, Page.CASES_ALL):
        reads_only = Role.AUDITOR in roles_of(user)
        return {
            "body": "desk/command.html",
            "desk": command_desk(user),
            "may_file": may_open(user, Page.CASE_FILE),
            "reads_only": reads_only,
            "may_call": may_open(user, Page.CALL_SHEET),
        }
    if may_open(user, Page.CASES_OWN):
        return {"body": "desk/unit.html", "desk": unit_desk(user), "may_file": may_open(user, Page.CASE_FILE)}
    return {"body": "desk/plain.html", "desk": None, "links": _links(user)}


def _links(user: Any) -> list[tuple[str, str, str]]:
    """Return (address, label, sentence) of what an administrator does here."""
    rows = [
        (Page.DIRECTORY_EDIT, "/directory/", "通讯录", "查找、修改、停用联络方式；每次修改都留有历史。"),
        (Page.APPOINTMENT_ENTER, "/appointments/", "任职与授权", "录入任职、代行、授权；由另一人复核后生效。"),
        (Page.APPOINTMENT_CONFIRM, "/appointments/", "复核任职与授权", "核对依据文件后确认或退回；不能复核自己。"),
        (Page.ACCOUNTS, "/admin/", "账号与角色", "建立账号、分配角色。"),
        (Page.SYSTEM, "/admin/", "系统后台", "系统数据与运行状况。"),
        (Page.RECORD_ALL, "/record/", "记录与核验", "查阅并核验全部案卷的记录。"),
    ]
    return [(url, label, text) for page, url, label, text in rows if may_open(user, page)]
